"""What becomes of runs that end, die, diverge or are made elsewhere; engine and clock are ours."""
import dataclasses

import pytest

from tests.sweep.plans import make_folder, planned, set_status
from utils.runs import run_folder
from utils.sweep import scheduler as module
from utils.sweep.scheduler import Scheduler


class FakeEngine:
    """Holds what was started; a test says what becomes of it."""

    def __init__(self, capacity):
        self.capacity, self.started, self.ended, self.own_machine = capacity, [], [], True

    def start(self, index, words, log_path):
        self.started.append((index, list(words)))

    def finished(self):
        ended, self.ended = self.ended, []
        return ended

    def shares_place_with(self, folder):
        return self.own_machine


def said(engine, index, folder):
    """What fcn_train.py prints first."""
    with open(f"log{index}", "a") as log:
        log.write(f"run folder {folder.path}\n")


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def make(runs, capacity=2, **options):
    events = []
    engine = FakeEngine(capacity)
    options.setdefault("report", lambda event: events.append((event.index, event.what)))
    return Scheduler(runs, engine, lambda index: f"log{index}", **options), engine, events


def test_fills_the_places_in_order_and_goes_on(project):
    runs = [planned(seed=seed) for seed in (1, 2, 3)]
    scheduler, engine, events = make(runs)
    assert scheduler.advance()
    assert [index for index, _ in engine.started] == [0, 1]
    said(engine, 0, make_folder(project, "a__1", "finished", seed=1))
    engine.ended = [(0, 0)]
    scheduler.advance()
    assert [index for index, _ in engine.started] == [0, 1, 2]
    for seed, index in ((2, 1), (3, 2)):
        said(engine, index, make_folder(project, f"a__{seed}", "finished", seed=seed))
        engine.ended.append((index, 0))
    assert not scheduler.advance()
    assert [task.status for task in scheduler.tasks] == ["done"] * 3
    assert (0, "done") in events


def test_what_is_finished_is_not_made_again(project):
    make_folder(project, "by_hand__1", "finished")
    scheduler, engine, _ = make([planned()])
    assert not scheduler.advance() and engine.started == []


def test_a_resume_says_where_the_plan_found_records_and_checkpoints():
    run = dataclasses.replace(planned(), words=("--seed=1", "--datapath=there", "--modelspath=m"))
    assert module.resume_words(run_folder.RunFolder("tmp/a__1"), run) == [
        "--resume=tmp/a__1", "--datapath=there", "--modelspath=m"]


def test_a_killed_run_is_resumed(project):
    make_folder(project, "a__1", "running", step=4)
    scheduler, engine, events = make([planned()])
    scheduler.advance()
    assert engine.started == [(0, ["--resume=tmp/a__1"])]
    assert events == [(0, "resumed, tmp/a__1")]


def test_a_run_that_diverges_is_failed_and_the_others_go_on(project):
    scheduler, engine, events = make([planned(seed=1), planned(seed=2)], capacity=1)
    scheduler.advance()
    said(engine, 0, make_folder(project, "a__1", "failed", seed=1,
                                error="the loss is nan at step 3"))
    engine.ended = [(0, 2)]
    assert scheduler.advance()
    assert scheduler.tasks[0].status == "failed"
    assert events[1] == (0, "failed: the loss is nan at step 3")
    assert engine.started[-1][0] == 1


def test_retry_takes_a_failed_run_up_once(project):
    make_folder(project, "a__1", "failed", error="the disk is full")
    assert not make([planned()])[0].advance()
    scheduler, engine, _ = make([planned()], retry=True)
    scheduler.advance()
    assert engine.started == [(0, ["--resume=tmp/a__1"])]
    engine.ended = [(0, 2)]
    assert not scheduler.advance()
    assert scheduler.tasks[0].status == "failed" and "disk" in scheduler.tasks[0].error


def test_a_run_that_cannot_even_begin_says_its_last_line(project):
    scheduler, engine, events = make([planned()])
    scheduler.advance()
    (project.parent / "log0").write_text("run\nerror: no records at data\n")
    engine.ended = [(0, 2)]
    assert not scheduler.advance()
    assert events[-1] == (0, "failed: error: no records at data")


def test_death_after_death_without_progress_is_given_up(project):
    scheduler, engine, events = make([planned()])
    scheduler.advance()
    folder = make_folder(project, "a__1", "running", step=3)
    said(engine, 0, folder)
    for step in (3, 5, 5, 5):
        set_status(folder, "running", step=step)
        engine.ended = [(0, -9)]
        scheduler.advance()
    # Death at 3, at 5 (progress: counted anew), again at 5, and once more.
    assert len(engine.started) == 4 and scheduler.tasks[0].status == "failed"
    assert "died 3 times at step 5" in events[-1][1]


def test_a_run_of_another_process_is_waited_for_and_keeps_its_place(project, monkeypatch):
    folder = make_folder(project, "a__1", "running", seed=1)
    monkeypatch.setattr(run_folder.RunFolder, "state",
                        lambda self: {"running": "running"}.get(self.status(), self.status()))
    scheduler, engine, _ = make([planned(seed=1), planned(seed=2)], capacity=1)
    assert scheduler.advance() and engine.started == []
    engine.own_machine = False
    scheduler.advance()
    assert [index for index, _ in engine.started] == [1]
    set_status(folder, "finished")
    monkeypatch.setattr(module, "_LOOK_AGAIN", -1)
    scheduler.advance()
    assert scheduler.tasks[0].status == "done"


def test_two_repeats_of_one_seed_are_two_runs(project):
    scheduler, engine, _ = make([planned(), planned(repeat=1)])
    scheduler.advance()
    assert [index for index, _ in engine.started] == [0, 1]
    said(engine, 0, make_folder(project, "a__2", "running"))
    said(engine, 1, make_folder(project, "a__1", "finished"))
    engine.ended = [(1, 0)]
    assert scheduler.advance()
    assert [task.status for task in scheduler.tasks] == ["running", "done"]
    set_status(run_folder.RunFolder(str(project / "a__2")), "finished")
    engine.ended = [(0, 0)]
    assert not scheduler.advance()
    assert [task.folder.name for task in scheduler.tasks] == ["a__2", "a__1"]


def test_waiting_repeats_leave_a_running_one_its_folder(project):
    scheduler, engine, _ = make([planned(), planned(repeat=1)], capacity=1)
    scheduler.advance()
    said(engine, 0, make_folder(project, "a__1", "running"))
    scheduler._look()
    assert [task.status for task in scheduler.tasks] == ["running", "waiting"]
