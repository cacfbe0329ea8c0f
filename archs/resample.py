"""Maps of features at other sizes: bilinear resampling, learned upsampling, average pooling.

What is fixed is computed as two matrix products, one for each axis. They repeat bit by bit on every
device, which the gradient of `resize_bilinear` does not, and take static and dynamic sizes.
"""
import math
from typing import Any, Callable

import numpy as np

from archs.layers import Side, spatial_size
from utils.tf_compat import slim, tf

#: Where feature i of a stride is taken to stand; see `sampling_offset`.
ALIGNMENTS = ("centers", "half_pixel", "transposed")
#: Where the places of a resized map stand; see `resize`.
RESIZES = ("half_pixel", "corners")


# ---- from level to level ----

def sampling_offset(align: str, factor: int, coarse_stride: int, coarse_offset: float,
                    fine_offset: float) -> float:
    """Where the upsampled map samples the coarse one: fine index j at coarse j / factor + offset.

    Args:
      align: "centers": by the declared centres of the receptive fields, so that both maps' scores
        stand at the same place in the image; "half_pixel" and "transposed": by the pixels' edges,
        as if every feature stood in the middle of its stride.
      factor: the upsampling, coarse stride / fine stride.
      coarse_stride: in input pixels.
      coarse_offset, fine_offset: `Feature.offset` of both maps; 0 for the image itself.
    """
    if align == "centers":
        return (fine_offset - coarse_offset) / coarse_stride
    return .5 / factor - .5


def upsample_bilinear(features: Any, factor: int, offset: float, edge: str = "clamp") -> Any:
    """Upsamples bilinearly by a whole factor.

    Args:
      features: float32 [N, H, W, C], of static or dynamic size.
      factor: how many times larger.
      offset: output index j samples input coordinate j / factor + offset; .5 / factor - .5 is the
        usual half-pixel resize. See `sampling_offset`.
      edge: beyond the border "clamp" repeats the outermost value; "zero" fades to zero, as a
        transposed convolution does.

    Returns:
      float32 [N, factor * H, factor * W, C].
    """
    def matrix(size, target):
        sources = tf.cast(tf.range(size), tf.float32)
        position = tf.cast(tf.range(target), tf.float32) / factor + offset
        if edge == "clamp":
            position = tf.clip_by_value(position, 0.0, sources[-1])
        return _bilinear_weights(position, sources)
    return _separable(features, lambda side: side * factor, lambda side: side * factor, matrix)


def bilinear_kernel(factor: int, channels: int, center: float) -> np.ndarray:
    """Weights [2f, 2f, C, C] of a transposed convolution that upsamples each channel by itself.

    Args:
      factor: the stride f.
      channels: C.
      center: tap on which an input pixel's own weight stands, in [f - 1, f); f - .5 is the
        symmetric kernel of Long et al. (arXiv 1411.4038).
    """
    taps = np.maximum(1.0 - np.abs(np.arange(2 * factor) - center) / factor, 0.0)
    kernel = np.zeros([2 * factor, 2 * factor, channels, channels], np.float32)
    kernel[:, :, range(channels), range(channels)] = np.outer(taps, taps)[:, :, None]
    return kernel


def conv2d_transpose_at(features: Any, channels: int, kernel_size: int, factor: int, crop: int,
                        scope: str, **conv_args: Any) -> Any:
    """A transposed convolution [N, H, W, C] -> [N, f * H, f * W, channels], placed by `crop`.

    SAME padding knows one place for the output relative to the input, feature extractors differ in
    theirs (`Feature.offset`): the VALID result is cut from row and column `crop` on.
    """
    height, width = spatial_size(features)
    net = slim.conv2d_transpose(features, channels, [kernel_size, kernel_size], stride=factor,
                                padding="VALID", scope=scope, **conv_args)
    return net[:, crop:crop + height * factor, crop:crop + width * factor]


def transposed_crop(align: str, kernel_size: int, factor: int, step: float) -> int:
    """Tells `conv2d_transpose_at` where to cut, of the places that the kernel can take.

    Args:
      align: with "centers" the nearest place to `step`; else as SAME padding has it.
      kernel_size, factor: of the transposed convolution, an odd size.
      step: where coarse feature 0 stands on the fine grid, in its places.
    """
    if align != "centers":
        return (kernel_size - factor) // 2
    crop = (kernel_size - 1) // 2 - math.floor(step + .5)
    return min(max(crop, 0), kernel_size - factor)


