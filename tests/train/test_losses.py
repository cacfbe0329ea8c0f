"""Every loss against an independent numpy value, with an absent class and ignored pixels."""
import functools
import types

import numpy as np
import pytest

from tests.train.losses_in_numpy import EXPECTED, hardest, numpy_ohem
from utils.data.distance_maps import distance_maps, grid
from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses import LOSSES, Mean
from utils.train.losses.term import Truth
from utils.train.losses.total import (
    choose_losses,
    loss_note,
    loss_terms,
    map_strides,
    term_value,
    total_loss,
)

#: [2, 5, 7] of 4 classes, of which 2 is absent; 9 and 255 are ignored, in unlike shares.
LABEL = np.random.RandomState(1).choice([0, 1, 3, 9, 255], [2, 5, 7], p=[.3, .2, .2, .1, .2])
LABEL[1, :3] = 255
LABEL = LABEL.astype(np.uint8)
LOGITS = np.random.RandomState(0).randn(2, 5, 7, 4).astype(np.float32) * 2
WEIGHTS = [[1.0] * 4, [.5, 2.0, 3.0, 1.5]]
#: Those of pixels' sums, whose value is not 0 for sure and right scores.
NOT_ZERO_WHERE_RIGHT = ("cross_entropy:0.2", "boundary:full")
#: Those of four pixels in rows and columns, by the loss that takes all.
COARSE = {"lovasz": "lovasz:full", "lovasz:image": "lovasz:image:full", "boundary": "boundary:full",
          "hausdorff": "hausdorff:full", "hausdorff:distances": "hausdorff:distances:full"}


def truth_of(choice, label, count, mined=1.0):
    maps = {stride: tf.constant(distance_maps(label[:, grid(stride), grid(stride)], count))
            for stride in map_strides([choice])}
    return Truth(tf.constant(label), maps, tf.constant(mined))


def make(text, logits, label, weights, mined=1.0):
    """The `Mean` or `Whole` of a loss."""
    choice = LOSSES.choose(text)
    truth = truth_of(choice, label, len(weights), mined)
    return loss_terms([choice], logits, truth, np.array(weights, np.float32))[0].part


def evaluate(text, logits, label, weights, mined=1.0):
    """(value, gradient by the logits) of a loss."""
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.constant(logits, tf.float32)
        value = term_value(make(text, fed, label, weights, mined))
        return session.run([value, tf.gradients(value, fed)[0]])


@functools.lru_cache(maxsize=None)
def evaluated(text):
    """`evaluate` of the fixed case, with weights."""
    return evaluate(text, LOGITS, LABEL, WEIGHTS[1])


def test_every_loss_has_a_value_here():
    assert set(LOSSES.names()) == {text.split(":")[0] for text in EXPECTED}


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_the_value_is_that_of_numpy(text):
    for weights, value in ((WEIGHTS[0], evaluate(text, LOGITS, LABEL, WEIGHTS[0])[0]),
                           (WEIGHTS[1], evaluated(text)[0])):
        expected = EXPECTED[text](LOGITS, LABEL, weights)
        np.testing.assert_allclose(value, expected, rtol=3e-6)
        assert abs(expected) > 1e-5


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_an_image_without_labels_is_no_part_of_it(text):
    label = np.stack([LABEL[0], np.full_like(LABEL[0], 255)])
    value, gradient = evaluate(text, LOGITS, label, WEIGHTS[1])
    np.testing.assert_allclose(value, evaluate(text, LOGITS[:1], LABEL[:1], WEIGHTS[1])[0],
                               rtol=1e-6)
    assert not gradient[1].any()


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_the_gradient_is_that_of_small_differences_of_numpy_s_value(text):
    _, gradient = evaluated(text)
    found, expected = [], []
    for at in np.random.RandomState(2).permutation(LOGITS.size)[:60]:
        moved = [LOGITS.astype(np.float64) for _ in range(2)]
        for one, by in zip(moved, (-1e-4, 1e-4)):
            one.ravel()[at] += by
        low, high = (EXPECTED[text](one, LABEL, WEIGHTS[1]) for one in moved)
        found.append(gradient.ravel()[at])
        expected.append((high - low) / 2e-4)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-7)
    assert np.count_nonzero(expected) >= 5


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_large_scores_are_finite(text):
    sure = np.where(np.arange(4) == np.where(LABEL < 4, LABEL, 0)[..., None], 1e4, -1e4)
    for logits in (sure, -sure, 1e4 * np.sign(LOGITS)):
        value, gradient = evaluate(text, logits, LABEL, WEIGHTS[0])
        assert np.isfinite(value) and np.isfinite(gradient).all()
    right, wrong = (evaluate(text, logits, LABEL, WEIGHTS[0])[0] for logits in (sure, -sure))
    assert wrong > right + 1e-4
    assert text in NOT_ZERO_WHERE_RIGHT or abs(right) < 1e-6


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
    value, gradient = evaluated(text)
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
    np.testing.assert_allclose(value, evaluated(text)[0], rtol=1e-5)


