"""FPN: exact sums of its pyramid, branches by level, parameters by hand."""
import numpy as np
import pytest

from archs import build_arch
from tests.archs import checks
from utils.errors import UserError
from utils.tf_compat import tf

pytestmark = pytest.mark.usefixtures("tiny_net")


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_every_weight_trains(output_stride):
    checks.require_training(checks.flags_of("FPN:16", "tiny", output_stride=output_stride))


def test_checkpoints_fit_every_output_stride(tmp_path):
    """That of one decoder; test_output_stride.py has the names and shapes of all."""
    checks.require_restored_at(checks.flags_of("FPN:8", "resnet_v1_18"), (16, 8),
                                 str(tmp_path / "model.ckpt"))


@pytest.mark.parametrize("width", [64, 256, 7])
def test_parameters_by_hand(width):
    """Four 1x1 laterals with biases; 3 + 2 + 1 + 1 branch layers of 3x3; 1x1 scores."""
    with tf.Graph().as_default():
        build_arch(checks.flags_of(f"FPN:{width}", "resnet_v1_18"), 11).build_net(
            tf.zeros([1, 32, 32, 3]), is_training=True)
        found = sum(checks.decoder_sizes().values())
    half = width // 2
    laterals = sum((channels + 1) * width for channels in (64, 128, 256, 512))
    branches = 4 * (9 * width * half + 2 * half) + 3 * (9 * half * half + 2 * half)
    assert found == laterals + branches + 11 * (half + 1)


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_each_level_is_the_sum_of_the_coarser_ones(output_stride):
    """Laterals that are means of constant features, and branches that take one channel as it is."""
    values = {4: 1., 8: 10., 16: 100., 32: 1000., 2: np.nan}
    with tf.Graph().as_default() as graph, tf.Session() as session:
        arch = build_arch(checks.flags_of("FPN:2", "mobilenet_v1", output_stride=output_stride),
                          1)
        decoded = checks.decode(arch, values)
        pyramid = [graph.get_tensor_by_name(f"branch_{level}/to_{max(level // 2, 4)}/Conv2D:0")
                   .op.inputs[0] for level in (32, 16, 8, 4)]
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            shape = variable.shape.as_list()
            value = np.zeros(shape, np.float32)
            if "lateral" in variable.op.name and "weights" in variable.op.name:
                value += 1 / shape[2]
            elif variable.op.name.endswith("/weights"):
                value[shape[0] // 2, shape[1] // 2, 0] = 1
            elif variable.op.name.endswith("gamma"):
                value += np.float32(np.sqrt(1.001))  # undoes the epsilon
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        levels, summed, logits = session.run([pyramid, decoded.penultimate, decoded.logits])
    for level, expected in zip(levels, (1000, 1100, 1110, 1111)):
        np.testing.assert_allclose(level, expected, rtol=1e-5)
    np.testing.assert_allclose(summed, 1000 + 1100 + 1110 + 1111, rtol=1e-5)
    assert summed.shape == (1, 16, 24, 1) and logits.shape == (1, 64, 96, 1)
    np.testing.assert_allclose(logits, summed[0, 0, 0, 0], rtol=1e-5)


def test_a_width_of_one_has_no_half():
    with pytest.raises(UserError, match="decoder FPN:1: width: got 1, expected at least 2"):
        build_arch(checks.flags_of("FPN:1", "mobilenet_v1"), 3)
