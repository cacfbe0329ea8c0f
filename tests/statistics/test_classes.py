"""The tables of classes."""
import numpy as np
import pytest

from utils.measures.confusion import class_iou
from utils.statistics import simulated
from utils.statistics.classes import class_table, differences_from_first
from utils.statistics.many import benjamini_hochberg
from utils.statistics.seed_tests import claim, welch


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
        assert row.iou.mean == pytest.approx(iou[:, row.index].mean())
        assert row.images == (runs[0][:, row.index].sum(-1) > 0).sum()
        assert row.pixels == runs[0][:, row.index].sum()
        assert row.rare == (row.images < 30)
    assert {row.rare for row in rows} == {True, False}
    assert differences_from_first([runs]) == ()


def test_differences_are_claims_corrected_over_the_classes_of_all_pairs():
    runs = [_runs(5, shift=.4), _runs(3, seed=1), _runs(3, seed=2, shift=.1)]
    iou = [class_iou(one.sum(1)) for one in runs]
    found = differences_from_first(runs)

    def claims(i, j):
        return [claim(welch(iou[i][:, index], iou[j][:, index]), len(runs[i]), len(runs[j]))
                for index in (0, 1, 2, 4)]

    expected = [claims(0, 1), claims(0, 2), claims(1, 2)]
    adjusted = benjamini_hochberg([one.p for row in expected for one in row]).reshape(3, 4)
    assert len(found) == 2 and not expected[0][0].is_welch
    for rows, row, p in zip(found, expected, adjusted):
        assert [one.index for one in rows] == [0, 1, 2, 4]
        assert [one.p for one in rows] == [one.p for one in row]
        assert [one.interval for one in rows] == [one.interval for one in row]
        assert [one.p_adjusted for one in rows] == pytest.approx(list(p))
        assert all(one.interval.contains(one.difference) for one in rows)


def test_a_single_run_has_iou_and_no_p():
    rows, = differences_from_first([_runs(1), _runs(3, seed=1)])
    assert all(np.isnan(row.p) and np.isnan(row.p_adjusted) and row.interval is None
               for row in rows)


def test_a_class_that_no_run_finds_has_no_interval():
    runs = _runs(3)
    runs[:, :, 4, 0] += runs[:, :, 4, 1:].sum(-1)
    runs[:, :, 4, 1:] = 0
    assert class_table(runs)[-1].iou.mean_interval is None
    rows, = differences_from_first([runs, runs])
    assert rows[-1].interval is None and np.isnan(rows[-1].p_adjusted)


def test_refuses_two_test_sets():
    with pytest.raises(ValueError, match="same test set"):
        differences_from_first([_runs(2), _runs(2, images=30)])


def _iou_matrices(iou):
    """Matrices [S, 1, C, C] of runs whose classes have about these IoUs [S, C], 1e6 pixels each."""
    hits = np.round(1e6 * np.clip(iou, .01, .99)).astype(np.int64)
    seeds, classes = hits.shape
    made = np.zeros((seeds, 1, classes, classes), np.int64)
    index = np.arange(classes)
    made[:, 0, index, index] = hits
    # Missed pixels go to the background, which is as large as all of them.
    made[:, 0, index[1:], 0] = 10 ** 6 - hits[:, 1:]
    made[:, 0, 0, 0] = 10 ** 6 * classes
    return made


@pytest.mark.parametrize("seeds, shown", [((10, 2), 1), ((5,) * 6, 5)])
def test_few_tables_of_equal_configurations_claim_a_class(seeds, shown):
    """Best mean first. With Welch's p and a correction within each pair about .2 do."""
    random, claimed = np.random.RandomState(8), []
    for _ in range(100):
        runs = [_iou_matrices(.5 + .02 * random.standard_normal((one, 4))) for one in seeds]
        runs.sort(key=lambda one: -class_iou(one.sum(1)).mean())
        found = differences_from_first(runs)
        assert len(found) == shown
        claimed.append(any(row.p_adjusted < .05 for rows in found for row in rows))
    assert np.mean(claimed) <= .07
