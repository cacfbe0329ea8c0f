"""Reading run folders: what they tell, and folders that cannot be read."""
import json
import math
import os
import shutil
import time

import pytest

from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report.collect import collect, find_folders, read_record


def test_a_record_tells_what_the_folder_does(tmp_path):
    path = write_run(tmp_path, "run__3", 3, draw_matrices(3), curve={10: .25, 20: None, 30: .5},
                     beat={"time": 5.0, "step": 40, "seconds": 1800.0})
    record = read_record(path)
    assert (record.name, record.seeds, record.seed_text) == ("run__3", (3, 3, 3), "3")
    assert (record.state, record.step, record.total_steps) == ("finished", 40, 100)
    assert record.hours == .5
    steps, values = zip(*record.curve())
    assert steps == (10, 20, 30)
    assert values[0] == .25 and math.isnan(values[1]) and values[2] == .5
    assert record.has("test") and not record.has("test_best")


def test_seeds_that_differ_are_named(tmp_path):
    record = read_record(write_run(tmp_path, "run__1", 1, seed_order=8))
    assert record.seed_text == "init 1, order 8, augment 1"


def test_without_heartbeat_hours_are_from_begin_to_end(tmp_path):
    record = read_record(write_run(tmp_path, "run__1", 1))
    assert record.hours == pytest.approx(1.5, abs=.001)
    assert record.step == 100


def test_a_silent_run_was_killed_and_a_live_one_runs(tmp_path):
    silent = write_run(tmp_path, "a", status="running", beat={"time": 1.0, "step": 3, "seconds": 1})
    alive = write_run(tmp_path, "b", status="running",
                      beat={"time": time.time(), "step": 3, "seconds": 1})
    assert read_record(silent).state == "killed"
    assert read_record(alive).state == "running"


def test_a_folder_of_another_framework_will_do(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "runargs").write_text(json.dumps({"basenet": "vgg_16", "fcn16": True}))
    record, = collect([str(tmp_path / "old")]).records
    assert (record.state, record.seed_text, record.hours, record.step) == ("", "-", None, None)


@pytest.mark.parametrize("name, text, words", [
    ("runargs", "{", "is not JSON"), ("runinfo", "[1", "is not JSON"),
    ("metrics.jsonl", "what\n", "metrics.jsonl: line 1 is damaged, not JSON"),
    ("metrics.jsonl", '{"loss": 1}\n', "line 1 is damaged, without 'step'"),
    ("metrics.jsonl", '[1]\n', "expected a JSON object, got [1]"),
    ("metrics.jsonl", '{"step": 1, "loss/total": "x"}\n', "a value is no number"),
    ("runinfo", '{"status": 3}', "'status' is 3, expected one of running"),
    ("runinfo", '{"begun": "2026-01-01"}', "expected a time with its zone"),
    ("runargs", '{"batch_size": 1.5}', "'batch_size': got 1.5, expected a whole number"),
    ("runargs", '{"momentum": 7}', "got 7, expected at most 0.9999"),
    ("runargs", "[]", "expected a JSON object"),
    ("runargs", '{"norm": "batch"}', "runargs has flags that are not known here, 'norm'")])
def test_a_corrupt_folder_is_named_and_left_out(tmp_path, name, text, words):
    good = write_run(tmp_path, "good")
    bad = write_run(tmp_path, "bad", 2)
    with open(os.path.join(bad, name), "w") as file:
        file.write(text)
    found = collect([str(tmp_path)])
    assert [record.folder.path for record in found.records] == [good]
    line, = found.notes
    assert line.startswith(f"left out: {bad}: ") and words in line and "\n" not in line


def test_a_folder_whose_runargs_are_gone_is_named(tmp_path):
    write_run(tmp_path, "good")
    os.remove(os.path.join(write_run(tmp_path, "bad", 2), "runargs"))
    line, = collect([str(tmp_path)]).broken
    assert "runargs is missing" in line


def test_a_copy_of_a_run_is_not_a_second_run(tmp_path):
    path = write_run(tmp_path / "here", "run__1")
    write_run(tmp_path / "here", "run__2", 2)
    os.makedirs(str(tmp_path / "there"))
    shutil.copytree(path, str(tmp_path / "there" / "run__1"))
    found = collect([str(tmp_path / "here"), str(tmp_path / "there")])
    assert len(found.records) == 2
    assert f"is a copy of {path}" in found.copies[0]


def test_two_runs_of_one_name_go_by_their_paths(tmp_path):
    paths = [write_run(tmp_path / where, "run__1", seed) for seed, where in enumerate("ab", 1)]
    assert [record.name for record in collect([str(tmp_path / "*")]).records] == paths


def test_folders_are_found_by_path_pattern_parent_and_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        write_run("tmp", f"run__{number}", number)
    (tmp_path / "tmp" / "README.md").write_text("no run")
    both = [os.path.join("tmp", "run__1"), os.path.join("tmp", "run__2")]
    for words in (["tmp"], ["tmp/*"], both, ["tmp/run__?", "tmp"], ["run__1", "run__2"]):
        assert find_folders(words) == both
    with pytest.raises(UserError, match="no runs at 'nowhere'"):
        find_folders(["nowhere"])


def test_what_a_shell_makes_of_a_star_is_taken(tmp_path):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    (tmp_path / "README.md").write_text("runs live here")
    (tmp_path / "sweeps" / "decoders").mkdir(parents=True)
    words = [str(entry) for entry in sorted(tmp_path.iterdir())]
    assert len(words) == 3 and find_folders(words) == [str(tmp_path / "a__1")]
    with pytest.raises(UserError, match="README.md': expected run folders"):
        find_folders([str(tmp_path / "README.md")])
    with pytest.raises(UserError, match="no runs at 'a__2'"):
        find_folders(words + ["a__2"])


def test_nothing_readable_is_an_error_with_the_reasons(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "runargs").write_text("{")
    with pytest.raises(UserError, match="no runs that can be read: left out: .*bad.* not JSON"):
        collect([str(tmp_path)])
