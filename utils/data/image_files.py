"""The image files that a flag names."""
import os

from utils.data.images import load_image, read_bytes
from utils.errors import UserError

#: Files of a folder that are taken for images.
IMAGE_ENDINGS = (".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif",
                 ".tiff", ".webp")


def image_files(path, name="imagepath"):
    """The image itself, or the images in a folder, sorted; hidden files (`._x.jpg`) are none.

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
    names = sorted(entry for entry in os.listdir(path)
                   if entry.lower().endswith(IMAGE_ENDINGS) and not entry.startswith("."))
    if not names:
        raise UserError("--{}={}: no images in this folder; expected files that end in {}".format(
            name, path, ", ".join(IMAGE_ENDINGS)))
    return [os.path.join(path, entry) for entry in names]


def load_image_file(path):
    """A file's image as a viewer shows it: uint8 [H, W, 3], upright RGB.

    Raises:
      UserError: there is none to be had from it, for whatever reason.
    """
    if os.path.isdir(path):
        raise UserError("{}: this is a folder; expected an image".format(path))
    try:
        return load_image(read_bytes(path), path)
    except OSError as error:
        raise UserError("{}: cannot be read ({})".format(path, error.strerror or error))
