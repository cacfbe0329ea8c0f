"""The image files that a flag names."""
import os

from utils.errors import UserError

#: Files of a folder that are taken for images.
IMAGE_ENDINGS = (".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif",
                 ".tiff", ".webp")


def image_files(path, name="imagepath"):
    """The image itself, or the images in a folder, sorted.

    Args:
      path: a file or a folder.
      name: the flag that gave it, for errors.

    Raises:
      UserError: nothing there, or no images in it.
    """
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError("--{}={}: no such file or folder".format(name, path))
    names = sorted(entry for entry in os.listdir(path) if entry.lower().endswith(IMAGE_ENDINGS))
    if not names:
        raise UserError("--{}={}: no images in this folder; expected files that end in {}".format(
            name, path, ", ".join(IMAGE_ENDINGS)))
    return [os.path.join(path, entry) for entry in names]
