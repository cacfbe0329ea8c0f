"""ARMBench's rule at and around its threshold."""
import numpy as np
import pytest

from utils.measures.over_under import count_parts, lies_within


@pytest.mark.parametrize("shared, area, lies", [
    (8, 10, False), (9, 10, True), (80, 100, False), (81, 100, True), (4, 5, False), (5, 5, True),
    (1, 1, True), (1600000000, 2000000000, False), (1600000001, 2000000000, True)])
def test_exactly_80_percent_do_not_count(shared, area, lies):
    assert lies_within(np.array([shared], np.int32), np.array([area], np.int32)).tolist() == [lies]


def test_parts_of_each_region():
    whole = np.array([0, 0, 0, 2, 2])
    part_area, shared = np.array([10, 10, 10, 5, 5]), np.array([9, 10, 8, 5, 4])
    assert count_parts(whole, part_area, shared, 4).tolist() == [2, 0, 1, 0]
