"""Variance shares against a textbook design; best of n by brute force."""
import itertools

import numpy as np
import pytest

from utils.statistics.importance import best_of_k_inflation, expected_best_of_n, variance_shares


def test_one_factor_by_hand():
    # Groups 1 2 3 | 4 5 6 | 8 9 10: SS between 74, within 6 (6 degrees), total 80.
    shares = variance_shares({"learnrate": [1] * 3 + [2] * 3 + [3] * 3},
                             [1, 2, 3, 4, 5, 6, 8, 9, 10])
    assert shares.factors["learnrate"] == pytest.approx((74 - 2 * 1) / (80 + 1))
    assert shares.interactions == pytest.approx(0, abs=1e-9)
    assert shares.rest == pytest.approx(1 - 72 / 81)
    assert (shares.runs, shares.error_degrees) == (9, 6)


def test_two_crossed_factors_with_an_interaction_by_hand():
    # Cell means 0, 2, 2, 8 of two runs +-1 each: SS A 32, B 32, A x B 8, within 8 (4 degrees).
    first, second = [0] * 4 + [1] * 4, [0, 0, 1, 1] * 2
    shares = variance_shares({"a": first, "b": second}, [-1, 1, 1, 3, 1, 3, 7, 9])
    assert shares.factors == {"a": pytest.approx(30 / 82), "b": pytest.approx(30 / 82)}
    assert shares.interactions == pytest.approx(6 / 82)
    assert shares.rest == pytest.approx(16 / 82)


def test_without_repeats_interactions_are_part_of_the_rest():
    shares = variance_shares({"a": [0, 0, 1, 1], "b": ["x", "y", "x", "y"]}, [0, 1, 4, 5.5])
    assert np.isnan(shares.interactions) and shares.error_degrees == 1
    assert shares.factors["a"] > .9 > .1 > shares.factors["b"]
    assert shares.rest == pytest.approx(1 - sum(shares.factors.values()))


def test_holes_in_the_grid_do_not_blame_the_wrong_factor():
    # Only a matters; b goes along with it in four runs of five.
    a = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1] * 2)
    b = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 0] * 2)
    scores = a + .1 * np.random.RandomState(0).normal(size=20)
    shares = variance_shares({"a": a.tolist(), "b": b.tolist()}, scores)
    assert abs(shares.factors["b"]) < .01 and shares.factors["a"] > .5


def test_a_factor_that_does_nothing_has_no_share_on_average():
    random = np.random.RandomState(1)
    found = [variance_shares({"idle": [0, 0, 0, 1, 1, 1, 2, 2, 2]}, random.normal(size=9))
             .factors["idle"] for _ in range(600)]
    # Uncorrected (eta squared) it would be .25.
    assert abs(np.mean(found)) < .03


@pytest.mark.parametrize("levels,scores,message", [
    ({"a": [0, 1, 2]}, [1, 2, 3], "2 seeds"), ({"a": [0, 0, 1, 1]}, [1, 1, 1, 1], "no spread"),
    ({"a": [0, 1]}, [1, 2, 3], "a: 2 values for 3 runs")])
def test_variance_shares_refuse(levels, scores, message):
    with pytest.raises(ValueError, match=message):
        variance_shares(levels, scores)


def test_best_of_n_by_brute_force():
    scores = [.61, .64, .58, .70, .61]
    for n in range(1, 6):
        best = np.mean([max(chosen) for chosen in itertools.combinations(scores, n)])
        assert expected_best_of_n(scores, n) == pytest.approx(best)
    assert expected_best_of_n(scores, 1) == pytest.approx(np.mean(scores))
    np.testing.assert_allclose(expected_best_of_n(scores, [1, 5]), [np.mean(scores), .70])


def test_best_of_n_is_unbiased_where_drawing_with_replacement_is_not():
    random = np.random.RandomState(2)
    samples = random.standard_normal((6000, 6))
    ours = np.mean([expected_best_of_n(row, 5) for row in samples])
    chance = np.diff((np.arange(7) / 6) ** 5)
    theirs = (np.sort(samples, 1) * chance).sum(1).mean()
    assert ours == pytest.approx(best_of_k_inflation(5), abs=.03)
    assert theirs < best_of_k_inflation(5) - .1


@pytest.mark.parametrize("n", [0, 6, [1, 6]])
def test_best_of_more_than_there_are_is_refused(n):
    with pytest.raises(ValueError, match=r"expected 1..5"):
        expected_best_of_n([1, 2, 3, 4, 5], n)


@pytest.mark.parametrize("k,sds", [(1, 0), (2, np.pi ** -.5), (3, .85), (5, 1.16), (10, 1.54)])
def test_best_of_k_inflates(k, sds):
    assert best_of_k_inflation(k) == pytest.approx(sds, abs=.005)


@pytest.mark.parametrize("b, overlap", [([0, 1] * 4, 0), ([0, 0, 0, 1, 1, 1, 1, 0], None),
                                        ([0, 0, 0, 0, 1, 1, 1, 1], None)])
def test_shares_add_up(b, overlap):
    scores = np.random.RandomState(3).normal(size=8) + [0, 0, 0, 0, 3, 3, 3, 3]
    shares = variance_shares({"a": [0, 0, 0, 0, 1, 1, 1, 1], "b": b}, scores)
    parts = sum(shares.factors.values()) + shares.overlap + np.nan_to_num(shares.interactions)
    assert parts == pytest.approx(shares.together)
    assert shares.together + shares.rest == pytest.approx(1)
    if overlap is not None:  # a grid without holes
        assert shares.overlap == pytest.approx(overlap, abs=1e-9)
    if b[:4] == [0] * 4:  # b is a: neither adds anything to the other
        assert max(map(abs, shares.factors.values())) < 1e-9 and shares.overlap > .5
