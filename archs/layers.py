"""What decoders are made of: padding, cropping, dropout that can be repeated, arg scopes."""
import contextlib
import contextvars
import zlib
from typing import Any, Iterator, Optional, Union

from utils.maps import spatial_size
from utils.tf_compat import slim, tf

#: The features of every stride divide evenly into inputs whose sides are multiples of this.
COARSEST_STRIDE = 32
#: A side in pixels: known, or a scalar tensor.
Side = Union[int, Any]


# ---- sizes ----

def pad_to_multiple(images: Any, multiple: int = COARSEST_STRIDE) -> Any:
    """Zeros at the bottom and at the right of [N, H, W, C] up to a multiple of `multiple`."""
    height, width = spatial_size(images)
    padded = tf.pad(images, [[0, 0], [0, -height % multiple], [0, -width % multiple], [0, 0]])
    sides = [side and side + -side % multiple for side in images.shape.as_list()[1:3]]
    padded.set_shape([images.shape.as_list()[0]] + sides + [images.shape.as_list()[3]])
    return padded


def crop(net: Any, height: Side, width: Side) -> Any:
    """The first rows and columns of [N, H, W, C]; the net itself, uncopied, if these are all."""
    if net.shape.as_list()[1:3] == [height, width]:
        return net
    return net[:, :height, :width]


# ---- layers ----

@contextlib.contextmanager
def float32_variables(dtype: Any) -> Iterator[None]:
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
def dropout_noise(seed: int, step: Optional[Any] = None) -> Iterator[None]:
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


def stateless_dropout(features: Any, keep_prob: float, is_training: bool,
                      scope: str = "dropout") -> Any:
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


def decoder_arg_scope(is_training: bool, weight_decay: float, bn_decay: float) -> Any:
    """Arg scope of a decoder: weight decay on every convolution, batch norm in the right mode.

    Batch norm is used by layers that name it: `normalizer_fn=slim.batch_norm`.
    """
    regularizer = slim.l2_regularizer(weight_decay) if weight_decay else None
    with slim.arg_scope([slim.conv2d, slim.conv2d_transpose, slim.separable_conv2d],
                        weights_regularizer=regularizer, padding="SAME"), \
            slim.arg_scope([slim.batch_norm], is_training=is_training, decay=bn_decay, epsilon=1e-3,
                           scale=True, fused=True) as scope:
        return scope
