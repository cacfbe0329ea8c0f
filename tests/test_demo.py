"""The parts of the demo that compute something."""
import numpy as np
import pytest

from scripts.demo import constant_miou, newest_run


def test_always_one_class_scores_its_share_over_the_classes_that_occur():
    matrix = np.array([[50, 10, 0], [20, 20, 0], [0, 0, 0]])
    # Class 0: 60 of 100 labelled pixels; class 1: nothing right; class 2 does not occur.
    assert constant_miou(matrix, 0) == pytest.approx((.6 + 0) / 2)
    assert constant_miou(matrix, 1) == pytest.approx((0 + .4) / 2)


def test_newest_run_counts_as_numbers_do(tmp_path):
    for name in ("demo__2", "demo__10", "demo__9", "demo_of_mine__11", "demo__x"):
        (tmp_path / name).mkdir()
    assert newest_run("demo", str(tmp_path)).name == "demo__10"
