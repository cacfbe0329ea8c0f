"""Atrous (dilated) layers: they replace strides that would make a net's maps too coarse.

A layer without its stride computes every place; the strided layer kept one in four. The layers
after it spread their taps by a rate, so that each tap meets the same feature as in the strided net.
Weights keep their names and shapes. After Chen et al. (arXiv 1606.00915, sec. 3.1) and slim's
`stack_blocks_dense`.
"""
from typing import Any, Tuple

from utils.tf_compat import slim, tf

#: The strides that a net's last features can have; the published classifiers have 32.
OUTPUT_STRIDES = (8, 16, 32)


class AtrousStrides:
    """Gives the stride and the rate of each layer of a net, from the first to the last.

    Args:
      output_stride: the greatest stride that features may have, one of `OUTPUT_STRIDES`.

    Attributes:
      rate: of the next layer: how many places its taps stand apart.
    """

    def __init__(self, output_stride: int) -> None:
        self.rate = 1
        self._output_stride = output_stride
        self._stride = 1

    def next_layer(self, stride: int = 1) -> Tuple[int, int]:
        """Returns (stride, rate) of the next layer, which has `stride` in the published classifier.

        The layer that loses its stride has the rate of the layers before it. The layers after it
        have that rate times the lost stride.
        """
        rate = self.rate
        if self._stride * stride > self._output_stride:
            self.rate *= stride
            return 1, rate
        self._stride *= stride
        return stride, rate


def max_pool(net: Any, size: int, stride: int, rate: int, scope: str) -> Any:
    """Pools features after ReLU by their maximum, strided or dilated.

    Args:
      net: float [N, H, W, C], no value below 0.
      size: side of the window; an even window begins at the place that it is for.
      stride: above 1 only at rate 1; the arg scope then decides the padding.
      rate: how many places the window's taps stand apart.
      scope: name of the operation.

    Returns:
      float [N, H / stride, W / stride, C].
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
