"""Reports on run folders: tables, plots, one HTML file, TensorBoard charts. No TensorFlow.

Enter by `collect` (the runs), `study` (what is asked of them) or `analyses` (one a file).
May import `utils.statistics`, `utils.runs` and results of tests.
"""
