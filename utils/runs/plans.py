"""What a sweep plans: its runs, its looks, and the choices of a screen."""
import dataclasses
import datetime
from typing import Dict, Optional, Sequence, Tuple

from utils.runs import run_folder
from utils.statistics import looks
from utils.statistics.looks import Looks

#: Looks that a plan may have, and seeds that a look may be at.
MOST_LOOKS, MOST_SEEDS = 20, 10000


@dataclasses.dataclass(frozen=True)
class PlannedRun:
    """One training.

    Attributes:
      label: the configuration's name within the sweep.
      seed: what varies.
      repeat: 0, 1, ... among the runs of equal flags and seeds.
      words: the flags for fcn_train.py.
      key: the `run_folder.configuration_key` of the run folder that it will make.
      seeds: ((flag, seed), ...) that it will record.
      total_steps: training steps.
      basenet: feature extractor.
    """
    label: str
    seed: int
    repeat: int
    words: Tuple[str, ...]
    key: str
    seeds: Tuple[Tuple[str, int], ...]
    total_steps: int
    basenet: str

    @property
    def identity(self) -> Tuple[str, Tuple[Tuple[str, int], ...]]:
        """Equal for run folders of the same flags, data and seeds."""
        return self.key, self.seeds

    def __str__(self):
        text = f"{self.label}, seed {self.seed}"
        return text + (f", repeat {self.repeat + 1}" if self.repeat else "")


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What a sweep says before its runs about how they will be compared.

    Attributes:
      looks: at how many seeds of each configuration.
      split: whose scores are compared.
      margin: points of mIoU up to which configurations count as equal.
      level: confidence level; 1 - level is the chance of a false claim at any look.
    """
    looks: Looks = Looks((3,))
    split: str = "test"
    margin: float = 1.0
    level: float = .95

    @property
    def alpha(self) -> float:
        """1 - level, without the last bits of that."""
        return round(1 - self.level, 12)

    @property
    def levels(self) -> Tuple[float, ...]:
        """The nominal level of each look."""
        return self.looks.levels(self.alpha)


@dataclasses.dataclass(frozen=True)
class ScreenedChoice:
    """A choice of a screen: two settings, each written as flags, "-" for none.

    Attributes:
      name: of the choice. a, b: its settings.
    """
    name: str
    a: str
    b: str


@dataclasses.dataclass(frozen=True)
class SweepPlan:
    """The runs of a sweep, in the order in which they are to be made, and its looks.

    Attributes:
      name: of the sweep.
      runs: `PlannedRun`s.
      declared: the `Declaration` in force: the first one, once runs have been made.
      asked: the numbers of seeds that the sweep file says now; `extra` are those not declared. The
        runs have all seeds that it ever said.
      declared_at: when, as text that `datetime` reads; "" where an older plan does not tell.
      screen: the choices of a screen; () for other sweeps. The labels of its runs are a letter A or
        B for each, and each run has a seed of its own.
    """
    name: str
    runs: Tuple[PlannedRun, ...]
    declared: Declaration
    asked: Tuple[int, ...]
    declared_at: str = ""
    screen: Tuple[ScreenedChoice, ...] = ()
    _places: Dict[Tuple[Optional[int], ...], int] = dataclasses.field(
        init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self):
        values = dict.fromkeys(map(seed_values, self.runs))  # each once, in the order of the runs
        object.__setattr__(self, "_places", {seeds: at for at, seeds in enumerate(values)})

    looks = property(lambda self: self.declared.looks)
    split = property(lambda self: self.declared.split)
    margin = property(lambda self: self.declared.margin)
    level = property(lambda self: self.declared.level)

    @property
    def keys(self) -> Tuple[str, ...]:
        """The configurations' keys, each once, in order."""
        return tuple(dict.fromkeys(run.key for run in self.runs))

    @property
    def extra(self) -> Tuple[int, ...]:
        """Numbers of seeds at which no look was declared, and the sweep file has one now."""
        return tuple(count for count in self.asked if count not in self.looks.seeds)

    @property
    def false_claims(self) -> float:
        """Chance of a false claim were p < 1 - level a claim at the extra looks too."""
        return looks.beyond(self.looks.seeds, self.declared.levels, self.extra,
                            self.declared.alpha)

    def seed_order(self, seeds: Sequence[Optional[int]]) -> Optional[int]:
        """Finds the place of a run's seeds among those of the plan, from 0; None where the plan
        lacks them.

        Args:
          seeds: (initialisation, order, augmentation), as `RunRecord.seeds`.
        """
        return self._places.get(tuple(seeds))

    @property
    def places(self) -> Tuple[int, ...]:
        """The `seed_order` of each of the runs; in a screen, that within its configuration."""
        if not self.screen:
            return tuple(self._places[seed_values(run)] for run in self.runs)
        seeds: Dict[str, Dict[Tuple[int, ...], int]] = {}
        own = [(seeds.setdefault(run.key, {}), seed_values(run)) for run in self.runs]
        return tuple(places.setdefault(values, len(places)) for places, values in own)

    @property
    def levels(self) -> Dict[str, Tuple[int, ...]]:
        """Maps {configuration's key: 0 (A) or 1 (B) for each choice} of a screen."""
        return {run.key: tuple(int(letter == "B") for letter in run.label)
                for run in self.runs if self.screen}


def seed_values(run: PlannedRun) -> Tuple[int, ...]:
    """Returns a run's seeds, in the order of `run_folder.SEED_FLAGS`."""
    return tuple(dict(run.seeds)[flag] for flag in run_folder.SEED_FLAGS)


def now() -> str:
    """Tells the time as plans store it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
