"""What the tests of a decoder share: its variables at each output stride, and steps of training."""
import numpy as np

from archs import EXTRACTORS, build_arch, net_problem
from archs.extractors.atrous import OUTPUT_STRIDES
from archs.extractors.record import LEVELS
from archs.layers import decoder_arg_scope
from tests.archs.flags import arch_flags
from utils.tf_compat import slim, tf


def flags_of(extended_arch, basenet, **changes):
    """Flags of a net; MobileNets at their narrowest."""
    narrow = {"mobilenet_v1": .25, "mobilenet_v2": .35}.get(basenet, 1.0)
    return arch_flags(**dict(dict(basenet=basenet, extended_arch=extended_arch,
                                  depth_multiplier=narrow), **changes))


def require_one_set_of_variables(extended_arch, basenet, output_strides=OUTPUT_STRIDES):
    """Builds a net at all output strides from the variables of the first, for an odd size."""
    with tf.Graph().as_default():
        for index, output_stride in enumerate(output_strides):
            arch = build_arch(flags_of(extended_arch, basenet, output_stride=output_stride), 5)
            with tf.variable_scope(tf.get_variable_scope(), reuse=index > 0):
                net = arch.build(tf.zeros([2, 33, 65, 3], tf.uint8), is_training=False)
            assert net.logits.shape.as_list() == [2, 33, 65, 5]
            found = {v.op.name for v in arch.encoder_variables() + arch.decoder_variables()}
            assert found == {v.op.name for v in tf.global_variables()}


def decoder_sizes():
    """{name below "decoder/": count of numbers} of a decoder's trainable variables."""
    return {v.op.name.split("/", 1)[1]: int(np.prod(v.shape.as_list()))
            for v in tf.trainable_variables() if v.op.name.startswith("decoder/")}


def features_of(arch, values, size=(64, 96)):
    """{level: constant [1, h, w, C]} with one value for each level, as a record declares them."""
    return {level: tf.fill([1, size[0] // arch.extractor.feature(level).stride,
                            size[1] // arch.extractor.feature(level).stride,
                            arch.extractor.feature(level).channels], float(values[level]))
            for level in LEVELS}


def decode(arch, values, size=(64, 96)):
    """What the decoder makes in test mode of `features_of`, its variables without a scope."""
    with slim.arg_scope(decoder_arg_scope(False, 0.0, .99)):
        return arch.decode(features_of(arch, values, size), is_training=False)


def require_training(flags, steps=3):
    """Trains a net on one batch: every weight moves, and the loss falls."""
    rng = np.random.RandomState(0)
    images = rng.randint(0, 256, [2, 64, 96, 3]).astype(np.uint8)
    labels = (images[..., 0] > 127).astype(np.int32)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        logits = build_arch(flags, 2).build_net(tf.constant(images), is_training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant(labels), logits=logits))
        train = tf.train.AdamOptimizer(1e-3).minimize(loss)
        session.run(tf.global_variables_initializer())
        weights = tf.trainable_variables()
        before, first = session.run([weights, loss])
        for _ in range(steps):
            session.run(train)
        after, last = session.run([weights, loss])
    still = [v.op.name for v, one, other in zip(weights, before, after) if (one == other).all()]
    assert not still and last < first


def require_restored_at(flags, output_strides, path):
    """Saves a net at output stride 32 with random averages of batch norm, and restores it at others
    by name; the logits there are finite, and not those of fresh weights."""
    images = np.random.RandomState(0).randint(0, 256, [1, 64, 96, 3]).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        build_arch(flags, 3).build_net(tf.constant(images), is_training=False)
        session.run(tf.global_variables_initializer())
        session.run([v.assign(v + .1) for v in tf.global_variables() if "moving_mean" in v.op.name])
        tf.train.Saver().save(session, path)
    saved = dict(tf.train.list_variables(path))
    for output_stride in output_strides:
        changed = flags_of(flags.extended_arch, flags.basenet, output_stride=output_stride)
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(2)
            logits = build_arch(changed, 3).build_net(tf.constant(images), is_training=False)
            assert {v.op.name: v.shape.as_list() for v in tf.global_variables()} == saved
            session.run(tf.global_variables_initializer())
            fresh = session.run(logits)
            tf.train.Saver().restore(session, path)
            restored = session.run(logits)
        assert np.isfinite(restored).all() and np.abs(restored - fresh).max() > 1e-3


def extractor_names(extended_arch):
    """The feature extractors that a decoder works on at output stride 32."""
    return [name for name in EXTRACTORS.names()
            if not net_problem(flags_of(extended_arch, name))]


def light_extractor(extended_arch):
    """A small feature extractor that a decoder works on: for most the tiny net, which wants the
    fixture of that name."""
    names = extractor_names(extended_arch)
    return "tiny" if "mobilenet_v1" in names else names[0]
