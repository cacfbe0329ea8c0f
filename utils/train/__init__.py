"""Training: losses, optimiser, graph of a step, validation, checkpoints.

Enter by `graph.build_train_graph`; fcn_train.py reads top to bottom how the parts meet.
May import `utils.data`, `utils.runs` and `utils.evaluate`; never `archs`, which scripts hand over.
"""
