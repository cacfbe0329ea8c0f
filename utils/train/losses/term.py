"""What a loss is: a registered function that returns a `Mean` or a `Whole`.

    @LOSSES.register("focal", gamma=Parameter(2.0, "...", at_least=0))
    def focal(logits, label, class_weights, gamma): ...

Its arguments are logits, float32 [N, H, W, C]; label, uint8 [N, H, W], whose values from C on are
ignored; class_weights, float [C]; then its own parameters. `masked.masked` turns the first three
into what losses are made of.
"""
from typing import Any, NamedTuple, Union

from utils.registry import Parameter, Registry

LOSSES = Registry("loss", weight=Parameter(1.0, "factor of the loss within a sum", more_than=0))


class Mean(NamedTuple):
    """A loss that is total / weight, a weighted mean over pixels or images; 0 where weight is 0.

    Both are sums, so that parts of a batch (--accumulate, --devices, processes) are added up, and
    divided once: the loss of a batch in parts is that of the whole.

    Attributes:
      total: float32 scalar, the sum of weighted losses; gradients are of it.
      weight: float32 scalar, the sum of their weights. It has no gradient.
    """
    total: Any
    weight: Any


class Whole(NamedTuple):
    """A loss that is one value of the whole batch; parts of the batch do not add up to it.

    Attributes:
      value: float32 scalar; 0, with gradients of 0, where nothing is labelled.
      instead: the loss to choose where the batch is in parts, "dice:image"; "" if there is none.
    """
    value: Any
    instead: str = ""


class Term(NamedTuple):
    """A loss of a net's logits within the sum that is minimised.

    Attributes:
      name: what metrics call it: "cross_entropy" is logged as loss/cross_entropy.
      factor: its factor in the sum; what is logged is without.
      part: the `Mean` or `Whole` that the loss returned.
    """
    name: str
    factor: float
    part: Union[Mean, Whole]
