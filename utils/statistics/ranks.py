"""Rank correlations of few items: exact p, and the interval for other items of their kind."""
import functools
import itertools
import math
from typing import Tuple

import numpy as np

from utils.statistics.arrays import Numbers, Seed
from utils.statistics.resampling import as_random

#: Up to so many items all orders are tried; of more, so many random ones.
MOST_ITEMS, _RANDOM_ORDERS = 8, 19999
#: Two correlations that differ by less are the same.
_ROUNDING = 1e-9
#: Samples of items behind an interval, steps of the search for each end, and where it begins.
_DRAWS, _STEPS, _FARTHEST = 10000, 12, 4.0


def ranks(values: np.ndarray) -> np.ndarray:
    """Computes ranks along the last axis, from .5 to K - .5; ties share their mean."""
    return ((values[..., :, np.newaxis] > values[..., np.newaxis, :]).sum(-1)
            + .5 * (values[..., :, np.newaxis] == values[..., np.newaxis, :]).sum(-1))


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Computes Spearman's rho along the last axis, of arrays that broadcast: [...]; NaN where x or
    y does not vary."""
    a, b = [ranks(np.asarray(one, np.float64)) - np.shape(one)[-1] / 2 for one in (x, y)]
    return _ratio((a * b).sum(-1), (a * a).sum(-1) * (b * b).sum(-1))


def kendall(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Computes Kendall's tau-b along the last axis, of arrays that broadcast: [...]; NaN where x or
    y does not vary."""
    a, b = [np.sign(np.subtract(np.asarray(one, np.float64)[..., :, np.newaxis],
                                np.asarray(one, np.float64)[..., np.newaxis, :]))
            for one in (x, y)]
    return _ratio((a * b).sum((-2, -1)), (a * a).sum((-2, -1)) * (b * b).sum((-2, -1)))


def _ratio(products, squares):
    products, squares = np.broadcast_arrays(products, squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return products / np.sqrt(squares)


def permutation_p(x: Numbers, y: Numbers, seed: Seed = 0) -> Tuple[float, float]:
    """Tests that the order of x says nothing about the order of y, over all orders of the K items.

    Two-sided; exact up to `MOST_ITEMS` items, random orders of more.

    Returns:
      (p of Spearman's rho, p of Kendall's tau); NaN where x or y does not vary.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    orders, added = _orders(len(x), seed)
    found = []
    for correlation in (spearman, kendall):
        own = float(correlation(x, y))
        if math.isnan(own):
            found.append(np.nan)
            continue
        hits = (np.abs(correlation(x, y[orders])) >= abs(own) - _ROUNDING).sum()
        found.append(float((hits + added) / (len(orders) + added)))
    return found[0], found[1]


def _orders(count, seed):
    """Returns (orders of so many items [n, count], 1 where they are a random choice)."""
    if count <= MOST_ITEMS:
        return _all_orders(count), 0
    return as_random(seed).random_sample((_RANDOM_ORDERS, count)).argsort(1), 1


@functools.lru_cache(maxsize=None)
def _all_orders(count):
    return np.array(list(itertools.permutations(range(count))))


def least_p(count: int) -> float:
    """Returns the smallest two-sided p that the order of so many items can have: 2 / K!."""
    return min(2 / math.factorial(count), 1.0)


def fewest_items(level: float = .95) -> int:
    """Counts the items whose perfect order has a p below 1 - level; 5 for .95."""
    return next(count for count in itertools.count(2) if least_p(count) < 1 - level)


def over_open_orders(x: Numbers, below: np.ndarray) -> Tuple[Tuple[float, float],
                                                            Tuple[float, float]]:
    """Finds what the correlation with x can be, where the order of the items is known in part.

    All orders are tried up to `MOST_ITEMS` items. Of more, the ends are those of orders that take
    the lowest, or the highest, x first wherever the known part allows; they may miss a little.

    Args:
      x: [K].
      below: bool [K, K], whether the first item is known to be below the second; without a circle.

    Returns:
      ((low, high) of Spearman's rho, (low, high) of Kendall's tau); NaN where x does not vary.
    """
    x = np.asarray(x, np.float64)
    if len(x) <= MOST_ITEMS:
        places, _ = _orders(len(x), 0)
        kept = np.ones(len(places), bool)
        for low, high in zip(*np.nonzero(below)):
            kept &= places[:, low] < places[:, high]
        places = places[kept]
    else:
        places = np.array([_greedy(x, below), _greedy(-x, below)])
    rho, tau = spearman(x, places), kendall(x, places)
    return (float(rho.min()), float(rho.max())), (float(tau.min()), float(tau.max()))


def _greedy(x, below):
    """Returns places [K] that rise with x as far as the known order allows."""
    places, waiting = np.zeros(len(x), int), list(range(len(x)))
    for place in range(len(x)):
        ready = [item for item in waiting if not below[waiting, item].any()]
        chosen = min(ready, key=lambda item: x[item])
        places[chosen] = place
        waiting.remove(chosen)
    return places


@functools.lru_cache(maxsize=4096)
def for_other_items(rho: float, count: int, level: float = .95) -> Tuple[float, float]:
    """Computes the interval of Spearman's rho over the population that K items were drawn from.

    The items are taken for a random sample of pairs whose dependence is that of a bivariate normal;
    the values may have any distribution, as only ranks count. The ends are those populations in
    which a sample of K items has rho or more, or rho or less, with chance (1 - level) / 2 (Clopper
    & Pearson's construction, 1934). It is wide for few items, as it should be: at no correlation it
    agrees with the permutation test.

    Args:
      rho: of the sample.
      count: K, 3 or more.

    Returns:
      (low, high).
    """
    tail = (1 - level) / 2
    low = -1.0 if rho <= -1 + _ROUNDING else _end(rho, count, tail, 1)
    high = 1.0 if rho >= 1 - _ROUNDING else _end(rho, count, tail, -1)
    return low, high


def _end(rho, count, tail, sign):
    """Searches the population in which samples beyond rho have chance `tail`.

    Args:
      sign: 1 for the lower end, of samples of rho and more.
    """
    random = np.random.RandomState(0)
    x = np.tile(np.sort(random.standard_normal((_DRAWS, count))), (2, 1))
    own = random.standard_normal((_DRAWS, count))
    own = np.concatenate([own, -own])  # so that the interval of -rho is the mirrored one
    steps = np.arange(count) - (count - 1) / 2
    low, high = -_FARTHEST, _FARTHEST  # of Fisher's z of the normal's correlation
    for _ in range(_STEPS):
        middle = (low + high) / 2
        r = math.tanh(middle)
        # x rises along a row: the sum of products of ranks is that of places and their order.
        order = np.argsort(r * x + math.sqrt(1 - r * r) * own, axis=1) - (count - 1) / 2
        drawn = order @ steps / (steps @ steps)
        beyond = (sign * drawn >= sign * rho - _ROUNDING).mean()
        # The chance of samples at rho and above rises with r, of those below falls.
        if (beyond > tail) == (sign > 0):
            high = middle
        else:
            low = middle
    # Of a bivariate normal: Kruskal, JASA 1958, (5.5).
    return 6 / math.pi * math.asin(math.tanh((low + high) / 2) / 2)