def upsample_trainable(features: Any, factor: int, offset: float, edge: str, scope: str) -> Any:
    """A transposed convolution that starts as `upsample_bilinear` of the same arguments.

    Returns:
      float32 [N, factor * H, factor * W, C]; its weights, [2f, 2f, C, C], are to be trained.
    """
    channels = features.shape.as_list()[3]
    height, width = spatial_size(features)
    crop = int(math.ceil(factor - 1 + factor * offset - 1e-9))
    kernel = bilinear_kernel(factor, channels, center=crop - factor * offset)
    if edge == "clamp":
        features = tf.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
        crop += factor
    net = conv2d_transpose_at(features, channels, 2 * factor, factor, crop, scope,
                              activation_fn=None, biases_initializer=None,
                              weights_initializer=tf.constant_initializer(kernel))
    return net[:, :height * factor, :width * factor]


# ---- to any size ----

def resize(features: Any, height: Side, width: Side, align: str = "half_pixel") -> Any:
    """Resizes bilinearly to any size, that of another map say; smaller ones are not antialiased.

    Args:
      features: float32 [N, H, W, C], of static or dynamic size.
      height, width: of the result, ints or scalar tensors; `spatial_size` tells those of a map.
      align: "half_pixel" lays the edges of both maps on each other (PyTorch's align_corners=False);
        "corners" lays the centres of the outermost places on each other (align_corners=True).

    Returns:
      float32 [N, height, width, C].

    Raises:
      ValueError: an unknown `align`.
    """
    if align not in RESIZES:
        raise ValueError(f"align: got {align!r}, expected one of {', '.join(RESIZES)}")

    def matrix(size, target):
        sources, places = (tf.cast(tf.range(side), tf.float32) for side in (size, target))
        last = sources[-1]
        position = places * last / tf.maximum(places[-1], 1.0)
        if align == "half_pixel":
            position = (places + .5) * (last + 1) / (places[-1] + 1) - .5
            position = tf.clip_by_value(position, 0.0, last)
        return _bilinear_weights(position, sources)
    return _separable(features, lambda _: height, lambda _: width, matrix)


def adaptive_average_pool(features: Any, rows: Side, columns: Side) -> Any:
    """Averages over the cells of a grid that covers the whole map, as pyramid pooling wants it.

    Cell i of n holds places floor(i H / n) to ceil((i + 1) H / n) - 1, as in PyTorch; cells overlap
    where n does not divide H, and repeat places where the map is smaller than the grid.

    Args:
      features: float32 [N, H, W, C], of static or dynamic size.
      rows, columns: of the grid, ints or scalar tensors.

    Returns:
      float32 [N, rows, columns, C].
    """
    def matrix(size, cells):
        index, places = tf.range(cells)[:, None], tf.range(size)[None]
        inside = (places >= index * size // cells) & (places < -(-(index + 1) * size // cells))
        weights = tf.cast(inside, tf.float32)
        return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
    return _separable(features, lambda _: rows, lambda _: columns, matrix)


# ---- two matrix products ----

def _bilinear_weights(position, sources):
    """[targets, sources] float32: how much each source counts at each position."""
    return tf.maximum(1.0 - tf.abs(position[:, None] - sources[None, :]), 0.0)


def _separable(features: Any, height_to: Callable[[Side], Side], width_to: Callable[[Side], Side],
               matrix: Callable[[Side, Side], Any]) -> Any:
    """[N, H, W, C] -> [N, height_to(H), width_to(W), C], linear in the features and separable.

    Args:
      matrix: (places, target places) of an axis -> weights float32 [target places, places].
    """
    rows, columns = spatial_size(features)
    height, width = height_to(rows), width_to(columns)
    batch, channels = features.shape.as_list()[0], features.shape.as_list()[3]
    # Channels first: rows of pixels are long, which makes wide products, and what works on the
    # scores next (the loss) wants them so.
    net = tf.reshape(tf.transpose(features, [0, 3, 1, 2]), [-1, columns])
    weights = matrix(columns, width)
    net = tf.reshape(tf.matmul(net, weights, transpose_b=True), [-1, rows, width])
    net = tf.matmul(matrix(rows, height)[tf.newaxis], net)
    net = tf.transpose(tf.reshape(net, [-1, channels, height, width]), [0, 2, 3, 1])
    net.set_shape([batch, None, None, channels])
    return net
