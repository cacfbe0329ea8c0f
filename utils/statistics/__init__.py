"""Statistics of scores over seeds and images: intervals, verdicts, power, components, looks.

Enter by `pairs.compare` (two configurations), `intervals` (one) or `looks` (planned comparisons).
Plain NumPy and SciPy. May import `utils.lazy` and `utils.measures`.
"""
