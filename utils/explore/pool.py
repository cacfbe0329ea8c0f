"""Images to choose from beside those that are labelled, as the runs of a configuration see them."""
import dataclasses
import os
from typing import List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse
from utils.evaluate.observers.features import Features
from utils.evaluate.unlabelled import folder_name
from utils.explore.agreement import layer
from utils.explore.exploration import Exploration
from utils.explore.id_list import first_of_each, read_ids
from utils.explore.layers import LAYERS, all_values, layer_values, unit_vectors
from utils.explore.uncertainty import entropies
from utils.explore.unlabelled import UnlabelledImages, load_unlabelled
from utils.report.clusters import clusters_of, compile_cluster
from utils.report.common import counted

#: The one split whose images may be trained on.
TRAINING = "training"


@dataclasses.dataclass(frozen=True)
class Pool:
    """N images to choose from, and M that are labelled.

    Attributes:
      names: of the N images, each once.
      rows: int64 [N], their places in `features` and `coarse`.
      points: float64 [N + M, D], the images and then those labelled: the seeds' unit vectors side
        by side. Squared distances are 2 - 2 cosines, mean over seeds.
      labelled: names of the M images; () where nothing is labelled, or it is unknown.
      scenes: [N] of text, by --cluster; None without it.
      features, coarse: of S seeds.
      entropy, disagreement: float64 [N], nats: entropy of the seeds' mean; BALD, of them.
      layer: by what images are alike, in words.
      folder: of the N images, "" where they are of the training split.
      notes: sentences on what the choice rests on.
    """
    names: Tuple[str, ...]
    rows: np.ndarray
    points: np.ndarray
    labelled: Tuple[str, ...]
    scenes: Optional[np.ndarray]
    features: Sequence[Features]
    coarse: Sequence[Coarse]
    entropy: np.ndarray
    disagreement: np.ndarray
    layer: str
    folder: str
    notes: Tuple[str, ...]

    @property
    def own_points(self) -> np.ndarray:
        """The points of the N images: float64 [N, D]."""
        return self.points[:len(self.names)]

    @property
    def start(self) -> np.ndarray:
        """The places in `points` of the images that are labelled: int64 [M]."""
        return np.arange(len(self.names), len(self.points))


def mean_kernel_points(units: Sequence[np.ndarray]) -> np.ndarray:
    """Puts the seeds' unit vectors side by side: float64 [N, D]; cosines are means over seeds."""
    return np.concatenate(list(units), 1) / len(units) ** .5


def open_pool(exploration: Exploration, folder: str = "", labelled: str = "") -> Pool:
    """Takes the images of a folder, or without one those of the training split.

    Args:
      exploration: of the training split; with a folder, of any.
      folder: of images without labels, which `extract --imagepath` has stored; "" for none.
      labelled: file of names of the images that are labelled; "" for those that the runs were
        trained on.
    """
    return folder_pool(exploration, folder, labelled) if folder else split_pool(
        exploration, labelled)


def split_pool(exploration: Exploration, labelled: str = "") -> Pool:
    """Takes the training images that are not labelled yet: a trial of what selection would give.

    Args:
      exploration: of the training split.
      labelled: file of names; "" for the images that the runs were trained on, if a part of all.

    Raises:
      UserError: another split, or nothing is left to choose.
    """
    if exploration.split != TRAINING:
        raise UserError(f"select: images of the {exploration.split} split are for tests: expected "
                        "--split=training, or --imagepath for images without labels")
    chosen, notes = labelled_places(exploration, labelled)
    first, copies = first_of_each(exploration.names)
    taken = frozenset(exploration.names[place] for place in chosen)
    rest = [place for place in first if exploration.names[place] not in taken]
    if not rest:
        raise UserError("select: all images are labelled: nothing is left to choose")
    if copies:
        notes.append(f"{counted(copies, 'image')} more of the same names: the first of "
                     "each counts.")
    order = rest + [place for place in first if exploration.names[place] in taken]
    points = mean_kernel_points([unit_vectors(values[order]) for values in all_values(
        exploration, layer(exploration))])
    return _pool([exploration.names[place] for place in rest], rest, points,
                 [exploration.names[place] for place in order[len(rest):]], exploration,
                 exploration.features, exploration.coarse, "", notes)


def labelled_places(exploration: Exploration, labelled: str = "") -> Tuple[List[int], List[str]]:
    """Finds which images of a training split are labelled.

    Returns:
      (their places; [] where the runs were trained on all images, sentences on that).
    """
    own = exploration.records[0].folder.subset
    if labelled or os.path.isfile(own):
        return read_ids(labelled or own, exploration.names, "--labelled"), []
    return [], ["The runs were trained on all of these images, and none counts as labelled: they "
                "are surer of them than of new ones. --labelled=ids.txt tells what is labelled."]


def folder_pool(exploration: Exploration, path: str, labelled: str = "") -> Pool:
    """Takes the images of a folder that `extract --imagepath` has stored.

    Args:
      exploration: of the training split, whose images are labelled; of another split where what
        is labelled shall not count.
      path: the folder.
      labelled: file of names; "" for the images that the runs were trained on.

    Raises:
      UserError: nothing is stored of the folder, or the runs have stored different images of it.
    """
    stored = [load_unlabelled(record.folder.path, folder_name(path))
              for record in exploration.records]
    if any(one.names != stored[0].names for one in stored):
        raise UserError(f"--imagepath={path}: the runs have stored other images of it: extract "
                        "again, for all runs at once")
    places, notes = _labelled_beside(exploration, labelled)
    points = mean_kernel_points(_joint_units(exploration, stored, places))
    return _pool(stored[0].names, range(len(stored[0].names)), points,
                 [exploration.names[place] for place in places], exploration,
                 [one.features for one in stored], [one.coarse for one in stored], path, notes)


def _labelled_beside(exploration, labelled):
    """Returns (places of labelled images in the exploration, notes)."""
    if exploration.split != TRAINING:
        return [], [f"--split={exploration.split}: what is labelled does not count; with "
                    "--split=training it does."]
    places = labelled_places(exploration, labelled)[0]
    return places or list(range(len(exploration.names))), []


def _joint_units(exploration, stored: Sequence[UnlabelledImages], places):
    """Returns the unit vectors of a folder's images and of labelled ones, less their mean."""
    own = layer(exploration)
    if own == "classes":
        raise UserError("select: images without labels cannot be compared by --layer=classes: "
                        "give another layer")
    return [unit_vectors(np.concatenate([layer_values(own, one.features, one.coarse),
                                         values[places]]))
            for one, values in zip(stored, all_values(exploration, own))]


def _pool(names, rows, points, labelled, exploration, features, coarse, folder, notes) -> Pool:
    rows = np.array(rows, np.int64)
    entropy, disagreement = (values[rows] for values in entropies(coarse))
    pattern = exploration.study.options.cluster
    scenes = clusters_of(compile_cluster(pattern), names) if pattern else None
    return Pool(tuple(names), rows, points, tuple(labelled), scenes, features, coarse, entropy,
                disagreement, LAYERS[layer(exploration)], folder, tuple(notes))
