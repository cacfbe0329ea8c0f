"""PASCAL VOC 2012 segmentation, with or without the labels of SBD (Hariharan et al., ICCV 2011).

VOC's masks are palette PNGs whose indices are the classes, 255 the void border. SBD's are MATLAB
files, without void, or PNGs of indices in SegmentationClassAug (`trainaug` only). A folder with a
class list of its own (`voc/own.py`) has those classes instead, and no SBD. An image that both label
takes VOC's label. The splits, as sets of ids:

    variant    training                              images  validation                     images
    sbd        SBD and VOC train, without VOC val     10582  VOC val without SBD's train       904
    sbd_more   all of SBD and VOC but the 904         11127  VOC val without SBD's train       904
    trainaug   as sbd                                 10582  VOC val                          1449
    voc        VOC train                               1464  VOC val                          1449

The 904 are VOC val outside SBD's *training* list (8498 ids); outside all of SBD there are only 346.
"""
import dataclasses
import functools
import os
from typing import Dict, List

import numpy as np

from utils.data.datasets.base import (
    DATASETS,
    Pair,
    SegDataset,
    check_values_of_list,
    distinct_palette,
    with_masks,
)
from utils.data.datasets.voc.lists import read_ids, voc_findings
from utils.data.datasets.voc.own import (
    VOC_FOLDERS,
    VOC_LISTS,
    VOC_VOID,
    find_own,
    list_own_pairs,
    own_findings,
)
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.files import read_index_mask
from utils.data.masks.reading import MaskClasses
from utils.errors import UserError

_CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor")
_SBD_FOLDERS = ("benchmark_RELEASE/dataset", "SBD/dataset", "SBD", "sbd/dataset", "sbd", "dataset")
#: SBD's labels as PNGs of indices, as other projects hand them on, and the lists of their ids.
_AUGMENTED, _AUGMENTED_LISTS = "SegmentationClassAug", ("trainaug.txt", "train_aug.txt")


@dataclasses.dataclass(frozen=True)
class _Ids:
    """The published lists, as sets of ids."""
    voc_train: frozenset
    voc_val: frozenset
    sbd_train: frozenset = frozenset()
    sbd_val: frozenset = frozenset()


def split_ids(ids: _Ids, variant: str) -> Dict[str, List[str]]:
    """Chooses {split: sorted ids} of a variant; the table above says which they are."""
    everything = ids.voc_train | ids.voc_val | ids.sbd_train | ids.sbd_val
    outside = ids.voc_val - ids.sbd_train
    training, validation = {
        "sbd": (everything - ids.voc_val, outside),
        "sbd_more": (everything - outside, outside),
        "trainaug": (everything - ids.voc_val, ids.voc_val),
        "voc": (ids.voc_train, ids.voc_val)}[variant]
    return {"training": sorted(training), "validation": sorted(validation)}


def _first_folder(roots, below, needed):
    for root in roots:
        for part in below:
            folder = os.path.normpath(os.path.join(root, part))
            if os.path.exists(os.path.join(folder, needed)):
                return folder
    return None


def _find_voc(source):
    voc = _first_folder([source], VOC_FOLDERS, VOC_LISTS)
    if voc is None:
        raise UserError(f"--source={source}: no {VOC_LISTS} in it; expected VOCdevkit/VOC2012 as "
                        "published")
    return voc


def _find_sbd(source, named, instead=""):
    roots, below = ([named], _SBD_FOLDERS + (".",)) if named else (
        [source, os.path.dirname(os.path.abspath(source))], _SBD_FOLDERS)
    sbd = _first_folder(roots, below, "cls")
    if sbd is None:
        raise UserError("{}: no SBD in it (benchmark_RELEASE/dataset with cls, img, train.txt and "
                        "val.txt); name its folder by --sbd, or use --variant=voc{}".format(
                            "--sbd=" + named if named else "--source=" + source, instead))
    return sbd


def _lists(voc, sbd):
    """Returns [(path, ids as they stand)] of VOC's train and val lists, and of SBD's."""
    lists = [(os.path.join(voc, VOC_LISTS, name), voc) for name in ("train.txt", "val.txt")]
    if sbd:
        lists += [(os.path.join(sbd, name), sbd) for name in ("train.txt", "val.txt")]
    return [(path, read_ids(path, folder)) for path, folder in lists]


def _ids(voc, sbd):
    return _Ids(*[frozenset(ids) for _, ids in _lists(voc, sbd)])


def _pair(voc, sbd, ids, name):
    """Returns VOC's image and label where VOC has labelled it, SBD's otherwise."""
    in_voc = name in ids.voc_train or name in ids.voc_val
    image = os.path.join(voc, "JPEGImages", name + ".jpg")
    if not in_voc and not os.path.isfile(image):
        image = os.path.join(sbd, "img", name + ".jpg")
    label = os.path.join(voc, "SegmentationClass", name + ".png") if in_voc else os.path.join(
        sbd, "cls", name + ".mat")
    return Pair(name, image, label)


def _list_pairs(voc, sbd, variant, unused_source):
    ids = _ids(voc, sbd)
    pairs = {split: tuple(_pair(voc, sbd, ids, name) for name in names)
             for split, names in split_ids(ids, variant).items()}
    test = _test_pairs(voc)
    if test and all(os.path.isfile(pair.label) for pair in test):
        pairs["test"] = test
    return pairs


