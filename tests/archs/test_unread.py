"""Layers that the decoder does not read are not trained; all others are."""
import pytest

from archs import build_arch
from archs.base import BaseArch, Decoded
from archs.blocks import score_head
from tests.archs.flags import arch_flags
from utils.tf_compat import tf


class Shallow(BaseArch):
    """Reads stride 16 alone."""

    def decode(self, features, is_training):
        scores = score_head(features[16], self.num_classes, False, "scores")
        return Decoded(self.upsample(scores, 16, 1), features[16])


def trained(arch, devices=1):
    with tf.Graph().as_default():
        tf.train.get_or_create_global_step()
        for _ in range(devices):
            with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
                logits = arch.build_net(tf.zeros([2, 32, 32, 3]), is_training=True)
        variables = tf.trainable_variables()
        gradients = tf.gradients(tf.reduce_sum(logits), variables)
        updates = [update.op.name if isinstance(update, tf.Tensor) else update.name
                   for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS)]
        return ({variable.op.name for variable in variables}, gradients, updates,
                len(tf.losses.get_regularization_losses()),
                {variable.op.name for variable in arch.encoder_variables()})


@pytest.mark.parametrize("basenet, last, unread", [
    ("mobilenet_v1", "MobilenetV1/Conv2d_11_pointwise", "MobilenetV1/Conv2d_12_pointwise"),
    ("resnet_v1_18", "resnet_v1_18/block3/unit_2", "resnet_v1_18/block4/unit_1")])
def test_what_lies_behind_the_last_read_layer_is_not_trained(basenet, last, unread):
    flags = arch_flags(basenet=basenet, depth_multiplier=1.0)
    arch = Shallow(build_arch(flags, 3).extractor, 3, flags)
    variables, gradients, updates, penalties, stored = trained(arch)
    whole = trained(build_arch(flags, 3))
    assert None not in gradients
    for names in (variables, updates):
        assert any(last in name for name in names)
        assert not any(unread in name for name in names)
    assert any(unread in name for name in whole[0])
    assert any(unread in name for name in stored), "checkpoints keep them"
    assert 0 < penalties < whole[3] and 0 < len(updates) < len(whole[2])


def test_towers_that_share_variables_leave_out_the_same():
    flags = arch_flags(basenet="mobilenet_v1")
    arch = Shallow(build_arch(flags, 3).extractor, 3, flags)
    once, twice = trained(arch), trained(arch, devices=2)
    assert once[0] == twice[0] and None not in twice[1]
    assert len(twice[2]) == 2 * len(once[2])


@pytest.mark.parametrize("name", ["FCN", "LinkNet"])
def test_decoders_of_the_ladder_read_all(name):
    flags = arch_flags(basenet="resnet_v1_18", depth_multiplier=1.0, extended_arch=name)
    arch = build_arch(flags, 3)
    variables, gradients, _, _, stored = trained(arch)
    assert None not in gradients
    assert {name for name in variables if name.startswith("resnet")} == {
        name for name in stored if "/moving_" not in name}
