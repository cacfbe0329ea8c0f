"""What a verdict between configurations rests on: every run that was made, lost ones too, taken at
the looks that were planned."""
import dataclasses
import functools
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from utils.report.collect import Seeds
from utils.report.common import counted
from utils.report.sample import Sample
from utils.statistics.looks import Looks
from utils.statistics.verdicts import Verdict, judge_family, no_verdict, over_seeds

#: What a run that failed scores: a net that is not there finds nothing.
_LOST = 0.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One run of a configuration, one of each seed.

    Attributes:
      seeds: its seeds. name: of the run. score: a fraction.
      trouble: "lost: <reason>", "collapsed", or "".
    """
    seeds: Seeds
    name: str
    score: float
    trouble: str = ""


def outcomes(sample: Sample) -> Tuple[Outcome, ...]:
    """Lists the `Outcome`s of a sample by seed: its tested runs, and those that failed."""
    found = [Outcome(record.seeds, record.name, float(score), "collapsed" if collapsed else "")
             for record, score, collapsed in zip(sample.records, sample.scores, sample.collapsed)]
    found += [Outcome(record.seeds, record.name, _LOST, "lost: " + (
        str(record.info.get("error") or "no reason recorded").split("\n")[0]))
        for record in sample.lost]
    return tuple(sorted(found, key=lambda run: [-1 if seed is None else seed
                                                for seed in run.seeds]))


@dataclasses.dataclass(frozen=True)
class Rules:
    """How verdicts are taken.

    Attributes:
      margin: a fraction. level: as .95.
      looks: the planned `Looks`; None where the runs that are there are taken as planned.
      place: (seeds) -> place of a run in the plan, or None; where looks are given.
    """
    margin: float
    level: float
    looks: Optional[Looks] = None
    place: Optional[Callable[[Seeds], Optional[int]]] = None

    @property
    def alpha(self) -> float:
        """1 - level, without the last bits of that."""
        return round(1 - self.level, 12)

    def at_look(self, runs: Tuple[Outcome, ...], count: int) -> Tuple[Outcome, ...]:
        """Takes the runs of the first so many seeds of the plan; fewer while some miss.

        Seeds that a sweep did not declare are left out; without a sweep the first runs are taken.
        """
        if self.place is None:
            return runs[:count]
        places = [(self.place(run.seeds), run) for run in runs]
        found = [(place, run) for place, run in places if place is not None and place < count]
        return tuple(run for _, run in sorted(found, key=lambda pair: pair[0]))


@dataclasses.dataclass(frozen=True)
class Judged:
    """The verdict on a pair.

    Attributes:
      verdict: the `Verdict`.
      look: number of the look that it was taken at, from 0; None where no look was reached, or none
        were planned.
      runs: (of A, of B) that it rests on, of each.
    """
    verdict: Verdict
    look: Optional[int] = None
    runs: Tuple[int, int] = (0, 0)


def judge(runs: Sequence[Tuple[Outcome, ...]], pairs: Sequence[Tuple[int, int]], rules: Rules,
          others: int = 0) -> List[Judged]:
    """Judges pairs of configurations: any false claim among them keeps the level.

    Each planned look judges the pairs that are not decided yet, on the look's first seeds of each
    configuration. Decided pairs stay decided.

    Args:
      runs: tuples of `Outcome`, one for each configuration.
      pairs: indices (i, j) into these.
      rules: `Rules`.
      others: further pairs that are looked at, by other rules; the correction is for all.
    """
    if rules.looks is None:
        return _judge_all(runs, pairs, rules, lambda left: rules.alpha / left, others=others)
    found: Dict[Tuple[int, int], Judged] = {}
    for look, count in enumerate(rules.looks.seeds):
        seen = [rules.at_look(own, count) for own in runs]
        ready = [pair for pair in pairs
                 if not (pair in found and found[pair].verdict.decided)
                 and all(len(seen[one]) == count for one in pair)]
        if not ready:
            continue
        words = [one.verdict.word for one in found.values() if one.verdict.decided]
        made = _judge_all(
            seen, ready, rules,
            functools.partial(_level, rules, look),
            p_decided=sum(word != "equivalent" for word in words),
            tost_decided=sum(word == "equivalent" for word in words),
            others=others + len(pairs) - len(ready) - len(words))
        found.update((pair, dataclasses.replace(one, look=look)) for pair, one in zip(ready, made))
    return [found.get(pair) or _not_yet(runs, pair, rules) for pair in pairs]


def _level(rules, look, left):
    """Returns the level of a look where so many pairs are left."""
    return rules.looks.levels(rules.alpha / left)[look]


def _not_yet(runs, pair, rules):
    first = rules.looks.seeds[0]
    return Judged(no_verdict("the first planned look is at {} of each; there are {} + {}".format(
        counted(first, "seed"), *[len(rules.at_look(runs[one], first)) for one in pair])))


def _judge_all(runs, pairs, rules, nominal, p_decided=0, tost_decided=0, others=0):
    """Returns [`Judged`] on all runs that are given; each verdict holds with and without those in
    trouble.

    Args:
      nominal, p_decided, tost_decided: as `judge_family`. others: pairs that wait for runs.
    """
    def family(kept):
        scores = [[run.score for run in own if kept(run)] for own in runs]
        told = [index for index, (i, j) in enumerate(pairs) if scores[i] and scores[j]]
        found = judge_family(
            [over_seeds(scores[i], scores[j], rules.margin, rules.level)
             for i, j in (pairs[index] for index in told)],
            nominal, p_decided, tost_decided, others + len(pairs) - len(told))
        verdicts = dict(zip(told, found))
        return [verdicts.get(index, no_verdict("no run is left")) for index in range(len(pairs))]

    every = family(lambda run: True)
    sound = family(lambda run: not run.trouble) if any(
        run.trouble for own in runs for run in own) else every
    return [Judged(_with_and_without(one, other, *[_troubled(runs[i]) for i in pair]),
                   runs=tuple(len(runs[i]) for i in pair))
            for pair, one, other in zip(pairs, every, sound)]


def _troubled(runs):
    return [run for run in runs if run.trouble]


def _with_and_without(every, sound, troubled_a, troubled_b):
    """A claim is made where it holds with the runs in trouble and without them."""
    if not troubled_a and not troubled_b:
        return every
    agree = every.word == sound.word or "no verdict" in (sound.word, every.word)
    return dataclasses.replace(
        every, word=every.word if agree else "inconclusive",
        tell=lambda: _why_of_both(every, sound, troubled_a, troubled_b))


def _why_of_both(every, sound, troubled_a, troubled_b):
    troubled = troubled_a + troubled_b
    return "without {}: {}, {}; with {}{}: {}, {}".format(
        " and ".join(filter(None, (_named("A", troubled_a), _named("B", troubled_b)))),
        sound.word, sound.why, "it" if len(troubled) == 1 else "them",
        ", a lost run counting as 0" if any(run.score == _LOST for run in troubled) else "",
        every.word, every.brief)


def _named(side, runs):
    """Names runs: "2 lost runs of A (x: the loss is nan; y: ...) and 1 collapsed run of A (z)"."""
    lost = [run for run in runs if run.trouble != "collapsed"]
    collapsed = [run for run in runs if run.trouble == "collapsed"]
    texts = []
    if lost:
        texts.append("{} of {} ({})".format(
            counted(len(lost), "lost run"), side, "; ".join(
                run.name + run.trouble[len("lost"):] for run in lost)))
    if collapsed:
        texts.append("{} of {} ({})".format(
            counted(len(collapsed), "collapsed run"), side, ", ".join(
                run.name for run in collapsed)))
    return " and ".join(texts)
