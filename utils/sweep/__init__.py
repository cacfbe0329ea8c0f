"""Sweeps: configurations times seeds, made as runs of fcn_train.py, here or on a cluster.

Enter by `spec` (what is asked), `plan` (its runs), `scheduler` (making them), `display` (watching).
May import `utils.runs`, `utils.statistics` and results of tests; not TensorFlow.
"""
