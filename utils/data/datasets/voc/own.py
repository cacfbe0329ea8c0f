"""A folder in VOC's layout with classes of its own, as CVAT, labelme and others export it.

    labelmap.txt, class_names.txt or another class list (`class_lists`)
    JPEGImages/                                      images
    SegmentationClass/ or SegmentationClassPNG/      masks
    ImageSets/Segmentation/                          train.txt, val.txt, test.txt

With one list only (trainval.txt, default.txt), or with none, a fifth is chosen for validation.
"""
import dataclasses
import os
from typing import Dict, List, Optional, Tuple

from utils.data.datasets.base import Pair, split_by_hash
from utils.data.datasets.listing.class_lists import CLASS_FILES, read_class_list
from utils.data.datasets.voc.lists import read_ids, voc_findings
from utils.data.findings import Finding, note
from utils.data.image_files import IMAGE_ENDINGS, is_image, list_folder, walk_files
from utils.data.masks.reading import MaskClasses
from utils.data.splits import split_of
from utils.errors import UserError

VOC_FOLDERS = ("VOCdevkit/VOC2012", "VOC2012", ".")
VOC_LISTS = "ImageSets/Segmentation"
#: The colour of VOC's index 255.
VOC_VOID = (224, 224, 192)
_CLASS_FILES = ("labelmap.txt", "class_names.txt") + CLASS_FILES
_IMAGES, _MASKS = "JPEGImages", ("SegmentationClass", "SegmentationClassPNG")
#: Lists of all ids, where there are no lists of splits; the first that is there is taken.
_WHOLE = ("trainval", "default", "all")


@dataclasses.dataclass(frozen=True)
class OwnVoc:
    """A VOC folder with its class list.

    Attributes:
      folder: that holds JPEGImages.
      path: of the class list.
      classes: what it says.
      findings: on the class list.
    """
    folder: str
    path: str
    classes: MaskClasses
    findings: Tuple[Finding, ...]


def find_own(source: str) -> Optional[OwnVoc]:
    """Returns the VOC folder below a source and its class list; None where it has no such list."""
    for part in VOC_FOLDERS:
        folder = os.path.normpath(os.path.join(source, part))
        if os.path.isdir(os.path.join(folder, _IMAGES)):
            lists = [os.path.join(place, name) for place in (folder, source)
                     for name in _CLASS_FILES]
            found = [path for path in lists if os.path.isfile(path)]
            return _read(folder, found[0]) if found else None
    return None


def _read(folder, path):
    found = read_class_list(path)
    ignored = found.ignore_colour
    if found.colours and ignored is None and VOC_VOID not in found.colours:
        ignored = VOC_VOID
    return OwnVoc(folder, path, MaskClasses(found.names, found.colours, ignored,
                                            table=found.table), found.findings)


def _split_lists(own):
    """Returns {split: path of its list}; {"": path} of a list of all ids; {} without lists."""
    folder = os.path.join(own.folder, VOC_LISTS)
    names = list_folder(folder) if os.path.isdir(folder) else []
    stems = {os.path.splitext(name)[0].lower(): os.path.join(folder, name)
             for name in names if name.lower().endswith(".txt")}
    found = {}
    for stem, path in stems.items():
        first = found.setdefault(split_of(stem), path)
        if split_of(stem) and first != path:
            raise UserError(f"{path}: lists the same split as {first}; keep one")
    found.pop(None, None)
    whole = [stems[stem] for stem in _WHOLE if stem in stems] + list(stems.values())
    return found or ({"": whole[0]} if whole else {})


def list_own_pairs(own: OwnVoc, seed: int, unused_source: str = "") -> Dict[str, Tuple[Pair, ...]]:
    """Lists {split: pairs} by the lists of the folder, or by a hash where no list says."""
    lists = _split_lists(own)
    if not lists:
        masks = [file for file in walk_files(_masks_folder(own)).files if is_image(file)]
        return split_by_hash(tuple(_pair(own, os.path.splitext(file)[0]) for file in masks), seed)
    pairs = {split: tuple(_pair(own, name) for name in dict.fromkeys(read_ids(path, own.folder)))
             for split, path in lists.items()}
    return split_by_hash(pairs[""], seed) if "" in pairs else pairs


def _masks_folder(own):
    folders = [os.path.join(own.folder, name) for name in _MASKS]
    return next((folder for folder in folders if os.path.isdir(folder)), folders[0])


def _pair(own, name):
    start = os.path.join(own.folder, _IMAGES, name)
    endings = [".jpg"] + [one for ending in IMAGE_ENDINGS for one in (ending, ending.upper())]
    image = next((start + ending for ending in endings if os.path.isfile(start + ending)),
                 start + ".jpg")
    return Pair(name, image, os.path.join(_masks_folder(own), name + ".png"))


def own_findings(own: OwnVoc, unused_source: str = "") -> List[Finding]:
    """Findings on the class list and on the lists of ids."""
    lists = [(path, read_ids(path, own.folder)) for path in _split_lists(own).values()]
    return [note("class list", f"{own.path}: its {len(own.classes.names)} classes are taken "
                               "instead of VOC's")] + list(own.findings) + (
            voc_findings(lists, _masks_folder(own), ()) if lists else [])
