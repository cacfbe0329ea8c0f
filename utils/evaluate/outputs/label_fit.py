"""Outputs that say how well the probabilities fit the label, and how sure the net is."""
import functools
from typing import Any, Tuple

from utils.evaluate.native_size import in_bands
from utils.evaluate.outputs.record import OUTPUTS, PerImage, Seen
from utils.machine import usable_cpus
from utils.measures.label_fit import label_fit
from utils.tf_compat import as_written, tf

#: Logits count as at most so far below the greatest around them; exp of it is a normal float32.
_FARTHEST = -80.0


@OUTPUTS.register("label_fit")
def label_fit_of_images(seen: Seen) -> PerImage:
    """Returns `utils.measures.label_fit` at the images' own pixels, and the mean entropy behind it:
    float32 [N, C + 6]."""
    reachable = _reachable(seen.net.logits)
    summed = functools.partial(label_fit, num_classes=seen.num_classes)

    @as_written
    def one(row):
        size = seen.sizes[row]
        label = seen.labels[row, :size[0], :size[1]]
        loss, entropy = _pixel_fit(seen, reachable[row], size, label)
        found = tf.numpy_function(summed, [loss, label], tf.float32)
        return tf.concat([tf.ensure_shape(found, [seen.num_classes + 5]), [entropy]], axis=0)
    return PerImage(_each(seen, one), labelled=True)


@OUTPUTS.register("entropy")
def entropy(seen: Seen) -> PerImage:
    """Returns the mean entropy of the probabilities at own pixels: float32 [N], in nats."""
    reachable = _reachable(seen.net.logits)

    @as_written
    def one(row):
        size = seen.sizes[row]
        return _pixel_fit(seen, reachable[row], size, tf.zeros(size, tf.uint8))[1]
    return PerImage(_each(seen, one))


def _each(seen: Seen, of_row: Any) -> Any:
    return tf.map_fn(of_row, tf.range(tf.shape(seen.net.logits)[0]), dtype=tf.float32,
                     back_prop=False, parallel_iterations=usable_cpus())


def _reachable(logits: Any) -> Any:
    """Shifts logits so that exp neither overflows nor vanishes, whatever mean of them is taken."""
    return tf.maximum(logits - tf.reduce_max(logits, axis=-1, keepdims=True), _FARTHEST)


def _pixel_fit(seen: Seen, logits: Any, size: Any, label: Any) -> Tuple[Any, Any]:
    """Returns (-log of the probability of each pixel's label float32 [H, W], mean entropy)."""
    classes = tf.minimum(tf.cast(label, tf.int32), seen.num_classes - 1)

    def of_band(band, rows):
        grown = tf.exp(band)
        whole = tf.reduce_sum(grown, axis=0)
        log_whole = tf.math.log(whole)
        inside = tf.cast(rows < size[0], tf.float32)[:, tf.newaxis]
        spread = log_whole - tf.reduce_sum(grown * band, axis=0) / whole
        return log_whole - _picked(band, tf.gather(classes, tf.minimum(rows, size[0] - 1))), \
            tf.reduce_sum(spread * inside)
    loss, spread = in_bands(logits, size, seen.view_size, seen.num_classes, of_band,
                            (tf.float32, tf.float32))
    return tf.reshape(loss, [-1, size[1]])[:size[0]], \
        tf.reduce_sum(spread) / tf.cast(tf.reduce_prod(size), tf.float32)


def _picked(band: Any, classes: Any) -> Any:
    """Returns band[classes[y, x], y, x]: float32 [rows, width]."""
    shape = tf.shape(classes)
    pixels = tf.reduce_prod(shape)
    places = tf.reshape(classes, [-1]) * pixels + tf.range(pixels)
    return tf.reshape(tf.gather(tf.reshape(band, [-1]), places), shape)
