"""Nets of a few weights, for processes of their own, which import this module."""
from utils.net_output import as_output
from utils.tf_compat import slim, tf


class TinyArch:
    """A convolution; what `archs.BaseArch` promises, as far as it is measured."""

    def __init__(self, num_classes):
        self._num_classes = num_classes

    def build_net(self, images, is_training, freeze_fe=False, noise_step=None, dtype=tf.float32):
        """Logits [N, H, W, C] of images [N, H, W, 3]."""
        with tf.variable_scope("decoder"):
            return slim.conv2d(images, self._num_classes, [1, 1], activation_fn=None)

    def build(self, images, is_training, freeze_fe=False, noise_step=None, dtype=tf.float32,
              auxiliary_level=0, freeze_bn=False):
        """The same as a `NetOutput`."""
        return as_output(self.build_net(images, is_training))

    def encoder_variables(self):
        return []

    def decoder_variables(self):
        return tf.trainable_variables()


def tiny(flags, num_classes):
    """A `build_arch`."""
    return TinyArch(num_classes)


def broken(flags, num_classes):
    """A `build_arch` of somebody whose decoder does not work."""
    raise ValueError("the channels do not match\nand more lines")
