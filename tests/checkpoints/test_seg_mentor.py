"""seg-mentor's names of variables in ours."""
import pytest

from utils.checkpoints.seg_mentor import map_variable_names
from utils.errors import UserError

_NAMES = ["base_fe_scope/MobilenetV1/Conv2d_0/weights", "1x1_fcn32_logits/biases",
          "base_fe_scope/MobilenetV1/Conv2d_0/weights/Adam", "1x1_fcn32_logits/biases/Adam_1",
          "beta1_power", "global_step"]


def test_names():
    assert map_variable_names(_NAMES) == {
        "MobilenetV1/Conv2d_0/weights": "base_fe_scope/MobilenetV1/Conv2d_0/weights",
        "decoder/1x1_fcn32_logits/biases": "1x1_fcn32_logits/biases"}


def test_other_checkpoints_are_not_seg_mentors():
    assert map_variable_names(["MobilenetV1/Conv2d_0/weights", "decoder/a/weights"]) is None


@pytest.mark.parametrize("name", ["deconv/weights", "Conv2d_transpose_1/weights"])
def test_decoders_without_counterpart(name):
    with pytest.raises(UserError, match="has the layer"):
        map_variable_names(_NAMES + [name])
