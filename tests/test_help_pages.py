"""Help pages, and mistakes in flags: at once, and within 80 columns."""
import importlib
import os
import subprocess
import sys

import pytest

from tests.tiny import REPO
from utils.version import VERSION

PAGES = [(script, command) for script, commands in (
    ("fcn_train", [""]), ("fcn_test", [""]), ("fcn_export", [""]), ("fcn_nets", [""]),
    ("fcn_models", ["", "list", "classify", "from_torchvision"]),
    ("fcn_sweep", ["", "plan", "run", "slurm"]), ("fcn_data", ["", "convert", "check", "describe"]),
    ("fcn_report", ["", "runs", "html"]),
    ("fcn_explore", ["", "extract", "cam", "errors", "export", "html", "select", "prune"]),
    ("fcn_compete", ["", "create", "check", "score", "board"])) for command in commands]
SLOW = ("tensorflow", "tf_slim", "tf_keras", "scipy.stats", "statsmodels", "pandas", "sklearn")


#: Lines of a page that fit on a screen with the command and a prompt.
SCREEN = 42


def page(script, command, word, capsys):
    """The lines that a command prints for --help or --version."""
    with pytest.raises(SystemExit) as end:
        importlib.import_module(script).main(command.split() + [word])
    assert end.value.code in (0, None)
    return capsys.readouterr().out.splitlines()


def flags_of(lines):
    """The entries of a page: {first name of a flag: its text}."""
    entries = "\n".join(lines).split("\n  -")[1:]
    return {"-" + entry.split()[0].rstrip(","): entry for entry in entries}


@pytest.mark.parametrize("word", ["--help", "--help=all"])
@pytest.mark.parametrize("script, command", PAGES)
def test_a_page_fits_and_says_each_default_once(script, command, word, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    lines = page(script, command, word, capsys)
    assert len(lines) > 3 and [line for line in lines if len(line) > 80] == []
    assert [text for text in flags_of(lines).values() if text.count("(default") > 1] == []


@pytest.mark.parametrize("script, command", PAGES)
def test_the_first_page_is_a_screen_and_says_where_the_rest_is(script, command, monkeypatch,
                                                               capsys):
    monkeypatch.setenv("COLUMNS", "80")
    first = page(script, command, "--help", capsys)
    whole = page(script, command, "--help=all", capsys)
    assert len(first) <= SCREEN
    assert set(flags_of(first)) <= set(flags_of(whole))
    told = " ".join(" ".join(first).split())
    assert ("--help=all shows all" in told) == (set(flags_of(first)) != set(flags_of(whole)))


@pytest.mark.parametrize("script, command", PAGES)
def test_every_command_tells_the_version(script, command, capsys):
    assert page(script, command, "--version", capsys) == [f"slimseg {VERSION}"]


def test_pages_and_mistakes_import_nothing_that_takes_seconds():
    """With a script come the registries, and so every decoder, loss, format and analysis."""
    code = f"""if True:
        import importlib, io, sys
        from utils.errors import UserError
        out, sys.stdout = sys.stdout, io.StringIO()
        for script, command in {PAGES!r}:
            for word in ("--help", "--help=all", "--version", "--level=inf",
                         "--no_such_flag"):
                try:
                    importlib.import_module(script).main(command.split() + [word])
                except (SystemExit, UserError):
                    pass
        print([name for name in {SLOW!r} if name in sys.modules], file=out)
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True,
                          text=True,
                          env=dict(os.environ, PYTHONPATH=REPO))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
