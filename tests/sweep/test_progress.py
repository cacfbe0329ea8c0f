"""From look to look: what is due, who goes on, and what a changed sweep file changes."""
import collections
import os

import pytest

from tests.sweep.plans import make_folder, planned, set_status
from tests.sweep.test_plan import prepare
from tests.sweep.test_scheduler import FakeEngine, said
from utils.runs.plans import Declaration, SweepPlan
from utils.statistics.looks import Looks
from utils.sweep import display
from utils.sweep.plan import SweepFolder, make_plan
from utils.sweep.progress import LookByLook, Progress, settled_tasks
from utils.sweep.scheduler import Scheduler
from utils.sweep.slurm import array_words
from utils.sweep.spec import make_spec

Decision = collections.namedtuple("Decision", "lines undecided look")
RATES = {"a": 1e-3, "b": 1e-4, "c": 1e-5}
KEYS = {label: planned(learnrate=rate).key for label, rate in RATES.items()}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def plan_of(looks=(2, 4), labels="abc", asked=None, seeds=None):
    seeds = seeds or max((asked or looks)[-1], looks[-1])
    runs = tuple(planned(label, seed, learnrate=RATES[label])
                 for seed in range(1, seeds + 1) for label in labels)
    return SweepPlan("s", runs, Declaration(Looks(looks)), asked or looks)


class Judge:
    """Says of each look what a test wants it to; keeps what it was asked."""

    def __init__(self, *undecided):
        self.asked, self._undecided = [], undecided

    def __call__(self, plan, folders):
        names = sorted(os.path.basename(path) for path in folders)
        look = sum(max(int(name[-1]) for name in names) > count for count in plan.looks.seeds)
        self.asked.append(names)
        return Decision((f"verdict {look + 1}",),
                        frozenset(KEYS[label] for label in self._undecided[look]), look + 1)


def finish(project, *names):
    for name in names:
        label, seed = name
        make_folder(project, f"{label}__{seed}", "finished", seed=int(seed),
                    learnrate=RATES[label])


def due(plan, tasks):
    return [f"{task.run.label}{task.run.seed}" for task in tasks if task.is_open]


def progress_of(plan, judge):
    tasks = settled_tasks(plan)
    progress = Progress(plan, tasks, judge)
    return progress, progress.advance(), tasks


def test_the_first_look_is_due_at_first(project):
    plan, judge = plan_of(), Judge("abc", "")
    progress, lines, tasks = progress_of(plan, judge)
    assert due(plan, tasks) == ["a1", "b1", "c1", "a2", "b2", "c2"] and lines == []
    assert progress.words() == "due: the runs to 2 seeds of each, look 1 of 2" and progress.goes_on
    finish(project, "a1", "b1", "c1", "a2", "b2")
    assert due(plan, progress_of(plan, judge)[2]) == ["c2"] and judge.asked == []


