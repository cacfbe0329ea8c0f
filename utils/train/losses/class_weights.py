"""The weights of classes in losses, as --class_weights says."""
from typing import Sequence

import numpy as np

from utils.errors import UserError
from utils.values import parse_number


def class_weights(text: str, frequencies: Sequence[float]) -> np.ndarray:
    """The weights that `--class_weights` asks for.

    Args:
      text: "none"; "enet" or "enet:K", 1 / ln(K + p) with K = 1.02 (Paszke et al., ENet,
        arXiv 1606.02147, section 5.2); "median", median(p) / p (Eigen and Fergus, arXiv 1411.4734,
        section 6.3.2); or C numbers with commas between them.
      frequencies: float [C], the share p of each class among the labelled training pixels.

    Returns:
      float32 [C].

    Raises:
      UserError: for anything else, and where "median" meets a class that never occurs.
    """
    kind, _, constant = text.partition(":")
    p = np.asarray(frequencies, np.float64)
    if text == "none":
        return np.ones(len(p), np.float32)
    if text == "median":
        if not p.all():
            raise UserError(f"--class_weights=median: class {int(np.argmin(p))} never occurs in "
                            "the training split: choose enet")
        return (np.median(p) / p).astype(np.float32)
    try:
        if kind == "enet":
            base = parse_number(constant or "1.02")
            if base <= 1:
                raise ValueError
            return (1 / np.log(base + p)).astype(np.float32)
        weights = [parse_number(word) for word in text.split(",")]
    except ValueError:
        raise UserError(f"--class_weights: got {text!r}, expected none, enet, enet:K with K > 1, "
                        f"median, or {len(p)} numbers with commas between them") from None
    return _given_weights(text, weights, len(p))


def _given_weights(text, weights, count):
    """The weights of `count` classes that were written down; a UserError for those that are no
    weights."""
    if len(weights) != count:
        raise UserError(f"--class_weights={text}: got {len(weights)} numbers, expected {count}, "
                        "one for each class")
    if min(weights) < 0:
        raise UserError(f"--class_weights={text}: got {min(weights):g} for class "
                        f"{weights.index(min(weights))}, expected 0 or more")
    if not max(weights):
        raise UserError(f"--class_weights={text}: every class has weight 0, so that nothing would "
                        "be learned: give at least one more")
    return np.array(weights, np.float32)
