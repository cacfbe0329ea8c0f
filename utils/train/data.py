"""Opens the records of a training, and holds them to its flags and to the run that it resumes."""
import os
from typing import Any, Dict, Optional

from utils.data import records
from utils.data.class_pixels import class_pixels, image_pixels_per_class
from utils.data.datasets import DATASETS
from utils.data.sidecar import DatasetInfo
from utils.data.split import Split
from utils.data.subset import choose_subset
from utils.errors import UserError
from utils.files import write_text
from utils.runs.run_folder import RunFolder
from utils.train.losses.class_weights import Counts

#: Digits of a subset's hash in --subset_images.
_HASH_DIGITS = 12


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
        records.require_records(flags.datapath, split)
    return info


def open_training(flags: Any, info: DatasetInfo, folder: Optional[RunFolder] = None) -> Split:
    """Opens the images to train on: the training split, or the subset of --subset.

    Args:
      flags: `TrainFlags`.
      info: the `DatasetInfo` of its records.
      folder: the `RunFolder` to resume, or None.

    Raises:
      UserError: the file of --subset cannot be used or is not what it was; or there are fewer
        images than a step or --overfit takes.
    """
    split = records.open_split(flags.datapath, "training", info)
    if folder and flags.subset and not os.path.isfile(flags.subset):
        raise UserError(f"--resume={folder.path}: its list of images is no longer at "
                        f"{flags.subset}: give the run's own, --subset={folder.subset}")
    if flags.subset:
        split = choose_subset(split, flags.subset)
    _require_same_subset(flags, split, folder)
    whose = f"--subset={flags.subset} names" if split.subset else "the training split has"
    if split.count < flags.overfit:
        raise UserError(f"--overfit={flags.overfit}, but {whose} {split.count} images: choose "
                        "fewer")
    images = training_images(flags, split)
    if images < flags.images_per_step:
        steps = ("" if flags.images_per_step == flags.batch_size
                 else f" makes steps of {flags.images_per_step}")
        whose = f"--overfit={flags.overfit} trains on" if flags.overfit else whose
        raise UserError(f"--batch_size={flags.batch_size}{steps}, but {whose} {images} images: "
                        "choose a smaller batch")
    return split


def subset_text(split: Split) -> str:
    """Writes which subset a split is, as --subset_images records it: "73 of 367, 3fa19c02b1d4".

    It is "" for a whole split. Equal texts stand for the same images of the same data.
    """
    if not split.subset:
        return ""
    whole = split.info.split(split.name).count
    return f"{split.count} of {whole}, {split.sha256[:_HASH_DIGITS]}"


def _require_same_subset(flags, split, folder):
    """Refuses a --subset that is not what was recorded of it."""
    found, recorded = subset_text(split), flags.subset_images
    if found == recorded or not (folder or recorded):
        return
    names = f"--subset={flags.subset} names" if flags.subset else "without --subset these are"
    found, recorded = (text or "all images" for text in (found, recorded))
    if folder:
        raise UserError(f"--resume={folder.path}: {names} {found}, but the run began with "
                        f"{recorded}: restore the file, or give the run's own list, "
                        f"--subset={folder.subset}")
    raise UserError(f"--subset_images={recorded}, but {names} {found}: restore the file, or leave "
                    "--subset_images out")


def training_images(flags: Any, split: Split) -> int:
    """Counts the images of a training: those of the split, or the first ones of --overfit."""
    return flags.overfit or split.count


def subset_note(flags: Any, split: Split) -> str:
    """Says what a training on a subset is of, for the log; "" without --subset."""
    if not flags.subset:
        return ""
    if not split.subset:
        return f"--subset={flags.subset} names all {split.count} training images"
    return (f"training on {subset_text(split).partition(',')[0]} images (--subset={flags.subset}): "
            "epochs, class weights and class frequencies are of these alone")


def write_subset(folder: RunFolder, split: Split) -> None:
    """Keeps the names of a subset in the run's folder, as --subset takes them."""
    if split.subset:
        write_text(folder.subset, "".join(f"{name}\n" for name in split.subset.names))


def data_entries(flags: Any, split: Split,
                 folder: Optional[RunFolder] = None) -> Dict[str, Any]:
    """Collects the entries of runinfo on the records.

    Args:
      flags: `TrainFlags`.
      split: the images to train on, as `open_training`.
      folder: the `RunFolder` to resume, or None.
    """
    info = split.info
    entries = dict(data_sha256=info.splits["training"].sha256, splits_sha256=_hashes(info),
                   class_names=info.class_names, palette=info.palette)
    if folder and flags.datapath != folder.read_flags().datapath:
        entries["datapath"] = flags.datapath  # runargs keep the first one
    if split.subset:
        entries["subset"] = {"images": split.count, "of": info.splits["training"].count,
                             "sha256": split.sha256}
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


def class_counts(split: Split) -> Counts:
    """Tells what the images to train on hold of each class."""
    counts = split.counts

    def image_pixels():
        known = counts.image_pixels_per_class
        return image_pixels_per_class(class_pixels(split)) if known is None else known
    return Counts(split.info.class_names, counts.pixels_per_class, counts.images_per_class,
                  image_pixels)
