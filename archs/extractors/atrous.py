"""Atrous (dilated) layers, which stand in for strides that would make a net's maps too coarse.

A layer that loses its stride computes every place of which the strided layer kept one in four; the
layers after it spread their taps by a rate, so that each tap still meets the feature that it meets
in the strided net. Weights keep their names and shapes. After Chen et al. (arXiv 1606.00915, sec.
3.1) and slim's `stack_blocks_dense`.
"""
from utils.tf_compat import slim, tf

#: The strides that a net's last features can have; 32 is the classifier as published.
OUTPUT_STRIDES = (8, 16, 32)


class AtrousStrides:
    """Says with which stride and rate to build each layer of a net, from the first to the last.

    Args:
      output_stride: the greatest stride that features may have, one of `OUTPUT_STRIDES`.

    Attributes:
      rate: the rate of the next layer: how many places its taps stand apart.
    """

    def __init__(self, output_stride):
        self.rate = 1
        self._output_stride = output_stride
        self._stride = 1

    def next_layer(self, stride=1):
        """(stride, rate) of the next layer, which has `stride` in the classifier as published.

        The layer that loses its stride has the rate of those before it: its input is as they left
        it. The layers after it have that rate times the lost stride.
        """
        rate = self.rate
        if self._stride * stride > self._output_stride:
            self.rate *= stride
            return 1, rate
        self._stride *= stride
        return stride, rate


def max_pool(net, size, stride, rate, scope):
    """A max pool of features after ReLU, strided or dilated.

    Args:
      net: [N, H, W, C], none below 0.
      size: side of the window; an even one stands on its first place and those that follow.
      stride: above 1 only at rate 1; the padding is then the arg scope's.
      rate: how many places the window's taps stand apart.
      scope: name of the operation.

    Returns:
      [N, H / stride, W / stride, C].
    """
    if stride > 1:
        return slim.max_pool2d(net, [size, size], stride=stride, scope=scope)
    if rate == 1:
        return slim.max_pool2d(net, [size, size], stride=1, padding="SAME", scope=scope)
    with tf.name_scope(scope):
        # tf.nn.pool refuses SAME with a rate. After ReLU zeros pad as well as minus infinity does.
        margins = [(size - 1) // 2 * rate, size // 2 * rate]
        net = tf.pad(net, [[0, 0], margins, margins, [0, 0]])
        return tf.nn.pool(net, [size, size], "MAX", "VALID", dilation_rate=[rate, rate])
