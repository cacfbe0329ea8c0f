"""Every loss against an independent numpy value, with an absent class and ignored pixels."""
import numpy as np
import pytest

from utils.tf_compat import tf
from utils.train.losses import LOSSES, Mean
from utils.train.losses.total import choose_losses, loss_terms, term_value, total_loss

#: [2, 5, 7] of 4 classes, of which 2 is absent; 9 and 255 are ignored, in unlike shares.
LABEL = np.random.RandomState(1).choice([0, 1, 3, 9, 255], [2, 5, 7], p=[.3, .2, .2, .1, .2])
LABEL[1, :3] = 255
LABEL = LABEL.astype(np.uint8)
LOGITS = np.random.RandomState(0).randn(2, 5, 7, 4).astype(np.float32) * 2
WEIGHTS = [[1.0] * 4, [.5, 2.0, 3.0, 1.5]]


def softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def numpy_focal(logits, label, weights, gamma):
    """Pixel by pixel."""
    total = mass = 0.0
    for p, truth in zip(softmax(logits).reshape(-1, logits.shape[-1]), label.ravel()):
        if truth < len(weights):
            total += weights[truth] * (1 - p[truth]) ** gamma * -np.log(p[truth])
            mass += weights[truth]
    return total / mass if mass else 0.0


def numpy_dice(logits, label, weights, squared=False, smooth=0.0):
    """Class by class, over all of the pixels given."""
    valid = label < len(weights)
    p, truth = softmax(logits)[valid], label[valid]
    total = mass = 0.0
    for c, weight in enumerate(weights):
        g = truth == c
        if g.any():
            size = (p[:, c] ** 2 if squared else p[:, c]).sum() + g.sum()
            total += weight * (1 - (2 * p[g, c].sum() + smooth) / (size + smooth))
            mass += weight
    return total / mass if mass else 0.0


def numpy_dice_by_image(logits, label, weights, **settings):
    labelled = [n for n in range(len(label)) if (label[n] < len(weights)).any()]
    return np.mean([numpy_dice(logits[n], label[n], weights, **settings) for n in labelled])


EXPECTED = {
    "cross_entropy": lambda *given: numpy_focal(*given, gamma=0),
    "focal": lambda *given: numpy_focal(*given, gamma=2),
    "focal:0": lambda *given: numpy_focal(*given, gamma=0),
    "focal:0.5": lambda *given: numpy_focal(*given, gamma=.5),
    "dice": numpy_dice,
    "dice:squared": lambda *given: numpy_dice(*given, squared=True),
    "dice:smooth=1": lambda *given: numpy_dice(*given, smooth=1),
    "dice:image": numpy_dice_by_image,
    "dice:image:squared": lambda *given: numpy_dice_by_image(*given, squared=True)}


def evaluate(text, logits, label, weights):
    """(value, gradient by the logits) of a loss."""
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.constant(logits, tf.float32)
        value = term_value(LOSSES.choose(text).make(fed, tf.constant(label),
                                                    np.array(weights, np.float32)))
        return session.run([value, tf.gradients(value, fed)[0]])


