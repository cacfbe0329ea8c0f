"""Configurations as words: of a command line, and as labels for people. Plain Python."""
import collections
import os
from typing import Any, Dict, List, Mapping, Sequence

from utils.errors import UserError


def flag_words(configuration: Mapping[str, Any]) -> List[str]:
    """Writes {flag: value} as words of a command line; YAML's true and false become --flag=True."""
    return ["--{}={}".format(flag, "" if value is None else value)
            for flag, value in configuration.items()]


def grid_of_words(words: Sequence[str]) -> Dict[str, List[Any]]:
    """Reads a grid out of a command line: a flag that is given twice has two values.

        --basenet=mobilenet_v1 --basenet=mobilenet_v2 --pixels=256 --no-fcn16

    Raises:
      UserError: a word is no --flag=value.
    """
    grid: Dict[str, List[Any]] = collections.OrderedDict()
    for word in words:
        if not word.startswith("--") or len(word) < 3:
            raise UserError(f"got {word!r}, expected flags of fcn_train.py as --flag=value")
        flag, equals, value = word[2:].partition("=")
        if not equals:
            flag, value = (flag[3:], False) if flag.startswith("no-") else (flag, True)
        grid.setdefault(flag.replace("-", "_"), []).append(value)
    return dict(grid)


def screen_of_words(words: Sequence[str]) -> Dict[str, Dict[str, Any]]:
    """Reads the flags of all runs and a screen out of a command line: a flag that is given twice is
    a choice.

    Returns:
      {"flags": {flag: value}, "screen": {flag: values}}, as `make_spec` takes them.

    Raises:
      UserError: a word is no --flag=value.
    """
    grid = grid_of_words(words)
    return {"flags": {flag: values[0] for flag, values in grid.items() if len(values) == 1},
            "screen": {flag: values for flag, values in grid.items() if len(values) > 1}}


def labels(configurations: Sequence[Mapping[str, Any]]) -> List[str]:
    """Names each configuration by the flags that are not the same in all of them.

    Returns:
      list of text, such as "mobilenet_v1 fcn16=False"; the basenet alone where all is the same.
    """
    flags = sorted({flag for configuration in configurations for flag in configuration},
                   key=lambda flag: (flag != "basenet", flag))
    varied = [flag for flag in flags
              if len({str(one.get(flag)) for one in configurations}) > 1] or ["basenet"]
    return [" ".join(
        str(one[flag]) if flag == "basenet" else f"{flag}={_shown(flag, one[flag])}"
        for flag in varied if flag in one) or "default" for one in configurations]


def _shown(flag, value):
    """Shortens the path of a fold's list, which stands in the folder of the sweep."""
    return os.path.basename(value) if flag == "subset" and isinstance(value, str) else value
