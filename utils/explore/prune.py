"""`prune`: which training images to leave out, and what that takes from scenes and classes."""
import dataclasses
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.agreement import layer_units
from utils.explore.exploration import Exploration
from utils.explore.kmeans import k_means
from utils.explore.layers import principal
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.explore.pool import TRAINING, labelled_places, mean_kernel_points
from utils.explore.semdedup import drop_alike, likeness_to_earlier, shares_of_groups
from utils.registry import Parameter, Registry
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table

#: (exploration, places of images [N], how many to keep, random, **parameters) -> `Kept`.
METHODS = Registry("method of pruning")
#: Images of a cluster where the number of clusters is not given.
_IMAGES_OF_CLUSTER = 25
#: A class loses more than its share from this difference on.
_MORE = .05
#: Images left out that a terminal and a page show.
_MOST_SHOWN = 24
_CLUSTERS = Parameter(0, f"how many clusters; 0 for one for each {_IMAGES_OF_CLUSTER} images",
                      at_least=0)
_SCORE = Parameter("error", "error: mean over pixels of the sum of |p - y| over classes (as EL2N, "
                   "Paul et al. 2021); loss: cross entropy", choices=("error", "loss"))


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a method keeps.

    Attributes:
      kept: bool [N].
      score: float64 [N], by which images are left out, the greatest first; None for none.
      note: what was found on the way; "" for nothing.
    """
    kept: np.ndarray
    score: Optional[np.ndarray] = None
    note: str = ""


@METHODS.register("random")
def keep_randomly(exploration: Exploration, places: np.ndarray, keep: int,
                  random: np.random.RandomState) -> Kept:
    """Keeps images by chance."""
    kept = np.zeros(len(places), bool)
    kept[random.permutation(len(places))[:keep]] = True
    return Kept(kept)


@METHODS.register("semdedup", clusters=_CLUSTERS,
                  order=Parameter("hard", "which image of a pair stays: hard the one less like its "
                                  "cluster, easy the other", choices=("hard", "easy")))
def keep_unlike(exploration: Exploration, places: np.ndarray, keep: int,
                random: np.random.RandomState, clusters: int, order: str) -> Kept:
    """Leaves out the images most alike to another one of their cluster."""
    points, found = _clustered(exploration, places, clusters)
    likeness = likeness_to_earlier(points, found, order == "easy")
    kept, eps = drop_alike(likeness, keep)
    tied = int((~kept & ~(likeness > 1 - eps)).sum())
    return Kept(kept, likeness, f"eps {eps:.4f}: images with a cosine above {1 - eps:.4f} with an "
                f"earlier one of their cluster are left out ({len(found.centres)} clusters)"
                + (f", and {tied} of those at that cosine" if tied else ""))


@METHODS.register("armbench", clusters=_CLUSTERS, groups=Parameter(
    3, "subgroups of a cluster, by the distance from its centre", at_least=1))
def keep_shares(exploration: Exploration, places: np.ndarray, keep: int,
                random: np.random.RandomState, clusters: int, groups: int) -> Kept:
    """Keeps the same share of each ring of each cluster."""
    points, found = _clustered(exploration, places, clusters)
    return Kept(shares_of_groups(points, found, keep, groups, random), None,
                f"{counted(len(found.centres), 'cluster')} of {counted(groups, 'subgroup')}")


@METHODS.register("easy", score=_SCORE)
def keep_easy(exploration: Exploration, places: np.ndarray, keep: int,
              random: np.random.RandomState, score: str) -> Kept:
    """Keeps the images that the nets find easiest; those without a labelled pixel go first."""
    return _by_score(_scores(exploration, score)[places], keep)


@METHODS.register("hard", score=_SCORE)
def keep_hard(exploration: Exploration, places: np.ndarray, keep: int,
              random: np.random.RandomState, score: str) -> Kept:
    """Keeps the images that the nets find hardest; those without a labelled pixel go first."""
    return _by_score(-_scores(exploration, score)[places], keep)


def _scores(exploration, score):
    """Returns the mean over seeds of an image's error or loss: float64 [N]; NaN for no label."""
    if score == "loss":
        return exploration.loss.mean(0)
    return np.mean([2 * (1 - found.mean.astype(np.float64)) for found in exploration.image_scores],
                   0)


def _by_score(score, keep):
    score = np.where(np.isnan(score), np.inf, score)
    kept = np.zeros(len(score), bool)
    kept[np.argsort(score.round(9), kind="stable")[:keep]] = True
    return Kept(kept, score)


def _clustered(exploration, places, clusters):
    """Returns (points [N, D] whose inner products are cosines, `Partition`)."""
    points = mean_kernel_points([own[places] for own in layer_units(exploration)])
    count = clusters or max(1, round(len(places) / _IMAGES_OF_CLUSTER))
    if count > len(places):
        raise UserError(f"clusters={count}: there are {len(places)} images; expected at most as "
                        "many")
    label = k_means(principal(points), count).label
    label = np.unique(label, return_inverse=True)[1].reshape(-1)
    centres = np.array([points[label == one].mean(0) for one in range(label.max() + 1)])
    return points, dataclasses.replace(k_means(points[:1], 1), label=label, centres=centres)


