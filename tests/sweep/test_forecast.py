"""Hours and detectable differences before anything starts, from the runs that there are."""
import dataclasses

import numpy as np
import pytest

from tests.sweep.plans import make_folder, planned
from utils.evaluate.results import Result, save_result
from utils.sweep import display, scheduler
from utils.sweep.forecast import past_runs, seconds_for, seed_sd
from utils.sweep.jobs import candidates, trial_words
from utils.sweep.local import split_cores


def store_test(folder, miou):
    """A test of two classes whose IoUs are both `miou`."""
    hit = int(round(1000 * miou))
    matrix = np.array([[[hit, (1000 - hit) // 2], [(1000 - hit) - (1000 - hit) // 2, hit]]])
    save_result(folder.test, "test", Result(
        "test", ("a", "b"), ("image",), np.array([[1, 1]], np.int32), matrix))


def test_hours_of_the_same_configuration_else_of_the_same_extractor(tmp_path):
    make_folder(tmp_path, "a__1", "finished", seed=1)
    make_folder(tmp_path, "b__1", "failed", seed=2)
    past = past_runs(str(tmp_path))
    assert len(past) == 1 and seconds_for(planned(seed=5), past) == pytest.approx(100)
    longer = dataclasses.replace(planned(batch_size=4), total_steps=30)
    assert seconds_for(longer, past) == pytest.approx(300)
    assert seconds_for(planned(basenet="resnet_v1_18"), past) is None


def test_a_run_without_heartbeat_took_from_begin_to_end(tmp_path):
    folder = make_folder(tmp_path, "a__1", "finished")
    (tmp_path / "a__1" / "heartbeat").unlink()
    assert past_runs(str(tmp_path))[0].seconds == 3600.0 and folder.heartbeat_step() == 0


def test_the_sd_over_seeds_is_pooled_over_configurations(tmp_path):
    for name, seed, miou, rate in (("a__1", 1, .50, 1e-3), ("a__2", 2, .52, 1e-3),
                                   ("b__1", 1, .60, 1e-4), ("b__2", 2, .66, 1e-4),
                                   ("c__1", 1, .10, 1.0)):
        store_test(make_folder(tmp_path, name, "finished", seed=seed, learnrate=rate), miou)
    runs = [planned(), planned(learnrate=1e-4), planned(learnrate=1.0)]
    sd, freedom = seed_sd(runs, past_runs(str(tmp_path)))
    assert freedom == 2 and sd == pytest.approx(np.sqrt((.0002 + .0018) / 2), abs=1e-3)
    assert seed_sd([planned(learnrate=1.0)], past_runs(str(tmp_path))) == (None, 0)


def test_time_left_counts_what_running_runs_have_done():
    tasks = [scheduler.Task(planned(seed=seed)) for seed in (1, 2, 3)]
    tasks[0].status = scheduler.DONE
    assert display.time_left(tasks, [100.0] * 3, 2) == 100.0
    assert display.time_left(tasks, [100.0, None, 100.0], 2) is None
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
