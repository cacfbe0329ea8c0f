"""Scores over seeds of known distribution, and tests of them that share no code with the tool.

All arrays are [trials, runs]. The tests are scipy's, or numpy written from the papers: where the
tool's rate and theirs differ, one of them is wrong.
"""
import warnings
from typing import Any, Tuple

import numpy as np
from scipy import stats


def draw(random: np.random.RandomState, trials: int, runs: int, sd: Any = 1.0,
         shape: str = "normal", shift: Any = 0.0) -> np.ndarray:
    """Scores [trials, runs] of mean `shift` and that sd.

    Args:
      shape: "normal"; "lognormal", of skewness 2.3; "two levels", nine seeds of ten near one value
        and one of ten 3.3 sds below; "heavy", Student's t with 5 degrees of freedom; "rounded",
        normal to whole sds, so that runs often score alike.
    """
    size = (trials, runs)
    if shape == "normal":
        values = random.standard_normal(size)
    elif shape == "lognormal":
        values = random.lognormal(0.0, .6, size)
        values = (values - np.exp(.18)) / np.sqrt((np.exp(.36) - 1) * np.exp(.36))
    elif shape == "two levels":
        low, near = random.random_sample(size) < .1, .1 * random.standard_normal(size)
        values = (np.where(low, -.9, .1) + near) / np.sqrt(.1)
    elif shape == "heavy":
        values = random.standard_t(5, size) / np.sqrt(5 / 3)
    elif shape == "rounded":
        values = np.round(random.standard_normal(size))
    else:
        raise ValueError(shape)
    return shift + sd * values


def welch(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Welch's p of each trial, by scipy, which warns of scores that are all alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return stats.ttest_ind(a, b, axis=1, equal_var=False)[1]


def pooled(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """p of Student's t with the pooled variance of each trial, by scipy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return stats.ttest_ind(a, b, axis=1)[1]


def welch_parts(a: np.ndarray, b: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(difference, variances of the two means, degrees of freedom) of each trial."""
    parts = [scores.var(1, ddof=1) / scores.shape[1] for scores in (a, b)]
    degrees = sum(parts) ** 2 / sum(part ** 2 / (scores.shape[1] - 1)
                                    for part, scores in zip(parts, (a, b)))
    return a.mean(1) - b.mean(1), parts, degrees


def degrees_of_the_fewer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """p of Welch's t with the degrees of freedom of the fewer runs (Hsu 1938)."""
    difference, parts, _ = welch_parts(a, b)
    return 2 * stats.t.sf(np.abs(difference) / np.sqrt(sum(parts)),
                          min(a.shape[1], b.shape[1]) - 1)


def behrens_fisher_cut(a: np.ndarray, b: np.ndarray, level: float = .05) -> np.ndarray:
    """Half widths of the Behrens-Fisher interval by Cochran's mixture of the two t quantiles."""
    _, parts, _ = welch_parts(a, b)
    cuts = [stats.t.ppf(1 - level / 2, scores.shape[1] - 1) for scores in (a, b)]
    return sum(cut * part for cut, part in zip(cuts, parts)) / np.sqrt(sum(parts))
