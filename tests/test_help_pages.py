"""Help pages, and mistakes in flags: at once, and within 80 columns."""
import importlib
import os
import subprocess
import sys

import pytest

from tests.tiny import REPO

PAGES = [(script, command) for script, commands in (
    ("fcn_train", [""]), ("fcn_test", [""]), ("fcn_export", [""]), ("fcn_nets", [""]),
    ("fcn_models", ["", "list", "classify", "from_torchvision"]),
    ("fcn_sweep", ["", "plan", "run", "slurm"]), ("fcn_data", ["", "convert", "check", "describe"]),
    ("fcn_report", ["", "runs", "html"])) for command in commands]
SLOW = ("tensorflow", "tf_slim", "tf_keras", "scipy.stats", "statsmodels", "pandas", "sklearn")


@pytest.mark.parametrize("script, command", PAGES)
def test_a_page_fits_and_says_each_default_once(script, command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as end:
        importlib.import_module(script).main(command.split() + ["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert end.value.code in (0, None) and len(lines) > 3
    assert [line for line in lines if len(line) > 80] == []
    # One entry for each flag: its lines up to the next.
    entries = "\n".join(lines).split("\n  -")
    assert [entry for entry in entries if entry.count("(default") > 1] == []


def test_pages_and_mistakes_import_nothing_that_takes_seconds():
    """With a script come the registries, and so every decoder, loss, format and analysis."""
    code = f"""if True:
        import importlib, io, sys
        from utils.errors import UserError
        out, sys.stdout = sys.stdout, io.StringIO()
        for script, command in {PAGES!r}:
            for word in ("--help", "--level=inf", "--no_such_flag"):
                try:
                    importlib.import_module(script).main(command.split() + [word])
                except (SystemExit, UserError):
                    pass
        print([name for name in {SLOW!r} if name in sys.modules], file=out)
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, PYTHONPATH=REPO))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
