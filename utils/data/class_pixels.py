"""The pixels of each class in each image of a split; dataset.json has their sums alone."""
import contextlib
import io
import os
import sys
import zipfile
from typing import Any, Optional

import numpy as np

from utils.data.folders import CLASS_PIXELS
from utils.data.masks.files import mask_from_bytes
from utils.data.scan import features, scan
from utils.data.seg_mentor import unpack_pixels
from utils.data.split import Split
from utils.files import write_bytes
from utils.ordered import ordered_map


def class_pixels(split: Split) -> np.ndarray:
    """Counts the pixels of each class in each image of a split, or of its subset.

    All labels are read at the first call, and a note on stderr says so. What was counted is kept
    beside the records, where that folder can be written to; their hash is kept with it.

    Args:
      split: the images, in its order.

    Returns:
      int64 [split.count, C].

    Raises:
      UserError: a damaged record.
    """
    path = os.path.join(split.folder, CLASS_PIXELS.format(split.name))
    whole = _kept(path, split)
    if whole is None:
        sys.stderr.write(f"note: the {split.name} labels are counted now, image by image; {path} "
                         "keeps the counts\n")
        whole = _counted(split)
        _keep(path, whole, split)
    places = split.places()
    return (whole if places is None else whole[list(places)]).astype(np.int64)


def image_pixels_per_class(pixels: np.ndarray) -> np.ndarray:
    """Sums the labelled pixels of the images in which each class occurs: int64 [C].

    Args:
      pixels: int64 [N, C], as `class_pixels`.
    """
    return ((pixels > 0) * pixels.sum(axis=1, keepdims=True)).sum(axis=0)


def read_label(record: Any, raw_pixels: bool) -> np.ndarray:
    """Decodes the label of a `utils.data.scan.Record`: uint8 [H, W].

    Args:
      record: the record.
      raw_pixels: whether it holds raw pixels (`DatasetInfo.raw_pixels`).
    """
    if raw_pixels:
        return unpack_pixels(record)[1]
    return mask_from_bytes(features(record)["label"].bytes_list.value[0], f"{record}, label")


def _counted(split):
    classes = split.info.num_classes

    def of_image(record):
        label = read_label(record, split.raw_pixels)
        return np.bincount(label.reshape(-1), minlength=256)[:classes]
    records = (record for path in split.files for record in scan(path))
    found = list(ordered_map(of_image, records))
    return np.array(found, np.int32).reshape(len(found), classes)


def _identity(split):
    """What a file of counts has to be of: the whole split's hash and classes."""
    return f"{split.info.split(split.name).sha256}:{split.info.num_classes}"


def _kept(path, split) -> Optional[np.ndarray]:
    """Reads the counts of a file; None where it is not there, is damaged or of other records."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["records"]) == _identity(split):
                return file["pixels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass
    return None


def _keep(path, pixels, split):
    data = io.BytesIO()
    np.savez_compressed(data, pixels=pixels, records=_identity(split))
    with contextlib.suppress(OSError):  # a folder that others own: it is counted again
        write_bytes(path, data.getvalue())
