"""SegNet: unpooling equals that by indices, VGG-16 in reverse, what it refuses."""
import numpy as np
import pytest

from archs import EXTRACTORS, build_arch, net_problem
from archs.segnet import unpool
from tests.archs import checks
from utils.errors import UserError
from utils.tf_compat import slim, tf


def _arrays(rng, ties):
    """(values to place, map that was pooled); with ties many windows have equal values."""
    pooled = rng.randint(0, 3, [2, 6, 8, 3]) if ties else rng.randn(2, 6, 8, 3)
    return rng.randn(2, 3, 4, 3).astype(np.float32), pooled.astype(np.float32)


def _by_argmax(net, pooled):
    """In numpy, window by window; argmax takes the first of equal values."""
    found = np.zeros_like(pooled)
    for n, i, j, c in np.ndindex(*net.shape):
        row, column = divmod(int(pooled[n, 2 * i:2 * i + 2, 2 * j:2 * j + 2, c].argmax()), 2)
        found[n, 2 * i + row, 2 * j + column, c] = net[n, i, j, c]
    return found


@pytest.mark.parametrize("ties", [False, True])
def test_unpooling_equals_that_by_indices_exactly(ties):
    net, pooled = _arrays(np.random.RandomState(0), ties)
    with tf.Graph().as_default(), tf.Session() as session:
        _, indices = tf.nn.max_pool_with_argmax(pooled, [1, 2, 2, 1], [1, 2, 2, 1], "SAME",
                                                include_batch_in_index=True)
        scattered = tf.scatter_nd(tf.reshape(indices, [-1, 1]), tf.reshape(net, [-1]),
                                  tf.constant([pooled.size], tf.int64))
        found, reference = session.run([unpool(tf.constant(net), tf.constant(pooled)),
                                        tf.reshape(scattered, pooled.shape)])
    np.testing.assert_array_equal(found, _by_argmax(net, pooled))
    np.testing.assert_array_equal(found, reference)


def test_gradients_of_unpooling():
    """Of what is placed: the gradient at its place. Of the map that was pooled: none."""
    net, pooled = _arrays(np.random.RandomState(1), ties=True)
    upstream = np.random.RandomState(2).randn(*pooled.shape).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        values, places = tf.constant(net), tf.constant(pooled)
        gradient, none = tf.gradients(unpool(values, places), [values, places], [upstream])
        assert none is None
        found = session.run(gradient)
    ones = _by_argmax(np.ones_like(net), pooled)
    expected = (ones * upstream).reshape(2, 3, 2, 4, 2, 3).sum(axis=(2, 4))
    np.testing.assert_array_equal(found, expected)


def test_unpooling_takes_dynamic_sizes():
    net, pooled = _arrays(np.random.RandomState(3), ties=False)
    with tf.Graph().as_default(), tf.Session() as session:
        values, places = [tf.placeholder(tf.float32, [None, None, None, 3]) for _ in range(2)]
        found = session.run(unpool(values, places), {values: net, places: pooled})
    np.testing.assert_array_equal(found, _by_argmax(net, pooled))


# ---- the net ----

def test_vgg_16_in_reverse():
    """The paper's 13 layers: 512 x 5, 256 x 3, 128 x 2, 64 x 2 channels, and scores."""
    with tf.Graph().as_default():
        arch = build_arch(checks.flags_of("SegNet", "vgg_16"), 11)
        net = arch.build(tf.zeros([2, 33, 65, 3]), is_training=True)
        assert net.logits.shape.as_list() == [2, 33, 65, 11]
        assert net.penultimate.shape.as_list() == [2, 64, 96, 64]
        weights = [v for v in tf.trainable_variables() if v.op.name.endswith("weights")]
        decoder = [v.shape.as_list() for v in weights if v.op.name.startswith("decoder")]
        total = sum(int(np.prod(v.shape.as_list())) for v in tf.trainable_variables())
        assert not [v for v in tf.global_variables() if "/fc" in v.op.name]
    outputs = [512, 512, 512, 512, 512, 256, 256, 256, 128, 128, 64, 64, 11]
    assert decoder == [[3, 3, before, after] for before, after in zip([512] + outputs, outputs)]
    kernels = sum(9 * before * after for before, after in zip([512] + outputs, outputs))
    assert total == 14714688 + kernels + 2 * sum(outputs[:-1]) + 11


def test_declared_pools_are_those_of_the_net():
    extractor = EXTRACTORS.get("vgg_16").trunk()
    with tf.Graph().as_default() as graph:
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            _, end_points = extractor.net(tf.zeros([1, 64, 96, 3]), False)
        pools = [op for op in graph.get_operations() if op.type == "MaxPool"]
        kernels = [v for v in tf.trainable_variables() if v.op.name.endswith("weights")]
    assert len(pools) == len(extractor.pools)
    for operation, pool, feature in zip(pools, extractor.pools, extractor.features):
        assert operation.inputs[0] is end_points[pool.end_point]
        assert operation.outputs[0] is end_points[feature.end_point]
        assert operation.get_attr("ksize") == operation.get_attr("strides") == [1, 2, 2, 1]
        assert pool.channels == feature.channels == int(operation.inputs[0].shape[-1])
        assert pool.convolutions == len([v for v in kernels if pool.end_point + "/" in v.op.name])


def test_every_weight_trains():
    checks.require_training(checks.flags_of("SegNet", "vgg_16"), steps=2)


@pytest.mark.parametrize("basenet, output_stride, problem", [
    ("resnet_v1_18", 32, "SegNet does not work on resnet_v1_18: it undoes 2x2 max pools, of which "
                         "only vgg_16 is made: choose that"),
    ("inception_v1", 32, "SegNet does not work on inception_v1: it undoes 2x2 max pools, of which "
                         "only vgg_16 is made: choose that"),
    ("vgg_16", 16, "SegNet does not work on vgg_16: it wants --output_stride=32, not 16")])
def test_others_are_refused_in_one_line(basenet, output_stride, problem):
    flags = checks.flags_of("SegNet", basenet, output_stride=output_stride)
    assert net_problem(flags) == problem
    with pytest.raises(UserError) as caught:
        build_arch(flags, 3)
    assert str(caught.value) == problem


def test_it_works_on_vgg_16_alone():
    assert checks.extractor_names("SegNet") == ["vgg_16"]