@dataclasses.dataclass(frozen=True)
class Pruning:
    """What `prune` found.

    Attributes:
      names: of the images that are kept, in the order of the split.
      panel: what is left of classes and scenes.
      told: {word: value} for the head of a list.
    """
    names: Tuple[str, ...]
    panel: Panel
    told: Dict[str, Any]


def prune(exploration: Exploration, labelled: str, share: float, method: str,
          seed: int) -> Pruning:
    """Chooses which training images to keep.

    Args:
      exploration: of the training split.
      labelled: file of names of the images that count; "" for those that the runs were trained on.
      share: of them, to be kept, 0..1.
      method: of `METHODS`, with its parameters.
      seed: of what is drawn.

    Raises:
      UserError: another split than training.
    """
    if exploration.split != TRAINING:
        raise UserError(f"prune: leaving out images of the {exploration.split} split is a leak: "
                        "scores would be of what was kept; expected --split=training")
    places = labelled_places(exploration, labelled)[0] or list(range(len(exploration.names)))
    keep, choice = max(1, round(share * len(places))), METHODS.choose(method)
    found = choice.entry(exploration, np.asarray(places), keep, np.random.RandomState(seed),
                         **choice.own)
    kept = np.zeros(len(exploration.names), bool)
    kept[np.asarray(places)[found.kept]] = True
    asked = np.zeros(len(kept), bool)
    asked[places] = True
    names = tuple(name for name, own in zip(exploration.names, kept) if own)
    return Pruning(names, _panel(exploration, asked, kept, found, places, choice.text),
                   dict(kept=int(kept.sum()), of=len(places)))


def _panel(exploration, asked, kept, found, places, method):
    classes = _class_rows(exploration, asked, kept)
    tables = [_table("prune_classes", "class", "images with it", classes)]
    if exploration.scenes is not None:
        tables.append(_table("prune_scenes", "scene", "images", _scene_rows(
            exploration.scenes, asked, kept)))
    state = np.where(kept, "kept", np.where(asked, "left out", "not asked"))
    gone = [place for place, own in zip(places, found.kept) if not own]
    if found.score is not None:
        score = dict(zip(places, found.score.tolist()))
        gone = sorted(gone, key=lambda place: -score[place])
    shown = tuple(Pick(int(place)) for place in gone[:_MOST_SHOWN])
    first = f"{method} keeps {kept.sum()} of {asked.sum()} images" + (
        f"; {found.note}." if found.note else ".")
    return Panel(Section("prune", "Images to leave out", (first, *_lost(classes, kept, asked)),
                         tuple(tables), remarks=_remarks(method)),
                 (Gallery("Left out", shown),) if shown else (), (ImageColumn("pruned", state),))


def _remarks(method):
    lines = ["Whether nets learn as much from what is left, seeds of both lists tell "
             "(fcn_report.py compare)."]
    if method.split(":")[0] in ("easy", "hard"):
        lines.append("Scores are of images that the runs may have been trained on: memorised ones "
                     "count as easy. Hard images and wrong labels look the same here.")
    return tuple(lines)


def _class_rows(exploration, asked, kept) -> List[Dict]:
    """Returns a row for each class that images have: how many, and which share of pixels stays."""
    pixels = exploration.matrices[0].sum(-1)
    rows = []
    for index, name in enumerate(exploration.class_names):
        whole, left = (pixels[chosen, index] for chosen in (asked, kept))
        if whole.sum():
            rows.append(dict(name=name, before=int((whole > 0).sum()), left=int((left > 0).sum()),
                             share=float(left.sum() / whole.sum())))
    return rows


def _scene_rows(scenes, asked, kept) -> List[Dict]:
    rows = []
    for name in sorted(set(scenes[asked].tolist())):
        before, left = (int((scenes[chosen] == name).sum()) for chosen in (asked, kept))
        rows.append(dict(name=name, before=before, left=left, share=left / before))
    return rows


def _table(name, what, count, rows) -> Table:
    columns = (Column("name", what, keep=ALWAYS), Column("before", f"{count}, before", "count"),
               Column("left", "left", "count", keep=3), Column("share", "share left", "percent",
                                                               keep=4))
    note = "share left: of the class's pixels." if what == "class" else ""
    return Table(name, f"What is left, by {what}", columns, rows, note)


def _lost(classes, kept, asked) -> List[str]:
    """Names the classes that are lost, and those that lose more than their share."""
    lines, share = [], kept.sum() / asked.sum()
    lost = [row["name"] for row in classes if not row["left"]]
    more = [f"{row['name']} ({100 * row['share']:.0f} % left)" for row in classes
            if row["left"] and row["share"] < share - _MORE]
    if lost:
        lines.append(f"LOST: no image that is kept has {', '.join(lost)}: nets will not learn it.")
    if more:
        lines.append(f"Classes that lose more than their share ({100 * share:.0f} % of the images "
                     f"stay): {', '.join(more)}.")
    return lines or ["No class loses more than its share."]
