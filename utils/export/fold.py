"""Folds what does not depend on the input, and batch norm, into the constants of a frozen graph.

    conv(x, W) -> batch norm            as it was trained
    conv(x, W * s) + b                  as it is exported

    s = gamma / sqrt(variance + epsilon)
    b = beta - mean * s

The two are the same function. The products are taken in float64, so that what differs is the
rounding of float32.
"""
import collections
from typing import Any, Sequence

import numpy as np

from utils.export import nodes
from utils.tf_compat import tf

#: Convolutions, and the axes of their weights that number the output channels. The weights are the
#: second input of each.
_OUTPUT_AXES = {"Conv2D": (3,), "DepthwiseConv2dNative": (2, 3), "Conv2DBackpropInput": (2,)}
_WEIGHTS = 1
#: Moves values of a channel, and changes none: TensorFlow writes it behind an atrous convolution.
_MOVES = "BatchToSpaceND"


def fold(graph_def: Any, outputs: Sequence[str]) -> Any:
    """Folds constants, then batch norm, and drops the nodes that no output needs any more.

    Args:
      graph_def: a frozen `GraphDef`, data format NHWC.
      outputs: names of the operations to keep.

    Returns:
      a `GraphDef` without any FusedBatchNorm operation.
    """
    folded = fold_batch_norm(fold_constants(graph_def, outputs))
    return tf.graph_util.extract_sub_graph(folded, list(outputs))


# ---- constants ----

def fold_constants(graph_def: Any, outputs: Sequence[str]) -> Any:
    """Replaces every operation that depends on constants alone by its value."""
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    fixed = _independent_of_input(graph)
    wanted = [operation.name for operation in graph.get_operations()
              if operation.name in fixed and operation.type != "Const" and (
                  operation.name in outputs or any(user.name not in fixed for user
                                                   in operation.outputs[0].consumers()))]
    with tf.Session(graph=graph) as session:
        values = session.run([name + ":0" for name in wanted])
    folded = nodes.replaced(graph_def, {name: [nodes.constant(name, value)]
                                        for name, value in zip(wanted, values)})
    return tf.graph_util.extract_sub_graph(folded, list(outputs))


def _independent_of_input(graph):
    """Returns the names of the operations below which there are constants only."""
    fixed, grown = set(), True
    while grown:
        more = {operation.name for operation in graph.get_operations()
                if operation.name not in fixed and _depends_on(operation, fixed)}
        fixed, grown = fixed | more, bool(more)
    return fixed


def _depends_on(operation, fixed):
    """Tells whether the value of an operation follows from the values of the fixed ones.

    That of one that belongs to a loop (it has control inputs, or enters one), or that draws random
    numbers, does not.
    """
    if operation.control_inputs or len(operation.outputs) != 1 or operation.type == "Enter":
        return False
    if operation.op_def.is_stateful:
        return False
    inputs = [tensor.op.name for tensor in operation.inputs]
    return operation.type == "Const" or bool(inputs) and fixed.issuperset(inputs)


# ---- batch norm ----

def fold_batch_norm(graph_def: Any) -> Any:
    """Scales the weights of the convolution before each batch norm, which becomes a BiasAdd.

    Where no convolution stands before it, or others use the convolution's output too, the batch
    norm becomes a product and a sum.
    """
    known = nodes.by_name(graph_def)
    uses = collections.Counter(nodes.operation(name) for node in graph_def.node
                               for name in node.input)
    replacements = {}
    for node in graph_def.node:
        if not node.op.startswith("FusedBatchNorm"):
            continue
        scale, bias = _scale_and_bias(node, known)
        source = _convolution(node, known, uses)
        if source is not None:
            replacements[source.name] = _scaled(source, known, scale)
            replacements[node.name] = _with_bias(node.name, node.input[0], bias)
        else:
            replacements[node.name] = _product_and_sum(node, scale, bias)
    return nodes.replaced(graph_def, replacements)


def _convolution(node, known, uses):
    """Returns the convolution whose output nothing but this batch norm uses; None where there is
    none."""
    source = known[nodes.operation(node.input[0])]
    while source.op == _MOVES and uses[source.name] == 1:
        source = known[nodes.operation(source.input[0])]
    return source if source.op in _OUTPUT_AXES and uses[source.name] == 1 else None


def _scale_and_bias(node, known):
    """Returns float64 [C] each: batch norm is x * scale + bias."""
    assert not node.attr["is_training"].b, f"{node.name} is in training mode"
    gamma, beta, mean, variance = [nodes.constant_value(known, name).astype(np.float64)
                                   for name in node.input[1:5]]
    scale = gamma / np.sqrt(variance + node.attr["epsilon"].f)
    return scale, beta - mean * scale


def _scaled(convolution, known, scale):
    """Returns the convolution with its own scaled weights."""
    weights = nodes.constant_value(known, convolution.input[_WEIGHTS])
    axes = _OUTPUT_AXES[convolution.op]
    shape = [side if axis in axes else 1 for axis, side in enumerate(weights.shape)]
    folded = nodes.constant(convolution.name + "/folded_weights",
                            weights.astype(np.float64) * scale.reshape(shape))
    copy = tf.NodeDef()
    copy.CopyFrom(convolution)
    copy.input[_WEIGHTS] = folded.name
    return [folded, copy]


def _with_bias(name, source, bias):
    return [nodes.constant(name + "/bias", bias),
            nodes.node(name, "BiasAdd", [source, name + "/bias"], T=tf.float32)]


def _product_and_sum(node, scale, bias):
    name = node.name
    return [nodes.constant(name + "/scale", scale),
            nodes.node(name + "/scaled", "Mul", [node.input[0], name + "/scale"], T=tf.float32)
            ] + _with_bias(name, name + "/scaled", bias)
