"""What a loss is: a registered function that returns a `Mean` or a `Whole`.

    @LOSSES.register("focal", gamma=Parameter(2.0, "...", at_least=0))
    def focal(logits, label, class_weights, gamma): ...

Its arguments are logits, float32 [N, H, W, C]; label, uint8 [N, H, W], whose values from C on are
ignored; class_weights, float [C]; then its own parameters. `masked.masked` turns the first three
into what losses are made of. A loss that needs more of a step, or company, says so by `needs`:

    @LOSSES.register("boundary", full=False)
    @needs(maps=lambda full: 1 if full else 4, alone="...")
    def boundary(logits, label, class_weights, maps, full): ...
"""
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

from utils.registry import Parameter, Registry


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
    """
    value: Any


class Truth(NamedTuple):
    """What losses compare logits with, and what else of a step some of them need.

    Attributes:
      label: uint8 [N, H, W].
      maps: {stride: float32 [N, C, h, w]}, of `utils.data.distance_maps`.
      mined: float32 scalar from 0 to 1, the share of --hard_example_mining_steps that is done.
    """
    label: Any
    maps: Mapping[int, Any] = {}
    mined: Any = 1.0


class Term(NamedTuple):
    """A loss of a net's logits within the sum that is minimised.

    Attributes:
      name: what metrics call it: "cross_entropy" is logged as loss/cross_entropy.
      factor: its factor in the sum; what is logged is without.
      part: the `Mean` or `Whole` that the loss returned.
      instead: the loss to choose where the batch is in parts, "dice:image"; "" if there is none.
    """
    name: str
    factor: float
    part: Union[Mean, Whole]
    instead: str = ""


@dataclass(frozen=True)
class Loss:
    """A registered loss; called as its function is.

    Attributes:
      function: see the top of this module.
      maps: its parameters as keywords -> the stride of the distance maps that it takes behind
        class_weights, 0 for None in their place; None: it takes no maps.
      mines: whether it takes `Truth.mined` there.
      alone: why it should not be the only loss of a decoder that starts from random weights; "" if
        it can be.
    """
    function: Callable[..., Union[Mean, Whole]]
    maps: Optional[Callable[..., int]] = None
    mines: bool = False
    alone: str = ""

    def __call__(self, *args: Any, **parameters: Any) -> Union[Mean, Whole]:
        return self.function(*args, **parameters)

    def stride(self, parameters: Dict[str, Any]) -> int:
        """The stride of its distance maps; 0 where it needs none."""
        return self.maps(**parameters) if self.maps else 0

    def further(self, truth: Truth, parameters: Dict[str, Any]) -> List[Any]:
        """What it takes behind class_weights."""
        found: List[Any] = []
        if self.maps:
            stride = self.stride(parameters)
            found.append(truth.maps[stride] if stride else None)
        return found + [truth.mined] * self.mines


def needs(maps: Optional[Callable[..., int]] = None, mines: bool = False,
          alone: str = "") -> Callable[[Callable[..., Union[Mean, Whole]]], Loss]:
    """A decorator that makes a `Loss` of a function; arguments: see there."""
    return lambda function: Loss(function, maps, mines, alone)


class _Losses(Registry):
    """A registry of `Loss`es; a plain function becomes one."""

    def register(self, name: str, entry: Any = None, aliases: Sequence[str] = (),
                 **parameters: Any) -> Any:
        if entry is not None and not isinstance(entry, Loss):
            entry = Loss(entry)
        return super().register(name, entry, aliases, **parameters)


LOSSES = _Losses("loss", weight=Parameter(1.0, "factor of the loss within a sum", more_than=0))
#: A parameter of losses that are ratios of sums.
OVER = Parameter("batch", "whether sums are over the batch or over each image",
                 choices=("batch", "image"))
#: A parameter of losses that look at every fourth pixel, in rows and columns.
FULL = Parameter(False, "every pixel, not every fourth of rows and columns")
#: The stride of such a loss.
COARSE = 4
