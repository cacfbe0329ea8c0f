"""Makes a competition from the records of a split."""
import contextlib
import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from utils.compete.manifest import CompetitionImage, Manifest, write_manifest
from utils.compete.names import FileNames
from utils.compete.parts import choose_public
from utils.compete.private import LABELS, PRIVATE, PUBLIC, write_private
from utils.data.counting import SplitCounter, image_digest
from utils.data.image_opening import open_image
from utils.data.masks.files import mask_from_bytes
from utils.data.record_files import existing_splits, read_examples, split_files
from utils.data.sidecar import DatasetInfo, read_info, sidecar_path
from utils.errors import UserError
from utils.files import write_bytes
from utils.report.clusters import clusters_of, compile_cluster
from utils.whole_folder import whole_folder

IMAGES = "images"
_ENDINGS = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"))
RULES = (
    "Hand in a zip or a folder of PNGs: one for each image, named as 'file' says, of the image's "
    "own size, 8 bits, grey or with a palette; a pixel's value is the index of its class.",
    "Predict a class for every pixel. Pixels of no class do not count.",
    "Runs of several seeds are several zips; their mean counts.",
    "The score is mIoU: confusion matrices are summed over images, and IoU is averaged over the "
    "classes that occur.",
    "The public score moves when an entry is better than the best so far by more than the standard "
    "error of their difference over images (the Ladder, Blum and Hardt 2015).",
    "For the final ranking counts the entry that moved a team's public score last.")


def create(folder: str, private: str, datapath: str, split: str, public: float = .3,
           cluster: str = "", seed: int = 0) -> Tuple[Manifest, np.ndarray]:
    """Writes a competition and its private folder, each whole or not at all.

    Args:
      folder: for the teams; private: for the host. Neither may exist, or be inside the other.
      datapath: folder of records with dataset.json.
      split: "training", "validation" or "test".
      public: share of the images that the public score counts.
      cluster: regular expression whose group is the scene in an image's name; "" for none.
      seed: of the choice of public images.

    Returns:
      (what the teams are told, which images are public: bool [N]).

    Raises:
      UserError: a folder is there, records are missing or damaged, or parts come out too small.
    """
    info, pattern = _open(datapath, split), compile_cluster(cluster)
    _require_apart(folder, private)
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(_new_folder(folder))
        hidden = stack.enter_context(_new_folder(private))
        manifest, labelled = _write_images(written, hidden, datapath, split, info)
        names = [image.name for image in manifest.images]
        scenes = None if pattern is None else clusters_of(pattern, names).tolist()
        chosen = choose_public(len(names), public, seed, scenes)
        _require_labels(labelled, chosen)
        write_private(hidden, manifest, chosen, scenes, seed)
        write_manifest(written, manifest)
    return manifest, chosen


def _open(datapath: str, split: str) -> DatasetInfo:
    if not os.path.isfile(sidecar_path(datapath)):
        raise UserError(f"--datapath={datapath}: no records with dataset.json: make them with "
                        "python fcn_data.py convert")
    info = read_info(datapath)
    if split not in info.splits:
        raise UserError("--split={}: the records have {}".format(
            split, ", ".join(existing_splits(datapath)) or "no split"))
    return info


def _new_folder(folder):
    def check():
        if os.path.isfile(folder) or os.path.isdir(folder) and os.listdir(folder):
            raise UserError(f"{folder} is there already, and a competition is never overwritten: "
                            "choose another folder, or remove it yourself")
    return whole_folder(folder, check)


def _require_apart(folder: str, private: str) -> None:
    """Raises a `UserError` where one folder is inside the other: teams would get the labels."""
    paths = [os.path.realpath(folder), os.path.realpath(private)]
    if os.path.commonpath(paths) in paths:
        raise UserError(f"--private={private}: got a folder that is, holds or lies in {folder}, "
                        "which the teams get; choose one beside it")


def _require_labels(labelled: np.ndarray, public: np.ndarray) -> None:
    """Raises a `UserError` where a part has no labelled pixel, and so no score."""
    for name, part in ((PUBLIC, public), (PRIVATE, ~public)):
        if part.any() and not labelled[part].any():
            raise UserError(f"the {name} part has no labelled pixel, and so no score: choose a "
                            "split with labels, or another --seed")


def _write_images(written: str, hidden: str, datapath: str, split: str,
                  info: DatasetInfo) -> Tuple[Manifest, np.ndarray]:
    """Writes images and labels; compares the hash of all with that of dataset.json.

    Returns:
      (`Manifest`, which images have a labelled pixel: bool [N]).
    """
    for path in (os.path.join(written, IMAGES), os.path.join(hidden, LABELS)):
        os.makedirs(path)
    counter, given = SplitCounter(split, info.num_classes), FileNames()
    images, labelled = [], []
    for index, example in enumerate(_examples(datapath, split)):
        name = example["name"].decode("utf-8", "replace")
        where = f"{datapath}: image {name or index} of {split}"
        label = mask_from_bytes(example["label"], where)
        counter.add(name, image_digest(example["image"], where), label)
        shown = name or f"{split}_{index}"
        image = _describe(shown, given.give(shown), example["image"], label.shape, where)
        write_bytes(os.path.join(written, image.image), example["image"])
        write_bytes(os.path.join(hidden, LABELS, image.file), example["label"])
        images.append(image)
        labelled.append(bool((label < info.num_classes).any()))
    if counter.info().sha256 != info.split(split).sha256:
        raise UserError(f"--datapath={datapath}: the records of {split} are not those that "
                        "dataset.json counts: look for damage with: python fcn_data.py check "
                        f"--datapath={datapath}")
    return Manifest(info.family, split, counter.info().sha256, info.class_names, info.palette,
                    tuple(images), RULES), np.array(labelled, bool)


def _examples(datapath: str, split: str) -> Iterator[Dict[str, bytes]]:
    for path in split_files(datapath, split):
        for example in read_examples(path):
            missing = [key for key in ("name", "image", "label") if key not in example]
            if missing:
                raise UserError(f"{path}: a record without {missing[0]}: convert again")
            yield example


def _describe(name: str, stem: str, data: bytes, shape: Any, where: str) -> CompetitionImage:
    ending: Optional[str] = next((end for start, end in _ENDINGS if data.startswith(start)), None)
    with open_image(data, where) as image:
        size: List[int] = list(image.size[::-1])
    if ending is None or size != list(shape):
        raise UserError(f"{where}: {size[0]}x{size[1]} with a label of {shape[0]}x{shape[1]}, "
                        "expected a JPEG or PNG of one size with its label: convert again")
    return CompetitionImage(name, stem + ".png", f"{IMAGES}/{stem}{ending}", *size)
