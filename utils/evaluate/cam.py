"""Maps of Seg-Grad-CAM of runs that differ in their seeds, for one image.

TensorFlow is needed, and the runs' weights; what is found is drawn by `utils.explore.cam_picture`.
"""
import collections
import dataclasses
import os
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np

from utils.data import records
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError
from utils.evaluate.cam_image import ImageSource
from utils.evaluate.cam_target import Target, cells_within, in_image, in_view, parse_target
from utils.evaluate.grad_cam import GradCam
from utils.evaluate.segmenter import Item, Segmenter
from utils.evaluate.trained_run import Run, choose_checkpoints, open_run
from utils.names import unknown_name
from utils.runs.flags import flag, parse_size

#: What `open_run` reads of flags.
_Asked = collections.namedtuple("_Asked", "traindir pixels")
#: Draws of other decoder weights, for each run.
DRAWS = 3


@dataclasses.dataclass(frozen=True)
class CamFlags:
    """Which score of which runs is explained, at which layer."""
    class_: str = flag("", "whose score is explained: one of the run's classes", "map",
                       marks="usual")
    pixel: str = flag("", "explain one pixel's score, x,y in the image", "map", marks="usual")
    object: str = flag("", "explain the predicted object at x,y, or its pixels within "
                       "left,top,right,bottom (default: all pixels predicted as the class)", "map",
                       marks="usual")
    layer: str = flag("", "of which features: 32, 16, 8, 4, 2, or a name that an error lists "
                      "(default: the deepest level below the head)", "map", marks="usual")
    sanity: bool = flag(False, "tell what is left of the map with other decoder weights", "map",
                        marks="usual")
    split: str = flag("test", "the split that the image is of", "image", choices=SPLITS,
                      convert=canonical_split, marks="usual")
    datapath: str = flag("", "folder of the records (default: the run's)", "image", path="from")
    out: str = flag("cam.png", "the picture; its numbers go to a .npz beside it", "output",
                    path="file", marks="usual")
    checkpoint: str = flag("last", "which checkpoint: the newest, or the best on validation",
                           "run", choices=("last", "best"))
    weights: str = flag("raw", "the weights, or their moving average (of a run with --ema)", "run",
                        choices=("raw", "ema"))
    pixels: str = flag("", "size that the net sees: 512, 360x480, or 0 for the image's own "
                       "(default: the run's)", "run")
    gpu: int = flag(0, "the GPU to use; -1 for none", "machine", short="g", at_least=-1)


@dataclasses.dataclass(frozen=True)
class RunMap:
    """What one run makes of an image.

    Attributes:
      run: its folder's name.
      prediction: uint8 [H, W].
      mask: bool [H, W], the pixels whose score is explained; none where the run has none.
      layer: the layer's name.
      is_score_map: whether the score is linear in the layer.
      cells: float32 [h, w], the map at those of the layer's cells that lie within the image.
      values: float32 [H, W], the map in the image.
      redrawn: float32 [draws, h, w], the cells with other decoder weights; none without --sanity.
    """
    run: str
    prediction: np.ndarray
    mask: np.ndarray
    layer: str
    is_score_map: bool
    cells: np.ndarray
    values: np.ndarray
    redrawn: np.ndarray


@dataclasses.dataclass(frozen=True)
class Explained:
    """An image and the maps of all runs.

    Attributes:
      name: of the image.
      image: uint8 [H, W, 3].
      truth: uint8 [H, W], or None for a file.
      class_names, palette: of the runs' classes.
      label: the class.
      target: whose score it is.
      maps: of the runs that have such pixels, at least one.
      without: names of the others.
    """
    name: str
    image: np.ndarray
    truth: Optional[np.ndarray]
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    label: int
    target: Target
    maps: Tuple[RunMap, ...]
    without: Tuple[str, ...]


#: (run, number of classes) -> its net: build, extractor, decoder_variables.
BuildArch = Callable[[Run, int], Any]


