"""The table that people choose a net by: its columns, its order, what stands below it."""
import dataclasses

from utils.report.common import IDENTITY
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table

#: What --sort takes, and whether the greatest comes first.
ORDERS = {"miou": True, "gflops": False, "parameters": False, "forward": True, "training": True,
          "forward_memory": False, "training_memory": False, "name": False}

#: Those that take a measurement of speed.
TIMED = ("forward", "training", "forward_memory", "training_memory")

_WIDTH = Column("width", "width", "number", 2, keep=2)
_STRIDE = Column("output_stride", "output stride", "count", keep=2)
_NET = (Column("extractor", "extractor", keep=ALWAYS), _WIDTH, _STRIDE,
        Column("decoder", "decoder", keep=ALWAYS))
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
#: Settings that go without saying where all rows have them.
_USUAL = (("width", 1), ("precision", "float32"), ("output_stride", 32))


def make_table(rows, note=""):
    """A `Table`. Columns without a value are left out; settings that all rows share stand in the
    title, and files have them.

    Args:
      rows: dicts of the cells that `utils.costs.net` and `utils.costs.accuracy` make; one or more.
      note: below the table.
    """
    columns = IDENTITY + _NET + _SCORE + _SETTING + _COST + _SPEED + _PROBLEM
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
    """"Nets at 256x256, 11 classes, batch 8": what is the same for all."""
    words = {"pixels": "at {}", "classes": "{} classes", "batch_size": "batches of {}",
             "width": "width {:g}", "output_stride": "output stride {}",
             "precision": "training in {}"}
    told = [form.format(row[key]) for key, form in words.items()
            if key in {column.key for column in shared} and (key, row[key]) not in _USUAL]
    return "Nets " + ", ".join(told)


def sort_rows(rows, key):
    """The rows by one of `ORDERS`, the best first; those without a value stay in order, last."""
    if key == "name":
        return sorted(rows, key=lambda row: (row["extractor"], row["width"], row["decoder"]))
    there = [row for row in rows if row.get(key) is not None]
    return sorted(there, key=lambda row: row[key], reverse=ORDERS[key]) + [
        row for row in rows if row.get(key) is None]


def explain(rounds=0, idle=0):
    """The note below the table.

    Args:
      rounds: how many rounds were timed; 0 for none.
      idle: bytes of a process with TensorFlow and without a net.
    """
    counts = ("GFLOPs: 1e9 floating-point operations of convolutions and matrix products for one "
              "image, forward, 2 per multiply-add. parameters: trainable numbers, in millions.")
    if not rounds:
        return counts
    return counts + (
        f" images/s: median, least and greatest of {rounds} rounds of a second or more, on one "
        "batch in memory; training as fcn_train.py without its input. memory: peak of the process "
        f"(not of a GPU), {idle / 1e9:.2f} of it TensorFlow without a net.")
