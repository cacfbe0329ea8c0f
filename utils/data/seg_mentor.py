"""Folders of seg-mentor's raw-pixel records: counted, since they have no sidecar."""
import hashlib
import os
from typing import Mapping, Sequence, Tuple

import numpy as np

from utils.data.counting import SplitCounter
from utils.data.datasets import DATASETS
from utils.data.datasets.base import IGNORE_LABEL, distinct_palette
from utils.data.scan import Record, features, scan
from utils.data.sidecar import DatasetInfo
from utils.errors import UserError


def raw_pixels_info(datapath: str, files: Mapping[str, Sequence[str]],
                    family: str = "") -> DatasetInfo:
    """Counts a folder of seg-mentor's raw-pixel records.

    Args:
      datapath: the folder.
      files: {split: paths of its records}.
      family: registered family that names the classes; they are numbered where it is empty or
        names none. Labels outside the named classes are ignored ones.

    Raises:
      UserError: a damaged record, or no raw-pixel records.
    """
    named = DATASETS.get(family) if family else None
    names = named.class_names if named else ()
    counters = [_count(datapath, split, paths, len(names)) for split, paths in files.items()]
    if not names:
        values = {value for counter in counters for value in counter.values()} - {IGNORE_LABEL}
        names = tuple(f"class_{index}" for index in range(max(values or {0}) + 1))
    return DatasetInfo(
        family=named.name if named else "seg-mentor", class_names=names,
        palette=named.palette if named and named.palette else distinct_palette(len(names)),
        splits={counter.name: counter.info(len(names)) for counter in counters}, raw_pixels=True)


def _count(datapath, split, paths, num_classes):
    counter = SplitCounter(split, num_classes)
    for path in paths:
        for record in scan(path):
            if counter.count == 0 and "image_raw" not in features(record):
                raise UserError(f"--datapath={datapath}: dataset.json is missing beside "
                                f"{os.path.basename(path)}; copy it too, or convert again")
            digest, label = unpack(record)
            counter.add(f"{split}_{counter.count}", digest, label)
    return counter


def unpack(record: Record) -> Tuple[str, np.ndarray]:
    """Unpacks a raw-pixel record: (digest of the image, uint8 [H, W] label)."""
    image, label = unpack_pixels(record)
    return hashlib.sha256(image).hexdigest(), label


def unpack_pixels(record: Record) -> Tuple[np.ndarray, np.ndarray]:
    """Unpacks a raw-pixel record: (uint8 [H, W, 3] image, uint8 [H, W] label).

    Raises:
      UserError: names the record, where its sizes do not fit its bytes.
    """
    found = features(record)
    try:
        height, width = (found[key].int64_list.value[0] for key in ("height", "width"))
        image, mask = (found[key].bytes_list.value[0] for key in ("image_raw", "mask_raw"))
    except (KeyError, IndexError):
        raise UserError("{}: expected height, width, image_raw and mask_raw, got {}; write it "
                        "again".format(record, ", ".join(sorted(found)) or "nothing")) from None
    if (len(image), len(mask)) != (3 * height * width, height * width):
        raise UserError(f"{record}: image_raw has {len(image)} bytes and mask_raw {len(mask)}, "
                        f"expected {height}x{width}x3 and {height}x{width}; write it again")
    return (np.frombuffer(image, np.uint8).reshape(height, width, 3),
            np.frombuffer(mask, np.uint8).reshape(height, width))
