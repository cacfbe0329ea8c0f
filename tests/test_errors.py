"""How a script ends: by a mistake, by a reader that went away, on a Python that lacks what it
needs."""
import os
import subprocess
import sys

import pytest

from tests.tiny import REPO
from utils import needs
from utils.errors import UserError, run_script


def run(code, reader="cat", **environment):
    """(exit code of a script, what it said on standard error) of `code` piped into a reader."""
    script = f"set -o pipefail; {sys.executable} -c '{code}' | {reader}"
    done = subprocess.run(["bash", "-c", script], cwd=REPO, capture_output=True,
                          text=True,
                          env=dict(os.environ, **environment))
    return done.returncode, done.stderr


@pytest.mark.parametrize("speak", [
    "[print(n) for n in range(99999)]",
    "print(1)",  # found out at the last flush alone
    "print(1) or sys.exit(0)",
    "[rich.console.Console().print(n) for n in range(9999)]",
    "[tqdm.tqdm.write(str(n)) for n in range(99999)]"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_had_enough_ends_a_command_quietly(speak, unbuffered):
    code = ("import sys, time, rich.console, tqdm; from utils.errors import run_script; "
            f"time.sleep(.3); run_script(lambda argv: {speak} and None, [])")
    assert run(code, "true", PYTHONUNBUFFERED=unbuffered) == (141, "")


def test_what_a_mistake_and_a_success_end_with(capsys):
    def mistaken(argv):
        raise UserError(f"got {argv}")

    def full(argv):
        raise OSError(28, "No space left on device", "tmp/x")
    for main, code, said in ((mistaken, 2, "error: got ['a']\n"), (lambda argv: None, 0, ""),
                             (lambda argv: 1, 1, ""),
                             (full, 2, "error: tmp/x: the disk is full: free some space\n")):
        with pytest.raises(SystemExit) as end:
            run_script(main, ["a"])
        assert end.value.code == code and capsys.readouterr().err == said


def test_ctrl_c_while_modules_are_imported_is_a_word():
    assert run("from utils import needs; raise KeyboardInterrupt") == (130, "interrupted\n")


def test_a_name_that_is_no_text_can_be_printed():
    code = r"from utils.errors import run_script; run_script(lambda argv: print(chr(0xdce9)), [])"
    assert run(code) == (0, "")


@pytest.mark.parametrize("version, says", [
    ((3, 7), "-c constraints/tf1.txt"), ((3, 12), "has no package numpy: make an environment"),
    ((3, 6), "Python 3.6 does not do, expected Python 3.7 or 3.10 to 3.13")])
def test_advice_without_environments(tmp_path, version, says):
    assert says in needs.advice("numpy", version, str(tmp_path))


def test_advice_names_the_environments_that_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("lint", "tf2"):  # that of make lint has no TensorFlow
        (tmp_path / ".venv" / name).mkdir(parents=True)
        (tmp_path / ".venv" / name / ".installed").write_text("")
    assert "run .venv/tf2/bin/python, or pip" in needs.advice("numpy", (3, 12), str(tmp_path))


def test_a_script_without_its_packages_says_so_in_a_line():
    for script in sorted(name for name in os.listdir(REPO) if name.startswith("fcn_")):
        # -S: this Python's packages are not to be found.
        done = subprocess.run([getattr(sys, "_base_executable", sys.executable), "-I", "-S", "-c",
                               f"import sys; sys.path.insert(0, '.'); sys.argv = [{script!r}]; "
                               f"import runpy; runpy.run_path({script!r}, run_name='__main__')"],
                              cwd=REPO, capture_output=True, text=True)
        assert done.returncode == 2 and "has no package" in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: Python ")
