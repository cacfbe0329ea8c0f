"""A score over seeds and images."""
import numpy as np
import pytest

from utils.statistics.intervals import t_interval
from utils.statistics.seed_means import seed_mean


def first_over_second(sums):
    return np.divide(sums[..., 0], sums[..., 1], out=np.full(sums.shape[:-1], np.nan),
                     where=sums[..., 1] > 0)


def parts(seeds=4, images=30):
    random = np.random.RandomState(0)
    whole = random.randint(50, 100, images)
    share = np.clip(.5 + .1 * random.standard_normal((seeds, images)), 0, 1)
    return np.stack([whole * share, np.broadcast_to(whole, share.shape)], -1)


def test_mean_and_both_intervals():
    found = seed_mean(parts(), first_over_second)
    runs = first_over_second(parts().sum(1))
    np.testing.assert_allclose(found.runs, runs)
    assert found.value == pytest.approx(runs.mean())
    assert found.seeds == t_interval(runs, within=(0.0, 1.0))
    assert found.images.low < found.value < found.images.high


def test_the_interval_over_images_is_that_of_a_mean():
    values = np.random.RandomState(1).rand(20)
    given = np.stack([values, np.ones(20)], -1)[np.newaxis]
    found, plain = seed_mean(given, first_over_second), t_interval(values)
    assert found.images.low == pytest.approx(plain.low)
    assert found.images.high == pytest.approx(plain.high)


def test_a_single_seed_has_no_interval_over_seeds():
    found = seed_mean(parts(seeds=1), first_over_second)
    assert found.seeds is None and found.images is not None


def test_whole_clusters_are_the_units():
    """Frames that repeat say nothing new: the interval is that of the scenes."""
    scenes = parts(images=8)
    frames = np.repeat(scenes, 5, axis=1)
    found = seed_mean(frames, first_over_second, np.repeat(np.arange(8), 5))
    assert found.images.low == pytest.approx(seed_mean(scenes, first_over_second).images.low)


def test_no_interval_where_one_image_holds_all(recwarn):
    given = np.zeros((2, 5, 2))
    given[:, 3] = [[1, 2], [1.5, 2]]
    found = seed_mean(given, first_over_second)
    assert found.value == pytest.approx(.625) and found.images is None and found.seeds is not None
    nothing = seed_mean(np.zeros((2, 5, 2)), first_over_second)
    assert np.isnan(nothing.value) and nothing.seeds is None
    assert not recwarn.list
