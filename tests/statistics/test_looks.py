"""Planned looks: levels against tables, and false claims of Welch's test against them, counted."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics.look_trials import LookTrials
from utils.statistics.looks import Looks, beyond, type_one
from utils.statistics.seed_tests import welch

EVERY = tuple(range(3, 13))


@pytest.mark.parametrize("looks, rate", [(1, .050), (2, .083), (3, .107), (4, .126), (5, .142),
                                         (10, .193), (20, .248)])
def test_repeated_looks_at_5_percent(looks, rate):
    """Armitage, McPherson & Rowe 1969; table 2.1 of Jennison & Turnbull 2000."""
    counts = [10 * number for number in range(1, looks + 1)]
    assert type_one(counts, [.05] * looks) == pytest.approx(rate, abs=6e-4)


@pytest.mark.parametrize("looks, bound", [(2, 2.178), (3, 2.289), (5, 2.413), (10, 2.555)])
def test_pocock_bounds(looks, bound):
    """Table 2.1 of Jennison & Turnbull 2000."""
    level = 2 * stats.norm.sf(bound)
    counts = [10 * number for number in range(1, looks + 1)]
    assert type_one(counts, [level] * looks) == pytest.approx(.05, abs=1e-4)


def test_obrien_fleming_bounds():
    """The bounds 2.797 and 1.977 of two looks, table 2.3 of Jennison & Turnbull 2000."""
    assert type_one((10, 20), 2 * stats.norm.sf([2.797, 1.977])) == pytest.approx(.05, abs=1e-4)


def test_an_extra_look_costs_what_it_costs():
    assert beyond((5,), (.05,), 10) == pytest.approx(.083, abs=5e-4)
    assert beyond((3,), (.05,), EVERY[1:]) == pytest.approx(.163, abs=1e-3)
    levels = Looks((5, 10)).levels()
    assert beyond((5, 10), levels, 20) > beyond((5, 10), levels, 10) > .05
    assert beyond((5, 10), levels, 7) == type_one((5, 7, 10), (levels[0], .05, levels[1]))


def test_levels_grow_with_the_seeds_or_are_all_the_same():
    late = Looks((5, 10)).levels()
    assert late[0] == pytest.approx(.0055, abs=2e-4) and late[1] == pytest.approx(.0472, abs=8e-4)
    assert len(set(Looks(EVERY, "pocock").levels())) == 1
    assert Looks((5,)).levels(.1) == (.1,) and Looks((1,)).levels() == (.05,)
    many = Looks((2, 40, 1000)).levels()
    assert many[0] < 1e-6 and .04 < many[2] < .05001


@pytest.mark.parametrize("seeds", [(), (5, 5), (10, 5), (0,), (1, 5)])
def test_what_no_looks_are(seeds):
    with pytest.raises(ValueError):
        Looks(seeds)
    with pytest.raises(ValueError, match="expected one of obrien_fleming, pocock"):
        Looks((5, 10), "haybittle")


def drawn_p(seeds, trials, draw, seed):
    """[looks, trials] p of Welch's test of scores that are drawn one by one."""
    random = np.random.RandomState(seed)
    a, b = (draw(random, (trials, seeds[-1]), side) for side in (0, 1))
    return np.array([stats.ttest_ind(a[:, :count], b[:, :count], axis=1, equal_var=False)[1]
                     for count in seeds])


def normal(ratio):
    return lambda random, shape, side: random.standard_normal(shape) * (1, ratio)[side]


def lognormal(random, shape, side):
    return np.exp(.5 * random.standard_normal(shape))


#: Looks that people take, with the worst rate allowed: 5.5 % for spreads of 1:1 and 1:3 and three
#: standard errors of the count.
SETTINGS = [((5, 10), "obrien_fleming"), ((5, 10), "pocock"), (EVERY, "pocock"),
            (EVERY, "obrien_fleming"), ((2, 4, 6), "obrien_fleming"), ((3, 5), "obrien_fleming"),
            ((3, 5), "pocock")]
TRIALS = 20000


@pytest.mark.parametrize("seeds, spending", SETTINGS)
def test_false_claims_of_all_looks_together(seeds, spending):
    levels = np.array(Looks(seeds, spending).levels())[:, np.newaxis]
    for draw in (normal(1), normal(3), lognormal):
        rate = (drawn_p(seeds, TRIALS, draw, seed=3) < levels).any(0).mean()
        assert rate < .055 + 3 * np.sqrt(.055 * .945 / TRIALS)


def test_seeds_added_until_p_is_small_claim_falsely():
    rate = (drawn_p(EVERY, TRIALS, normal(1), seed=4) < .05).any(0).mean()
    assert rate == pytest.approx(.162, abs=.01)


def test_drawn_moments_are_those_of_drawn_scores():
    """The short way to Welch's p of growing samples has the distribution of the long one."""
    seeds = (2, 3, 7)
    short, long = LookTrials(seeds, 20000, 3.0, seed=5).p(), drawn_p(seeds, 20000, normal(3), 6)
    for one, other in zip(short, long):
        for quantile in (.01, .05, .5):
            error = np.sqrt(2 * quantile * (1 - quantile) / 20000)
            assert (one < quantile).mean() == pytest.approx(
                (other < quantile).mean(), abs=4 * error)
    assert np.corrcoef(short[1], short[2])[0, 1] == pytest.approx(
        np.corrcoef(long[1], long[2])[0, 1], abs=.02)


def test_p_is_that_of_the_verdict():
    random = np.random.RandomState(7)
    a, b = random.standard_normal((2, 5))
    assert stats.ttest_ind(a, b, equal_var=False)[1] == pytest.approx(welch(a, b).p)


def test_power_and_the_seeds_that_it_takes():
    """Two looks have the power of ten seeds at once, and fewer seeds the larger the difference."""
    looks, once = Looks((5, 10)), Looks((10,))
    for effect, power, mean_seeds in ((1.0, .545, 9.8), (1.5, .877, 9.3), (2.0, .987, 8.5)):
        found, seeds = looks.power(effect)
        assert found == pytest.approx(power, abs=.01) and seeds == pytest.approx(mean_seeds, abs=.1)
        assert found > once.power(effect)[0] - .02
    assert looks.detectable_difference() == pytest.approx(1.35, abs=.02)
    found, seeds = Looks(EVERY, "pocock").power(1.5)
    assert found == pytest.approx(.84, abs=.015) and seeds == pytest.approx(7.9, abs=.15)
