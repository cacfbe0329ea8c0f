"""The views of training are the graph's resize up to Pillow's rounding; image and label in step."""
import numpy as np
import pytest

from utils.data import resize
from utils.data.augment.colour import Colour
from utils.data.augment.geometry import Geometry
from utils.data.augment.views import view as look
from utils.tf_compat import tf


def pictures(height, width):
    rng = np.random.RandomState(0)
    return (rng.randint(0, 256, (height, width, 3)).astype(np.uint8),
            rng.randint(0, 5, (height, width)).astype(np.uint8))


def seen(image, label, window, size, start, mirrored):
    return look(image, Geometry(window, label, np.float32(1), size, start, mirrored=mirrored),
                Colour())


def nearest(label, window, scale, start):
    """A label's view, from `resize.source_index`; 255 outside."""
    rows, columns = (resize.source_index(*axis) for axis in zip(
        window, [scale] * 2, np.float32(start), label.shape))
    inside = (rows >= 0)[:, tf.newaxis] & (columns >= 0)[tf.newaxis]
    seen = tf.gather(tf.gather(label, tf.maximum(rows, 0)), tf.maximum(columns, 0), axis=1)
    return tf.where(inside, seen, tf.fill(tf.shape(seen), tf.constant(255, tf.uint8)))


@pytest.mark.parametrize("window, scale, start", [
    ((32, 40), .6, (3, -2)), ((32, 32), 1.6, (-20, -11)), ((16, 20), .2, (0, 2)),
    ((40, 60), 1.0, (0, 0)), ((8, 8), .2, (40, 0)), ((24, 24), .8, (-7, 5))])
def test_views_are_those_of_the_graph(window, scale, start):
    """At scales at which no pixel stands midway between two of the image's."""
    image, label = pictures(40, 60)
    size = int(round(40 * scale)), int(round(60 * scale))
    view, truth = seen(image, label, window, size, start, mirrored=False)
    with tf.Graph().as_default(), tf.Session() as session:
        peer, labels = session.run((
            resize.view_image(tf.constant(image), *window, scale=scale, top=float(start[0]),
                              left=float(start[1])), nearest(label, window, scale, start)))
    np.testing.assert_array_equal(truth, labels)
    np.testing.assert_allclose(view, peer, atol=1.5)  # Pillow rounds twice
    assert view.dtype == truth.dtype == np.uint8 and not view[truth == 255].any()


def test_a_size_that_changes_the_aspect_shows_all_of_the_image():
    label = np.arange(6, dtype=np.uint8).reshape(2, 3)
    image = np.repeat(40 * label[:, :, np.newaxis], 3, axis=2)
    view, truth = seen(image, label, (4, 9), (4, 9), (0, 0), mirrored=False)
    np.testing.assert_array_equal(truth, np.kron(label, np.ones((2, 3), np.uint8)))
    assert view[0, 0, 0] == 0 and view[-1, -1, 0] == 200


@pytest.mark.parametrize("start", [(3, -3), (0, 20), (40, 0)])
def test_a_mirrored_view_is_the_view_reversed(start):
    image, label = pictures(30, 47)
    window = (32, 32), (25, 39), start
    plain, mirrored = (seen(image, label, *window, mirrored=flag) for flag in (False, True))
    for turned, view in zip(mirrored, plain):
        np.testing.assert_array_equal(turned, view[:, ::-1])


@pytest.mark.parametrize("seed", range(20))
def test_no_view_reaches_beyond_the_image(seed):
    """Pillow refuses a box that a rounding error leads over the edge."""
    rng = np.random.RandomState(seed)
    image, label = pictures(*rng.randint(1, 90, 2))
    size, start = rng.randint(1, 120, 2), rng.randint(-60, 60, 2)
    view, truth = seen(image, label, (33, 31), size.tolist(), start.tolist(), mirrored=True)
    rows, columns = (np.clip([begin, begin + length], 0, edge)
                     for begin, length, edge in zip(start, size, (33, 31)))
    assert (truth < 255).sum() == np.diff(rows)[0] * np.diff(columns)[0]
    assert not view[truth == 255].any()


def test_arrays_begin_where_tensorflow_wants_them():
    view, truth = seen(*pictures(9, 7), window=(5, 5), size=(9, 7), start=(-1, -1),
                       mirrored=True)
    assert view.ctypes.data % 64 == truth.ctypes.data % 64 == 0
