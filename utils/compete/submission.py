"""Writes a submission: a zip of PNGs of class indices, and submission.json."""
import contextlib
import json
import os
import zipfile
from typing import Any, Dict, Mapping, Optional, Sequence

import numpy as np

from utils.compete.names import FileNames
from utils.data.images import encode_png
from utils.files import beside

#: What a submission tells of itself, beside its PNGs.
INFO = "submission.json"
#: The time of every file in the zip: the same predictions give the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_RIGHTS = 0o100644 << 16


class SubmissionWriter:
    """Writes the zip of one run, whole or not at all.

        with SubmissionWriter("team.zip", class_names, {"method": "LinkNet"}) as submission:
            submission.add(name, prediction)

    Args:
      path: of the zip, which is replaced.
      class_names: C names, in the order of the indices.
      meta: {"team", "method", "note": text}; each may be missing. More is kept, and not read.
    """

    def __init__(self, path: str, class_names: Sequence[str],
                 meta: Optional[Mapping[str, Any]] = None) -> None:
        self._path, self._written = path, beside(path)
        self._names, self._classes = FileNames(), list(class_names)
        self._info: Dict[str, Any] = dict(meta or {}, class_names=self._classes)
        self._archive: Optional[zipfile.ZipFile] = None

    def __enter__(self) -> "SubmissionWriter":
        try:
            self._archive = zipfile.ZipFile(self._written, "w")
        except OSError as error:
            error.filename = self._path
            raise
        return self

    def __exit__(self, error_type: Any, *unused_error: Any) -> None:
        assert self._archive is not None
        try:
            if error_type is None:
                self._write(INFO, (json.dumps(self._info, sort_keys=True, indent=1) + "\n").encode(
                    "utf-8"))
            self._archive.close()
            if error_type is None:
                os.replace(self._written, self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self._written)

    def add(self, name: str, prediction: np.ndarray) -> None:
        """Adds the prediction of the next image of the records, in their order.

        Args:
          name: of the image in the records; two images may have the same.
          prediction: uint8 [H, W], class indices, of the image's own size.

        Raises:
          ValueError: another type or shape, or an index that is no class.
        """
        self.add_file(self._names.give(name), prediction)

    def add_file(self, stem: str, prediction: np.ndarray) -> None:
        """Adds the prediction of an image file of the competition, in any order.

        Args:
          stem: name of the file without folder and ending.
          prediction: as `add` takes it.
        """
        prediction = np.asarray(prediction)
        if prediction.dtype != np.uint8 or prediction.ndim != 2 or not prediction.size:
            raise ValueError(f"the prediction of {stem} is {prediction.dtype} "
                             f"{list(prediction.shape)}, expected uint8 [H, W]")
        if prediction.max() >= len(self._classes):
            raise ValueError(f"the prediction of {stem} holds {prediction.max()}, expected "
                             f"indices below {len(self._classes)}")
        self._write(stem + ".png", encode_png(prediction))

    def _write(self, name, data):
        assert self._archive is not None
        info = zipfile.ZipInfo(name, _TIME)
        info.external_attr, info.create_system = _RIGHTS, 3
        self._archive.writestr(info, data)
