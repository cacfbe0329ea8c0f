"""Distance maps of labels: how far each pixel is from the border of each class.

They belong to a label as the net sees it: cropping and scaling change distances, so that no map of
the whole image would do.
"""
import functools
from typing import Any, Dict, NamedTuple, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.tf_compat import tf

ndimage = lazy_module("scipy.ndimage")


class DistanceMaps(NamedTuple):
    """Which maps the input makes beside each label.

    Attributes:
      strides: of the pixels that are taken from the label, one map each.
      num_classes: C.
    """
    strides: Tuple[int, ...]
    num_classes: int

    def of(self, label: Any) -> Dict[str, Any]:
        """{key of a stride: float32 [..., C, h, w]} of a label, uint8 [..., H, W], in a graph."""
        grids = {stride: grid(stride) for stride in self.strides}
        return {map_key(stride): graph_maps(label[..., rows, rows], self.num_classes)
                for stride, rows in grids.items()}


def map_key(stride: int) -> str:
    """What a batch calls the maps of a stride."""
    return f"distances_{stride}"


def grid(stride: int) -> slice:
    """The rows, or columns, that stand for a stride: those nearest to the middle of each block."""
    return slice((stride - 1) // 2, None, stride)


def graph_maps(label: Any, num_classes: int) -> Any:
    """`distance_maps` in a graph: float32 [..., C, h, w] of a label, uint8 [..., h, w]."""
    maps = tf.numpy_function(functools.partial(distance_maps, num_classes=num_classes), [label],
                             tf.float32)
    *batch, height, width = label.shape.as_list()
    maps.set_shape(batch + [num_classes, height, width])
    return maps


def distance_maps(label: np.ndarray, num_classes: int) -> np.ndarray:
    """Signed Euclidean distances to the nearest pixel across the border of each class.

    Args:
      label: uint8 [..., h, w]; values from C on belong to no class.
      num_classes: C.

    Returns:
      float32 [..., C, h, w], pixels of the label: positive outside of a class (1 beside it),
      negative inside (-1 along its inner rim); 0 throughout for a class without a border, as it is
      nowhere or everywhere.
    """
    flat = label.reshape((-1,) + label.shape[-2:])
    maps = np.stack([_of_class(one, index) for one in flat for index in range(num_classes)])
    return maps.reshape(label.shape[:-2] + (num_classes,) + label.shape[-2:])


def _of_class(label, index):
    """float32 [h, w]: the map of one class."""
    inside = label == index
    if inside.all() or not inside.any():
        return np.zeros(label.shape, np.float32)
    distances = ndimage.distance_transform_edt(~inside)
    return (distances - ndimage.distance_transform_edt(inside)).astype(np.float32)
