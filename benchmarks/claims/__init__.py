"""Simulations behind docs/error_bars.md: how often intervals cover and tests err.

Enter by `benchmarks/simulations.py`. May import `utils.statistics`.
"""
