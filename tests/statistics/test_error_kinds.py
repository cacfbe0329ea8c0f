"""Shares of the kinds of error, and what fixing them gives."""
import numpy as np
import pytest

from tests.measures.drawn import CLASSES, draw_case
from utils.measures.confusion import class_iou, confusion_matrix
from utils.measures.error_types import find_wrong_pixels
from utils.statistics.error_kinds import (
    boundary_iou,
    gains,
    mean_over_classes,
    remaining_shares,
    shares,
)


@pytest.fixture(scope="module")
def cases():
    """(counts [N, C, 7], matrices [N, C, C]) of drawn images."""
    drawn = [draw_case(seed) for seed in range(8)]
    return (np.array([find_wrong_pixels(*case, CLASSES).counts for case in drawn]),
            np.array([confusion_matrix(*case, CLASSES) for case in drawn]))


def test_shares_and_iou_add_up_to_1(cases):
    counts, matrices = cases
    for one, matrix in ((counts, matrices), (counts.sum(0), matrices.sum(0))):
        found = shares(one)
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-12)
        np.testing.assert_allclose(found[..., 0], class_iou(matrix), atol=1e-15)


def test_by_hand():
    counts = np.array([50, 5, 5, 10, 10, 0, 20])
    np.testing.assert_allclose(shares(counts), [.5, .1, .2, .2])
    np.testing.assert_allclose(remaining_shares(counts), [.1 / .6, .2 / .8, .2])
    np.testing.assert_allclose(gains(counts), [55 / 95 - .5, 60 / 90 - .5, 70 / 100 - .5])


def test_fixing_every_kind_leaves_nothing(cases):
    """Fixing a kind is the same as turning its pixels into hits."""
    counts, _ = cases
    for kind in range(3):
        fixed = counts.copy()
        fixed[..., 0] += counts[..., 2 + 2 * kind]
        fixed[..., 1 + 2 * kind] = fixed[..., 2 + 2 * kind] = 0
        expected = shares(fixed)[..., 0] - shares(counts)[..., 0]
        np.testing.assert_allclose(gains(counts)[..., kind], expected, atol=1e-12)


def test_absent_and_never_hit_classes(recwarn):
    counts = np.array([[0, 0, 0, 0, 0, 9, 0], [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 7]])
    assert np.isnan(shares(counts)[:2]).all() and np.isnan(gains(counts)[:2]).all()
    np.testing.assert_array_equal(shares(counts)[2], [0, 0, 0, 1])
    np.testing.assert_array_equal(remaining_shares(counts)[2], [0, 0, 1])
    np.testing.assert_array_equal(gains(counts)[2], [0, 0, 1])
    assert mean_over_classes(counts.ravel(), shares, 3) == 1
    assert not recwarn.list


def test_boundary_iou_of_rims():
    np.testing.assert_array_equal(boundary_iou([[3, 12], [0, 5], [0, 0]]), [.25, 0, np.nan])
