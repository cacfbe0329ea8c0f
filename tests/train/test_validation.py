"""Which images a run shows of itself."""
import pytest

from utils.train.validation import spread


@pytest.mark.parametrize("count, expected", [
    (101, [16, 50, 84]), (5, [0, 2, 4]), (3, [0, 1, 2]), (2, [0, 1]), (1, [0])])
def test_sample_pictures_are_spread_over_the_split(count, expected):
    assert spread(count, 3) == expected
