"""The net on several devices of one machine, each with its share of the batch.

One process, one graph: the devices' copies of the net (towers) share the variables of the first.
"""
import contextlib

from utils.errors import UserError
from utils.tf_compat import gpu_count, tf


def device_names(count):
    """The names of the devices that --devices=count uses: GPUs, or without any, virtual CPUs.

    Raises:
      UserError: there are GPUs, but fewer.
    """
    gpus = gpu_count()
    if 0 < gpus < count:
        raise UserError("--devices={}, but TensorFlow sees {} from --gpu on: choose fewer".format(
            count, "1 GPU" if gpus == 1 else f"{gpus} GPUs"))
    return ["/{}:{}".format("gpu" if gpus else "cpu", index) for index in range(count)]


def visible_devices(first, count, local_rank):
    """CUDA_VISIBLE_DEVICES of a process: `count` GPUs from --gpu on, each process its own."""
    if first < 0:
        return str(first)
    first += local_rank * count
    return ",".join(str(index) for index in range(first, first + count))


def on_towers(build, tensors, count):
    """Calls `build(index, *parts)` for each of `count` devices, with its share of the tensors.

    Args:
      build: returns what one tower computes; makes variables for the first and reuses them.
      tensors: list; split along the first axis, which `count` divides.

    Returns:
      (results, updates): what `build` returned, by tower; the update operations that all together
      need. With one device the graph is that of `build` alone.
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
        # Weight decay is of the variables, which the towers share: slim would add it again where
        # each tower has a cast of them to float16.
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
    """One update of a moving average in place of one by each tower: by the mean of the towers'.

    An average moves by (1 - decay) * (itself - statistic of the batch), so that the mean of the
    movements is that of the mean statistic.
    """
    operations = [as_operation(update) for update in updates]
    variable = operations[0].inputs[0]
    for operation in operations:
        if operation.type != "AssignSub" or operation.inputs[0].name != variable.name:
            raise ValueError(f"{operation.name} ({operation.type}): expected the towers' AssignSub "
                             "of one moving average")
    moves = [operation.inputs[1] for operation in operations]
    return tf.assign_sub(variable, tf.add_n(moves) / len(moves))


def as_operation(update):
    """The operation of an entry of UPDATE_OPS, which may be its output."""
    return update.op if isinstance(update, tf.Tensor) else update
