"""A screen: choices of two settings each, in few runs instead of all combinations. Plain Python.

    screen:
      weights: [{}, {class_weights: "enet:1.1"}]
      colour: [{}, {augment: "brightness,contrast"}]
      crop: [{}, {augment: crop}]
      decoder: [{fcn8: true}, {extended_arch: SwiftNet}]
      learnrate: [1e-3, 3e-4]          # the same as [{learnrate: 1e-3}, {learnrate: 3e-4}]

A setting is flags, {} for none beside those of all runs. Values of flags that take several
(--augment, --loss) are added to each other, and to that under `flags`; another flag belongs to one
choice.
"""
import collections
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from utils.errors import UserError
from utils.runs.plans import ScreenedChoice
from utils.runs.train_flags import SEPARATORS
from utils.statistics.screen import FEWEST, MOST, design

Flags = Dict[str, Any]


class Screened(NamedTuple):
    """The runs that a screen asks for.

    Attributes:
      choices: a `ScreenedChoice` for each.
      configurations: {flag: value} of each run.
      labels: of each run a letter A or B for each choice.
    """
    choices: Tuple[ScreenedChoice, ...]
    configurations: List[Flags]
    labels: List[str]


def screened(screen: Any, flags: Flags) -> Screened:
    """Makes the runs of a screen.

    Args:
      screen: {choice: [setting A, setting B]}, as a sweep file has it.
      flags: of every run.

    Raises:
      UserError: it has another form, or two choices set one flag.
    """
    if not isinstance(screen, dict) or not FEWEST <= len(screen) <= MOST:
        got = f"choices: {len(screen)}" if isinstance(screen, dict) else repr(screen)
        raise UserError(f"screen: got {got}, expected {FEWEST} to {MOST} choices of two settings, "
                        "as weights: [{}, {class_weights: enet}]; fewer are a grid")
    choices = {str(name): _settings(str(name), settings) for name, settings in screen.items()}
    _require_one_choice_a_flag(choices)
    levels = design(len(choices))
    return Screened(
        tuple(ScreenedChoice(name, *map(_text, settings)) for name, settings in choices.items()),
        [_merged(flags, [settings[level] for settings, level in zip(choices.values(), row)])
         for row in levels],
        ["".join("AB"[level] for level in row) for row in levels])


def _settings(name, settings):
    """Returns the two settings of a choice, each {flag: value}."""
    if not isinstance(settings, list) or len(settings) != 2:
        raise UserError(f"screen: {name}: got {settings!r}, expected two settings, as "
                        "[{}, {class_weights: enet}]")
    made = [_flags(name, {} if one is None else one) for one in settings]
    if made[0] == made[1]:
        raise UserError(f"screen: {name}: both settings are {_text(made[0])}, expected different "
                        "ones")
    return made


def _flags(name, setting):
    """Returns a setting as {flag: value}; a plain value is one of the flag that the choice is named
    after."""
    setting = setting if isinstance(setting, dict) else {name: setting}
    for flag, value in setting.items():
        if isinstance(value, (list, dict)):
            raise UserError(f"screen: {name}: {flag}: got {value!r}, expected one value")
    return {str(flag).replace("-", "_"): value for flag, value in setting.items()}


def _require_one_choice_a_flag(choices: Mapping[str, List[Flags]]) -> None:
    owners: Dict[str, List[str]] = collections.OrderedDict()
    for name, settings in choices.items():
        for flag in dict.fromkeys(flag for setting in settings for flag in setting):
            owners.setdefault(flag, []).append(name)
    for flag, names in owners.items():
        if len(names) > 1 and flag not in SEPARATORS:
            raise UserError(f"screen: {names[0]} and {names[1]} both set --{flag}, expected one "
                            "choice for a flag; values of {} are added".format(
                                ", ".join("--" + one for one in sorted(SEPARATORS))))


def _merged(flags, settings):
    """Returns the flags of a run: those of all, and what each chosen setting sets or adds."""
    made = dict(flags)
    for setting in settings:
        for flag, value in setting.items():
            if flag in SEPARATORS:
                value = SEPARATORS[flag].join(
                    str(part) for part in (made.get(flag), value) if part not in (None, ""))
            made[flag] = value
    return made


def _text(setting):
    """Writes a setting: "fcn8=true", "-" for no flags."""
    return " ".join(f"{flag}={str(value).lower() if isinstance(value, bool) else value}"
                    for flag, value in setting.items()) or "-"
