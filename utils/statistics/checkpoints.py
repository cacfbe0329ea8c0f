"""The freeze point: how much the choice of the checkpoint moves a score, and what picking costs."""
import dataclasses

import numpy as np

from utils.statistics.components import detrend, lag1_correlation
from utils.statistics.intervals import SeedSummary, summarise


@dataclasses.dataclass(frozen=True)
class FreezePoint:
    """The last M kept checkpoints of S runs, on validation and test.

    Attributes:
      steps: [M] iterations.
      sd_validation, sd_test: [S] plain sd over the checkpoints of each run.
      pooled_validation, pooled_test: root of the mean variance over runs.
      lag1_validation, lag1_test: correlation of neighbours around the trend; of independent
        checkpoints -2 / M on average. Where it is clearly above (`components.pooled_lag1`),
        neighbours hang together: picking gains less than among so many independent ones, and
        removing the trend removes a part of the noise.
      picked: [S] index of the checkpoint that is best on validation (the earliest of equals).
      gain_validation, gain_test: `SeedSummary` of picked minus the mean checkpoint.
      optimism: `SeedSummary` of gain_validation - gain_test: what validation promised in vain.
      loss: `SeedSummary` of the best test score among the checkpoints minus the picked one's. That
        best is itself a maximum of noise, so some loss remains even for a perfect choice.
      picked_minus_last_validation, picked_minus_last_test: `SeedSummary` of picking against
        stopping at the end.
      correlation: of validation and test over a run's checkpoints, pooled; NaN without spread.
    """
    steps: np.ndarray
    sd_validation: np.ndarray
    sd_test: np.ndarray
    pooled_validation: float
    pooled_test: float
    lag1_validation: float
    lag1_test: float
    picked: np.ndarray
    gain_validation: SeedSummary
    gain_test: SeedSummary
    optimism: SeedSummary
    loss: SeedSummary
    picked_minus_last_validation: SeedSummary
    picked_minus_last_test: SeedSummary
    correlation: float


def freeze_point(validation: np.ndarray, test: np.ndarray, steps: np.ndarray,
                 level: float = .95) -> FreezePoint:
    """Compares keeping the best checkpoint on validation with any and with the last.

    Args:
      validation, test: [S, M] scores of the same checkpoints, in order; M >= 3.
      steps: [M] their iterations.

    Returns:
      `FreezePoint`.

    Raises:
      ValueError: shapes differ, or fewer than 3 checkpoints.
    """
    validation, test = np.asarray(validation, np.float64), np.asarray(test, np.float64)
    steps = np.asarray(steps)
    if (validation.ndim != 2 or validation.shape != test.shape
            or validation.shape[1:] != steps.shape or len(steps) < 3):
        raise ValueError("validation is {}, test {}, steps {}: expected [S, M], [S, M], [M], "
                         "M >= 3".format(*[list(a.shape) for a in (validation, test, steps)]))
    picked = validation.argmax(1)
    best = {name: scores[np.arange(len(picked)), picked]
            for name, scores in (("validation", validation), ("test", test))}
    gain_validation, gain_test = (best["validation"] - validation.mean(1),
                                  best["test"] - test.mean(1))
    return FreezePoint(
        steps=steps, sd_validation=validation.std(1, ddof=1), sd_test=test.std(1, ddof=1),
        pooled_validation=_pooled(validation), pooled_test=_pooled(test),
        lag1_validation=lag1_correlation(detrend(validation)[0]),
        lag1_test=lag1_correlation(detrend(test)[0]), picked=picked,
        gain_validation=summarise(gain_validation, level), gain_test=summarise(gain_test, level),
        optimism=summarise(gain_validation - gain_test, level),
        loss=summarise(test.max(1) - best["test"], level),
        picked_minus_last_validation=summarise(best["validation"] - validation[:, -1], level),
        picked_minus_last_test=summarise(best["test"] - test[:, -1], level),
        correlation=_correlation(validation, test))


def _pooled(scores):
    return float(np.sqrt(scores.var(1, ddof=1).mean()))


def _correlation(a, b):
    """Correlates a and b within rows, pooled over them."""
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    scale = np.sqrt((a ** 2).sum() * (b ** 2).sum())
    # Below that it is rounding.
    return float((a * b).sum() / scale) if scale > 1e-24 else np.nan