@pytest.mark.parametrize("text", sorted(EXPECTED))
def test_a_mean_has_weights_that_the_scores_do_not_move(text):
    with tf.Graph().as_default(), tf.Session() as session:
        logits = tf.constant(LOGITS)
        choice = LOSSES.choose(text)
        term, = loss_terms([choice], logits, truth_of(choice, LABEL, 4), np.array(WEIGHTS[1]))
        if not isinstance(term.part, Mean):
            assert LOSSES.choose(term.instead).values == dict(choice.values, over="image")
            return
        assert tf.gradients(term.part.weight, logits) == [None]
        weights = np.array(WEIGHTS[1] + [0] * 252)[LABEL]
        if choice.own.get("over") and choice.name != "ohem":
            weights = np.ones(2)  # images
        elif choice.name in ("boundary", "hausdorff"):
            weights = LABEL < 4
        elif choice.name == "ohem":
            weights = sum(hardest(LOGITS[n], LABEL[n], WEIGHTS[1], .4)[1] for n in range(2))
        np.testing.assert_allclose(session.run(term.part.weight), np.sum(weights), rtol=1e-6)


@pytest.mark.parametrize("text", sorted(text for text in EXPECTED if "image" in text
                                        or "over" not in LOSSES.choose(text).own))
def test_means_of_parts_are_that_of_the_batch(text):
    with tf.Graph().as_default(), tf.Session() as session:
        parts = [make(text, tf.constant(LOGITS[n:n + 1]), LABEL[n:n + 1], WEIGHTS[1])
                 for n in range(2)]
        (one, mass), (other, other_mass) = session.run([(part.total, part.weight)
                                                        for part in parts])
    np.testing.assert_allclose((one + other) / (mass + other_mass),
                               evaluated(text)[0], rtol=1e-6)


def test_a_sum_has_terms_with_names_and_factors():
    losses = choose_losses("cross_entropy+dice:squared:weight=0.5")
    with tf.Graph().as_default(), tf.Session() as session:
        terms = loss_terms(losses, tf.constant(LOGITS), Truth(tf.constant(LABEL)), np.ones(4))
        values = [term_value(term.part) for term in terms]
        total = total_loss([term.factor for term in terms], values)
        (first, second), total = session.run([values, total])
    assert [(term.name, term.factor) for term in terms] == [("cross_entropy", 1), ("dice", .5)]
    np.testing.assert_allclose(total, first + .5 * second, rtol=1e-6)


# ---- what single losses are known for ----

@pytest.mark.parametrize("text", sorted(COARSE))
def test_a_coarse_loss_is_that_of_every_fourth_pixel(text):
    draws = np.random.RandomState(5)
    label = draws.choice([0, 1, 3, 255], [2, 23, 30]).astype(np.uint8)
    label[:, :9, :13] = 1
    logits = draws.randn(2, 23, 30, 4).astype(np.float32) * 3
    value, gradient = evaluate(text, logits, label, WEIGHTS[1])
    taken = np.s_[:, 1::4, 1::4]
    expected = EXPECTED[COARSE[text]](logits[taken], label[taken], WEIGHTS[1])
    np.testing.assert_allclose(value, expected, rtol=3e-6)
    _, coarse = evaluate(COARSE[text], logits[taken], label[taken], WEIGHTS[1])
    np.testing.assert_allclose(gradient[taken], coarse, rtol=1e-5, atol=1e-9)
    assert np.count_nonzero(gradient) == np.count_nonzero(coarse) > 0


