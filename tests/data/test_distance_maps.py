"""Distance maps against a search of all pixels."""
import numpy as np
import pytest

from utils.data.distance_maps import DistanceMaps, distance_maps, grid, map_key
from utils.tf_compat import tf

#: [2, 9, 11] of 4 classes, of which 2 is nowhere; 255 is ignored.
LABEL = np.random.RandomState(0).choice([0, 1, 3, 255], [2, 9, 11], p=[.5, .2, .1, .2]).astype(
    np.uint8)


def nearest(mask, place):
    return np.sqrt(((np.argwhere(mask) - place) ** 2).sum(1)).min()


def test_they_are_distances_across_borders():
    maps = distance_maps(LABEL, 4)
    assert maps.shape == (2, 4, 9, 11) and maps.dtype == np.float32
    for n, c in np.ndindex(2, 4):
        inside = LABEL[n] == c
        if c == 2:
            assert not maps[n, c].any()
            continue
        for place in np.ndindex(9, 11):
            expected = -nearest(~inside, place) if inside[place] else nearest(inside, place)
            np.testing.assert_allclose(maps[n, c][place], expected, rtol=1e-6)


def test_a_class_that_is_everywhere_has_no_border():
    assert not distance_maps(np.ones([5, 5], np.uint8), 3).any()


def test_ignored_pixels_are_outside_of_every_class():
    label = np.array([[0, 255, 1]], np.uint8)
    np.testing.assert_allclose(distance_maps(label, 2)[:, 0], [[-1, 1, 2], [2, 1, -1]])


@pytest.mark.parametrize("size, stride, expected", [
    (8, 4, [1, 5]), (7, 4, [1, 5]), (5, 4, [1]), (4, 1, [0, 1, 2, 3]), (1, 4, []),
    (6, 2, [0, 2, 4])])
def test_a_grid_stands_in_the_middle(size, stride, expected):
    assert list(range(size))[grid(stride)] == expected


def test_maps_in_a_graph():
    with tf.Graph().as_default(), tf.Session() as session:
        of_batch = DistanceMaps((1, 4), 4).of(tf.constant(LABEL))
        of_image = DistanceMaps((4,), 4).of(tf.constant(LABEL[0]))
        assert of_batch[map_key(4)].shape.as_list() == [2, 4, 2, 3]
        assert DistanceMaps((), 4).of(tf.constant(LABEL)) == {}
        whole, image = session.run([of_batch, of_image])
    np.testing.assert_array_equal(whole[map_key(1)], distance_maps(LABEL, 4))
    np.testing.assert_array_equal(whole[map_key(4)], distance_maps(LABEL[:, 1::4, 1::4], 4))
    np.testing.assert_array_equal(image[map_key(4)], whole[map_key(4)][0])
