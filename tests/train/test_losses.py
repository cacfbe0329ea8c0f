"""Losses and class weights against numpy."""
import numpy as np
import pytest

from utils.errors import UserError
from utils.tf_compat import tf
from utils.train.losses import LOSSES, class_weights


def numpy_cross_entropy(logits, label, weights):
    total = mass = 0.0
    for scores, truth in zip(logits.reshape(-1, logits.shape[-1]), label.ravel()):
        if truth < len(weights):
            total += weights[truth] * (np.log(np.exp(scores).sum()) - scores[truth])
            mass += weights[truth]
    return total / mass if mass else 0.0


@pytest.mark.parametrize("weights", [[1, 1, 1], [0.5, 2, 3]])
def test_cross_entropy(weights):
    rng = np.random.RandomState(0)
    logits = rng.randn(2, 3, 4, 3).astype(np.float32)
    label = rng.choice([0, 1, 2, 3, 255], [2, 3, 4]).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        total, weight = session.run(LOSSES.get("cross_entropy")(
            tf.constant(logits), tf.constant(label), np.array(weights, np.float32)))
    np.testing.assert_allclose(total / weight, numpy_cross_entropy(logits, label, weights),
                               rtol=1e-6)
    np.testing.assert_allclose(weight, np.array(weights + [0] * 253)[label].sum(), rtol=1e-6)


def test_a_batch_without_labels_costs_nothing_and_has_finite_gradients():
    with tf.Graph().as_default(), tf.Session() as session:
        logits = tf.ones([1, 2, 2, 3])
        loss = tf.div_no_nan(*LOSSES.get("cross_entropy")(
            logits, tf.fill([1, 2, 2], tf.constant(255, tf.uint8)), np.ones(3, np.float32)))
        value, gradient = session.run([loss, tf.gradients(loss, logits)[0]])
    assert value == 0 and not gradient.any()


def test_class_weights():
    p = np.array([0.7, 0.2, 0.1])
    np.testing.assert_allclose(class_weights("none", p), [1, 1, 1])
    np.testing.assert_allclose(class_weights("enet", p), 1 / np.log(1.02 + p), rtol=1e-6)
    np.testing.assert_allclose(class_weights("enet:1.1", p), 1 / np.log(1.1 + p), rtol=1e-6)
    np.testing.assert_allclose(class_weights("median", p), [2 / 7, 1, 2], rtol=1e-6)
    np.testing.assert_allclose(class_weights("1,2,0.5", p), [1, 2, 0.5])


@pytest.mark.parametrize("text", ["weird", "enet:1", "enet:x", "1,2", "1,2,-1", "0,0,0"])
def test_wrong_class_weights(text):
    with pytest.raises(UserError, match="--class_weights"):
        class_weights(text, np.array([0.7, 0.2, 0.1]))


def test_median_refuses_an_absent_class():
    with pytest.raises(UserError, match="class 1 never occurs"):
        class_weights("median", np.array([0.7, 0.0, 0.3]))
