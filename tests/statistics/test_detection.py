"""Average precision of faults, with the interval over images or scenes."""
import numpy as np
import pytest

from utils.statistics.detection import average_precision, detection, precision_of_first


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


def test_noise_is_not_found_and_a_signal_is_and_scenes_widen():
    random = np.random.RandomState(0)
    faulty = np.arange(200) < 40
    found = detection(np.stack([faulty + .5 * random.rand(200)] * 2), np.stack([faulty] * 2))
    assert found.precision == pytest.approx(1) and found.base == .2 and found.found
    quiet = sum(detection(random.rand(3, 200), np.stack([faulty] * 3)).found for _ in range(20))
    assert quiet <= 3
    scenes = np.arange(200) // 40
    score = (faulty + random.standard_normal(200))[np.newaxis]
    one, other = (detection(score, faulty[np.newaxis], clusters) for clusters in (None, scenes))
    assert one.high - one.low < other.high - other.low
