"""Pairs masks with images by the names of the files.

An image and its mask have the same path below their folders but for the ending. Where not a single
image has such a mask, one rule is looked for that holds for all images or for all masks. It is
taken where no other rule holds:

    something before or behind the image's name    a_mask.png, gt_a.png, a.jpg.png
    words for both                                 img_1.jpg and mask_1.png
    the same names                                 in other folders
"""
import collections
import os
import re
import unicodedata
from typing import Dict, List, NamedTuple, Optional

from utils.errors import UserError

#: Endings of masks: all without loss.
MASK_ENDINGS = (".png", ".tif", ".tiff", ".bmp", ".gif", ".pgm", ".ppm")
#: Found where there is nothing better; reading them says why they are no masks.
_JPEG_ENDINGS = (".jpg", ".jpeg", ".jpe")
_SAMPLED = 5
_IMAGE_WORD = "images?|imgs?|im|rgb|sat|photo|picture|pic|input|raw|color|colour|leftImg8bit"
_MASK_WORD = ("masks?|labels?|lbl|gt|groundtruth|ground_truth|seg|segmentation|segm|annotations?|"
              "annot|ann|target|mat|gtFine_labelIds|gtFine_labelTrainIds")


class Matching(NamedTuple):
    """The masks of images.

    Attributes:
      masks: {image file: mask file}, as far as found.
      rule: how they were found, in words; None where by equal names.
    """
    masks: Dict[str, str]
    rule: Optional[str]


def match_masks(images: List[str], masks: List[str], where: str) -> Matching:
    """Finds the masks of images.

    Args:
      images: paths relative to the folder of images, with "/".
      masks: paths relative to the folder of masks, with "/".
      where: the folder of the masks, for errors.

    Raises:
      UserError: two masks of one name, or several rules that hold.
    """
    found = _exact(images, masks, where)
    if found:
        return _with_other_case(images, masks, found)
    found = _with_other_case(images, masks, found)
    for rule in (_full_names, _affixes, _words, _flat) if not found.masks else ():
        for matching in rule(images, masks, where):
            return matching
    return found


def check_stems(images: List[str], where: str) -> None:
    """Raises a `UserError` where two images of a folder have one name but for the ending."""
    by_stem = collections.defaultdict(list)
    for image in images:
        by_stem[stem(image)].append(image)
    for same in by_stem.values():
        if len(same) > 1:
            raise UserError("{}: {} have one name but for the ending, so that a mask may belong to "
                            "either; keep one of them".format(where, " and ".join(same)))


def stem(path: str) -> str:
    """Returns the path without its ending."""
    return os.path.splitext(path)[0]


def _by_stem(masks, where):
    """Returns {stem: mask file}; a `UserError` where two lossless masks have one stem."""
    found = {}
    for mask in masks:
        if mask.lower().endswith(MASK_ENDINGS):
            first = found.setdefault(stem(mask), mask)
            if first != mask:
                raise UserError(f"{where}: {first} and {mask} are masks of one image; keep one")
    for mask in masks:
        if mask.lower().endswith(_JPEG_ENDINGS):
            found.setdefault(stem(mask), mask)
    return found


def _exact(images, masks, where):
    by_stem = _by_stem(masks, where)
    return {image: by_stem[stem(image)] for image in images if stem(image) in by_stem}


def _plain(path):
    """Returns the path as systems compare names that do not tell upper from lower case."""
    return unicodedata.normalize("NFC", stem(path)).casefold()


def _with_other_case(images, masks, found):
    """Returns `found`, and masks whose names differ by case, or by how accents are stored, only."""
    taken = set(found.values())
    candidates = collections.defaultdict(list)
    for mask in masks:
        if mask not in taken and mask.lower().endswith(MASK_ENDINGS):
            candidates[_plain(mask)].append(mask)
    lonely = [image for image in images if image not in found]
    counts = collections.Counter(_plain(image) for image in lonely)
    more = {image: candidates[_plain(image)][0] for image in lonely
            if counts[_plain(image)] == 1 and len(candidates.get(_plain(image), ())) == 1}
    rule = "{} are found by names that differ in case or accents only, as {}".format(
        len(more), " and ".join(next(iter(more.items())))) if more else None
    return Matching(dict(found, **more), rule)


