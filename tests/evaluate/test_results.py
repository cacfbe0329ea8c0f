"""Stored results: a round trip, numpy alone, plain JSON, and damaged files."""
import json
import os

import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate import results
from utils.runs.result_name import parse_stem


@pytest.fixture
def result():
    matrices = np.array([[[5, 1, 0], [2, 2, 0], [0, 0, 0]], [[1, 0, 1], [0, 3, 0], [0, 0, 0]]])
    return results.Result(
        "validation", ("road", "car", "sky"), ("a", "\u00e9t\u00e9"),
        np.array([[3, 4], [2, 5]], np.int32), matrices.astype(np.int64),
        dict(split_sha256="abc", size="256x256")).with_meta(run="Nov20_vgg_16__1")


def test_round_trip(tmp_path, result):
    path = results.save_result(str(tmp_path / "test"), parse_stem("validation_best"), result)
    assert sorted(os.listdir(str(tmp_path / "test"))) == ["validation_best.json",
                                                          "validation_best.npz"]
    found = results.load_result(path)
    assert (found.split, found.class_names, found.names) == (
        result.split, result.class_names, result.names)
    for one, other in ((found.matrices, result.matrices), (found.sizes, result.sizes)):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert found.meta["run"] == "Nov20_vgg_16__1" and found.meta["split_sha256"] == "abc"
    assert found.scores.mean_iou == result.scores.mean_iou


def test_numpy_alone_reads_the_matrices(tmp_path, result):
    results.save_result(str(tmp_path), parse_stem("validation"), result)
    with np.load(str(tmp_path / "validation.npz"), allow_pickle=False) as stored:
        assert sorted(stored.files) == ["class_names", "matrices", "meta", "names", "sizes"]
        assert stored["matrices"].dtype == np.int64
        assert list(stored["names"]) == ["a", "\u00e9t\u00e9"]
        assert json.loads(str(stored["meta"]))["size"] == "256x256"


def test_the_json_is_strict_and_has_null_for_undefined(tmp_path, result):
    def refuse(constant):
        raise AssertionError(constant)
    with open(results.save_result(str(tmp_path), parse_stem("validation"), result)) as file:
        found = json.load(file, parse_constant=refuse)
    # Summed: [[6, 1, 1], [2, 5, 0], [0, 0, 0]].
    assert found["classes"]["road"] == {"iou": .6, "precision": .75, "recall": .75, "pixels": 8}
    assert found["classes"]["sky"] == {"iou": None, "precision": 0., "recall": None, "pixels": 0}
    assert found["mean_iou"] == pytest.approx((6 / 10. + 5 / 8.) / 2)
    assert found["pixel_accuracy"] == pytest.approx(11 / 15.)
    assert found["images"] == 2 and found["matrices"] == "validation.npz"
    assert found["run"] == "Nov20_vgg_16__1"


def test_a_second_result_replaces_the_first(tmp_path, result):
    results.save_result(str(tmp_path), parse_stem("validation"), result)
    results.save_result(str(tmp_path), parse_stem("validation"), result.with_meta(run="other"))
    assert results.load_result(str(tmp_path / "validation.json")).meta["run"] == "other"
    assert len(os.listdir(str(tmp_path))) == 2


def test_table_and_headline(result):
    lines = results.format_table(result).splitlines()
    assert lines[1].split() == ["road", "60.0", "75.0", "75.0", "8"]
    assert lines[3].split() == ["sky", "-", "0.0", "-", "0"]
    assert lines[4].split() == ["mean", "61.3", "52.8", "73.2", "15"]
    assert len({len(line) for line in lines}) == 1
    assert results.headline(result).startswith("validation: mIoU 0.6125, pixel accuracy 0.7333")


def test_missing_and_damaged_files_are_told(tmp_path, result):
    with pytest.raises(UserError, match="no such result"):
        results.load_result(str(tmp_path / "test.json"))
    path = str(tmp_path / "validation.npz")
    results.save_result(str(tmp_path), parse_stem("validation"), result)
    with open(path, "rb+") as file:
        file.truncate(os.path.getsize(path) // 2)
    with pytest.raises(UserError, match="not a result of fcn_test.py"):
        results.load_result(path)
