"""A sweep file, and where in it each flag stands."""
from typing import Any, Dict, Tuple

import yaml

from utils.errors import UserError
from utils.texts import read_text


def read_sheet(path: str) -> Tuple[Any, Dict[Tuple[str, str], str], Dict[str, str]]:
    """Reads a YAML file: (content, places, key places).

    Returns:
      content: what the file says. places: {(flag, value as text): "sweep.yaml, line 7"}, of the
      flags under flags, grid, configurations and screen. key places: {key: the same} of the whole.

    Raises:
      UserError: it is no YAML, no text, or says a key twice.
      FileNotFoundError: there is none.
    """
    try:
        loader = yaml.SafeLoader(read_text(path))
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        raise UserError(f"{path}{_line(error.problem_mark)} is not YAML: "
                        f"{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"{path} is not YAML: {said}") from error
    for key, node in _twice(root):
        raise UserError(f"{path}{_line(node.start_mark)}: the key {key!r} stands there twice: "
                        "leave one out")
    places = {(str(flag).replace("-", "_"), str(value)): path + _line(node.start_mark)
              for flag, value, node in _flags(root, content)}
    keys = root.value if isinstance(content, dict) else ()
    return content, places, {key.value: path + _line(key.start_mark) for key, _ in keys}


def _line(mark):
    return f", line {mark.line + 1}" if mark else ""


def _twice(node):
    """Yields (key, its node) of the keys that a mapping below a node says a second time."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key.value, str) and key.value in seen:
                yield key.value, key
            seen.add(key.value if isinstance(key.value, str) else id(key))
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _twice(one)


def _flags(root, content):
    """Yields (flag, value, node) of all flags of a sweep; what has another form has none."""
    if not isinstance(content, dict):
        return
    for (_, node), (section, part) in zip(root.value, content.items()):
        if section == "configurations" and isinstance(part, list):
            for one, entry in zip(node.value, part):
                yield from _entries(one, entry)
        elif section == "screen" and isinstance(part, dict):
            yield from _settings(node, part)
        elif section in ("flags", "grid"):
            yield from _entries(node, part)


def _settings(node, part):
    """The flags of the two settings of each choice of a screen."""
    for (_, list_node), (name, settings) in zip(node.value, part.items()):
        for one_node, one in zip(list_node.value, settings) if isinstance(settings, list) else ():
            if isinstance(one, dict):
                yield from _entries(one_node, one)
            else:
                yield name, one, one_node


def _entries(node, part):
    if not isinstance(part, dict):
        return
    for (_, value_node), (flag, value) in zip(node.value, part.items()):
        if isinstance(value, list):
            for one_node, one in zip(value_node.value, value):
                yield flag, one, one_node
        else:
            yield flag, value, value_node
