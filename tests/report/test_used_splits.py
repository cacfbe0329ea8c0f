"""Scores on images that training has used are told, once, wherever scores are reported."""
import os

import pytest

from tests.report.synthetic import draw_matrices, write_result, write_run
from utils.evaluate.results import load_result
from utils.report import analyses  # noqa: F401  registers them
from utils.report.html import page
from utils.report.section import ANALYSES
from utils.statistics.importance import best_of_k_inflation

SHA = {"training": "7ra1" * 16, "validation": "ba11d" * 13, "test": "7e57" * 16}


def _write(root, name, seed, stem, sha256="5p1it" * 8, info=None, **flags):
    path = write_run(root, name, seed, info=info, **flags)
    write_result(path, stem, draw_matrices(seed), split_sha256=sha256)
    return path


def _notes(study, name):
    ANALYSES.get(name)(study)
    return [line for line in study.notes if "scored on" in line]


@pytest.mark.parametrize("name", ["leaderboard", "errorbars", "compare", "classes", "subsets"])
def test_the_best_on_validation_scored_there_is_told_once(tmp_path, study_of, name):
    for number, flags in enumerate(({}, {"fcn8": True})):
        for seed in (1, 2):
            _write(tmp_path, f"r{number}__{seed}", seed, "validation_best", **flags)
    line, = _notes(study_of(tmp_path, split="validation", result="best"), name)
    assert line == (
        "each run is scored on validation, by which its checkpoint was picked: that is too high. "
        f"By chance alone the best of 10 evaluations lies up to {best_of_k_inflation(10):.2f} sd "
        "of a checkpoint's noise above their mean. Report the picked one on another split, or the "
        "newest on this one (--result=)")
    assert page(study_of(tmp_path, split="validation", result="best")).count(
        "by which its checkpoint was picked") == 1


@pytest.mark.parametrize("split, result", [
    ("validation", ""), ("test", "best"), ("test", ""), ("validation", "384x384"),
    ("validation", "40")])
def test_other_results_are_not(tmp_path, study_of, split, result):
    stem = "_".join(filter(None, (split, result)))
    for seed in (1, 2):
        _write(tmp_path, f"a__{seed}", seed, stem)
    assert _notes(study_of(tmp_path, split=split, result=result), "leaderboard") == []


@pytest.mark.parametrize("result", ["best", "best_384x384"])
def test_splits_are_told_by_their_records(tmp_path, study_of, result):
    """A test split with the records of validation is that; validation of other data is not."""
    for number, (split, sha256, told) in enumerate((
            ("test", SHA["validation"], True), ("validation", SHA["test"], False))):
        root = tmp_path / str(number)
        for seed in (1, 2):
            _write(root, f"a__{seed}", seed, split + "_" + result, sha256,
                   dict(splits_sha256=SHA))
        assert bool(_notes(study_of(root, split=split, result=result), "errorbars")) == told


def test_images_of_training_are_told_whatever_their_split_is_called(tmp_path, study_of):
    _write(tmp_path, "a__1", 1, "test", SHA["training"], dict(splits_sha256=SHA))
    _write(tmp_path, "b__1", 1, "test", SHA["training"], fcn8=True)
    line, = _notes(study_of(tmp_path), "leaderboard")
    assert line == ("a__1 is scored on the images that it was trained on, which says nothing of "
                    "others: test on another split")
    root = tmp_path / "training"
    for seed in (1, 2):
        _write(root, f"a__{seed}", seed, "training", "da7a" * 8)
    line, = _notes(study_of(root, split="training"), "leaderboard")
    assert line.startswith("each run is scored on the images that it was trained on")


@pytest.mark.parametrize("kept, told", [
    (slice(0, 2), "scored on 4 images of which it was trained on 2 (--subset): that is too high"),
    (slice(0, 4), "scored on the images that it was trained on"), (slice(0, 0), None)])
def test_a_run_of_a_list_is_trained_on_its_images_alone(tmp_path, study_of, kept, told):
    path = write_run(tmp_path, "a__1", 1)
    write_result(path, "training", draw_matrices(1, images=4), split_sha256="da7a" * 8)
    names = load_result(os.path.join(path, "test", "training.npz")).names
    (tmp_path / "a__1" / "subset.txt").write_text("\n".join(("another",) + names[kept]) + "\n")
    lines = _notes(study_of(tmp_path, split="training"), "leaderboard")
    assert [told in line for line in lines] == [True] * bool(told)
