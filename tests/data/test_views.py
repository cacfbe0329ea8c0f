"""The views of training are those of the graph's resize: labels the same, images up to rounding."""
import numpy as np
import pytest

from utils.data import resize, views
from utils.tf_compat import tf


def pictures(height, width):
    rng = np.random.RandomState(0)
    return (rng.randint(0, 256, (height, width, 3)).astype(np.uint8),
            rng.randint(0, 5, (height, width)).astype(np.uint8))


@pytest.mark.parametrize("window", [
    (32, 40, .55, 3.0, -2.0), (32, 32, 1.7, -20.0, -11.0), (16, 20, .1, 0.0, 2.0),
    (45, 60, 1.0, 0.0, 0.0), (8, 8, .5, 40.0, 0.0), (24, 24, .83, -7.0, 5.0)])
def test_views_are_those_of_the_graph(window):
    image, label = pictures(45, 60)
    view, truth = views.view(image, label, *window, mirrored=False)
    with tf.Graph().as_default(), tf.Session() as session:
        peer, labels = session.run((resize.view_image(tf.constant(image), *window),
                                    resize.view_label(tf.constant(label), *window)))
    np.testing.assert_array_equal(truth, labels)
    np.testing.assert_allclose(view, peer, atol=.02)
    assert view.dtype == np.float32 and not view[truth == 255].any()


def test_a_mirrored_view_is_the_view_reversed():
    image, label = pictures(30, 47)
    window = 32, 32, .83, 3.0, -3.0
    plain, mirrored = (views.view(image, label, *window, mirrored=flag) for flag in (False, True))
    for seen, view in zip(mirrored, plain):
        np.testing.assert_array_equal(seen, view[:, ::-1])
