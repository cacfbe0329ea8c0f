"""Runs: their flags, their folders, what they record, and the plans of sweeps.

Enter by `run_folder` (a run), `flags` (a command line) or `train_flags` (what a run is asked for).
May import the modules of `utils` itself and `utils.statistics`; only `metrics` uses TensorFlow.
"""
