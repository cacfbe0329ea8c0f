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

import dataclasses
import os

from tqdm import tqdm

from archs import DECODERS, EXTRACTORS, build_arch
from utils.data import images, records
from utils.data.datasets.base import canonical_split
from utils.data.image_files import image_files
from utils.errors import UserError, run_script
from utils.evaluate import draw, results
from utils.evaluate.evaluator import evaluate
from utils.evaluate.movie import segment_movie
from utils.evaluate.objects import ObjectCounter
from utils.evaluate.run_under_test import choose_checkpoints, open_run, require_classes
from utils.evaluate.segmenter import Segmenter
from utils.files import write_bytes
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
    split: str = flag("validation", "training, validation or test", "data")
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
    moviepath: str = flag("", "segment this video (needs imageio and imageio-ffmpeg)", "pictures",
                          path="from")
    outdir: str = flag("", "where pictures go (default: <run>/test/pictures)", "pictures",
                       path="folder")
    overlay: bool = flag(False, "lay the colours over the image (videos: always)", "pictures")
    gpu: int = flag(0, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)
    threads: int = flag(0, "threads that decode the input (default: one per core)", "machine",
                        at_least=0, at_most=1024)


def main(argv):
    # ---- The run, its checkpoint, its data.
    choices = {"basenet": EXTRACTORS.names() + sorted(EXTRACTORS.aliases()),
               "extended_arch": [""] + DECODERS.names()}
    flags, given = parse_flags(Flags, argv, __doc__, choices)
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    run = open_run(flags, given)
    if run.note:
        print(run.note)
    checkpoints = choose_checkpoints(run.folder, flags.afteriter, flags.checkpoint)
    data, info, (class_names, palette) = open_data(flags, run)
    files = image_files(flags.imagepath) if flags.imagepath else []

    # ---- The net.
    arch = build_arch(run.args, len(class_names))
    segmenter = Segmenter(arch.build_net, len(class_names), parse_size(run.args.pixels),
                          flags.threads, run.letterbox)
    segmenter.restore(checkpoints[-1].prefix)
    print("{} at {}".format(checkpoints[-1].prefix, results.format_size(segmenter.size)))

    # ---- Images, a video, pictures of a split, or its scores.
    artist = Artist(flags.outdir or os.path.join(run.folder.test, "pictures"), class_names, palette,
                    flags.overlay)
    if flags.imagepath:
        return segment_files(segmenter, files, artist)
    if flags.moviepath:
        return segment_video(segmenter, flags.moviepath, flags.batch_size, artist)
    if given & {"first2viz", "last2viz"}:
        return draw_split(segmenter, data, info, flags, artist)
    for checkpoint in checkpoints:
        if len(checkpoints) > 1:
            segmenter.restore(checkpoint.prefix)
        test_split(segmenter, data, info, flags, run, checkpoint)


def open_data(flags, run):
    """(record files, `DatasetInfo`, (class names, palette)); no data is needed for own images of a
    run that tells its classes."""
    if run.classes and (flags.imagepath or flags.moviepath):
        return None, None, run.classes
    datapath = flags.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    require_classes(run, info.class_names, datapath)
    files = records.split_files(datapath, canonical_split(flags.split))
    return files, info, (info.class_names, info.palette)


def test_split(segmenter, files, info, flags, run, checkpoint):
    """Scores a split; prints the table; stores result and matrices."""
    split = canonical_split(flags.split)
    counter = ObjectCounter(info.num_classes)
    with Bar("image") as bar:
        result = evaluate(segmenter, files, info, split, num_images=flags.num_images,
                          batch_size=flags.batch_size, progress=bar, observe=counter.add)
    result = result.with_meta(run=run.folder.name, checkpoint=os.path.basename(checkpoint.prefix),
                              changed=list(run.changed))
    stem = results.result_stem(split, checkpoint.word, "_".join(run.changed), flags.num_images)
    path = results.save_result(run.folder.test, stem, result, counter.objects())
    print("\n".join([results.format_table(result), results.headline(result), "stored: " + path]))


def draw_split(segmenter, files, info, flags, artist):
    """Draws the images first2viz to last2viz of a split, beside prediction and truth."""
    split = canonical_split(flags.split)
    greatest = info.split(split).count - 1
    first = max(flags.first2viz, 0)
    last = min(max(flags.last2viz, first if flags.last2viz < 0 else 0), greatest)
    if first > last:
        raise UserError("--first2viz={} --last2viz={}: no images to draw; {} has images 0 to {}"
                        .format(flags.first2viz, flags.last2viz, split, greatest))
    for item in segmenter.predictions(files, info.legacy, flags.batch_size, range(first, last + 1)):
        artist.draw("{}_{:05d}".format(split, item.index), item.name, item.image, item.prediction,
                    item.label)


def segment_files(segmenter, files, artist):
    """Draws every file's prediction; one that cannot be read is named, and the exit code is 1."""
    failed = 0
    for path in files:
        try:
            image = images.load_image(images.read_bytes(path), path)
        except UserError as error:
            if len(files) == 1:
                raise
            print("left out: {}".format(error))
            failed += 1
            continue
        name = os.path.basename(path)
        artist.draw(name, name, image, segmenter.predict([image])[0], None)
    return 1 if failed else 0


def segment_video(segmenter, path, batch_size, artist):
    """Writes <name>_segmented among the pictures."""
    target = artist.path("{0}_segmented{1}".format(*os.path.splitext(os.path.basename(path))))
    with Bar("frame") as bar:
        frames = segment_movie(segmenter, path, target, artist.palette, batch_size, bar)
    print("{}: {} frames".format(target, frames))


class Artist(object):
    """Writes pictures into a folder, which it makes."""

    def __init__(self, folder, class_names, palette, overlay):
        self._folder, self._class_names, self._overlay = folder, class_names, overlay
        self.palette = palette

    def path(self, name):
        """Path of a file in the folder."""
        os.makedirs(self._folder, exist_ok=True)
        return os.path.join(self._folder, name)

    def draw(self, name, title, image, prediction, truth):
        """Writes <name>.png, the panels, and <name>_labels.png, the prediction as a palette PNG."""
        panel = draw.panel(image, prediction, truth, self._class_names, self.palette, title,
                           self._overlay)
        write_bytes(self.path(name + ".png"), images.encode_png(panel))
        write_bytes(self.path(name + "_labels.png"), draw.palette_png(prediction, self.palette))
        print(self.path(name + ".png"))


class Bar(object):
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
