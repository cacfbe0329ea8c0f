"""The records of a training: are they what its flags, and the run it goes on with, say?"""
from utils.data import records
from utils.data.datasets import DATASETS
from utils.errors import UserError


def open_data(flags):
    """The `DatasetInfo`; a `UserError` where it is not what the flags say."""
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    if flags.dataset_family and DATASETS.canonical(flags.dataset_family) != info.family:
        raise UserError("--dataset_family={}, but the records in {} are of {}: leave the flag "
                        "out".format(flags.dataset_family, flags.datapath, info.family))
    if flags.num_classes not in (0, info.num_classes):
        raise UserError("--num_classes={}, but the records in {} have {} classes ({}): leave the "
                        "flag out, or convert the dataset anew".format(
                            flags.num_classes, flags.datapath, info.num_classes,
                            ", ".join(info.class_names)))
    for split in ("training", "validation"):
        records.split_files(flags.datapath, split)
    if info.splits["training"].count < flags.images_per_step:
        raise UserError("--batch_size={}{}, but the training split has {} images: choose a smaller "
                        "batch".format(flags.batch_size, " makes steps of {}".format(
                            flags.images_per_step) if flags.images_per_step > flags.batch_size
                            else "", info.splits["training"].count))
    return info


def require_same_data(folder, info):
    """Refuses to resume on other images than the run began with."""
    before = folder.read_runinfo().get("data_sha256")
    now = info.splits["training"].sha256
    if before not in (None, now):
        raise UserError("--resume={}: the training records are not those that the run began with "
                        "(hash {}..., then {}...): restore them, or start a new run with "
                        "--init_from={}".format(folder.path, now[:8], before[:8], folder.path))
