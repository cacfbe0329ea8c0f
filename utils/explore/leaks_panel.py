"""`leaks`: near duplicates of training in other splits, scene by scene, and what they score."""
import collections
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.cluster_rows import TRAINING
from utils.explore.leaks import QUANTILE, Leaks, find_leaks, layer_words, score_of_parts
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.files import write_text
from utils.report.common import counted, spanned
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table
from utils.statistics.intervals import t_interval

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Pairs that a page shows side by side, and those that a terminal lists.
_PAIRS, _MOST_SHOWN = 8, 10
#: Scenes of training from which on the threshold flags few images of other scenes (3 % of 20
#: simulated scenes, 2 % of 100, where 1 % is meant; 7 % of 10, 26 % of 3).
_ENOUGH_SCENES = 20
#: Scenes that a row names.
_SCENES = 3
_WARNING = ("That is no measure of memory alone: images with near duplicates are of other scenes "
            "than those without, and may be easier or harder. Compare within a scene where both "
            "occur, or train without the duplicates (--out=ids.txt, --subset).")


def leaks_panel(whole: "Exploration", splits: Sequence[str],
                layer: str = "") -> Tuple[Panel, List[Leaks]]:
    """Looks for near duplicates of training images.

    Args:
      whole: the images of all splits, those of training among them.
      splits: which to look at; training for duplicates within it.
      layer: as in `find_leaks`.

    Returns:
      (the panel, the leaks of each of the splits).

    Raises:
      UserError: nothing is extracted, or too few images.
    """
    found = [find_leaks(whole, split, layer) for split in splits]
    text = [line for one, split in zip(found, splits) for line in _text(whole, one, split)]
    remarks = [_WARNING] if any(one.leaked.any() for one in found) else []
    tables = (_scores(whole, found, splits), _pairs(whole, found, splits))
    return Panel(
        Section("leaks", "Near duplicates of training", tuple(text), tables,
                remarks=tuple(remarks + _of_lists(found) + [_about(found[0])]
                              + _few_scenes(whole, found[0]))),
        tuple(_gallery(whole, one, split) for one, split in zip(found, splits)),
        (_column(whole, found),), splits=",".join(dict.fromkeys([*splits, TRAINING]))), found


def _about(leaks: Leaks) -> str:
    text = (f"Distance: 1 - cosine of {layer_words(leaks)}, less their mean over training; mean "
            "over seeds.")
    if leaks.thresholds is None:
        return text
    return text + (" The threshold is the distance below which {:g} % of the training images have "
                   "one of another scene: {}.".format(100 * QUANTILE, ", ".join(
                       f"{one:.3f}" for one in leaks.thresholds)))


def _of_lists(found: List[Leaks]) -> List[str]:
    """Says what counts as training for runs of --subset."""
    counts = [int(count) for one in found for count in one.compared.sum(1)
              if not one.compared.all()]
    return [f"The runs trained on {spanned(counts)} of {len(found[0].training)} training images "
            "(--subset): these alone count as training here. The threshold, and what --out "
            "leaves out, are of all of them."] if counts else []


def _few_scenes(whole, leaks: Leaks) -> List[str]:
    """Warns where the threshold rests on few scenes."""
    if leaks.thresholds is None:
        return []
    count = len(set(whole.scenes[leaks.training]))
    return [f"The threshold is of {count} scenes of training. Below {_ENOUGH_SCENES} it tends to "
            "be too wide: few scenes tell little of how near two can be. Look how many images of a "
            "scene that is not in training it flags."] if count < _ENOUGH_SCENES else []


def _text(whole, leaks: Leaks, split) -> List[str]:
    if leaks.thresholds is None:
        return [f"{split}: no threshold. It comes from the distances between scenes of training, "
                "which --cluster takes from the names: two scenes or more. The nearest pairs are "
                "listed, and none is called a duplicate."]
    seeds, leaked = len(leaks.distance), leaks.leaked
    where = "another training image" if split == TRAINING else (
        "a training image" if leaks.compared.all() else "an image that the run trained on")
    lines = [f"{split}: {int(leaked.sum())} of {counted(len(leaked), 'image')} "
             f"({100 * leaked.mean():.0f} %) are near duplicates of {where}"
             + (f", in more than half of {seeds} seeds." if seeds > 1 else ", in one run.")]
    one, other = _means(score_of_parts(whole.matrices[:, leaks.images], leaked))
    if one is not None and other is not None and split != TRAINING:
        lines.append(f"{split}: mIoU {100 * one:.1f} % on them, {100 * other:.1f} % on the others "
                     "(classes that occur in both).")
    return lines


def _means(parts) -> Tuple[Optional[float], ...]:
    return tuple(None if np.isnan(part).all() else float(part.mean()) for part in parts)


def _scores(whole, found: List[Leaks], splits) -> Table:
    rows = [row for leaks, split in zip(found, splits) for row in _score_rows(whole, leaks, split)]
    columns = (
        Column("split", "split", keep=ALWAYS), Column("scene", "scene", keep=ALWAYS),
        Column("images", "images", "count"), Column("leaked", "near duplicates", "count", keep=0),
        Column("share", "near duplicates", "percent", 0, keep=ALWAYS),
        Column("seeds", "in each seed", keep=0), Column("distance", "median distance", "number", 2),
        Column("nearest", "nearest are of"), Column("miou_leaked", "mIoU of them", "percent"),
        Column("miou_others", "of the others", "percent"),
        Column("difference", "difference", "points", keep=2),
        Column("interval", "its interval", "points_interval", of="difference"))
    return Table("leaks", "Near duplicates of training images, by scene", columns, rows,
                 "mIoU: of the summed matrices, over the classes that occur in both parts, mean "
                 f"over seeds. interval: {100 * whole.study.options.level:g} % over seeds, of "
                 "these very images.")


