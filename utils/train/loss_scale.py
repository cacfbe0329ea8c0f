"""Gradients of a net in float16: scaled, so that small ones are not lost (Micikevicius et al.,
Mixed Precision Training, arXiv 1710.03740, section 3.2)."""
from typing import Any, Callable, Dict, List

from utils.tf_compat import tf


class Unscaled:
    """For nets in float32, whose gradients need no scale: adds nothing to the graph.

    Attributes:
      reported: {name: tensor} of what a step reports.
    """

    reported: Dict[str, Any] = {}

    def scaled(self, loss: Any) -> Any:
        """The loss that gradients are taken of."""
        return loss

    def unscaled(self, gradients: List[Any]) -> List[Any]:
        """The loss's own gradients, from those of `scaled(loss)` or sums of such."""
        return gradients

    def where_finite(self, gradients: List[Any], computed: List[Any],
                     update: Callable[[], List[Any]]) -> Any:
        """`update()` once all is computed.

        Args:
          gradients: list of tensors, unscaled.
          computed: list of what has to be done before, the gradients apart.
          update: function that makes the update's operations.

        Returns:
          an operation.
        """
        with tf.control_dependencies(computed + gradients):
            return tf.group(*update())


class DynamicScale(Unscaled):
    """A scale, a power of 2, that is halved where a gradient overflows, and doubled after 2000
    steps without. A step that overflows changes no weight; its number counts all the same, so that
    the schedule and the order of images are those of every other run.

    The scale's variables are saved with the optimizer's, for --resume.
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
        # What a branch waits for has to come through its predicate: a control dependency from
        # outside is dropped there.
        with tf.control_dependencies(computed + gradients + [next_scale]):
            finite = tf.identity(finite)

        def updated():
            with tf.name_scope(None):  # Adam's variables keep their names
                return tf.group(*update())
        return tf.group(tf.cond(finite, updated, tf.no_op))


def loss_scale(dtype: Any) -> Unscaled:
    """What a training in float32 or float16 needs."""
    return DynamicScale() if dtype == tf.float16 else Unscaled()
