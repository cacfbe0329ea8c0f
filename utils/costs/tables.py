"""Makes the table of nets: its columns, its order, and the note below it."""
import dataclasses
from typing import Any, Dict, List, Sequence

from utils.report.common import IDENTITY
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table

#: What --sort takes, and whether the greatest comes first.
ORDERS = {"miou": True, "gflops": False, "parameters": False, "forward": True, "training": True,
          "forward_memory": False, "training_memory": False, "name": False}

#: Orders that need a measurement.
TIMED = ("forward", "training", "forward_memory", "training_memory")

_WIDTH = Column("width", "width", "number", 2, keep=2)
_STRIDE = Column("output_stride", "output stride", "count", keep=2)
_NET = (Column("extractor", "extractor", keep=ALWAYS), _WIDTH, _STRIDE,
        Column("decoder", "decoder", keep=ALWAYS))
_IMAGENET = (Column("top1", "ImageNet top-1", "number", 1, "%", keep=0),)
_SCORE = (Column("seeds", "seeds", "count", keep=0), Column("miou", "mIoU", "percent", keep=ALWAYS),
          Column("miou_interval", "its interval", "percent_interval", of="miou"))
_SETTING = (Column("pixels", "size"), Column("classes", "classes", "count", keep=0),
            Column("batch_size", "batch", "count", keep=0),
            Column("precision", "training in", keep=2))
_COST = (Column("parameters", "parameters", "number", 2, "M", keep=2),
         Column("gflops", "GFLOPs", "number", 2, keep=2))
_SPEED = (
    Column("forward", "forward", "number", 1, "images/s", keep=2),
    Column("forward_range", "least, most", "interval", 1, keep=0, of="forward"),
    Column("training", "training", "number", 1, "images/s", keep=2),
    Column("training_range", "least, most", "interval", 1, keep=0, of="training"),
    Column("forward_memory", "memory forward", "number", 2, "GB"),
    Column("training_memory", "memory training", "number", 2, "GB"))
_PROBLEM = (Column("problem", "not measured", keep=ALWAYS),)
#: Usual settings: the title does not name them where all rows have them.
_USUAL = (("width", 1), ("precision", "float32"), ("output_stride", 32))


def make_table(rows: Sequence[Dict[str, Any]], note: str = "") -> Table:
    """Makes the table of nets.

    Columns without a value are left out. Settings that all rows share stand in the title, and in
    the columns of files.

    Args:
      rows: one or more dicts of the cells of `utils.costs.net` and `utils.costs.accuracy`; `top1`
        is the ImageNet accuracy of the published checkpoint in percent, or None.
      note: below the table.
    """
    columns = IDENTITY + _NET + _IMAGENET + _SCORE + _SETTING + _COST + _SPEED + _PROBLEM
    columns = [column for column in columns if any(_has(row, column) for row in rows)]
    shared = {column for column in _SETTING + (_WIDTH, _STRIDE)
              if len({row.get(column.key) for row in rows}) == 1}
    hidden = shared | set(_NET if any("label" in row for row in rows) else ())
    columns = tuple(dataclasses.replace(column, shown=False) if column in hidden else column
                    for column in columns)
    return Table("nets", _title(rows[0], shared), columns, rows, note)


def _has(row, column):
    return row.get(column.key) not in (None, "")


def _title(row, shared):
    """"Writes the settings that all nets share: "Nets at 256x256, 11 classes, batch 8"."""
    words = {"pixels": "at {}", "classes": "{} classes", "batch_size": "batches of {}",
             "width": "width {:g}", "output_stride": "output stride {}",
             "precision": "training in {}"}
    told = [form.format(row[key]) for key, form in words.items()
            if key in {column.key for column in shared} and (key, row[key]) not in _USUAL]
    return "Nets " + ", ".join(told)


def sort_rows(rows: Sequence[Dict[str, Any]], key: str) -> List[Dict[str, Any]]:
    """Sorts rows by one of `ORDERS`, the best first; rows without a value come last, as given."""
    if key == "name":
        return sorted(rows, key=lambda row: (row["extractor"], row["width"], row["decoder"]))
    there = [row for row in rows if row.get(key) is not None]
    return sorted(there, key=lambda row: row[key], reverse=ORDERS[key]) + [
        row for row in rows if row.get(key) is None]


def explain(rounds: int = 0, idle: int = 0) -> str:
    """Writes the note below the table.

    Args:
      rounds: number of timed rounds; 0 for none.
      idle: memory of a process with TensorFlow and without a net, bytes.
    """
    counts = ("GFLOPs: 1e9 floating-point operations of convolutions and matrix products for one "
              "image, forward, 2 per multiply-add. parameters: trainable numbers, in millions.")
    if not rounds:
        return counts
    return counts + (
        f" images/s: median, least and greatest of {rounds} rounds of a second or more, on one "
        "batch in memory; training as fcn_train.py without its input. memory: peak of the process "
        f"(not of a GPU), {idle / 1e9:.2f} of it TensorFlow without a net.")
