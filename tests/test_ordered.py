"""Work ahead of its use: in order, with its errors, and cancelled where nobody waits for it."""
import concurrent.futures
import threading

import pytest

from utils.ordered import ordered_map, run_ahead


def test_work_runs_ahead_and_keeps_its_order():
    taken = []

    def tasks():
        for task in range(6):
            taken.append(task)
            yield task
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = run_ahead(pool, lambda task: task * task, tasks(), 2)
        assert next(results) == (0, 0) and taken == [0, 1, 2]
        assert list(results) == [(task, task * task) for task in range(1, 6)]


def test_an_error_in_the_work_is_raised():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with pytest.raises(ZeroDivisionError):
            list(run_ahead(pool, lambda task: 1 // task, [2, 1, 0, 1], 1))


def test_work_that_nobody_waits_for_is_cancelled():
    begun, gate = [], threading.Event()

    def work(task):
        begun.append(task)
        if task:
            gate.wait(10)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        results = run_ahead(pool, work, range(9), 5)
        next(results)
        results.close()
        gate.set()
    assert set(begun) <= {0, 1}


def test_ordered_map_keeps_order_and_raises():
    assert list(ordered_map(lambda number: number * number, range(50), 3)) == [
        number * number for number in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(ordered_map(lambda number: 1 // number, [1, 0, 2], 2))


def test_ordered_map_that_nobody_waits_for_is_cancelled():
    begun, gate = [], threading.Event()

    def work(task):
        begun.append(task)
        return task == 0 or gate.wait(.2)
    results = ordered_map(work, range(9), 1)
    next(results)
    results.close()
    assert set(begun) <= {0, 1}
