"""`select`: which images to label next, beside what chance and even steps would choose."""
import dataclasses
import zlib
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.acquisition import every_nth, k_centre, k_means_start, noisy_top, top
from utils.explore.coverage import Coverage, cover, near_distance
from utils.explore.panel import Gallery, Panel, Pick
from utils.explore.pool import Pool
from utils.explore.uncertainty import gradients
from utils.registry import Parameter, Registry
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table

#: (pool, count, random, **parameters) -> int64 [count], places of images in the order of choice.
METHODS = Registry("method of selection")
#: The methods that every choice is compared with; draws of `random` that are averaged.
_BESIDE, _DRAWS = ("random", "every", "entropy", "bald", "kcentre", "badge"), 20
_NOISY = dict(
    beta=Parameter(1.0, "how far scores count against chance; the larger, the more", at_least=0),
    by=Parameter("rank", "what is drawn in proportion to: rank, 1 / rank ** beta; power, score ** "
                 "beta, which is next to chance where scores differ by little",
                 choices=("rank", "power")))


@METHODS.register("random")
def choose_randomly(pool: Pool, count: int, random: np.random.RandomState) -> np.ndarray:
    """Draws images by chance."""
    return random.permutation(len(pool.names))[:count]


@METHODS.register("every")
def choose_every_nth(pool: Pool, count: int, random: np.random.RandomState) -> np.ndarray:
    """Takes images at even steps of their names' order, within scenes where these are known."""
    return every_nth(pool.names, count, pool.scenes)


@METHODS.register("entropy", **_NOISY)
def choose_unsure(pool: Pool, count: int, random: np.random.RandomState,
                  beta: float, by: str) -> np.ndarray:
    """Draws images by the entropy of the seeds' mean probabilities."""
    return noisy_top(_weights(pool.entropy, by), count, beta, random)


@METHODS.register("bald", **_NOISY)
def choose_disputed(pool: Pool, count: int, random: np.random.RandomState,
                    beta: float, by: str) -> np.ndarray:
    """Draws images by how far the seeds disagree.

    Raises:
      UserError: a single run.
    """
    if len(pool.coarse) < 2:
        raise UserError("--method=bald: one run disagrees with none: give runs of several seeds, "
                        "or --method=entropy")
    return noisy_top(_weights(pool.disagreement, by), count, beta, random)


def _weights(scores, by):
    """Returns what images are drawn in proportion to: 1 / rank, equal ones by their order."""
    return scores if by == "power" else 1 / (1. + np.argsort(top(scores, len(scores))))


@METHODS.register("kcentre")
def choose_farthest(pool: Pool, count: int, random: np.random.RandomState) -> np.ndarray:
    """Takes each next image as the one least like all that are chosen or labelled."""
    return k_centre(pool.points, count, pool.start)


@METHODS.register("badge")
def choose_gradients(pool: Pool, count: int, random: np.random.RandomState) -> np.ndarray:
    """Draws images whose gradients are long and differ.

    Raises:
      UserError: no cells are stored.
    """
    if not all(own.cells.size for own in pool.features):
        raise UserError("--method=badge: the runs have no cells of stride 32 stored: give another "
                        "method")
    return k_means_start(gradients(pool.features, pool.coarse, random)[pool.rows], count, random)


@dataclasses.dataclass(frozen=True)
class Selection:
    """What `select` found.

    Attributes:
      chosen: int64 [n], places in the pool, in the order of choice.
      panel: tables and pictures, of the pool's images.
      names: what --subset takes: those labelled, then those chosen; of a folder those chosen.
      told: {word: value} for the head of a list.
    """
    chosen: np.ndarray
    panel: Panel
    names: Tuple[str, ...]
    told: Dict[str, Any]