def _test_pairs(voc):
    """Returns the pairs of test.txt. VOC's have no masks; data of others in this layout may."""
    path = os.path.join(voc, VOC_LISTS, "test.txt")
    ids = frozenset(read_ids(path, voc)) if os.path.isfile(path) else frozenset()
    return tuple(_pair(voc, None, _Ids(ids, frozenset()), name) for name in sorted(ids))


def _source_findings(voc, sbd, unused_source):
    return voc_findings(_lists(voc, sbd), os.path.join(voc, "SegmentationClass"), _test_pairs(voc))


def _augmented_pairs(voc, augmented, unused_source):
    """Images and labels of VOC and of the list trainaug, where SBD's labels are PNGs."""
    ids = _Ids(*[frozenset(read_ids(path, voc)) for path in _augmented_lists(voc, augmented)])
    return {split: tuple(_augmented_pair(voc, ids, name) for name in names)
            for split, names in split_ids(ids, "trainaug").items()}


def _augmented_lists(voc, augmented):
    return [os.path.join(voc, VOC_LISTS, name) for name in ("train.txt", "val.txt")] + [augmented]


def _augmented_pair(voc, ids, name):
    labels = "SegmentationClass" if name in ids.voc_train | ids.voc_val else _AUGMENTED
    return Pair(name, os.path.join(voc, "JPEGImages", name + ".jpg"),
                os.path.join(voc, labels, name + ".png"))


def _augmented_findings(voc, augmented, unused_source):
    lists = [(path, read_ids(path, voc)) for path in _augmented_lists(voc, augmented)]
    return voc_findings(lists, os.path.join(voc, _AUGMENTED), ())


def _find_augmented(voc):
    """Returns the list of a VOC folder with SBD's labels as PNGs, or None."""
    if not os.path.isdir(os.path.join(voc, _AUGMENTED)):
        return None
    paths = [os.path.join(voc, VOC_LISTS, name) for name in _AUGMENTED_LISTS]
    return next((path for path in paths if os.path.isfile(path)), None)


def _published(family, source, options):
    """Returns (`list_pairs`, `source_findings`) of a folder with VOC's classes."""
    variant = options.variant or family.variants[0]
    voc = _find_voc(source)
    augmented = _find_augmented(voc)
    if augmented and variant == "trainaug" and not options.sbd:
        return tuple(functools.partial(function, voc, augmented)
                     for function in (_augmented_pairs, _augmented_findings))
    sbd = None if variant == "voc" else _find_sbd(
        source, options.sbd, ", or --variant=trainaug" if augmented else "")
    return (functools.partial(_list_pairs, voc, sbd, variant),
            functools.partial(_source_findings, voc, sbd))


def _configure(family, source, options):
    own = find_own(source)
    if own is not None:
        return _configure_own(family, source, options, own)
    pairs, findings = _published(family, source, options)
    family = with_masks(
        dataclasses.replace(family, list_pairs=pairs, source_findings=findings), source, options,
        MaskClasses(family.class_names, family.palette, VOC_VOID), where="VOC's classes",
        foreign="list the classes of your own data in {}, as `name r g b`".format(
            os.path.join(_find_voc(source), "classes.txt")))
    return dataclasses.replace(family, decode_label=functools.partial(
        _decode_label, family.decode_label))


def _configure_own(family, source, options, own):
    """Returns a VOC folder with a class list: its classes, its lists."""
    if options.variant not in ("", "voc"):
        raise UserError(f"--variant={options.variant}: {own.path} lists classes of its own, which "
                        "SBD does not label; leave the flag out")
    classes = own.classes
    check_values_of_list(own.path, classes, options)
    family = dataclasses.replace(
        family, class_names=classes.names,
        palette=classes.colours or distinct_palette(len(classes.names)),
        list_pairs=functools.partial(list_own_pairs, own, options.seed),
        source_findings=functools.partial(own_findings, own))
    return with_masks(family, source, options, classes, where=own.path)


def _decode_label(masks, path):
    if path.endswith(".mat"):
        return masks.classes.labels(read_sbd_label(path)).astype(np.uint8)
    return masks(path)


def decode_label(path: str) -> np.ndarray:
    """Reads a label of the published data, whatever palettes show: uint8 [H, W]."""
    return read_sbd_label(path) if path.endswith(".mat") else read_index_mask(path)


def read_sbd_label(path: str) -> np.ndarray:
    """Reads the class indices of an SBD `cls/*.mat`: uint8 [H, W].

    Raises:
      UserError: no such file, or no `GTcls.Segmentation` in it.
    """
    import scipy.io  # slow to load, and of use here only
    if not os.path.isfile(path):
        raise UserError(f"{path}: no such file; restore it or take it off the list")
    try:
        found = scipy.io.loadmat(path, struct_as_record=True)["GTcls"]
        label = np.asarray(found["Segmentation"][0, 0])
    except Exception as error:  # scipy's readers raise all kinds; the file is at fault
        raise UserError(f"{path}: not an SBD label (expected GTcls.Segmentation; "
                        f"{type(error).__name__}: {error}); copy it again") from error
    return np.where(label > IGNORE_LABEL, IGNORE_LABEL, label).astype(np.uint8)


DATASETS.register("pascal_seg", SegDataset(
    name="pascal_seg", class_names=_CLASSES, palette=distinct_palette(len(_CLASSES)),
    layout="VOCdevkit/VOC2012 and beside it benchmark_RELEASE (SBD)",
    list_pairs=None, decode_label=decode_label, configure=_configure,
    variants=("sbd", "sbd_more", "trainaug", "voc"), options=("sbd",)))
