"""A net that segments records and images: a `Predictor` fed from a `RecordStream`, or by hand."""
import dataclasses
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from utils.checkpoints.restore import Coverage
from utils.data.resize import letterbox
from utils.data.split import Split
from utils.evaluate.predictor import Predictor
from utils.evaluate.record_stream import RecordStream
from utils.evaluate.refinement import PLAIN, Refinement
from utils.evaluate.several_views import SeveralViews
from utils.machine import usable_cpus
from utils.measures.small_regions import without_small_regions


@dataclasses.dataclass(frozen=True)
class Item:
    """One predicted record.

    Attributes:
      index: its place among the records of the split.
      name: "" in records of raw pixels.
      image: uint8 [H, W, 3], or None where not asked for.
      label: uint8 [H, W], or None for images without.
      prediction: uint8 [H, W], without small regions where the segmenter takes these away.
      outputs: {output: its value} of all that was fetched, "classes" among them.
      instances: uint16 [H, W], as `utils.data.instances`; None where not asked for, or where the
        records do not tell objects apart.
      shared: what observers have computed of it, for each other (`observers.shared.once`).
    """
    index: int
    name: str
    image: Optional[np.ndarray]
    label: Optional[np.ndarray]
    prediction: np.ndarray
    outputs: Dict[str, np.ndarray]
    instances: Optional[np.ndarray] = None
    shared: Dict[Any, Any] = dataclasses.field(default_factory=dict)


class Segmenter:
    """Segments records and images; weights come from `restore`.

    The net sees each image letterboxed to `size` (or as it is). Its logits are interpolated
    bilinearly back to every pixel of the image, and the greatest wins. What the letterbox adds is
    never looked at. With several views of an image, their mean probability is what wins.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> a `NetOutput`, or logits
        [N, H, W, C].
      num_classes: C, at most 255.
      size: (height, width) that the net works at, or None for each image's own.
      threads: threads that decode the input; 0 for one per core.
      letterbox: how an image is fitted into `size`, as `utils.data.resize.letterbox`.
      refinement: which views of an image, and below which area a region is given to the class
        around it. Windows are of images at their own size.
    """

    def __init__(self, build_net: Callable[..., Any], num_classes: int,
                 size: Optional[Tuple[int, int]], threads: int = 0,
                 letterbox: Callable[..., Any] = letterbox,
                 refinement: Refinement = PLAIN) -> None:
        self.num_classes, self.size = num_classes, None if refinement.window else size
        several = refinement.several_views
        self.predictor = Predictor(build_net, num_classes, None if several else size, letterbox)
        self._predicted = SeveralViews(self.predictor, self.size, num_classes, refinement,
                                       letterbox).predicted if several else self.predictor.predicted
        self._min_area = refinement.min_area
        self._threads = threads or usable_cpus()
        self._streams: Dict[Tuple[Any, ...], RecordStream] = {}

    def restore(self, checkpoint: str) -> Coverage:
        """Loads weights; see `Predictor.restore`."""
        return self.predictor.restore(checkpoint)

    def predict(self, images: Sequence[np.ndarray], batch_size: int = 0) -> List[np.ndarray]:
        """Segments images.

        Args:
          images: list of uint8 [H, W, 3] arrays, RGB, of any sizes.
          batch_size: images, or windows of one, that the net sees at once; 0 for as many as there
            are images.

        Returns:
          list of uint8 [H, W] class indices.
        """
        elements = ({"view": self.predictor.view(image), "size": image.shape[:2]}
                    for image in images)
        return [self._cleaned(found["classes"])
                for _, found in self._predicted(elements, batch_size or len(images))]

    def predictions(self, split: Split, batch_size: int = 8,
                    chosen: Optional[Sequence[int]] = None, images: bool = True,
                    outputs: Sequence[str] = (), instances: bool = False) -> Iterator[Item]:
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
          instances: whether to hand over the instances too, where the split has them.

        Yields:
          `Item`s.

        Raises:
          UserError: a record cannot be read, or the net has no such output.
        """
        elements = self._stream(split, images, instances and split.has_instances).elements(
            self.predictor.session, split.places(chosen))
        for element, found in self._predicted(elements, batch_size, _fetched(outputs)):
            yield Item(int(element["index"]), element["name"].decode("utf-8", "replace"),
                       element.get("image"), element["label"], self._cleaned(found["classes"]),
                       found, element.get("instances"))

    def segment(self, images: Iterable[Tuple[str, np.ndarray]], batch_size: int = 8,
                outputs: Sequence[str] = ()) -> Iterator[Item]:
        """Segments named images, in their order, with outputs beside the classes.

        Args:
          images: (name, uint8 [H, W, 3]) pairs.
          batch_size, outputs: as of `predictions`.

        Yields:
          `Item`s without a label.
        """
        elements = ({"index": index, "name": name, "image": image, "size": image.shape[:2],
                     "view": self.predictor.view(image)}
                    for index, (name, image) in enumerate(images))
        for element, found in self._predicted(elements, batch_size, _fetched(outputs)):
            yield Item(element["index"], element["name"], element["image"], None,
                       self._cleaned(found["classes"]), found)

    def close(self) -> None:
        """Gives the memory of its session back; nothing can be segmented afterwards."""
        self.predictor.session.close()

    def _cleaned(self, classes):
        if not self._min_area:
            return classes
        return without_small_regions(classes, self.num_classes, self._min_area)

    def _stream(self, split, images, instances):
        key = split.files, split.raw_pixels, images, instances
        if key not in self._streams:
            with self.predictor.graph.as_default():
                self._streams[key] = RecordStream(split, self.predictor.prepare, self._threads,
                                                  images, instances)
        return self._streams[key]


def _fetched(outputs: Sequence[str]) -> Tuple[str, ...]:
    """Returns the outputs to fetch, each once, the classes first."""
    return tuple(dict.fromkeys(("classes",) + tuple(outputs)))
