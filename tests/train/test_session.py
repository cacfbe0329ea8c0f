"""What sessions compute in."""
import collections
import re

import numpy as np
import pytest

from utils.errors import UserError
from utils.tf_compat import IS_TF1, gpu_count, tf
from utils.train import session
from utils.train.session import net_type, require_precision, session_config

needs_bfloat16 = pytest.mark.skipif(IS_TF1 or gpu_count() > 0, reason="no bfloat16 on this stack")


def _dtypes_of_a_product(precision):
    """The types that the graph computes a convolution in, and its result."""
    with tf.Graph().as_default() as graph:
        images = tf.get_variable("images", initializer=np.ones([1, 8, 8, 16], np.float32))
        kernel = tf.get_variable("kernel", initializer=np.full([3, 3, 16, 16], .1, np.float32))
        net = tf.nn.conv2d(images, kernel, 1, "VALID")
        net = tf.nn.conv2d(tf.nn.relu(net), kernel, 1, "VALID")
        with tf.Session(graph=graph, config=session_config(precision=precision)) as running:
            running.run(tf.global_variables_initializer())
            return _types(running, net)["Conv2D"], running.run(net)


def _types(running, fetches):
    """{operation without oneDNN's prefix: the types that it computes in} of a graph as it runs."""
    metadata = tf.RunMetadata()
    running.run(fetches, options=tf.RunOptions(output_partition_graphs=True),
                run_metadata=metadata)
    types = collections.defaultdict(set)
    for part in metadata.partition_graphs:
        for node in part.node:
            types[re.sub("^_(Mkl(Native)?)?(Fused)?", "", node.op)].add(node.attr["T"].type)
    return types


@needs_bfloat16
def test_mixed_computes_convolutions_in_bfloat16_and_returns_float32():
    types, value = _dtypes_of_a_product("mixed")
    assert tf.bfloat16.as_datatype_enum in types and value.dtype == np.float32
    np.testing.assert_allclose(value, 14.4 * 14.4, rtol=.02)


@needs_bfloat16
def test_mixed_leaves_the_slow_gradient_of_strided_depthwise_convolutions_in_float32():
    with tf.Graph().as_default() as graph:
        images = tf.get_variable("images", initializer=np.ones([1, 16, 16, 16], np.float32))
        kernel = tf.get_variable("kernel", initializer=np.full([3, 3, 16, 1], .1, np.float32))
        point = tf.get_variable("point", initializer=np.full([1, 1, 16, 16], .1, np.float32))
        net = tf.nn.conv2d(images, point, 1, "SAME")
        net = tf.nn.depthwise_conv2d_native(net, kernel, [1, 2, 2, 1], "SAME")
        loss = tf.reduce_sum(tf.nn.conv2d(net, point, 1, "SAME"))
        with tf.Session(graph=graph, config=session_config(precision="mixed")) as running:
            running.run(tf.global_variables_initializer())
            types = _types(running, tf.gradients(loss, [images, kernel, point]))
    assert types["DepthwiseConv2dNative"] == {tf.bfloat16.as_datatype_enum}
    assert types["DepthwiseConv2dNativeBackpropInput"] == {tf.float32.as_datatype_enum}


def test_float32_stays_float32():
    types, _ = _dtypes_of_a_product("float32")
    assert types == {tf.float32.as_datatype_enum}


@pytest.mark.skipif(not IS_TF1, reason="TF 2.x has it")
def test_mixed_is_refused_on_tf1_without_a_gpu(monkeypatch):
    with pytest.raises(UserError, match="--precision=mixed: TF 1.15 has no bfloat16 on CPUs"):
        require_precision("mixed")
    monkeypatch.setattr(session, "gpu_count", lambda: 1)
    require_precision("mixed")


def test_mixed_is_float16_where_there_is_a_gpu(monkeypatch):
    monkeypatch.setattr(session, "gpu_count", lambda: 1)
    assert net_type("mixed") == tf.float16 and net_type("float32") == tf.float32
    assert session_config(precision="mixed") == session_config(precision="float32")


def test_float16_is_float16_everywhere():
    assert net_type("float16") == tf.float16
    assert session_config(precision="float16") == session_config(precision="float32")
