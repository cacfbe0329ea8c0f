"""Hours and detectable differences before anything starts, from the runs that there are."""
import dataclasses

import numpy as np
import pytest

from tests.sweep.plans import make_folder, planned
from utils.evaluate.results import Result, save_result
from utils.runs.result_name import ResultName
from utils.sweep import display, scheduler
from utils.sweep.forecast import past_runs, seconds_for, seed_sd
from utils.sweep.jobs import candidates, trial_words
from utils.sweep.local import split_cores


def store_test(folder, miou, split="test"):
    """A test of two classes, as frequent as each other, whose IoUs are both `miou`."""
    hit = 2 * miou / (1 + miou)
    matrix = np.round(10 ** 6 * np.array([[[hit, 1 - hit], [1 - hit, hit]]])).astype(np.int64)
    save_result(folder.test, ResultName(split), Result(
        split, ("a", "b"), ("image",), np.array([[1, 1]], np.int32), matrix))


def test_hours_of_the_same_configuration_else_of_the_same_extractor(tmp_path):
    make_folder(tmp_path, "a__1", "finished", seed=1)
    make_folder(tmp_path, "b__1", "failed", seed=2)
    past = past_runs(str(tmp_path))
    assert len(past) == 2 and seconds_for(planned(seed=5), past) == pytest.approx(100)
    longer = dataclasses.replace(planned(batch_size=4), total_steps=60)
    assert seconds_for(longer, past) is None  # ten steps tell how long the start takes
    for name, steps in (("c__1", 30), ("d__1", 70)):  # 100 s each
        make_folder(tmp_path, name, "finished", learnrate=.01).update_runinfo(total_steps=steps)
    past = past_runs(str(tmp_path))
    assert seconds_for(longer, past) == pytest.approx(60 * 200 / 100)
    assert seconds_for(planned(basenet="resnet_v1_18"), past) is None
    small = make_folder(tmp_path, "e__1", "finished", learnrate=.1, pixels="64")  # 100 s
    small.update_runinfo(total_steps=1000)
    wanted = dataclasses.replace(planned(pixels="64"), total_steps=60)
    assert seconds_for(wanted, past_runs(str(tmp_path))) == pytest.approx(6)  # of its size alone


def test_runs_that_have_only_begun_tell_where_none_has_finished(tmp_path):
    def begun(name, state, step, **flags):
        folder = make_folder(tmp_path, name, state, step=step, **flags)
        folder.update_runinfo(total_steps=400)
        return folder

    begun("a__1", "interrupted", 40, batch_size=4)
    begun("b__1", "running", 19)  # too few steps; and killed, for its host is another
    wanted = dataclasses.replace(planned(batch_size=4), total_steps=400)
    assert seconds_for(wanted, past_runs(str(tmp_path))) == pytest.approx(1000)
    other = dataclasses.replace(planned(), total_steps=200)
    assert seconds_for(other, past_runs(str(tmp_path))) == pytest.approx(500)
    begun("c__1", "finished", 400)
    past = past_runs(str(tmp_path))
    assert seconds_for(other, past) == pytest.approx(100)  # of its own, finished
    assert seconds_for(wanted, past) == pytest.approx(1000)  # of its own, begun
    assert seed_sd([planned()], past) == (None, 0)


def test_a_run_without_heartbeat_took_from_begin_to_end(tmp_path):
    folder = make_folder(tmp_path, "a__1", "finished")
    (tmp_path / "a__1" / "heartbeat").unlink()
    assert past_runs(str(tmp_path))[0].seconds == 3600.0 and folder.heartbeat_step() == 0


