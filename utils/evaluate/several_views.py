"""Predicts from several views of an image: scales, mirrored, windows; as `Predictor` from one."""
import itertools
from concurrent import futures
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy as np

from utils.data.resize import letterbox
from utils.errors import UserError
from utils.evaluate.native_size import interpolated
from utils.evaluate.predictor import RUNS_AT_ONCE, Predictor
from utils.evaluate.refinement import Refinement
from utils.evaluate.view_mean import Part, ViewMean
from utils.evaluate.views import scaled_view
from utils.evaluate.windows import Axis, whole_axis, window_axes
from utils.ordered import run_ahead
from utils.tf_compat import tf


class _Batch(NamedTuple):
    """Views of one image that go through the net together.

    Attributes:
      place: of the image, among all.
      element: the image's, as of `Predictor.predicted`.
      views: float32 [K, h, w, 3].
      axes: (rows, columns) of each, `Axis`.
    """
    place: int
    element: Dict[str, Any]
    views: np.ndarray
    axes: Sequence[Tuple[Axis, Axis]]


class SeveralViews:
    """Predicts the class of the greatest mean probability over views of an image.

    Each view's logits are interpolated at the image's own pixels. The mean is over their softmax,
    as in DeepLab's tests at several scales (tensorflow/models, research/deeplab/model.py,
    `predict_labels_multi_scale`). Windows are weighted (`utils.evaluate.windows`).

    Args:
      predictor: the net, with size None: it takes views of any size.
      size: (height, width) that images are fitted into at scale 1; None for their own.
      num_classes: C.
      refinement: which views.
      letterbox: how an image is fitted into `size`, as `utils.data.resize.letterbox`.
    """

    def __init__(self, predictor: Predictor, size: Optional[Tuple[int, int]], num_classes: int,
                 refinement: Refinement, letterbox: Callable[..., Any] = letterbox) -> None:
        self._predictor, self._refinement = predictor, refinement
        self._num_classes = num_classes
        with predictor.graph.as_default():
            self._image = tf.placeholder(tf.uint8, [None, None, 3])
            self._scaled = [scaled_view(self._image, scale, size, letterbox, refinement.flip)
                            for scale in refinement.scales]
            self._logits = tf.placeholder(tf.float32, [None, None, num_classes])
            self._axes = [(tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None]),
                           tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None]))
                          for _ in range(2)]
            rows, columns = self._axes
            weights = rows[3][:, tf.newaxis, tf.newaxis] * columns[3][:, tf.newaxis]
            self._weighted = weights * tf.nn.softmax(
                interpolated(self._logits, rows[:3], columns[:3]))

    def predicted(self, elements: Iterable[Dict[str, Any]], batch_size: int,
                  outputs: Sequence[str] = ("classes",)
                  ) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
        """Runs the net on all views; yields (element, {"classes": uint8 [H, W]}) in their order.

        The next views are computed while the last ones are added up; one image at a time is.

        Args:
          elements: dicts that have view, the image itself, uint8 [H, W, 3].
          batch_size: windows that the net sees at once. An image and its mirror image always go
            together.
          outputs: only the classes are known.

        Raises:
          UserError: another output.
        """
        require_classes_alone(outputs)
        batches = (batch for place, element in enumerate(elements)
                   for batch in self._batches(place, element, batch_size))
        with futures.ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            found = run_ahead(pool, lambda batch: self._predictor.logits(batch.views), batches,
                              RUNS_AT_ONCE)
            for _, of_image in itertools.groupby(found, lambda pair: pair[0].place):
                yield self._classes(of_image)

    def _classes(self, of_image):
        """Returns (element, {"classes": ...}) from the (batch, logits) of one image."""
        mean = element = None
        for batch, logits in of_image:
            element = batch.element
            mean = mean or ViewMean(element["view"].shape[:2], self._num_classes,
                                    self._probabilities)
            mean.add([Part(one, *axes) for one, axes in zip(logits, batch.axes)])
        return element, {"classes": mean.classes()}

    def _probabilities(self, logits: np.ndarray, rows: Axis, columns: Axis) -> np.ndarray:
        """Returns the weighted softmax at an image's own pixels."""
        fed = {self._logits: logits}
        for placeholders, axis in zip(self._axes, (rows, columns)):
            fed.update(zip(placeholders, axis[1:]))
        return self._predictor.session.run(self._weighted, fed)

    # ---- views ----

    def _batches(self, place, element, batch_size):
        """Yields the `_Batch`es of an image."""
        for scaled in self._scaled:
            pixels, rows, columns = self._predictor.session.run(
                tuple(scaled), {self._image: element["view"]})
            both = [columns, [values[::-1] for values in columns]][:len(pixels)]
            if self._refinement.window is None:
                yield _Batch(place, element, pixels,
                             [(whole_axis(rows), whole_axis(one)) for one in both])
                continue
            cut = self._cut(pixels, rows, both)
            for first in range(0, len(cut), batch_size):
                views, axes = zip(*cut[first:first + batch_size])
                yield _Batch(place, element, np.stack(views), axes)

    def _cut(self, pixels, rows, both) -> List[Tuple[np.ndarray, Tuple[Axis, Axis]]]:
        """Returns the windows of a view and its mirror image, with their axes."""
        sides = list(zip(pixels.shape[1:3], self._refinement.window, self._refinement.overlap))
        return [(view[down, across], (row, column))
                for view, columns in zip(pixels, both)
                for down, row in window_axes(rows, *sides[0])
                for across, column in window_axes(columns, *sides[1])]


def require_classes_alone(outputs: Sequence[str], of: str = "") -> None:
    """Raises a `UserError` where an output is more than the classes.

    Args:
      outputs: choices of `OUTPUTS`.
      of: who reads them, "--observe=features".
    """
    others = [output for output in outputs if output != "classes"]
    if others:
        raise UserError(f"{of or others[0]} is of one view of an image, but --scales, --flip and "
                        "--window take several: leave it out, or test without them")
