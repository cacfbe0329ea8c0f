"""The writer of submissions: what it writes is in order, whole, and always the same bytes."""
import json
import os
import zipfile

import numpy as np
import pytest

from tests.compete import made
from utils.compete.check import check_submission
from utils.compete.submission import SubmissionWriter


def write(path, manifest, seed=0, **meta):
    with SubmissionWriter(str(path), manifest.class_names, meta) as submission:
        for index, image in enumerate(manifest.images):
            submission.add(image.name, made.prediction(index, seed=seed))
    return str(path)


def test_what_it_writes_is_in_order_even_with_odd_and_equal_names(tmp_path):
    _, manifest = made.competition(tmp_path / "c", names=["a/b", "a/b", "A/B", "道", ".x", "con"])
    seen = {}
    checked = check_submission(
        manifest, [write(tmp_path / "t.zip", manifest, team="Red", method="m")],
        lambda run, index, prediction: seen.update({(run, index): prediction}))
    assert checked.faults.lines() == [] and checked.runs == 1
    assert checked.info == {"team": "Red", "method": "m", "note": ""}
    for index in range(6):
        np.testing.assert_array_equal(seen[0, index], made.prediction(index))


def test_a_team_that_has_the_image_files_alone_hands_in_the_same(tmp_path):
    folder, manifest = made.competition(tmp_path / "c", names=["a/b", "a/b", "A/B", "50%", "~"])
    with SubmissionWriter(str(tmp_path / "t.zip"), manifest.class_names,
                          dict(run="Nov26__1", seed=1)) as submission:
        files = [os.path.splitext(name)[0] for name in os.listdir(os.path.join(folder, "images"))]
        for name in reversed(sorted(files)):
            submission.add_file(name, made.prediction(0))
    checked = check_submission(manifest, [str(tmp_path / "t.zip")])
    assert checked.faults.lines() == [] and checked.info["method"] == "Nov26__1"


def test_the_same_predictions_give_the_same_bytes(tmp_path):
    _, manifest = made.competition(tmp_path / "c")
    files = [open(write(tmp_path / name, manifest), "rb").read() for name in ("a.zip", "b.zip")]
    assert files[0] == files[1]
    with zipfile.ZipFile(str(tmp_path / "a.zip")) as archive:
        assert json.loads(archive.read("submission.json"))["class_names"] == list(made.CLASSES)


def test_after_an_error_there_is_no_file(tmp_path):
    path = str(tmp_path / "t.zip")
    with pytest.raises(KeyError), SubmissionWriter(path, made.CLASSES) as submission:
        submission.add("a", np.zeros((2, 2), np.uint8))
        raise KeyError
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize("wrong", [np.zeros((2, 2)), np.zeros((2, 2, 1), np.uint8),
                                   np.full((2, 2), 3, np.uint8), np.zeros((0, 2), np.uint8)])
def test_what_is_no_prediction_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="the prediction of a "), \
            SubmissionWriter(str(tmp_path / "t.zip"), made.CLASSES) as submission:
        submission.add("a", wrong)
