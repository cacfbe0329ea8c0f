"""Failed runs are counted with an interval."""
import pytest

from utils.statistics.failures import failure_rate


def test_wilson_by_hand():
    rate = failure_rate(1, 5)
    z = 1.959964 ** 2
    centre, half = (1 + z / 2) / (5 + z), (z * (.2 * .8 * 5 + z / 4)) ** .5 / (5 + z)
    assert rate.share == .2
    assert (rate.interval.low, rate.interval.high) == pytest.approx((centre - half, centre + half))


def test_none_of_five_does_not_mean_never():
    rate = failure_rate(0, 5)
    assert rate.share == rate.interval.low == 0
    assert rate.interval.high == pytest.approx(.434, abs=.001)
    assert failure_rate(5, 5).interval.high == pytest.approx(1)


@pytest.mark.parametrize("failed,total", [(-1, 5), (6, 5), (0, 0)])
def test_refuses(failed, total):
    with pytest.raises(ValueError, match="expected 0 <= failed <= total"):
        failure_rate(failed, total)
