"""The record of what a net returns: logits, and the maps that they are computed from."""
from typing import Any, Mapping, NamedTuple


class Grid(NamedTuple):
    """Where the cells of a map stand in the image: cell i at pixel stride * i + offset, if the
    first pixel has its centre at 0."""
    stride: float
    offset: float


class NetOutput(NamedTuple):
    """A net's output for a batch of images.

    Attributes:
      logits: float32 [N, H, W, num_classes] at the images' size.
      features: {level: float32 [N, h, w, C]}, what the decoder was given; {} where not known.
      penultimate: float32 [N, h, w, C], the map that the last classification layer reads, or None.
      auxiliary: {name: float32 [N, H, W, num_classes]} logits for deep supervision, at the images'
        size; empty in tests.
      grids: {level: `Grid`} of the features; levels of which it is not known are left out.
    """
    logits: Any
    features: Mapping[Any, Any]
    penultimate: Any
    auxiliary: Mapping[str, Any]
    grids: Mapping[Any, Grid] = {}


def as_output(found: Any) -> NetOutput:
    """Makes the output of a net that may return its logits alone."""
    return found if isinstance(found, NetOutput) else NetOutput(found, {}, None, {})
