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
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers import Observer
from utils.files import remove_leftovers, write_bytes, write_text
from utils.measures import confusion
from utils.runs.result_name import ResultName
from utils.stored import TEXT, object_problem, read_arrays

FORMAT = 1


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
    def matrix(self) -> np.ndarray:
        """int64 [C, C], summed over the images."""
        return self.matrices.sum(axis=0)

    @property
    def scores(self) -> confusion.Scores:
        """The `confusion.Scores` of the summed matrix."""
        return confusion.scores(self.matrix)

    def with_meta(self, **entries: Any) -> "Result":
        """The same result with more in `meta`."""
        return dataclasses.replace(self, meta=dict(self.meta, **entries))


def format_size(size: Optional[Tuple[int, int]]) -> str:
    """"360x480" (height x width), or "native" for None."""
    return "native" if size is None else "{}x{}".format(*size)


def save_result(folder: str, name: ResultName, result: Result,
                observers: Sequence[Observer] = ()) -> str:
    """Writes a result's .npz and .json, each whole or not at all, and what observers found.

    Args:
      folder: where they go; made where it is not there.
      name: what the files are called.
      result: a `Result`.
      observers: those of the same test; each has <name>.<observer>.npz.

    Returns:
      path of the .json.
    """
    os.makedirs(folder, exist_ok=True)
    path, matrices = name.path(folder, ending=".json"), name.path(folder)
    remove_leftovers(os.path.join(folder, f"{name}."))
    meta = dict(result.meta, format=FORMAT, split=result.split)
    for observer in observers:
        write_arrays(name.path(folder, observer.name), observer.arrays())
    write_arrays(matrices, dict(
        names=_text(result.names), sizes=result.sizes, matrices=result.matrices,
        class_names=_text(result.class_names), meta=_text(json.dumps(meta, sort_keys=True))))
    write_text(path, json.dumps(summary(result, os.path.basename(matrices)), indent=1) + "\n")
    return path


def write_arrays(path: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a compressed .npz file, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes(path, buffer.getvalue())


def _text(values):
    """Text as a fixed-width unicode array, which needs no pickle."""
    return np.array(values, dtype=np.str_)


def load_result(path: str) -> Result:
    """Reads a stored result; either file's path will do, or what they have in common.

    Raises:
      UserError: no such result, or a damaged one.
    """
    if path.endswith((".npz", ".json")):
        path = os.path.splitext(path)[0]
    path += ".npz"
    try:
        return _result(read_arrays(path, ("names", "sizes", "matrices", "class_names", "meta")))
    except FileNotFoundError:
        raise UserError(f"{path}: no such result; fcn_test.py makes it") from None
    except ValueError as error:
        raise UserError(f"{path}: not a result of fcn_test.py ({error}); test again") from None


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


def summary(result: Result, matrices_file: str = "") -> Dict[str, Any]:
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


def format_table(result: Result) -> str:
    """The scores as lines for a terminal, one class a line, in percent."""
    scores = result.scores
    width = max([len(name) for name in result.class_names] + [len("class")])
    row = f"{{:<{width}}}  {{:>6}}  {{:>9}}  {{:>6}}  {{:>12}}"
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


def headline(result: Result) -> str:
    """One line: mIoU, accuracies, and of what."""
    scores = result.scores
    return (f"{result.split}: mIoU {scores.mean_iou:.4f}, pixel accuracy "
            f"{scores.pixel_accuracy:.4f}, mean accuracy {scores.mean_accuracy:.4f} "
            f"({len(result.names)} images, {len(result.class_names)} classes)")
