"""Statistics of how well probabilities fit a label, by hand."""
import numpy as np
import pytest

from utils.measures import label_fit as module
from utils.measures.label_fit import label_fit, label_probability


def fit_of(s, label, num_classes):
    """`label_fit` of an image at the net's own scale: each pixel's label has the probability s."""
    own = [(np.arange(side), np.arange(side), np.zeros(side, np.float32)) for side in s.shape]
    return label_fit(np.repeat(s[..., np.newaxis], num_classes, -1), label, *own, num_classes)


def test_by_hand():
    s = np.array([[.5, .05, .9]], np.float32)
    loss, softmin, mean, low, quantile, first, second = fit_of(
        s, np.array([[0, 1, 0]], np.uint8), 2)
    assert loss == pytest.approx(-np.log([.5, .05, .9]).mean(), rel=1e-5)
    weight = np.exp(np.array([.5, .95, .1]) / .1)
    assert softmin == pytest.approx((s[0] * weight).sum() / weight.sum(), rel=1e-5)
    assert mean == pytest.approx(1.45 / 3) and low == pytest.approx(1 / 3)
    assert quantile == pytest.approx(.05, abs=1 / 4096)
    assert first == pytest.approx(-np.log(.45), rel=1e-5)
    assert second == pytest.approx(-np.log(.05), rel=1e-5)


def test_ignored_pixels_count_nowhere():
    s = np.random.RandomState(0).uniform(.01, 1, (20, 30)).astype(np.float32)
    label = np.random.RandomState(1).randint(0, 3, (20, 30)).astype(np.uint8)
    more = np.concatenate([label, np.full((5, 30), 255, np.uint8)])
    noise = np.concatenate([s, np.full((5, 30), 1e-9, np.float32)])
    np.testing.assert_allclose(fit_of(noise, more, 3), fit_of(s, label, 3), rtol=1e-6)


def test_nothing_labelled_is_unknown():
    found = fit_of(np.full((4, 4), .5, np.float32), np.full((4, 4), 255, np.uint8), 2)
    assert np.isnan(found[:5]).all() and (found[5:] == 0).all()


def test_a_probability_of_zero_is_a_finite_loss():
    found = fit_of(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.uint8), 1)
    assert found[0] == pytest.approx(-np.log(1e-30), rel=1e-5) and found[4] < 1 / 4096


def test_the_quantile_to_its_resolution():
    s = np.random.RandomState(0).uniform(0, 1, (100, 100)).astype(np.float32)
    found = fit_of(s, np.zeros((100, 100), np.uint8), 1)[4]
    assert found == pytest.approx(np.quantile(s, .05), abs=2 / 4096)


@pytest.mark.parametrize("band", [7, 2 ** 14])
def test_bands_add_up_to_the_image(monkeypatch, band):
    random = np.random.RandomState(0)
    s = random.uniform(.01, 1, (40, 30)).astype(np.float32)
    label = random.randint(0, 4, s.shape).astype(np.uint8)
    monkeypatch.setattr(module, "_BAND_PIXELS", band)
    found, known = fit_of(s, label, 3), s[label < 3]
    assert found[0] == pytest.approx(-np.log(known).mean(), rel=1e-5)
    assert found[2:4] == pytest.approx([known.mean(), (known < .1).mean()], rel=1e-6)
    assert found[5:] == pytest.approx(
        [-np.log(s[label == one]).sum() for one in range(3)], rel=1e-5)


def test_interpolates_the_labels_probability():
    values = np.array([[[.2, .8], [.6, .4]], [[1, 0], [.4, .6]]], np.float32)
    places = (np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, .25, 0], np.float32))
    label = np.array([[0, 0, 1], [0, 0, 1], [1, 0, 255]], np.uint8)
    found = label_probability(values, label, places, places)
    np.testing.assert_allclose(found[:2], [
        [.2, .3, .4], [.4, .75 * .3 + .25 * .85, .75 * .4 + .25 * .6]], rtol=1e-6)
    np.testing.assert_allclose(found[2, :2], [0, .85], rtol=1e-6)
