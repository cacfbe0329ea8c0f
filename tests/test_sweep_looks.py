"""Sweeps that stop by themselves at a planned look: with real trainings, and with made-up runs."""
import os

import pytest

import fcn_sweep
from tests.report.synthetic import draw_matrices, write_run
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.render_shapes import render
from utils.runs import run_folder
from utils.runs.plan_file import plans_of
from utils.runs.plans import Declaration, PlannedRun, SweepPlan
from utils.runs.run_folder import RunFolder
from utils.statistics.looks import Looks
from utils.sweep.plan import SweepFolder

SHEET = """
flags: {{datapath: {}, basenet: tiny, from_scratch: true,
         pixels: 32, batch_size: 8, bn_decay: 0.9, learnrate: 0.01,
         random_scale: "", eval_every: 200, keep_every: 0, threads: 1, gpu: -1}}
configurations:
  - {{steps: 120}}
  - {{steps: 10, class_weights: "0,0,0,0,0,1"}}
looks: [3, 6]
spending: pocock
"""


@pytest.fixture(scope="module")
def shapes(tmp_path_factory, tiny_net):
    """Records of rendered shapes."""
    root = tmp_path_factory.mktemp("shapes")
    source, records = str(root / "source"), str(root / "records")
    render(source, 1, {"training": 60, "validation": 6, "test": 30})
    convert(open_source("folder", source, SourceOptions()), source, records)
    return records


def test_a_plain_difference_ends_a_sweep_at_its_first_look(shapes, tmp_path, capsys, monkeypatch):
    def told(*words):
        capsys.readouterr()
        fcn_sweep.main(list(words))
        return capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "plain.yaml").write_text(SHEET.format(shapes))
    out = told("run", "plain.yaml", "--jobs=2", "--plain")
    assert "12 runs at most, 12 to make" in out and "at 3 seeds of each: 6 to make" in out
    assert "look 1 of 2, 3 seeds of each: every pair is decided" in out
    assert "A better at 3 seeds" in out and "6 of 12 runs are done, 6 not needed" in out
    runs = [RunFolder(str(tmp_path / "tmp" / name)) for name in os.listdir(str(tmp_path / "tmp"))
            if name != "sweeps"]
    assert sorted(run.seeds()["seed_init"] for run in runs) == [1, 1, 2, 2, 3, 3]

    status = told("status", "plain")
    assert "every pair is decided" in status and "time left: 0 s" in status
    again = told("run", "plain.yaml", "--jobs=2", "--plain")
    assert "6 of 12 runs are done" in again and "started" not in again
    assert "no run is due" in told("slurm", "plain.yaml")
    assert "beyond" not in told("plan", "plain.yaml")
    (tmp_path / "plain.yaml").write_text(SHEET.format(shapes).replace("[3, 6]", "[3, 6, 9]"))
    assert "A look at 9 seeds is beyond the plan" in told("plan", "plain.yaml")


# ---- made-up runs ----

def made_up(project, qualities, seeds, first=1, spread=.004):
    """Run folders of configurations {label: quality}, and the `PlannedRun` of each."""
    runs = []
    for number, (label, quality) in enumerate(sorted(qualities.items())):
        for seed in range(first, first + seeds):
            path = write_run(project, f"{label}__{seed}", seed, draw_matrices(
                seed + 50 * number, quality, spread=spread), learnrate=10.0 ** -(number + 2),
                info=dict(pid=100 * number + seed))
            key = RunFolder(path).group_key()
            runs.append(PlannedRun(label, seed, 0, (f"--seed={seed}",), key, tuple(
                (flag, seed) for flag in run_folder.SEED_FLAGS), 100, "mobilenet_v1"))
    return sorted(runs, key=lambda run: run.seed)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def test_equal_configurations_go_on_to_the_last_look_and_the_worse_one_does_not(project, capsys):
    """The runs of the second look are made by hand, for those that are due."""
    qualities = {"a": .80, "b": .80, "worse": .60}
    runs = made_up(project, qualities, 5)
    later = [PlannedRun(run.label, run.seed + 5, 0, (), run.key, tuple(
        (flag, run.seed + 5) for flag in run_folder.SEED_FLAGS), 100, "mobilenet_v1")
        for run in runs]
    plan = SweepPlan("equal", tuple(runs + later), Declaration(Looks((5, 10)), margin=.1), (5, 10))
    SweepFolder("equal").write_plan(plan)
    assert fcn_sweep.main(["status", "equal"]) is None
    out = capsys.readouterr().out
    assert ("look 1 of 2, 5 seeds of each: 2 of 3 configurations have an open pair and go on"
            in out) and "due: the runs to 10 seeds of each, look 2 of 2" in out
    assert "a (A) against worse (B): A better at 5 seeds" in out
    made_up(project, {"a": .80, "b": .80}, 5, first=6)
    fcn_sweep.main(["status", "equal"])
    out = capsys.readouterr().out
    assert "look 2 of 2, 10 seeds of each: the last one" in out and "nothing more is due" in out
    assert "a (A) against worse (B): A better at 5 seeds" in out.split("look 2 of 2")[1]
    assert "a (A) against b (B): inconclusive at 10 seeds" in out


def test_a_run_that_is_lost_does_not_hold_a_sweep_up(project, capsys):
    runs = made_up(project, {"a": .80, "b": .60}, 5)
    RunFolder("tmp/b__4").update_runinfo(status="failed", error="the loss is nan at step 3")
    SweepFolder("lost").write_plan(SweepPlan(
        "lost", tuple(runs), Declaration(Looks((3, 5))), (3, 5)))
    fcn_sweep.main(["status", "lost"])
    out = capsys.readouterr().out
    assert "failed: b, seed 4: the loss is nan at step 3" in out
    assert "look 1 of 2" in out and ("every pair is decided" in out or "look 2 of 2" in out)


def test_plans_that_run_folders_belong_to_are_found(project):
    runs = made_up(project, {"a": .80, "b": .80}, 2)
    SweepFolder("two").write_plan(SweepPlan("two", tuple(runs), Declaration(Looks((2,))), (2,)))
    (plan,), notes = plans_of({RunFolder("tmp/a__1").group_key()})
    assert plan.name == "two" and plan.looks == Looks((2,)) and notes == []