def select(pool: Pool, count: int, method: str, seed: int) -> Selection:
    """Chooses images, and compares the choice with those of other methods.

    Args:
      count: how many.
      method: of `METHODS`, with its parameters.
      seed: of what is drawn.

    Raises:
      UserError: more images than there are, or the method does not work on these runs.
    """
    if count > len(pool.names):
        raise UserError(f"--n={count}: there are {len(pool.names)} images to choose from; expected "
                        "at most as many")
    choice = METHODS.choose(method)
    chosen = choice.entry(pool, count, _random(seed, choice), **choice.own)
    near = near_distance(pool)
    rows = [_row(choice.text, cover(pool, chosen, near), count, pool)]
    rows += [found for name in _BESIDE for found in [_beside(name, pool, chosen, near, seed)]
             if name != choice.name and found]
    table = _table(rows, near, pool)
    picks = tuple(Pick(int(place), _caption(pool, place)) for place in chosen)
    return Selection(chosen, Panel(Section(
        "select", f"{count} images to label next, of {len(pool.names)}",
        tuple(_verdict(choice.text, rows, pool)), (table,), remarks=pool.notes),
        (Gallery("Chosen", picks, "in the order of choice"),)),
        (() if pool.folder else pool.labelled) + tuple(pool.names[place] for place in chosen),
        dict(labelled_before=len(pool.labelled), chosen=count, alike_by=pool.layer))


def _random(seed, choice):
    """Returns a stream of random numbers of a method's own: two methods share no noise."""
    return np.random.RandomState([seed, zlib.crc32(choice.name.encode("utf-8"))])


def _beside(name, pool, chosen, near, seed) -> Optional[Dict]:
    """Returns the row of another method at its defaults; None where it does not work here."""
    other = METHODS.choose(name)
    draws = _DRAWS if name == "random" else 1
    try:
        sets = [other.entry(pool, len(chosen), _random(seed + draw, other), **other.own)
                for draw in range(draws)]
    except UserError:
        return None
    shared = np.mean([len(np.intersect1d(chosen, one)) for one in sets])
    title = f"{other.text}, mean of {draws}" if draws > 1 else other.text
    found = [dataclasses.astuple(cover(pool, one, near)) for one in sets]
    return _row(title, Coverage(*np.mean(found, 0)), shared, pool)


def _row(method, found: Coverage, shared, pool) -> Dict:
    return dict(dataclasses.asdict(found), method=method, shared=shared,
                scenes=found.scenes if pool.scenes is not None else None)


def _table(rows, near, pool) -> Table:
    columns = (Column("method", "method", keep=ALWAYS),
               Column("farthest", "farthest", "number", 3, keep=3),
               Column("mean", "mean distance", "number", 3, keep=4),
               Column("scenes", "scenes", "number", 1, shown=pool.scenes is not None, keep=2),
               Column("near", "near copies", "number", 1, keep=3),
               Column("entropy", "entropy", "number", 3),
               Column("disagreement", "disagreement", "number", 4, shown=len(pool.coarse) > 1),
               Column("shared", "shared", "number", 1, keep=2))
    chance = rows[0]["shared"] ** 2 / len(pool.names)
    return Table("select", "The choice beside others", columns, rows, (
        f"distance of an image to the nearest that is chosen or labelled, by {pool.layer} (0 for "
        "the same, 1.4 for nothing in common): of the farthest image, and the mean. near copies: "
        f"chosen images within {near:.3f} of another chosen or labelled one; half of all images "
        "have a neighbour so near. entropy, disagreement (BALD): nats, means of the chosen. "
        f"shared: images in common with the first row; {chance:.1f} by chance."))


def _caption(pool, place):
    own = f"entropy {pool.entropy[place]:.2f}"
    return own if pool.scenes is None else f"{pool.scenes[place]}, {own}"


def _verdict(method, rows: Sequence[Dict], pool) -> List[str]:
    """Says how the choice covers the pool, beside chance and even steps."""
    own = rows[0]
    others = [f"{row['mean']:.3f} with {row['method']}" for row in rows[1:3]]
    lines = [f"{method}: an image is {own['mean']:.3f} from the nearest chosen or labelled one in "
             f"the mean ({'; '.join(others)})." if others else f"{method}.",
             "Coverage is no accuracy: whether nets learn more from the choice, seeds of each "
             "list tell (fcn_report.py compare)."]
    if pool.labelled:
        lines.insert(1, f"{counted(len(pool.labelled), 'image')} are labelled already.")
    return lines
