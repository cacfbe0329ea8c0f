"""Windows, and the mean of views, in numpy alone."""
import numpy as np
import pytest

from utils.evaluate import view_mean
from utils.evaluate.view_mean import Part, ViewMean
from utils.evaluate.windows import whole_axis, window_axes, window_starts, window_weights


def identity(length):
    """The positions of an image that is seen as it is."""
    places = np.arange(length, dtype=np.int32)
    return places, places, np.zeros(length, np.float32)


def scaled(length, scale):
    """The positions of an image's pixels in its view at a scale; and the view's length."""
    side = int(round(length * scale))
    position = np.clip((np.arange(length) + .5) * scale - .5, 0, side - 1).astype(np.float32)
    low, high = np.floor(position).astype(np.int32), np.ceil(position).astype(np.int32)
    return (low, high, position - low), side


@pytest.mark.parametrize("length, window, overlap, starts", [
    (100, 40, 10, [0, 30, 60]), (101, 40, 10, [0, 30, 60, 61]), (40, 40, 10, [0]),
    (41, 40, 0, [0, 1]), (80, 40, 0, [0, 40]), (30, 40, 39, [0])])
def test_the_last_window_is_shifted_inwards(length, window, overlap, starts):
    assert window_starts(length, window, overlap) == starts


@pytest.mark.parametrize("length, window, overlap", [
    (100, 40, 10), (101, 40, 10), (97, 33, 32), (41, 40, 0), (30, 64, 16), (200, 64, 16)])
def test_weights_sum_to_one_and_are_never_zero_inside(length, window, overlap):
    starts = window_starts(length, window, overlap)
    weights = window_weights(length, starts, window, overlap)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-6)
    for start, row in zip(starts, weights):
        side = min(window, length)
        assert (row[start:start + side] > 0).all()
        assert row[:start].sum() == row[start + side:].sum() == 0
        # Where only one window looks, it counts fully.
    alone = (weights > 0).sum(0) == 1
    assert (weights.max(0)[alone] == 1).all()


def test_weights_change_over_smoothly():
    """Over 16 shared pixels no step is larger than a raised cosine's."""
    weights = window_weights(112, window_starts(112, 64, 16), 64, 16)
    assert np.abs(np.diff(weights, axis=1)).max() < np.pi / 2 / 16 + 1e-6


@pytest.mark.parametrize("scale", [.6, 1., 1.7])
@pytest.mark.parametrize("window, overlap", [(24, 6), (24, 0), (500, 100)])
def test_windows_of_scaled_views_cover_each_pixel_once(scale, window, overlap):
    positions, side = scaled(61, scale)
    total = np.zeros(61)
    for pixels, axis in window_axes(positions, side, window, overlap):
        assert 0 <= pixels.start < pixels.stop <= side
        assert axis.low.min() >= 0 and axis.high.max() < pixels.stop - pixels.start
        assert axis.weight.min() > 0
        total[axis.start:axis.end] += axis.weight
    np.testing.assert_allclose(total, 1, atol=1e-5)


# ---- the mean ----

def softmax(logits, rows, columns):
    """What `SeveralViews` has the graph compute."""
    wide = logits[:, columns.low] + (logits[:, columns.high] - logits[:, columns.low]
                                     ) * columns.part[:, None]
    tall = wide[rows.low] + (wide[rows.high] - wide[rows.low]) * rows.part[:, None, None]
    exp = np.exp(tall - tall.max(-1, keepdims=True))
    weights = rows.weight[:, None, None] * columns.weight[:, None]
    return (weights * exp / exp.sum(-1, keepdims=True)).astype(np.float32)


def windows_of(logits, window, overlap):
    """The parts of a view that is seen as it is, in windows of a square."""
    height, width = logits.shape[:2]
    return [[Part(logits[down, across], rows, columns)]
            for down, rows in window_axes(identity(height), height, window, overlap)
            for across, columns in window_axes(identity(width), width, window, overlap)]


@pytest.mark.parametrize("floats", [view_mean.BAND_FLOATS, 333])
def test_windows_of_one_map_give_the_map(monkeypatch, floats):
    """A net that is pointwise answers in a window as in the whole image."""
    monkeypatch.setattr(view_mean, "BAND_FLOATS", floats)
    logits = np.random.RandomState(0).randn(50, 41, 4).astype(np.float32)
    mean = ViewMean((50, 41), 4, softmax)
    for parts in windows_of(logits, 20, 6):
        mean.add(parts)
    np.testing.assert_array_equal(mean.classes(), logits.argmax(-1))


@pytest.mark.parametrize("floats", [view_mean.BAND_FLOATS, 333])
def test_the_mean_is_of_the_softmax_of_interpolated_logits(monkeypatch, floats):
    monkeypatch.setattr(view_mean, "BAND_FLOATS", floats)
    rng, size, expected = np.random.RandomState(1), (40, 31), 0
    mean = ViewMean(size, 5, softmax)
    for scale in (.5, 1., 1.5):
        axes, sides = zip(*[scaled(side, scale) for side in size])
        logits = 3 * rng.randn(*sides, 5).astype(np.float32)
        part = Part(logits, *[whole_axis(positions) for positions in axes])
        mean.add([part])
        expected = expected + softmax(*part)
    assert mean._sum is not None, "three maps are kept as one of the image's own size"
    np.testing.assert_array_equal(mean.classes(), expected.argmax(-1))


def test_few_small_maps_are_kept_as_they_are():
    """Logits at a tenth of the size take less than probabilities at the image's own pixels."""
    mean = ViewMean((100, 100), 3, softmax)
    positions, side = scaled(100, .1)
    for seed in range(4):
        mean.add([Part(np.random.RandomState(seed).randn(side, side, 3).astype(np.float32),
                       whole_axis(positions), whole_axis(positions))])
    assert mean._sum is None and mean.classes().shape == (100, 100)


@pytest.mark.parametrize("width, times", [(96, 1), (97, 2), (112, 1.2)])
def test_no_seam_where_windows_disagree(width, times):
    """Windows that see other mean brightness, as a net with image pooling: the sum drifts from one
    to the other, and no two neighbouring pixels differ by more than the ramp says; by somewhat more
    where the last window is shifted inwards."""
    height, window, overlap = 8, 64, 32
    total = np.zeros([height, width])
    for pixels, axis in window_axes(identity(width), width, window, overlap):
        planted = (pixels.start > 0) * 10.
        total[:, axis.start:axis.end] += planted * axis.weight
    assert total[0, 0] == 0 and total[0, -1] == pytest.approx(10)
    assert np.abs(np.diff(total)).max() < times * 10 * np.pi / 2 / overlap + 1e-4
