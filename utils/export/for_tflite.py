"""Rewrites what TFLite cannot compute in integers: products, and slices that cut nothing.

    A x,  A [1, m, k], x [B, k, n]   =   transpose( conv1x1( transpose(x), A' ) )

`archs.layers.upsample_bilinear` and the letterbox of an exported net have such products. Products
with the constant on the right are TFLite's dense layers as they are. With the constant on the left,
TFLite has no integer product. TF 1.15's converter unrolls it into one dense layer for every row,
which it then cannot quantise (tensorflow/tensorflow issues 33233 and 44707).

Nor can it quantise a slice. The net crops to the size of its input, which cuts nothing where that
size is a multiple of 32.
"""
from typing import Any

import numpy as np

from utils.export import nodes
from utils.tf_compat import tf


def as_convolutions(graph_def: Any) -> Any:
    """Rewrites each BatchMatMul whose left side is a constant [1, m, k].

    Args:
      graph_def: a frozen `GraphDef` whose shapes are fixed, batch included.
    """
    known, shapes = nodes.by_name(graph_def), _shapes(graph_def)
    replacements = {}
    for node in graph_def.node:
        if node.op not in ("BatchMatMul", "BatchMatMulV2"):
            continue
        left = known[nodes.operation(node.input[0])]
        columns = shapes.get(nodes.operation(node.input[1]), [None])[-1]
        if left.op == "Const" and columns and not (node.attr["adj_x"].b or node.attr["adj_y"].b):
            matrix = nodes.constant_value(known, left.name)
            replacements[node.name] = _convolution(node, matrix[0], columns)
    return nodes.replaced(graph_def, replacements)


def without_idle_slices(graph_def: Any) -> Any:
    """Removes slices whose result has the shape of what they slice.

    Args:
      graph_def: a frozen `GraphDef` whose shapes are fixed, batch included.
    """
    known, shapes = nodes.by_name(graph_def), _shapes(graph_def)
    idle = [node for node in graph_def.node if node.op == "StridedSlice" and _is_idle(
        node, known, shapes)]
    return nodes.replaced(graph_def, {
        node.name: [nodes.node(node.name, "Identity", [node.input[0]],
                               T=tf.as_dtype(node.attr["T"].type))] for node in idle})


def _is_idle(node, known, shapes):
    before, after = [shapes.get(nodes.operation(name)) for name in (node.input[0], node.name)]
    strides = known[nodes.operation(node.input[3])]
    return (before == after and before is not None and None not in before
            and strides.op == "Const" and bool((nodes.constant_value(known, strides.name) == 1)
                                               .all()))


def _shapes(graph_def):
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    return {operation.name: operation.outputs[0].shape.as_list()
            for operation in graph.get_operations()
            if operation.outputs and operation.outputs[0].shape.ndims is not None}


def _convolution(node, matrix, columns):
    """Nodes that compute matrix [m, k] times the second input of `node`, [B, k, columns]."""
    name, (rows, inner) = node.name, matrix.shape
    constants = {"swap": np.int32([0, 2, 1]), "wide": np.int32([-1, 1, columns, inner]),
                 "weights": matrix.T[np.newaxis, np.newaxis],
                 "back": np.int32([-1, columns, rows])}
    made = [nodes.constant(f"{name}/{key}", value) for key, value in constants.items()]

    def add(part, op, source, constant, **attributes):
        made.append(nodes.node(part, op, [source, f"{name}/{constant}"], T=tf.float32,
                               **attributes))
        return part
    net = add(name + "/swapped", "Transpose", node.input[1], "swap", Tperm=tf.int32)
    net = add(name + "/widened", "Reshape", net, "wide", Tshape=tf.int32)
    net = add(name + "/product", "Conv2D", net, "weights", strides=[1, 1, 1, 1], padding=b"VALID")
    net = add(name + "/narrowed", "Reshape", net, "back", Tshape=tf.int32)
    add(name, "Transpose", net, "swap", Tperm=tf.int32)
    return made