# ---- Rules for all files. Each returns a list of `Matching`: none, or the one that holds. ----

def _complete(found, images, masks):
    """Tells whether a rule holds for all images or for all masks, each mask used once."""
    return (found and len(set(found.values())) == len(found)
            and (len(found) == len(images) or len(found) == len(masks)))


def _full_names(images, masks, where):
    by_stem = _by_stem(masks, where)
    found = {image: by_stem[image] for image in images if image in by_stem}
    if not _complete(found, images, masks):
        return []
    return [Matching(found, "the mask of image `{}` is `{}`".format(*next(iter(found.items()))))]


def _affixes(images, masks, where):
    by_stem = _by_stem(masks, where)
    holding = collections.OrderedDict()
    for before, behind in _candidates(images, by_stem):
        found = {image: by_stem[_mask_stem(image, before, behind)] for image in images
                 if _mask_stem(image, before, behind) in by_stem
                 and _stands_apart(image, before, behind)}
        if _complete(found, images, masks):
            holding[before + "*" + behind] = found
    if len(holding) > 1:
        raise UserError("{}: masks of several kinds for the same images ({}); leave one kind in "
                        "the folder".format(where, ", ".join(list(holding)[:4])))
    return [Matching(found, f"the mask of image `*` is `{rule}`")
            for rule, found in holding.items()]


def _candidates(images, by_stem):
    """Returns (what stands before, what stands behind) names of images in names of masks, by
    frequency."""
    counts = collections.Counter()
    for image in images[::max(len(images) // _SAMPLED, 1)][:_SAMPLED]:
        folder, name = os.path.split(stem(image))
        for mask in by_stem:
            mask_folder, mask_name = os.path.split(mask)
            if mask_folder == folder and name in mask_name:
                counts[tuple(mask_name.split(name, 1))] += 1
    return [affixes for affixes, _ in counts.most_common(20)]


def _mask_stem(image, before, behind):
    folder, name = os.path.split(stem(image))
    return os.path.join(folder, before + name + behind)


def _stands_apart(image, before, behind):
    """Tells whether what stands beside the name does not lengthen its first or last word or
    number."""
    name = os.path.basename(stem(image))
    edges = [before[-1:] + name[0], name[-1] + behind[:1]]
    return not any(len(edge) == 2 and (edge.isalpha() or edge.isdigit()) for edge in edges)


def _words(images, masks, where):
    by_core = collections.defaultdict(list)
    for mask in _by_stem(masks, where).values():
        by_core[_core(mask, _MASK_WORD)].append(mask)
    cores = collections.Counter(_core(image, _IMAGE_WORD) for image in images)
    found = {image: by_core[_core(image, _IMAGE_WORD)][0] for image in images
             if len(by_core.get(_core(image, _IMAGE_WORD), ())) == 1
             and cores[_core(image, _IMAGE_WORD)] == 1}
    if not _complete(found, images, masks):
        return []
    return [Matching(found, "names equal but for words such as image and mask, as {} and "
                     "{}".format(*next(iter(found.items()))))]


def _core(path, words):
    """Returns the stem without one word of those at its beginning and its end."""
    folder, name = os.path.split(stem(path))
    name = re.sub(f"(?i)^(?:{words})(?=[^a-z])[_. -]*", "", name)
    name = re.sub(f"(?i)[_. -]+(?:{words})$", "", name)
    return os.path.join(folder, name)


def _flat(images, masks, where):
    """Returns the same names in other folders, each name once on both sides."""
    by_name = collections.defaultdict(list)
    for mask in _by_stem(masks, where).values():
        by_name[os.path.basename(stem(mask))].append(mask)
    names = collections.Counter(os.path.basename(stem(image)) for image in images)
    found = {image: by_name[os.path.basename(stem(image))][0] for image in images
             if len(by_name.get(os.path.basename(stem(image)), ())) == 1
             and names[os.path.basename(stem(image))] == 1}
    if not _complete(found, images, masks):
        return []
    return [Matching(found, "the same names in other folders, as {} and {}".format(
        *next(iter(found.items()))))]
