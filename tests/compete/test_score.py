"""Scoring: the matrices, what is kept, what is told; after a fault nothing is kept."""
import dataclasses
import datetime
import json
import os
import shutil

import numpy as np
import pytest

from tests.compete import made
from tests.data.helpers import message
from utils.compete.entries import new_entry_folder, read_entries, team_folder
from utils.compete.private import read_private
from utils.compete.score import score_submission
from utils.evaluate.results import load_result
from utils.measures.confusion import confusion_matrix, scores


@pytest.fixture
def host(tmp_path):
    """(manifest, private, a writer of submissions)."""
    folder, manifest = made.competition(tmp_path / "c")

    def hand_in(seed=0, wrong=.2, **files):
        path = str(tmp_path / f"{seed}_{wrong}_{len(os.listdir(str(tmp_path)))}.zip")
        return made.write_zip(path, dict(made.predictions(manifest, wrong, seed), **files))
    return manifest, read_private(folder + "-private", manifest), hand_in


def expected(index, wrong=.2, seed=0):
    return confusion_matrix(made.label(index), made.prediction(index, wrong, seed), 3)


def test_matrices_predictions_and_what_is_said_of_them_are_kept(host):
    manifest, private, hand_in = host
    scored = score_submission(manifest, private, [hand_in(1), hand_in(2)], "Red")
    entry = scored.entry
    matrices = entry.matrices(manifest)
    assert matrices.shape == (2, 8, 3, 3) and (entry.number, entry.seeds) == (1, 2)
    for run, index in np.ndindex(2, 8):
        np.testing.assert_array_equal(matrices[run, index], expected(index, seed=run + 1))
    with entry.predictions(manifest, 1) as predictions:
        for index, image in enumerate(manifest.images):
            np.testing.assert_array_equal(predictions(image), made.prediction(index, seed=2))
    result = load_result(os.path.join(entry.folder, "seed_1", "test.npz"))
    assert result.meta["team"] == "Red" and result.names[3] == "image_3"
    assert datetime.datetime.fromisoformat(entry.time).tzinfo is not None


def test_parts_are_scored_apart(host):
    manifest, private, hand_in = host
    scored = score_submission(manifest, private, [hand_in(1), hand_in(2)], "Red")
    for part, indices in (("public", range(4)), ("private", range(4, 8))):
        both = [scores(sum(expected(index, seed=seed) for index in indices)).mean_iou
                for seed in (1, 2)]
        assert scored.exact[part] == pytest.approx(np.mean(both))
    assert scored.rung.released == pytest.approx(scored.exact["public"], abs=.0005)


def test_entries_climb_and_the_same_predictions_have_one_hash(host):
    manifest, private, hand_in = host
    told = [score_submission(manifest, private, [hand_in(seed, wrong)], "Red")
            for seed, wrong in ((1, .3), (1, .5), (1, .3), (2, .05))]
    assert [one.rung.moved for one in told] == [True, False, False, True]
    assert told[1].rung.released == told[0].rung.released < told[3].rung.released
    assert [one.entry.number for one in told] == [1, 2, 3, 4]
    hashes = [one.entry.sha256 for one in told]
    assert hashes[0] == hashes[2] and len(set(hashes)) == 3


def test_after_a_fault_nothing_is_kept(host):
    manifest, private, hand_in = host
    path = hand_in(1, **{"image_7.png": made.encoded(np.zeros((12, 16, 3), np.uint8)),
                         "more.txt": b"x"})
    text = message(score_submission, manifest, private, [path], "Red")
    assert "is not scored: PNGs of colours: 1 (image_7.png (RGB))" in text
    assert "(and 1 more kinds of fault); see all with: python fcn_compete.py check" in text
    assert read_entries(private) == {}
    assert os.listdir(os.path.join(private.folder, "entries")) == []  # another spelling is free


def test_names_of_teams(host):
    manifest, private, hand_in = host
    scored = score_submission(manifest, private, [hand_in(
        1, **{"submission.json": made.info(team=" ../<b> ", method="m", note="n")})])
    assert (scored.entry.team, scored.entry.method, scored.entry.note) == ("../<b>", "m", "n")
    assert os.path.dirname(scored.entry.folder) == os.path.join(
        private.folder, "entries", "%2E.%2F%3Cb%3E")
    score_submission(manifest, private, [hand_in(2)], "Blue")
    assert "there is a team Blue: use that" in message(
        score_submission, manifest, private, [hand_in(3)], "bLUE")
    assert "--team is missing" in message(score_submission, manifest, private, [hand_in(4)])


def test_two_that_score_at_once_take_two_numbers(host):
    _, private, _ = host
    team = team_folder(private, "Red")
    with new_entry_folder(team) as (one, first), new_entry_folder(team) as (other, second):
        assert (first, second) == (1, 2)
        for folder in (one, other):
            made.write(os.path.join(folder, "x"), b"")
    assert sorted(os.listdir(team)) == ["1", "2"]


def test_the_private_folder_has_to_belong_to_the_competition(host, tmp_path):
    manifest, private, _ = host
    assert "no private folder" in message(read_private, str(tmp_path), manifest)
    path = os.path.join(private.folder, "private.json")
    values = json.load(open(path))
    for change, words in (({"split_sha256": "other"}, "another competition"),
                          ({"manifest_sha256": "x"}, "manifest.json was changed after"),
                          ({"public": [True]}, "does not fit the 8 images"),
                          ({"public": "all"}, "expected a list")):
        made.write(path, json.dumps(dict(values, **change)).encode())
        assert words in message(read_private, private.folder, manifest)
    made.write(path, json.dumps({key: value for key, value in values.items()
                                 if key != "manifest_sha256"}).encode())
    assert read_private(private.folder, manifest)  # of before that was stored


def test_images_in_another_order_would_make_others_public(host):
    manifest, private, _ = host
    first, second, *others = manifest.images
    swapped = dataclasses.replace(manifest, images=(second, first, *others))
    assert "their order or its classes are others" in message(
        read_private, private.folder, swapped)
    assert read_private(private.folder, dataclasses.replace(manifest, rules=("Be kind.",)))


def test_the_remedy_for_a_damaged_entry_works(host):
    manifest, private, hand_in = host
    entry = score_submission(manifest, private, [hand_in(1)], "Red").entry
    for file in ("entry.json", os.path.join("seed_1", "test.npz")):
        with open(os.path.join(entry.folder, file), "r+b") as damaged:
            damaged.truncate(10)
        text = message(score_submission, manifest, private, [hand_in(2)], "Red")
        assert f"remove the folder {entry.folder}, then score the submission again" in text
        shutil.rmtree(entry.folder)
        entry = score_submission(manifest, private, [hand_in(1)], "Red").entry
