"""What maps of several seeds have in common, and the file of their numbers."""
import dataclasses
from typing import TYPE_CHECKING, Iterator, List, Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module

if TYPE_CHECKING:
    from utils.evaluate.cam import Explained

stats = lazy_module("scipy.stats")

#: Rank correlation with other decoder weights below which a map passes the sanity test.
CHANGED = .5
#: Rank correlation between seeds below which their maps have little in common.
ALIKE = .5


@dataclasses.dataclass(frozen=True)
class SeedMaps:
    """The maps of S seeds.

    Attributes:
      maps: float32 [S, H, W], each divided by its greatest value; 0 where nothing raises the score.
      mean: float32 [H, W].
      sd: float32 [H, W], of a sample; None for a single seed.
      between: rank correlations of the layer's cells, one for each pair of seeds; NaN for a map
        without differences.
      redrawn: rank correlation of each seed's map with each that other decoder weights make:
        float64 [S, draws].
      empty: names of the runs in which nothing raises the score.
    """
    maps: np.ndarray
    mean: np.ndarray
    sd: "np.ndarray | None"
    between: np.ndarray
    redrawn: np.ndarray
    empty: Tuple[str, ...]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Computes Spearman's rho of two maps of one shape; NaN where one does not vary."""
    ranks = [stats.rankdata(np.round(np.ravel(values), 7)) for values in (one, other)]
    centred = [values - values.mean() for values in ranks]
    spread = np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum())
    return float((centred[0] * centred[1]).sum() / spread) if spread else float("nan")


def summarise(explained: "Explained") -> SeedMaps:
    """Puts the maps of all seeds together."""
    found = explained.maps
    maps = np.array([_normalised(own.values) for own in found])
    cells = [_normalised(own.cells) for own in found]
    between = [rank_correlation(cells[i], cells[j])
               for i in range(len(cells)) for j in range(i)]
    redrawn = [[rank_correlation(own, _normalised(other)) for other in one.redrawn]
               for own, one in zip(cells, found)]
    sd = maps.std(0, ddof=1) if len(maps) > 1 else None
    return SeedMaps(maps, maps.mean(0), sd, np.array(between), np.array(redrawn),
                    tuple(own.run for own in found if not own.values.any()))


def _normalised(values):
    greatest = values.max()
    return values / greatest if greatest > 0 else np.zeros_like(values)


def majority(predictions: Sequence[np.ndarray], num_classes: int) -> np.ndarray:
    """Finds the class that most seeds predict, of equals the first: uint8 [H, W]."""
    votes = [sum((own == label).astype(np.intp) for own in predictions)
             for label in range(num_classes)]
    return np.argmax(votes, 0).astype(np.uint8)


def kind(explained: "Explained") -> str:
    """Names what the maps are."""
    return ("class score map" if any(own.is_score_map for own in explained.maps)
            else "Seg-Grad-CAM")


def lines(explained: "Explained", found: SeedMaps) -> Iterator[str]:
    """Yields what a user is told."""
    first, seeds = explained.maps[0], len(explained.maps)
    pixels = sorted(int(own.mask.sum()) for own in explained.maps)
    yield (f"{explained.class_names[explained.label]}, {explained.target} "
           f"({_from_to(pixels)} pixel{'s' * (pixels[-1] > 1)}): {kind(explained)} at layer "
           f"{first.layer}, {seeds} run{'s' * (seeds > 1)}{_between(found.between)}")
    if kind(explained) == "class score map":
        yield (f"the score is linear in layer {first.layer}: the map is the class's own score map, "
               "wherever it is looked at, and no evidence of what the net attends to")
    if found.between.size and np.nan_to_num(found.between).mean() < ALIKE:
        yield ("the seeds' maps have little in common: what one of them shows is of that run, and "
               "no finding about the configuration")
    if explained.without:
        yield (f"{', '.join(explained.without)}: no such pixel is predicted; left out")
    if found.empty:
        yield f"{', '.join(found.empty)}: nothing in this layer raises the score; the map is 0"
    if found.redrawn.size:
        yield _sanity(found.redrawn)


def _between(between):
    if not between.size or np.isnan(between).all():
        return ""
    known = between[~np.isnan(between)]
    text = f"; rank correlation between seeds {known.mean():.2f}"
    return text + (f" ({known.min():.2f} to {known.max():.2f})" if len(known) > 1 else "")


def _sanity(redrawn):
    # A map without differences has no order that other weights could keep.
    known = np.nan_to_num(redrawn)
    text = (f"sanity: with other decoder weights the rank correlation is {known.mean():.2f} "
            f"({known.min():.2f} to {known.max():.2f}, {redrawn.shape[1]} draws in each run): ")
    if known.mean() < CHANGED:
        return text + "the map tells of what the decoder has learned"
    return text + (f"not below {CHANGED}, so the map hardly depends on what the decoder has "
                   "learned: read it as a picture of the feature extractor")


def _from_to(values: List[int]) -> str:
    return f"{values[0]}" if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def arrays(explained: "Explained", found: SeedMaps) -> "dict[str, np.ndarray]":
    """Returns what is stored beside the picture, by name: maps, mean, sd, masks, cells ..."""
    sd = found.sd if found.sd is not None else np.full_like(found.mean, np.nan)
    return dict(
        maps=found.maps, mean=found.mean, sd=sd, between=found.between, redrawn=found.redrawn,
        masks=np.array([own.mask for own in explained.maps]),
        predictions=np.array([own.prediction for own in explained.maps]),
        cells=np.array([own.cells for own in explained.maps]),
        runs=np.array([own.run for own in explained.maps]), layer=np.array(explained.maps[0].layer),
        label=np.array(explained.label), image=np.array(explained.name),
        kind=np.array(kind(explained)))
