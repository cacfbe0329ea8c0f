"""Opens the records of a training, and holds them to its flags and to the run that it resumes."""
import os
import sys
from typing import Any, Dict, Optional

from utils.data import records
from utils.data.augment import Augmentation
from utils.data.counting import SplitCounter
from utils.data.datasets import DATASETS
from utils.data.masks.files import mask_from_bytes
from utils.data.scan import features, scan
from utils.data.sidecar import DatasetInfo
from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.runs.train_flags.data import all_operations
from utils.train.losses.class_weights import Counts


def open_data(flags: Any, folder: Optional[RunFolder] = None) -> DatasetInfo:
    """Opens the records of a training.

    Args:
      flags: `TrainFlags`.
      folder: the `RunFolder` to resume, or None.

    Raises:
      UserError: the records do not fit the flags, or are not those that the run began with.
    """
    if folder and not os.path.isdir(flags.datapath):
        raise UserError(f"--resume={folder.path}: its records are no longer at {flags.datapath}: "
                        "give the folder where they are now as --datapath")
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    if folder:
        require_same_data(folder, info, flags.datapath)
    if flags.dataset_family and DATASETS.canonical(flags.dataset_family) != info.family:
        raise UserError(f"--dataset_family={flags.dataset_family}, but the records in "
                        f"{flags.datapath} are of {info.family}: leave the flag out")
    if flags.num_classes not in (0, info.num_classes):
        raise UserError("--num_classes={}, but the records in {} have {} classes ({}): leave the "
                        "flag out, or convert the dataset anew".format(
                            flags.num_classes, flags.datapath, info.num_classes,
                            ", ".join(info.class_names)))
    for split in ("training", "validation"):
        files = records.split_files(flags.datapath, split)
        if not any(os.path.getsize(path) for path in files):
            raise UserError(f"--datapath={flags.datapath}: the records of {split} are empty: copy "
                            "them again, or convert the dataset again")
    if info.splits["training"].count < flags.overfit:
        raise UserError(f"--overfit={flags.overfit}, but the training split has "
                        f"{info.splits['training'].count} images: choose fewer")
    if training_images(flags, info) < flags.images_per_step:
        steps = ("" if flags.images_per_step == flags.batch_size
                 else f" makes steps of {flags.images_per_step}")
        raise UserError(f"--batch_size={flags.batch_size}{steps}, but "
                        + (f"--overfit={flags.overfit} trains on" if flags.overfit
                           else "the training split has")
                        + f" {training_images(flags, info)} images: choose a smaller batch")
    return info


def training_images(flags: Any, info: DatasetInfo) -> int:
    """Counts the images of a training: the training split's, or the first ones of --overfit."""
    return flags.overfit or info.splits["training"].count


def data_entries(flags: Any, info: DatasetInfo,
                 folder: Optional[RunFolder] = None) -> Dict[str, Any]:
    """Collects the entries of runinfo on the records.

    Args:
      flags: `TrainFlags`.
      info: the `DatasetInfo`.
      folder: the `RunFolder` to resume, or None.
    """
    entries = dict(data_sha256=info.splits["training"].sha256, splits_sha256=_hashes(info),
                   class_names=info.class_names, palette=info.palette)
    if folder and flags.datapath != folder.read_flags().datapath:
        entries["datapath"] = flags.datapath  # runargs keep the first one
    return entries


def _hashes(info):
    return {name: split.sha256 for name, split in info.splits.items()}


def require_same_data(folder: RunFolder, info: DatasetInfo, datapath: str) -> None:
    """Refuses to resume on other images than the run began with.

    Args:
      folder: the `RunFolder`.
      info: the `DatasetInfo` of the records at `datapath`.
    """
    stored, found = folder.read_runinfo(), _hashes(info)
    before = dict(stored.get("splits_sha256", {}))  # older runs have the training split's alone
    if "data_sha256" in stored:
        before["training"] = stored["data_sha256"]
    for split in sorted(before):
        if before[split] != found.get(split):
            raise UserError("--resume={}: the {} records in {} are not those that the run began "
                            "with (hash {}..., then {}...): restore them, or start a new run with "
                            "--init_from={}".format(
                                folder.path, split, datapath, found.get(split, "none")[:8],
                                before[split][:8], folder.path))


def augmentation(flags: Any) -> Augmentation:
    """Makes the augmentation of training images that the flags ask for.

    Args:
      flags: settled `TrainFlags`.

    Raises:
      UserError: the flags cannot be used.
    """
    return Augmentation.parse(all_operations(flags), flags.seed_augment)


def class_counts(flags: Any, info: DatasetInfo) -> Counts:
    """Tells what the training split holds of each class.

    Args:
      flags: `TrainFlags`.
      info: the `DatasetInfo` of its records.
    """
    split = info.splits["training"]

    def image_pixels():
        known = split.image_pixels_per_class
        return _count_image_pixels(flags.datapath, info) if known is None else known
    return Counts(info.class_names, split.pixels_per_class, split.images_per_class, image_pixels)


def _count_image_pixels(datapath, info):
    """`SplitInfo.image_pixels_per_class`, from the labels: their sidecar is too old to say."""
    sys.stderr.write(f"note: {datapath}/dataset.json does not have the pixels of images per class: "
                     "the training labels are counted now; converting again spares it\n")
    counter = SplitCounter("training", info.num_classes)
    for path in records.split_files(datapath, "training"):
        for record in scan(path):
            label = features(record)["label"].bytes_list.value[0]
            counter.add("", "", mask_from_bytes(label, f"{record}, label"))
    return counter.info().image_pixels_per_class
