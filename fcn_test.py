#!/usr/bin/env python
"""Tests a trained net on a split; draws its predictions; segments images, folders and videos.

    python fcn_test.py --traindir=tmp/Nov20_resnet_v1_18__1       its scores
    python fcn_test.py --traindir=RUN --checkpoint=kept           of kept ones
    python fcn_test.py --traindir=RUN --first2viz=0 --last2viz=9  pictures
    python fcn_test.py --traindir=RUN --imagepath=photos          your images
    python fcn_test.py --traindir=RUN --moviepath=drive.mp4       your video

The net is rebuilt from the run's own flags; a flag that is given here wins over the run's.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
from typing import AbstractSet, Any, List, Optional, Sequence, Tuple

from archs import build_arch, net_choices, require_flags_taken
from utils.data import records
from utils.data.image_files import image_files, load_images
from utils.data.split import Split
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.evaluate import movie, results
from utils.evaluate.artist import Artist
from utils.evaluate.bar import Bar
from utils.evaluate.evaluator import evaluate
from utils.evaluate.observers import OBSERVERS, open_observers
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.trained_run import (
    Checkpoint,
    Run,
    choose_checkpoints,
    named_result,
    open_run,
    require_classes,
    result_name,
)
from utils.registry import Spelling
from utils.runs.flags import flag, parse_flags, parse_size
from utils.runs.train_flags import ArchFlags

#: The flags of a net, without defaults: a flag that is not given is the run's. Few tests use them.
NetFlags = dataclasses.make_dataclass("NetFlags", [
    (field.name, field.type, dataclasses.field(default=None,
                                               metadata=dict(field.metadata, marks=())))
    for field in dataclasses.fields(ArchFlags)], frozen=True)


@dataclasses.dataclass(frozen=True)
class Flags(NetFlags):
    """What to test, on what, and where the pictures go."""

    traindir: str = flag("", "the run: its folder, or its name under tmp/", "run",
                         path="from", marks="usual")
    afteriter: int = flag(0, "test the checkpoint that was kept at this iteration", "run",
                          at_least=0)
    checkpoint: str = flag("last", "which checkpoint: the newest, the best on validation, or each "
                           "of those that were kept", "run", choices=("last", "best", "kept"),
                           marks="usual")
    weights: str = flag("raw", "the weights, or their moving average (of a run with --ema)", "run",
                        choices=("raw", "ema"))
    split: str = flag("validation", "what to test", "data", choices=SPLITS, convert=canonical_split,
                      marks="usual")
    datapath: str = flag("", "folder of the records (default: the run's)", "data", path="from",
                         marks="usual")
    pixels: str = flag("", "size that the net sees: 512, 360x480, or 0 for each image's own "
                       "(default: the run's)", "data")
    num_images: int = flag(0, "test only the first so many images; 0 for the whole split", "data",
                           at_least=0)
    batch_size: int = flag(8, "images at once", "data", at_least=1, at_most=4096)
    observe: str = flag("objects", "what to store beside the scores, separated by commas", "data",
                        choices=Spelling(OBSERVERS, ",", empty=True))
    first2viz: int = flag(-1, "draw the images of the split from this one on (the first is 0)",
                          "pictures", at_least=0, marks="usual")
    last2viz: int = flag(-1, "the last image to draw", "pictures", at_least=0, marks="usual")
    imagepath: str = flag("", "segment this image, or the images in this folder", "pictures",
                          path="from", marks="usual")
    moviepath: str = flag("", "segment this video, to <name>_segmented.mp4 (needs imageio-ffmpeg)",
                          "pictures", path="from", marks="usual")
    outdir: str = flag("", "where pictures go (default: <run>/test/pictures)", "pictures",
                       path="folder")
    overlay: bool = flag(False, "lay all colours over the image (videos: always)", "pictures")
    legend: bool = flag(False, "put the names of the classes below a video (pictures: always)",
                        "pictures")
    gpu: int = flag(0, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)
    threads: int = flag(0, "threads that decode the input (default: one per core)", "machine",
                        at_least=0, at_most=1024)


def main(argv: List[str]) -> Optional[int]:
    """Runs the command on the words behind the script's name; returns 1 where an image failed."""
    # ---- The run, its checkpoint, its data.
    flags, given = parse_flags(Flags, argv, __doc__, net_choices())
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    require_one_task(flags, given)
    run = open_run(flags, given)
    require_flags_taken(run.args.extended_arch, given)
    if run.note:
        print(run.note)
    checkpoints = choose_checkpoints(run.folder, flags.afteriter, flags.checkpoint, flags.weights)
    split, (class_names, palette) = open_data(flags, run)
    files = image_files(flags.imagepath) if flags.imagepath else []
    if flags.moviepath:
        movie.require_file(flags.moviepath)
    artist = Artist(flags.outdir or os.path.join(run.folder.test, "pictures"), class_names, palette,
                    flags.overlay)
    drawn = images_to_draw(split, flags) if given & {"first2viz", "last2viz"} else None

    # ---- The net.
    arch = build_arch(run.args, len(class_names))
    segmenter = Segmenter(arch.build, len(class_names), parse_size(run.args.pixels),
                          flags.threads, run.letterbox)
    segmenter.restore(checkpoints[-1].prefix)
    print(f"{checkpoints[-1].prefix} at {results.format_size(segmenter.size)}")

    # ---- Images, a video, pictures of a split, or its scores.
    if flags.imagepath:
        return segment_files(segmenter, files, artist)
    if flags.moviepath:
        return segment_video(segmenter, flags, artist)
    if drawn is not None:
        return draw_split(segmenter, split, flags, drawn, artist)
    for checkpoint in checkpoints:
        if len(checkpoints) > 1:
            segmenter.restore(checkpoint.prefix)
        test_split(segmenter, split, flags, run, checkpoint)


