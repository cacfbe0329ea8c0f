"""Statistics of how well a net's probabilities fit the label of an image. numpy only."""
import numpy as np

#: What `label_fit` returns in front of the losses of the classes.
FIT_COLUMNS = ("loss", "softmin", "mean", "low", "quantile")
#: Temperature of softmin: the smaller, the more the worst pixels count.
TEMPERATURE = .1
#: Probabilities below this one are low.
LOW = .1
#: The share of pixels that the quantile has below it.
QUANTILE = .05


def label_fit(loss: np.ndarray, label: np.ndarray, num_classes: int) -> np.ndarray:
    """Sums up the fit of an image's labelled pixels; s is the probability of a pixel's label.

    softmin is the mean of s weighted by softmax((1 - s) / T) (Lad & Mueller, arXiv 2307.05080,
    sec. 4): it is low where some labels look wrong.

    Args:
      loss: float32 [H, W], -log s in nats.
      label: uint8 [H, W]; values >= num_classes are ignored.
      num_classes: C.

    Returns:
      float32 [5 + C]: mean loss, softmin, mean of s, share of pixels with s below `LOW`, the
      quantile of s (the pixel of that rank), all NaN where nothing is labelled; then the sum of
      the losses over the pixels labelled as each class.
    """
    labelled = label < num_classes
    whole = labelled.all()
    loss, label = (loss.ravel(), label.ravel()) if whole else (loss[labelled], label[labelled])
    by_class = np.bincount(label, loss, num_classes)
    if not loss.size:
        return np.append(np.full(len(FIT_COLUMNS), np.nan), by_class).astype(np.float32)
    fit = np.exp(-loss)
    weight = np.exp((1 - fit) / np.float32(TEMPERATURE))
    rank = int(QUANTILE * (loss.size - 1))
    return np.append([by_class.sum() / loss.size, np.dot(fit, weight) / weight.sum(),
                      fit.mean(dtype=np.float64), np.count_nonzero(fit < LOW) / loss.size,
                      np.partition(fit, rank)[rank]], by_class).astype(np.float32)
