"""Scales the loss of a net in float16, so that small gradients do not become 0.

After Micikevicius et al., Mixed Precision Training, arXiv 1710.03740, section 3.2.
"""
from typing import Any, Callable, Dict, List

from utils.tf_compat import tf


class Unscaled:
    """No scale, for nets in float32; adds nothing to the graph.

    Attributes:
      reported: {name: tensor} that each step reports.
    """

    reported: Dict[str, Any] = {}

    def scaled(self, loss: Any) -> Any:
        """Returns the loss whose gradients are computed."""
        return loss

    def unscaled(self, gradients: List[Any]) -> List[Any]:
        """Divides gradients of `scaled(loss)`, or sums of them, by the scale."""
        return gradients

    def where_finite(self, gradients: List[Any], computed: List[Any],
                     update: Callable[[], List[Any]]) -> Any:
        """Makes the operation that updates the variables where all gradients are finite.

        Args:
          gradients: tensors, unscaled.
          computed: other tensors and operations that have to be computed before.
          update: makes the operations of the update.
        """
        with tf.control_dependencies(computed + gradients):
            return tf.group(*update())


class DynamicScale(Unscaled):
    """A power of 2 that is halved where a gradient overflows, and doubled after 2000 steps without.

    A step that overflows changes no weight, but counts: the schedule and the order of images stay
    as they are. For --resume the scale is saved with the optimiser's variables.
    """

    def __init__(self) -> None:
        self._scale = tf.train.experimental.DynamicLossScale()
        self._value = self._scale()
        self.reported = {"loss_scale": self._value}

    def scaled(self, loss: Any) -> Any:
        return loss * self._value

    def unscaled(self, gradients: List[Any]) -> List[Any]:
        return [gradient / self._value for gradient in gradients]

    def where_finite(self, gradients: List[Any], computed: List[Any],
                     update: Callable[[], List[Any]]) -> Any:
        next_scale, finite = self._scale.update(gradients)
        # A branch drops control dependencies from outside: they have to come through its predicate.
        with tf.control_dependencies(computed + gradients + [next_scale]):
            finite = tf.identity(finite)

        def updated():
            with tf.name_scope(None):  # Adam's variables keep their names
                return tf.group(*update())
        return tf.group(tf.cond(finite, updated, tf.no_op))


def loss_scale(dtype: Any) -> Unscaled:
    """Makes the scale for a training in float32 or float16."""
    return DynamicScale() if dtype == tf.float16 else Unscaled()
