"""The one evaluation: every score of fcn_train.py and fcn_test.py comes from this function."""
import platform
from typing import Callable, Optional, Sequence

import numpy as np

from utils.data.split import Split
from utils.errors import UserError
from utils.evaluate.observers import Observer
from utils.evaluate.results import Result, format_size
from utils.evaluate.segmenter import Segmenter
from utils.measures.confusion import confusion_matrix
from utils.tf_compat import tf


def evaluate(segmenter: Segmenter, split: Split, num_images: int = 0, fraction: float = 1.0,
             seed: int = 0, batch_size: int = 8,
             progress: Optional[Callable[[int, int], None]] = None,
             observers: Sequence[Observer] = ()) -> Result:
    """Tests a segmenter on a split: every image once, at its own resolution.

    Args:
      segmenter: has its weights restored.
      split: the records to test on.
      num_images: only the first so many; 0 for all.
      fraction: a random share of them, the same for the same seed.
      seed: chooses the share.
      batch_size: images at once; no matter for the result, see `Segmenter.predictions`.
      progress: called with (images done, images in all) after each image, or None.
      observers: each is shown every image; `save_result` stores what they found.

    Returns:
      `Result`; its meta has size, the split's hash, and versions.

    Raises:
      UserError: the split does not hold what the sidecar says, a record cannot be read, or the net
        lacks what an observer reads.
    """
    chosen = choose(split.count, num_images, fraction, seed)
    items = segmenter.predictions(
        split, batch_size, chosen=None if len(chosen) == split.count else chosen,
        images=any(observer.images for observer in observers),
        outputs=[name for observer in observers for name in observer.reads],
        instances=any(observer.instances for observer in observers))
    names, sizes, matrices = [], [], []
    for item in items:
        names.append(split.image_name(item.index, item.name))
        sizes.append(item.label.shape)
        matrices.append(confusion_matrix(item.label, item.prediction, split.info.num_classes))
        for observer in observers:
            observer.add(item)
        if progress is not None:
            progress(len(names), len(chosen))
    if len(names) != len(chosen):
        raise UserError(f"the records of {split.name} hold {len(names)} images, but dataset.json "
                        f"says {len(chosen)}: convert the dataset again")
    return Result(split.name, tuple(split.info.class_names), tuple(names),
                  np.array(sizes, np.int32).reshape(-1, 2), np.array(matrices, np.int64),
                  dict(split_sha256=split.sha256, images_in_split=split.count,
                       dataset_family=split.info.family, size=format_size(segmenter.size),
                       versions=_versions()))


def _versions():
    return {"python": platform.python_version(), "numpy": np.__version__,
            "tensorflow": tf.__version__}


def choose(count: int, num_images: int = 0, fraction: float = 1.0, seed: int = 0) -> np.ndarray:
    """Chooses the images to test: their increasing indices, int64 [one or more].

    Args:
      count: images in the split.
      num_images: only the first so many; 0 for all.
      fraction: share of those, drawn without replacement.
      seed: of the drawing.
    """
    first = min(num_images, count) if num_images else count
    if fraction >= 1:
        return np.arange(first)
    kept = max(int(round(first * fraction)), 1)
    return np.sort(np.random.RandomState(seed).permutation(first)[:kept])
