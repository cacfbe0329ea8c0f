"""fcn_report.py as its users call it."""
import json
import os
import subprocess
import sys

import pytest

import fcn_report
from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with tmp/ of two configurations, two seeds each; the working directory."""
    for number, flags in enumerate(({}, {"fcn8": True})):
        for seed in (1, 2):
            write_run(str(tmp_path / "tmp"), "{}__{}".format("ab"[number], seed), seed,
                      draw_matrices(seed + 10 * number, .8 - .1 * number), objects=True, **flags)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [name for name in fcn_report.commands() if name not in (
    "compare", "transfer", "interactions")])
def test_every_command_works_on_tmp_by_default(project, capsys, command):
    assert not fcn_report.main([command])
    assert capsys.readouterr().out.strip()


def test_outdir_has_every_table_and_plot(project, capsys):
    fcn_report.main(["compare", "a__1", "b__2", "--margin", "0.5", "--outdir=out"])
    out = capsys.readouterr().out
    assert out.startswith("mobilenet_v1 fcn16 against mobilenet_v1 fcn8: ")
    assert "margin 0.5 points" in out
    assert sorted(os.listdir("out")) == ["compare.csv", "compare.json", "compare.svg", "pair.csv",
                                         "pair.json"]
    row, = json.load(open(os.path.join("out", "compare.json")))["rows"]
    assert row["n_a"] == row["n_b"] == 2 and row["difference"] > 5


def test_leaderboard_prints_markdown(project, capsys):
    fcn_report.main(["leaderboard", "tmp/*"])
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("| mobilenet_v1 | FCN") for line in lines) == 2


@pytest.mark.parametrize("words, said", [
    (["transfer"], "cannot show a correlation"), (["interactions"], "1 interaction of basenet"),
    (["interactions", "--by=decoder"], "1 interaction of decoder")])
def test_feature_extractors_over_a_grid(project, capsys, words, said):
    for number, flags in enumerate(({}, {"fcn8": True})):
        for seed in (1, 2):
            write_run(str(project / "tmp"), "{}__{}".format("cd"[number], seed), seed,
                      draw_matrices(seed + 10 * number, .9), basenet="mobilenet_v2", **flags)
    fcn_report.main(words)
    assert said in capsys.readouterr().out


def test_diff_of_two_runs(project, capsys):
    fcn_report.main(["runs", "--diff", "a__1", "b__1"])
    out = capsys.readouterr().out
    assert "a__1 and b__1 are of different configurations." in out and "fcn8" in out


def test_html_and_boards_go_where_they_should(project, capsys):
    fcn_report.main(["html", "tmp", "--out", "all.html"])
    fcn_report.main(["tensorboard"])
    assert os.path.getsize("all.html") > 50000
    assert sorted(os.listdir(os.path.join("tboards", "error_bars", "run"))) == [
        "a__1", "a__2", "b__1", "b__2"]


@pytest.mark.parametrize("words, message", [
    (["what"], "unknown command 'what': choose one of checkpoints"),
    (["runs", "nowhere"], "no runs at 'nowhere'"),
    (["compare", "a__1"], "compare: got a__1, expected two configurations or more"),
    (["compare", "a__1", "zzz"], "'zzz' is no configuration and no run here"),
    (["compare", "a__1", "b__1", "--runs=other/*"], "no runs at 'other/\\*'"),
    (["errorbars", "--split=validation"], "no results of finished runs: a__1 has no result "
     "'validation': python fcn_test.py --traindir=tmp/a__1 --split=validation"),
    (["errorbars", "--split=dev"], "--split: unknown split 'dev': choose one of training, vali"),
    (["errorbars", "--split=val"], "--traindir=tmp/a__1 --split=validation"),
    (["errorbars", "--cluster=a"], "--cluster: 'a' has 0 groups"),
    (["errorbars", "--level=2"], "--level: got 2, expected at most 0.999"),
    (["compare", "a__1", "b__2", "--looks=5,3"], "--looks: got '5,3', expected rising numbers"),
    (["runs", "--runs=tmp/a*"], "--runs=tmp/a\\*: it is for compare"),
    (["transfer"], "transfer: no two feature extractors with all other flags equal: expected"),
    (["interactions"], "interactions: no two values of basenet with two of another flag"),
    (["interactions", "--by=decodre"], "--by=decodre: expected decoder or a flag of fcn_train"),
    (["errorbars", "--marign=2"], "did you mean --margin")])
def test_mistakes_are_one_line(project, words, message):
    with pytest.raises(UserError, match=message) as caught:
        fcn_report.main(words)
    assert "\n" not in str(caught.value)


def test_without_runs_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no runs at 'tmp/\\*': expected run folders"):
        fcn_report.main(["runs"])


def test_help_lists_the_commands(capsys):
    for words, code in ((["--help"], 0), ([], 2)):
        with pytest.raises(SystemExit) as end:
            fcn_report.main(words)
        assert end.value.code == code
    assert "errorbars, failures, importance" in " ".join(capsys.readouterr().out.split())


def test_it_never_imports_tensorflow(project):
    script = (f"import sys; sys.path.insert(0, {_ROOT!r}); import fcn_report\n"
              "for command in ('html', 'tensorboard'): fcn_report.main([command])\n"
              "found = [name for name in sys.modules if name.split('.')[0] in "
              "('tensorflow', 'tf_slim', 'tf_keras', 'keras')]\n"
              "assert not found, found")
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


def test_the_script_exits_with_2_and_one_line_for_a_mistake(tmp_path):
    done = subprocess.run([sys.executable, os.path.join(_ROOT, "fcn_report.py"), "runs", "x"],
                          cwd=str(tmp_path), capture_output=True)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: no runs at 'x'")
    assert done.stderr.decode().count("\n") == 1
