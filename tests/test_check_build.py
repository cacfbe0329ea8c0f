"""The check that an optimised build has to pass, on the build that the tests run with."""
import numpy as np
import pytest

from scripts import check_build
from utils.errors import UserError


def test_largest_difference_is_relative_to_the_norm():
    expected = [np.array([3.0, 4.0]), np.array([[2.0]])]
    values = [np.array([3.0, 4.5]), np.array([[2.1]])]
    assert check_build.largest_difference(values, expected) == pytest.approx(.1)


def test_this_build_passes(capsys):
    check_build.main([])
    assert "3 repetitions with the same bits" in capsys.readouterr().out


@pytest.mark.parametrize("repetitions, said", [
    ([[1.01]] * 3, "1.0e-02 off float64's"), ([[np.nan]] * 3, "nan off float64's"),
    ([[1.0], [1.0], [1 + 1e-6]], "does not repeat")])
def test_refuses_other_numbers_and_other_bits(monkeypatch, repetitions, said):
    single = [[np.float32(value) for value in values] for values in repetitions]
    monkeypatch.setattr(check_build, "compute",
                        lambda dtype, times: single if times == 3 else [[np.float64(1)]])
    with pytest.raises(UserError, match=said):
        check_build.main([])
