"""Costs of nets: parameters, GFLOPs, speed, memory, and accuracy beside them.

Enter by `survey` (the table) or `measure` (one net, in a process of its own).
May import `utils.data`, `utils.evaluate`, `utils.runs` and `utils.statistics`; never `archs`.
"""
