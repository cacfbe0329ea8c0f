"""Reads what a sweep has to do: configurations (flags of fcn_train.py) times seeds. Plain Python.

    name: decoders            # default: the file's name
    flags:                    # of every run
      datapath: data/camvid
      pixels: 256
    grid:                     # every combination of the lists
      basenet: [mobilenet_v1, resnet_v1_18]
      fcn16: [false, true]
    configurations:           # instead of a grid, or for each of its combinations: one by one
      - {class_weights: none}
      - {class_weights: "enet:1.1"}
    seeds: 5                  # 1 to 5; or a list
    vary: [init, order, augment]   # which seeds vary; the others keep the first seed
    repeat: 1                 # runs of each seed

Instead of grid and configurations there may be a screen of choices, see `utils.sweep.screen`.
Instead of seeds there may be looks, as [5, 10]. Then the configurations are compared after 5 seeds
of each, and the undecided ones get 10. `utils.sweep.declaration` has what goes with it. With
folds: 5 each configuration leaves out a fifth of the training images in turn, see
`utils.sweep.folds`.
"""
import collections
import functools
import itertools
import operator
import os
from typing import Any, List

from utils.errors import UserError
from utils.runs.roles import names
from utils.runs.train_flags import SEED_FLAGS, TrainFlags
from utils.sweep.declaration import DECLARED, declare
from utils.sweep.folds import make_folds
from utils.sweep.screen import Screened, screened
from utils.sweep.sheet import read_sheet
from utils.values import LARGEST

#: name: of the sweep. configurations: list of {flag: value}, each one a configuration. seeds: list
#: of ints; of a screen, how often each run is made, counted from 1. declared: the `Declaration` of
#: how they are compared. vary: names out of `SOURCES`. repeat: runs of each configuration and seed.
#: places: as `sheet.read_sheet` says, or {} where no file was read. screen: a `Screened`, or None.
#: folds: the `Folds` that `fold_configurations` makes configurations of.
Spec = collections.namedtuple(
    "Spec", "name configurations seeds declared vary repeat places screen folds")
#: Configurations, seeds and repeats that a sweep may have of each.
MOST = 10000
DEFAULT_SEEDS = 3
SOURCES = tuple(name[len("seed_"):] for name in SEED_FLAGS)
_KEYS = ("name", "flags", "grid", "configurations", "screen", "seeds", "vary",
         "repeat", "folds", "cluster") + DECLARED
#: Flags that the sweep sets, or that make no sense for many runs.
_RESERVED = names(TrainFlags, ("seed",)) + ("resume",)


def read_spec(path: str, screen: bool = False) -> Spec:
    """Reads the `Spec` in a YAML file.

    Args:
      path: the file.
      screen: whether its grid stands for a screen.

    Raises:
      UserError: no such file, no YAML, or something that a sweep does not have.
    """
    try:
        content, places, lines = read_sheet(path)
    except FileNotFoundError:
        raise UserError(f"no sweep file {path}: write one (docs/sweeps.md), or give flags after "
                        "--, as in: fcn_sweep.py plan --seeds=5 -- --basenet=mobilenet_v1"
                        ) from None
    if not isinstance(content, dict):
        raise UserError("{}: got {}, expected the keys {}".format(
            path, type(content).__name__, ", ".join(_KEYS)))
    unknown = sorted(str(key) for key in content if key not in _KEYS)
    if unknown:
        raise UserError("{}: unknown key {!r}: expected {}".format(
            path, unknown[0], ", ".join(_KEYS)))
    content.setdefault("name", os.path.splitext(os.path.basename(path))[0])
    if screen and "screen" not in content:
        content["screen"] = content.pop("grid", {})
    try:
        return make_spec(**content)._replace(places=places)
    except UserError as error:
        key = str(error).split(":")[0]
        raise UserError(f"{lines.get(key, path)}: {error}") from error


def make_spec(name: str, flags: Any = None, grid: Any = None, configurations: Any = None,
              screen: Any = None, seeds: Any = None, vary: Any = SOURCES, repeat: Any = 1,
              folds: Any = None, cluster: Any = "", **declared: Any) -> Spec:
    """Makes a `Spec` out of the parts of a sweep file; `declared` are those of `declare`.

    Raises:
      UserError: a part is not what it should be.
    """
    if not isinstance(name, str) or name in ("", ".", "..") or os.path.basename(name) != name:
        raise UserError(f"name: got {name!r}, expected a plain name without slashes")
    flags, choices = _flags("flags", flags), None
    if screen is None:
        merged = _combined(flags, _dict("grid", grid), configurations)
    else:
        choices = _screened(screen, flags, seeds, grid=grid, configurations=configurations,
                            looks=declared.get("looks"))
        merged, seeds = choices.configurations, 1 if seeds is None else seeds
    for flag in _RESERVED:
        if any(flag in configuration for configuration in merged):
            raise UserError(f"--{flag} cannot be a flag of a sweep: give seeds and vary instead")
    seeds = _seeds_or_looks(seeds, declared, len(merged))
    declaration = declare(seeds and len(seeds), **declared)
    return Spec(name, merged, seeds or list(range(1, declaration.looks.last + 1)), declaration,
                _vary(vary), _whole("repeat", repeat), {}, choices,
                make_folds(folds, cluster, merged, declared.get("looks"), screen))


