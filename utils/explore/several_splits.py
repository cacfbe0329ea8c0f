"""Several splits of one configuration on one map; the panels stay of a single split."""
import dataclasses
from typing import Any, Dict, List, Optional, Sequence, Tuple, TypeVar

import numpy as np

from utils.data.splits import split_of
from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse
from utils.evaluate.observers.features import CELL_COMPONENTS, COMPONENTS, Features
from utils.evaluate.observers.image_scores import ImageScores
from utils.evaluate.observers.thumbnails import Thumbnails
from utils.explore.agreement import layer
from utils.explore.cluster_rows import TRAINING
from utils.explore.dataset import ImageSet, Metadata
from utils.explore.exploration import Exploration
from utils.measures.components import principal_components

T = TypeVar("T", Coarse, ImageScores)
#: What a panel's column of categories says of images that the panel is not of.
ELSEWHERE = "of another split"


class SeveralSplits(Exploration):
    """The images of several splits, those of the first split first.

    Images are compared by the layer of the first split, in the principal components of the
    training split where it is among them, and of all images together where it is not.

    Args:
      parts: an `Exploration` of each split, of the same runs.

    Raises:
      UserError: a split was tested by other runs, or has other classes.
    """

    def __init__(self, parts: Sequence[Exploration]) -> None:
        first = parts[0]
        for part in parts[1:]:
            _require_alike(first, part)
        self.parts = tuple(parts)
        self.study, self.sample, self.records = first.study, first.sample, first.records
        self.num_folds = first.num_folds
        self.class_names = first.class_names
        self.names = tuple(name for part in parts for name in part.names)
        self.matrices = np.concatenate([part.matrices for part in parts], axis=1)
        self._kept: Dict[str, object] = {}

    @property
    def asked_layer(self) -> str:  # type: ignore[override]
        """The layer of the first split, chosen when it is asked for: it may need what is not
        extracted."""
        return layer(self.parts[0])

    @property
    def stem(self) -> str:
        """Begins the names of what is kept of these images."""
        return "+".join(part.stem for part in self.parts)

    @property
    def split_of_images(self) -> Optional[np.ndarray]:
        """The split of each image: [N] of text."""
        return np.repeat([part.split for part in self.parts],
                         [len(part.names) for part in self.parts])

    @property
    def scenes(self) -> Optional[np.ndarray]:
        """The scene of each image, [N] of text, by --cluster; None without it."""
        found = [part.scenes for part in self.parts]
        return None if any(one is None for one in found) else np.concatenate(
            [one for one in found if one is not None])

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Extends values of the first split's images to all: unknown, or `ELSEWHERE`."""
        values = np.asarray(values)
        rest = len(self.names) - len(values)
        if values.dtype.kind in "fiub":
            return np.append(values.astype(np.float64), np.full(rest, np.nan))
        return np.append(values.astype(str), np.full(rest, ELSEWHERE))

    # ---- what each run found ----

    @property
    def features(self) -> List[Features]:
        """What each run saw in the images, in one basis for all splits."""
        return self.once("features", lambda: [
            join_features(found, self._basis_of(found)) for found in zip(*(
                part.features for part in self.parts))])

    def _basis_of(self, found: Sequence[Features]) -> Tuple[np.ndarray, np.ndarray]:
        """Returns (mean, basis) of the training split, or of all images."""
        for part, own in zip(self.parts, found):
            if part.split == TRAINING:
                return own.basis_mean, own.basis
        return principal_components(np.concatenate([own.embeddings32 for own in found]),
                                    COMPONENTS)

    @property
    def image_scores(self) -> List[ImageScores]:
        """How well each run's probabilities fit the labels."""
        return self._joined("image_scores")

    @property
    def coarse(self) -> List[Coarse]:
        """Each run's probabilities at 1/16."""
        return self._joined("coarse")

    def _joined(self, name):
        return self.once(name, lambda: [_join(found) for found in zip(*(
            getattr(part, name) for part in self.parts))])

    @property
    def predictions(self) -> List[Thumbnails]:
        """Thumbnails of each run's predictions."""
        return self.once("predictions", lambda: [_join_pictures(found) for found in zip(*(
            part.predictions for part in self.parts))])

    @property
    def images(self) -> Optional[ImageSet]:
        """Pictures and metadata of the images; None where a split has none."""
        return self.once("images", self._images)

    def _images(self):
        found = [part.images for part in self.parts]
        if any(one is None for one in found):
            return None
        thumbnails, labels = ([getattr(one, name) for one in found]
                              for name in ("thumbnails", "labels"))
        return ImageSet(_join_pictures(thumbnails), _join_pictures(labels), self.metadata)

    @property
    def metadata(self) -> Metadata:
        """Columns of values of the images; unknown where a split has no such column."""
        made, found = Metadata(), [part.metadata for part in self.parts]
        for kind, unknown in (("numbers", np.nan), ("categories", "")):
            columns = dict.fromkeys(name for one in found for name in getattr(one, kind))
            for name in columns:
                getattr(made, kind)[name] = np.concatenate([
                    getattr(one, kind).get(name, np.full(len(part.names), unknown))
                    for part, one in zip(self.parts, found)])
        return made


