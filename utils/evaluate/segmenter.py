"""A net that segments records and images: a `Predictor` fed from a `RecordStream`, or by hand."""
import dataclasses
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from utils.checkpoints.restore import Coverage
from utils.data.resize import letterbox
from utils.data.split import Split
from utils.evaluate.predictor import Predictor
from utils.evaluate.record_stream import RecordStream
from utils.machine import usable_cpus


@dataclasses.dataclass(frozen=True)
class Item:
    """One predicted record.

    Attributes:
      index: its place in the split.
      name: "" in records of raw pixels.
      image: uint8 [H, W, 3], or None where not asked for.
      label, prediction: uint8 [H, W].
      outputs: {output: its value} of all that was fetched, "classes" among them.
      shared: what observers have computed of it, for each other (`observers.shared.once`).
    """
    index: int
    name: str
    image: Optional[np.ndarray]
    label: np.ndarray
    prediction: np.ndarray
    outputs: Dict[str, np.ndarray]
    shared: Dict[Any, Any] = dataclasses.field(default_factory=dict)


class Segmenter:
    """Segments records and images; weights come from `restore`.

    The net sees each image letterboxed to `size` (or as it is). Its logits are interpolated
    bilinearly back to every pixel of the image, and the greatest wins. What the letterbox adds is
    never looked at.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> a `NetOutput`, or logits
        [N, H, W, C].
      num_classes: C, at most 255.
      size: (height, width) that the net works at, or None for each image's own.
      threads: threads that decode the input; 0 for one per core.
      letterbox: how an image is fitted into `size`, as `utils.data.resize.letterbox`.
    """

    def __init__(self, build_net: Callable[..., Any], num_classes: int,
                 size: Optional[Tuple[int, int]], threads: int = 0,
                 letterbox: Callable[..., Any] = letterbox) -> None:
        self.num_classes, self.size = num_classes, size
        self.predictor = Predictor(build_net, num_classes, size, letterbox)
        self._threads = threads or usable_cpus()
        self._streams: Dict[Tuple[Any, ...], RecordStream] = {}

    def restore(self, checkpoint: str) -> Coverage:
        """Loads weights; see `Predictor.restore`."""
        return self.predictor.restore(checkpoint)

    def predict(self, images: Sequence[np.ndarray]) -> List[np.ndarray]:
        """Segments images.

        Args:
          images: list of uint8 [H, W, 3] arrays, RGB, of any sizes.

        Returns:
          list of uint8 [H, W] class indices.
        """
        elements = ({"view": self.predictor.view(image), "size": image.shape[:2]}
                    for image in images)
        return [found["classes"] for _, found in self.predictor.predicted(elements, len(images))]

    def predictions(self, split: Split, batch_size: int = 8,
                    chosen: Optional[Sequence[int]] = None, images: bool = True,
                    outputs: Sequence[str] = ()) -> Iterator[Item]:
        """Segments records, in their order; one such iteration over a split at a time.

        Where the net sees images at their own sizes, images of one size form batches. For that it
        holds `predictor.LOOK_AHEAD_BYTES` of images at most.

        Args:
          split: the records.
          batch_size: images that the net sees at once. Results do not depend on it, but for single
            pixels where two logits are equal up to rounding (TF 2.x, batches of one).
          chosen: increasing indices of the records wanted; None for all.
          images: whether to hand over the images too.
          outputs: what to fetch beside the classes: choices of `outputs.OUTPUTS`.

        Yields:
          `Item`s.

        Raises:
          UserError: a record cannot be read, or the net has no such output.
        """
        elements = self._stream(split, images).elements(self.predictor.session, chosen)
        names = tuple(dict.fromkeys(("classes",) + tuple(outputs)))
        for element, found in self.predictor.predicted(elements, batch_size, names):
            yield Item(int(element["index"]), element["name"].decode("utf-8", "replace"),
                       element.get("image"), element["label"], found["classes"], found)

    def _stream(self, split, images):
        key = split.files, split.raw_pixels, images
        if key not in self._streams:
            with self.predictor.graph.as_default():
                self._streams[key] = RecordStream(split, self.predictor.prepare, self._threads,
                                                  images)
        return self._streams[key]
