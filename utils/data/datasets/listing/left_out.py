"""Counts and names what folders of a source hold beside its images and labels."""
import os
from typing import Iterable, List, Sequence

from utils.data.findings import Finding, error, note, some, unpaired, warning
from utils.data.image_files import is_dead_link, is_image, walk_files


def left_out(source: str, folders: Sequence[str], used: Iterable[str],
             apart: Sequence[str] = (),
             remedy: str = "add its partner or remove it") -> List[Finding]:
    """Findings on the files below some folders that are in no pair.

    Args:
      source: the source folder.
      folders: relative to it.
      used: paths of the images and labels of all pairs.
      apart: folders, relative to the source, that are not read: named as a whole.
      remedy: what to do with an image or label in no pair.
    """
    trees = [(folder, walk_files(os.path.join(source, folder))) for folder in folders]
    used = {os.path.normpath(path) for path in used}
    rest = [os.path.join(source, folder, file) for folder, tree in trees for file in tree.files
            if os.path.normpath(os.path.join(source, folder, file)) not in used
            and not (folder + "/" + file).startswith(tuple(one + "/" for one in apart))]
    images = [path for path in rest if is_image(path)]
    others = [path for path in rest if not is_image(path)]
    dead = [path for path in others if is_dead_link(path)]
    hidden = [folder + "/" + file for folder, tree in trees for file in tree.hidden]
    return (unpaired(images, remedy) + _dead_links(dead) + _folders(source, apart)
            + _passed_over(source, "no images", "files that are no images",
                           [os.path.relpath(path, source) for path in others if path not in dead])
            + _passed_over(source, "hidden", "hidden or system files", hidden))


def _dead_links(paths):
    return [error("dead link", f"{path}: a link that leads nowhere; mend or remove it")
            for path in paths]


def _folders(source, apart):
    counts = [(folder, len(walk_files(os.path.join(source, folder)).files)) for folder in apart]
    return [warning("folders", f"{os.path.join(source, folder)}: not read, and its {count} files "
                               "are left out") for folder, count in counts if count]


def _passed_over(source, kind, words, names):
    return [note(kind, f"{source}: {len(names)} {words} are passed over: "
                       f"{some(names, 3)}")] if names else []
