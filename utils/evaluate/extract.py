"""Stores what fcn_explore.py looks at: one pass over the images, which is a test too.

What is there already is left as it is.
"""
import collections
import dataclasses
import os
import time
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

from utils.data import records
from utils.data.image_files import image_files, load_images
from utils.data.split import Split
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError
from utils.evaluate.bar import Bar
from utils.evaluate.evaluator import evaluate
from utils.evaluate.image_set import ImageSet, has_image_set, require_writable
from utils.evaluate.observers import Observer, open_observers
from utils.evaluate.observers.features import FeatureKeeper, load_features
from utils.evaluate.results import headline, load_result, save_result
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.trained_run import (
    Checkpoint,
    Run,
    choose_checkpoints,
    named_result,
    on_records,
    open_run,
    require_classes,
    result_name,
)
from utils.evaluate.unlabelled import OBSERVED, Unlabelled, folder_name, unlabelled_path
from utils.runs.flags import flag, parse_size
from utils.runs.result_name import ResultName

#: The observers whose files fcn_explore.py reads, of those that there are.
EXTRACTED = ("objects", "features", "image_scores", "coarse", "thumbnails", "error_types", "worst")
#: Those that are larger, and are stored where --parts names them alone.
LARGE = ("opinions",)
#: What `open_run` reads of flags.
_Asked = collections.namedtuple("_Asked", "traindir pixels")


def canonical_parts(text: str) -> str:
    """Returns a text of parts, separated by commas, in the order of `EXTRACTED` and `LARGE`; ""
    for all of the former.

    Raises:
      UserError: a word that is no part.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in EXTRACTED + LARGE:
            raise UserError(f"unknown part {word!r}: choose some of "
                            f"{', '.join(EXTRACTED + LARGE)}")
    return ",".join(name for name in EXTRACTED + LARGE if name in words)


@dataclasses.dataclass(frozen=True)
class ExtractFlags:
    """What to store, of which checkpoints and images."""
    split: str = flag("test", "the split", "data", choices=SPLITS, convert=canonical_split,
                      marks="usual")
    checkpoint: str = flag("last", "which checkpoint: the newest, or the best on validation",
                           "run", choices=("last", "best"), marks="usual")
    weights: str = flag("raw", "the weights, or their moving average (of a run with --ema)", "run",
                        choices=("raw", "ema"))
    datapath: str = flag("", "folder of the records (default: the run's)", "data", path="from",
                         marks="usual")
    imagepath: str = flag("", "instead of a split, this image, or the images in this folder",
                          "data", path="from", marks="usual")
    parts: str = flag("", "what to store of a split, as features,coarse: some of "
                      f"{', '.join(EXTRACTED)} (default: all), {', '.join(LARGE)} (for labels; "
                      "not by default); panels without theirs say so",
                      "output", convert=canonical_parts)
    pixels: str = flag("", "size that the net sees: 512, 360x480, or 0 for each image's own "
                       "(default: the run's)", "data")
    batch_size: int = flag(8, "images at once", "data", at_least=1, at_most=4096)
    pictures: str = flag("", "folder for what is stored of the images themselves, thumbnails and "
                         "metadata (default: that of the records)", "output", path="folder")
    again: bool = flag(False, "store anew what is there already", "output", marks="usual")
    gpu: int = flag(0, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)
    threads: int = flag(0, "threads that decode the input (default: one per core)", "machine",
                        at_least=0, at_most=1024)


#: (run, number of classes) -> the function that builds its net in a graph.
BuildNet = Callable[[Run, int], Callable[..., Any]]


def extract_runs(folders: Sequence[str], flags: ExtractFlags, build_net: BuildNet) -> int:
    """Extracts every run; tells those that cannot be, and returns 1 where there are any.

    Raises:
      UserError: the only run cannot be extracted.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    failed = 0
    for folder in folders:
        try:
            for line in extract_run(folder, flags, build_net):
                print(line)
        except UserError as error:
            if len(folders) == 1:
                raise
            print(f"{folder}: {error}")
            failed += 1
    if failed:
        print(f"{len(folders) - failed} of {len(folders)} runs extracted")
    return 1 if failed else 0


def extract_run(folder: str, flags: ExtractFlags, build_net: BuildNet) -> Iterator[str]:
    """Extracts a run; yields lines on what was stored.

    Raises:
      UserError: no such run, checkpoint or images, or the place cannot be written to.
    """
    run = open_run(_Asked(folder, flags.pixels), frozenset())
    checkpoint = choose_checkpoints(run.folder, 0, flags.checkpoint, flags.weights)[0]
    if flags.imagepath:
        return _extract_files(run, checkpoint, flags, build_net)
    return _extract_split(run, checkpoint, flags, build_net)


# ---- a split ----

