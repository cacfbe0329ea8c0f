"""Sizes of images and feature maps in a graph."""
from typing import Any, Tuple

from utils.tf_compat import tf


def spatial_size(images: Any) -> Tuple[Any, Any]:
    """Returns (height, width) of a tensor [N, H, W, C].

    Each is a Python int where the graph knows it, else an int32 scalar of the graph.
    """
    known, dynamic = images.shape.as_list(), tf.shape(images)
    height, width = (dynamic[axis] if known[axis] is None else known[axis] for axis in (1, 2))
    return height, width
