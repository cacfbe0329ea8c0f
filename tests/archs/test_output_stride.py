"""Every decoder on every feature extractor at each output stride: what builds, and what learns."""
import numpy as np
import pytest

from archs import DECODERS, EXTRACTORS, build_arch
from archs.choices import net_problem
from tests.archs.checks import light_extractor
from tests.archs.flags import arch_flags
from utils.tf_compat import tf

pytestmark = pytest.mark.usefixtures("tiny_net")

def _flags(basenet, name, output_stride):
    return arch_flags(basenet=basenet, extended_arch=name, output_stride=output_stride, fcn8=True,
                      depth_multiplier=.25 if basenet.startswith("mobilenet") else 1.0)


def _build(flags):
    """({variable: shape}, shape of the logits) of the net in test mode, for images of any size."""
    with tf.Graph().as_default():
        net = build_arch(flags, 5).build(tf.placeholder(tf.uint8, [2, None, None, 3]), False)
        return ({v.op.name: v.shape.as_list() for v in tf.global_variables()},
                net.logits.shape.as_list())


# A decoder's weights do not depend on how its extractor keeps a stride; test_atrous.py has those of
# the extractors. So each decoder once, and SwiftNet where it reads sums in front of their ReLU.
@pytest.mark.parametrize("basenet, name", [(light_extractor(name), name)
                                           for name in DECODERS.names()] + [
                                               ("resnet_v1_18", "SwiftNet")])
def test_all_that_build_have_the_same_weights_at_every_output_stride(basenet, name):
    """So that a run of one is tested at another, and every published checkpoint fits."""
    found = [_build(flags) for flags in (_flags(basenet, name, stride) for stride in (32, 16, 8))
             if not net_problem(flags)]
    assert found and all(one == found[0] for one in found)
    assert all(logits == [2, None, None, 5] for _, logits in found)


@pytest.mark.parametrize("name, refused", [
    ("FCN", []), ("UNet", []), ("FPN", []), ("SwiftNet", []), ("LinkNet", [16, 8]),
    ("DeepLabV3", []), ("DeepLabV3Plus", []), ("PSPNet", []),
    ("LRASPP", [])])
def test_what_does_not_build(name, refused):
    """One line that says at which output strides the decoder works, on every extractor."""
    for basenet in EXTRACTORS.names():
        problems = {stride: net_problem(_flags(basenet, name, stride)) for stride in (32, 16, 8)}
        assert [stride for stride, problem in problems.items() if problem] == refused
        assert all("it wants --output_stride=" in problems[stride] for stride in refused)


@pytest.mark.parametrize("basenet, name, output_stride", [
    ("resnet_v1_18", "DeepLabV3:8", 16), ("mobilenet_v2", "DeepLabV3Plus:8:4", 8),
    ("inception_v1", "PSPNet:8", 8), ("vgg_16", "LRASPP:8", 16)])
def test_gradients_reach_every_weight_at_an_output_stride(basenet, name, output_stride):
    """Dilated convolutions have gradients on TF 1.15's CPUs as well."""
    random = np.random.RandomState(0)
    images, target = random.randint(0, 256, [2, 64, 64, 3]), random.randn(2, 64, 64, 3)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        arch = build_arch(_flags(basenet, name, output_stride), 3)
        net = arch.build(tf.constant(images, tf.uint8), is_training=True, auxiliary_level=16)
        loss = sum(tf.reduce_mean(tf.square(logits - tf.constant(target, tf.float32)))
                   for logits in (net.logits, net.auxiliary["aux"]))
        weights = tf.trainable_variables()
        gradients = tf.gradients(loss, weights)
        session.run(tf.global_variables_initializer())
        for variable, gradient in zip(weights, session.run(gradients)):
            assert np.isfinite(gradient).all() and gradient.any(), variable.op.name
