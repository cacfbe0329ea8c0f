"""Layers of a feature extractor that no output of the net is computed from: they learn nothing.

A decoder may stop before the classifier's last layers (LR-ASPP, DeepLab on MobileNet V2). Such
layers stay in the graph and in checkpoints with the values that they began with.
"""
from typing import Any, List, Sequence, Set

from utils.tf_compat import tf


def leave_unread_untrained(scope: str, outputs: Sequence[Any]) -> List[str]:
    """Takes the unread variables below a scope out of what is trained.

    They leave the collections of trainable variables, of regularisation losses and of update
    operations, so that a step does not compute their layers either. Adds no operations.

    Args:
      scope: the feature extractor's, "MobilenetV2".
      outputs: tensors that losses are made of.

    Returns:
      the sorted names of the variables that were trainable before.
    """
    read = _ancestors(outputs)
    scopes = {_layer(name) for name in read}

    def is_unread(variable):
        return variable.op.name.startswith(scope + "/") and variable.op.name not in read

    def is_unread_penalty(penalty):
        names = {name for name in _ancestors([penalty]) if name in known}
        return bool(names) and not names & read

    def is_unread_update(update):
        operation = update.op if isinstance(update, tf.Tensor) else update
        name = operation.inputs[0].op.name
        return name.startswith(scope + "/") and _layer(name) not in scopes

    known = {variable.op.name for variable in tf.global_variables(scope + "/")}
    trainable = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope + "/")
    for key, is_left_out in ((tf.GraphKeys.TRAINABLE_VARIABLES, is_unread),
                             (tf.GraphKeys.REGULARIZATION_LOSSES, is_unread_penalty),
                             (tf.GraphKeys.UPDATE_OPS, is_unread_update)):
        entries = tf.get_collection_ref(key)
        entries[:] = [entry for entry in entries if not is_left_out(entry)]
    return sorted(variable.op.name for variable in trainable if is_unread(variable))


def _ancestors(tensors) -> Set[str]:
    """The names of all operations that tensors are computed from."""
    found, waiting = set(), [tensor.op for tensor in tensors]
    while waiting:
        operation = waiting.pop()
        if operation.name not in found:
            found.add(operation.name)
            waiting += [tensor.op for tensor in operation.inputs]
            waiting += operation.control_inputs
    return found


def _layer(name):
    return name.rpartition("/")[0]
