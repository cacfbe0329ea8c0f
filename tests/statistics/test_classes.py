"""The table of classes."""
import numpy as np
import pytest

from utils.evaluate.confusion import class_iou
from utils.statistics import simulated
from utils.statistics.classes import class_table
from utils.statistics.many import benjamini_hochberg
from utils.statistics.seed_tests import welch


def _runs(seeds, seed=0, shift=0.0, images=40):
    nets, random = simulated.Nets(classes=5), np.random.RandomState(11)
    drawn = simulated.draw_images(nets, images, random)
    drawn.pixels[:, 3] = 0
    random = np.random.RandomState(seed)
    return simulated.run_matrices(nets, drawn, shift + simulated.draw_seeds(nets, seeds, random),
                                  random)


def test_one_configuration():
    runs = _runs(3)
    rows = class_table(runs)
    assert [row.index for row in rows] == [0, 1, 2, 4]
    iou = class_iou(runs.sum(1))
    for row in rows:
        assert row.iou_a.mean == pytest.approx(iou[:, row.index].mean())
        assert row.images == (runs[0][:, row.index].sum(-1) > 0).sum()
        assert row.pixels == runs[0][:, row.index].sum()
        assert row.rare == (row.images < 30) and row.iou_b is None and np.isnan(row.p)
    assert {row.rare for row in rows} == {True, False}


def test_two_configurations():
    a, b = _runs(4, shift=.4), _runs(3, seed=1)
    rows = class_table(a, b)
    iou_a, iou_b = class_iou(a.sum(1)), class_iou(b.sum(1))
    tests = [welch(iou_a[:, row.index], iou_b[:, row.index]) for row in rows]
    np.testing.assert_allclose([row.p for row in rows], [test.p for test in tests])
    np.testing.assert_allclose([row.p_adjusted for row in rows],
                               benjamini_hochberg([test.p for test in tests]))
    assert all(row.difference == pytest.approx(row.iou_a.mean - row.iou_b.mean) for row in rows)
    assert all(row.interval.contains(row.difference) for row in rows)


def test_a_single_run_has_iou_and_no_p():
    rows = class_table(_runs(1), _runs(3, seed=1))
    assert all(np.isnan(row.p) and np.isnan(row.p_adjusted) and row.interval is None
               for row in rows)


def test_refuses_two_test_sets():
    with pytest.raises(ValueError, match="same test set"):
        class_table(_runs(2), _runs(2, images=30))