def _require_alike(first: Exploration, other: Exploration) -> None:
    """Raises a `UserError` where two splits are not of the same runs and classes."""
    runs, others = ([record.folder.path for record in one.records] for one in (first, other))
    if runs != others:
        missing = [path for path in runs if path not in others] or others
        raise UserError(f"--split={first.split},{other.split}: the runs of the two differ, at "
                        f"{missing[0]}: python fcn_explore.py extract {' '.join(runs)} "
                        f"--split={other.split}")
    if first.class_names != other.class_names:
        raise UserError(f"--split={first.split},{other.split}: the splits have other classes: "
                        "test both on the same records")


def canonical_splits(text: str) -> str:
    """Returns a text of splits, separated by commas, in their own names, each once.

    Raises:
      UserError: a word that means no split.
    """
    found = [(word, split_of(word)) for word in text.split(",")]
    for word, split in found:
        if split is None:
            raise UserError(f"unknown split {word!r}: choose training, validation, test, or "
                            "several of them with commas between")
    return ",".join(dict.fromkeys(str(split) for _, split in found))


# ---- joining what is stored ----

def join_features(found: Sequence[Features], basis: Tuple[np.ndarray, np.ndarray]) -> Features:
    """Puts the features of splits into one basis.

    Cells and features of classes are known by their components in their own split's basis: what
    they have beyond those is lost.

    Args:
      found: of each split.
      basis: (mean float32 [D], basis float32 [D, K]).
    """
    mean, directions = basis
    moved = [_moved(own, mean, directions) for own in found]
    starts = np.cumsum([0] + [len(own.embeddings32) for own in found])
    cells = [one for one, _ in moved]
    if not all(one.size for one in cells):  # of a split without cells, no heat map can be drawn
        cells = [np.zeros((len(one), 0, 0, one.shape[-1]), np.float32) for one in cells]
    scale = np.float32(max([float(np.abs(one).max()) for one in cells if one.size] or [0]) / 127
                       or 1)
    weights = [own.cells_weight if one.size else np.zeros(one.shape[:3], np.float32)
               for own, one in zip(found, cells)]
    return Features(
        *(np.concatenate([getattr(own, name) for own in found])
          for name in ("embeddings16", "embeddings32")), mean, directions,
        np.concatenate([own.class_image + start for own, start in zip(found, starts)]).astype(
            np.int32), *(np.concatenate([getattr(own, name) for own in found])
                         for name in ("class_label", "class_mass")),
        np.concatenate([one for _, one in moved]),
        np.rint(_stacked(cells) / scale).astype(np.int8), scale, _stacked(weights),
        found[0].cells_shift)


def _moved(own: Features, mean: np.ndarray,
           directions: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (cells float32 [N, h, w, K'], class embeddings float16 [M, K]) in another basis."""
    turned, offset = own.basis.T @ directions, (own.basis_mean - mean) @ directions
    kept = own.cells.shape[-1]
    cells = (own.cells * own.cells_scale) @ turned[:kept, :CELL_COMPONENTS] + (
        offset[:CELL_COMPONENTS])
    of_classes = own.class_embeddings.astype(np.float32) @ turned + offset
    return cells.astype(np.float32), of_classes.astype(np.float16)


def _join(found: Sequence[T]) -> T:
    """Joins dataclasses of arrays image by image; what is no array of images stays the first's."""
    return dataclasses.replace(found[0], **{
        field.name: _stacked([getattr(one, field.name) for one in found])
        for field in dataclasses.fields(found[0]) if getattr(found[0], field.name).ndim})


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Concatenates arrays [N, ...] of several shapes behind N: 0 beyond."""
    shape = np.max([array.shape[1:] for array in arrays], axis=0).astype(int)
    made = np.zeros((sum(map(len, arrays)), *shape), arrays[0].dtype)
    start = 0
    for array in arrays:
        made[(slice(start, start + len(array)), *map(slice, array.shape[1:]))] = array
        start += len(array)
    return made


def _join_pictures(found: Sequence[Any]) -> Optional[Thumbnails]:
    """Joins encoded pictures; None where a split has none."""
    if any(one is None for one in found):
        return None
    starts = np.cumsum([0] + [len(one.data) for one in found])
    return Thumbnails(np.concatenate([one.data for one in found]), np.concatenate(
        [one.ends + start for one, start in zip(found, starts)]))
