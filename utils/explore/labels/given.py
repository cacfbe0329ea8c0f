"""Reads the pictures and labels of a split from its records. No TensorFlow."""
from typing import Iterator, NamedTuple, Sequence

import numpy as np

from utils.data.images import load_image
from utils.data.masks.files import mask_from_bytes
from utils.data.record_files import read_examples, split_files
from utils.errors import UserError


class Given(NamedTuple):
    """An image as its record has it.

    Attributes:
      index: its place in the split.
      label: uint8 [H, W].
      picture: the encoded image.
    """
    index: int
    label: np.ndarray
    picture: bytes

    def image(self) -> np.ndarray:
        """Decodes the image: uint8 [H, W, 3]."""
        return load_image(self.picture, f"image {self.index}")


def read_given(datapath: str, split: str, names: Sequence[str]) -> Iterator[Given]:
    """Yields the images of a split, in the order of a result.

    Args:
      datapath: folder of the records.
      names: of the images, as the result has them.

    Raises:
      UserError: no such records, records of raw pixels, or other images.
    """
    index = 0
    for path in split_files(datapath, split):
        for record in read_examples(path):
            if "label" not in record or "image" not in record or "name" not in record:
                raise UserError(f"{path}: records of raw pixels have no names and no pictures: "
                                "convert the data set anew (fcn_data.py convert)")
            name = record["name"].decode("utf-8", "replace") or f"{split}_{index}"
            if index >= len(names) or name != names[index]:
                raise _other_images(datapath, split)
            label = mask_from_bytes(record["label"], f"{path}, label {index}")
            yield Given(index, label, record["image"])
            index += 1
    if index != len(names):
        raise _other_images(datapath, split)


def _other_images(datapath, split):
    return UserError(f"{datapath}: the {split} records are not those that were extracted: give the "
                     "folder of theirs as --datapath")
