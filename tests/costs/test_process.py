"""Calls in processes of their own: values, errors, deaths, memory."""
import pytest

from tests.costs import plain_calls
from utils.costs import memory
from utils.costs.process import Failed, call, one_line
from utils.errors import UserError

_GIGABYTE = 10 ** 9


def test_gives_the_value_and_keeps_what_is_printed_apart():
    assert call(plain_calls.add, 2, 3, limit=_GIGABYTE) == 5


@pytest.mark.parametrize("function, reason", [
    (plain_calls.fail, "^KeyError: 'no such thing'$"),
    (plain_calls.run_out_of_memory, "^does not fit into memory$"),
    (plain_calls.be_killed, "^does not fit into memory: ended by the system$"),
    (plain_calls.die, "^ended by SIGABRT: std::bad_alloc$")])
def test_a_failure_is_one_line(function, reason):
    with pytest.raises(Failed, match=reason):
        call(function, limit=_GIGABYTE)


def test_a_process_that_grows_beyond_the_limit_is_ended():
    with pytest.raises(Failed, match="^does not fit into memory: more than 0.1 GB$"):
        call(plain_calls.hold, 400, limit=.1 * _GIGABYTE)


def test_its_peak_is_its_own_and_not_that_of_the_caller():
    held = bytearray(200 * 2 ** 20)
    before = call(memory.peak_bytes, limit=_GIGABYTE)
    assert before < 100 * 2 ** 20 < len(held) < memory.peak_bytes()
    grown = call(plain_calls.peak_after_growing, 150, limit=_GIGABYTE)
    assert 150 * 2 ** 20 < grown < 250 * 2 ** 20


def test_a_users_mistake_keeps_its_own_words():
    assert one_line(UserError("--align: unknown")) == "--align: unknown"
    assert one_line(ValueError("a\nb")) == "ValueError: a"
    assert one_line(ValueError()) == "ValueError: "


def test_what_a_system_without_proc_tells(monkeypatch):
    in_proc = memory.peak_bytes(), memory.available_bytes()
    monkeypatch.setattr(memory, "_kilobytes", lambda path, name: None)
    # ru_maxrss may begin with the parent's, never below one's own.
    assert memory.peak_bytes() > .9 * in_proc[0]
    assert memory.available_bytes() >= in_proc[1]
