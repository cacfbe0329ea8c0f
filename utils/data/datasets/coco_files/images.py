"""The images of a COCO file: their ids, their files on this disk, their sizes."""
import collections
import os
from typing import Any, List, Optional, Sequence

from utils.data.datasets.coco_files.file import CocoFile, same_id
from utils.data.findings import Finding, some, warning
from utils.data.image_files import is_image, walk_files
from utils.errors import UserError

#: name: of the pair; path: of the file, which need not exist; size: (height, width) or None.
Entry = collections.namedtuple("Entry", "id name path size")
#: {kind: (severity, what is wrong with the images, remedy)}
_TEXTS = {
    "image id twice": ("error", "have the id of another image", "give each image its own id"),
    "image twice": ("error", "are the same file as another image", "list each image once"),
    "no image": ("error", "have no id, or no file_name", "expected objects with id, file_name, "
                 "height and width"),
    "ambiguous image": ("error", "are in several folders", "say in file_name which is meant"),
    "found by name": ("note", "were found by the end of their file_name", "look whether they are "
                      "the right ones"),
    "no size": ("note", "have no height and width", "those of the image files are taken"),
}
#: So many names tell which folder holds the images.
_SAMPLE = 20


class ImageFolder:
    """The files in and below a folder, by their path from it."""

    def __init__(self, path: str) -> None:
        self.path, self.tree = path, walk_files(path)
        self.files = set(self.tree.files)
        self._by_name = collections.defaultdict(list)
        for file in self.files:
            self._by_name[file.rsplit("/", 1)[-1]].append(file)

    def find(self, name: str, nested: bool = True) -> List[str]:
        """Finds the files that a file_name may mean, as paths from the folder.

        Tools write a name with folders of their own machine before it, with the backslashes of
        Windows, or (`nested`) without the folders below this one.
        """
        if name in self.files or os.path.isfile(os.path.join(self.path, name)):
            return [name]
        parts = name.replace("\\", "/").split("/")
        for start in range(len(parts)):
            if "/".join(parts[start:]) in self.files:
                return ["/".join(parts[start:])]
        return sorted(self._by_name.get(parts[-1], ())) if nested else []


def choose_folder(folders: Sequence[str], file: CocoFile) -> ImageFolder:
    """Returns the folder that holds the images of a file.

    Raises:
      UserError: two folders hold different files of the same name.
    """
    names = [name for name in map(file_name, file.images[:_SAMPLE]) if name]
    there = [ImageFolder(folder) for folder in folders if os.path.isdir(folder)]
    holding = _holding(there, names, False) or _holding(there, names, True)
    if len(holding) > 1:
        raise UserError("{}: its images are in {}; remove all but one folder".format(
            file.path, " and in ".join(folder.path for folder in holding)))
    return (holding or there or [ImageFolder(folders[0])])[0]


def _holding(folders, names, nested):
    """Returns the folders that hold files of these names, none of which an earlier folder holds."""
    holding, known = [], set()
    for folder in folders:
        held = {os.path.realpath(os.path.join(folder.path, found))
                for name in names for found in folder.find(name, nested)}
        if held and not held & known:
            holding.append(folder)
        known |= held
    return holding


def file_name(entry: Any) -> str:
    """Returns the file name in an image's entry; "" where there is none."""
    entry = entry if isinstance(entry, dict) else {}
    name = entry.get("file_name")
    if not name and entry.get("coco_url"):
        name = str(entry["coco_url"]).split("?")[0].rsplit("/", 1)[-1]
    return name if isinstance(name, str) and "\0" not in name else ""


def _side(value):
    """Returns a positive whole number; None for anything else."""
    value = same_id(value)
    return value if isinstance(value, int) and value > 0 else None


def _size(entry):
    size = _side(entry.get("height")), _side(entry.get("width"))
    return None if None in size else size


class Images:
    """The images of a file, with what is doubtful about them.

    Args:
      file: the COCO file.
      folder: where its images are.

    Attributes:
      entries: list of `Entry`, in the order of the file; of images with the same id, the first.
      folder: the `ImageFolder`.
    """

    def __init__(self, file: CocoFile, folder: ImageFolder) -> None:
        self.entries, self.folder = [], folder
        self._file, self._told = file, collections.defaultdict(list)
        ids, paths = set(), set()
        for entry in file.images:
            found = self._entry(entry)
            if found is None or found.id in ids:
                self._told["no image" if found is None else "image id twice"].append(
                    str(entry)[:60] if found is None else f"id {found.id}")
                continue
            path = os.path.normpath(found.path)
            if path in paths:
                self._told["image twice"].append(path)
            ids.add(found.id)
            paths.add(path)
            self.entries.append(found)

    def _entry(self, entry) -> Optional[Entry]:
        name = file_name(entry)
        if not name or entry.get("id") is None:
            return None
        found = self.folder.find(name)
        if found and found != [name]:
            self._told["found by name" if len(found) == 1 else "ambiguous image"].append(
                "{} is {}".format(name, " or ".join(found[:2])))
        size = _size(entry)
        if size is None:
            self._told["no size"].append(name)
        relative = found[0] if found else name
        return Entry(same_id(entry["id"]), os.path.splitext(relative)[0],
                     os.path.join(self.folder.path, relative), size)

    def findings(self) -> List[Finding]:
        """Returns one finding for each kind of image that is doubtful, with count and names."""
        return [self._finding(kind, self._told[kind]) for kind in _TEXTS if self._told.get(kind)]

    def _finding(self, kind, examples):
        severity, text, remedy = _TEXTS[kind]
        return Finding(severity, kind, f"{self._file.path}: {len(examples)} of "
                                       f"{len(self._file.images)} images {text} "
                                       f"({some(examples, 3)}); {remedy}")


def unlisted(images: Sequence[Images]) -> List[Finding]:
    """Returns a warning for each folder with image files that no COCO file lists."""
    listed = {os.path.normpath(entry.path) for one in images for entry in one.entries}
    findings = []
    for path, folder in sorted({one.folder.path: one.folder for one in images}.items()):
        more = [file for file in folder.tree.files if is_image(file)
                and os.path.normpath(os.path.join(path, file)) not in listed]
        if more:
            findings.append(warning("unlisted", f"{path}: {len(more)} images are in no COCO file "
                                                f"and are left out: {some(more, 3)}"))
    return findings