def test_the_sd_over_seeds_is_pooled_over_configurations(tmp_path):
    for name, seed, miou, rate in (("a__1", 1, .50, 1e-3), ("a__2", 2, .52, 1e-3),
                                   ("b__1", 1, .60, 1e-4), ("b__2", 2, .66, 1e-4),
                                   ("c__1", 1, .40, 1.0)):
        store_test(make_folder(tmp_path, name, "finished", seed=seed, learnrate=rate), miou)
    runs = [planned(), planned(learnrate=1e-4), planned(learnrate=1.0)]
    sd, freedom = seed_sd(runs, past_runs(str(tmp_path)))
    assert freedom == 2 and sd == pytest.approx(np.sqrt((.0002 + .0018) / 2), abs=1e-3)
    assert seed_sd([planned(learnrate=1.0)], past_runs(str(tmp_path))) == (None, 0)


def test_a_repeat_of_a_seed_is_no_seed_and_splits_are_not_mixed(tmp_path):
    # Test 60, validation 67, and each seed twice: the spread is that of two seeds on test.
    for number, (seed, miou) in enumerate(((1, .60), (1, .61), (2, .62), (2, .62)), 1):
        folder = make_folder(tmp_path, f"a__{number}", "finished", seed=seed)
        store_test(folder, miou)
        store_test(folder, miou + .07, "validation")
    store_test(make_folder(tmp_path, "a__5", "finished", seed=3), .67, "validation")
    sd, freedom = seed_sd([planned()], past_runs(str(tmp_path)))
    assert freedom == 1 and sd == pytest.approx(.02 / np.sqrt(2), abs=1e-4)


def test_validation_counts_where_no_two_seeds_are_tested_on_test(tmp_path):
    for seed, miou in ((1, .60), (2, .63)):
        folder = make_folder(tmp_path, f"a__{seed}", "finished", seed=seed)
        store_test(folder, miou, "validation")
    store_test(folder, .3)
    sd, freedom = seed_sd([planned()], past_runs(str(tmp_path)))
    assert freedom == 1 and sd == pytest.approx(.03 / np.sqrt(2), abs=1e-4)


def test_failed_and_collapsed_runs_are_left_out_by_name(tmp_path):
    for seed, miou in ((1, .60), (2, .62), (3, .20)):  # of two classes, chance scores .25
        store_test(make_folder(tmp_path, f"a__{seed}", "finished", seed=seed), miou)
    make_folder(tmp_path, "a__4", "failed", seed=4, error="the loss is nan")
    lines = []
    sd, freedom = seed_sd([planned()], past_runs(str(tmp_path)), lines.append)
    assert freedom == 1 and sd == pytest.approx(.02 / np.sqrt(2), abs=1e-4)
    assert lines == [
        "the sd over seeds leaves out 1 run that failed: a__4 (fcn_report.py failures)",
        "the sd over seeds leaves out 1 run that collapsed: a__3 (fcn_report.py failures)"]


def test_time_left_counts_what_running_runs_have_done():
    tasks = [scheduler.Task(planned(seed=seed)) for seed in (1, 2, 3)]
    tasks[0].status = scheduler.DONE
    assert display.time_left(tasks, [100.0] * 3, 2) == 100.0
    assert display.time_left(tasks + tasks[1:2], [100.0, 100.0, 60.0, 30.0], 2) == 100.0
    assert display.time_left(tasks + tasks[1:2], [0.0, 30.0, 30.0, 30.0], 2) == 60.0  # not 45
    assert display.time_left(tasks, [100.0, None, 100.0], 2) is None
    assert display.time_left(tasks, [100.0] * 3, 0) is None
    assert [display.duration(seconds) for seconds in (None, 40, 700, 3900)] == [
        "unknown", "40 s", "12 min", "1 h 05 min"]


def test_cores_are_shared_out():
    assert split_cores([0, 1, 2, 3, 4], 2) == [[0, 1], [2, 3, 4]]
    assert split_cores([3, 5], 3) == [[3], [5], [3]]
    assert candidates(1) == [1] and candidates(6) == [1, 2, 4, 6] and candidates(8) == [1, 2, 4, 8]


def test_a_trial_only_trains_and_finds_its_files_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = trial_words(["--datapath=data", "--pixels=64", "--init_from="])
    assert words[0] == "--datapath=" + str(tmp_path / "data") and words[2] == "--init_from="
    assert "--keep_every=0" in words and words[-1] == "--name=trial"
