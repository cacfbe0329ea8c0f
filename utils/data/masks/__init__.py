"""Reads mask files as classes. Enter by mask_set.py, one rule for a whole data set."""
