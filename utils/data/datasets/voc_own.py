"""A folder in VOC's layout with classes of its own, as CVAT, labelme and others export it.

    labelmap.txt, classes.txt or class_names.txt     the class list, as of `folder`
    JPEGImages/                                      images
    SegmentationClass/ or SegmentationClassPNG/      masks
    ImageSets/Segmentation/                          train.txt, val.txt, test.txt; or one list
                                                     (trainval.txt, default.txt), or none: a fifth
                                                     is then chosen for validation
"""
import dataclasses
import os
from typing import Optional

from utils.data.datasets.base import Pair, canonical_split, read_list, split_by_hash
from utils.data.datasets.folder import read_classes
from utils.data.findings import note, unpaired
from utils.data.image_files import IMAGE_ENDINGS
from utils.data.masks import MaskClasses
from utils.errors import UserError

VOC_FOLDERS = ("VOCdevkit/VOC2012", "VOC2012", ".")
VOC_LISTS = "ImageSets/Segmentation"
#: The colour of VOC's index 255.
VOC_VOID = (224, 224, 192)
_CLASS_LISTS = ("labelmap.txt", "classes.txt", "class_names.txt", "labels.txt")
_IMAGES, _MASKS = "JPEGImages", ("SegmentationClass", "SegmentationClassPNG")
#: Lists of all ids, where there are no lists of splits; the first that is there is taken.
_WHOLE = ("trainval", "default", "all")


@dataclasses.dataclass(frozen=True)
class OwnVoc(object):
    """A VOC folder with its class list.

    Attributes:
      folder: that holds JPEGImages.
      class_list: path of the class list.
      classes: what it says.
    """
    folder: str
    class_list: str
    classes: MaskClasses


def find_own(source: str) -> Optional[OwnVoc]:
    """The VOC folder below a source and its class list; None where it has no such list."""
    for part in VOC_FOLDERS:
        folder = os.path.normpath(os.path.join(source, part))
        if os.path.isdir(os.path.join(folder, _IMAGES)):
            lists = [os.path.join(place, name) for place in (folder, source)
                     for name in _CLASS_LISTS]
            found = [path for path in lists if os.path.isfile(path)]
            return OwnVoc(folder, found[0], _read(found[0])) if found else None
    return None


def _read(path):
    names, colours, ignored = read_classes(path)
    if colours and ignored is None and VOC_VOID not in colours:
        ignored = VOC_VOID
    return MaskClasses(names, colours, ignored)


def _split_lists(own):
    """{split: path of its list}; {"": path} of a list of all ids; {} without lists."""
    folder = os.path.join(own.folder, VOC_LISTS)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    stems = {os.path.splitext(name)[0].lower(): os.path.join(folder, name)
             for name in names if name.lower().endswith(".txt")}
    found = {}
    for stem, path in stems.items():
        try:
            split = canonical_split(stem)
        except UserError:  # a list of something else
            continue
        if split in found:
            raise UserError("{} and {}: two lists of {} images; keep one".format(
                found[split], path, split))
        found[split] = path
    whole = [stems[stem] for stem in _WHOLE if stem in stems] + list(stems.values())
    return found or ({"": whole[0]} if whole else {})


def list_own_pairs(own: OwnVoc, seed: int, unused_source=""):
    """{split: pairs} by the lists of the folder, or by a hash where no list says."""
    lists = _split_lists(own) or {"": None}
    pairs = {split: tuple(_pair(own, name) for name in _names(own, path))
             for split, path in lists.items()}
    return split_by_hash(pairs[""], seed) if "" in pairs else pairs


def _names(own, path):
    if path:
        return [row[0] for row in read_list(path)]
    return [os.path.splitext(name)[0] for name in _mask_names(own)]


def _masks_folder(own):
    folders = [os.path.join(own.folder, name) for name in _MASKS]
    return next((folder for folder in folders if os.path.isdir(folder)), folders[0])


def _mask_names(own):
    folder = _masks_folder(own)
    return sorted(name for name in os.listdir(folder) if name.lower().endswith(".png")) \
        if os.path.isdir(folder) else []


def _pair(own, name):
    start = os.path.join(own.folder, _IMAGES, name)
    endings = [".jpg"] + [one for ending in IMAGE_ENDINGS for one in (ending, ending.upper())]
    image = next((start + ending for ending in endings if os.path.isfile(start + ending)),
                 start + ".jpg")
    return Pair(name, image, os.path.join(_masks_folder(own), name + ".png"))


def own_findings(own: OwnVoc, unused_source=""):
    """Notes the class list; warns of masks that no list names."""
    listed = {pair.label for pairs in list_own_pairs(own, 0).values() for pair in pairs}
    found = [os.path.join(_masks_folder(own), name) for name in _mask_names(own)]
    return [note("class list", "{}: its {} classes are taken instead of VOC's".format(
        own.class_list, len(own.classes.names)))] + unpaired(
            path for path in found if path not in listed)
