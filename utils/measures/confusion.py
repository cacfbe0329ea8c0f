"""Confusion matrices and the scores that are computed from them. numpy only.

A matrix is int64 [C, C]: rows are the truth, columns the prediction. It is kept per image, summed
over images, and divided once. So mIoU is that of the whole split, as VOC and Cityscapes define it
(mIoU_D in Wang et al., arXiv 2310.19252).
"""
import dataclasses

import numpy as np


def confusion_matrix(truth: np.ndarray, prediction: np.ndarray, num_classes: int) -> np.ndarray:
    """Counts the pixels of one image by true and predicted class.

    Stretches of one pair of classes are counted at once.

    Args:
      truth: uint8 array; values >= num_classes are ignored.
      prediction: uint8 array of the same shape, values < num_classes.
      num_classes: C, at most 255.

    Returns:
      int64 [C, C], rows truth, columns prediction.

    Raises:
      ValueError: shapes differ, or a prediction is no class.
    """
    truth, prediction = np.asarray(truth), np.asarray(prediction)
    if truth.shape != prediction.shape:
        raise ValueError(f"truth is {truth.shape}, prediction is {prediction.shape}: expected "
                         "equal shapes")
    if prediction.size and prediction.max() >= num_classes:
        raise ValueError(f"a prediction of class {prediction.max()}, expected less than "
                         f"{num_classes}")
    # Ignored pixels fall into an extra row, which is cheaper than masking them.
    row = np.minimum(truth, num_classes).astype(np.uint16)
    cells = (row * np.uint16(num_classes) + prediction.astype(np.uint16)).ravel()
    starts = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])[:cells.size])
    lengths = np.diff(np.append(starts, cells.size))
    counts = np.bincount(cells[starts], lengths, minlength=(num_classes + 1) * num_classes)
    return counts[:num_classes * num_classes].reshape(num_classes, num_classes).astype(np.int64)


def _ratio(part, whole):
    """Divides part by whole in float64; NaN where whole is 0."""
    whole = np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def class_iou(matrices: np.ndarray) -> np.ndarray:
    """Computes intersection over union of each class.

    Args:
      matrices: [..., C, C].

    Returns:
      float64 [..., C]; NaN for a class without a true pixel, whatever was predicted: so the set of
      classes that enter a mean depends on the data alone, and two nets are averaged over the same.
    """
    truth, predicted, hit = _margins(matrices)
    iou = _ratio(hit, truth + predicted - hit)
    return np.where(truth > 0, iou, np.nan)


def _margins(matrices):
    """Returns (true pixels, predicted pixels, hits) of each class, each [..., C]."""
    matrices = np.asarray(matrices)
    return (matrices.sum(-1), matrices.sum(-2), np.diagonal(matrices, axis1=-2, axis2=-1))


def mean_of_present(values: np.ndarray) -> np.ndarray:
    """Averages [..., C] -> [...] without NaN; NaN where nothing is left."""
    values = np.asarray(values, np.float64)
    present = ~np.isnan(values)
    return _ratio(np.where(present, values, 0.0).sum(-1), present.sum(-1))


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a confusion matrix says, as fractions 0..1.

    Attributes:
      mean_iou, mean_accuracy: means over the classes that occur in the truth.
      pixel_accuracy: share of labelled pixels that are right.
      iou, precision, recall: float64 [C]; NaN where undefined: iou and recall of a class without a
        true pixel, precision of one that was never predicted.
      pixels: int64 [C], true pixels.
    """
    mean_iou: float
    pixel_accuracy: float
    mean_accuracy: float
    iou: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    pixels: np.ndarray


def scores(matrix: np.ndarray) -> Scores:
    """Returns the `Scores` of one matrix [C, C] (sum those of many images first)."""
    truth, predicted, hit = _margins(matrix)
    iou, recall = class_iou(matrix), _ratio(hit, truth)
    return Scores(
        mean_iou=float(mean_of_present(iou)), pixel_accuracy=float(_ratio(hit.sum(), truth.sum())),
        mean_accuracy=float(mean_of_present(recall)), iou=iou, precision=_ratio(hit, predicted),
        recall=recall, pixels=truth)
