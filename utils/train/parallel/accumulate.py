"""Sums over the micro-batches of an optimisation step."""
from typing import Any, List, Sequence

from utils.tf_compat import tf


class Accumulator:
    """Adds tensors up over runs of the graph: `begin`, then `add`, and `total` in the last run.

    The sums are local variables, which nobody initialises or saves: `begin` assigns to them, and so
    replaces those of the step before.

    Args:
      tensors: float32, of static shape.

    Attributes:
      begin: operation of the first run.
      add: operation of the runs between the first and the last.
    """

    def __init__(self, tensors: Sequence[Any]) -> None:
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

    def total(self) -> List[Any]:
        """Adds the last micro-batch's tensors to the sums of the micro-batches before it."""
        return [total + tensor for total, tensor in zip(self._sums, self._tensors)]
