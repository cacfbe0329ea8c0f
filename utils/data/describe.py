"""Describes converted records: a text of counts and frequencies, and a contact sheet."""
from typing import List

import numpy as np
from PIL import Image

from utils.data.images import load_image, shrunk_size
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.files import mask_from_bytes
from utils.data.records import split_files
from utils.data.scan import features, scan
from utils.data.seg_mentor import unpack_pixels
from utils.data.sidecar import DatasetInfo
from utils.drawing.colours import contact_sheet
from utils.drawing.panel import panel

_SIZES_SHOWN = 5


def describe_text(info: DatasetInfo) -> List[str]:
    """Writes the lines of a description: splits, sizes, classes."""
    splits = list(info.splits.values())
    kind = " (seg-mentor's raw-pixel records)" if info.raw_pixels else ""
    lines = [f"{info.family}{kind}: {info.num_classes} classes, ignore label {IGNORE_LABEL}", ""]
    for split in splits:
        lines.append(f"{split.name:<11}{split.count:>7} images  {_sizes(split.sizes)}  sha256 "
                     f"{split.sha256[:12]}")
    return lines + [""] + _class_table(info, splits)


def _sizes(sizes):
    commonest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{size} ({count})" for size, count in commonest[:_SIZES_SHOWN])
    more = len(sizes) - _SIZES_SHOWN
    return shown + (f", {more} more sizes" if more > 0 else "")


def _class_table(info, splits):
    """Writes a row a class: for each split its share of the labelled pixels, its images, and its
    objects where they are told apart."""
    width = max([len(name) for name in info.class_names] + [len("ignored")])
    objects = [split.instances_per_class for split in splits]
    lines = [" " * (width + 5) + "".join(
        "{:>{}}".format(split.name, 20 if own is None else 30)
        for split, own in zip(splits, objects))]
    lines.append(" " * (width + 5) + "".join(
        "{:>11}{:>9}{}".format("pixels", "images", "" if own is None else f"{'objects':>10}")
        for own in objects))
    frequencies = [info.class_frequencies(split.name) for split in splits]
    for index, name in enumerate(info.class_names):
        lines.append("{:>4} {:<{}}".format(index, name, width) + "".join(
            f"{100 * share[index]:>10.3f}%{split.images_per_class[index]:>9}"
            + ("" if own is None else f"{own[index]:>10}")
            for share, split, own in zip(frequencies, splits, objects)))
    lines.append("{:>4} {:<{}}".format(IGNORE_LABEL, "ignored", width) + "".join(
        "{:>10.3f}%{:>{}}".format(100 * _ignored_share(split), "", 9 if own is None else 19)
        for split, own in zip(splits, objects)).rstrip())
    return lines


def _ignored_share(split):
    """Computes the share of ignored pixels in all pixels; classes' shares are of labelled ones."""
    return split.ignored_pixels / max(float(split.ignored_pixels + sum(split.pixels_per_class)), 1)


def draw_contact_sheet(datapath: str, split: str, info: DatasetInfo, images: int = 12,
                       columns: int = 3, side: int = 256) -> np.ndarray:
    """Draws images of a split beside their labels, evenly spaced over it.

    Args:
      datapath: folder of the records.
      split: name of the split.
      info: of the records.
      images: number of images.
      columns: images in a row.
      side: longest side of an image, pixels.

    Returns:
      uint8 [height, width, 3].
    """
    count = info.split(split).count
    wanted = set(int(index) for index in np.linspace(0, count - 1, min(images, count)))
    records = (record for path in split_files(datapath, split) for record in scan(path))
    pictures = []
    for index, record in enumerate(records):
        if index in wanted:
            name, image, label = _unpack(record, info, f"{split}_{index}")
            pictures.append(panel(
                _shrink(image, side, Image.BILINEAR), None, _shrink(label, side, Image.NEAREST),
                info.class_names, info.palette, name))
    return contact_sheet(pictures, columns)


def _unpack(record, info, name):
    if info.raw_pixels:
        return (name,) + unpack_pixels(record)
    found = features(record)
    name, image, label = (found[key].bytes_list.value[0] for key in ("name", "image", "label"))
    return (name.decode("utf-8", "replace"), load_image(image, str(record)),
            mask_from_bytes(label, str(record)))


def _shrink(pixels, side, resample):
    """Scales uint8 [H, W] or [H, W, 3] down to a longest side of at most `side`."""
    if max(pixels.shape[:2]) <= side:
        return pixels
    picture = Image.fromarray(pixels)
    return np.asarray(picture.resize(shrunk_size(picture.size, side), resample))
