"""Steps in parts: micro-batches, devices of a machine, processes under horovodrun.

Enter by `parts` (the gradients of a step), `towers` (devices) or `world` (processes).
May import what `utils.train` may.
"""
