"""Makes random views of a training image, a function of (seed, element) alone.

Randomness is stateless and keyed by the element's place in the run. So neither the number of
threads nor a resume changes the views. It is drawn in the graph: TensorFlow's stateless
numbers are the same in all of its versions.
"""
import functools
from typing import Any, Callable, Optional, Sequence, Tuple

from utils.data.augment.chain import Augmentation
from utils.data.augment.registry import is_sometimes, stream_key
from utils.registry import Choice
from utils.tf_compat import tf


def augment(image: Any, label: Any, element: Any, height: int, width: int,
            augmentation: Augmentation, partner: Optional[Callable[[], Sequence[Any]]] = None
            ) -> Tuple[Any, Any]:
    """Returns one training view.

    The image is fitted into the window (letterbox); then the operations of `augmentation` act.
    A partner is seen by numbers of the same element and of another seed.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      element: int64 scalar, the element's number since the start of the run.
      height, width: the window, pixels.
      augmentation: what happens to the image.
      partner: returns the (image, label) of its partner, called where one is needed; None without.

    Returns:
      (image, label): uint8 [height, width, 3]; uint8 [height, width].
    """
    values = [image, label, _all_numbers(augmentation, augmentation.seed, element)]
    if partner is not None:
        values += _partner(partner, augmentation, values[-1], element)
    image, label = tf.numpy_function(functools.partial(_view, augmentation, (height, width)),
                                     values, [tf.uint8, tf.uint8])
    return tf.ensure_shape(image, [height, width, 3]), tf.ensure_shape(label, [height, width])


def _view(augmentation, window, image, label, numbers, *partner):
    """Does as `Augmentation.view`; a partner without pixels is none."""
    partner = partner if partner and partner[1].size else ()
    return augmentation.view(image, label, numbers, window, *([partner] if partner else []))


def _partner(partner, augmentation, numbers, element):
    """Returns [image, label, numbers] of an element's partner; without pixels for one that needs
    none, which is not decoded either."""
    takes = tf.numpy_function(augmentation.takes_partner, [numbers], tf.bool)
    image, label = tf.cond(
        tf.reshape(takes, []), lambda: [tf.identity(value) for value in partner()],
        lambda: [tf.zeros([0, 0, 3], tf.uint8), tf.zeros([0, 0], tf.uint8)])
    own = stream_key("partner", augmentation.seed)
    return [image, label, _all_numbers(augmentation, own, element)]


def _all_numbers(augmentation, seed, element):
    """Returns float32 [draws] in [0, 1): those of all operations, one after another."""
    drawn = [_numbers(choice, seed, element) for choice in augmentation.operations]
    return tf.concat(drawn, axis=0) if drawn else tf.zeros([0])


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
