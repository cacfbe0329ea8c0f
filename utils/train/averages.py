"""Moving averages of a net's weights, which often test better than the weights themselves
(Polyak and Juditsky, 1992; Izmailov et al., arXiv 1803.05407)."""
from typing import Any, List

from utils.tf_compat import tf

#: Scope of the averages' variables.
_SCOPE = "ema"


def decay_at(step: Any, decay: float) -> Any:
    """Computes the decay of a step: min(decay, (1 + t) / (10 + t)), float32 scalar.

    Early averages follow closely, so that the first weights are soon forgotten (as in
    `tf.train.ExponentialMovingAverage`).

    Args:
      step: t, int64 scalar tensor: steps taken before this one.
      decay: the greatest.
    """
    done = tf.cast(step, tf.float32)
    return tf.minimum(decay, (1.0 + done) / (10.0 + done))


class Averages:
    """Keeps an average s of each variable w: after each step s becomes d s + (1 - d) w.

    Averages of batch norm's moving means and variances are among them: those of the weights would
    not fit the weights' averages. A step whose gradients overflow float16 is averaged too.

    Args:
      variables: the net's, float32.
      decay: d, see `decay_at`.

    Attributes:
      begin: operation that sets the averages to the variables; to be run once these have their
        first values.
      saver: `tf.train.Saver` of the averages under the variables' own names.
    """

    def __init__(self, variables: List[Any], decay: float) -> None:
        self._decay = decay
        with tf.variable_scope(_SCOPE):
            self._pairs = [(tf.get_variable(
                variable.op.name, variable.shape, tf.float32, tf.zeros_initializer(),
                trainable=False), variable) for variable in variables]
        self.begin = tf.group(*[tf.assign(average, variable.read_value())
                                for average, variable in self._pairs])
        self.saver = tf.train.Saver({variable.op.name: average
                                     for average, variable in self._pairs})

    def update(self, step: Any) -> Any:
        """Makes the operation that counts the variables in; it reads them when it runs.

        Args:
          step: int64 scalar tensor: steps taken before this one.
        """
        rest = 1.0 - decay_at(step, self._decay)
        # Where both are equal nothing changes, which d s + (1 - d) w would not give to the bit.
        return tf.group(*[
            tf.assign_sub(average, rest * (average.read_value() - variable.read_value()))
            for average, variable in self._pairs])
