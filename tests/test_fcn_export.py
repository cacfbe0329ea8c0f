"""fcn_export.py end to end, on a run that fcn_train.py makes in a few steps, and each bad input."""
import json
import os

import numpy as np
import pytest
from PIL import Image

import fcn_export
from tests import tiny
from utils.errors import UserError
from utils.export.formats import FORMATS
from utils.tf_compat import IS_TF1


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    """A folder with records/, and tmp/tiny__1 as fcn_train.py leaves it."""
    folder = str(tmp_path_factory.mktemp("project"))
    tiny.make_project(folder)
    return folder


@pytest.fixture
def export(project, monkeypatch, capsys, tmp_path):
    """Runs fcn_export.py in the project's folder: (what it printed, the card)."""
    monkeypatch.chdir(project)

    def run(*flags, code=0):
        capsys.readouterr()
        folder = str(tmp_path / "out")
        # Hardly trained, so that many pixels are near a tie.
        assert fcn_export.main(["--traindir=tiny__1", "--num_images=3", "--outdir=" + folder,
                                "--calibration_images=4", "--max_pixels=.02"]
                               + list(flags)) == code
        with open(os.path.join(folder, "card.json")) as file:
            return capsys.readouterr().out, json.load(file)
    return run


def test_every_format_is_written_run_and_compared(export, tmp_path):
    out, card = export("--max_scores=1e-4,tflite_float16:.1,tflite_int8:1",
                       "--max_pixels=.01,tflite_float16:.1,tflite_int8:.5")
    assert sorted(os.listdir(str(tmp_path / "out"))) == [
        "card.json", "net.pb", "net.tflite", "net_float16.tflite", "net_int8.tflite", "saved_model"]
    assert card["run"] == "tiny__1" and card["checkpoint"].endswith("fcn.ckpt")
    assert card["class_names"] == list(tiny.CLASS_NAMES) and len(card["palette"]) == 3
    assert card["input"]["name"] == "images" and card["input"]["shape"] == [None, 32, 64, 3]
    assert card["output"]["name"] == "scores" and card["output"]["shape"] == [None, 32, 64, 3]
    assert "not normalised" in card["input"]["meaning"] and "32x64" in card["input"]["meaning"]
    assert card["made"]["tensorflow"] and card["net"]["basenet"] == "tiny"
    for outcome in card["formats"]:
        assert outcome["format"] in out and outcome["bytes"] > 0 and outcome["problem"] == ""
        found = outcome["comparison"]
        assert found["images"] == 3 and found["pixels"] <= outcome["bounds"]["pixels"]
        assert 0 <= found["score_difference"] <= outcome["bounds"]["scores"] * found["score_range"]
        assert 0 <= found["tested_miou"] <= 1 and found["speed"] > 0
        if outcome["format"] in ("frozen", "saved_model", "tflite"):
            assert found["miou"] == pytest.approx(found["tested_miou"], abs=.01)


@pytest.mark.parametrize("flags, shape, result", [
    (["--input=image", "--output=labels", "--formats=frozen,saved_model"], [None] * 3 + [3],
     [None] * 3),
    pytest.param(["--input=image", "--output=labels", "--formats=frozen,tflite",
                  "--image_size=36x64", "--batch=1"], [1, 36, 64, 3], [1, 36, 64],
                 marks=pytest.mark.skipif(IS_TF1, reason="TF 1.15's TFLite takes no images")),
    (["--input=image", "--output=scores", "--formats=frozen"], [None] * 3 + [3], [None] * 3 + [3]),
    (["--output=labels", "--formats=frozen,tflite"], [None, 32, 64, 3], [None, 32, 64]),
    (["--pixels=0", "--formats=frozen", "--checkpoint=best"], [None] * 3 + [3], [None] * 3 + [3]),
    (["--pixels=64x64", "--batch=2", "--formats=frozen,tflite", "--afteriter=2"], [2, 64, 64, 3],
     [2, 64, 64, 3])])
def test_forms(export, flags, shape, result):
    _, card = export(*flags)
    assert card["input"]["shape"] == shape and card["output"]["shape"] == result
    assert all(outcome["comparison"]["pixels"] < .01 for outcome in card["formats"])


def test_compared_on_ones_own_images_without_records(export, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(2):
        pixels = np.random.RandomState(index).randint(0, 256, (30, 50 + index, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(str(folder / f"{index}.png"))
    _, card = export(f"--imagepath={folder}", f"--calibration={folder}",
                     "--datapath=gone", "--formats=frozen,tflite_int8", "--max_scores=1",
                     "--max_pixels=.5")
    assert [outcome["comparison"]["images"] for outcome in card["formats"]] == [2, 2]
    assert [outcome["comparison"]["miou"] for outcome in card["formats"]] == [None, None]


def test_beyond_its_bound_a_file_is_left_out(export, tmp_path):
    out, card = export("--formats=frozen,tflite_float16", "--max_scores=tflite_float16:1e-9",
                       code=1)
    assert "tflite_float16: a score differs by" in out.splitlines()[-1]
    assert sorted(os.listdir(str(tmp_path / "out"))) == ["card.json", "net.pb"]
    problems = {outcome["format"]: outcome["problem"] for outcome in card["formats"]}
    assert problems["frozen"] == "" and "beyond the bound" in problems["tflite_float16"]


def test_a_format_that_cannot_be_made_is_told_and_the_others_stay(export, monkeypatch, tmp_path):
    import dataclasses

    def fail(*args):
        raise UserError("no luck")
    monkeypatch.setitem(FORMATS._entries, "tflite",
                        dataclasses.replace(FORMATS.get("tflite"), write=fail))
    out, card = export("--formats=tflite,frozen", code=1)
    assert out.splitlines()[-1] == "tflite: no luck"
    assert card["formats"][0]["comparison"] is None
    assert sorted(os.listdir(str(tmp_path / "out"))) == ["card.json", "net.pb"]


@pytest.mark.parametrize("flags, message", [
    (["--traindir=nothing"], "no run folder at 'nothing'.*tiny__1"),
    (["--formats=caffe"], "unknown export format 'caffe': choose one of frozen, onnx"),
    (["--formats="], "--formats is empty"),
    (["--pixels=0"], "tflite has a fixed size, but this export takes any: give a size, as in "
     "--pixels=256"),
    (["--input=image"], "tflite has a fixed size.*--image_size="),
    (["--image_size=30x30"], "--image_size is for --input=image"),
    (["--image_size=30x31", "--input=image"], "none of the 3 images .* this size"),
    (["--max_pixels=lots"], "--max_pixels: got 'lots'"),
    (["--afteriter=3"], "no checkpoint .*fcn.ckpt_3"),
    (["--imagepath=gone"], "--imagepath=gone: no such file or folder"),
    (["--calibration=gone", "--formats=tflite_int8"], "--calibration=gone: no such file"),
    (["--split=holdout"], "unknown split 'holdout'"),
    (["--outdir=records"], "--outdir=records: exists and is not an export"),
    (["--fcn8"], "unknown flag --fcn8")])
def test_mistakes_are_one_clear_line(export, tmp_path, flags, message):
    with pytest.raises(UserError, match=message) as caught:
        export(*flags)
    assert "\n" not in str(caught.value)
    assert os.listdir(str(tmp_path)) == []
