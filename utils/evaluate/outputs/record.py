"""What an output reads and returns, and the registry of outputs."""
from typing import Any, Dict, NamedTuple, Optional, Tuple

import numpy as np

from utils.data.resize import letterbox_box
from utils.registry import Registry
from utils.tf_compat import as_written, tf

OUTPUTS = Registry("output")
#: Feature extractors see sides that are multiples of this: zeros are added at the far ends.
COARSEST = 32


class Seen:
    """A batch of views and the net's answer, in the graph.

    Args:
      net: a `NetOutput` for the N views.
      sizes: int32 [N, 2], height and width of the images that the views show.
      view_size: (height, width) of the letterbox, or None where views are the images themselves.
      num_classes: C.
      labels: uint8 [N, H, W] at the images' own sizes, padded with 255 to the greatest. An output
        that reads them says so (`PerImage.labelled`).
    """

    def __init__(self, net: Any, sizes: Any, view_size: Optional[Tuple[int, int]],
                 num_classes: int, labels: Any = None) -> None:
        self.net, self.sizes, self.view_size = net, sizes, view_size
        self.num_classes, self.labels = num_classes, labels
        self._made: Dict[str, Any] = {}

    @property
    def boxes(self) -> Any:
        """Where the images stand in their views: int32 [N, 4], top, left, height, width."""
        return self._once("boxes", self._boxes)

    @property
    def softmax(self) -> Any:
        """The probabilities at the net's own scale: float32 [N, h, w, C]."""
        return self._once("softmax", lambda: tf.nn.softmax(self.net.logits))

    def _once(self, name, make):
        """Builds a part of the graph when it is asked for first."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _boxes(self):
        if self.view_size is None:
            return tf.concat([tf.zeros_like(self.sizes), self.sizes], axis=1)
        return tf.map_fn(as_written(lambda size: letterbox_box(size, *self.view_size)[1]),
                         self.sizes, back_prop=False)


class Pixels(NamedTuple):
    """Values at the images' own pixels: [N, H, W, ...], H and W the greatest of the batch.

    Attributes:
      labelled: whether they were made of labels.
    """
    values: Any
    labelled: bool = False

    def of(self, found: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Returns one image's values, without what pads them to the greatest size."""
        return found[:size[0], :size[1]]


class PerImage(NamedTuple):
    """One value for each image: [N, ...].

    Attributes:
      labelled: whether they were made of labels.
    """
    values: Any
    labelled: bool = False

    def of(self, found: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Returns one image's value."""
        return found
