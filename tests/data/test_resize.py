"""The graph's resize: exact pixels, PIL as the peer."""
import numpy as np
import pytest
from PIL import Image

from utils.data import resize
from utils.tf_compat import tf


def run(build):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build())


@pytest.mark.parametrize("shape, window, box", [
    ((360, 480), (256, 256), [32, 0, 192, 256]), ((480, 360), (256, 256), [0, 32, 256, 192]),
    ((10, 10), (32, 64), [0, 16, 32, 32]), ((1, 100), (32, 32), [15, 0, 1, 32])])
def test_letterbox_boxes(shape, window, box):
    scale, found = run(lambda: resize.letterbox_box(tf.constant(shape), *window))
    assert found.tolist() == box
    assert scale == pytest.approx(min(window[0] / shape[0], window[1] / shape[1]))


def test_letterbox_is_pils_bilinear_between_black_bars():
    image = np.random.RandomState(0).randint(0, 256, (45, 60, 3)).astype(np.uint8)
    view, box = run(lambda: resize.letterbox(tf.constant(image), 32, 32))
    top, left, height, width = box
    assert (top, left, height, width) == (4, 0, 24, 32)
    peer = np.asarray(Image.fromarray(image).resize((32, 24), Image.BILINEAR), np.float32)
    assert np.abs(view[top:top + height] - peer).max() < 1.5  # PIL rounds twice
    assert not view[:top].any() and not view[top + height:].any()


def test_the_native_size_is_the_image_itself():
    image = np.random.RandomState(0).randint(0, 256, (7, 9, 3)).astype(np.uint8)
    view, _ = run(lambda: resize.letterbox(tf.constant(image), 7, 9))
    np.testing.assert_allclose(view, image, atol=1e-3)


def test_pixels_beyond_the_image_have_no_source():
    assert run(lambda: resize.source_index(6, 2.0, 1.0, 2)).tolist() == [-1, 0, 0, 1, 1, -1]
    assert run(lambda: resize.source_index(2, 2.0, -1.0, 2)).tolist() == [0, 1]
