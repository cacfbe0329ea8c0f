"""Scores by object size, on made-up objects."""
import dataclasses

import numpy as np
import pytest

from utils.evaluate.observers.objects import Objects
from utils.statistics.sizes import size_table, speck_share


def _objects(**changes):
    objects = Objects(
        image=np.array([0, 0, 1, 1]), label=np.array([1, 2, 1, 1]),
        area=np.array([100, 2000, 1024, 10000]), hit=np.array([50, 1000, 0, 9000]),
        union=np.array([80, 4000, 1024, 10000]), pieces=np.array([1, 2, 0, 3]),
        predicted_image=np.array([0, 0, 1, 1]), predicted_label=np.array([1, 2, 1, 2]),
        predicted_area=np.array([60, 1500, 9216, 1023]), predicted_hit=np.array([50, 1000, 900, 0]),
        predicted_wholes=np.array([1, 2, 3, 0]))
    return dataclasses.replace(objects, **changes)


def test_coco_bins_by_hand():
    small, medium, large = size_table([_objects()])
    assert [row.objects for row in (small, medium, large)] == [1, 2, 1]
    assert (small.recall.mean, small.iou.mean, small.found.mean) == (.5, .625, 1)
    # 32 x 32 is medium.
    assert (medium.recall.mean, medium.iou.mean, medium.found.mean) == (.25, .125, 0)
    assert (medium.over_segmented.mean, large.over_segmented.mean) == (.5, 1)
    assert [row.predicted for row in (small, medium, large)] == [2, 1, 1]
    assert [row.under_segmented.mean for row in (small, medium, large)] == [0, 1, 1]
    assert np.isnan(small.recall.sd) and (small.low, small.high) == (0, 1024)


def test_spread_is_over_runs():
    rows = size_table([_objects(), _objects(hit=np.array([100, 1000, 0, 9000]))])
    assert rows[0].recall.n == 2 and rows[0].recall.mean == pytest.approx(.75)
    assert rows[0].recall.sd == pytest.approx(np.std([.5, 1], ddof=1))
    assert rows[1].recall.sd == 0


def test_one_class_only():
    small, medium, large = size_table([_objects()], label=2)
    assert (small.objects, medium.objects, large.objects) == (0, 1, 0)
    assert small.recall is None and small.predicted == 1 and medium.iou.mean == .25


def test_bins_of_equal_numbers():
    area = np.arange(11, 111)
    many = dict(image=area, label=area % 2, area=area, hit=area, union=area, pieces=area)
    rows = size_table([_objects(**many)], bins="deciles")
    assert [row.objects for row in rows] == [10] * 10 and rows[-1].high == np.inf
    same = dict(many, area=np.full(100, 7), hit=np.full(100, 7), union=np.full(100, 7))
    rows = size_table([_objects(**same)], bins="deciles")
    assert [(row.objects, row.name) for row in rows] == []
    same = {name: np.full(100, 70) if name in ("area", "hit", "union") else value
            for name, value in many.items()}
    rows = size_table([_objects(**same)], bins="deciles")
    assert [(row.objects, row.name) for row in rows] == [(100, "70 or more")]


def test_specks_are_counted_and_in_no_decile():
    area = np.array([1] * 60 + [10] * 20 + [11, 100] * 10)
    specks = dict(image=area, label=area % 2, area=area, hit=area, union=area, pieces=area)
    found = speck_share(_objects(**specks))
    assert (found.specks, found.objects) == (80, 100)
    assert found.pixels == (60 + 200) / (60 + 200 + 1110)
    rows = size_table([_objects(**specks)], bins="deciles")
    assert sum(row.objects for row in rows) == 20 and rows[0].low == 11
    assert size_table([_objects(**specks)])[0].objects == 100
    assert speck_share(_objects(area=np.array([], int))).pixels == 0


def test_own_edges_and_a_run_that_predicted_nothing():
    none = {name: np.array([], int) for name in (
        "predicted_image", "predicted_label", "predicted_area", "predicted_hit",
        "predicted_wholes")}
    row, = size_table([_objects(), _objects(**none)], bins=(0, 1e6))
    assert row.objects == 4 and row.predicted == 2 and row.under_segmented is None


def test_refuses():
    with pytest.raises(ValueError, match="one test set"):
        size_table([_objects(), _objects(area=np.array([100, 2000, 1024, 1]))])
    with pytest.raises(ValueError, match="expected coco, deciles"):
        size_table([_objects()], bins="decile")
    with pytest.raises(ValueError, match="expected coco, deciles"):
        size_table([_objects()], bins=(5, 5))
    with pytest.raises(ValueError, match="no run"):
        size_table([])
