"""The files that show what a net sees: a panel and the plain labels of each image."""
import itertools
import os
from typing import Optional, Sequence, Tuple

import numpy as np

from utils.data.images import encode_png
from utils.drawing.colours import palette_png
from utils.drawing.panel import legend_strip, panel
from utils.errors import UserError
from utils.files import write_bytes


class Artist:
    """Writes pictures into a folder, which it makes at the first.

    Raises:
      UserError: the folder is a file.
    """

    def __init__(self, folder: str, class_names: Sequence[str],
                 palette: Sequence[Tuple[int, int, int]], overlay: bool) -> None:
        if os.path.exists(folder) and not os.path.isdir(folder):
            raise UserError(f"--outdir={folder}: this is a file; expected a folder, new or there")
        self._folder, self._class_names, self._overlay = folder, class_names, overlay
        self.palette = palette

    def path(self, name: str) -> str:
        """Returns the path of a file in the folder."""
        os.makedirs(self._folder, exist_ok=True)
        return os.path.join(self._folder, name)

    def require_others(self, files: Sequence[str]) -> None:
        """Raises a `UserError` where a picture that `draw` would write is one of the image
        files."""
        taken = {os.path.realpath(path) for path in files}
        for path, end in itertools.product(files, (".png", "_labels.png")):
            written = os.path.join(self._folder, os.path.basename(path) + end)
            if os.path.realpath(written) in taken:
                raise UserError(f"--outdir={self._folder}: the picture of {path} would replace "
                                f"{written}; give another folder")

    def strip(self, width: int) -> np.ndarray:
        """Returns the legend of all classes: uint8 [height, width, 3]."""
        return legend_strip(self._class_names, self.palette, width)

    def draw(self, name: str, title: str, image: np.ndarray, prediction: np.ndarray,
             truth: Optional[np.ndarray]) -> None:
        """Writes <name>.png, the panel, and <name>_labels.png, the prediction as a palette PNG."""
        drawn = panel(image, prediction, truth, self._class_names, self.palette, title,
                      self._overlay)
        write_bytes(self.path(name + ".png"), encode_png(drawn))
        write_bytes(self.path(name + "_labels.png"), palette_png(prediction, self.palette))
        print(self.path(name + ".png"))
