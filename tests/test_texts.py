"""Text of users in any encoding, and names of files that are not UTF-8."""
import os
import subprocess
import sys

import pytest

from tests.data.helpers import message
from utils.errors import printable, require_utf8
from utils.texts import read_lines, read_text

TEXT = "fond\nchaussée\nvoiture\n"


def write(tmp_path, data):
    path = str(tmp_path / "list.txt")
    with open(path, "wb") as file:
        file.write(data)
    return path


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_unicode_is_read_with_any_line_end(tmp_path, codec, end):
    path = write(tmp_path, TEXT.replace("\n", end).encode(codec))
    assert read_text(path) == TEXT
    assert read_lines(path) == ["fond", "chaussée", "voiture", ""]


@pytest.mark.parametrize("data,words", [
    (TEXT.encode("latin-1"), "not UTF-8 (byte 11 is 0xe9); it seems to be Windows-1252, Latin-1"),
    ("背景\n道路\n".encode("gbk"), "it seems to be GBK, Shift JIS or another East Asian encoding"),
    (b"road\ncar\n".decode("ascii").encode("utf-16-le"), "UTF-16 without a byte order mark"),
    (b"\xff\xfea", "not UTF-8 (byte 2 is 0x61); it seems to be damaged"),
    (b"\x89PNG\r\n\0\0\0\rIHDR", "it seems to be no text")])
def test_other_encodings_are_named(tmp_path, data, words):
    path = write(tmp_path, data)
    text = message(read_text, path)
    assert text.startswith(path) and words in text and text.endswith("; save it as UTF-8")


def test_a_folder_is_no_text(tmp_path):
    assert "cannot be read (Is a directory); expected a text file" in message(
        read_text, str(tmp_path))


def test_names_that_are_no_unicode_are_escaped():
    assert printable(os.fsdecode(b"\xe9t\xe9.jpg")) == "\\xe9t\\xe9.jpg"
    assert printable("\ud83d.jpg") == "\\ud83d.jpg"
    assert printable("a\nb\x1b[1m.jpg") == "a\\nb\\x1b[1m.jpg"
    assert printable("道.jpg") == "道.jpg"
    ascii_locale = "道.jpg".encode().decode("ascii", "surrogateescape")
    assert printable(ascii_locale) == "道.jpg"


def test_paths_that_tensorflow_cannot_open_are_refused():
    assert require_utf8("datapath", "data/道") == "data/道"
    assert message(require_utf8, "datapath", "data/\udce9") == (
        "--datapath=data/\\xe9: the name is not UTF-8, which TensorFlow needs; rename it")


@pytest.mark.parametrize("encoding,expected", [
    ("utf-8", "é 道 \\xe9\n".encode()), ("latin-1", b"\xe9 \\u9053 \\xe9\n"),
    ("ascii", b"\\xe9 \\u9053 \\xe9\n")])
def test_scripts_print_any_name_on_any_terminal(encoding, expected):
    code = ("import os\nfrom utils.errors import run_script\n"
            "run_script(lambda argv: print('\\xe9 \\u9053', os.fsdecode(b'\\xe9')))")
    environment = dict(os.environ, PYTHONIOENCODING=encoding)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    assert subprocess.check_output([sys.executable, "-c", code], env=environment,
                                   cwd=root) == expected
