"""The record of a net to be measured, and its cells of the table. Plain Python."""
import dataclasses
import statistics
from typing import Any, Dict, Mapping, Sequence, Tuple

from utils.runs.flags import parse_size
from utils.runs.roles import names
from utils.runs.train_flags import ArchFlags, TrainFlags

#: The flags that decide on the net and on the work of a step. Other flags, as the learning rate,
#: change no cost.
WORK_FLAGS = names(ArchFlags) + names(TrainFlags, mark="cost")


@dataclasses.dataclass(frozen=True)
class Net:
    """A net to be built and measured; see `make_net`.

    Attributes:
      decoder: as a table names it, "FCN16".
      num_classes: channels of the logits.
      flags: `TrainFlags`; flags outside `WORK_FLAGS` have their defaults.
    """
    decoder: str
    num_classes: int
    flags: TrainFlags

    @property
    def size(self) -> Tuple[int, int]:
        """(height, width) of the images."""
        return parse_size(self.flags.pixels)

    @property
    def label(self) -> str:
        """Short text: "mobilenet_v1 FCN16", "mobilenet_v1 x0.5 os16 FCN16 mixed"."""
        width, stride = self.flags.depth_multiplier, self.flags.output_stride
        return " ".join([self.flags.basenet] + ([f"x{width:g}"] if width != 1 else [])
                        + ([f"os{stride}"] if stride != 32 else []) + [self.decoder]
                        + ([self.flags.precision] if self.flags.precision != "float32" else []))

    def cells(self) -> Dict[str, Any]:
        """Makes the cells of a row that name the net."""
        return dict(extractor=self.flags.basenet, decoder=self.decoder,
                    width=self.flags.depth_multiplier, output_stride=self.flags.output_stride,
                    pixels="{}x{}".format(*self.size),
                    classes=self.num_classes, batch_size=self.flags.batch_size,
                    precision=self.flags.precision)


def make_net(decoder: str, num_classes: int, flags: Mapping[str, Any]) -> Net:
    """Makes a `Net` from a dict of flags, of which only `WORK_FLAGS` are used."""
    kept = {name: flags[name] for name in WORK_FLAGS if name in flags}
    return Net(decoder, num_classes, TrainFlags(seed_augment=0, **kept))


@dataclasses.dataclass(frozen=True)
class Speed:
    """Speed and memory, measured in a process of their own.

    Attributes:
      rounds: images per second of each round.
      peak: the process's greatest memory, bytes.
    """
    rounds: Tuple[float, ...]
    peak: int


def cost_cells(cost: Mapping[str, float]) -> Dict[str, float]:
    """Makes the cells of `utils.train.cost.net_cost`; parameters in millions."""
    return dict(parameters=cost["parameters"] / 1e6, gflops=cost["gflops"])


def speed_cells(what: str, found: Sequence[Speed]) -> Dict[str, Any]:
    """Makes the cells of one or more `Speed`s of a kind, "forward" or "training"."""
    rounds = [speed for one in found for speed in one.rounds]
    return {what: statistics.median(rounds), what + "_range": (min(rounds), max(rounds)),
            what + "_memory": max(one.peak for one in found) / 1e9}
