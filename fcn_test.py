#!/usr/bin/env python
"""Tests a trained net on a split; draws its predictions; segments images, folders and videos.

    python fcn_test.py --traindir=tmp/Nov20_resnet_v1_18__1       its scores
    python fcn_test.py --traindir=RUN --checkpoint=kept           of kept ones
    python fcn_test.py --traindir=RUN --first2viz=0 --last2viz=9  pictures
    python fcn_test.py --traindir=RUN --imagepath=photos          your images
    python fcn_test.py --traindir=RUN --moviepath=drive.mp4       your video
    python fcn_test.py --traindir=RUN --scales=0.75,1,1.25 --flip refined

The net is rebuilt from the run's own flags; a flag that is given here wins over the run's.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
from typing import AbstractSet, Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from archs import build_arch, net_choices, require_flags_taken
from utils.data import records
from utils.data.image_files import image_files, load_image_file
from utils.data.split import Split
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.evaluate import movie, results
from utils.evaluate.artist import Artist
from utils.evaluate.bar import Bar
from utils.evaluate.gain import gain_lines
from utils.evaluate.observers import OBSERVERS
from utils.evaluate.pictures import draw_files, draw_split, images_to_draw
from utils.evaluate.refinement import PLAIN, Refinement, RefinementFlags, read_refinement
from utils.evaluate.scoring import plain_scores, require_observers, score_split
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.trained_run import (
    Checkpoint,
    Run,
    choose_checkpoints,
    on_records,
    open_run,
    require_classes,
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
class Flags(NetFlags, RefinementFlags):
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
    submission: str = flag("", "write the predictions of the split, or of --imagepath, to this zip "
                           "for fcn_compete.py", "pictures", path="file")
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
    refinement = read_refinement(flags)
    run = open_run(flags, given)
    require_flags_taken(run.args.extended_arch, given)
    if run.note:
        print(run.note)
    checkpoints = choose_checkpoints(run.folder, flags.afteriter, flags.checkpoint, flags.weights)
    split, (class_names, palette) = open_data(flags, run)
    run = on_records(run, split) if split else run
    files = image_files(flags.imagepath) if flags.imagepath else []
    if flags.moviepath:
        movie.require_file(flags.moviepath)
    artist = Artist(flags.outdir or os.path.join(run.folder.test, "pictures"), class_names, palette,
                    flags.overlay)
    drawn = images_to_draw(split, flags) if given & {"first2viz", "last2viz"} else None
    require_observers(flags.observe, len(class_names), refinement)

    # ---- The net.
    segmenter = open_segmenter(run, len(class_names), flags, refinement)
    segmenter.restore(checkpoints[-1].prefix)
    print(f"{checkpoints[-1].prefix} at {results.format_size(segmenter.size)}")

    # ---- Predictions for a competition, images, a video, pictures of a split, or its scores.
    if flags.submission:
        return write_submission(flags, run, checkpoints[-1], class_names, refinement,
                                predictions(segmenter, split, files, flags))
    if flags.imagepath:
        return draw_files(segmenter, files, artist, flags.batch_size)
    if flags.moviepath:
        return segment_video(segmenter, flags, artist)
    if drawn is not None:
        return draw_split(segmenter, split, flags, drawn, artist)
    plain = segmenter if refinement == PLAIN else open_segmenter(run, len(class_names), flags,
                                                                 PLAIN)
    for checkpoint in checkpoints:
        if len(checkpoints) > 1:
            segmenter.restore(checkpoint.prefix)
        test_split(segmenter, plain, split, flags, run, checkpoint, refinement)


def require_one_task(flags: Any, given: AbstractSet[str]) -> None:
    """Raises a `UserError` where a path is empty, or the flags ask for several tasks at once."""
    tasks = [name for name in ("submission", "imagepath", "moviepath", "first2viz", "last2viz")
             if name in given]
    for name in tasks:
        if getattr(flags, name) == "":
            raise UserError(f"--{name}= is empty: give a path")
    if len(tasks) > 1 and tasks not in (["first2viz", "last2viz"], ["submission", "imagepath"]):
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


def open_segmenter(run: Run, num_classes: int, flags: Any, refinement: Refinement) -> Segmenter:
    """Builds the run's net, for the plain test or a refined one; without weights."""
    arch = build_arch(run.args, num_classes)
    return Segmenter(arch.build, num_classes, parse_size(run.args.pixels), flags.threads,
                     run.letterbox, refinement)


def test_split(segmenter: Segmenter, plain: Segmenter, split: Split, flags: Any, run: Run,
               checkpoint: Checkpoint, refinement: Refinement) -> None:
    """Scores a split, prints the table, and stores the result and the observers' findings.

    Of a refined test, what it gains over the plain one and what it costs is printed too.
    """
    found = score_split(segmenter, split, flags, run, checkpoint, refinement)
    print("\n".join([results.format_table(found.result), results.headline(found.result),
                     "stored: " + found.path, *found.notes]))
    if refinement == PLAIN:
        return
    plain.restore(checkpoint.prefix)
    result, seconds, path = plain_scores(plain, split, flags, run, checkpoint)
    print(gain_lines(found.result, result, found.seconds, seconds))
    print(f"plain test: {path}")


def predictions(segmenter: Segmenter, split: Optional[Split], files: Sequence[str], flags: Any
                ) -> Iterator[Tuple[str, np.ndarray]]:
    """Yields (name, prediction uint8 [H, W]) of the split's images, or of files.

    Raises:
      UserError: a file cannot be read.
    """
    if flags.imagepath:
        for path in files:
            name = os.path.splitext(os.path.basename(path))[0]
            yield name, segmenter.predict([load_image_file(path)], flags.batch_size)[0]
        return
    chosen = range(min(flags.num_images, split.count)) if flags.num_images else None
    for item in segmenter.predictions(split, flags.batch_size, chosen, images=False):
        yield split.image_name(item.index, item.name), item.prediction


def write_submission(flags: Any, run: Run, checkpoint: Checkpoint, class_names: Sequence[str],
                     refinement: Refinement, items: Iterator[Tuple[str, np.ndarray]]) -> None:
    """Writes predictions as a submission to fcn_compete.py, whole or not at all."""
    from utils.compete.submission import SubmissionWriter
    prefix, changed = os.path.basename(checkpoint.prefix), [*run.changed, *refinement.words]
    told = dict(method=" ".join([run.folder.name, prefix, *changed]), run=run.folder.name,
                checkpoint=prefix, changed=changed, seed=run.args.seed)
    count = 0
    with SubmissionWriter(flags.submission, class_names, told) as writer:
        # Images in a folder are a competition's own files, whose names are safe already.
        add = writer.add_file if flags.imagepath else writer.add
        for name, prediction in items:
            add(name, prediction)
            count += 1
    print(f"{flags.submission}: predictions of {count} images")


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