def _combined(flags, grid, configurations):
    """Returns the configurations of a grid and of what is listed one by one."""
    for flag, values in grid.items():
        if not isinstance(values, list) or not values:
            raise UserError(f"grid: {flag}: got {values!r}, expected a list of values")
    if configurations is not None and (not isinstance(configurations, list) or not configurations):
        raise UserError("configurations: expected a list of sets of flags, as in "
                        "[{fcn16: false}, {fcn16: true}]")
    chosen = [_flags("configurations", one) for one in configurations or [{}]]
    _require_few(len(chosen) * functools.reduce(operator.mul, map(len, grid.values()), 1))
    combinations = [_flags("grid", dict(zip(grid, values)))
                    for values in itertools.product(*grid.values())]
    return [dict(flags, **dict(combination, **one))
            for combination in combinations for one in chosen]


def _screened(screen, flags, seeds, **others) -> Screened:
    """Returns what a screen makes of its choices; it stands alone, and every run has its own
    seed."""
    for key, value in others.items():
        if value is not None:
            raise UserError(f"{key}: a screen is given too: leave one of them out")
    if isinstance(seeds, list):
        raise UserError(f"seeds: got {seeds}, expected how often each run of a screen is made: "
                        "every run has a seed of its own")
    return screened(screen, flags)


def _seeds_or_looks(seeds, declared, configurations):
    """Returns the list of seeds; None where looks tell them."""
    if seeds is not None and declared.get("looks") is not None:
        raise UserError("looks: seeds are given too: leave seeds out, looks: [5, 10] are 10")
    if declared.get("looks") is None:
        return _seeds(DEFAULT_SEEDS if seeds is None else seeds)
    if configurations == 1:
        raise UserError("looks: there is one configuration, so nothing to compare: give seeds "
                        "instead")
    return None


def _require_few(configurations):
    if configurations > MOST:
        raise UserError(f"grid: {configurations} configurations, expected at most {MOST}: leave "
                        "some values out"
                        )


def _dict(name, value):
    if value is not None and not isinstance(value, dict):
        raise UserError(f"{name}: got {value!r}, expected flags and their values")
    return value or {}


def _flags(name, value):
    """Returns {flag: its one value}, the flags with underscores."""
    for flag, one in _dict(name, value).items():
        if isinstance(one, (list, dict)):
            raise UserError(f"{name}: {flag}: got {one!r}, expected one value: several stand under "
                            "grid")
    return {str(flag).replace("-", "_"): one for flag, one in (value or {}).items()}


def _whole(name, value):
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise UserError(f"{name}: got {value!r}, expected a whole number from 1 to {MOST}")
    return value


def _seeds(seeds):
    if not isinstance(seeds, list):
        return list(range(1, _whole("seeds", seeds) + 1))
    for seed in seeds:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST:
            raise UserError(f"seeds: got {seed!r}, expected whole numbers from 0 to {LARGEST}")
    if len(set(seeds)) != len(seeds) or not seeds:
        raise UserError(f"seeds: got {seeds}, expected one or more, each once (repeat gives more "
                        "runs of one seed)")
    return seeds


def _vary(vary):
    vary = list(vary) if isinstance(vary, (list, tuple)) else [vary]
    for source in vary or [""]:  # of none, every seed would make the same run
        if source not in SOURCES:
            raise UserError("vary: got {!r}, expected one or more of {}".format(
                source, ", ".join(SOURCES)))
    return tuple(vary)


def run_seed(spec: Spec, index: int, seed: int) -> int:
    """Returns the seed of a run: that of the sweep, or one of its own where it screens choices.

    With one seed for all, what it happens to do for a setting would count as the setting's effect.

    Args:
      index: of the configuration.
      seed: one of `spec.seeds`.
    """
    return (seed - 1) * len(spec.configurations) + index + 1 if spec.screen else seed


def seed_words(spec: Spec, seed: int) -> List[str]:
    """Makes the flags that give a run its seed: --seed, or single sources of randomness."""
    if set(spec.vary) == set(SOURCES):
        return [f"--seed={seed}"]
    return [f"--seed={spec.seeds[0]}"] + [
        f"--seed_{source}={seed}" for source in SOURCES if source in spec.vary]
