"""Runs an export beside the tested net: what differs, what that does to mIoU, how fast it is."""
import collections
import dataclasses
import statistics
import time
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from utils.export.formats.record import Net
from utils.measures.confusion import confusion_matrix, scores

#: An image to compare on: uint8 [H, W, 3]. label: uint8 [H, W] or None. prediction: the classes,
#: uint8 [H, W], that fcn_test.py gives it.
Sample = collections.namedtuple("Sample", "image label prediction")
_ROUNDS, _BATCHES = 5, 6


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How an export differs from the tested net.

    Attributes:
      images: compared.
      score_difference: the largest absolute difference of two scores; None where there are labels.
      score_range: the largest absolute score of the tested net; None likewise.
      pixels: share of the images' own pixels that have another class.
      miou, tested_miou: on these images, 0..1; None without labels.
      speed, tested_speed: images per second, the median of interleaved rounds.
      batch: images at once.
    """
    images: int
    score_difference: Optional[float]
    score_range: Optional[float]
    pixels: float
    miou: Optional[float]
    tested_miou: Optional[float]
    speed: float
    tested_speed: float
    batch: int

    @property
    def relative(self) -> Optional[float]:
        """`score_difference` as a share of the range; None for labels."""
        return None if self.score_range is None else self.score_difference / self.score_range


def compare(run: Net, tested: Any, surroundings: Any, samples: Sequence[Sample]) -> Comparison:
    """Compares an export with the tested net.

    The classes of the images' own pixels are compared with what fcn_test.py predicts. An export
    that gives the labels of a view, which are coarser, is compared with those of the tested net.

    Args:
      run: the loaded export.
      tested: the `TestedNet`.
      surroundings: the `Surroundings` of both.
      samples: at least one.
    """
    form, size = tested.form, tested.form.batch or 1
    batches = make_batches([surroundings.prepare(sample.image) for sample in samples], size)
    outputs, expected = _run_all(run, batches), _run_all(tested.run, batches)
    labels = _native_labels(outputs, surroundings, samples)
    coarse = form.input == "view" and form.output == "labels"
    truth = (_native_labels(expected, surroundings, samples) if coarse
             else [sample.prediction for sample in samples])
    speed, tested_speed = measure_speeds([run, tested.run], [inputs for _, inputs in batches])
    return Comparison(
        images=len(samples), batch=size, speed=speed, tested_speed=tested_speed,
        pixels=_share_of_pixels(labels, truth), miou=_miou(labels, samples, form.num_classes),
        tested_miou=_miou(truth, samples, form.num_classes), **_score_difference(outputs, expected))


def _run_all(net, batches):
    """Outputs in the samples' order."""
    found = {}
    for rows, inputs in batches:
        found.update(zip(rows, net(inputs)))
    return [found[row] for row in range(len(found))]


def _native_labels(outputs, surroundings, samples):
    return [surroundings.native_labels(output, sample.image.shape[:2])
            for output, sample in zip(outputs, samples)]


def make_batches(inputs: Sequence[np.ndarray], size: int) -> List[Tuple[List[int], np.ndarray]]:
    """Stacks inputs of one shape into batches.

    Returns:
      [(rows, batch)]; the last input of a batch is repeated up to `size`.
    """
    groups = collections.OrderedDict()
    for row, array in enumerate(inputs):
        groups.setdefault(array.shape, []).append(row)
    batches = []
    for rows in groups.values():
        for start in range(0, len(rows), size):
            part = rows[start:start + size]
            filled = part + part[-1:] * (size - len(part))
            batches.append((part, np.stack([inputs[row] for row in filled])))
    return batches


def measure_speeds(nets: Sequence[Net], batches: Sequence[np.ndarray]) -> List[float]:
    """Measures images per second of each net: the median of rounds in which they take turns."""
    batches = batches[:_BATCHES]
    images = sum(len(inputs) for inputs in batches)
    seconds = [[] for _ in nets]
    for _ in range(_ROUNDS):
        for times, net in zip(seconds, nets):
            begin = time.perf_counter()
            for inputs in batches:
                net(inputs)
            times.append(time.perf_counter() - begin)
    return [images / statistics.median(times) for times in seconds]


def _score_difference(outputs, expected):
    if outputs[0].dtype == np.uint8:
        return dict(score_difference=None, score_range=None)
    return dict(score_difference=max(float(np.abs(a - b).max())
                                     for a, b in zip(outputs, expected)),
                score_range=max(float(np.abs(b).max()) for b in expected))


def _share_of_pixels(labels, others):
    differing = sum(int((a != b).sum()) for a, b in zip(labels, others))
    return differing / sum(array.size for array in labels)


def _miou(predictions, samples, num_classes):
    if any(sample.label is None for sample in samples):
        return None
    return scores(sum(confusion_matrix(sample.label, labels, num_classes)
                      for sample, labels in zip(samples, predictions))).mean_iou
