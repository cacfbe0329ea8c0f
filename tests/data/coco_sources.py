"""Tiny COCO sources: two images, each with a cat over a dog, and what is read of them."""
import json
import os

import numpy as np

from tests.data.helpers import message
from tests.data.sources import picture, write_image, write_text
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source

SIZE = (6, 8)
CATS = [{"id": 1, "name": "cat", "supercategory": "pet"},
        {"id": 2, "name": "dog", "supercategory": "pet"}]
CAT_BOX, DOG_BOX = (1, 1, 4, 3), (3, 2, 7, 6)


def box(x0, y0, x1, y1):
    return [[x0, y0, x1, y0, x1, y1, x0, y1]]


def image(number, **more):
    return dict(dict(id=number, file_name=f"im{number}.png", height=SIZE[0], width=SIZE[1]),
                **more)


def cat(number, **more):
    return dict(dict(id=10 * number + 1, image_id=number, category_id=1, iscrowd=0, area=6,
                     segmentation=box(*CAT_BOX)), **more)


def dog(number, **more):
    return dict(dict(id=10 * number + 2, image_id=number, category_id=2, iscrowd=0, area=16,
                     segmentation=box(*DOG_BOX)), **more)


def content(images=None, annotations=None, categories=None):
    """Two images, each with a cat over a dog."""
    return {"images": [image(1), image(2)] if images is None else images,
            "categories": CATS if categories is None else categories,
            "annotations": [one for number in (1, 2) for one in (dog(number), cat(number))]
            if annotations is None else annotations}


def label(*drawn):
    """The mask of ((x0, y0, x1, y1), class) in this order."""
    mask = np.zeros(SIZE, np.uint8)
    for (x0, y0, x1, y1), index in drawn:
        mask[y0:y1, x0:x1] = index
    return mask.tolist()


BOTH = label((DOG_BOX, 2), (CAT_BOX, 1))


def write_set(folder, file="annotations/instances.json", images_in="images", **parts):
    """One COCO file with its images, those of file_name's last part."""
    values = content(**parts)
    write_text(os.path.join(str(folder), file), json.dumps(values))
    for number, entry in enumerate(values["images"]):
        name = (entry.get("file_name") or entry["coco_url"]).replace("\\", "/").split("/")[-1]
        write_image(os.path.join(str(folder), images_in, name),
                    picture(np.zeros(SIZE), len(file) * 100 + number))
    return str(folder)


def masks(source, **options):
    """{pair's name: mask} of all splits."""
    dataset = open_source("coco", source, SourceOptions(**options))
    return {pair.name: dataset.decode_label(pair.label).tolist()
            for pairs in dataset.list_pairs(source).values() for pair in pairs}


def findings(source, **options):
    """{(severity, kind): text} of the listing."""
    found = open_source("coco", source, SourceOptions(**options)).source_findings(source)
    assert not any("\n" in one.text for one in found)
    return {(one.severity, one.kind): one.text for one in found}


def refusal(source, tmp_path):
    """The line with which a conversion refuses a source."""
    return message(convert, open_source("coco", source), source, str(tmp_path / "records"))
