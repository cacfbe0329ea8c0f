"""A toy output: how sure the net is of each view."""
from utils.evaluate.outputs import OUTPUTS, PerImage
from utils.tf_compat import tf


@OUTPUTS.register("toy_confidence", power=1.0)
def confidence(seen, power):
    """The mean over pixels of the greatest probability to a power: float32 [N]."""
    greatest = tf.reduce_max(tf.nn.softmax(seen.net.logits), -1)
    return PerImage(tf.reduce_mean(greatest ** power, [1, 2]))
