"""The freeze point by hand, and on pure noise."""
import numpy as np
import pytest

from utils.statistics.checkpoints import freeze_point


def test_by_hand():
    validation = [[.50, .56, .53], [.60, .61, .65]]
    test = [[.48, .50, .52], [.60, .58, .62]]
    point = freeze_point(validation, test, [100, 200, 300])
    assert point.picked.tolist() == [1, 2]
    assert point.sd_validation == pytest.approx([.03, np.std([.60, .61, .65], ddof=1)])
    assert point.pooled_test == pytest.approx(.02)
    assert point.gain_validation.mean == pytest.approx((.03 + .03) / 2)
    assert point.gain_test.mean == pytest.approx((0 + .02) / 2)
    assert point.optimism.mean == pytest.approx((.03 + .01) / 2)
    assert point.loss.mean == pytest.approx((.02 + 0) / 2)
    assert point.picked_minus_last_validation.mean == pytest.approx(.03 / 2)
    assert point.picked_minus_last_test.mean == pytest.approx(-.02 / 2)
    assert point.optimism.n == 2


def test_picking_among_noise_promises_what_the_test_does_not_keep():
    random = np.random.RandomState(0)
    noise = random.standard_normal((2, 3000, 5))
    point = freeze_point(noise[0], noise[1], np.arange(5))
    assert point.gain_validation.mean == pytest.approx(1.163, abs=.05)
    assert point.gain_test.mean == pytest.approx(0, abs=.05)
    assert point.optimism.mean == pytest.approx(1.163, abs=.07)
    assert abs(point.correlation) < .03
    same = freeze_point(noise[0], noise[0], np.arange(5))
    assert same.optimism.mean == 0 == same.loss.mean and same.correlation == pytest.approx(1)


def test_the_earliest_of_equals_and_no_spread():
    point = freeze_point([[.5, .5, .5]], [[.4, .4, .4]], [1, 2, 3])
    assert point.picked.tolist() == [0] and point.pooled_test < 1e-15
    assert np.isnan(point.correlation) and np.isnan(point.lag1_test)
    assert point.optimism.mean_interval is None


@pytest.mark.parametrize("validation,test,steps", [
    (np.ones((2, 3)), np.ones((2, 4)), [1, 2, 3]), (np.ones((2, 3)), np.ones((2, 3)), [1, 2]),
    (np.ones((2, 2)), np.ones((2, 2)), [1, 2]), (np.ones(3), np.ones(3), [1, 2, 3])])
def test_refuses_other_shapes(validation, test, steps):
    with pytest.raises(ValueError, match="expected"):
        freeze_point(validation, test, steps)