def require_one_task(flags: Any, given: AbstractSet[str]) -> None:
    """Raises a `UserError` where a path is empty, or the flags ask for several tasks at once."""
    tasks = [name for name in ("imagepath", "moviepath", "first2viz", "last2viz") if name in given]
    for name in tasks:
        if getattr(flags, name) == "":
            raise UserError(f"--{name}= is empty: give a path")
    if len(tasks) > 1 and tasks != ["first2viz", "last2viz"]:
        raise UserError("--{} and --{} cannot be done at once: give one of them".format(*tasks[:2]))


def open_data(flags: Any, run: Run) -> Tuple[Optional[Split], Tuple[Sequence[str], Sequence[Any]]]:
    """Opens the split, and finds the classes.

    Returns:
      (`Split`, (class names, palette)). The split is None for the user's own images, where the run
      says its classes.
    """
    if run.classes and (flags.imagepath or flags.moviepath):
        return None, run.classes
    datapath = flags.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    require_classes(run, info.class_names, datapath)
    split = records.open_split(datapath, flags.split, info)
    return split, (info.class_names, info.palette)


def test_split(segmenter: Segmenter, split: Split, flags: Any, run: Run,
               checkpoint: Checkpoint) -> None:
    """Scores a split, prints the table, and stores the result and the observers' findings."""
    observers = open_observers(flags.observe, split.info.num_classes, split.info.palette)
    with Bar("image") as bar:
        result = evaluate(segmenter, split, num_images=flags.num_images,
                          batch_size=flags.batch_size, progress=bar, observers=observers)
    result = named_result(result, run, checkpoint)
    name = result_name(run, flags.split, checkpoint, flags.weights, flags.num_images)
    path = results.save_result(run.folder.test, name, result, observers)
    print("\n".join([results.format_table(result), results.headline(result), "stored: " + path]))
    print("".join(f"{note}\n" for observer in observers for note in observer.notes), end="")


def images_to_draw(split: Split, flags: Any) -> range:
    """Returns the range of images first2viz to last2viz; prints where it goes beyond the split."""
    greatest = split.count - 1
    first = max(flags.first2viz, 0)
    wanted = max(flags.last2viz, first if flags.last2viz < 0 else 0)
    if first > min(wanted, greatest):
        raise UserError(f"--first2viz={first} --last2viz={wanted}: no images to draw; "
                        f"{flags.split} has images 0 to {greatest}")
    if wanted > greatest:
        print(f"--last2viz={wanted}: {flags.split} ends with image {greatest}")
    return range(first, min(wanted, greatest) + 1)


def draw_split(segmenter: Segmenter, split: Split, flags: Any, drawn: Sequence[int],
               artist: Artist) -> None:
    """Draws images of a split, with prediction, truth and errors."""
    for item in segmenter.predictions(split, flags.batch_size, drawn):
        artist.draw(f"{flags.split}_{item.index:05d}", item.name, item.image,
                    item.prediction, item.label)


def segment_files(segmenter: Segmenter, files: Sequence[str], artist: Artist) -> int:
    """Draws every file's prediction; names unreadable files, and returns 1 where there are any.

    Raises:
      UserError: the only file cannot be read, or a picture would replace one of the files.
    """
    artist.require_others(files)
    left_out = []
    for path, image in load_images(files, left_out):
        name = os.path.basename(path)
        artist.draw(name, name, image, segmenter.predict([image])[0], None)
    for line in left_out:
        print(line)
    if len(files) > 1:
        print("{} of {} images segmented{}".format(
            len(files) - len(left_out), len(files),
            f", {len(left_out)} left out" if left_out else ""))
    return 1 if left_out else 0


def segment_video(segmenter: Segmenter, flags: Any, artist: Artist) -> None:
    """Writes <name>_segmented.mp4 into the folder of pictures."""
    name = os.path.splitext(os.path.basename(flags.moviepath))[0]
    target = artist.path(name + "_segmented.mp4")
    with Bar("frame") as bar, movie.interrupted_by_sigterm():
        made = movie.segment_movie(segmenter, flags.moviepath, target, artist.palette,
                                   flags.batch_size, bar, artist.strip if flags.legend else None)
    print("\n".join([f"{flags.moviepath}: {note}" for note in made.notes]
                    + [f"{target}: {movie.describe(made)}"]))


if __name__ == "__main__":
    run_script(main)