def _extract_split(run: Run, checkpoint: Checkpoint, flags: ExtractFlags,
                   build_net: BuildNet) -> Iterator[str]:
    datapath = flags.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    require_classes(run, info.class_names, datapath)
    split = records.open_split(datapath, flags.split, info)
    run = on_records(run, split)
    name = result_name(run, flags.split, checkpoint, flags.weights)
    pictures = flags.pictures or datapath
    image_set = None
    if flags.again or not has_image_set(pictures, split.name, split.sha256):
        require_writable(pictures)
        image_set = ImageSet(split)
    stored, parts = name.path(run.folder.test), chosen_parts(flags)
    if not (flags.again or image_set) and not missing(run, checkpoint, name, split, parts):
        yield f"{stored}: there already, with all that belongs to it (--again makes it anew)"
        return
    began = time.time()
    observers = open_observers(",".join(parts), info.num_classes, info.palette)
    segmenter = open_segmenter(run, checkpoint, info.num_classes, flags, build_net)
    with Bar("image", run.folder.name) as bar:
        result = evaluate(segmenter, split, batch_size=flags.batch_size, progress=bar,
                          observers=observers + ([image_set] if image_set else []))
    segmenter.close()
    save_result(run.folder.test, name, named_result(result, run, checkpoint), observers)
    remove_older(run, checkpoint, name, parts)
    yield headline(result)
    yield f"stored: {stored} and {', '.join(parts)} ({time.time() - began:.0f} s)"
    if image_set:
        yield f"stored: {image_set.write(pictures)}"
    yield from (note for observer in observers for note in observer.notes)


def chosen_parts(flags: ExtractFlags) -> Tuple[str, ...]:
    """Returns the names of the observers whose files are stored; objects are of every test."""
    wanted = flags.parts.split(",")
    return tuple(name for name in EXTRACTED + LARGE * bool(flags.parts)
                 if not flags.parts or name in wanted or name == "objects")


def remove_older(run: Run, checkpoint: Checkpoint, name: ResultName,
                 parts: Sequence[str]) -> None:
    """Removes what an earlier call has stored of older weights, but for `parts`."""
    made = os.path.getmtime(checkpoint.prefix + ".index")
    for part in EXTRACTED + LARGE:
        path = name.path(run.folder.test, part)
        if part not in parts and os.path.isfile(path) and os.path.getmtime(path) < made:
            os.remove(path)


def missing(run: Run, checkpoint: Checkpoint, name: ResultName, split: Split,
            parts: Sequence[str]) -> bool:
    """Tells whether a part is not there, is of other images, or is older than the checkpoint."""
    paths = [name.path(run.folder.test, observer) for observer in ("", *parts)]
    if not all(os.path.isfile(path) for path in paths):
        return True
    made = os.path.getmtime(checkpoint.prefix + ".index")
    if any(os.path.getmtime(path) < made for path in paths):
        return True
    try:
        return load_result(paths[0]).meta.get("split_sha256") != split.sha256
    except UserError:
        return True


def open_segmenter(run: Run, checkpoint: Checkpoint, num_classes: int, flags: ExtractFlags,
                   build_net: BuildNet) -> Segmenter:
    """Builds the net of a run, and restores its weights."""
    made = Segmenter(build_net(run, num_classes), num_classes, parse_size(run.args.pixels),
                     flags.threads, run.letterbox)
    made.restore(checkpoint.prefix)
    return made


# ---- images without labels ----

def _extract_files(run: Run, checkpoint: Checkpoint, flags: ExtractFlags,
                   build_net: BuildNet) -> Iterator[str]:
    if run.classes is None:
        raise UserError(f"{run.folder.path} does not tell its classes: test it on a split first")
    files = image_files(flags.imagepath)
    folder = folder_name(flags.imagepath)
    index = unlabelled_path(run.folder.path, folder)
    if os.path.isfile(index) and not flags.again:
        yield f"{index}: there already (--again makes it anew)"
        return
    class_names, palette = run.classes
    observers = open_observers(",".join(OBSERVED[1:]), len(class_names), palette)
    name = result_name(run, flags.split, checkpoint, flags.weights)
    observers.append(_features_like(name.path(run.folder.test, "features"), len(class_names)))
    gathered = Unlabelled()
    left_out: List[str] = []
    segmenter = open_segmenter(run, checkpoint, len(class_names), flags, build_net)
    named = ((os.path.basename(path), image) for path, image in load_images(files, left_out))
    with Bar("image", run.folder.name) as bar:
        watch(segmenter, named, len(files), flags.batch_size, [*observers, gathered], bar)
    segmenter.close()
    yield from left_out
    yield f"stored: {gathered.write(run.folder.path, folder, observers)}"


def _features_like(path: str, num_classes: int) -> Observer:
    """Opens the observer of features, in the basis of what is stored already, if it is."""
    basis = None
    if os.path.isfile(path):
        stored = load_features(path)
        basis = stored.basis_mean, stored.basis
    made = FeatureKeeper(num_classes, basis)
    made.name = "features"
    return made


def watch(segmenter: Segmenter, images: Iterator[Tuple[str, Any]], total: int, batch_size: int,
          observers: Sequence[Observer], progress: Optional[Callable[[int, int], None]]) -> None:
    """Shows observers images without labels.

    Args:
      images: (name, uint8 [H, W, 3]) pairs.
      total: how many they are, or were to be.

    Raises:
      UserError: none of the images could be read.
    """
    outputs = [name for observer in observers for name in observer.reads]
    done = 0
    for done, item in enumerate(segmenter.segment(images, batch_size, outputs), 1):
        for observer in observers:
            observer.add(item)
        if progress is not None:
            progress(done, total)
    if not done:
        raise UserError(f"none of the {total} images can be read")
