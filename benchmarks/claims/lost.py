"""Runs that are lost or collapse: what is seen of them, and what they do to means and verdicts."""
import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import SHOWN, Claim, Table, at_least, share, study
from benchmarks.claims.pairs import rule_p
from utils.statistics.failures import failure_rate
from utils.statistics.intervals import t_interval

#: How far below the others a collapsed run is, in sds over seeds: 25 points at a sd of half a point.
DROP = 50.0


def collapsing(trials, random, runs, rate=.1):
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


def survivors(trials, random, runs, lost, worst):
    """A and B are equal, and A loses `lost` of its runs: claims on what is left.

    Args:
      worst: whether the worst runs are lost, as where a bad seed diverges; else any.
    """
    a, b = scores.draw(random, trials, runs), scores.draw(random, trials, runs)
    left = (np.sort(a, 1) if worst else a)[:, lost:]
    p, ahead = rule_p(left, b), left.mean(1) > b.mean(1)
    return {"better": share((p < .05) & ahead), "worse": share((p < .05) & ~ahead)}


def hidden(trials, random, runs, lead, rate=.1):
    """A's runs that do not collapse lead by `lead` sds, but one in 1 / rate collapses; B's do not.

    A's mean over all seeds is then lead - rate * DROP below B's.
    """
    collapsed = random.random_sample((trials, runs)) < rate
    a = scores.draw(random, trials, runs, shift=lead) - DROP * collapsed
    b = scores.draw(random, trials, runs)
    p, ahead = rule_p(a, b), a.mean(1) > b.mean(1)
    return {"better": share((p < .05) & ahead), "seen": share(collapsed.any(1)),
            "better unseen": share(((p < .05) & ahead)[~collapsed.any(1)])}


def _collapsing(runs):
    return study(collapsing, 10000, runs=runs)


CLAIMS = (
    Claim("lost.unseen-5", "None of five seeds collapses, though one in ten does.", "5 seeds", SHOWN,
          _collapsing(5), "unseen"),
    Claim("lost.mean-5", "The t interval of the mean holds the mean of all seeds where one in ten "
          "collapses, by 50 sds.", "5 seeds", SHOWN, _collapsing(5), "mean"),
    Claim("lost.survivors-5", "The t interval over the runs that did not collapse holds the mean of "
          "such runs.", "5 seeds, one in ten collapses", at_least(.95), _collapsing(5), "survivors"),
    Claim("lost.wilson-5", "The 95 % interval of the share of collapsed runs holds it.",
          "5 seeds, one in ten collapses", at_least(.95), _collapsing(5), "wilson"),
    Claim("lost.wilson-10", "The 95 % interval of the share of collapsed runs holds it.",
          "10 seeds, one in ten collapses", at_least(.95), _collapsing(10), "wilson"),
)

TABLES = (
    Table("lost.collapsing", "One seed in ten collapses, by 50 sds", ("seeds",), tuple(
        ((runs,), _collapsing(runs)) for runs in (3, 5, 10, 20)), (
            ("unseen", "none is seen"), ("mean", "interval of the mean covers it"),
            ("survivors", "interval of the survivors covers theirs"),
            ("wilson", "interval of the share covers it"))),
)
