"""The three mean IoUs, each as a score of per-image numbers that add up. numpy only.

Every statistic of this package resamples images. That is cheap for a score of a sum over
images: a thousand resamples are one matrix product. mIoU_D needs 3 C numbers of each image (hits,
true and predicted pixels), not its whole confusion matrix.

Which mean: Wang et al., Revisiting Evaluation Metrics for Semantic Segmentation, arXiv 2310.19252.
A class enters where it occurs in the truth, so all runs are averaged over the same classes.
"""
import dataclasses
from typing import Callable

import numpy as np

from utils.measures.confusion import class_iou, mean_of_present


@dataclasses.dataclass(frozen=True)
class Metric:
    """A score made of sums over images. Call it with matrices [..., N, C, C] -> float64 [...].

    Attributes:
      name: key in `METRICS`.
      title: as printed.
      parts: matrices [..., N, C, C] -> float64 [..., N, P], what is summed over images.
      score: sums [..., P] -> float64 [...], a fraction 0..1; NaN without a labelled pixel.
    """
    name: str
    title: str
    parts: Callable
    score: Callable

    def __call__(self, matrices):
        return self.score(self.parts(matrices).sum(-2))


def _ratio(part, whole):
    """Divides part by whole; NaN where whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def _parts_d(matrices):
    """Hits, true and predicted pixels of each class: [..., N, 3 C]."""
    matrices = np.asarray(matrices)
    return np.concatenate([np.diagonal(matrices, axis1=-2, axis2=-1), matrices.sum(-1),
                           matrices.sum(-2)], axis=-1).astype(np.float64)


def _score_d(sums):
    classes = sums.shape[-1] // 3
    hit, truth, predicted = (sums[..., part * classes:(part + 1) * classes] for part in range(3))
    return mean_of_present(np.where(truth > 0, _ratio(hit, truth + predicted - hit), np.nan))


def _parts_i(matrices):
    """Returns mean IoU of each image and 1; zeros for an image without labels: [..., N, 2]."""
    means = mean_of_present(class_iou(matrices))
    return np.stack([np.nan_to_num(means), ~np.isnan(means)], axis=-1).astype(np.float64)


def _score_i(sums):
    return _ratio(sums[..., 0], sums[..., 1])


def _parts_c(matrices):
    """Returns IoU of each class and 1; zeros where it does not occur: [..., N, 2 C]."""
    iou = class_iou(matrices)
    return np.concatenate([np.nan_to_num(iou), ~np.isnan(iou)], axis=-1).astype(np.float64)


def _score_c(sums):
    classes = sums.shape[-1] // 2
    return mean_of_present(_ratio(sums[..., :classes], sums[..., classes:]))


miou_d = Metric("miou_d", "mIoU_D (summed over images, then mean over classes)",
                _parts_d, _score_d)
miou_i = Metric("miou_i", "mIoU_I (mean over the classes of an image, then over images)",
                _parts_i, _score_i)
miou_c = Metric("miou_c", "mIoU_C (mean over the images of a class, then over classes)",
                _parts_c, _score_c)
METRICS = {metric.name: metric for metric in (miou_d, miou_i, miou_c)}


def check_matrices(matrices: np.ndarray, dimensions: int) -> np.ndarray:
    """Returns the array, if it is [..., N, C, C] of so many dimensions.

    Raises:
      ValueError: another shape, or no image.
    """
    matrices = np.asarray(matrices)
    if matrices.ndim != dimensions or matrices.shape[-1] != matrices.shape[-2]:
        raise ValueError("confusion matrices are {}, expected [{}C, C]".format(
            list(matrices.shape), {3: "N, ", 4: "runs, N, "}.get(dimensions, "..., N, ")))
    if matrices.shape[-3] == 0:
        raise ValueError(f"no image: confusion matrices are {list(matrices.shape)}")
    return matrices


def check_same_test_set(a: np.ndarray, b: np.ndarray) -> None:
    """Raises a ValueError unless both arrays of matrices have the same images N and classes C."""
    if a.shape[-3:] != b.shape[-3:]:
        raise ValueError("the two were tested on {} images of {} classes and on {} of {}: "
                         "expected the same test set".format(*a.shape[-3:-1] + b.shape[-3:-1]))


def presence(matrices: np.ndarray) -> np.ndarray:
    """Tells which classes occur in the truth of each image: bool [..., N, C]."""
    return np.asarray(matrices).sum(-1) > 0


def rare_classes(matrices: np.ndarray, fewer_than: int = 30) -> np.ndarray:
    """Lists the classes that occur in at least one but few of the images [N, C, C]."""
    images = presence(matrices).sum(0)
    return np.flatnonzero((images > 0) & (images < fewer_than))
