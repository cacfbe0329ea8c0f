"""Verdicts of families: levels, Holm's correction of both claims, and what the words say."""
import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from utils.statistics.verdicts import judge, judge_family, over_seeds, p_text


def _fixed(alpha=.05):
    return lambda left: alpha / left


def _pairs(scores, margin=.01):
    return [over_seeds(a, b, margin) for i, a in enumerate(scores) for b in scores[:i]]


def test_p_is_holms():
    random = np.random.RandomState(0)
    found = _pairs(random.normal(.6, .01, (4, 5)) + [[0], [0], [.01], [.03]])
    expected = multipletests([one.claim.p for one in found], method="holm")[1]
    verdicts = judge_family(found, _fixed())
    assert [one.p for one in verdicts] == pytest.approx(list(expected))
    assert [one.word in ("A better", "B better") for one in verdicts] == list(expected < .05)


def test_a_real_and_small_difference_that_holm_does_not_bear_is_equivalent():
    """p .035 alone, Holm's .106, and equivalent beyond doubt."""
    a = np.array([.6000, .6010, .6020, .6008, .6015])
    found = [over_seeds(a, a - .0012), over_seeds(a, a - .0001), over_seeds(a, a + .0002)]
    assert .02 < found[0].claim.p < .05
    first, *_ = judge_family(found, _fixed())
    assert first.word == "equivalent" and first.p > .05
    assert "within +-1.00 points (equivalence p < .001 after Holm's correction for 3" in first.why
    assert judge(found[0], .05).word.endswith("better")
    assert "real, and too small to matter" in judge(found[0], .05).why


def test_the_reason_of_inconclusive_names_both_p():
    a = np.array([.60, .61, .62, .608, .615])
    found = [over_seeds(a, a - .012), over_seeds(a, a - .001), over_seeds(a, a + .002)]
    first, *_ = judge_family(found, _fixed())
    assert first.word == "inconclusive"
    assert "after Holm's correction for 3 pairs, p = .0" in first.why and " alone)" in first.why


@pytest.mark.parametrize("sd", [.002, .005, .02])
def test_any_false_claim_among_all_pairs_keeps_the_level(sd):
    """Two pairs of equal configurations a margin apart: claims of a difference within the twins,
    and of equivalence across them, are both false."""
    random, wrong = np.random.RandomState(int(1000 * sd)), []
    for _ in range(250):
        scores = random.normal(.6, sd, (4, 5)) + [[0], [0], [.01], [.01]]
        verdicts = judge_family(_pairs(scores), _fixed())
        twins = [i // 2 == j // 2 for i in range(4) for j in range(i)]
        wrong.append((any(one.word.endswith("better")
                          for one, twin in zip(verdicts, twins) if twin),
                      any(one.word == "equivalent"
                          for one, twin in zip(verdicts, twins) if not twin)))
    assert (np.mean(wrong, 0) < .092).all()  # .05 and three standard errors


def test_decided_pairs_leave_the_family_of_their_claim():
    random = np.random.RandomState(3)
    found = _pairs(random.normal(.6, .01, (3, 5)) + [[0], [.008], [.02]])[:1]
    alone, = judge_family(found, _fixed())
    others, = judge_family(found, _fixed(), p_decided=2)
    waiting, = judge_family(found, _fixed(), others=2)
    assert others.p == alone.p and waiting.p == pytest.approx(min(3 * alone.p, 1))
    assert others.tost_p == pytest.approx(min(3 * alone.tost_p, 1))


def test_pairs_that_can_make_no_claim_do_not_count():
    random = np.random.RandomState(3)
    found = _pairs(random.normal(.6, .01, (2, 5)) + [[0], [.008]])
    single = [over_seeds([.6], [.5, .51]), over_seeds([.6, .6], [.5, .5])]
    alone, = judge_family(found, _fixed())
    first, *others = judge_family(found + single, _fixed())
    assert first.p == alone.p and {one.word for one in others} == {"no verdict"}


def test_a_failed_step_ends_holms_steps_where_levels_are_uneven():
    a = np.array([.60, .61, .62, .608, .615])
    found = [over_seeds(a, a - .02), over_seeds(a, a - .018)]
    levels = {2: 1e-9, 1: .9}
    assert [one.word for one in judge_family(found, levels.get)] == ["inconclusive"] * 2


def test_no_verdict_of_single_runs_and_of_runs_that_agree():
    assert judge(over_seeds([.6], [.5, .51]), .05).word == "no verdict"
    same = judge(over_seeds([.6, .6, .6], [.5, .5]), .05)
    assert same.word == "no verdict" and "exactly alike" in same.why


def test_words_of_p():
    assert [p_text(p) for p in (.0004, .001, .0461, .5, 1.0)] == [
        "p < .001", "p = .001", "p = .046", "p = .500", "p = 1.000"]
