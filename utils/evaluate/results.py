"""What a test found, per image, and its two files: numbers for people (.json), matrices (.npz).

numpy reads the .npz without pickles and without this project:

    names [N] text, sizes [N, 2] int32 height and width, matrices [N, C, C] int64 rows truth and
    columns prediction, class_names [C] text, meta [] text: JSON with run, checkpoint, split, ...
"""
import dataclasses
import io
import json
import math
import os
from typing import Any, Dict, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate import confusion
from utils.evaluate.objects import objects_path, save_objects
from utils.files import remove_leftovers, write_bytes, write_text
from utils.stored import TEXT, object_problem, read_arrays

FORMAT = 1
#: In names of results, of the weights' moving average: "validation_ema", "test_best_ema".
AVERAGED = "ema"


@dataclasses.dataclass(frozen=True)
class Result:
    """The test of one checkpoint on one split.

    Attributes:
      split: "training", "validation" or "test".
      class_names: C names.
      names: N images, in the order of the records.
      sizes: int32 [N, 2], height and width of each image.
      matrices: int64 [N, C, C], one confusion matrix per image.
      meta: JSON-able; split_sha256, images_in_split, and what the caller adds with `with_meta`.
    """
    split: str
    class_names: Tuple[str, ...]
    names: Tuple[str, ...]
    sizes: np.ndarray
    matrices: np.ndarray
    meta: Dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def matrix(self):
        """int64 [C, C], summed over the images."""
        return self.matrices.sum(axis=0)

    @property
    def scores(self):
        """The `confusion.Scores` of the summed matrix."""
        return confusion.scores(self.matrix)

    def with_meta(self, **entries):
        """The same result with more in `meta`."""
        return dataclasses.replace(self, meta=dict(self.meta, **entries))


def format_size(size):
    """"360x480" (height x width), or "native" for None."""
    return "native" if size is None else "{}x{}".format(*size)


def result_stem(split, checkpoint="", size="", images=0):
    """The files' name without its ending: "validation", "test_3000", "test_best_360x480_first20".

    Args:
      checkpoint: "" for the newest, else its iteration or "best".
      size: "" for the size of training, else "360x480" or "native".
      images: 0 for the whole split, else how many.
    """
    parts = [split, str(checkpoint), size, f"first{images}" if images else ""]
    return "_".join(part for part in parts if part)


def result_parts(rest):
    """(checkpoint, rest) of what follows the split in a name of `result_stem`: ("best", "384x384"),
    ("", "384x384"), ("3000", "")."""
    first, _, others = rest.partition("_")
    return (first, others) if first == "best" or first.isdigit() else ("", rest)


def save_result(folder, stem, result, objects=None):
    """Writes <folder>/<stem>.npz and .json, each whole or not at all.

    Args:
      result: a `Result`.
      objects: the `Objects` of the same test, for <stem>.objects.npz beside it; or None.

    Returns:
      path of the .json.
    """
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, stem)
    remove_leftovers(path + ".")
    meta = dict(result.meta, format=FORMAT, split=result.split)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, names=_text(result.names), sizes=result.sizes, matrices=result.matrices,
        class_names=_text(result.class_names), meta=_text(json.dumps(meta, sort_keys=True)))
    if objects is not None:
        save_objects(objects_path(path + ".npz"), objects)
    write_bytes(path + ".npz", buffer.getvalue())
    write_text(path + ".json", json.dumps(summary(result, stem + ".npz"), indent=1) + "\n")
    return path + ".json"


def _text(values):
    """Text as a fixed-width unicode array, which needs no pickle."""
    return np.array(values, dtype=np.str_)


def load_result(path):
    """Reads a stored result; either file's path will do.

    Raises:
      UserError: no such result, or a damaged one.
    """
    path = os.path.splitext(path)[0] + ".npz"
    try:
        return _result(read_arrays(path, ("names", "sizes", "matrices", "class_names", "meta")))
    except FileNotFoundError:
        raise UserError(f"{path}: no such result; fcn_test.py makes it")
    except ValueError as error:
        raise UserError(f"{path}: not a result of fcn_test.py ({error}); test again")


def _result(stored):
    """The `Result` of what a file holds; a ValueError where its parts do not fit each other."""
    meta = json.loads(str(stored["meta"]))
    problem = object_problem(meta, {"split": TEXT, "split_sha256": TEXT}, ("split",))
    images, classes = stored["names"].size, stored["class_names"].size
    shapes = {"names": (images,), "class_names": (classes,), "sizes": (images, 2),
              "matrices": (images, classes, classes)}
    for name, shape in shapes.items():
        if stored[name].shape != shape or (stored[name].dtype.kind in "US") != ("names" in name):
            problem = f"{name} {stored[name].dtype} {stored[name].shape}, expected {shape}"
    if problem:
        raise ValueError(problem)
    return Result(
        split=meta["split"], class_names=tuple(str(name) for name in stored["class_names"]),
        names=tuple(str(name) for name in stored["names"]), sizes=stored["sizes"],
        matrices=stored["matrices"], meta=meta)


def summary(result, matrices_file=""):
    """The JSON of a result: a dict of plain numbers, None where a score is undefined."""
    scores = result.scores
    classes = {name: dict(iou=_number(scores.iou[index]),
                          precision=_number(scores.precision[index]),
                          recall=_number(scores.recall[index]), pixels=int(scores.pixels[index]))
               for index, name in enumerate(result.class_names)}
    return dict(result.meta, format=FORMAT, split=result.split, images=len(result.names),
                mean_iou=_number(scores.mean_iou), pixel_accuracy=_number(scores.pixel_accuracy),
                mean_accuracy=_number(scores.mean_accuracy), classes=classes,
                mean_is="IoU of the matrix summed over images, mean over the classes that occur",
                matrices=matrices_file)


def _number(value):
    return None if math.isnan(value) else float(value)


def format_table(result):
    """The scores as lines for a terminal, one class a line, in percent."""
    scores = result.scores
    width = max([len(name) for name in result.class_names] + [len("class")])
    row = "{:<%d}  {:>6}  {:>9}  {:>6}  {:>12}" % width
    lines = [row.format("class", "IoU", "precision", "recall", "pixels")]
    lines += [row.format(name, *[_percent(values[index]) for values in (
        scores.iou, scores.precision, scores.recall)] + [f"{scores.pixels[index]:,}"])
        for index, name in enumerate(result.class_names)]
    means = [confusion.mean_of_present(values) for values in (
        scores.iou, scores.precision, scores.recall)]
    lines.append(row.format("mean", *[_percent(value) for value in means]
                            + [f"{scores.pixels.sum():,}"]))
    return "\n".join(lines)


def _percent(value):
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


def headline(result):
    """One line: mIoU, accuracies, and of what."""
    scores = result.scores
    return (f"{result.split}: mIoU {scores.mean_iou:.4f}, pixel accuracy "
            f"{scores.pixel_accuracy:.4f}, mean accuracy {scores.mean_accuracy:.4f} "
            f"({len(result.names)} images, {len(result.class_names)} classes)"
            )
