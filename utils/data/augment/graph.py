"""Makes random views of a training image, a function of (seed, element) alone.

Randomness is stateless and keyed by the element's place in the run. So neither the number of
threads nor a resume changes the views. It is drawn in the graph: TensorFlow's stateless
numbers are the same in all of its versions.
"""
import functools
from typing import Any, Tuple

from utils.data.augment.chain import Augmentation
from utils.data.augment.registry import is_sometimes, stream_key
from utils.registry import Choice
from utils.tf_compat import tf


def augment(image: Any, label: Any, element: Any, height: int, width: int,
            augmentation: Augmentation) -> Tuple[Any, Any]:
    """Returns one training view.

    The image is fitted into the window (letterbox); then the operations of `augmentation` act.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      element: int64 scalar, the element's number since the start of the run.
      height, width: the window, pixels.
      augmentation: what happens to the image.

    Returns:
      (image, label): uint8 [height, width, 3]; uint8 [height, width].
    """
    drawn = [_numbers(choice, augmentation.seed, element) for choice in augmentation.operations]
    numbers = tf.concat(drawn, axis=0) if drawn else tf.zeros([0])
    image, label = tf.numpy_function(
        functools.partial(augmentation.view, window=(height, width)), [image, label, numbers],
        [tf.uint8, tf.uint8])
    return tf.ensure_shape(image, [height, width, 3]), tf.ensure_shape(label, [height, width])


def _numbers(choice: Choice, seed: int, element):
    """Returns float32 [draws, or one more] in [0, 1): those of an operation for the element, and
    the one that decides whether it acts."""
    operation = choice.entry
    first = operation.shared_from or 0
    stream = seed if operation.shared_from is not None else stream_key(choice.name, seed)
    numbers = _uniform(first + operation.draws, stream, element)[first:]
    if not is_sometimes(choice):
        return numbers
    decides = _uniform(1, stream_key(f"{choice.name}:probability", seed), element)
    return tf.concat([numbers, decides], axis=0)


def _uniform(count, stream, element):
    key = tf.stack([tf.constant(stream, tf.int64), element])
    return tf.random.stateless_uniform([count], seed=key)
