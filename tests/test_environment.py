"""scripts/environment with interpreters that only pretend: what it chooses, says and does again."""
import glob
import os
import re
import shutil
import stat
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = ("bash", "cat", "cksum", "cp", "dirname", "grep", "ls", "mkdir", "rm", "sort")

#: Stands for a Python of version @VERSION@; @FAILS@ is "venv", "pip", "tensorflow", "check" (of
#: Intel's build) or nothing.
FAKE_PYTHON = """#!/usr/bin/env bash
case "$*" in
"- @VERSION@") cat >/dev/null ;;
"- "*) cat >/dev/null; exit 1 ;;
"-m venv "*) [ "@FAILS@" != venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip "*) echo "@VERSION@ $*" >>pip.log; [ "@FAILS@" != pip ] ;;
*tf_compat*) [ "@FAILS@" != tensorflow ] ;;
"-m scripts.check_build") [ "@FAILS@" != check ] ;;
--version) echo "Python @VERSION@.9" ;;
esac
"""


def _write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Machine:
    """A bare machine with a fresh clone: a few shell tools, and the Pythons that a test adds."""

    def __init__(self, folder):
        self.folder, self.clone = folder, folder / "clone"
        for name in ("scripts", "constraints"):
            shutil.copytree(os.path.join(ROOT, name), str(self.clone / name))
        for path in glob.glob(os.path.join(ROOT, "requirements*.txt")):
            shutil.copy(path, str(self.clone))
        (folder / "bin").mkdir()
        for tool in TOOLS:
            (folder / "bin" / tool).symlink_to(shutil.which(tool))

    def add_python(self, version, where=None, fails=""):
        text = FAKE_PYTHON.replace("@VERSION@", version).replace("@FAILS@", fails)
        _write_script(self.folder / (where or "bin") / ("python" + version), text)

    def run(self, *arguments):
        return subprocess.run(
            [str(self.clone / "scripts" / "environment")] + list(arguments), cwd="/",
            capture_output=True, text=True,
            env={"PATH": str(self.folder / "bin"), "HOME": str(self.folder)})

    def choose(self, *arguments):
        """(stack, what was said) of a run that has to succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        python = done.stdout.rstrip("\n")
        stack = os.path.basename(os.path.dirname(os.path.dirname(python)))
        assert python == str(self.clone / ".venv" / stack / "bin" / "python")
        return stack, done.stderr

    def installs(self):
        """Lines "<version> -m pip ..." of requirements installed so far."""
        log = self.clone / "pip.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if " -r requirements" in line]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_pre_commit_runs_the_ruff_that_make_lint_runs():
    with open(os.path.join(ROOT, "constraints", "lint.txt")) as file:
        pinned = re.search(r"^ruff==(.*)$", file.read(), re.MULTILINE).group(1)
    with open(os.path.join(ROOT, ".pre-commit-config.yaml")) as file:
        assert f"rev: v{pinned}\n" in file.read()


@pytest.mark.parametrize("where", ["bin", ".pyenv/versions/3.7.9/bin"])
def test_takes_tf1_where_there_is_a_python_37(machine, where):
    machine.add_python("3.7", where)
    machine.add_python("3.12")
    stack, said = machine.choose()
    assert stack == "tf1"
    assert "tf1: Python 3.7.9, TF 1.15, because there is a Python 3.7" in said
    assert "-c constraints/tf1.txt" in machine.installs()[0]


def test_does_not_take_an_intels_build_that_computes_something_else(machine):
    machine.add_python("3.7", fails="check")
    done = machine.run("tf1-cpu")
    assert done.returncode == 1 and "tf1-cpu does not work with" in done.stderr
    assert not (machine.clone / ".venv" / "tf1-cpu").exists()
    assert machine.choose("tf1")[0] == "tf1"


def test_finds_a_python_37_of_uv(machine):
    machine.add_python("3.7", "uv_pythons")
    path = machine.folder / "uv_pythons" / "python3.7"
    _write_script(machine.folder / "bin" / "uv",
                  f'#!/usr/bin/env bash\n[ "$*" = "python find 3.7" ] && echo "{path}"\n')
    assert machine.choose()[0] == "tf1"


def test_takes_the_newest_python_for_tf2_where_there_is_no_37(machine):
    for version in ("3.9", "3.10", "3.12", "3.14"):
        machine.add_python(version)
    stack, said = machine.choose()
    assert stack == "tf2"
    assert "TF 2.x, because there is no Python 3.7 on which TF 1.15 works" in said
    assert [line.split()[0] for line in machine.installs()] == ["3.12"]


@pytest.mark.parametrize("fails", ["venv", "pip", "tensorflow"])
def test_passes_over_a_python_on_which_tensorflow_does_not_work(machine, fails):
    machine.add_python("3.7", fails=fails)
    machine.add_python("3.13", fails=fails)
    machine.add_python("3.11")
    stack, said = machine.choose()
    assert stack == "tf2"
    assert "tf1 does not work with" in said and "tf2: Python 3.11.9" in said


def test_passes_over_a_shim_that_does_not_run(machine):
    _write_script(machine.folder / "bin" / "python3.7", "#!/usr/bin/env bash\nexit 127\n")
    machine.add_python("3.7", ".pyenv/versions/3.7.16/bin")
    assert machine.choose()[0] == "tf1"


def test_stack_forces_one(machine):
    machine.add_python("3.7")
    machine.add_python("3.12")
    stack, said = machine.choose("tf2")
    assert stack == "tf2" and "as STACK=tf2 asks" in said
    stack, said = machine.choose("tf1")
    assert stack == "tf1" and "as STACK=tf1 asks" in said
    stack, said = machine.choose("tf1-cpu")
    assert stack == "tf1-cpu" and "Intel's build of TF 1.15, as STACK=tf1-cpu asks" in said
    kinds = [line.split("-r ", 1)[1] for line in machine.installs()]
    assert kinds == [
        "requirements.txt -r requirements-dev.txt -c constraints/tf2.txt",
        "requirements.txt -r requirements-dev.txt -c constraints/tf1.txt",
        "requirements-tf1-cpu.txt -r requirements-dev.txt -c constraints/tf1-cpu.txt"]


def test_what_is_asked_of_an_environment_fails_where_tensorflow_cannot_be_imported(tmp_path):
    """Such as a wheel that asks for instructions which the processor lacks."""
    with open(os.path.join(ROOT, "scripts", "environment")) as file:
        check, = re.findall(r'-c "([^"]*tf_compat[^"]*)"', file.read())
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise ImportError('no AVX here')")
    broken = subprocess.run([sys.executable, "-c", check], cwd=ROOT, stderr=subprocess.PIPE,
                            text=True, env=dict(os.environ, PYTHONPATH=str(tmp_path)))
    assert broken.returncode == 1 and "no AVX here" in broken.stderr
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


def test_lint_has_an_environment_of_its_own_without_tensorflow(machine):
    machine.add_python("3.7")
    machine.add_python("3.12", fails="tensorflow")
    stack, said = machine.choose("lint")
    assert stack == "lint" and "ruff and mypy" in said
    assert machine.installs()[0].endswith("-r requirements-lint.txt -c constraints/lint.txt")


@pytest.mark.parametrize("stack, expected", [
    ("lint", "found no Python from 3.10 to 3.13 on which mypy works"),
    ("tf1", "found no Python 3.7 on which TF 1.15 works"),
    ("tf1-cpu", "found no Python 3.7 on which Intel's build of TF 1.15 works"),
    ("tf2", "found no Python from 3.10 to 3.13"), ("auto", "found no Python from 3.10 to 3.13"),
    ("tf3", "got STACK=tf3, expected tf1, tf1-cpu, tf2, lint or nothing")])
def test_says_what_is_missing(machine, stack, expected):
    done = machine.run(stack)
    assert done.returncode != 0 and done.stdout == "" and expected in done.stderr


@pytest.mark.parametrize("stack, changed", [
    ("tf1", "constraints/tf1.txt"), ("tf1", "requirements.txt"),
    ("tf1", "requirements-common.txt"), ("tf1-cpu", "constraints/tf1-cpu.txt"),
    ("tf1-cpu", "requirements-tf1-cpu.txt"), ("tf1-cpu", "requirements-common.txt")])
def test_uses_again_what_is_there_until_the_requirements_change(machine, stack, changed):
    machine.add_python("3.7")
    machine.choose(stack)
    machine.choose(stack)
    assert len(machine.installs()) == 1
    with open(str(machine.clone / changed), "a") as requirements:
        requirements.write("another==1.0\n")
    machine.choose(stack)
    assert len(machine.installs()) == 2


def test_what_failed_leaves_nothing_and_is_tried_again(machine):
    machine.add_python("3.7", fails="pip")
    assert machine.run("tf1").returncode == 1
    assert not (machine.clone / ".venv" / "tf1").exists()
    machine.add_python("3.7")
    assert machine.choose("tf1")[0] == "tf1"


def test_an_interrupted_installation_is_gone_on_with(machine):
    machine.add_python("3.7")
    machine.choose()
    (machine.clone / ".venv" / "tf1" / ".installed").unlink()
    assert "making" not in machine.choose()[1]
    assert len(machine.installs()) == 2


def test_an_update_that_fails_keeps_the_environment(machine):
    machine.add_python("3.7")
    machine.choose()
    machine.add_python("3.7", where="clone/.venv/tf1/bin", fails="pip")
    shutil.move(str(machine.clone / ".venv/tf1/bin/python3.7"),
                str(machine.clone / ".venv/tf1/bin/python"))
    (machine.clone / ".venv" / "tf1" / ".installed").unlink()
    done = machine.run()
    assert done.returncode == 1 and "could not be brought up to date" in done.stderr
    assert (machine.clone / ".venv" / "tf1").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(machine):
    machine.add_python("3.7")
    machine.choose()
    (machine.clone / ".venv" / "tf1" / "bin" / "python").unlink()
    assert "making" in machine.choose()[1]
