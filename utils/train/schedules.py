"""Learning rate schedules: factors on `--learnrate`. A new one is one registered function."""
from utils.registry import Registry
from utils.tf_compat import tf

SCHEDULES = Registry("learning rate schedule")


@SCHEDULES.register("constant")
def constant(step, total_steps):
    """1 throughout. Args: step, int64 scalar tensor; total_steps, int. Returns: float32 scalar."""
    del total_steps
    return tf.ones_like(step, tf.float32)


@SCHEDULES.register("staircase")
def staircase(step, total_steps):
    """Divided by ten after each third of the training (seg-mentor's `--decaylr`)."""
    third = tf.floor(3.0 * tf.cast(step, tf.float32) / total_steps)
    return tf.pow(0.1, third)


@SCHEDULES.register("poly")
def poly(step, total_steps):
    """(1 - step / total)^0.9 (Liu et al., ParseNet, arXiv 1506.04579, section 4.1; DeepLab)."""
    return tf.pow(tf.maximum(1.0 - tf.cast(step, tf.float32) / total_steps, 0.0), 0.9)
