"""LR-ASPP: the map that scores are of against NumPy, weights counted by hand."""
import numpy as np
import pytest

from archs import build_arch
from archs.layers import decoder_arg_scope
from tests.archs.decoders import batch_norm, convolve, interpolate, map_of, weights_of
from tests.archs.flags import arch_flags
from utils.tf_compat import slim, tf


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_scores_by_hand(output_stride):
    side = 256 // output_stride
    deepest, fine = np.abs(map_of(2, side, side, 6)), map_of(2, 32, 32, 4)
    flags = arch_flags(extended_arch="LRASPP:5", align="half_pixel", output_stride=output_stride)
    with tf.Graph().as_default(), tf.Session() as session, \
            slim.arg_scope(decoder_arg_scope(False, 0.0, .9)):
        decoded = build_arch(flags, 3).decode({32: tf.constant(deepest), 8: tf.constant(fine)},
                                              False)
        session.run(tf.global_variables_initializer())
        (logits, found), weights = session.run(decoded), weights_of(session)
    branch = np.maximum(batch_norm(convolve(deepest, weights["deepest/weights"])), 0)
    gate = 1 / (1 + np.exp(-convolve(deepest.mean((1, 2), keepdims=True), weights["gate/weights"])))
    expected = np.concatenate([interpolate(branch * gate, 32, 32), fine], axis=3)
    assert branch.std() > .1 and gate.std() > .01
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    scores = convolve(expected, weights["logits/weights"])
    np.testing.assert_allclose(logits, interpolate(scores, 256, 256), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("basenet, end_point, channels, fine", [
    ("mobilenet_v2", "layer_18", 320, 32), ("vgg_16", "pool5", 512, 256),
    ("resnet_v1_18", "block4", 512, 128)])
def test_weights_by_hand(basenet, end_point, channels, fine):
    flags = arch_flags(basenet=basenet, depth_multiplier=1.0, extended_arch="LRASPP",
                       output_stride=16)
    with tf.Graph().as_default():
        arch = build_arch(flags, 11)
        net = arch.build(tf.zeros([1, 64, 96, 3]), is_training=False)
        assert net.penultimate.shape.as_list() == [1, 8, 12, 128 + fine]
        assert arch.extractor.feature(32).end_point == end_point
        assert sum(v.shape.num_elements() for v in tf.trainable_variables()
                   if v in arch.decoder_variables()) == (
            (channels + 2) * 128 + channels * 128 + (128 + fine) * 11 + 11)
