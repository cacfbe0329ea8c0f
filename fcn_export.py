#!/usr/bin/env python
"""Exports a trained net, runs each export, and compares it with the net that was tested.

    python fcn_export.py --traindir=tmp/Nov20_mobilenet_v1__1          all
    python fcn_export.py --traindir=RUN --formats=onnx --pixels=0      any HxW
    python fcn_export.py --traindir=RUN --input=image --output=labels  photos
    python fcn_export.py --traindir=RUN --calibration=photos           int8

Batch norm is folded into the convolutions. A file that differs from the tested net by more than its
bound is left out, and the exit code is 1. docs/export.md says more.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from archs import build_arch
from utils.data import records, resize
from utils.data.sidecar import DatasetInfo
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.trained_run import Run, choose_checkpoints, open_run, require_classes
from utils.export import samples as sampling
from utils.export.card import make_card
from utils.export.compare import Comparison, Sample, compare
from utils.export.folder import check_target, new_export_folder, remove, size_of, write_card
from utils.export.formats import FORMATS
from utils.export.formats.record import ExportFormat, Net
from utils.export.outcome import Bounds, Outcome, parse_bounds, problem_of, table
from utils.export.serving import Form
from utils.export.tested import Surroundings, TestedNet
from utils.runs.flags import flag, parse_flags, parse_size

DEFAULT_FORMATS = ("frozen", "saved_model", "tflite", "tflite_float16", "tflite_int8")


@dataclasses.dataclass(frozen=True)
class Flags:
    """What to export, as what, and what to compare it on."""

    traindir: str = flag("", "the run: its folder, or its name under tmp/", "run",
                         path="from", marks="usual")
    afteriter: int = flag(0, "export the checkpoint that was kept at this iteration", "run",
                          at_least=0)
    checkpoint: str = flag("last", "which checkpoint: the newest, or the best on validation", "run",
                           choices=("last", "best"), marks="usual")
    weights: str = flag("raw", "the weights, or their moving average (of a run with --ema)", "run",
                        choices=("raw", "ema"))
    formats: str = flag(",".join(DEFAULT_FORMATS), "comma-separated; there is also onnx", "export",
                        marks="usual")
    pixels: str = flag("", "size that the net sees: 512, 360x480, or 0 for any (default: the "
                       "run's)", "export", marks="usual")
    input: str = flag("view", "what goes in: a prepared view of that size, or images of any size",
                      "export", choices=("view", "image"))
    image_size: str = flag("0", "360x480: the one size of all images, with --input=image; 0 for "
                           "any", "export")
    output: str = flag("scores", "what comes out at each pixel of the input: a score for each "
                       "class, or the class", "export", choices=("scores", "labels"), marks="usual")
    batch: int = flag(0, "images at once; 0 for any (TFLite: one)", "export", at_least=0,
                      at_most=4096)
    outdir: str = flag("", "the folder to write (default: <run>/export)", "export",
                       path="folder", marks="usual")
    calibration: str = flag("", "image or folder to calibrate int8 with (default: the training "
                            "split)", "int8", path="from", marks="usual")
    calibration_images: int = flag(100, "how many of them", "int8", at_least=1)
    split: str = flag("validation", "compare on images of this split", "comparison",
                      choices=SPLITS, convert=canonical_split)
    datapath: str = flag("", "folder of the records (default: the run's)", "comparison",
                         path="from")
    imagepath: str = flag("", "compare on this image, or the images in this folder", "comparison",
                          path="from")
    num_images: int = flag(20, "compare on the first so many; 0 for all", "comparison", at_least=0)
    max_scores: str = flag("", "bound of the largest difference of scores, as a share of the "
                           "largest score: a number, or FORMAT:NUMBER,... (default: the format's)",
                           "comparison")
    max_pixels: str = flag("", "bound of the share of pixels whose class differs, likewise",
                           "comparison")
    gpu: int = flag(-1, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)


def main(argv: List[str]) -> int:
    """Exports a run in each of the formats asked for; returns 1 where one could not be made."""
    # ---- What to export: the run, its checkpoint, the form.
    flags, given = parse_flags(Flags, argv, __doc__)
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    formats = choose_formats(flags.formats)
    bounds = choose_bounds(flags, formats)
    run = open_run(flags, given)
    checkpoint = choose_checkpoints(run.folder, flags.afteriter, flags.checkpoint,
                                    flags.weights)[-1].prefix
    outdir = flags.outdir or os.path.join(run.folder.path, "export")
    check_target(outdir)
    run, info = open_data(flags, run, formats)
    form = make_form(flags, run)
    forms = {chosen.name: form.fixed(chosen.name) if chosen.fixed else form for chosen in formats}

    # ---- The net that was tested, and what it predicts.
    build_net = build_arch(run.args, form.num_classes).build_net
    segmenter = Segmenter(build_net, form.num_classes, form.size, letterbox=run.letterbox)
    segmenter.restore(checkpoint)
    samples = load_samples(flags, segmenter, run, info, form)
    images = load_calibration(flags, run, info, form) if calibrated(formats) else []
    tested, around = TestedNet(build_net, form, checkpoint), Surroundings(form, run.letterbox)
    print(f"{checkpoint}: {form}; compared on {len(samples)} images")

    # ---- Each format: fold, write, run, compare.
    graphs = {one: TestedNet(build_net, one, checkpoint).frozen() for one in set(forms.values())}
    with new_export_folder(outdir) as folder:
        outcomes = []
        for chosen in formats:
            one = forms[chosen.name]
            outcomes.append(export(
                chosen, folder, graphs[one], one, bounds[chosen.name],
                calibration=lambda: (around.prepare(image)[None] for image in images),
                compared=lambda net: compare(net, tested, around, samples)))
        write_card(folder, make_card(run, checkpoint, form, flags, outcomes, argv))

    # ---- Their sizes, differences and problems.
    print("\n".join(table(outcomes) + ["exported: " + outdir]))
    problems = [outcome.problem for outcome in outcomes if outcome.problem]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def choose_formats(text: str) -> List[ExportFormat]:
    """Parses --formats; a `UserError` for unknown formats and for missing packages."""
    names = list(dict.fromkeys(filter(None, text.split(","))))
    if not names:
        raise UserError("--formats is empty: choose some of {}".format(", ".join(FORMATS.names())))
    formats = [FORMATS.get(name) for name in names]
    for chosen in formats:
        chosen.require()
    return formats


def calibrated(formats: Sequence[ExportFormat]) -> bool:
    """Tells whether one of the formats is calibrated with images."""
    return any(chosen.calibrated for chosen in formats)


def choose_bounds(flags: Flags, formats: Sequence[ExportFormat]) -> Dict[str, Bounds]:
    """Parses --max_scores and --max_pixels: {format name: `Bounds`}."""
    names = [chosen.name for chosen in formats]
    scores = parse_bounds(flags.max_scores, "max_scores", names)
    pixels = parse_bounds(flags.max_pixels, "max_pixels", names)
    return {chosen.name: Bounds(scores.get(chosen.name, chosen.max_scores),
                                pixels.get(chosen.name, chosen.max_pixels))
            for chosen in formats}


def open_data(flags: Flags, run: Run,
              formats: Sequence[ExportFormat]) -> Tuple[Run, Optional[DatasetInfo]]:
    """Opens the records of the comparison and of calibration.

    Returns:
      (the run, with its classes; `DatasetInfo`, None where no records are needed: the run tells its
      classes, and the images are the user's own).
    """
    if run.classes and flags.imagepath and (flags.calibration or not calibrated(formats)):
        return run, None
    datapath = flags.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    require_classes(run, info.class_names, datapath)
    run = run._replace(args=dataclasses.replace(run.args, datapath=datapath),
                       classes=(info.class_names, info.palette))
    return run, info


def make_form(flags: Flags, run: Run) -> Form:
    """Makes the `Form` that the flags ask for."""
    image_size = parse_size(flags.image_size, "image_size")
    if image_size and flags.input == "view":
        raise UserError("--image_size is for --input=image; with --input=view give --pixels")
    if flags.input == "image" and run.letterbox is not resize.letterbox:
        raise UserError("--input=image: this run of seg-mentor saw images resized by nearest "
                        "neighbour, which is not exported: give --input=view")
    return Form(flags.input, flags.output, parse_size(run.args.pixels), image_size, flags.batch,
                len(run.classes[0]))


def load_samples(flags: Flags, segmenter: Segmenter, run: Run, info: Optional[DatasetInfo],
                 form: Form) -> List[Sample]:
    """Loads the `Sample`s to compare on."""
    if flags.imagepath:
        samples = sampling.samples_of_files(segmenter, flags.imagepath, flags.num_images)
    else:
        split = records.open_split(run.args.datapath, flags.split, info)
        samples = sampling.samples_of_split(segmenter, split, flags.num_images)
    return sampling.of_size(samples, form.image_size, "compare on", "--imagepath")


def load_calibration(flags: Flags, run: Run, info: Optional[DatasetInfo],
                     form: Form) -> List[np.ndarray]:
    """Loads the images uint8 [H, W, 3] that calibrate int8."""
    if flags.calibration:
        images = sampling.calibration_files(flags.calibration, flags.calibration_images)
    else:
        split = records.open_split(run.args.datapath, "training", info)
        images = sampling.calibration_images(split, flags.calibration_images)
    return sampling.of_size(images, form.image_size, "calibrate int8 with", "--calibration")


def export(chosen: ExportFormat, folder: str, graph_def: Any, form: Form, bounds: Bounds,
           calibration: Callable[[], Iterator[np.ndarray]],
           compared: Callable[[Net], Comparison]) -> Outcome:
    """Writes one format and judges it; what could not be made or differs too much is removed.

    Args:
      chosen: the format.
      folder: where its file goes.
      graph_def: the frozen `GraphDef` of the net.
      form: what the net takes and gives.
      bounds: how much the export may differ.
      calibration: gives inputs [1, H, W, 3], for formats that are calibrated.
      compared: a loaded export -> its `Comparison`.
    """
    path, size, comparison = os.path.join(folder, chosen.file), 0, None
    try:
        chosen.write(graph_def, form, path, calibration)
        size, comparison = size_of(path), compared(chosen.load(path, form))
        problem = problem_of(comparison, bounds, chosen.name)
    except UserError as error:
        problem = f"{chosen.name}: {error}"
    if problem:
        remove(path)
    return Outcome(chosen.name, chosen.file, size, bounds, comparison, problem)


if __name__ == "__main__":
    run_script(main)
