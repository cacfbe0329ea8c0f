"""Stored flags: what is written, what is read, and what is refused."""
import dataclasses
import json

import pytest

from tests.runs.stored_runargs import AGES
from utils.errors import UserError
from utils.runs.flags import flag
from utils.runs.roles import later_defaults, names
from utils.runs.run_folder import RunFolder
from utils.runs.runargs import from_dict, to_json
from utils.runs.train_flags import TrainFlags


@dataclasses.dataclass(frozen=True)
class Flags:
    size: int = flag(3, "a number", at_least=1, role="data", marks="cost minor")
    rate: float = flag(.1, "a rate", role="learning")
    optimiser: str = flag("adamw", "the optimiser", role="learning", since="2030-01-31",
                          before="adam", marks="cost")


def test_a_round_trip():
    flags = Flags(size=5, optimiser="adam")
    assert from_dict(Flags, json.loads(to_json(flags))) == flags


def test_what_json_cannot_hold_is_not_written():
    with pytest.raises(ValueError):
        to_json(Flags(rate=float("nan")))


def test_a_run_without_a_flag_has_what_it_was_then():
    assert from_dict(Flags, {"size": 5}) == Flags(size=5, optimiser="adam")
    assert later_defaults(Flags) == {"optimiser": "adam"}
    stored = from_dict(TrainFlags, AGES["first"])
    assert (stored.precision, stored.cache_mb, stored.images_per_step) == ("float32", 512, 8)


@pytest.mark.parametrize("unknown, says", [
    ({"norm": "group"}, "not known here, 'norm': a newer version wrote it"),
    ({"norm": "", "a": 0}, "'a', 'norm': a newer"), ({"two\nlines": 1}, "'two\\nlines'"),
    ({f"f{number}": 1 for number in range(9)}, "'f0', 'f1', 'f2', 'f3', 'f4' and 4 more:")])
def test_unknown_flags_are_named(tmp_path, unknown, says):
    folder = RunFolder(str(tmp_path))
    (tmp_path / "runargs").write_text(json.dumps(dict(AGES["all"], **unknown)))
    for read in (folder.read_runargs, folder.read_flags, folder.group_key, folder.seeds):
        with pytest.raises(UserError) as error:
            read()
        assert str(error.value).startswith(folder.runargs) and says in str(error.value)
        assert "\n" not in str(error.value)


def test_lists_are_made_of_what_flags_declare():
    assert names(Flags) == ("size", "rate", "optimiser")
    assert names(Flags, ("learning",)) == ("rate", "optimiser")
    assert names(Flags, mark="cost") == ("size", "optimiser")
    assert names(Flags, ("learning", "net"), "cost") == ("optimiser",)


@pytest.mark.parametrize("declared", [
    dict(role="lerning"), dict(marks="cost cheap"), dict(since="0.2"), dict(since="2030-1-31")])
def test_a_misspelt_declaration_is_no_flag(declared):
    with pytest.raises(ValueError):
        flag(1, "a number", **declared)
