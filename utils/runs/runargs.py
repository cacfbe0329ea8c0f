"""`runargs`: the flags of a run as its folder stores them, JSON."""
import argparse
import dataclasses
import json
from typing import Any, Callable, Mapping, TypeVar

from utils.errors import UserError
from utils.runs.flag_parser import CONVERTERS, checked
from utils.runs.roles import before

_Flags = TypeVar("_Flags")
#: Unknown flags that an error names.
_MOST_NAMED = 5


def to_json(flags: Any) -> str:
    """Writes the text of `runargs`: one flag a line, in the order of the help page."""
    return json.dumps(dataclasses.asdict(flags), indent=2, allow_nan=False) + "\n"


def from_dict(flags_type: Callable[..., _Flags], values: Mapping[str, Any],
              path: str = "runargs") -> _Flags:
    """Reads the flags of a stored run; flags that are newer than the run have the value of then.

    Unknown flags are refused, whatever their values. A newer version's flag may stand for another
    net of the same variables, or for another training. And without it, runs that differ in it would
    count as repeats.

    Args:
      flags_type: the dataclass.
      values: dict.
      path: the file that they are from, for the error.

    Raises:
      UserError: a flag is unknown, a value is of another type than the flag, or outside its bounds.
    """
    fields = dataclasses.fields(flags_type)  # type: ignore[arg-type]
    _require_known(sorted(set(values) - {field.name for field in fields}), path)
    for field in fields:
        problem = field.name in values and _problem(field, values[field.name])
        if problem:
            raise UserError(f"{path} is damaged, {field.name!r}: {problem}: restore it, or train "
                            "again")
    return flags_type(**{field.name: values.get(field.name, before(field)) for field in fields})


def _require_known(unknown, path):
    """Raises a `UserError` that names flags which this version does not have."""
    if not unknown:
        return
    named = ", ".join(map(repr, unknown[:_MOST_NAMED]))
    if len(unknown) > _MOST_NAMED:
        named += f" and {len(unknown) - _MOST_NAMED} more"
    raise UserError(f"{path} has flags that are not known here, {named}: a newer version wrote it, "
                    "and its net or training may be another than here: use that version (runinfo "
                    "names its commit)")


def _problem(field, value):
    """Says why a value read from JSON cannot be a flag's, or ""; defaults may lie outside the
    bounds."""
    types = (int, float) if field.type is float else (field.type,)  # JSON may say 30 for 30.0
    limit = 2 ** 63 if field.type is int else float("inf")
    if type(value) not in types or field.type is not str and not abs(value) < limit:
        return f"got {value!r}, expected {CONVERTERS[field.type][1]}"
    try:
        if value not in (field.default, before(field)):
            checked(field)(str(value))
    except argparse.ArgumentTypeError as error:
        return str(error)
    return ""
