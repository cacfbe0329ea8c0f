"""Batches of one size, bounded look-ahead, order."""
import itertools

import numpy as np
import pytest

from utils.evaluate.batching import equal_batches, in_order


def batches(text, batch_size, look_ahead):
    """Batches of letters, each of one byte."""
    return ["".join(batch) for batch in equal_batches(
        text, str.upper, batch_size, lambda letter: 1, look_ahead)]


def test_batches_are_of_one_key_and_leave_when_full():
    assert batches("aAbacBA", 2, 100) == ["aA", "bB", "aA", "c"]
    assert batches("abcabc", 2, 100) == ["aa", "bb", "cc"]
    assert batches("abc", 1, 0) == ["a", "b", "c"] and batches("", 4, 9) == []


def test_nobody_waits_for_longer_than_the_look_ahead():
    assert batches("xaaaabbbbxx", 2, 4) == ["aa", "aa", "x", "bb", "bb", "xx"]
    assert batches("xaaaabbbbxx", 2, 99) == ["aa", "aa", "bb", "bb", "xx", "x"]
    # However small it is, a batch of one size that comes in a row is not torn.
    assert batches("aaaabbbb", 4, 0) == ["aaaa", "bbbb"]


@pytest.mark.parametrize("look_ahead", [0, 5, 40])
def test_all_come_once_and_few_are_held(look_ahead):
    text = "".join(np.random.RandomState(0).choice(list("abcdef"), 300))
    taken = itertools.count()
    stream = ((next(taken), letter) for letter in text)
    found, pulled = [], 0
    for batch in equal_batches(stream, lambda pair: pair[1], 4, lambda pair: 1, look_ahead):
        assert len({letter for _, letter in batch}) == 1 and len(batch) <= 4
        found += batch
        pulled = max(place for place, _ in found)
        oldest = next(place for place in itertools.count() if (place, text[place:place + 1])
                      not in found) if len(found) < len(text) else len(text)
        assert pulled - oldest <= max(look_ahead, 4) + 1
    assert sorted(found) == list(enumerate(text))


def test_results_come_back_in_order():
    assert list(in_order([(2, "c"), (0, "a"), (1, "b"), (3, "d")])) == list("abcd")
    results = in_order(iter([(0, "a"), (5, "f")]))
    assert next(results) == "a"  # at once, before the next is there
    assert list(results) == []