def test_lovasz_of_hard_predictions_is_one_less_the_iou():
    best = LOGITS.argmax(-1)
    hard = np.where(np.arange(4) == best[..., None], 1e4, -1e4)
    valid = LABEL < 4
    expected = np.mean([1 - (valid & (best == c) & (LABEL == c)).sum() / float(
        (valid & ((best == c) | (LABEL == c))).sum()) for c in (0, 1, 3)])
    for text in ("lovasz:full", "jaccard"):
        np.testing.assert_allclose(evaluate(text, hard, LABEL, WEIGHTS[0])[0], expected, rtol=1e-6)


def test_tversky_weighs_false_positives_by_alpha_and_false_negatives_by_beta():
    label = np.zeros([1, 4, 5], np.uint8)
    label[:, :2] = 1
    more = np.zeros([1, 4, 5, 2])
    more[..., 1] = 1e4
    more[:, 3, :, 1] = -1e4  # class 1 is found, with a row too many
    weights = [1e-9, 1.0]
    np.testing.assert_allclose(evaluate("tversky:0.3:0.7", more, label, weights)[0],
                               1 - 10 / (10 + .3 * 5), rtol=1e-5)
    np.testing.assert_allclose(evaluate("tversky:0.7:0.3", more, label, weights)[0],
                               1 - 10 / (10 + .7 * 5), rtol=1e-5)


def square(left):
    """[1, 12, 20] with a square of class 1, and scores that are sure of it."""
    label = np.zeros([1, 12, 20], np.uint8)
    label[:, 4:9, left:left + 5] = 1
    return label, np.where(np.arange(2) == label[..., None], 1e4, -1e4)


def test_boundary_grows_with_the_shift_of_a_square():
    label, _ = square(2)
    values = [evaluate("boundary:full", square(2 + shift)[1], label, [1e-9, 1.0])[0]
              for shift in range(9)]
    assert (np.diff(values) > 0).all()
    # From where the squares no longer meet, each further pixel adds 25 pixels at one more.
    np.testing.assert_allclose(values[8] - values[7], 2 * 25 / np.hypot(12, 20) / 240, rtol=.05)


@pytest.mark.parametrize("text", ["hausdorff:full", "hausdorff:distances:full"])
def test_hausdorff_is_zero_where_all_is_right_and_grows_with_the_distance(text):
    label, sure = square(2)
    assert evaluate(text, sure, label, [1.0, 1.0])[0] == 0
    values = []
    for width in (1, 3, 5, 7):  # of a false square beside the true one
        wrong = sure.copy()
        wrong[:, 4:9, 7:7 + width] = [-1e4, 1e4]
        values.append(evaluate(text, wrong, label, [1.0, 1.0])[0] / width)
    assert (np.diff(values) > 0).all()


@pytest.mark.parametrize("mined, share", [(0.0, 1.0), (0.5, .7), (1.0, .4)])
def test_hard_examples_are_mined_by_and_by(mined, share):
    value, _ = evaluate("ohem:0.4", LOGITS, LABEL, WEIGHTS[1], mined=mined)
    np.testing.assert_allclose(value, numpy_ohem(LOGITS, LABEL, WEIGHTS[1], share=share), rtol=1e-6)


def test_equally_hard_pixels_share_what_is_left():
    value, gradient = evaluate("ohem:0.1", np.zeros_like(LOGITS), LABEL, WEIGHTS[0])
    np.testing.assert_allclose(value, np.log(4), rtol=1e-6)
    norms = np.abs(gradient[LABEL < 4]).sum(-1)
    np.testing.assert_allclose(norms, norms[0], rtol=1e-5)


@pytest.mark.parametrize("text, init_from, says", [
    ("lovasz", "", "choose cross_entropy+lovasz, or give --init_from"),
    ("boundary+hausdorff:distances", "", "choose cross_entropy+boundary+hausdorff:distances"),
    ("lovasz", "tmp/run", ""), ("cross_entropy+lovasz", "", ""), ("dice", "", "")])
def test_a_loss_that_does_not_train_alone_is_told_of(text, init_from, says):
    note = loss_note(types.SimpleNamespace(loss=text, init_from=init_from))
    assert says in note and bool(says) == bool(note)


def test_parameters_have_help():
    for name in LOSSES.names():
        assert all(isinstance(parameter, Parameter) and parameter.help
                   for parameter in LOSSES.parameters(name).values())