def explain(name: str, folders: Sequence[str], flags: CamFlags, build_arch: BuildArch) -> Explained:
    """Makes the maps of an image.

    Args:
      name: a file, or the name of an image of the split.
      folders: of the runs, which differ in their seeds alone.
      build_arch: makes a run's net.

    Raises:
      UserError: no such image, class, layer or run, runs of several configurations, or no run
        predicts the class there.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    target = parse_target(flags.pixel, flags.object)
    runs = _open_runs(folders, flags.pixels)
    class_names, palette = _classes(runs[0], flags)
    label = find_class(class_names, flags.class_)
    source = ImageSource(name, runs[0].args, flags.datapath, flags.split)
    found: List[Tuple[Item, Optional[RunMap]]] = []
    for run in runs:
        layer = next((made.layer for _, made in found if made), flags.layer)
        found.append(_explain_run(run, build_arch(run, len(class_names)), source, label, target,
                                  flags, layer))
    maps = tuple(made for _, made in found if made)
    if not maps:
        raise UserError(f"no run predicts {class_names[label]} in {name}"
                        + _predicted_instead(target, [item for item, _ in found], class_names)
                        + ": there is no score to explain; choose another class or place, or give "
                        "--pixel=x,y, whose score is there whatever is predicted")
    item = found[0][0]
    return Explained(name, item.image, item.label, class_names, palette, label, target, maps,
                     tuple(run.folder.name for run, (_, made) in zip(runs, found) if not made))


def _predicted_instead(target, items, class_names):
    """Says where a class was looked for, and at one pixel, what is predicted there."""
    where = f" at {','.join(map(str, target.place))}" if target.place else ""
    if target.kind != "object":
        return where
    x, y = target.place
    seen = sorted({int(item.prediction[y, x]) for item in items})
    return where + f" but {', '.join(class_names[index] for index in seen)}"


# ---- what is asked ----

def _open_runs(folders, pixels):
    """Opens runs, which have to be of one configuration."""
    runs = [open_run(_Asked(folder, pixels), frozenset()) for folder in folders]
    keys = {run.folder.group_key(): run.folder.path for run in runs}
    if len(keys) > 1:
        raise UserError(f"got runs of {len(keys)} configurations, as {' and '.join(keys.values())}:"
                        " expected runs that differ in their seeds only")
    return runs


def _classes(run, flags):
    """Returns (class names, palette) of a run; of its records where it does not tell."""
    if run.classes is not None:
        return run.classes
    info = records.open_dataset(flags.datapath or run.args.datapath, run.args.dataset_family)
    return info.class_names, info.palette


def find_class(class_names: Sequence[str], name: str) -> int:
    """Finds a class by its name, in capitals or not.

    Raises:
      UserError: there is none, or none is named.
    """
    lower = [one.lower() for one in class_names]
    if name.lower() in lower:
        return lower.index(name.lower())
    raise UserError("--class: " + (unknown_name("class", name, class_names) if name else
                                   f"missing: choose one of {', '.join(class_names)}"))


# ---- one run ----

def _explain_run(run, arch, source, label, target, flags, layer):
    """Returns (the image as the run sees it, its `RunMap` or None)."""
    segmenter = Segmenter(arch.build, arch.num_classes, parse_size(run.args.pixels), 1,
                          run.letterbox)
    segmenter.restore(choose_checkpoints(run.folder, 0, flags.checkpoint, flags.weights)[0].prefix)
    try:
        item = source.item(segmenter)
        mask = target.mask(item.prediction, label)
        if not mask.any():
            return item, None
        cam = GradCam(segmenter.predictor)
        variables = _decoder_variables(segmenter, arch) if flags.sanity else []
        return item, run_map(run.folder.name, cam, segmenter.predictor, item, label, mask, layer,
                             variables)
    finally:
        segmenter.close()


def _decoder_variables(segmenter, arch):
    with segmenter.predictor.graph.as_default():
        return arch.decoder_variables()


def run_map(name: str, cam: GradCam, predictor: Any, item: Item, label: int, mask: np.ndarray,
            layer: str = "", variables: Sequence[Any] = ()) -> RunMap:
    """Makes the map of one net.

    Args:
      name: of the run.
      cam, predictor: of its net.
      item: the image and the prediction.
      label: the class.
      mask: bool [H, W], the pixels whose score is explained.
      layer: "" for the deepest level below the head.
      variables: the decoder's, for maps with other weights; none for no such maps.

    Raises:
      UserError: an unknown layer.
    """
    if layer and layer not in cam.layers:
        raise UserError(f"--layer={layer}: this net has {', '.join(cam.layers)}")
    view, size = predictor.view(item.image), item.image.shape[:2]
    box = predictor.box(size)
    asked = view, label, in_view(mask, box, view.shape[:2])
    layer = layer or cam.deepest(*asked)
    whole = cam.cells(*asked, layer)
    grid = cam.grid(layer, view.shape[:2], whole.shape)
    inside = cells_within(whole.shape, *grid, box)
    redrawn = []
    for seed in range(DRAWS if variables else 0):
        with cam.redrawn(variables, seed):
            redrawn.append(cam.cells(*asked, layer)[inside])
    return RunMap(name, item.prediction, mask, layer, cam.is_score_map(*asked, layer),
                  whole[inside], in_image(whole, *grid, box, size),
                  np.array(redrawn, np.float32).reshape((-1,) + whole[inside].shape))
