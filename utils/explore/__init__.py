"""Looks inside nets: what they see, where they fail, and in how many seeds that holds.

Nothing here imports TensorFlow: `utils.evaluate.extract` and `fcn_test.py` store what this reads.
"""
