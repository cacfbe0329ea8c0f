"""Letterbox and way back for batches against those that test a net."""
import numpy as np
import pytest

from utils.data.resize import letterbox
from utils.evaluate.native_size import native_classes
from utils.export.geometry import letterbox_batch, native_scores
from utils.tf_compat import tf

SIZES = [(64, 96), (37, 61), (9, 100), (100, 9), (20, 30), (32, 40)]
WINDOW = (32, 40)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("known", [True, False])
def test_letterboxes_as_the_one_resize_does(size, known):
    images = np.random.RandomState(0).randint(0, 256, (2,) + size + (3,)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        shape = images.shape if known else [None, None, None, 3]
        source = tf.placeholder(tf.float32, shape)
        found = session.run(letterbox_batch(source, WINDOW), {source: images})
        expected = session.run([letterbox(tf.constant(image), *WINDOW)[0] for image in images])
    assert found.shape == (2,) + WINDOW + (3,)
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("size", SIZES)
def test_interpolates_back_as_tests_do(size):
    scores = np.random.RandomState(1).randn(2, *WINDOW + (4,)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(native_scores(tf.constant(scores), size, WINDOW))
        expected = [session.run(native_classes(tf.constant(one), tf.constant(size), WINDOW, 4))
                    for one in scores]
    assert found.shape == (2,) + size + (4,)
    np.testing.assert_array_equal(found.argmax(-1), expected)
