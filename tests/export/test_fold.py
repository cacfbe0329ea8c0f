"""The fold: the same function without batch norm, for every extractor (test_decoders.py has every
decoder)."""
import numpy as np
import pytest

from archs import EXTRACTORS
from tests.export import nets
from utils.export.fold import fold, fold_constants
from utils.tf_compat import slim, tf

pytestmark = pytest.mark.usefixtures("tiny_net")

#: Every feature extractor with a light decoder. FCN on VGG has no batch norm; LR-ASPP leaves out
#: fc6 and fc7, which hold nine tenths of VGG's weights.
NETS = [(basenet, "LRASPP" if basenet == "vgg_16" else "FCN") for basenet in EXTRACTORS.names()]


@pytest.mark.parametrize("basenet, extended_arch", NETS)
def test_every_extractor_exactly(basenet, extended_arch):
    form = nets.form()
    net = nets.frozen_net(form, basenet=basenet, extended_arch=extended_arch,
                          depth_multiplier=.25 if basenet.startswith("mobilenet") else 1.0)
    norms = nets.operations(net.graph_def)
    folded = fold(net.graph_def, [form.output])
    found = nets.operations(folded)
    assert [kind for kind in norms if "Norm" in kind]
    assert not [kind for kind in found if "Norm" in kind]
    assert not nets.left_over(folded)
    assert found["Const"] < norms["Const"]
    nets.assert_same(nets.run_graph(folded, form, net.inputs), net.outputs)


@pytest.mark.parametrize("changes", [
    dict(), dict(size=None), dict(input="image"), dict(input="image", size=None),
    dict(input="image", image_size=(36, 50), batch=3), dict(output="labels")])
def test_every_form(changes):
    form = nets.form(**changes)
    arch = dict(fcn8=True, trainable_upsampling=True)
    # Classes of equal mean score, so that each is somewhere the greatest.
    shift = -nets.frozen_net(nets.form(), **arch).outputs.mean(axis=(0, 1, 2))
    net = nets.frozen_net(form, shift=shift, **arch)
    found = nets.run_graph(fold(net.graph_def, [form.output]), form, net.inputs)
    assert found.dtype == form.output_type and found.shape == net.inputs.shape[:3] + (
        () if form.output == "labels" else (3,))
    if form.output == "labels":
        assert (found != net.outputs).mean() < 1e-3 and len(np.unique(found)) > 1
    else:
        nets.assert_same(found, net.outputs)


def test_batch_norm_that_follows_no_convolution_of_its_own():
    """After an activation, and after a convolution whose output has a second use."""
    def build_net(images, is_training):
        with slim.arg_scope([slim.batch_norm], is_training=is_training, scale=True, fused=True):
            net = slim.conv2d(images / 255, 3, [3, 3], scope="a")
            net = slim.batch_norm(net, scope="after_relu")
            net = slim.conv2d(net, 3, [3, 3], activation_fn=None, scope="b")
            return net + slim.batch_norm(net, scope="second_use")
    form = nets.form()
    net = nets.frozen_net(form, build_net=build_net)
    folded = fold(net.graph_def, [form.output])
    assert not [kind for kind in nets.operations(folded) if "Norm" in kind]
    nets.assert_same(nets.run_graph(folded, form, net.inputs), net.outputs)


def test_depthwise_multipliers_and_strided_transposed_convolutions():
    def build_net(images, is_training):
        with slim.arg_scope([slim.batch_norm], is_training=is_training, scale=True, fused=True), \
                slim.arg_scope([slim.conv2d_transpose, slim.separable_conv2d],
                               normalizer_fn=slim.batch_norm):
            net = slim.separable_conv2d(images / 255, None, [3, 3], depth_multiplier=2, stride=2)
            return slim.conv2d_transpose(net, 3, [3, 3], stride=2)
    form = nets.form()
    net = nets.frozen_net(form, build_net=build_net)
    folded = fold(net.graph_def, [form.output])
    assert nets.operations(folded)["BiasAdd"] == 2 and not nets.left_over(folded)
    nets.assert_same(nets.run_graph(folded, form, net.inputs), net.outputs)


def test_what_does_not_depend_on_the_input_becomes_a_constant():
    with tf.Graph().as_default() as graph:
        images = tf.placeholder(tf.float32, [2], "images")
        steps = tf.cast(tf.range(2), tf.float32) * 3 + 1
        tf.add(images, steps, "scores")
    folded = fold_constants(graph.as_graph_def(), ["scores"])
    assert sorted(node.op for node in folded.node) in (["Add", "Const", "Placeholder"],
                                                       ["AddV2", "Const", "Placeholder"])
    found = nets.run_graph(folded, nets.form(), [10., 20.])
    np.testing.assert_array_equal(found, [11., 24.])


def test_an_output_that_is_constant_itself():
    with tf.Graph().as_default() as graph:
        tf.placeholder(tf.float32, [2], "images")
        tf.square(tf.constant([2., 3.]), "scores")
    folded = fold_constants(graph.as_graph_def(), ["scores"])
    assert [node.op for node in folded.node] == ["Const"]