def test_every_loss_has_a_value_here():
    assert set(LOSSES.names()) == {text.split(":")[0] for text in EXPECTED}


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_the_value_is_that_of_numpy(text, weights):
    value, _ = evaluate(text, LOGITS, LABEL, weights)
    np.testing.assert_allclose(value, EXPECTED[text](LOGITS, LABEL, weights), rtol=2e-6)


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_an_image_without_labels_is_no_part_of_it(text):
    label = np.stack([LABEL[0], np.full_like(LABEL[0], 255)])
    value, gradient = evaluate(text, LOGITS, label, WEIGHTS[1])
    np.testing.assert_allclose(value, evaluate(text, LOGITS[:1], LABEL[:1], WEIGHTS[1])[0],
                               rtol=1e-6)
    assert not gradient[1].any()


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_the_gradient_is_that_of_small_differences_of_numpy_s_value(text):
    _, gradient = evaluate(text, LOGITS, LABEL, WEIGHTS[1])
    found, expected = [], []
    for at in np.random.RandomState(2).permutation(LOGITS.size)[:60]:
        moved = [LOGITS.astype(np.float64) for _ in range(2)]
        for one, by in zip(moved, (-1e-4, 1e-4)):
            one.ravel()[at] += by
        low, high = (EXPECTED[text](one, LABEL, WEIGHTS[1]) for one in moved)
        found.append(gradient.ravel()[at])
        expected.append((high - low) / 2e-4)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-7)
    assert np.count_nonzero(expected) > 20


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_large_scores_are_finite(text):
    sure = np.where(np.arange(4) == np.where(LABEL < 4, LABEL, 0)[..., None], 1e4, -1e4)
    for logits in (sure, -sure, 1e4 * np.sign(LOGITS)):
        value, gradient = evaluate(text, logits, LABEL, WEIGHTS[0])
        assert np.isfinite(value) and np.isfinite(gradient).all()
    right, wrong = (evaluate(text, logits, LABEL, WEIGHTS[0])[0] for logits in (sure, -sure))
    assert abs(right) < 1e-6 and wrong > .5


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_a_batch_without_labels_costs_nothing_and_has_no_gradient(text):
    for label in (np.full_like(LABEL, 255), np.full_like(LABEL, 4)):
        value, gradient = evaluate(text, LOGITS, label, WEIGHTS[1])
        assert value == 0 and not gradient.any()


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_what_lies_under_the_ignore_label_changes_nothing(text):
    other_label, other_logits = LABEL.copy(), LOGITS.copy()
    ignored = LABEL >= 4
    other_label[ignored] = 255 - (LABEL[ignored] % 100)
    other_logits[ignored] = np.random.RandomState(3).randn(ignored.sum(), 4) * 5
    value, gradient = evaluate(text, LOGITS, LABEL, WEIGHTS[1])
    other_value, other_gradient = evaluate(text, other_logits, other_label, WEIGHTS[1])
    np.testing.assert_allclose(other_value, value, rtol=1e-6)
    np.testing.assert_allclose(other_gradient, gradient, rtol=1e-4, atol=1e-8)
    assert not gradient[ignored].any() and not other_gradient[ignored].any()


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_the_numbers_of_classes_have_no_meaning(text):
    order = np.array([2, 0, 3, 1])  # class c becomes order[c]
    label = np.where(LABEL < 4, order[np.minimum(LABEL, 3)], LABEL).astype(np.uint8)
    back = np.argsort(order)
    value, _ = evaluate(text, LOGITS[..., back], label, np.array(WEIGHTS[1])[back])
    np.testing.assert_allclose(value, evaluate(text, LOGITS, LABEL, WEIGHTS[1])[0], rtol=1e-5)


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_a_mean_has_weights_that_the_scores_do_not_move(text):
    with tf.Graph().as_default(), tf.Session() as session:
        logits = tf.constant(LOGITS)
        part = LOSSES.choose(text).make(logits, tf.constant(LABEL), np.array(WEIGHTS[1]))
        if not isinstance(part, Mean):
            assert LOSSES.choose(part.instead).values == dict(LOSSES.choose(text).values,
                                                              over="image")
            return
        assert tf.gradients(part.weight, logits) == [None]
        images = "dice" in text
        expected = 2 if images else np.array(WEIGHTS[1] + [0] * 252)[LABEL].sum()
        np.testing.assert_allclose(session.run(part.weight), expected, rtol=1e-6)


def test_a_sum_has_terms_with_names_and_factors():
    losses = choose_losses("cross_entropy+dice:squared:weight=0.5")
    with tf.Graph().as_default(), tf.Session() as session:
        terms = loss_terms(losses, tf.constant(LOGITS), tf.constant(LABEL), np.ones(4))
        values = [term_value(term.part) for term in terms]
        total = total_loss([term.factor for term in terms], values)
        (first, second), total = session.run([values, total])
    assert [(term.name, term.factor) for term in terms] == [("cross_entropy", 1), ("dice", .5)]
    np.testing.assert_allclose(total, first + .5 * second, rtol=1e-6)
