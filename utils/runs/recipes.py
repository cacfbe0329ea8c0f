"""Recipes: files of flags that a training starts from. Plain Python.

    # recipes/camvid.yaml: what it is for
    basenet: mobilenet_v2
    learnrate: 0.001

A flag on the command line wins over the recipe's. The run records all of them, expanded: its
configuration is that of a run which was given each flag by hand.
"""
import dataclasses
import os
from typing import Any, Callable, Dict, FrozenSet, List, Sequence, Tuple

import yaml

from utils.errors import UserError
from utils.runs.roles import CONFIGURATION, names
from utils.texts import read_text

#: The recipes that slimseg has.
FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                      "recipes")
_ENDING = ".yaml"
#: Flags of one role or mark that stand for one choice: a line that names one of them replaces all
#: that the recipe says of it.
_TOGETHER = ({"roles": ("decoder",)}, {"mark": "length"})
_Parse = Callable[[Sequence[str]], Tuple[Any, FrozenSet[str]]]


def recipe_names() -> List[str]:
    """Lists the recipes that slimseg has, sorted."""
    files = os.listdir(FOLDER) if os.path.isdir(FOLDER) else []
    return sorted(name[:-len(_ENDING)] for name in files if name.endswith(_ENDING))


def recipe_path(name: str) -> str:
    """Finds the file of a recipe: one that slimseg has, or the path of a file.

    Raises:
      UserError: there is no such recipe and no such file.
    """
    own = os.path.join(FOLDER, name + _ENDING)
    for path in (own, name):
        if os.path.isfile(path):
            return path
    raise UserError("--recipe: got {!r}, expected {} or the path of a file of flags".format(
        name, ", ".join(recipe_names())))


def read_recipe(path: str, flags_type: Any) -> Dict[str, Any]:
    """Reads the flags of a recipe.

    Args:
      path: a YAML file of lines "flag: value".
      flags_type: the dataclass of the flags.

    Returns:
      {flag: value}, flags with underscores.

    Raises:
      UserError: it is no such file, or has a flag that does not belong into a recipe: one of a
        path, a seed or a run.
    """
    try:
        content = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(content, dict) or not content:
        raise UserError(f"{path}: got {content!r:.60}, expected lines \"flag: value\"")
    found = {str(flag).replace("-", "_"): value for flag, value in content.items()}
    own = {field.name for field in dataclasses.fields(flags_type)}
    allowed = names(flags_type, CONFIGURATION)
    for flag, value in found.items():
        if isinstance(value, (list, dict)):
            raise UserError(f"{path}: {flag}: got {value!r}, expected one value")
        if flag in own and flag not in allowed:
            raise UserError(f"{path}: {flag} is no flag of a recipe, which says how a net is "
                            "trained and not where, when or by which seed: give it on the line")
    return found


def with_recipe(flags: Any, given: FrozenSet[str], parse: _Parse) -> Tuple[Any, FrozenSet[str]]:
    """Returns the flags of a line with those of the recipe that it names.

    Args:
      flags: the dataclass that the line was parsed to; `flags.recipe` names the recipe, or is "".
      given: names of the flags that were on the line.
      parse: words -> (flags, given), as the line was parsed.

    Returns:
      (flags, given): with what the recipe says where the line does not.

    Raises:
      UserError: the recipe cannot be used; it names the file.
    """
    if not flags.recipe:
        return flags, given
    path = recipe_path(flags.recipe)
    recipe = read_recipe(path, type(flags))
    for flag in _replaced(type(flags), given):
        recipe.pop(flag, None)
    try:
        stated, named = parse([f"--{flag}={'' if value is None else value}"
                               for flag, value in recipe.items()])
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    return (dataclasses.replace(stated, **{name: getattr(flags, name) for name in given}),
            given | named)


def _replaced(flags_type, given):
    """Returns the flags of which a recipe says nothing once these were given."""
    replaced = set(given)
    for group in _TOGETHER:
        members = set(names(flags_type, **group))
        if members & given:
            replaced |= members
    return replaced