def _score_rows(whole, leaks: Leaks, split) -> List[Dict[str, object]]:
    """Makes a row of the split, and one of each of its scenes."""
    scenes = whole.scenes
    rows = [_row(whole, leaks, split, "all", np.ones(len(leaks.images), bool))]
    if scenes is None:
        return rows
    own = scenes[leaks.images]
    return rows + [_row(whole, leaks, split, scene, own == scene) for scene in np.unique(own)]


def _row(whole, leaks: Leaks, split, scene, chosen) -> Dict[str, object]:
    leaked, known = leaks.leaked[chosen], leaks.thresholds is not None
    parts = score_of_parts(whole.matrices[:, leaks.images[chosen]], leaked)
    one, other = _means(parts)
    row = dict(split=split, scene=scene, images=int(chosen.sum()),
               distance=float(np.median(leaks.mean_distance[chosen])),
               nearest=_scenes_of(whole, leaks.nearest[chosen]))
    if known:
        each = (leaks.distance[:, chosen] < leaks.thresholds[:, np.newaxis]).mean(1)
        row.update(leaked=int(leaked.sum()), share=float(leaked.mean()),
                   seeds=" ".join(f"{100 * value:.0f} %" for value in each))
    if one is not None and other is not None:
        row.update(miou_leaked=one, miou_others=other, difference=one - other,
                   interval=t_interval(parts[0] - parts[1], whole.study.options.level))
    return row


def _scenes_of(whole, images) -> str:
    """Names the scenes of images, the most frequent first."""
    if whole.scenes is None:
        return ""
    found = collections.Counter(whole.scenes[images].tolist())
    most = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:_SCENES]
    return ", ".join(f"{name} {count}" for name, count in most)


def _pairs(whole, found: List[Leaks], splits) -> Table:
    rows = []
    for leaks, split in zip(found, splits):
        leaked, seeds, each = leaks.leaked, leaks.seeds, leaks.pair_seeds
        for place in np.argsort(leaks.mean_distance, kind="stable"):
            rows.append(dict(
                split=split, image=whole.names[leaks.images[place]],
                training=whole.names[leaks.nearest[place]],
                distance=float(leaks.mean_distance[place]), **_held(leaks, each[place]),
                seeds_any=int(seeds[place]), leaked="yes" if leaked[place] else "no"))
    columns = (Column("split", "split"), Column("image", "image", keep=ALWAYS),
               Column("training", "nearest training image", keep=ALWAYS),
               Column("distance", "distance", "number", 3, keep=2),
               Column("held", "seeds"), Column("leaked", "near duplicate", keep=0),
               Column("seeds_any", "seeds with any", "count", shown=False))
    return Table("leak_pairs", "Images and their nearest training images", columns, rows,
                 "The nearest first. seeds: in how many this very pair is nearer than the "
                 "threshold. CSV and JSON have all images.", first=_MOST_SHOWN)


def _held(leaks: Leaks, seeds) -> Dict[str, str]:
    return {} if leaks.thresholds is None else dict(held=f"{int(seeds)}/{len(leaks.distance)}")


def _gallery(whole, leaks: Leaks, split) -> Gallery:
    """Shows the nearest pairs, each image before its training image."""
    picks: List[Pick] = []
    for place in np.argsort(leaks.mean_distance, kind="stable")[:_PAIRS]:
        image, other = int(leaks.images[place]), int(leaks.nearest[place])
        picks += [Pick(image), Pick(other, f"its nearest, {leaks.mean_distance[place]:.2f}")]
    return Gallery(f"Nearest pairs of {split} and training", tuple(picks),
                   f"An image of {split}, then its nearest training image with their distance.")


def _column(whole, found: List[Leaks]) -> ImageColumn:
    values = np.full(len(whole.names), np.nan)
    for leaks in found:
        values[leaks.images] = leaks.mean_distance
    return ImageColumn("distance to training", values, "of the nearest training image, 1 - cosine")


def write_kept(path: str, whole: "Exploration", found: Sequence[Leaks],
               splits: Sequence[str]) -> str:
    """Writes the names of the training images without near duplicates in the splits.

    Args:
      path: of the file, which `fcn_train.py --subset` reads.

    Returns:
      What was written, in a line.

    Raises:
      UserError: no threshold, or no image is left.
    """
    if any(one.thresholds is None for one in found):
        raise UserError(f"--out={path}: without a threshold no image is a near duplicate: give "
                        "--cluster, which names two scenes of training or more")
    leaked = np.any([one.leaked_training for one in found], axis=0)
    names = [whole.names[place] for place in found[0].training[~leaked]]
    if not names:
        raise UserError(f"--out={path}: all {len(leaked)} training images have near duplicates in "
                        f"{' or '.join(splits)}: none is left")
    write_text(path, "\n".join([f"# training images without near duplicates in "
                                f"{', '.join(splits)}", *names]) + "\n")
    return f"{path}: {len(names)} of {len(leaked)} training images"
