"""Reads and makes the nodes of a `GraphDef`."""
from typing import Any, Dict, List

import numpy as np

from utils.tf_compat import tf


def operation(name: str) -> str:
    """Names the operation of an input: "a" for "a:0", "^a" and "a"."""
    return name.lstrip("^").split(":")[0]


def by_name(graph_def: Any) -> Dict[str, Any]:
    """Maps {name: node} of a `GraphDef`."""
    return {node.name: node for node in graph_def.node}


def constant_value(nodes: Dict[str, Any], name: str) -> np.ndarray:
    """Reads the value of a Const node that an input names; `nodes` is as `by_name` gives it."""
    return tf.make_ndarray(nodes[operation(name)].attr["value"].tensor)


def constant(name: str, value: Any) -> Any:
    """Makes a Const node; float64 becomes float32."""
    value = np.asarray(value)
    if value.dtype == np.float64:
        value = value.astype(np.float32)
    node = tf.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    return node


def node(name: str, op: str, inputs: List[str], **attributes: Any) -> Any:
    """Makes a node; attributes are dtypes, bytes or lists of ints, others keep their defaults."""
    made = tf.NodeDef(name=name, op=op, input=inputs)
    for key, value in attributes.items():
        if isinstance(value, tf.DType):
            made.attr[key].type = value.as_datatype_enum
        elif isinstance(value, bytes):
            made.attr[key].s = value
        else:
            made.attr[key].list.i.extend(value)
    return made


def replaced(graph_def: Any, replacements: Dict[str, List[Any]]) -> Any:
    """Replaces some nodes of a graph.

    Args:
      graph_def: a `GraphDef`.
      replacements: {name: nodes that stand in its place}; one of them has its name.
    """
    result = tf.GraphDef(versions=graph_def.versions)
    for old in graph_def.node:
        result.node.extend(replacements.get(old.name, [old]))
    return result
