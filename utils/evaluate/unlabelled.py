"""What extract stores of images without labels, a folder of them.

    <run>/explore/<folder>.npz              names [N] text, sizes int32 [N, 2], entropy float32 [N]
    <run>/explore/<folder>.<what>.npz       features, coarse, thumbnails (predictions): as of tests
    <run>/explore/<folder>.images.npz       WebP of each image
    <run>/explore/<folder>.metadata.csv     a row for each image: name, and what was measured

The first is written last. `utils.explore.unlabelled` reads all this. No TensorFlow.
"""
import dataclasses
import os
from typing import Any, Dict, List, Sequence

import numpy as np

from utils.evaluate.image_set import Photographs
from utils.evaluate.observers.record import Observer
from utils.evaluate.observers.thumbnails import joined
from utils.evaluate.results import write_arrays
from utils.files import remove_leftovers

#: The observers that need no labels.
OBSERVED = ("features", "coarse", "thumbnails")
#: The output that is stored with the names.
ENTROPY = "entropy"


def folder_name(path: str) -> str:
    """Names what is stored of an image or a folder of images: the last part of its path."""
    return os.path.splitext(os.path.basename(os.path.abspath(path)))[0]


def unlabelled_path(run_folder: str, name: str, what: str = "") -> str:
    """Returns the path of the index, or of "features.npz", "images.npz", "metadata.csv"."""
    return os.path.join(run_folder, "explore", f"{name}.{what or 'npz'}")


class Unlabelled(Observer):
    """Gathers what is stored of each image beside what observers find."""
    reads = (ENTROPY,)

    def __init__(self) -> None:
        self._photographs = Photographs()
        self._names: List[str] = []
        self._sizes: List[Sequence[int]] = []
        self._entropy: List[float] = []

    def add(self, item: Any) -> None:
        """Takes in one image."""
        self._photographs.add(item)
        self._names.append(item.name)
        self._sizes.append(item.image.shape[:2])
        self._entropy.append(float(item.outputs[ENTROPY]))

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the index: names, sizes, entropy."""
        return dict(names=np.array(self._names, np.str_), sizes=np.array(self._sizes, np.int32),
                    entropy=np.array(self._entropy, np.float32))

    def write(self, run_folder: str, name: str, observers: Sequence[Observer]) -> str:
        """Writes all files, each whole or not at all; returns the path of the index.

        Args:
          observers: have seen the same images.
        """
        index = unlabelled_path(run_folder, name)
        os.makedirs(os.path.dirname(index), exist_ok=True)
        remove_leftovers(index[:-len("npz")])
        for observer in observers:
            write_arrays(unlabelled_path(run_folder, name, observer.name + ".npz"),
                         observer.arrays())
        write_arrays(unlabelled_path(run_folder, name, "images.npz"),
                     dataclasses.asdict(joined(self._photographs.thumbnails)))
        self._photographs.write_table(unlabelled_path(run_folder, name, "metadata.csv"))
        write_arrays(index, self.arrays())
        return index
