"""How often an epoch shows each image: weights by hand, exact counts of an epoch, what is kept."""
import dataclasses
import os

import numpy as np
import pytest

from tests.data.helpers import message
from tests.tiny import write_records
from utils.data import class_pixels as class_pixels_module
from utils.data.class_pixels import class_pixels, image_pixels_per_class
from utils.data.folders import check_target
from utils.data.records import open_dataset, open_split
from utils.data.sampling import (
    SAMPLINGS,
    Sampling,
    holding,
    repeat_factors,
    sampling_line,
)
from utils.data.split import Subset

#: Three images of 100 labelled pixels each but the last, of 200; two classes and one that no image
#: has. Shares .94, .06 and 0.
PIXELS = np.array([[100, 0, 0], [96, 4, 0], [180, 20, 0]])


def chosen(text, pixels=PIXELS):
    return SAMPLINGS.choose(text).make(lambda: pixels)


def test_the_default_shows_each_image_once_and_counts_nothing():
    assert SAMPLINGS.choose("shuffle").make(lambda: 1 / 0) is None


def test_repeat_factors_are_those_of_lvis():
    np.testing.assert_allclose(repeat_factors(np.array([.04, .01, .0025, 0]), .01), [1, 1, 2, 1])


def test_an_image_has_a_class_where_it_takes_at_least_its_share():
    assert holding(PIXELS).tolist() == [[True, False, False], [True, False, False],
                                        [False, True, False]]


@pytest.mark.parametrize("text, weights", [
    ("balanced:0.24", [1, 1, 2]),  # sqrt(.24 / .06), where the class takes more than 6 %
    ("balanced", [1, 1, 1]),  # no class is as rare as 2 %
    ("balanced:by=images", [1, 1, 1]), ("balanced:1:images", [1, 1.5 ** .5, 1.5 ** .5])])
def test_images_weigh_by_the_rarest_class_that_they_have(text, weights):
    np.testing.assert_allclose(chosen(text).weights, weights)


@pytest.mark.parametrize("seed", range(5))
def test_an_epoch_has_as_many_elements_as_images_each_within_one_of_expected(seed):
    rng = np.random.RandomState(seed)
    weights = rng.rand(rng.randint(1, 400)) ** 8 * (rng.rand() < .5 or 1e9)
    sampling = Sampling(weights, np.ones([len(weights), 1], bool))
    starts = np.append(rng.rand(500), [2 ** -24, 1 - 2 ** -24])
    copies = np.array([sampling.copies(start) for start in starts])
    assert (copies.sum(axis=1) == len(weights)).all() and copies.min() >= 0
    assert (np.abs(copies - sampling.expected()) < 1 + 1e-6).all()
    error = np.abs(copies[:500].mean(axis=0) - sampling.expected())
    assert error.max() < 5 * .5 / 500 ** .5  # five standard errors at most
    distinct = (copies[:500] > 0).sum(axis=1).mean()
    assert abs(distinct - np.minimum(sampling.expected(), 1).sum()) < .05 * len(weights) + .1


def test_equal_weights_show_each_image_once():
    for start in (2 ** -24, .3, 1 - 2 ** -24):
        assert (Sampling(np.full(7, .1), np.ones([7, 1], bool)).copies(start) == 1).all()


def test_the_log_says_what_an_epoch_holds():
    line = sampling_line(SAMPLINGS.choose("balanced:0.24"), chosen("balanced:0.24"),
                         ("road", "sign", "fog"))
    assert line == ("--sampling=balanced:0.24: 3 images an epoch, 2 distinct expected; sign in 50% "
                    "instead of 33%")


# ---- pixels of each class in each image ----

@pytest.fixture(scope="module")
def split(tmp_path_factory):
    datapath = write_records(str(tmp_path_factory.mktemp("sampling")))
    return open_split(datapath, "training", open_dataset(datapath))


def kept(split):
    return os.path.join(split.folder, "class_pixels-training.npz")


def test_counts_of_images_add_up_to_those_of_the_sidecar(split, capsys):
    pixels = class_pixels(split)
    assert pixels.shape == (split.count, 3) and pixels.dtype == np.int64
    assert tuple(pixels.sum(axis=0)) == split.counts.pixels_per_class
    assert tuple((pixels > 0).sum(axis=0)) == split.counts.images_per_class
    assert tuple(image_pixels_per_class(pixels)) == split.counts.image_pixels_per_class
    assert "the training labels are counted now" in capsys.readouterr().err
    check_target(split.folder, overwrite=True)  # what is kept does not stand in a conversion's way


def test_counts_are_kept_and_taken_for_a_subset(split, monkeypatch, capsys):
    whole = class_pixels(split)
    monkeypatch.setattr(class_pixels_module, "_counted", None)
    capsys.readouterr()
    np.testing.assert_array_equal(class_pixels(split), whole)
    subset = dataclasses.replace(split, subset=Subset((1, 4), ("a", "b"), split.counts))
    np.testing.assert_array_equal(class_pixels(subset), whole[[1, 4]])
    assert not capsys.readouterr().err


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no zip", None])
def test_what_is_kept_of_other_records_or_damaged_is_counted_anew(split, damage):
    whole = class_pixels(split)
    if damage is None:
        np.savez(kept(split), pixels=whole + 1, records="of others")
    else:
        with open(kept(split), "wb") as file:
            file.write(damage)
    np.testing.assert_array_equal(class_pixels(split), whole)
    with np.load(kept(split)) as file:
        np.testing.assert_array_equal(file["pixels"], whole)


def test_a_folder_that_cannot_be_written_to_costs_a_count_and_no_more(split, monkeypatch):
    whole = class_pixels(split)
    os.remove(kept(split))

    def refused(path, data):
        raise PermissionError(13, "Permission denied", path)
    monkeypatch.setattr(class_pixels_module, "write_bytes", refused)
    np.testing.assert_array_equal(class_pixels(split), whole)
    assert not os.path.exists(kept(split))


@pytest.mark.parametrize("text, words", [
    ("balanced:2", "threshold: got 2, expected at most 1"),
    ("balanced:by=objects", "expected one of pixels, images"),
    ("random", "choose one of balanced, shuffle")])
def test_what_is_no_sampling_is_refused(text, words):
    assert words in message(SAMPLINGS.choose, text)
