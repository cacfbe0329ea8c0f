"""Tiny source folders, written by hand, for the tests of data."""
import json
import os

import numpy as np
from PIL import Image

#: Values of the two hand-made labels: rows of 3 classes and ignored pixels.
LABEL_A = np.array([[0, 0, 1, 1], [0, 2, 2, 255], [0, 0, 0, 0]], np.uint8)
LABEL_B = np.array([[1, 1], [1, 255], [0, 0]], np.uint8)


def picture(label, seed=0):
    """An image of noise as large as a label."""
    return np.random.RandomState(seed).randint(0, 256, label.shape[:2] + (3,)).astype(np.uint8)


def write_image(path, pixels):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_text(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def write_pair(folder, name, label, split="training", seed=0):
    """images/<split>/<name>.png and masks/<split>/<name>.png."""
    write_image(os.path.join(folder, "images", split, name + ".png"), picture(label, seed))
    write_image(os.path.join(folder, "masks", split, name + ".png"), label)


def write_folder(folder, classes=("sky", "road", "car")):
    """Two training pairs (a, b) and one validation pair (c)."""
    write_pair(folder, "a", LABEL_A, seed=1)
    write_pair(folder, "b", LABEL_B, seed=2)
    write_pair(folder, "c", LABEL_A, "validation", seed=3)
    write_text(os.path.join(folder, "classes.txt"), "\n".join(classes) + "\n")
    return folder


def write_camvid(folder, prefix=""):
    """The SegNet layout, one pair a split; `prefix` stands before the paths of the lists."""
    for seed, name in enumerate(("train", "val", "test")):
        label = np.array([[seed, 10], [11, 11]], np.uint8)
        write_image(os.path.join(folder, name, f"x{seed}.png"), picture(label, seed))
        write_image(os.path.join(folder, name + "annot", f"x{seed}.png"), label)
        line = f"{prefix}{name}/x{seed}.png {prefix}{name}annot/x{seed}.png\n"
        write_text(os.path.join(folder, name + ".txt"), line)
    return folder


#: A 4x6 image: a large person, a smaller car over it, a crowd of persons, a dog.
COCO = {
    "images": [{"id": 7, "file_name": "p.png", "height": 4, "width": 6}],
    "categories": [{"id": 1, "name": "person", "supercategory": "person"},
                   {"id": 3, "name": "car", "supercategory": "vehicle"},
                   {"id": 18, "name": "dog", "supercategory": "animal"}],
    "annotations": [
        {"image_id": 7, "category_id": 3, "iscrowd": 0, "area": 4,
         "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]},
        {"image_id": 7, "category_id": 1, "iscrowd": 0, "area": 12,
         "segmentation": [[0, 0, 4, 0, 4, 3, 0, 3]]},
        # Run lengths go down the columns: the last two and a half, one pixel of the person.
        {"image_id": 7, "category_id": 1, "iscrowd": 1, "area": 6,
         "segmentation": {"size": [4, 6], "counts": [14, 10]}},
        {"image_id": 7, "category_id": 18, "iscrowd": 0, "area": 1,
         "segmentation": [[5, 3, 6, 3, 6, 4, 5, 4]]}]}
#: What `COCO` draws with every category a class: background, person, car, dog.
COCO_LABEL = np.array([[1, 1, 1, 1, 255, 255], [1, 2, 2, 1, 255, 255],
                       [1, 2, 2, 1, 255, 255], [0, 0, 0, 255, 255, 3]], np.uint8)


def write_coco(folder, content=None):
    """annotations/instances_{train,val}2017.json with the same single image."""
    for name in ("train2017", "val2017"):
        write_text(os.path.join(folder, "annotations", f"instances_{name}.json"),
                   json.dumps(content or COCO))
        write_image(os.path.join(folder, name, "p.png"), picture(COCO_LABEL))
    return folder
