"""The roles of a run's flags. A flag declares its role; every list of flags is made from that.

    names(TrainFlags, roles=("seed",))     the flags of a role
    names(TrainFlags, mark="cost")         those with a mark
    later_defaults(TrainFlags)             those that some stored runs lack
"""
import dataclasses
import re
from typing import Any, Collection, Dict, Optional, Tuple

#: {role: meaning of its flags}. Each flag of a run has one role.
ROLES = {
    "decoder": "which decoder is built; the decoder's name tells it (FCN16)",
    "net": "what else is needed to build the net",
    "data": "what the net sees of the data",
    "learning": "how weights are learned, and how the best ones are chosen",
    "seed": "a random seed",
    "path": "where something is, or what computes it; may change when a run is resumed",
    "watch": "what is kept of a run, and whether the run repeats to the bit",
    "run": "which run it is",
    "derived": "recorded by the run; it follows from other flags",
}
#: Roles of the flags that make a configuration: runs that are equal in them are repeats.
CONFIGURATION = ("decoder", "net", "data", "learning")
#: {mark: what else is true of the flags that have it}.
MARKS = {
    "cost": "changes what a step of training costs",
    "length": "says how long training takes; the steps that came out tell it",
    "usual": "the first help page shows it, where all flags are more than a screen",
    "headline": "readers want it beside every score",
    "choosing": "says how the best checkpoint is chosen; the newest one does not depend on it",
    "minor": "says little to a reader; it is told where nothing else differs",
    "source": "the seed of one source of randomness",
    "optimiser": "taken by some optimisers only",
    "launcher": "set by what starts the run",
    "of_runs": "run folders tell it, so that it cannot be given beside them",
    "for_runs": "is of use with run folders only",
}
#: Since when there are flags that seg-mentor has too, with the same meaning.
SEG_MENTOR = "2018"
#: When slimseg made its first run: stored runs have all the flags that there were then.
FIRST_RUNS = "2026-11-20"


def described(role: str, since: str, before: Any, marks: str, label: str) -> Dict[str, Any]:
    """Makes the part of a flag's metadata that says what the flag is to a run.

    Raises:
      ValueError: there is no such role or mark, or `since` is no date.
    """
    marks = tuple(marks.split())
    unknown = [word for word in marks if word not in MARKS]
    if role not in ROLES and role or unknown:
        raise ValueError("got role {!r} and marks {}: choose of {} and of {}".format(
            role, list(marks), ", ".join(ROLES), ", ".join(MARKS)))
    if since not in (SEG_MENTOR, FIRST_RUNS) and not re.match(r"\d{4}-\d\d-\d\d$", since):
        raise ValueError(f"got since={since!r}, expected a date as 2026-11-20")
    return dict(role=role, since=since, before=before, marks=marks, label=label)


def names(flags_type: Any, roles: Optional[Collection[str]] = None,
          mark: Optional[str] = None) -> Tuple[str, ...]:
    """Lists the flags of some roles, in the order of the help page.

    Args:
      flags_type: a dataclass whose fields are made by `flag`.
      roles: tuple of `ROLES`, or None for any.
      mark: one of `MARKS` that they have, or None for any.
    """
    return tuple(field.name for field in dataclasses.fields(flags_type)
                 if (roles is None or field.metadata["role"] in roles)
                 and (mark is None or mark in field.metadata["marks"]))


def before(field: "dataclasses.Field[Any]") -> Any:
    """Tells the value that runs without the flag had."""
    return field.default if field.metadata["before"] is None else field.metadata["before"]


def later_defaults(flags_type: Any) -> Dict[str, Any]:
    """Maps {flag: what runs without it had} for the flags that came after the first runs."""
    return {field.name: before(field) for field in dataclasses.fields(flags_type)
            if field.metadata["since"] > FIRST_RUNS}


def shared_with_seg_mentor(flags_type: Any) -> Tuple[str, ...]:
    """Lists the flags that mean in seg-mentor what they mean here."""
    return tuple(field.name for field in dataclasses.fields(flags_type)
                 if field.metadata["since"] == SEG_MENTOR)


def separators(flags_type: Any) -> Dict[str, str]:
    """Maps {flag: what stands between its values} for the flags that take several."""
    return {field.name: field.metadata["separator"] for field in dataclasses.fields(flags_type)
            if field.metadata["separator"]}


def labels(flags_type: Any) -> Dict[str, str]:
    """Maps {flag: its short name in labels} for the flags that have one."""
    return {field.name: field.metadata["label"] for field in dataclasses.fields(flags_type)
            if field.metadata["label"]}
