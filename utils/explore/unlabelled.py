"""Images without labels, as a run sees them: what `extract --imagepath` has stored."""
import dataclasses
from typing import Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse, load_coarse
from utils.evaluate.observers.features import Features, load_features
from utils.evaluate.observers.thumbnails import Thumbnails, load_thumbnails
from utils.evaluate.unlabelled import unlabelled_path
from utils.explore.dataset import Metadata, read_metadata
from utils.stored import read_arrays


@dataclasses.dataclass(frozen=True)
class UnlabelledImages:
    """N images of a folder, as one run sees them.

    Attributes:
      names: of the files.
      sizes: int32 [N, 2], height and width.
      entropy: float32 [N], mean entropy of the probabilities, in nats.
      features, coarse, predictions: as of a test; features are in the basis of the run's test,
        where that was extracted before.
      thumbnails: of the images.
      metadata: what was measured of them.
    """
    names: Tuple[str, ...]
    sizes: np.ndarray
    entropy: np.ndarray
    features: Features
    coarse: Coarse
    predictions: Thumbnails
    thumbnails: Thumbnails
    metadata: Metadata


def load_unlabelled(run_folder: str, name: str) -> UnlabelledImages:
    """Reads what is stored of a folder of images.

    Args:
      run_folder: the run.
      name: of the folder of images.

    Raises:
      UserError: nothing is stored, or a file is damaged.
    """
    path = unlabelled_path(run_folder, name)
    extract = f"python fcn_explore.py extract {run_folder} --imagepath=.../{name}"
    try:
        index = read_arrays(path, ("names", "sizes", "entropy"))
    except FileNotFoundError:
        raise UserError(f"{path}: not extracted yet: {extract}") from None
    except ValueError as error:
        raise UserError(f"{path}: damaged ({error}): {extract} --again") from None
    names = tuple(str(one) for one in index["names"])
    return UnlabelledImages(
        names, index["sizes"], index["entropy"],
        load_features(unlabelled_path(run_folder, name, "features.npz")),
        load_coarse(unlabelled_path(run_folder, name, "coarse.npz")),
        load_thumbnails(unlabelled_path(run_folder, name, "thumbnails.npz")),
        load_thumbnails(unlabelled_path(run_folder, name, "images.npz")),
        read_metadata(unlabelled_path(run_folder, name, "metadata.csv"), names))
