"""What verdicts rest on: lost and collapsed runs, planned looks, and what lies beyond a plan."""
import numpy as np

from utils.report.verdicts import Outcome, Rules, judge
from utils.statistics.looks import Looks

_TROUBLE = "lost: the loss is nan at step 12"


def _runs(scores, trouble=()):
    return tuple(Outcome((seed,) * 3, f"r{seed}", 0.0 if seed in trouble else score,
                         _TROUBLE if seed in trouble else "")
                 for seed, score in enumerate(scores, 1))


def _judge(a, b, rules=None):
    return judge([a, b], [(0, 1)], rules or Rules(.01, .95))[0]


GOOD, BAD = [.60, .603, .601, .604, .602], [.57, .573, .571, .574, .572]


def test_a_verdict_on_survivors_alone_is_none():
    assert _judge(_runs(GOOD), _runs(BAD)).verdict.word == "A better"
    found = _judge(_runs(GOOD, trouble=(2, 5)), _runs(BAD)).verdict
    assert found.word == "inconclusive"
    assert found.why.startswith(
        "without 2 lost runs of A (r2: the loss is nan at step 12; r5: the loss is nan at step "
        "12): A better, 2.97 points over 3 + 5 seeds (p = .003); with them, a lost run counting as "
        "0: inconclusive, 21.10 points (p = ")


def test_where_nearly_all_are_lost_the_other_is_better():
    found = _judge(_runs(GOOD, trouble=(1, 2, 3, 4)), _runs(BAD)).verdict
    assert found.word == "B better" and found.why.startswith("without 4 lost runs of A")
    assert "): no verdict, 1 and 5 runs" in found.why


def test_lost_runs_that_change_nothing_are_named():
    found = _judge(_runs(BAD, trouble=(1, 2, 3, 4)), _runs(GOOD)).verdict
    assert found.word == "B better" and "4 lost runs of A" in found.why


def test_collapsed_runs_are_named_with_their_score():
    collapsed = tuple(list(_runs(GOOD)[:4]) + [Outcome((5,) * 3, "r5", .05, "collapsed")])
    found = _judge(collapsed, _runs(BAD)).verdict
    assert found.word == "inconclusive" and "without 1 collapsed run of A (r5): A " in found.why
    assert "; with it: inconclusive, 8." in found.why


def test_one_seed_in_ten_that_collapses_makes_no_false_claims():
    """Equal configurations; survivors alone and all runs are both tested at their level."""
    random, claims = np.random.RandomState(0), []
    for _ in range(300):
        both = []
        for _ in "ab":
            gone = random.random_sample(5) < .1
            both.append(tuple(Outcome((seed,) * 3, "r", .05 if lost else .6 + .01 * score,
                                      "collapsed" if lost else "")
                              for seed, (score, lost) in enumerate(
                                  zip(random.standard_normal(5), gone))))
        claims.append(_judge(*both).verdict.word.endswith("better"))
    assert np.mean(claims) < .09


LOOKS = Rules(.01, .95, Looks((3, 6)), lambda seeds: seeds[0] - 1)


def test_before_the_first_look_there_is_no_verdict():
    found = _judge(_runs(GOOD[:2]), _runs(BAD[:2]), LOOKS)
    assert found.look is None and found.verdict.word == "no verdict"
    assert found.verdict.why == "the first planned look is at 3 seeds of each; there are 2 + 2"


def test_between_looks_the_runs_that_are_too_many_wait():
    found = _judge(_runs([.60, .62, .61, .612, .609]), _runs([.59, .60, .585, .588, .59]), LOOKS)
    assert found.look == 0 and found.runs == (3, 3) and not found.verdict.decided
    assert "the level at this look being ." in found.verdict.why


def test_the_order_is_that_of_the_plan_and_not_of_the_list():
    a, b = _runs([.60, .601, .602, .1, .1]), _runs(BAD)
    assert _judge(a[::-1], b, LOOKS).verdict.word == "A better"


def test_what_an_early_look_decided_stays():
    early, late = [.62, .621, .622], [.5, .5, .5]
    found = _judge(_runs(early + late), _runs(BAD + [.57]), LOOKS)
    assert found.look == 0 and found.verdict.word == "A better"


def test_the_second_look_decides_what_the_first_left_open():
    found = _judge(_runs([.60, .62, .61, .612, .609, .611]),
                   _runs([.59, .60, .585, .588, .59, .589]), LOOKS)
    assert found.look == 1 and found.runs == (6, 6) and found.verdict.word == "A better"


def test_all_looks_together_keep_the_level():
    random, rules, claims = np.random.RandomState(1), Rules(.001, .95, Looks((3, 4, 6))), []
    for _ in range(400):
        a, b = (_runs(.6 + .01 * random.standard_normal(6)) for _ in "ab")
        claims.append(_judge(a, b, rules).verdict.word.endswith("better"))
    assert np.mean(claims) < .083  # .05 and three standard errors


def test_all_pairs_at_all_looks_keep_the_level():
    random, claims = np.random.RandomState(2), []
    pairs = [(i, j) for j in range(4) for i in range(j)]
    for _ in range(100):
        runs = [_runs(.6 + .01 * random.standard_normal(6)) for _ in range(4)]
        claims.append(any(one.verdict.word.endswith("better")
                          for one in judge(runs, pairs, Rules(.001, .95, Looks((3, 6))))))
    assert np.mean(claims) < .12
