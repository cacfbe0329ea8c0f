"""What sessions compute in."""
import collections
import re

import numpy as np
import pytest

from utils.errors import UserError
from utils.tf_compat import IS_TF1, mixed_precision_problem, tf
from utils.train.session import require_precision, session_config


def _dtypes_of_a_product(precision):
    """The types that the graph computes a convolution in, and its result."""
    with tf.Graph().as_default() as graph:
        images = tf.get_variable("images", initializer=np.ones([1, 8, 8, 16], np.float32))
        kernel = tf.get_variable("kernel", initializer=np.full([3, 3, 16, 16], .1, np.float32))
        net = tf.nn.conv2d(images, kernel, 1, "VALID")
        net = tf.nn.conv2d(tf.nn.relu(net), kernel, 1, "VALID")
        with tf.Session(graph=graph, config=session_config(precision=precision)) as session:
            session.run(tf.global_variables_initializer())
            return _types(session, net)["Conv2D"], session.run(net)


def _types(session, fetches):
    """{operation without oneDNN's prefix: the types that it computes in} of a graph as it runs."""
    metadata = tf.RunMetadata()
    session.run(fetches, options=tf.RunOptions(output_partition_graphs=True),
                run_metadata=metadata)
    types = collections.defaultdict(set)
    for part in metadata.partition_graphs:
        for node in part.node:
            types[re.sub("^_(Mkl(Native)?)?(Fused)?", "", node.op)].add(node.attr["T"].type)
    return types


@pytest.mark.skipif(mixed_precision_problem() is not None, reason="no bfloat16 on this stack")
def test_mixed_computes_convolutions_in_bfloat16_and_returns_float32():
    types, value = _dtypes_of_a_product("mixed")
    assert tf.bfloat16.as_datatype_enum in types and value.dtype == np.float32
    np.testing.assert_allclose(value, 14.4 * 14.4, rtol=.02)


@pytest.mark.skipif(mixed_precision_problem() is not None, reason="no bfloat16 on this stack")
def test_mixed_leaves_the_slow_gradient_of_strided_depthwise_convolutions_in_float32():
    with tf.Graph().as_default() as graph:
        images = tf.get_variable("images", initializer=np.ones([1, 16, 16, 16], np.float32))
        kernel = tf.get_variable("kernel", initializer=np.full([3, 3, 16, 1], .1, np.float32))
        point = tf.get_variable("point", initializer=np.full([1, 1, 16, 16], .1, np.float32))
        net = tf.nn.conv2d(images, point, 1, "SAME")
        net = tf.nn.depthwise_conv2d_native(net, kernel, [1, 2, 2, 1], "SAME")
        loss = tf.reduce_sum(tf.nn.conv2d(net, point, 1, "SAME"))
        with tf.Session(graph=graph, config=session_config(precision="mixed")) as session:
            session.run(tf.global_variables_initializer())
            types = _types(session, tf.gradients(loss, [images, kernel, point]))
    assert types["DepthwiseConv2dNative"] == {tf.bfloat16.as_datatype_enum}
    assert types["DepthwiseConv2dNativeBackpropInput"] == {tf.float32.as_datatype_enum}


def test_float32_stays_float32():
    types, _ = _dtypes_of_a_product("float32")
    assert types == {tf.float32.as_datatype_enum}


@pytest.mark.skipif(not IS_TF1, reason="TF 2.x has it")
def test_mixed_is_refused_on_tf1():
    with pytest.raises(UserError, match="--precision=mixed: TF 1.15 has no bfloat16"):
        require_precision("mixed")
