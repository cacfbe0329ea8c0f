"""The weights of classes in losses, as --class_weights says.

    @CLASS_WEIGHTS.register("enet", k=1.02)
    def enet(counts, k): ...             # `Counts` of the training split -> float64 [C]
"""
import os
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.registry import Parameter, Registry, Spelling
from utils.values import parse_number

CLASS_WEIGHTS = Registry("class weights")
#: One of several "name:value" with commas between; a name may have commas and colons itself.
_NAMED = re.compile(r"(.+?):([^:,]+)(?:,|$)")


@dataclass(frozen=True)
class Counts:
    """What is known of the classes of a training split.

    Attributes:
      names: of the classes, length C.
      pixels: labelled pixels of each class.
      images: images in which each class occurs.
      image_pixels: () -> labelled pixels of these images; asked where it is needed, as it may mean
        to read all labels.
    """
    names: Sequence[str]
    pixels: Sequence[int]
    images: Sequence[int]
    image_pixels: Callable[[], Sequence[int]]

    def shares(self) -> np.ndarray:
        """float64 [C], the share of each class in the labelled pixels."""
        pixels = np.asarray(self.pixels, np.float64)
        return pixels / max(pixels.sum(), 1.0)

    def require_all(self, kind: str) -> None:
        """UserError where a class never occurs; `kind`: of weights, which have a value for none."""
        if not all(self.pixels):
            index = list(self.pixels).index(0)
            raise UserError(f"--class_weights={kind}: class {index} ({self.names[index]}) never "
                            "occurs in the training split: choose enet")


# ---- by the data ----

@CLASS_WEIGHTS.register("none")
def none(counts: Counts) -> np.ndarray:
    """1 for every class."""
    return np.ones(len(counts.pixels))


@CLASS_WEIGHTS.register("enet", k=Parameter(1.02, "the less, the more rare classes weigh",
                                            more_than=1))
def enet(counts: Counts, k: float) -> np.ndarray:
    """1 / ln(k + p), p the share of a class (Paszke et al., ENet, arXiv 1606.02147, 5.2)."""
    return 1 / np.log(k + counts.shares())


@CLASS_WEIGHTS.register("median")
def median(counts: Counts) -> np.ndarray:
    """Weighs a class of share p by the median of all shares over p.

    Shares are of the pixels of all images; `mfb` takes those of the images in which a class occurs.
    """
    counts.require_all("median")
    shares = counts.shares()
    return np.median(shares) / shares


@CLASS_WEIGHTS.register("mfb")
def mfb(counts: Counts) -> np.ndarray:
    """Median frequency balancing, median(f) / f (Eigen and Fergus, arXiv 1411.4734, 6.3.2): f is
    the share of a class in the labelled pixels of the images in which it occurs."""
    counts.require_all("mfb")
    frequencies = np.divide(counts.pixels, np.asarray(counts.image_pixels(), np.float64))
    return np.median(frequencies) / frequencies


@CLASS_WEIGHTS.register("effective", beta=Parameter(
    0.999, "the nearer to 1, the more rare classes weigh", more_than=0, at_most=0.999999))
def effective(counts: Counts, beta: float) -> np.ndarray:
    """(1 - beta) / (1 - beta^n), by their mean (Cui et al., arXiv 1901.05555, equation 4).

    n is the number of images in which a class occurs. That of its pixels would give all classes one
    weight, as beta^n is 0 for millions.
    """
    counts.require_all("effective")
    weights = 1 / -np.expm1(np.asarray(counts.images, np.float64) * np.log(beta))
    return weights / weights.mean()


# ---- all kinds ----

def class_weights(text: str, counts: Counts) -> np.ndarray:
    """The weights that `--class_weights` asks for.

    Args:
      text: a choice of `CLASS_WEIGHTS`, C numbers with commas between, or as many "name:value".
      counts: of the training split.

    Returns:
      float32 [C].

    Raises:
      UserError: for anything else, and where a weight is none.
    """
    if _is_registered(text):
        return CLASS_WEIGHTS.choose(text).make(counts).astype(np.float32)
    named = _named(text)
    if named:
        return _checked(text, _in_order(text, named, counts.names))
    numbers = _numbers(text)
    if numbers is None:
        raise UserError(f"--class_weights: got {text!r}, expected {', '.join(_spellings())}, "
                        f"{len(counts.names)} numbers with commas between them, or a file of lines "
                        "\"name: value\"")
    if len(numbers) != len(counts.names):
        raise UserError(f"--class_weights={text}: got {len(numbers)} numbers, expected "
                        f"{len(counts.names)}, one for each class")
    return _checked(text, numbers)


@dataclass(frozen=True)
class WeightSpelling(Spelling):
    """What --class_weights takes. A file becomes what is written in it, so that a run records the
    weights themselves."""

    def spelled(self, text: str) -> str:
        """The one spelling of a choice; what is neither registered nor a file stays as it is."""
        if _is_registered(text):
            return super().spelled(text)
        return read_weights(text) if os.path.isfile(text) else text


def read_weights(path: str) -> str:
    """"name:value,name:value" of a file of lines "name: value"; # begins a comment.

    Raises:
      UserError: a line is no such, or names a class again.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error})") from None
    found: Dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, mark, value = (part.strip() for part in line.rpartition(":"))
        if line and (not name or _numbers(value) is None or "," in value):
            raise UserError(f"{path}, line {number}: got {line!r}, expected \"name: value\"")
        if name in found:
            raise UserError(f"{path}, line {number}: {name} is there twice: leave one out")
        if line:
            found[name] = value
    if not found:
        raise UserError(f"{path}: expected lines \"name: value\", got none")
    return ",".join(f"{name}:{value}" for name, value in found.items())


def _is_registered(text):
    return text.partition(":")[0] in CLASS_WEIGHTS.names()


def _spellings() -> List[str]:
    return [CLASS_WEIGHTS.form(name) for name in CLASS_WEIGHTS.names()]


def _numbers(text):
    """The numbers of a text with commas between them; None where one is none."""
    try:
        return [parse_number(word) for word in text.split(",")]
    except ValueError:
        return None


def _named(text) -> List[Tuple[str, float]]:
    """[(name, weight)] of "name:value,name:value"; [] for a text of another form."""
    found = _NAMED.findall(text)
    whole = ",".join(f"{name}:{value}" for name, value in found) == text
    values = _numbers(",".join(value for _, value in found)) if found and whole else None
    return [] if values is None else list(zip([name for name, _ in found], values))


def _in_order(text, named, names) -> List[float]:
    """The weights in the order of the classes; a UserError where the names are not theirs."""
    weights: Dict[str, Any] = dict(named)
    unknown = [name for name in weights if name not in names]
    if unknown:
        raise UserError(f"--class_weights={text}: there is no class {unknown[0]!r}: the classes "
                        f"are {', '.join(names)}")
    missing = [name for name in names if name not in weights]
    if missing:
        raise UserError(f"--class_weights={text}: no weight for {', '.join(missing)}: give one for "
                        "each class")
    return [weights[name] for name in names]


def _checked(text, weights):
    """float32 [C] of weights that were written down; a UserError for those that are no weights."""
    if min(weights) < 0:
        raise UserError(f"--class_weights={text}: got {min(weights):g} for class "
                        f"{weights.index(min(weights))}, expected 0 or more")
    if not max(weights):
        raise UserError(f"--class_weights={text}: every class has weight 0, so that nothing would "
                        "be learned: give at least one more")
    return np.array(weights, np.float32)
