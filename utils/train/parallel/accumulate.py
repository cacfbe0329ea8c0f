"""Sums over the micro-batches of an optimisation step."""
from utils.tf_compat import tf


class Accumulator:
    """Adds tensors up over runs of the graph: `begin`, `add` ..., then `total` in the last one.

    `begin` assigns, so that nothing of an earlier step is left and a checkpoint need not hold the
    sums: they are local variables, which nobody initialises or saves.

    Args:
      tensors: float32, of static shape.
    """

    def __init__(self, tensors):
        with tf.variable_scope("accumulate"):
            sums = [tf.get_variable(f"sum_{index}", tensor.shape, tensor.dtype,
                                    tf.zeros_initializer(), trainable=False,
                                    collections=[tf.GraphKeys.LOCAL_VARIABLES])
                    for index, tensor in enumerate(tensors)]
        self.begin = tf.group(*[tf.assign(total, tensor)
                                for total, tensor in zip(sums, tensors)])
        self.add = tf.group(*[tf.assign_add(total, tensor)
                              for total, tensor in zip(sums, tensors)])
        self._sums, self._tensors = sums, tensors

    def total(self):
        """The tensors of the last micro-batch added to the sums of those before it."""
        return [total + tensor for total, tensor in zip(self._sums, self._tensors)]
