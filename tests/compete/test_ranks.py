"""Which teams are told apart: a planted gap is, copies and equal teams are not."""
import itertools

import numpy as np
import pytest

from tests.report.synthetic import draw_matrices
from utils.compete.ranks import all_pairs, bracket_text, brackets, pair_p
from utils.statistics.miou import METRICS
from utils.statistics.verdicts import over_seeds

METRIC = METRICS["miou_d"]
#: Images of CamVid's test split.
IMAGES = 233


def team(seed, quality=.8, runs=1, images=IMAGES, spread=.005, classes=11):
    return METRIC.parts(np.stack([draw_matrices(100 * seed + run, quality, images, classes,
                                                spread=spread) for run in range(runs)]))


def mean(parts):
    return float(METRIC.score(parts.sum(-2)).mean())


@pytest.mark.parametrize("runs", [1, 3])
def test_a_gap_of_five_points_is_told_apart_at_233_images(runs):
    for seed in range(3):
        better = team(seed, .8, runs)
        worse = min((team(50 + seed, quality, runs) for quality in np.arange(.762, .774, .002)),
                    key=lambda parts: abs(mean(better) - mean(parts) - .05))
        assert mean(better) - mean(worse) == pytest.approx(.05, abs=.003)
        scores = [mean(better), mean(worse)]
        assert brackets(scores, all_pairs([better, worse], METRIC.score)) == [(1, 1), (2, 2)]


@pytest.mark.parametrize("runs", [1, 3])
def test_two_copies_are_a_tie_whoever_else_is_there(runs):
    one, other = team(1, .8, runs), team(2, .6, runs)
    teams = [one, one.copy(), other]
    p = all_pairs(teams, METRIC.score)
    assert np.isnan(p[0, 1]) and p[0, 2] < .05
    assert brackets([mean(parts) for parts in teams], p) == [(1, 2), (1, 2), (3, 3)]


@pytest.mark.parametrize("runs", [1, 3])
def test_of_equal_teams_few_are_told_apart(runs):
    """Of three: Holm's first step. With seeds, each run has a quality of its own."""
    trials, wrong = 100, 0
    for trial in range(trials):
        teams = [team(10 * trial + k, .8, runs, 40, .02 if runs > 1 else 0., 3) for k in range(3)]
        wrong += 3 * min(pair_p(a, b, METRIC.score)
                         for a, b in itertools.combinations(teams, 2)) < .05
    assert wrong <= .11 * trials


def test_seeds_and_images_must_both_say_so():
    """Three nearly equal runs make Welch's test sure of nothing; the images are not fooled."""
    a, b = team(1, .8, 1, 30), team(2, .803, 1, 30)
    close = [np.repeat(parts, 3, 0) + np.arange(3).reshape(3, 1, 1) * 1e-3 for parts in (a, b)]
    runs = [METRIC.score(parts.sum(-2)) for parts in close]
    assert over_seeds(*runs).claim.p < 1e-3
    assert pair_p(*close, METRIC.score) == pytest.approx(pair_p(a, b, METRIC.score), rel=.01)
    spread = [team(seed, quality, 3, 200, .05) for seed, quality in ((3, .8), (4, .78))]
    runs = [METRIC.score(parts.sum(-2)) for parts in spread]
    assert pair_p(*spread, METRIC.score) >= over_seeds(*runs).claim.p > .05


def test_brackets_by_hand():
    p = np.full((4, 4), np.nan)
    p[0, 2] = p[2, 0] = p[0, 3] = p[3, 0] = p[1, 3] = p[3, 1] = .01
    p[0, 1] = p[1, 0] = p[2, 3] = p[3, 2] = .06
    found = brackets([.9, .85, .8, .7], p)
    assert found == [(1, 2), (1, 3), (2, 4), (3, 4)]
    assert [bracket_text(one) for one in found[:2] + [(3, 3)]] == ["1-2", "1-3", "3"]
    assert brackets([.5], np.full((1, 1), np.nan)) == [(1, 1)]
