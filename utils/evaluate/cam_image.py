"""The image that `cam` looks at: a file, or one of a split's records."""
import os
from typing import Any, Optional, Sequence

import numpy as np

from utils.data import records
from utils.data.image_files import load_image_file
from utils.data.record_files import read_examples
from utils.data.split import Split
from utils.errors import UserError
from utils.evaluate.segmenter import Item, Segmenter
from utils.names import alike


class ImageSource:
    """An image by its name: a file, or a record of a split.

    Args:
      name: a path, or the image's name among the records.
      args: of a run; its datapath and dataset_family are used where the image is a record.
      datapath: another folder of records, or "".
      split: which split.

    Raises:
      UserError: no such image, or a file that is none.
    """

    def __init__(self, name: str, args: Any, datapath: str, split: str) -> None:
        self.name, self.index = name, -1
        self.image: Optional[np.ndarray] = None
        self.split: Optional[Split] = None
        if os.path.isfile(name):
            self.image = load_image_file(name)
            return
        datapath = datapath or args.datapath
        info = records.open_dataset(datapath, args.dataset_family)
        self.split = records.open_split(datapath, split, info)
        self.index = find_record(self.split.files, name)

    def item(self, segmenter: Segmenter) -> Item:
        """Returns the image as a segmenter sees it."""
        if self.split is None:
            return list(segmenter.segment([(self.name, self.image)], 1))[0]
        return list(segmenter.predictions(self.split, 1, [self.index]))[0]


def find_record(files: Sequence[str], name: str) -> int:
    """Finds the place of an image among the records of a split.

    Raises:
      UserError: there is none of that name; names those that read alike.
    """
    names = [example.get("name", b"").decode("utf-8", "replace")
             for path in files for example in read_examples(path)]
    if name in names:
        return names.index(name)
    near = alike(name, names, 3, .5)
    raise UserError(f"{name!r} is no file, and none of the {len(names)} images of the split" + (
        f": did you mean {', '.join(near)}?" if near else
        f": expected a name as {next(iter(names), '')!r}"))
