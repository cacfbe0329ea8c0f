"""Losses: what a training minimises, one registered function each.

Enter at `total` (the sum that --loss asks for) or at `LOSSES`. A file of losses imports `term` and
`masked`; this package imports it, so that its losses are registered.
"""
from utils.train.losses import boundary, pixel, region  # noqa: F401  they register losses
from utils.train.losses.term import LOSSES, Mean, Whole

__all__ = ["LOSSES", "Mean", "Whole"]
