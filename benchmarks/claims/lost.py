"""Runs that are lost or collapse: what is seen of them, and what they do to means and verdicts."""
import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import SHOWN, Claim, Outcomes, Table, at_least, at_most, share, study
from benchmarks.claims.many import SD, outcomes
from benchmarks.claims.pairs import rule_p
from utils.report.verdicts import Rules, judge
from utils.statistics.failures import failure_rate
from utils.statistics.intervals import t_interval

#: How far below the others a collapsed run is, in sds over seeds: 25 points at a sd of .5 points.
DROP = 50.0
RULES = Rules(SD, .95)


def collapsing(trials: int, random: np.random.RandomState, runs: int, rate: float = .1) -> Outcomes:
    """One seed in 1 / rate collapses: what `runs` of them show."""
    collapsed = random.random_sample((trials, runs)) < rate
    values = scores.draw(random, trials, runs) - DROP * collapsed
    counts = collapsed.sum(1)
    alive = [values[row][~collapsed[row]] for row in range(trials)]
    kept = [t_interval(row) for row in alive if len(row) > 1]
    return {"unseen": share(counts == 0),
            "mean": share([t_interval(row).contains(-rate * DROP) for row in values]),
            "survivors": share([interval.contains(0.0) for interval in kept]),
            "wilson": share([failure_rate(count, runs).interval.contains(rate)
                             for count in counts])}


def judged(trials: int, random: np.random.RandomState, runs: int, lead: float = 0.0,
           rate_a: float = 0.0, rate_b: float = 0.0, lost: int = 0,
           kind: str = "collapsed") -> Outcomes:
    """Verdicts where runs are in trouble, with all runs counted and on the sound ones alone.

    Args:
      lead: of A's sound runs, in sds. rate_a, rate_b: share of seeds in trouble.
      lost: so many of A's runs, besides, its worst ones.
      kind: "collapsed", a score `DROP` sds below, or "lost", without a score.
    """
    found = []
    for _ in range(trials):
        a, b = np.sort(random.standard_normal(runs)) + lead, random.standard_normal(runs)
        bad = [random.random_sample(runs) < rate for rate in (rate_a, rate_b)]
        bad[0][:lost] = True
        alone = [values[~which] for values, which in zip((a, b), bad)]
        verdict = judge([outcomes(values - DROP * which, {
            int(index): kind for index in np.flatnonzero(which)})
            for values, which in zip((a, b), bad)], [(0, 1)], RULES)[0].verdict
        p = rule_p(*[values[np.newaxis] for values in alone])[0] if min(
            map(len, alone)) > 1 and lost < runs else 1.0
        ahead = alone[0].mean() > alone[1].mean() if min(map(len, alone)) else False
        found.append((verdict.word == "A better", verdict.word == "B better",
                      p < .05 and ahead, p < .05 and not ahead))
    found = np.array(found, bool)
    return {"better": share(found[:, 0]), "worse": share(found[:, 1]),
            "any": share(found[:, :2].any(1)), "alone better": share(found[:, 2]),
            "alone worse": share(found[:, 3]), "alone any": share(found[:, 2:].any(1))}


def _collapsing(runs):
    return study(collapsing, 10000, runs=runs)


def _judged(**settings):
    return study(judged, 1000, runs=5, **settings)


_EQUAL = _judged(rate_a=.1, rate_b=.1)
_ONE_SIDE = _judged(rate_a=.1)
_LOST = _judged(lead=3.0, lost=2, kind="lost: the loss is nan")
_WORST = _judged(lost=2, kind="lost: the loss is nan")
_HIDDEN = _judged(lead=3.0, rate_a=.1)


CLAIMS = (
    Claim("lost.unseen-5", "None of five seeds collapses, though one in ten does.", "5 seeds",
          SHOWN, _collapsing(5), "unseen"),
    Claim("lost.mean-5", "The t interval of the mean holds the mean of all seeds where one in ten "
          "collapses, by 50 sds.", "5 seeds", SHOWN, _collapsing(5), "mean"),
    Claim("lost.survivors-5", "The t interval over the runs that did not collapse holds the mean "
          "of such runs.", "5 seeds, one in ten collapses", at_least(.95), _collapsing(5),
          "survivors"),
    Claim("lost.wilson-5", "The 95 % interval of the share of collapsed runs holds it.",
          "5 seeds, one in ten collapses", at_least(.95), _collapsing(5), "wilson"),
    Claim("lost.equal", "Two equal configurations, one seed in ten of each collapses: one is "
          "called better.", "5 + 5 seeds", at_most(.05), _EQUAL, "any"),
    Claim("lost.two-of-five", "A configuration that lost 2 of 5 runs is called better.",
          "its others lead by 3 sds", at_most(.05), _LOST, "better"),
    Claim("lost.two-of-five-alone", "A configuration that lost 2 of 5 runs is called better, by "
          "the runs that are left alone.", "its others lead by 3 sds", SHOWN, _LOST,
          "alone better"),
    Claim("lost.worst-alone", "A configuration that lost its worst 2 of 5 runs is called better "
          "than its equal, by the runs that are left alone.", "5 + 5 seeds", SHOWN, _WORST,
          "alone better"),
    Claim("lost.worst", "A configuration that lost its worst 2 of 5 runs is called better than its "
          "equal, by the verdict.", "5 + 5 seeds", at_most(.05), _WORST, "better"),
    Claim("lost.hidden", "A configuration is called better that collapses in one seed of ten, and "
          "so is worse on average.", "its sound runs lead by 3 sds, 5 + 5 seeds", SHOWN, _HIDDEN,
          "better"),
)

TABLES = (
    Table("lost.collapsing", "One seed in ten collapses, by 50 sds", ("seeds",), tuple(
        ((runs,), _collapsing(runs)) for runs in (3, 5, 10, 20)), (
            ("unseen", "none is seen"), ("mean", "interval of the mean covers it"),
            ("survivors", "interval of the survivors covers theirs"),
            ("wilson", "interval of the share covers it"))),
    Table("lost.verdicts", "Verdicts of 5 + 5 runs, some lost or collapsed: all runs, and the "
          "sound ones alone", ("settings",), (
              (("equal, one seed in ten of each collapses",), _EQUAL),
              (("equal, one seed in ten of A collapses",), _ONE_SIDE),
              (("A's sound runs lead by 3 sds, one in ten collapses",), _HIDDEN),
              (("equal, A's worst 2 of 5 are lost",), _WORST),
              (("A's others lead by 3 sds, 2 of 5 are lost",), _LOST)), (
                  ("better", "A better"), ("worse", "B better"),
                  ("alone better", "A better, alone"), ("alone worse", "B better, alone"))),
)
