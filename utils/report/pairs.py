"""Pairs of configurations: their comparison, and the verdicts on all pairs of a test set."""
from typing import Dict, List, Mapping, Sequence, Tuple

from utils.report.common import counted, known
from utils.report.looks import Family
from utils.report.sample import Sample
from utils.report.study import Study
from utils.report.verdicts import Judged, judge, outcomes
from utils.statistics import many
from utils.statistics.pairs import compare, on_other_images
from utils.statistics.seed_pairs import paired_scores, seed_correlation
from utils.statistics.verdicts import BETTER, p_text


class Pair:
    """Two samples, their `Comparison` and verdict.

    Attributes:
      a, b: `Sample`s. result: the `Comparison` of their tested runs, by itself.
      verdict: the `Verdict` among all pairs of the family; judged: the `Judged` that has it.
      max_t, max_t_images: corrected p, or None.
      correlation: `SeedCorrelation` of their scores over shared seeds, or None.
    """

    def __init__(self, study: Study, a: Sample, b: Sample, judged: Judged) -> None:
        options = study.options
        self.a, self.b, self.judged, self.verdict = a, b, judged, judged.verdict
        self.result = compare(
            study.matrices(a), study.matrices(b), margin=options.margin, level=options.level,
            metric=options.metric, clusters=study.clusters(a.names))
        self.max_t = self.max_t_images = None
        self.correlation = seed_correlation(paired_scores(*[
            {record.seeds: score for record, score in zip(one.records, one.scores)}
            for one in (a, b)]), options.level)

    def sentence(self) -> str:
        """Writes verdict and reason."""
        words = {"A better": self.a.label + " is better", "B better": self.b.label + " is better"}
        why = self.verdict.why[:1].upper() + self.verdict.why[1:]
        return (f"{self.a.label} against {self.b.label}: "
                f"{words.get(self.verdict.word, self.verdict.word)}. "
                f"{why + on_other_images(self.verdict.word, self.result.population_interval)}.")


def judge_samples(samples: Sequence[Sample],
                  families: Sequence[Family]) -> Dict[Tuple[int, int], Judged]:
    """Judges pairs of samples, corrected for all of them: {(i, j): `Judged`}.

    Args:
      families: [(pairs, `Rules`)], as `looks.families` gives them.
    """
    runs, total = [outcomes(sample) for sample in samples], sum(len(own) for own, _ in families)
    return {pair: judged for own, rules in families
            for pair, judged in zip(own, judge(runs, own, rules, total - len(own)))}


def summary(samples: Sequence[Sample], pairs: Sequence[Pair]) -> str:
    """Tells how the best mean stands against each of the others."""
    best = max(samples, key=lambda sample: sample.scores.mean())
    groups: Dict[str, List[str]] = {}
    for pair in pairs:
        if best in (pair.a, pair.b):
            other = pair.b if pair.a is best else pair.a
            word = pair.verdict.word
            won = word == BETTER[0 if pair.a is best else 1]
            lost = word in BETTER and not won
            groups.setdefault("better than" if won else "worse than" if lost
                              else word + " against", []).append(other.label)
    return "Best mean: {}, {:.2f} %. It is {}.".format(
        best.label, 100 * best.scores.mean(), "; ".join(
            "{} {}".format(words, ", ".join(labels)) for words, labels in groups.items()))


def add_max_t(study: Study, samples: Sequence[Sample], pairs: Sequence[Pair]) -> None:
    """Adds max-T over all pairs; it needs two runs or more of each configuration."""
    ranked = [sample for sample in samples if len(sample.records) > 1]
    if len(ranked) < 3:
        return
    fixed = known(many.max_t, [sample.scores for sample in ranked])
    varying = known(many.max_t_over_images, [study.matrices(sample) for sample in ranked],
                    clusters=study.clusters(samples[0].names), metric=study.options.metric)
    ids = [sample.configuration.id for sample in ranked]
    for name, tests in (("max_t", fixed), ("max_t_images", varying)):
        found = {} if tests is None else {
            (ids[i], ids[j]): float(p) for (i, j), p in zip(tests.pairs, tests.p_adjusted)}
        for pair in pairs:
            setattr(pair, name, found.get((pair.a.configuration.id, pair.b.configuration.id)))


def selection_text(pair: Pair, judged: Mapping[Tuple[int, int], Judged], count: int) -> str:
    """Tells what the verdict on a pair is worth if it was picked by its scores.

    Args:
      judged: {(i, j): `Judged`} of all configurations of its test set, of which the pair is (0, 1).
      count: how many configurations these are.
    """
    own = judged[0, 1].verdict
    tested = sum(one.verdict.p == one.verdict.p for one in judged.values())
    return ("{} of this test set {} beside these. If {} and {} were picked by their scores, the "
            "correction is for all {}: {}{}.".format(
                counted(count - 2, "more configuration"), "lies" if count == 3 else "lie",
                pair.a.label, pair.b.label, counted(tested, "pair") + " with a p",
                p_text(own.p) if own.p == own.p else "no p",
                ", and the verdict stays" if own.word == pair.verdict.word else ", " + own.word))
