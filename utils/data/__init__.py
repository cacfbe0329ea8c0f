"""Data: conversion of data sets into records, their check, and the input of training and tests.

Enter by `datasets` (what can be converted), `convert`, `check_records` or `pipeline` (the input).
May import the modules of `utils` itself; `records` and `pipeline` use TensorFlow.
"""
