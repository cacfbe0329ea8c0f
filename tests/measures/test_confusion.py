"""Matrices and scores against scikit-learn and by hand."""
import numpy as np
import pytest
from sklearn import metrics

from utils.measures.confusion import class_iou, confusion_matrix, mean_of_present, scores

CLASSES = 5


@pytest.fixture
def labels():
    """Truth with every class and ignored pixels; predictions that are right two times in three."""
    rng = np.random.RandomState(0)
    truth = rng.randint(0, CLASSES, (37, 53)).astype(np.uint8)
    prediction = np.where(rng.rand(37, 53) < .66, truth, rng.randint(0, CLASSES, (37, 53)))
    truth[rng.rand(37, 53) < .1] = 255
    truth[0, :7] = CLASSES  # as seg-mentor's records mark what is unlabelled
    return truth, prediction.astype(np.uint8)


def test_matrix_by_hand():
    truth = np.array([[0, 0, 1], [2, 255, 3]], np.uint8)
    prediction = np.array([[0, 1, 1], [0, 2, 0]], np.uint8)
    matrix = confusion_matrix(truth, prediction, 3)
    assert matrix.dtype == np.int64
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [1, 0, 0]])


def test_matrix_against_sklearn(labels):
    truth, prediction = labels
    seen = truth < CLASSES
    np.testing.assert_array_equal(
        confusion_matrix(truth, prediction, CLASSES),
        metrics.confusion_matrix(truth[seen], prediction[seen], labels=range(CLASSES)))


def test_as_many_classes_as_a_byte_holds():
    truth = np.arange(256, dtype=np.uint8)
    prediction = np.minimum(truth, 254)
    np.testing.assert_array_equal(confusion_matrix(truth, prediction, 255), np.eye(255))


def test_scores_against_sklearn(labels):
    truth, prediction = labels
    seen = truth < CLASSES
    pair = truth[seen], prediction[seen]
    found = scores(confusion_matrix(truth, prediction, CLASSES))
    np.testing.assert_allclose(found.iou, metrics.jaccard_score(*pair, average=None))
    np.testing.assert_allclose(found.precision, metrics.precision_score(*pair, average=None))
    np.testing.assert_allclose(found.recall, metrics.recall_score(*pair, average=None))
    assert found.mean_iou == pytest.approx(metrics.jaccard_score(*pair, average="macro"))
    assert found.pixel_accuracy == pytest.approx(metrics.accuracy_score(*pair))
    assert found.mean_accuracy == pytest.approx(metrics.balanced_accuracy_score(*pair))
    assert list(found.pixels) == list(np.bincount(pair[0]))


def test_absent_classes_are_nan_and_left_out_of_means():
    # Class 2 never occurs but is predicted; class 3 neither.
    found = scores(np.array([[6, 0, 2, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]))
    np.testing.assert_allclose(found.iou, [6 / 9., 1 / 2., np.nan, np.nan])
    np.testing.assert_allclose(found.recall, [6 / 8., 1 / 2., np.nan, np.nan])
    np.testing.assert_allclose(found.precision, [6 / 7., 1., 0., np.nan])
    assert found.mean_iou == pytest.approx((6 / 9. + 1 / 2.) / 2)
    assert found.mean_accuracy == pytest.approx((6 / 8. + 1 / 2.) / 2)
    assert found.pixel_accuracy == pytest.approx(.7)


def test_nothing_labelled_is_nan_without_a_warning(recwarn):
    found = scores(np.zeros([2, 2], np.int64))
    assert np.isnan([found.mean_iou, found.pixel_accuracy, found.mean_accuracy]).all()
    assert not recwarn.list


def test_iou_of_many_matrices_at_once(labels):
    truth, prediction = labels
    whole = np.stack([confusion_matrix(truth, prediction, CLASSES),
                      confusion_matrix(truth[:9], prediction[:9], CLASSES)])
    found = class_iou(whole.reshape(1, 2, CLASSES, CLASSES))
    assert found.shape == (1, 2, CLASSES)
    np.testing.assert_array_equal(found[0, 1], scores(whole[1]).iou)
    assert mean_of_present(found)[0, 0] == scores(whole[0]).mean_iou


@pytest.mark.parametrize("truth, prediction", [
    (np.zeros([2, 3], np.uint8), np.zeros([3, 2], np.uint8)),
    (np.zeros([2], np.uint8), np.array([0, 3], np.uint8))])
def test_faults_raise(truth, prediction):
    with pytest.raises(ValueError):
        confusion_matrix(truth, prediction, 3)
