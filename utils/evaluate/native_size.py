"""From the logits of a letterbox to the classes of an image's own pixels, in the graph."""
from utils.data.resize import letterbox_box
from utils.tf_compat import tf

#: Logits at an image's own size are made in bands of at most so many floats (16 MB).
BAND_FLOATS = 4 * 2 ** 20


def native_classes(logits, size, letterbox_size, num_classes):
    """The greatest class at each pixel of an image, from the logits of its letterbox.

    Pixel y of the image stands at (y + .5) * scale - .5 of the letterbox's inner box; beyond the
    outer centres of the box its last row or column is repeated.

    Args:
      logits: float32 [h, w, C], of the letterbox.
      size: int32 [2], height and width of the image.
      letterbox_size: (h, w), or None where the net saw the image as it is.
      num_classes: C.

    Returns:
      uint8 [height, width].
    """
    if letterbox_size is None:
        return _classes(logits)
    scale, box = letterbox_box(size, *letterbox_size)
    low, high, part = _sample_positions(size[1], scale, box[1], box[3])
    wide = _between(tf.gather(logits, low, axis=1), tf.gather(logits, high, axis=1),
                    part[tf.newaxis, :, tf.newaxis])
    low, high, part = _sample_positions(size[0], scale, box[0], box[2])

    band = tf.clip_by_value(BAND_FLOATS // (size[1] * num_classes), 1, size[0])

    def one_band(start):
        rows = tf.minimum(tf.range(start, start + band), size[0] - 1)
        return _classes(_between(
            tf.gather(wide, tf.gather(low, rows)), tf.gather(wide, tf.gather(high, rows)),
            tf.gather(part, rows)[:, tf.newaxis, tf.newaxis]))
    bands = tf.map_fn(one_band, tf.range(0, size[0], band), dtype=tf.uint8, back_prop=False,
                      parallel_iterations=1)
    return tf.reshape(bands, tf.stack([-1, size[1]]))[:size[0]]


def _sample_positions(length, scale, start, inner):
    """Where the pixels of an image's axis stand in its letterbox.

    Returns:
      (low, high, part): int32, int32, float32 [length]: the sample is low + part * (high - low).
    """
    position = (tf.range(tf.cast(length, tf.float32)) + 0.5) * scale - 0.5
    position = tf.clip_by_value(position, 0.0, tf.cast(inner - 1, tf.float32))
    low = tf.cast(tf.floor(position), tf.int32)
    return low + start, tf.minimum(low + 1, inner - 1) + start, position - tf.cast(low, tf.float32)


def _between(low, high, part):
    return low + (high - low) * part


def _classes(logits):
    """uint8 argmax over the last axis; the first of equals."""
    return tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32), tf.uint8)
