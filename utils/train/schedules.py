"""Learning rate schedules: factors on `--learnrate`. A new one is one registered function of the
step, int64 scalar tensor; the training's steps, int; and its own parameters. It returns a float32
scalar tensor."""
from typing import Any

from utils.registry import Parameter, Registry
from utils.tf_compat import tf

SCHEDULES = Registry("learning rate schedule")


@SCHEDULES.register("constant")
def constant(step: Any, total_steps: int) -> Any:
    """1 throughout."""
    del total_steps
    return tf.ones_like(step, tf.float32)


@SCHEDULES.register("staircase")
def staircase(step: Any, total_steps: int) -> Any:
    """Divided by ten after each third of the training (seg-mentor's `--decaylr`)."""
    third = tf.floor(3.0 * tf.cast(step, tf.float32) / total_steps)
    return tf.pow(0.1, third)


@SCHEDULES.register("poly", power=Parameter(0.9, "the exponent", more_than=0))
def poly(step: Any, total_steps: int, power: float) -> Any:
    """(1 - step / total)^power (Liu et al., ParseNet, arXiv 1506.04579, section 4.1; DeepLab)."""
    return tf.pow(tf.maximum(1.0 - tf.cast(step, tf.float32) / total_steps, 0.0), power)
