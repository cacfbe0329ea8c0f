"""Parts that several analyses share: first columns, names of scores, statistics that may refuse."""
import re
from typing import TYPE_CHECKING, Any, Callable, Collection, Dict, Optional, Tuple, TypeVar

from utils.report.layout import ALWAYS
from utils.report.table import Column

if TYPE_CHECKING:
    from utils.report.sample import Sample
    from utils.report.study import Study

T = TypeVar("T")

#: The first columns of a table with a row per configuration; `identity` fills them.
IDENTITY = (Column("configuration", "id", keep=0), Column("label", "what it is", keep=ALWAYS))
#: Where a command begins in a sentence.
_COMMAND = re.compile(r": (?=python fcn_\w+\.py )")
_METRIC_NAMES = {"miou_d": "mIoU", "miou_i": "mIoU_I", "miou_c": "mIoU_C"}


def identity(sample: "Sample") -> Dict[str, str]:
    """Fills the cells of `IDENTITY`."""
    return dict(configuration=sample.configuration.id, label=sample.label)


def score_name(study: "Study") -> str:
    """Names the score: "mIoU on test", "mIoU_I on validation best"."""
    return "{} on {}".format(_METRIC_NAMES[study.options.metric], study.stem().replace("_", " "))


def percent_level(study: "Study") -> str:
    """Writes the confidence level: "95 %"."""
    return f"{100 * study.options.level:g} %"


def units_name(study: "Study") -> str:
    """Names what is resampled."""
    return "clusters of images" if study.options.cluster else "images"


def known(function: Callable[..., T], *args: Any, **options: Any) -> Optional[T]:
    """Computes a statistic; None where it refuses (too few runs, no spread)."""
    try:
        return function(*args, **options)
    except ValueError:
        return None


def numbered(name: str, index: int) -> str:
    """Names the tables of several test sets: errorbars, errorbars_2."""
    return name if index == 0 else f"{name}_{index + 1}"


def test_set_text(sample: "Sample") -> str:
    """Describes a test set: "233 images, 11 classes, split 552fdb09"."""
    return "{} images, {} classes, split {}".format(
        len(sample.names), len(sample.class_names), sample.signature.sha256[:8] or "unknown")


def parted(line: str) -> Tuple[str, str]:
    """Parts a line into (sentence, command that ends it, or "")."""
    words, *command = _COMMAND.split(line, maxsplit=1)
    return (words + ":", command[0]) if command else (words, "")


def counted(count: int, noun: str) -> str:
    """Writes "1 run", "2 runs"."""
    return "{} {}{}".format(count, noun, "" if count == 1 else "s")


def spanned(numbers: Collection[int]) -> str:
    """Writes "5", "3 to 5"."""
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"
