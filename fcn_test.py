#!/usr/bin/env python
"""Tests a trained net on a split; draws its predictions; segments images, folders and videos.

    python fcn_test.py --traindir=tmp/Nov20_resnet_v1_18__1                 a table of scores
    python fcn_test.py --traindir=... --checkpoint=kept --split=test         of each kept checkpoint
    python fcn_test.py --traindir=... --first2viz=0 --last2viz=9            pictures of a split
    python fcn_test.py --traindir=... --imagepath=photos                    your own images
    python fcn_test.py --traindir=... --moviepath=drive.mp4                 your own video

The net is rebuilt from the run's own flags; a flag that is given here wins over the run's.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os

from tqdm import tqdm

from archs import build_arch, net_choices, require_flags_taken
from utils.data import records
from utils.data.image_files import image_files, load_images
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.evaluate import movie, results
from utils.evaluate.artist import Artist
from utils.evaluate.evaluator import evaluate
from utils.evaluate.objects import ObjectCounter
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.trained_run import choose_checkpoints, open_run, require_classes
from utils.runs.flags import flag, parse_flags, parse_size
from utils.runs.train_flags import ArchFlags

#: The flags of a net, without defaults: what is not given is as in the run.
NetFlags = dataclasses.make_dataclass("NetFlags", [
    (field.name, field.type, dataclasses.field(default=None, metadata=field.metadata))
    for field in dataclasses.fields(ArchFlags)], frozen=True)


@dataclasses.dataclass(frozen=True)
class Flags(NetFlags):
    """What to test, on what, and where the pictures go."""

    traindir: str = flag("", "the run: its folder, or its name under tmp/", "run",
                         path="from")
    afteriter: int = flag(0, "test the checkpoint that was kept at this iteration", "run",
                          at_least=0)
    checkpoint: str = flag("last", "which checkpoint: the newest, the best on validation, or each "
                           "of those that were kept", "run", choices=("last", "best", "kept"))
    weights: str = flag("raw", "the weights, or their moving average (of a run with --ema)", "run",
                        choices=("raw", "ema"))
    split: str = flag("validation", "what to test", "data", choices=SPLITS, convert=canonical_split)
    datapath: str = flag("", "folder of the records (default: the run's)", "data", path="from")
    pixels: str = flag("", "size that the net sees: 512, 360x480, or 0 for each image's own "
                       "(default: the run's)", "data")
    num_images: int = flag(0, "test only the first so many images; 0 for the whole split", "data",
                           at_least=0)
    batch_size: int = flag(8, "images at once", "data", at_least=1, at_most=4096)
    first2viz: int = flag(-1, "draw the images of the split from this one on (the first is 0)",
                          "pictures", at_least=0)
    last2viz: int = flag(-1, "the last image to draw", "pictures", at_least=0)
    imagepath: str = flag("", "segment this image, or the images in this folder", "pictures",
                          path="from")
    moviepath: str = flag("", "segment this video, to <name>_segmented.mp4 (needs imageio-ffmpeg)",
                          "pictures", path="from")
    outdir: str = flag("", "where pictures go (default: <run>/test/pictures)", "pictures",
                       path="folder")
    overlay: bool = flag(False, "lay all colours over the image (videos: always)", "pictures")
    legend: bool = flag(False, "put the names of the classes below a video (pictures: always)",
                        "pictures")
    gpu: int = flag(0, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)
    threads: int = flag(0, "threads that decode the input (default: one per core)", "machine",
                        at_least=0, at_most=1024)


def main(argv):
    # ---- The run, its checkpoint, its data.
    flags, given = parse_flags(Flags, argv, __doc__, net_choices())
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    require_one_task(flags, given)
    run = open_run(flags, given)
    require_flags_taken(run.args.extended_arch, given)
    if run.note:
        print(run.note)
    checkpoints = choose_checkpoints(run.folder, flags.afteriter, flags.checkpoint, flags.weights)
    data, info, (class_names, palette) = open_data(flags, run)
    files = image_files(flags.imagepath) if flags.imagepath else []
    if flags.moviepath:
        movie.require_file(flags.moviepath)
    artist = Artist(flags.outdir or os.path.join(run.folder.test, "pictures"), class_names, palette,
                    flags.overlay)
    drawn = images_to_draw(info, flags) if given & {"first2viz", "last2viz"} else None

    # ---- The net.
    arch = build_arch(run.args, len(class_names))
    segmenter = Segmenter(arch.build_net, len(class_names), parse_size(run.args.pixels),
                          flags.threads, run.letterbox)
    segmenter.restore(checkpoints[-1].prefix)
    print(f"{checkpoints[-1].prefix} at {results.format_size(segmenter.size)}")

    # ---- Images, a video, pictures of a split, or its scores.
    if flags.imagepath:
        return segment_files(segmenter, files, artist)
    if flags.moviepath:
        return segment_video(segmenter, flags, artist)
    if drawn is not None:
        return draw_split(segmenter, data, info, flags, drawn, artist)
    for checkpoint in checkpoints:
        if len(checkpoints) > 1:
            segmenter.restore(checkpoint.prefix)
        test_split(segmenter, data, info, flags, run, checkpoint)


def require_one_task(flags, given):
    """A `UserError` where the flags name no images, no video, or several things to draw."""
    tasks = [name for name in ("imagepath", "moviepath", "first2viz", "last2viz") if name in given]
    for name in tasks:
        if getattr(flags, name) == "":
            raise UserError(f"--{name}= is empty: give a path")
    if len(tasks) > 1 and tasks != ["first2viz", "last2viz"]:
        raise UserError("--{} and --{} cannot be done at once: give one of them".format(*tasks[:2]))


def open_data(flags, run):
    """(record files, `DatasetInfo`, (class names, palette)); no data is needed for own images of a
    run that tells its classes."""
    if run.classes and (flags.imagepath or flags.moviepath):
        return None, None, run.classes
    datapath = flags.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    require_classes(run, info.class_names, datapath)
    files = records.split_files(datapath, flags.split)
    return files, info, (info.class_names, info.palette)


def test_split(segmenter, files, info, flags, run, checkpoint):
    """Scores a split; prints the table; stores result and matrices."""
    counter = ObjectCounter(info.num_classes)
    with Bar("image") as bar:
        result = evaluate(segmenter, files, info, flags.split, num_images=flags.num_images,
                          batch_size=flags.batch_size, progress=bar, observe=counter.add)
    result = result.with_meta(run=run.folder.name, checkpoint=os.path.basename(checkpoint.prefix),
                              changed=list(run.changed))
    averaged = (results.AVERAGED,) if flags.weights == "ema" else ()
    stem = results.result_stem(flags.split, checkpoint.word, "_".join(averaged + run.changed),
                               flags.num_images)
    path = results.save_result(run.folder.test, stem, result, counter.objects())
    print("\n".join([results.format_table(result), results.headline(result), "stored: " + path]))


def images_to_draw(info, flags):
    """The images first2viz to last2viz of a split, as a range; those beyond it are told."""
    greatest = info.split(flags.split).count - 1
    first = max(flags.first2viz, 0)
    wanted = max(flags.last2viz, first if flags.last2viz < 0 else 0)
    if first > min(wanted, greatest):
        raise UserError(f"--first2viz={first} --last2viz={wanted}: no images to draw; "
                        f"{flags.split} has images 0 to {greatest}"
                        )
    if wanted > greatest:
        print(f"--last2viz={wanted}: {flags.split} ends with image {greatest}")
    return range(first, min(wanted, greatest) + 1)


def draw_split(segmenter, files, info, flags, drawn, artist):
    """Draws images of a split, with prediction, truth and errors."""
    for item in segmenter.predictions(files, info.legacy, flags.batch_size, drawn):
        artist.draw(f"{flags.split}_{item.index:05d}", item.name, item.image,
                    item.prediction, item.label)


def segment_files(segmenter, files, artist):
    """Draws every file's prediction; those that cannot be read are named, and the exit code is 1.

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


def segment_video(segmenter, flags, artist):
    """Writes <name>_segmented.mp4 among the pictures."""
    name = os.path.splitext(os.path.basename(flags.moviepath))[0]
    target = artist.path(name + "_segmented.mp4")
    with Bar("frame") as bar, movie.interrupted_by_sigterm():
        made = movie.segment_movie(segmenter, flags.moviepath, target, artist.palette,
                                   flags.batch_size, bar, artist.strip if flags.legend else None)
    print("\n".join([f"{flags.moviepath}: {note}" for note in made.notes]
                    + [f"{target}: {movie.describe(made)}"]))


class Bar:
    """A progress bar that is called with (done, in all); silent where nobody watches."""

    def __init__(self, unit):
        self._bar = tqdm(unit=unit, dynamic_ncols=True, disable=None, leave=False)

    def __call__(self, done, total):
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._bar.close()


if __name__ == "__main__":
    run_script(main)
