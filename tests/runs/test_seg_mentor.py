"""seg-mentor's names and flags in ours."""
import json

import pytest

from tests.shared import shared_data
from utils.errors import UserError
from utils.runs import seg_mentor
from utils.runs.runargs import from_dict
from utils.runs.train_flags import TrainFlags


def test_its_resnet_18_pools_with_same_padding():
    runargs = {"clabel2cname": {}, "basenet": "resnet_v1_18"}
    assert seg_mentor.map_runargs(runargs)["basenet"] == "resnet_v1_18_same"
    assert seg_mentor.map_runargs(dict(runargs, basenet="vgg_16"))["basenet"] == "vgg_16"
    assert "--basenet=resnet_v1_18_same" in seg_mentor.other_features("resnet_v1_18")
    assert seg_mentor.other_features("resnet_v1_18_same") == ""
    assert seg_mentor.other_features("vgg_16") == ""


def test_runargs():
    with open(shared_data("legacy", "tmp", "Nov20_mobilenet_v1__1", "runargs")) as file:
        runargs = json.load(file)
    assert seg_mentor.is_seg_mentor_runargs(runargs)
    flags = seg_mentor.map_runargs(runargs)
    assert (flags["pixels"], flags["align"], flags["num_classes"]) == ("256", "transposed", 11)
    assert from_dict(TrainFlags, flags).num_classes == 11  # all of them flags of ours
    classes = seg_mentor.named_classes(runargs)
    assert classes["class_names"][8:] == ["Car", "Pedestrian", "Bicyclist"]
    assert classes["palette"][8] == [64, 0, 128]


@pytest.mark.parametrize("flag,value", [
    ("trainable_upsampling", True), ("extended_arch", "LinkNet")])
def test_runs_without_counterpart(flag, value):
    with pytest.raises(UserError, match="this seg-mentor run used --" + flag):
        seg_mentor.map_runargs({"clabel2cname": {}, flag: value})


def test_classes_without_names_and_colours():
    classes = seg_mentor.named_classes(
        {"num_classes": 2, "clabel2cname": {"0": "Sky", "255": "void"}})
    assert classes == {"class_names": ["Sky", "class 1"], "palette": [None, None]}
    assert not seg_mentor.is_seg_mentor_runargs({"seed": 1, "basenet": "vgg_16"})
