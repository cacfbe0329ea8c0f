"""Outputs at the images' own pixels: classes, probabilities."""
from typing import Any, Callable

from utils.evaluate.native_size import native_classes, native_logits
from utils.evaluate.outputs.record import OUTPUTS, Pixels, Seen
from utils.machine import usable_cpus
from utils.tf_compat import as_written, tf


@OUTPUTS.register("classes")
def classes(seen: Seen) -> Pixels:
    """Returns the greatest class of each pixel: uint8 [N, H, W]."""
    return _at_own_pixels(seen, tf.uint8, lambda logits, size: native_classes(
        logits, size, seen.view_size, seen.num_classes))


@OUTPUTS.register("probabilities")
def probabilities(seen: Seen) -> Pixels:
    """Returns the softmax of the interpolated logits: float32 [N, H, W, C]."""
    return _at_own_pixels(seen, tf.float32, lambda logits, size: tf.nn.softmax(native_logits(
        logits, size, seen.view_size)))


def _at_own_pixels(seen: Seen, dtype: Any, of_image: Callable[[Any, Any], Any]) -> Pixels:
    """Returns `of_image(logits [h, w, C], size)` of each image, padded to the greatest."""
    greatest = tf.reduce_max(seen.sizes, axis=0)

    @as_written
    def one(row):
        found = of_image(seen.net.logits[row], seen.sizes[row])
        missing = greatest - seen.sizes[row]
        return tf.pad(found, [[0, missing[0]], [0, missing[1]]] + [[0, 0]] * (
            found.shape.ndims - 2))
    return Pixels(tf.map_fn(one, tf.range(tf.shape(seen.net.logits)[0]), dtype=dtype,
                            back_prop=False, parallel_iterations=usable_cpus()))
