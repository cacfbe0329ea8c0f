"""The classes that a net thinks most probable at each pixel of its own scale."""
from utils.evaluate.observers.opinions import SCALE, TOP
from utils.evaluate.outputs.record import OUTPUTS, PerImage, Seen
from utils.tf_compat import tf


@OUTPUTS.register("opinions")
def opinions(seen: Seen) -> PerImage:
    """Returns the most probable classes of each pixel and their probabilities: uint8 [N, h, w, 2K].

    K is `TOP`, or the number of classes where there are fewer. The first K values are classes, the
    most probable first; the others are their probabilities times 255, rounded.
    """
    found = tf.nn.top_k(seen.softmax, min(TOP, seen.num_classes))
    share = tf.cast(tf.round(found.values * SCALE), tf.uint8)
    return PerImage(tf.concat([tf.cast(found.indices, tf.uint8), share], axis=-1))
