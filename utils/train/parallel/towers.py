"""Builds the net on several devices of one machine, each with its share of the batch.

It is one process with one graph: the devices' copies of the net (towers) share the variables of the
first.
"""
import contextlib
from typing import Any, Callable, List, Sequence, Tuple

from utils.errors import UserError
from utils.tf_compat import gpu_count, tf


def device_names(count: int) -> List[str]:
    """Names the devices that --devices=count uses: GPUs, or virtual CPUs where there are none.

    Raises:
      UserError: there are GPUs, but fewer.
    """
    gpus = gpu_count()
    if 0 < gpus < count:
        raise UserError("--devices={}, but TensorFlow sees {} from --gpu on: choose fewer".format(
            count, "1 GPU" if gpus == 1 else f"{gpus} GPUs"))
    return ["/{}:{}".format("gpu" if gpus else "cpu", index) for index in range(count)]


def visible_devices(first: int, count: int, local_rank: int) -> str:
    """Gives CUDA_VISIBLE_DEVICES of a process: its own `count` GPUs, from --gpu (`first`) on."""
    if first < 0:
        return str(first)
    first += local_rank * count
    return ",".join(str(index) for index in range(first, first + count))


def on_towers(build: Callable[..., Any], tensors: Sequence[Any],
              count: int) -> Tuple[List[Any], List[Any]]:
    """Calls `build(index, *parts)` for each of `count` devices, with its share of the tensors.

    Args:
      build: returns what one tower computes; makes variables for the first and reuses them.
      tensors: split along the first axis, whose length `count` divides.
      count: devices; with one, the graph is that of `build` alone.

    Returns:
      (results of `build`, one a tower; update operations of all towers together).
    """
    if count == 1:
        result = build(0, *tensors)
        return [result], tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    results, updates = [], []
    penalties = tf.get_collection_ref(tf.GraphKeys.REGULARIZATION_LOSSES)
    shares = zip(*[tf.split(tensor, count) for tensor in tensors])
    for index, (device, parts) in enumerate(zip(device_names(count), shares)):
        before = len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        with _tower(index, device):
            results.append(build(index, *parts))
        updates.append(tf.get_collection(tf.GraphKeys.UPDATE_OPS)[before:])
        # The towers share the variables, and so their weight decay. slim would add it again where
        # each tower casts them to float16.
        if index == 0:
            of_variables = len(penalties)
        del penalties[of_variables:]
    return results, [_mean_update(same) for same in zip(*updates)]


@contextlib.contextmanager
def _tower(index, device):
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE), tf.device(device), \
            tf.name_scope(f"tower_{index}"):
        yield


def _mean_update(updates):
    """Replaces the towers' updates of one moving average by their mean.

    An average moves by (1 - decay) * (itself - statistic of the batch). So the mean movement
    is the movement by the mean statistic.
    """
    operations = [as_operation(update) for update in updates]
    variable = operations[0].inputs[0]
    for operation in operations:
        if operation.type != "AssignSub" or operation.inputs[0].name != variable.name:
            raise ValueError(f"{operation.name} ({operation.type}): expected the towers' AssignSub "
                             "of one moving average")
    moves = [operation.inputs[1] for operation in operations]
    return tf.assign_sub(variable, tf.add_n(moves) / len(moves))


def as_operation(update: Any) -> Any:
    """Returns the operation of an entry of UPDATE_OPS, which may be a tensor."""
    return update.op if isinstance(update, tf.Tensor) else update
