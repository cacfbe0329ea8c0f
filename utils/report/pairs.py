"""Pairs of configurations: their comparison, corrected for all pairs of a test set, in words."""
from utils.report.common import known
from utils.statistics import many
from utils.statistics.pairs import compare, p_text

_BETTER = ("A better", "B better")


class Pair(object):
    """Two samples and their `Comparison`; `holm`, `max_t`, `max_t_images` are filled in later."""

    def __init__(self, study, a, b):
        options = study.options
        self.a, self.b = a, b
        self.result = compare(
            study.matrices(a), study.matrices(b), margin=options.margin, level=options.level,
            metric=options.metric, clusters=study.clusters(a.names))
        self.holm = self.max_t = self.max_t_images = None
        self.alone = True

    @property
    def verdict(self):
        """The verdict, after Holm's correction where there are several pairs."""
        if self.result.verdict in _BETTER and not self._holds():
            return "inconclusive after Holm"
        return self.result.verdict

    def _holds(self):
        return self.alone or (self.holm is not None and self.holm < 1 - self.result.level)

    def sentence(self):
        """Verdict and reason."""
        words = {"A better": self.a.label + " is better", "B better": self.b.label + " is better"}
        why = self.result.why[:1].upper() + self.result.why[1:]
        if self.result.verdict != self.verdict:
            why += "; {} after Holm's correction for all pairs".format(p_text(self.holm))
        return "{} against {}: {}. {}.".format(
            self.a.label, self.b.label, words.get(self.verdict, self.verdict), why)


def summary(samples, pairs):
    """How the best mean stands against each of the others."""
    best = max(samples, key=lambda sample: sample.scores.mean())
    groups = {}
    for pair in pairs:
        if best in (pair.a, pair.b):
            other = pair.b if pair.a is best else pair.a
            won = pair.verdict in _BETTER
            groups.setdefault("better than" if won else pair.verdict + " against", []).append(
                other.label)
    return "Best mean: {}, {:.2f} %. It is {}.".format(
        best.label, 100 * best.scores.mean(), "; ".join(
            "{} {}".format(words, ", ".join(labels)) for words, labels in groups.items()))


def correct(study, samples, pairs):
    """Holm and max-T over all pairs; max-T needs two runs or more of each configuration."""
    for pair, value in zip(pairs, many.holm([pair.result.claim_p for pair in pairs])):
        pair.holm, pair.alone = float(value), len(pairs) == 1
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
