"""The one evaluation: every score of fcn_train.py and fcn_test.py comes from this function."""
import platform

import numpy as np

from utils.errors import UserError
from utils.evaluate.results import Result, format_size
from utils.measures.confusion import confusion_matrix
from utils.tf_compat import tf


def evaluate(segmenter, files, info, split, num_images=0, fraction=1.0, seed=0, batch_size=8,
             progress=None, observe=None):
    """Tests a segmenter on a split: every image once, at its own resolution.

    Args:
      segmenter: a `Segmenter` with its weights restored.
      files: the split's record files.
      info: the `DatasetInfo` of the records.
      split: "training", "validation" or "test".
      num_images: only the first so many; 0 for all.
      fraction: a random share of them, the same for the same seed.
      seed: chooses the share.
      batch_size: images at once; no matter for the result, see `Segmenter.predictions`.
      progress: called with (images done, images in all) after each image, or None.
      observe: called with each `segmenter.Item` (without its image), or None.

    Returns:
      `Result`; its meta has size, the split's hash, and versions.

    Raises:
      UserError: the split does not hold what the sidecar says, or a record cannot be read.
    """
    count = info.split(split).count
    chosen = choose(count, num_images, fraction, seed)
    items = segmenter.predictions(files, info.legacy, batch_size, images=False,
                                  chosen=None if len(chosen) == count else chosen)
    names, sizes, matrices = [], [], []
    for item in items:
        names.append(item.name or f"{split}_{item.index}")
        sizes.append(item.label.shape)
        matrices.append(confusion_matrix(item.label, item.prediction, info.num_classes))
        if observe is not None:
            observe(item)
        if progress is not None:
            progress(len(names), len(chosen))
    if len(names) != len(chosen):
        raise UserError(f"the records of {split} hold {len(names)} images, but dataset.json says "
                        f"{len(chosen)}: convert the dataset again")
    return Result(split, tuple(info.class_names), tuple(names),
                  np.array(sizes, np.int32).reshape(-1, 2), np.array(matrices, np.int64),
                  dict(split_sha256=info.split(split).sha256, images_in_split=count,
                       dataset_family=info.family, size=format_size(segmenter.size),
                       versions=_versions()))


def _versions():
    return {"python": platform.python_version(), "numpy": np.__version__,
            "tensorflow": tf.__version__}


def choose(count, num_images=0, fraction=1.0, seed=0):
    """Increasing indices of the images to test: int64 [at least one of them].

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
