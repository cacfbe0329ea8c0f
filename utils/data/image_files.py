"""Lists the image files that a flag names, and what a folder holds."""
import os
from typing import Iterator, List, NamedTuple, Tuple

import numpy as np

from utils.data.images import load_image, read_bytes
from utils.errors import UserError

#: Files of a folder that are taken for images.
IMAGE_ENDINGS = (".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif",
                 ".tiff", ".webp")
#: What systems leave in folders, in lower case; so are names that begin with a dot.
_SYSTEM = ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin",
           "#recycle", "@recycle", "system volume information", "lost+found", "icon\r")


class Tree(NamedTuple):
    """What is below a folder: sorted paths relative to it, with "/". Dead links count as files."""
    files: List[str]
    hidden: List[str]


def is_hidden(name: str) -> bool:
    """Tells whether a name is a system's own, and no user's."""
    return name.startswith(".") or name.lower() in _SYSTEM


def is_image(name: str) -> bool:
    """Tells whether a name ends as those of images do."""
    return name.lower().endswith(IMAGE_ENDINGS)


def is_dead_link(path: str) -> bool:
    """Tells whether a path is a link that leads nowhere."""
    return os.path.islink(path) and not os.path.exists(path)


def list_folder(folder: str) -> List[str]:
    """Returns the names in a folder, sorted by their bytes, which no locale changes.

    Raises:
      UserError: it cannot be read.
    """
    try:
        return sorted(os.listdir(folder), key=os.fsencode)
    except OSError as error:
        raise UserError(f"{folder}: the folder cannot be read ({error.strerror}); check its "
                        "rights") from error


def visible_folders(folder: str) -> List[str]:
    """Returns the sorted names of the visible folders in a folder; none where it is missing."""
    if not os.path.isdir(folder):
        return []
    return [name for name in list_folder(folder)
            if not is_hidden(name) and os.path.isdir(os.path.join(folder, name))]


def walk_files(folder: str) -> Tree:
    """Returns all files below a folder, folders that are links included; none where it is missing.

    Raises:
      UserError: a folder cannot be read, or a link leads back to a folder above it.
    """
    tree = Tree([], [])
    if os.path.isdir(folder):
        _walk(folder, "", (os.path.realpath(folder),), tree)
    return Tree(*(sorted(names, key=os.fsencode) for names in tree))


def _walk(root, below, above, tree):
    for name in list_folder(os.path.join(root, below)):
        relative = below + name
        path = os.path.join(root, relative)
        if is_hidden(name):
            tree.hidden.append(relative)
        elif not os.path.isdir(path):
            tree.files.append(relative)
        elif os.path.realpath(path) in above:
            raise UserError(f"{path}: a link to a folder above it; remove it")
        else:
            _walk(root, relative + "/", above + (os.path.realpath(path),), tree)


def image_files(path: str, name: str = "imagepath") -> List[str]:
    """Returns the image itself, or the images in a folder, sorted; hidden files are passed over.

    Args:
      path: a file or a folder.
      name: the flag that gave it, for errors.

    Raises:
      UserError: nothing there, or no images in it.
    """
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UserError(f"--{name}={path}: no such file or folder")
    names = [entry for entry in list_folder(path) if is_image(entry) and not is_hidden(entry)]
    if not names:
        raise UserError(f"--{name}={path}: {_without_images(path)}")
    return [os.path.join(path, entry) for entry in names]


def _without_images(path):
    below = sorted({file.split("/")[0] for file in walk_files(path).files
                    if "/" in file and is_image(file)})
    if below:
        return "no images in this folder itself, but in its folders; name one of them: {}".format(
            ", ".join(below[:8]) + (", ..." if len(below) > 8 else ""))
    return "no images in this folder; expected files that end in {}".format(
        ", ".join(IMAGE_ENDINGS))


def load_images(paths: List[str], left_out: List[str]) -> Iterator[Tuple[str, np.ndarray]]:
    """Yields (path, uint8 [H, W, 3]) of the files that can be read.

    Args:
      paths: of image files.
      left_out: list that takes a line on each of the others.

    Raises:
      UserError: the only file cannot be read.
    """
    for path in paths:
        try:
            image = load_image_file(path)
        except UserError as error:
            if len(paths) == 1:
                raise
            left_out.append(f"left out: {error}")
        else:
            yield path, image


def load_image_file(path: str) -> np.ndarray:
    """Reads a file's image as a viewer shows it: uint8 [H, W, 3], upright RGB.

    Raises:
      UserError: the file holds no image that can be read.
    """
    if os.path.isdir(path):
        raise UserError(f"{path}: this is a folder; expected an image")
    try:
        return load_image(read_bytes(path), path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
