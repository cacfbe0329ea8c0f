"""Costs of nets: parameters, GFLOPs, speed, memory, and accuracy beside them.

Enter by `survey` (the table) or `measure` (one net, in a process of its own).
May import the other packages of `utils` but `sweep`; tables and plots are those of reports.
"""
