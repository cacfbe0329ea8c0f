"""Names of files: safe on every system, different, and turned back into the names of images."""
import re
import urllib.parse

import pytest

from tests.data.helpers import message
from utils.compete.names import FileNames, require_team, safe_stem

ODD = ["a/b", "../../etc/passwd", "a\\b", ".hidden", "~", "con", "NUL.v2", "a b", "道路", "x\n\0y",
       "<img src=x onerror=alert(1)>", "50%", "", "a~2", "..", "é\udce9"]


@pytest.mark.parametrize("name", ODD)
def test_any_name_becomes_a_safe_one_and_comes_back(name):
    stem = safe_stem(name)
    assert re.match(r"[A-Za-z0-9_%-][A-Za-z0-9_.%-]*$", stem) or not name
    assert stem.lower().split(".")[0] not in ("con", "nul")
    assert urllib.parse.unquote(stem, errors="surrogateescape") == name


def test_names_of_records_stay_as_they_are():
    assert safe_stem("0001TP_008550.v-2") == "0001TP_008550.v-2"


def test_all_names_of_a_split_differ_on_every_file_system():
    given = FileNames()
    files = [given.give(name) for name in ODD + ["A B", "a b", "a", "A", "a~2", "a", "x" * 500,
                                                 "x" * 500 + "y"]]
    assert len({name.lower() for name in files}) == len(files)
    assert max(map(len, files)) <= 190
    assert [given.give(name) for name in ("new", "new", "NEW")] == ["new", "new~2", "NEW~3"]


@pytest.mark.parametrize("name, words", [
    ("  ", "--team is missing"), ("x" * 41, "at most 40 characters"), ("a\nb", "can be printed")])
def test_names_of_teams(name, words):
    assert words in message(require_team, name)
    assert require_team("  Équipe <b> ") == "Équipe <b>"
