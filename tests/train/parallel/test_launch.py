"""How a process finds its place: alone, or by what horovodrun tells it."""
import os
import types

import pytest

from utils.train.parallel import launch
from utils.train.parallel.world import ALONE


def test_without_horovodrun_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("HOROVOD_SIZE", raising=False)
    assert launch.join() is ALONE
    monkeypatch.setenv("HOROVOD_SIZE", "1")
    assert launch.join() is ALONE


@pytest.mark.parametrize("cores, size, expected", [
    ([0, 1, 2, 3], 2, [[0, 2], [1, 3]]), ([4, 5], 2, [[4], [5]]), ([0], 2, [None, None]),
    ([0, 1], 1, [None])])
def test_processes_of_a_machine_share_its_cores(monkeypatch, cores, size, expected):
    taken = []
    monkeypatch.setattr(launch, "usable_cores", lambda: cores)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cores: taken.append(cores))
    for rank in range(size):
        before = len(taken)
        launch._take_cores(rank, size)
        assert (taken[before:] or [None]) == [expected[rank]]


def test_what_to_type_to_go_on():
    folder = types.SimpleNamespace(path="tmp/run__1")
    assert launch.resume_command(folder, types.SimpleNamespace(processes=1)) == \
        "python fcn_train.py --resume=tmp/run__1"
    assert launch.resume_command(folder, types.SimpleNamespace(processes=2)) == \
        "horovodrun --gloo -np 2 python fcn_train.py --resume=tmp/run__1"