def test_only_undecided_configurations_go_on(project):
    finish(project, "a1", "b1", "c1", "a2", "b2", "c2")
    plan, judge = plan_of(), Judge("ab", "ab")
    progress, lines, tasks = progress_of(plan, judge)
    assert lines == ["look 1 of 2, 2 seeds of each: 2 of 3 configurations have an open pair and go "
                     "on", "  verdict 1"]
    assert due(plan, tasks) == ["a3", "b3", "a4", "b4"] and not progress.is_over
    assert progress.words() == "due: the runs to 4 seeds of each, look 2 of 2"
    finish(project, "a3", "b3", "a4", "b4")
    progress, lines, tasks = progress_of(plan, judge)
    assert progress.is_over and due(plan, tasks) == [] and lines[2].endswith("the last one")
    assert judge.asked[-1] == sorted("{}__{}".format(*name) for name in (
        "a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "a4", "b4"))
    assert progress.words() == "nothing more is due"


def test_it_ends_where_all_is_decided(project):
    finish(project, "a1", "b1", "c1", "a2", "b2", "c2", "a3")
    progress, lines, tasks = progress_of(plan_of(), Judge(""))
    assert progress.is_over and progress.words() == "every pair is decided"
    assert lines[0].endswith("every pair is decided")
    assert not any(task.due for task in tasks)


def test_a_look_sees_the_runs_that_it_was_planned_for(project):
    finish(project, "a1", "b1", "a2", "b2", "a3", "b3")
    judge = Judge("ab", "")
    progress_of(plan_of(labels="ab"), judge)
    assert judge.asked == [["a__1", "a__2", "b__1", "b__2"]]


def test_a_run_that_is_lost_counts_as_made(project):
    finish(project, "a1", "b1", "a2")
    make_folder(project, "b__2", "failed", seed=2, error="the loss is nan", learnrate=1e-4)
    judge = Judge("")
    progress, _, tasks = progress_of(plan_of(labels="ab"), judge)
    assert progress.is_over and judge.asked == [["a__1", "a__2", "b__1", "b__2"]]


def test_one_look_asks_for_no_verdict(project):
    judge = Judge()
    finish(project, "a1", "b1", "a2", "b2")
    progress, lines, _ = progress_of(plan_of((2,), "ab"), judge)
    assert progress.is_over and lines == [] and judge.asked == [] and progress.words() == ""


@pytest.mark.parametrize("looks, asked, expected", [
    ((2,), (4,), ["a3", "b3", "a4", "b4"]),         # more seeds are made of all
    ((1,), (1, 3), ["a2", "b2", "a3", "b3"]),
    ((2, 3), (4,), ["a3", "b3", "a4", "b4"]),       # whatever the looks decided
    ((2, 3), (2, 3, 4), []), ((2, 4), (2,), []),    # decided at the first look, or no more asked
    ((2, 4), (3,), ["a3", "b3"])])
def test_more_or_fewer_seeds_than_declared(project, looks, asked, expected):
    finish(project, "a1", "b1", "a2", "b2")
    if looks == (1,):
        (project / "a__2" / "runargs").unlink(), (project / "b__2" / "runargs").unlink()
    plan = plan_of(looks, "ab", asked)
    progress, _, tasks = progress_of(plan, Judge("", ""))
    assert due(plan, tasks) == expected


def test_the_scheduler_goes_on_from_look_to_look(project):
    plan, said_lines = plan_of((2, 3), "ab"), []
    engine = FakeEngine(4)
    scheduler = Scheduler(plan.runs, engine, lambda index: f"log{index}")
    sweep = LookByLook(scheduler, Progress(plan, scheduler.tasks, Judge("ab", "ab")),
                       said_lines.append)
    assert sweep.advance() and [index for index, _ in engine.started] == [0, 1, 2, 3]
    assert display.status_table(sweep.tasks).columns[-1].header == "not due"
    for index, run in enumerate(plan.runs[:4]):
        said(engine, index, make_folder(
            project, f"{run.label}__{run.seed}", "finished", seed=run.seed,
            learnrate=RATES[run.label]))
        engine.ended.append((index, 0))
    assert sweep.advance() and [index for index, _ in engine.started] == [0, 1, 2, 3, 4, 5]
    assert said_lines == ["look 1 of 2, 2 seeds of each: 2 of 2 configurations have an open pair "
                          "and go on", "  verdict 1"]
    for index, run in enumerate(plan.runs[4:], 4):
        said(engine, index, make_folder(project, f"{run.label}__{run.seed}", "failed",
                                        seed=run.seed, error="?", learnrate=RATES[run.label]))
        engine.ended.append((index, 2))
    assert not sweep.advance() and said_lines[-1] == "  verdict 2"


def test_numbers_of_an_array():
    assert array_words([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8" and array_words([3]) == "3"


# ---- the sweep file is changed ----

TWO = dict(configurations=[{}, {"learnrate": .5}])


def declared_plan(finished=False, **parts):
    """The plan of two configurations as a first `run` stores it, with a run of one."""
    folder = SweepFolder("s", os.path.join("tmp", "sweeps"))
    plan, lines = make_plan(make_spec("s", **dict(TWO, **parts)), prepare, folder)
    assert lines == []
    folder.write_plan(plan)
    run = make_folder("tmp", "r__1", "running", seed=plan.runs[0].seed)
    if finished:
        set_status(run, "finished")
    return folder, plan


def test_before_a_run_is_finished_looks_may_change(project):
    folder, first = declared_plan(seeds=5)
    plan, lines = make_plan(make_spec("s", looks=[3, 6], **TWO), prepare, folder)
    assert lines == [] and plan.looks.seeds == plan.asked == (3, 6)
    assert plan.declared_at >= first.declared_at


def test_more_seeds_are_a_look_beyond_the_plan(project):
    folder, first = declared_plan(finished=True, seeds=5)
    plan, (line,) = make_plan(make_spec("s", seeds=10, **TWO), prepare, folder)
    assert plan.looks.seeds == (5,) and plan.asked == (10,) and len(plan.runs) == 20
    assert plan.declared_at == first.declared_at
    assert line.startswith("A look at 5 seeds was declared before the runs were made: that stays "
                           "in force. A look at 10 seeds is beyond the plan")
    assert "in 8.3% of cases instead of 5.0%" in line
    folder.write_plan(plan)
    again, lines = make_plan(make_spec("s", seeds=10, **TWO), prepare, folder)
    assert again == plan and lines == [line]
    back, lines = make_plan(make_spec("s", seeds=5, **TWO), prepare, folder)
    assert lines == [] and back.asked == (5,) and len(back.runs) == 20


@pytest.mark.parametrize("parts", [dict(seeds=1), dict(seeds=5, configurations=[{}])])
def test_what_could_not_be_compared_was_no_look(project, parts):
    folder, _ = declared_plan(finished=True, **parts)
    plan, lines = make_plan(make_spec("s", **dict(TWO, seeds=10)), prepare, folder)
    assert plan.looks.seeds == (10,) and lines == []


def test_looks_that_are_declared_after_the_runs(project):
    spec = make_spec("late", seeds=4, **TWO)
    for run in make_plan(spec, prepare, SweepFolder("s"))[0].runs[:4]:
        flags = {"learnrate": .5} if "0.5" in run.label else {}
        make_folder("tmp", f"r{len(flags)}__{run.seed}", "finished", run.seed, **flags)
    _, (line,) = make_plan(spec, prepare, SweepFolder("s"))
    assert line.startswith("4 of the runs are finished already: who has seen their scores has look")


def test_what_was_declared_stays(project):
    folder, _ = declared_plan(finished=True, looks=[3, 6])
    plan, lines = make_plan(make_spec("s", looks=[3, 5, 6], spending="pocock", margin=2, **TWO),
                            prepare, folder)
    assert plan.declared == Declaration(Looks((3, 6))) and plan.extra == (5,)
    assert "Looks at 3, 6 seeds were declared" in lines[0]
    assert lines[1] == ("spending: obrien_fleming, margin: 1.0 declared before the runs were made: "
                        "that stays in force")
    fewer, (line,) = make_plan(make_spec("s", seeds=3, **TWO), prepare, folder)
    assert fewer.asked == (3,) and line.startswith("looks: [3, 6] declared before")


def test_other_seeds_come_after_those_that_were_declared(project):
    folder, _ = declared_plan(finished=True, seeds=[7, 3])
    plan, (line,) = make_plan(make_spec("s", seeds=[4, 3, 9], **TWO), prepare, folder)
    assert [run.seed for run in plan.runs[::2]] == [7, 3, 4, 9] and plan.asked == (4,)
    assert "A look at 4 seeds is beyond the plan" in line


def test_another_sweep_of_the_same_name_declares_anew(project):
    folder, _ = declared_plan(finished=True, seeds=2)
    plan, lines = make_plan(make_spec("s", seeds=4, flags={"learnrate": 1.0}), prepare, folder)
    assert lines == [] and plan.looks.seeds == (4,)


def test_a_damaged_plan_is_told_and_declared_anew(project):
    folder, _ = declared_plan(finished=True, seeds=2)
    with open(folder.plan, "w") as file:
        file.write('[{"label": 3}]')
    plan, (line,) = make_plan(make_spec("s", seeds=4, **TWO), prepare, folder)
    assert plan.looks.seeds == (4,) and "declared before are not known" in line
    assert folder.plan in line
