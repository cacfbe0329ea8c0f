"""Estimates what a retraining would reach: means over seeds without the luck of the best.

The best of many measured means is the best partly by luck. Shrinking each towards what the others
scored takes that luck out on average (empirical Bayes; Morris, JASA 1983, for unequal standard
errors).
"""
import dataclasses
from typing import Sequence

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers

special = lazy_module("scipy.special")

#: Configurations below which nothing is known of how far true means spread.
FEWEST_CONFIGURATIONS = 4
#: (share of configurations that lie elsewhere than the bulk, its prior probability). Without such a
#: share a single collapsed configuration keeps the others from being shrunk; with a large one the
#: best of many equal ones is taken for one of those.
_OUTLYING = ((0.0, .5), (.05, .25), (.15, .25))
#: Variances of those, in variances of the bulk.
_WIDTHS = (16.0, 256.0, 4096.0)
#: Nodes of the centre and of the spread of the bulk.
_CENTRES, _SPREADS = 31, 24
#: Degrees of freedom that the variances of the other configurations are worth to one.
_PRIOR_DEGREES = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 1e6])
_VARIANCE_NODES = 80


@dataclasses.dataclass(frozen=True)
class Shrunken:
    """What is to be expected of K configurations, in the unit of the scores.

    Attributes:
      expected: [K] posterior means of the true means over seeds.
      seed_sds: [K] sd of one run's score of each, moderated by those of the others.
    """
    expected: np.ndarray
    seed_sds: np.ndarray


def expected_of_retraining(scores: Sequence[Numbers]) -> Shrunken:
    """Computes the posterior means of the true means over seeds of configurations of one test set.

    True means are taken to be normal around a centre, but for a share of outlying ones (a
    contaminated normal). Centre, spread (flat) and share are averaged over, not estimated: few
    configurations do not tell them. The mean of n runs has the variance of one run over n
    (`moderated_variances`), so that a single run is shrunk most.

    The best mean exceeds its true mean so much before and after, simulated, in sds over seeds (1000
    trials, standard error .01 to .02). 40 configurations of 5 runs with true sd .5: .64, .01. 8 of
    them: .44, .04. 4: .32, .08. One of 8 collapsed: .40, .07. 40 of 1 to 10 runs: 1.33, .04.

    It errs where true means are in two groups (.38, .29 for 8), and where a few lie far above the
    others. Of 40 with log-normal true means the best loses .24 too much (.37, -.24; root mean
    square .61, .59).

    Args:
      scores: K arrays, one score per run, 1 run or more each.

    Returns:
      `Shrunken`.

    Raises:
      ValueError: fewer than `FEWEST_CONFIGURATIONS`, or no two seeds of one that differ.
    """
    groups = [np.asarray(group, np.float64) for group in scores]
    if len(groups) < FEWEST_CONFIGURATIONS:
        raise ValueError(f"{len(groups)} configurations: expected {FEWEST_CONFIGURATIONS} or more")
    variances = moderated_variances(groups)
    means = np.array([group.mean() for group in groups])
    runs = np.array([len(group) for group in groups])
    return Shrunken(_posterior_means(means, variances / runs), np.sqrt(variances))


def moderated_variances(scores: Sequence[Numbers]) -> np.ndarray:
    """Computes the variance of one run's score of each configuration, [K].

    A configuration's own variance over its seeds is known from a few degrees of freedom only. It is
    averaged with the one of all, which counts as many degrees as the variances are alike, both by
    maximum likelihood (Smyth, Stat. Appl. Genet. Mol. Biol. 2004). A single run has the one of all.
    Pooling instead would let one collapsed run widen the noise of every configuration.

    Args:
      scores: K arrays, one score per run.

    Raises:
      ValueError: no configuration has two runs that differ.
    """
    degrees = np.array([len(group) - 1.0 for group in scores])
    own = np.array([np.var(group, ddof=1) if len(group) > 1 else 0.0 for group in scores])
    if not own.any():
        raise ValueError("no configuration has two runs that differ")
    of_all, worth = _prior_variance(own[degrees > 0], degrees[degrees > 0])
    return (worth * of_all + degrees * own) / (worth + degrees)


def _prior_variance(own, degrees):
    """Returns (variance of all, its degrees) under which own variances [G] are likeliest: own /
    variance follows F(degrees, its degrees)."""
    ends = np.median(own[own > 0]), (degrees * own).sum() / degrees.sum()
    variances = np.exp(np.linspace(np.log(min(ends)) - 3, np.log(max(ends)) + 1, _VARIANCE_NODES))
    own, degrees = own[:, np.newaxis, np.newaxis], degrees[:, np.newaxis, np.newaxis]
    scale = variances[:, np.newaxis] * _PRIOR_DEGREES
    fit = (special.gammaln((degrees + _PRIOR_DEGREES) / 2) - special.gammaln(_PRIOR_DEGREES / 2)
           - degrees / 2 * np.log(scale)
           - (degrees + _PRIOR_DEGREES) / 2 * np.log1p(degrees * own / scale)).sum(0)
    variance, worth = np.unravel_index(fit.argmax(), fit.shape)
    return variances[variance], _PRIOR_DEGREES[worth]


def _posterior_means(means, noise):
    """Means [K] shrunk, given the variances of their errors [K]."""
    centre, typical = np.median(means), np.median(noise)
    # Robust: one collapsed configuration does not move the nodes away from the bulk.
    reach = max(1.4826 * np.median(np.abs(means - centre)), .5 * np.sqrt(typical))
    centres = centre + np.linspace(-4, 4, _CENTRES) * reach / np.sqrt(len(means))
    spreads = np.linspace(0, 1, _SPREADS) ** 1.5 * 4 * max(reach, np.sqrt(typical))
    away = means[:, np.newaxis, np.newaxis] - centres[:, np.newaxis]
    noise, bulk = noise[:, np.newaxis, np.newaxis], spreads ** 2
    near, back = _component(away, noise, bulk)
    others = [_component(away, noise, width * (bulk + typical)) for width in _WIDTHS]
    far = sum(density for density, _ in others) / len(_WIDTHS)
    far_back = sum(density * step for density, step in others) / len(_WIDTHS)
    fits, steps = [], []
    for share, prior in _OUTLYING:
        density = np.maximum((1 - share) * near + share * far, np.finfo(float).tiny)
        fits.append(np.log(density).sum(0) + np.log(prior * np.gradient(spreads)))
        steps.append(((1 - share) * near * back + share * far_back) / density)
    weights = np.exp(np.array(fits) - np.max(fits))
    weights /= weights.sum()
    return means - sum((weight * step).sum((1, 2)) for weight, step in zip(weights, steps))


def _component(away, noise, variance):
    """Returns (density, step back towards the centre) of means `away` from it, where true ones have
    a variance."""
    total = noise + variance
    return np.exp(-away ** 2 / total / 2) / np.sqrt(total), away * noise / total
