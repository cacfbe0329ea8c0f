"""SwiftNet: its pooling grids, which features it reads, parameters by hand."""
import numpy as np
import pytest

from archs import EXTRACTORS, build_arch
from archs.swiftnet import grid_columns
from tests.archs import checks
from utils.errors import UserError
from utils.tf_compat import tf

pytestmark = pytest.mark.usefixtures("tiny_net")


@pytest.mark.parametrize("basenet, output_stride", [
    ("resnet_v1_18", 32), ("tiny", 16), ("tiny", 8)])
def test_every_weight_trains(basenet, output_stride):
    checks.require_training(checks.flags_of("SwiftNet:24", basenet,
                                            output_stride=output_stride))


def test_parameters_by_hand():
    """ResNet-18: that of the authors' code, with 11 classes."""
    with tf.Graph().as_default():
        build_arch(checks.flags_of("SwiftNet", "resnet_v1_18"), 11).build_net(
            tf.zeros([1, 32, 32, 3]), is_training=True)
        found = sum(checks.decoder_sizes().values())

    def layer(inputs, outputs, size=1):
        """Gamma and beta of the inputs, and weights without biases."""
        return 2 * inputs + size * size * inputs * outputs
    pyramid = layer(512, 128) + 3 * layer(128, 42) + layer(128 + 3 * 42, 128)
    ladder = sum(layer(channels, 128) + layer(128, 128, 3) for channels in (256, 128, 64))
    assert found == pyramid + ladder + layer(128, 11) + 11


# ---- pooling ----

@pytest.mark.parametrize("rows, height, width, columns", [
    (8, 12, 15, 10), (4, 12, 15, 5), (2, 12, 15, 3), (8, 6, 8, 11), (2, 9, 1, 1), (8, 1, 1, 8)])
def test_grids_keep_the_aspect(rows, height, width, columns):
    """2 x 15 / 12 is 2.5, which is rounded up."""
    assert grid_columns(rows, height, width) == columns
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(grid_columns(rows, *tf.unstack(tf.constant([height, width])))) == columns


def test_the_pyramid_pools_over_three_grids():
    """What the 1x1 convolutions of the pyramid are applied to, of a map of 6 x 8 places."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        arch = build_arch(checks.flags_of("SwiftNet:9", "tiny"), 3)
        arch.build_net(tf.zeros([1, 192, 256, 3]), is_training=False)
        shapes = {rows: graph.get_tensor_by_name(f"decoder/spp/grid_{rows}/Conv2D:0").op.inputs[0]
                  .shape.as_list() for rows in (8, 4, 2)}
        fuse = graph.get_tensor_by_name("decoder/spp/fuse/Conv2D:0").op.inputs[0]
        session.run(tf.global_variables_initializer())
        assert session.run(fuse).shape == (1, 6, 8, 9 + 3 * 3)
    assert shapes == {8: [1, 8, 11, 9], 4: [1, 4, 5, 9], 2: [1, 2, 3, 9]}


def test_a_grid_sees_means_of_its_cells():
    """The grid of 2 rows over a 4 x 4 map of the features' own values, by hand."""
    values = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        arch = build_arch(checks.flags_of("SwiftNet:3", "tiny"), 2)
        arch._pyramid_pooling(tf.constant(values))
        norm = graph.get_operation_by_name("spp/grid_2/Conv2D").inputs[0].op.inputs[0].op
        squeezed = graph.get_tensor_by_name("spp/squeeze/Conv2D:0")
        session.run(tf.global_variables_initializer())
        before, after = session.run([squeezed, norm.inputs[0]])
    cells = [[before[0, 2 * i:2 * i + 2, 2 * j:2 * j + 2].mean(axis=(0, 1)) for j in (0, 1)]
             for i in (0, 1)]
    np.testing.assert_allclose(after[0], cells, rtol=1e-5)


# ---- features before the last ReLU ----

@pytest.mark.parametrize("basenet, levels", [
    ("resnet_v1_18", {4, 8, 16, 32}), ("resnet_v1_50", {4, 8, 16, 32}), ("mobilenet_v1", set()),
    ("mobilenet_v2", set()), ("vgg_16", set()), ("inception_v1", set())])
def test_sums_before_a_relu_are_declared_where_there_are_residual_units(basenet, levels):
    extractor = EXTRACTORS.get(basenet)
    assert {feature.level for feature in extractor.features if feature.before_relu} == levels


@pytest.mark.parametrize("basenet", [name for name in EXTRACTORS.names()
                                     if name.startswith("resnet")])
@pytest.mark.parametrize("output_stride", [32, 8])
def test_what_it_reads_is_the_sum_that_the_relu_is_applied_to(basenet, output_stride):
    with tf.Graph().as_default():
        swift, plain = [build_arch(checks.flags_of(name, basenet, output_stride=output_stride), 2)
                        for name in ("SwiftNet", "FCN")]
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            sums = swift.build(tf.zeros([1, 64, 64, 3]), is_training=False).features
        _require_relu(swift, sums)
        assert swift.end_points()[2] == plain.end_points()[2]


def _require_relu(arch, sums):
    """Each sum is what a ReLU reads whose output is the feature that the record declares."""
    for feature in arch.extractor.features[1:]:
        total = sums[feature.level]
        assert total.op.type in ("Add", "AddV2")
        readers = [op for op in total.consumers() if op.type == "Relu"]
        assert len(readers) == 1
        assert readers[0].outputs[0].shape.as_list() == [
            1, 64 // feature.stride, 64 // feature.stride, feature.channels]


def test_a_width_below_three_has_no_thirds():
    with pytest.raises(UserError, match="width: got 2, expected at least 3"):
        build_arch(checks.flags_of("SwiftNet:2", "mobilenet_v1"), 3)
