"""What a net sees in each image: mean features, features of each class, and cells of the map."""
import dataclasses

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes

#: Components of the mean features that are kept of features by class.
COMPONENTS = 64
#: Components that are kept of each cell: the first ones of the same basis.
CELL_COMPONENTS = 32


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

    def embeddings(self, level: int = 32) -> np.ndarray:
        """Returns the mean features at stride 16 or 32: float32 [N, D]."""
        return (self.embeddings16 if level == 16 else self.embeddings32).astype(np.float32)

    def projected(self) -> np.ndarray:
        """Returns the mean features at stride 32 in the basis: float32 [N, K]."""
        return (self.embeddings(32) - self.basis_mean) @ self.basis


def load_features(path: str) -> Features:
    """Reads a stored file, "<run>/test/<result>.features.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Features, lambda stored: require_shapes(
        stored, embeddings16=("n", None), embeddings32=("n", "d"), basis_mean=("d",),
        basis=("d", "k"), class_image=("m",), class_label=("m",), class_mass=("m",),
        class_embeddings=("m", "k"), cells=("n", "h", "w", None), cells_scale=(),
        cells_weight=("n", "h", "w")))
