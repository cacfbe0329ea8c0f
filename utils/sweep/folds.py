"""Folds of the training images: runs that leave each image out, so that its label can be judged.

    folds: 5                  # each configuration is trained 5 times, on the other folds
    cluster: "^([^_]*)_"      # whole scenes stay together

Each fold has a file of the names to train on, as --subset takes it, in the folder of the sweep. The
same images always give the same folds.
"""
import dataclasses
import os
from typing import Any, Dict, List, Sequence

import numpy as np

from utils.data.record_files import read_examples, split_files
from utils.errors import UserError
from utils.files import write_text
from utils.report.clusters import clusters_of, compile_cluster

FOLDER = "folds"
MOST = 100


@dataclasses.dataclass(frozen=True)
class Folds:
    """How training images are divided.

    Attributes:
      count: of the folds; 0 for none.
      cluster: pattern that takes the scene from an image's name; "" for single images.
    """
    count: int = 0
    cluster: str = ""


def make_folds(folds: Any, cluster: Any, configurations: Sequence[Dict[str, Any]],
               looks: Any = None, screen: Any = None) -> Folds:
    """Makes the `Folds` out of the parts of a sweep file.

    Raises:
      UserError: a part is not what it should be, or does not go with folds.
    """
    if folds is None:
        if cluster:
            raise UserError("cluster: there are no folds: give folds: 5 too, or leave it out")
        return Folds()
    if isinstance(folds, bool) or not isinstance(folds, int) or not 2 <= folds <= MOST:
        raise UserError(f"folds: got {folds!r}, expected a whole number from 2 to {MOST}")
    for name, given in (("looks", looks), ("screen", screen)):
        if given is not None:
            raise UserError(f"{name}: folds are given too, which are not compared: leave one of "
                            "them out")
    if any("subset" in one or not one.get("datapath") for one in configurations):
        raise UserError("folds: every configuration takes a --datapath and no --subset: folds are "
                        "subsets of its training images")
    compile_cluster(cluster or "")
    return Folds(folds, cluster or "")


def fold_configurations(folds: Folds, configurations: Sequence[Dict[str, Any]],
                        folder: str) -> List[Dict[str, Any]]:
    """Makes a configuration for each fold, and writes the lists of the images to train on.

    Args:
      configurations: {flag: value} each; without folds they stay as they are.
      folder: of the sweep.

    Raises:
      UserError: there are no such records, or fewer images or scenes than folds.
    """
    if not folds.count:
        return list(configurations)
    paths = {datapath: _write(folds, datapath, os.path.join(folder, FOLDER, str(place)))
             for place, datapath in enumerate(dict.fromkeys(
                 str(one["datapath"]) for one in configurations))}
    return [dict(one, subset=path) for one in configurations
            for path in paths[str(one["datapath"])]]


def _write(folds, datapath, folder):
    """Writes the list of each fold; returns their paths."""
    names = training_names(datapath)
    fold = divide(folds, names)
    paths = []
    for place in range(folds.count):
        paths.append(os.path.join(folder, f"without_{place + 1}_of_{folds.count}.txt"))
        os.makedirs(folder, exist_ok=True)
        write_text(paths[-1], "".join(f"{name}\n" for name, own in zip(names, fold)
                                      if own != place))
    return paths


def training_names(datapath: str) -> List[str]:
    """Reads the names of the training images, in the order of their records."""
    found: List[str] = []
    for path in split_files(datapath, "training"):
        for record in read_examples(path):
            name = record.get("name", b"").decode("utf-8", "replace")
            found.append(name or f"training_{len(found)}")
    return found


def divide(folds: Folds, names: Sequence[str]) -> np.ndarray:
    """Gives each image a fold: int64 [N], from 0.

    Scenes are drawn in random order, always the same, from the largest to the smallest; each goes
    to the fold with the fewest images.

    Raises:
      UserError: fewer scenes than folds, or a name that the pattern does not match.
    """
    pattern = compile_cluster(folds.cluster)
    scenes = np.array(names) if pattern is None else clusters_of(pattern, names)
    _, scene, sizes = np.unique(scenes, return_inverse=True, return_counts=True)
    if len(sizes) < folds.count:
        what = "training images" if pattern is None else f"scenes by --cluster={folds.cluster}"
        raise UserError(f"--folds={folds.count}: there are {len(sizes)} {what}: expected as many "
                        "as folds, or more")
    order = np.random.RandomState(0).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, filled = np.zeros(len(sizes), np.int64), np.zeros(folds.count, np.int64)
    for one in order:
        fold_of[one] = filled.argmin()
        filled[fold_of[one]] += sizes[one]
    return fold_of[scene.ravel()]
