"""Average precision of faults, with the interval over images or scenes."""
import numpy as np
import pytest

from utils.statistics.detection import (
    average_precision,
    decide,
    detection,
    precision_of_first,
)


def test_average_precision_by_hand():
    faulty = np.array([True, False, True, False])
    assert average_precision(np.array([4, 3, 2, 1]), faulty) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([1, 1, 1, 1]), faulty) == pytest.approx(.5)  # ties
    assert np.isnan(average_precision(np.array([1, 2]), np.zeros(2, bool)))
    assert precision_of_first(np.array([4, 3, 2, 1]), faulty, 2) == .5


def test_weights_are_copies():
    faulty = np.array([True, False, True, False])
    score = np.array([4, 3, 2, 1])
    weight = np.array([2, 1, 1, 3])
    copied = average_precision(np.repeat(score, weight), np.repeat(faulty, weight))
    assert average_precision(score, faulty, weight) == pytest.approx(copied)


def test_a_signal_is_found_and_scenes_widen_its_interval():
    random = np.random.RandomState(0)
    faulty = np.arange(200) < 40
    found, = decide([detection(np.stack([faulty + .5 * random.rand(200)] * 2),
                               np.stack([faulty] * 2))])
    assert found.precision == pytest.approx(1) and found.p == 1 / 2000
    assert .2 < found.base < .23  # 40 of 200 at random places
    assert found.found() and found.low > .9
    scenes = np.arange(200) // 40
    score = (faulty + random.standard_normal(200))[np.newaxis]
    one, other = (detection(score, faulty[np.newaxis], clusters) for clusters in (None, scenes))
    assert one.high - one.low < other.high - other.low
    assert one.low < one.precision < one.high and one.p == other.p


def test_p_by_hand():
    """Of the ways to plant 1 fault in 4 images, 1 is as good as the best place, all as the last."""
    score = np.array([[4., 3., 2., 1.]])
    first, last = (detection(score, (np.arange(4) == place)[np.newaxis]).p for place in (0, 3))
    assert first == pytest.approx(1 / 4, abs=.03) and last == 1
    fit = np.array([True, True, False, False])
    among = detection(score, (np.arange(4) == 0)[np.newaxis], fit=fit).p
    assert among == pytest.approx(1 / 2, abs=.04)


def test_two_plantings_are_drawn_independently():
    """Both first among 4 by chance: 1 of 16."""
    score = np.array([[4., 3., 2., 1.]] * 2)
    faulty = np.stack([np.arange(4) == 0] * 2)
    assert detection(score, faulty).p == pytest.approx(1 / 16, abs=.02)


def test_noise_is_found_no_more_often_than_the_level(monkeypatch):
    """36 trials of 6 decisions each; a percentile interval claimed in 47 % of such trials."""
    monkeypatch.setattr("utils.statistics.detection._REDRAWN", 199)
    random = np.random.RandomState(0)
    claims = 0
    for _ in range(36):
        scores = np.exp(2 * random.standard_normal(100))
        faulty = [np.stack([random.permutation(100) < 20 for _ in range(3)]) for _ in range(6)]
        claims += any(one.found() for one in decide([
            detection(np.stack([scores] * 3), made) for made in faulty]))
    assert claims <= 6  # more has a chance of .001 at 5 %


def test_decisions_are_corrected_together():
    random = np.random.RandomState(1)
    faulty = np.stack([np.arange(60) < 12])
    alone = detection((faulty[0] + 1.1 * random.standard_normal(60))[np.newaxis], faulty)
    noise = [detection(random.rand(1, 60), faulty) for _ in range(5)]
    decided = decide([alone, *noise])
    assert decided[0].p_adjusted == pytest.approx(min(1, 6 * alone.p))
    assert decided[0].precision == alone.precision and np.isnan(alone.p_adjusted)


def test_an_interval_that_cannot_be_told_is_all_there_is():
    """One scene, or all faults in one of two."""
    score, faulty = np.arange(10.)[np.newaxis], (np.arange(10) > 7)[np.newaxis]
    for scenes in (np.zeros(10), np.arange(10) > 5):
        found = detection(score, faulty, scenes)
        assert (found.low, found.high) == (0, 1) and found.precision == 1
