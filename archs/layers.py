"""What decoders are made of: upsampling, cropping, dropout that can be repeated, arg scopes."""
import contextlib
import contextvars
import math
import zlib

import numpy as np

from utils.maps import spatial_size
from utils.tf_compat import slim, tf

#: Where feature i of a stride is taken to stand; see `sampling_offset`.
ALIGNMENTS = ("centers", "half_pixel", "transposed")
#: The features of every stride divide evenly into inputs whose sides are multiples of this.
COARSEST_STRIDE = 32


# ---- sizes ----

def pad_to_multiple(images, multiple=COARSEST_STRIDE):
    """Zeros at the bottom and at the right of [N, H, W, C] up to a multiple of `multiple`."""
    height, width = spatial_size(images)
    padded = tf.pad(images, [[0, 0], [0, -height % multiple], [0, -width % multiple], [0, 0]])
    sides = [side and side + -side % multiple for side in images.shape.as_list()[1:3]]
    padded.set_shape([images.shape.as_list()[0]] + sides + [images.shape.as_list()[3]])
    return padded


def crop(net, height, width):
    """The first rows and columns of [N, H, W, C]; the net itself, uncopied, if these are all."""
    if net.shape.as_list()[1:3] == [height, width]:
        return net
    return net[:, :height, :width]


# ---- upsampling ----

def sampling_offset(align, factor, coarse_stride, coarse_offset, fine_offset):
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


def _sampling_matrix(size, factor, offset, edge):
    """[factor * size, size] float32; row j holds the bilinear weights of output j."""
    sources = tf.cast(tf.range(size), tf.float32)
    position = tf.cast(tf.range(size * factor), tf.float32) / factor + offset
    if edge == "clamp":
        position = tf.clip_by_value(position, 0.0, sources[-1])
    return tf.maximum(1.0 - tf.abs(position[:, None] - sources[None, :]), 0.0)


def upsample_bilinear(features, factor, offset, edge="clamp"):
    """Bilinear upsampling by a whole factor, as two matrix products.

    Products repeat bit by bit on every device, which the gradient of `resize_bilinear` does not.

    Args:
      features: float32 [N, H, W, C], of static or dynamic size.
      factor: int.
      offset: output index j samples input coordinate j / factor + offset; .5 / factor - .5 is the
        usual half-pixel resize. See `sampling_offset`.
      edge: beyond the border "clamp" repeats the outermost value; "zero" fades to zero, as a
        transposed convolution does.

    Returns:
      float32 [N, factor * H, factor * W, C].
    """
    height, width = spatial_size(features)
    batch, channels = features.shape.as_list()[0], features.shape.as_list()[3]
    # Channels first: rows of pixels are long, which makes wide products, and what works on the
    # scores next (the loss) wants them so.
    net = tf.reshape(tf.transpose(features, [0, 3, 1, 2]), [-1, width])
    columns = _sampling_matrix(width, factor, offset, edge)
    net = tf.reshape(tf.matmul(net, columns, transpose_b=True), [-1, height, width * factor])
    rows = _sampling_matrix(height, factor, offset, edge)
    net = tf.matmul(rows[tf.newaxis], net)
    net = tf.reshape(net, [-1, channels, height * factor, width * factor])
    net = tf.transpose(net, [0, 2, 3, 1])
    net.set_shape([batch, None, None, channels])
    return net


def bilinear_kernel(factor, channels, center):
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


def conv2d_transpose_at(features, channels, kernel_size, factor, crop, scope, **conv_args):
    """A transposed convolution [N, H, W, C] -> [N, f * H, f * W, channels], placed by `crop`.

    SAME padding knows one place for the output relative to the input, encoders differ in theirs
    (`Feature.offset`): the VALID result is cut from row and column `crop` on.
    """
    height, width = spatial_size(features)
    net = slim.conv2d_transpose(features, channels, [kernel_size, kernel_size], stride=factor,
                                padding="VALID", scope=scope, **conv_args)
    return net[:, crop:crop + height * factor, crop:crop + width * factor]


def upsample_trainable(features, factor, offset, edge, scope):
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


# ---- layers ----

@contextlib.contextmanager
def float32_variables(dtype):
    """Layers whose features are of a smaller type make float32 variables and use casts of them.

    Args:
      dtype: tf.float16, or tf.float32: then nothing is added.
    """
    def cast(getter, *args, **kwargs):
        if kwargs["dtype"] != dtype:  # batch norm's own, float32 already
            return getter(*args, **kwargs)
        return tf.cast(getter(*args, **dict(kwargs, dtype=tf.float32)), dtype)

    if dtype == tf.float32:
        yield
    else:
        with tf.variable_scope(tf.get_variable_scope(), custom_getter=cast):
            yield


#: (seed, step) of dropout's noise, as `dropout_noise` says.
_NOISE = contextvars.ContextVar("noise", default=(0, None))


@contextlib.contextmanager
def dropout_noise(seed, step=None):
    """Dropout that is built inside draws its noise as a function of seed and step.

    Args:
      seed: int.
      step: int64 scalar tensor; None: the global step.
    """
    token = _NOISE.set((seed, step))
    try:
        yield
    finally:
        _NOISE.reset(token)


def stateless_dropout(features, keep_prob, is_training, scope="dropout"):
    """Dropout whose noise is a function of (seed, step, scope); see `dropout_noise`.

    A run that is killed and resumed draws the same noise again; `tf.nn.dropout` would not.

    Args:
      features: float32 of any shape.
      keep_prob: share of values that stay; they are scaled up by its inverse.
      is_training: Python bool; False returns the features as they are.
      scope: tells the noise of one layer from that of another.
    """
    if not is_training:
        return features
    salt = zlib.crc32(scope.encode("ascii")) & 0x7fffffff
    seed, step = _NOISE.get()
    step = tf.cast(tf.train.get_or_create_global_step() if step is None else step, tf.int64)
    noise = tf.random.stateless_uniform(tf.shape(features), seed=tf.stack([
        tf.constant((seed & 0x7fffffff) << 32 | salt, tf.int64), step]))
    return tf.where(noise < keep_prob, features / keep_prob, tf.zeros_like(features))


def decoder_arg_scope(is_training, weight_decay, bn_decay):
    """Arg scope of a decoder: weight decay on every convolution, batch norm in the right mode.

    Batch norm is used by layers that name it: `normalizer_fn=slim.batch_norm`.
    """
    regularizer = slim.l2_regularizer(weight_decay) if weight_decay else None
    with slim.arg_scope([slim.conv2d, slim.conv2d_transpose, slim.separable_conv2d],
                        weights_regularizer=regularizer, padding="SAME"), \
            slim.arg_scope([slim.batch_norm], is_training=is_training, decay=bn_decay, epsilon=1e-3,
                           scale=True, fused=True) as scope:
        return scope
