"""What a net sees in each image: mean features, features of each class, and cells of the map."""
import dataclasses
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from utils.evaluate.observers.files import load_found, padded_stack, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.measures.components import principal_components

#: Components of the mean features that are kept of features by class.
COMPONENTS = 64
#: Components that are kept of each cell: the first ones of the same basis.
CELL_COMPONENTS = 32
#: Cells and features of classes are kept as they are up to so many bytes; then the components are
#: those of the images so far, and what follows is projected at once.
RAW_BYTES = 256 * 2 ** 20
#: Cells are stored of so many images at most.
CELL_IMAGES = 20000
_GREATEST = float(np.finfo(np.float16).max)


@dataclasses.dataclass(frozen=True)
class Features:
    """Features of the N images of a test, pooled over the image and not over its letterbox.

    Attributes:
      embeddings16, embeddings32: float16 [N, D], means of the features at stride 16 and 32; D is 0
        where the net has none.
      basis_mean, basis: float32 [D], [D, K]: principal components of embeddings32, the greatest
        first, K at most `COMPONENTS`. (x - basis_mean) @ basis projects features.
      class_image, class_label: int32, uint8 [M]: the images' predicted classes with more than one
        cell of mass, by image, then class.
      class_mass: float32 [M], sum over cells of the class's probability.
      class_embeddings: float16 [M, K], means of the features at stride 32, weighted by the class's
        probability; projected.
      cells: int8 [N, h, w, K'], the cells of stride 32, projected onto the first K' components, at
        most `CELL_COMPONENTS`; times cells_scale. h and w are 0 where cells were not stored.
      cells_scale: float32 [].
      cells_weight: float32 [N, h, w], each cell's share of the image's mean, of sum 1: the sum of
        cells times weights is the projected embedding.
      cells_shift: float32 [], how far a cell's receptive field is centred from the middle of its
        stride, in cells, positive to the right and below; 0 in files that older versions stored.
    """
    embeddings16: np.ndarray
    embeddings32: np.ndarray
    basis_mean: np.ndarray
    basis: np.ndarray
    class_image: np.ndarray
    class_label: np.ndarray
    class_mass: np.ndarray
    class_embeddings: np.ndarray
    cells: np.ndarray
    cells_scale: np.ndarray
    cells_weight: np.ndarray
    cells_shift: np.ndarray = np.float32(0)  # type: ignore[assignment]

    def embeddings(self, level: int = 32) -> np.ndarray:
        """Returns the mean features at stride 16 or 32: float32 [N, D]."""
        return (self.embeddings16 if level == 16 else self.embeddings32).astype(np.float32)

    def projected(self) -> np.ndarray:
        """Returns the mean features at stride 32 in the basis: float32 [N, K]."""
        return (self.embeddings(32) - self.basis_mean) @ self.basis


@OBSERVERS.register("features")
class FeatureKeeper(Observer):
    """Stores the `Features` of a test.

    Args:
      num_classes: C.
      basis: (basis_mean, basis) of other images, to project onto; None for those of the test.
    """
    reads = ("embeddings:16:optional", "embeddings:32:optional", "cells:32:optional",
             "cover:32:optional", "class_features:32:optional", "shift:32")

    def __init__(self, num_classes: int,
                 basis: Optional[Tuple[np.ndarray, np.ndarray]] = None) -> None:
        self._basis = basis
        self._means: Tuple[List[np.ndarray], List[np.ndarray]] = ([], [])
        self._cells: List[np.ndarray] = []
        self._covers: List[np.ndarray] = []
        self._classes: List[np.ndarray] = []
        self._class_of: List[Tuple[np.ndarray, np.ndarray]] = []
        self._raw_bytes = 0
        self._shift = np.float32(0)

    def add(self, item: Any) -> None:
        """Takes in one image's features."""
        fine, coarse, cells, cover, of_classes, self._shift = (
            item.outputs[name] for name in self.reads)
        for means, value in zip(self._means, (fine, coarse)):
            means.append(_halved(value))
        mass = of_classes[:, -1]
        present = np.flatnonzero(mass > 1) if coarse.size else np.zeros(0, np.intp)
        self._class_of.append((present, mass[present]))
        self._classes.append(self._kept(of_classes[present, :-1], COMPONENTS))
        if len(self._class_of) <= CELL_IMAGES:
            self._cells.append(self._kept(cells, CELL_COMPONENTS))
            self._covers.append(cover.astype(np.float32))
        elif self._cells:
            self._cells, self._covers = [], []
            self.notes = (f"features: no cells are stored of more than {CELL_IMAGES:,} images",)
        if self._basis is None and self._raw_bytes > RAW_BYTES:
            self._fit()

    def _kept(self, values: np.ndarray, components: int) -> np.ndarray:
        """Returns features to keep: float16 [..., D], or projected once there is a basis."""
        if self._basis is not None:
            return _projected(values, self._basis, components)
        halved = _halved(values)
        self._raw_bytes += halved.nbytes
        return halved

    def _fit(self) -> None:
        """Finds the components of the images so far, and projects what is kept."""
        self._basis = principal_components(np.array(self._means[1]), COMPONENTS)
        self._cells = [_projected(cells, self._basis, CELL_COMPONENTS) for cells in self._cells]
        self._classes = [_projected(rows, self._basis, COMPONENTS) for rows in self._classes]

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `Features`, by name."""
        return dataclasses.asdict(self.features())

    def features(self) -> Features:
        """Returns the `Features` of what was added."""
        if self._basis is None:
            self._fit()
        mean, basis = self._basis  # type: ignore[misc]
        count = len(self._class_of)
        cells = self._cells or [np.zeros((0, 0, min(basis.shape[1], CELL_COMPONENTS)))] * count
        covers = self._covers or [np.zeros((0, 0), np.float32)] * count
        greatest = max(float(np.abs(one).max()) if one.size else 0.0 for one in cells)
        scale = np.float32(greatest / 127 or 1)
        present = [labels for labels, _ in self._class_of]
        return Features(
            np.array(self._means[0]), np.array(self._means[1]), mean, basis,
            np.repeat(np.arange(count, dtype=np.int32), [len(labels) for labels in present]),
            np.concatenate(present).astype(np.uint8),
            np.concatenate([mass for _, mass in self._class_of]).astype(np.float32),
            np.concatenate(self._classes), padded_stack(
                [np.rint(one.astype(np.float32) / scale).astype(np.int8) for one in cells]),
            scale, padded_stack(covers), np.float32(self._shift))


def _halved(values: np.ndarray) -> np.ndarray:
    """Returns values as float16, within its range."""
    return np.clip(values, -_GREATEST, _GREATEST).astype(np.float16)


def _projected(values: np.ndarray, basis: Tuple[np.ndarray, np.ndarray],
               components: int) -> np.ndarray:
    """Returns features [..., D] in the first components of a basis: float16 [..., K]."""
    mean, directions = basis
    return _halved((values.astype(np.float32) - mean) @ directions[:, :components])


def load_features(path: str) -> Features:
    """Reads a stored file, "<run>/test/<result>.features.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Features, lambda stored: require_shapes(
        stored, embeddings16=("n", None), embeddings32=("n", "d"), basis_mean=("d",),
        basis=("d", "k"), class_image=("m",), class_label=("m",), class_mass=("m",),
        class_embeddings=("m", "k"), cells=("n", "h", "w", None), cells_scale=(),
        cells_weight=("n", "h", "w"), cells_shift=()))
