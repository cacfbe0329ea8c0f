"""Names of results: made, read back, found in a folder."""
import itertools
import os

import pytest

from utils.runs.result_name import ResultName, parse_rest, parse_stem, stored_results


@pytest.mark.parametrize("parts, stem", [
    (("validation",), "validation"), (("test", "3000"), "test_3000"),
    (("test", "best", "360x480"), "test_best_360x480"),
    (("test", "", "native", 20), "test_native_first20"),
    (("test", "", "native_align-half_pixel"), "test_native_align-half_pixel"),
    (("training", "", "depth_multiplier-0.5"), "training_depth_multiplier-0.5")])
def test_names(parts, stem):
    assert str(ResultName(*parts)) == stem
    assert parse_stem(stem) == ResultName(*parts)


def test_round_trips():
    for parts in itertools.product(
            ("training", "validation", "test"), ("", "1", "3000", "best", "kept"),
            ("", "48x48", "native", "384x384_align-half_pixel", "fcn8-True_extended_arch-LinkNet"),
            (0, 1, 20)):
        name = ResultName(*parts)
        assert parse_stem(str(name)) == name == parse_rest(name.split, name.rest)


def test_paths():
    name = ResultName("test", "40", "depth_multiplier-0.5")
    assert name.path("a") == os.path.join("a", "test_40_depth_multiplier-0.5.npz")
    stem = "test_40_depth_multiplier-0.5"
    assert name.path("a", "objects") == os.path.join("a", stem + ".objects.npz")
    assert name.path("a", ending=".json").endswith("-0.5.json")


def test_other_checkpoints_and_splits():
    name = ResultName("test", "40", "48x48", 3)
    assert name.of("validation", "80") == ResultName("validation", "80", "48x48", 3)
    assert name.of() == name and name.newest() == ResultName("test", "", "48x48", 3)


def test_a_folders_results_are_found_without_what_observers_stored(tmp_path):
    stems = ["test", "test_40", "test_40_depth_multiplier-0.5", "validation_best_first3"]
    for stem in stems:
        for ending in (".npz", ".json", ".objects.npz", ".toy.npz"):
            (tmp_path / (stem + ending)).write_bytes(b"")
    (tmp_path / "pictures").mkdir()
    found = stored_results(str(tmp_path))
    assert sorted(map(str, found)) == stems and found[0] == ResultName("test")
    assert stored_results(str(tmp_path / "none")) == []
