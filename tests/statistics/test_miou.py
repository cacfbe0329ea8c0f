"""The three means by hand, and against the scores that tests print."""
import numpy as np
import pytest

from utils.measures import confusion
from utils.statistics import simulated
from utils.statistics.miou import (
    METRICS,
    check_matrices,
    check_same_test_set,
    miou_c,
    miou_d,
    miou_i,
    presence,
    rare_classes,
)

#: Two images, three classes; class 2 never occurs but is predicted in the second.
MATRICES = np.array([[[6, 2, 0], [1, 3, 0], [0, 0, 0]], [[8, 0, 2], [0, 0, 0], [0, 0, 0]]])


def test_sums_over_images_then_classes():
    # Class 0: hit 14, truth 18, predicted 15; class 1: hit 3, truth 4, predicted 5.
    assert miou_d(MATRICES) == pytest.approx((14 / 19 + 3 / 6) / 2)


def test_means_over_the_classes_of_an_image_then_images():
    assert miou_i(MATRICES) == pytest.approx(((6 / 9 + 3 / 6) / 2 + 8 / 10) / 2)


def test_means_over_the_images_of_a_class_then_classes():
    assert miou_c(MATRICES) == pytest.approx(((6 / 9 + 8 / 10) / 2 + 3 / 6) / 2)


def test_equals_the_score_of_a_test():
    nets, random = simulated.Nets(), np.random.RandomState(3)
    runs = simulated.run_matrices(nets, simulated.draw_images(nets, 20, random), [0, .3], random)
    expected = [confusion.scores(matrices.sum(0)).mean_iou for matrices in runs]
    np.testing.assert_allclose(miou_d(runs), expected, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_no_label_at_all_is_nan_not_zero(name):
    assert np.isnan(METRICS[name](np.zeros((2, 3, 3), int)))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_an_image_without_labels_changes_nothing(name):
    more = np.concatenate([MATRICES, np.zeros((1, 3, 3), int)])
    assert METRICS[name](more) == pytest.approx(METRICS[name](MATRICES))


def test_classes_that_occur_and_rare_ones():
    assert np.flatnonzero(presence(MATRICES).any(0)).tolist() == [0, 1]
    assert rare_classes(MATRICES, fewer_than=2).tolist() == [1]
    assert rare_classes(MATRICES).tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 4), (0, 3, 3), (1, 2, 3, 3)])
def test_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match="matrices are"):
        check_matrices(np.zeros(shape, int), 3)


def test_refuses_two_test_sets():
    with pytest.raises(ValueError, match="2 images of 3 classes and on 5 of 3"):
        check_same_test_set(np.zeros((1, 2, 3, 3)), np.zeros((1, 5, 3, 3)))
