"""What a test does beyond one view of each image, as flags say it and names of results tell it.

Plain Python.
"""
import dataclasses
import re
from typing import Any, List, Optional, Tuple

from utils.errors import UserError
from utils.runs.flags import flag, parse_size
from utils.values import parse_number

#: Scales that a test may be asked for.
LEAST_SCALE, GREATEST_SCALE = .1, 8.
#: The part of a window that its neighbours share, where --overlap does not say it.
USUAL_OVERLAP = 4


@dataclasses.dataclass(frozen=True)
class RefinementFlags:
    """The flags of a `Refinement`."""
    scales: str = flag("1", "mean of the probabilities at these scales of --pixels (of the images, "
                       "where the net sees them at their own size): 0.75,1,1.25", "refinement")
    flip: bool = flag(False, "mean with the probabilities of the mirror image", "refinement")
    window: str = flag("", "cut images at their own size, times --scales, into windows of this "
                       "size: 512 or 360x480", "refinement")
    overlap: str = flag("", "pixels that neighbouring windows share: 128 or 128x96 (default: a "
                        "quarter of the window)", "refinement")
    min_area: int = flag(0, "give regions of fewer pixels to the class around them", "refinement",
                         at_least=0)


@dataclasses.dataclass(frozen=True)
class Refinement:
    """What a test does beyond one view of each image; the plain test does none of it.

    Attributes:
      scales: of the net's size, or of the images where the net sees them at their own; rising.
      flip: whether the mirror image is looked at too.
      window: (height, width) that images are cut into, at their own size times each scale; None
        for whole images.
      overlap: rows and columns that neighbouring windows share.
      min_area: pixels below which a region gets the class around it; 0 for none.
    """
    scales: Tuple[float, ...] = (1.0,)
    flip: bool = False
    window: Optional[Tuple[int, int]] = None
    overlap: Tuple[int, int] = (0, 0)
    min_area: int = 0

    @property
    def several_views(self) -> bool:
        """Whether the net looks at an image more than once, or at parts of it."""
        return self.scales != (1.0,) or self.flip or self.window is not None

    @property
    def words(self) -> Tuple[str, ...]:
        """What a result's name says of it: ("scales-0.75-1-1.25", "flip"); () for the plain test.

        `refinement_flags` makes flags of them again.
        """
        found = ["scales-" + "-".join(f"{scale:g}" for scale in self.scales)] * (
            self.scales != (1.0,))
        found += ["flip"] * self.flip
        if self.window:
            found.append("window-{}x{}-{}".format(*self.window, _sides(self.overlap)))
        return tuple(found + [f"min-area-{self.min_area}"] * bool(self.min_area))


#: The test of one view of each whole image.
PLAIN = Refinement()


def refinement_flags(changes: str) -> List[str]:
    """Returns the flags of fcn_test.py that the changes in a result's name tell of.

    Args:
      changes: as of `ResultName`: "native_scales-0.75-1_flip".
    """
    forms = (("scales-([0-9.-]+)", lambda found: "--scales=" + found[1].replace("-", ",")),
             ("flip", lambda found: "--flip"),
             ("window-([0-9x]+)-([0-9x]+)", lambda found: "--window={} --overlap={}".format(
                 *found.groups())),
             ("min-area-([0-9]+)", lambda found: "--min_area=" + found[1]))
    matches = [(re.search(f"(?:^|_){form}(?=_|$)", changes), flags) for form, flags in forms]
    return [flags(found) for found, flags in matches if found]


def read_refinement(flags: Any) -> Refinement:
    """Reads the refinement that flags ask for.

    Args:
      flags: has the fields of `RefinementFlags`, and pixels.

    Raises:
      UserError: a value that cannot be, or flags that contradict each other.
    """
    window = _size(flags.window, "window") if flags.window else None
    if window and flags.pixels and parse_size(flags.pixels):
        raise UserError(f"--window={flags.window} cuts images at their own size, but "
                        f"--pixels={flags.pixels} fits them into a size: leave one out (--scales "
                        "scales images before they are cut)")
    if flags.overlap and not window:
        raise UserError(f"--overlap={flags.overlap} is of windows: give --window too")
    return Refinement(_scales(flags.scales), flags.flip, window, _overlap(flags.overlap, window),
                      flags.min_area)


def _scales(text):
    """Reads "0.75,1,1.25": rising scales."""
    try:
        found = [float(f"{parse_number(part):g}") for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(LEAST_SCALE <= scale <= GREATEST_SCALE for scale in found) or len(
            set(found)) < len(found):
        raise UserError(f"--scales: got {text!r}, expected different numbers from {LEAST_SCALE:g} "
                        f"to {GREATEST_SCALE:g} with commas between, as in 0.75,1,1.25")
    return tuple(sorted(found))


def _overlap(text, window):
    """Reads the overlap of windows, (rows, columns)."""
    if window is None:
        return 0, 0
    if not text:
        return window[0] // USUAL_OVERLAP, window[1] // USUAL_OVERLAP
    overlap = (0, 0) if text == "0" else _size(text, "overlap")
    if any(shared >= side for shared, side in zip(overlap, window)):
        raise UserError("--overlap={}: expected less than the window of {}x{}: give a smaller "
                        "overlap or a larger window".format(text, *window))
    return overlap


def _size(text, name):
    """Reads a size that is not 0."""
    size = parse_size(text, name)
    if size is None:
        raise UserError(f"--{name}: got {text!r}, expected a side (512) or height x width (360x480)"
                        )
    return size


def _sides(size):
    """Writes "128" for a square, "128x96" for others."""
    return str(size[0]) if size[0] == size[1] else "{}x{}".format(*size)
