"""What a claim is, how its rate is measured, and how measured rates are printed.

A `Study` is a simulation with its settings; it counts several outcomes on the same draws. A
`Claim` is a sentence that one of these outcomes bears out or not; a `Table` shows several outcomes
of several studies. A study is simulated once in a call of the program, with a seed of its own
settings: a claim measured alone has the same figures as among all others.
"""
import dataclasses
import functools
import math
import re
import zlib
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np
from statsmodels.stats.proportion import proportion_confint


def figure(value: float, digits: int = 3) -> str:
    """".051", "-.40", "1.000", "12.3": no zero before the point."""
    if not math.isfinite(value):
        return "none"
    text = "{:.{}f}".format(value, digits)
    text = text.lstrip("-") if not float(text) else text
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


@dataclasses.dataclass(frozen=True)
class Share:
    """hits of so many trials."""
    hits: int
    trials: int

    @property
    def value(self) -> float:
        return self.hits / self.trials if self.trials else math.nan

    @property
    def interval(self) -> Tuple[float, float]:
        """Wilson's 95 % interval (Wilson 1927)."""
        if not self.trials:
            return math.nan, math.nan
        return tuple(float(end) for end in proportion_confint(
            self.hits, self.trials, method="wilson"))

    def text(self) -> str:
        return "{} [{}, {}]".format(*[figure(value) for value in (self.value,) + self.interval])


@dataclasses.dataclass(frozen=True)
class Mean:
    """A mean over trials and its standard error; interval: +-1.96 of it."""
    value: float
    error: float
    trials: int
    digits: int = 2

    @property
    def interval(self) -> Tuple[float, float]:
        return self.value - 1.96 * self.error, self.value + 1.96 * self.error

    def text(self) -> str:
        return "{} [{}, {}]".format(*[figure(value, self.digits)
                                      for value in (self.value,) + self.interval])


@dataclasses.dataclass(frozen=True)
class Exact:
    """A number that is computed, not counted: what the tool prints for these settings."""
    value: float
    digits: int = 2

    @property
    def interval(self) -> Tuple[float, float]:
        return self.value, self.value

    def text(self) -> str:
        return figure(self.value, self.digits)


#: A rate, or another number, that a simulation gives.
Measured = Union[Share, Mean, Exact]
#: What a simulation returns: its numbers by their names.
Outcomes = Dict[str, Measured]


def share(found: Any) -> Share:
    """The `Share` of true ones among booleans."""
    found = np.asarray(found, bool).ravel()
    return Share(int(found.sum()), len(found))


def mean(values: Any, digits: int = 2) -> Mean:
    """The `Mean` of one value per trial; NaN are left out."""
    values = np.asarray(values, np.float64).ravel()
    values = values[~np.isnan(values)]
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Mean(float(values.mean()) if len(values) else math.nan, float(error), len(values),
                digits)


@dataclasses.dataclass(frozen=True)
class Aim:
    """What a rate should be: "at most" .05, "at least" .95, "about" .8, or "shown" for comparison.

    `kept` is no where the whole interval of the measured rate lies on the wrong side; "about"
    allows `slack` either way.
    """
    kind: str
    value: float = math.nan
    slack: float = .02

    def text(self) -> str:
        if self.kind == "shown":
            return ""
        slack = f" +-{figure(self.slack, 2)}" if self.kind == "about" else ""
        return f"{self.kind} {figure(self.value, 2)}{slack}"

    def kept(self, result: Measured) -> str:
        """"yes", "no", or "" where nothing is aimed at."""
        low, high = result.interval
        # Wilson's ends are a rounding above 0 and below 1 where they are these.
        low, high = low - 1e-9, high + 1e-9
        wrong = {"at most": low > self.value, "at least": high < self.value, "shown": None,
                 "about": (low > self.value + self.slack
                           or high < self.value - self.slack)}[self.kind]
        return "" if wrong is None else "no" if wrong else "yes"


def at_most(value: float) -> Aim:
    return Aim("at most", value)


def at_least(value: float) -> Aim:
    return Aim("at least", value)


def about(value: float, slack: float = .02) -> Aim:
    return Aim("about", value, slack)


#: What the tool does not claim, measured for comparison.
SHOWN = Aim("shown")


@dataclasses.dataclass(frozen=True)
class Study:
    """A simulation with its settings.

    Attributes:
      simulate: (trials, random, **settings) -> {outcome: `Share`, `Mean` or `Exact`}.
      settings: ((name, value), ...), hashable.
      trials: as many as the figures of docs/error_bars/ have.
    """
    simulate: Callable
    settings: Tuple[Tuple[str, Any], ...]
    trials: int

    def measure(self, trials: Optional[int] = None) -> Outcomes:
        """{outcome: result}; made once for each number of trials."""
        return _measure(self, trials or self.trials)


def study(simulate: Callable[..., Outcomes], trials: int, **settings: Any) -> Study:
    return Study(simulate, tuple(sorted(settings.items())), trials)


@functools.lru_cache(maxsize=None)
def _measure(made, trials):
    name = f"{made.simulate.__name__} {made.settings}"
    random = np.random.RandomState(zlib.crc32(name.encode()))
    return made.simulate(trials, random, **dict(made.settings))


@dataclasses.dataclass(frozen=True)
class Claim:
    """A sentence that the tool prints or relies on, and what bears it out.

    Attributes:
      name: subject.words; what --only takes.
      text: the sentence.
      settings: of the simulation, in words.
      aim: `Aim`.
      study, outcome: where the rate comes from.
    """
    name: str
    text: str
    settings: str
    aim: Aim
    study: Study
    outcome: str

    def measure(self, trials: Optional[int] = None) -> Measured:
        return self.study.measure(trials)[self.outcome]


@dataclasses.dataclass(frozen=True)
class Table:
    """Outcomes of several studies.

    Attributes:
      name: subject.words; what --only takes.
      title: a sentence above it.
      labels: heads of the columns that tell the rows apart.
      rows: (values of the labels, `Study`), ...
      columns: (outcome, head), ...
    """
    name: str
    title: str
    labels: Tuple[str, ...]
    rows: Tuple[Tuple[Tuple[Any, ...], Study], ...]
    columns: Tuple[Tuple[str, str], ...]

    def measure(self, trials: Optional[int] = None) -> Iterator[List[str]]:
        """Rows of text."""
        for values, made in self.rows:
            found = made.measure(trials)
            # No zero before the point, as in figures.
            yield [re.sub(r"(?<![\d.])0\.", ".", str(value)) for value in values] + [
                found[outcome].text() if outcome in found else "" for outcome, _ in self.columns]

    @property
    def heads(self) -> List[str]:
        return list(self.labels) + [head for _, head in self.columns]
