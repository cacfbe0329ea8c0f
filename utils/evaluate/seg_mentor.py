"""What seg-mentor (github.com/hailotech/seg-mentor) did to images, so that its runs are tested as
they are; its names and flags are in utils/runs/legacy.py."""
from utils.data.resize import letterbox_box, source_index
from utils.tf_compat import tf


def letterbox(image, height, width):
    """`utils.data.resize.letterbox` by nearest neighbour: what its nets were trained on.

    On CamVid its sample run loses .8 points of mIoU when it is shown smooth images instead.
    """
    scale, box = letterbox_box(tf.shape(image), height, width)
    # It sampled at pixels' corners; a hair less, or rounding would miss the exact ones.
    start = tf.cast(box[:2], tf.float32) + 0.499
    rows = source_index(height, scale, start[0], tf.shape(image)[0])
    columns = source_index(width, scale, start[1], tf.shape(image)[1])
    view = tf.gather(tf.gather(image, tf.maximum(rows, 0)), tf.maximum(columns, 0), axis=1)
    inside = tf.logical_and((rows >= 0)[:, tf.newaxis], (columns >= 0)[tf.newaxis])
    view = tf.cast(view, tf.float32) * tf.cast(inside, tf.float32)[:, :, tf.newaxis]
    return tf.ensure_shape(view, [height, width, 3]), box
