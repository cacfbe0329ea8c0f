"""`compare`: which configuration is better, verdict first."""
import dataclasses
import itertools
from typing import List

import numpy as np

from utils.errors import UserError
from utils.report import figures, plots
from utils.report.advice import more_seeds_of
from utils.report.common import known, numbered, percent_level, score_name, test_set_text
from utils.report.layout import ALWAYS
from utils.report.looks import families
from utils.report.pairs import Pair, add_max_t, judge_samples, selection_text, summary
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics import many
from utils.statistics.claim_rules import WelchRule
from utils.statistics.seed_pairs import welch_level

#: Where no configurations are named, at most this many are compared, the best ones.
MOST_CONFIGURATIONS = 8
#: Of more pairs, or of several test sets, the sentences are folded away: the summary and the table
#: say the same.
MOST_SENTENCES = 3
#: Of more pairs, those with the best mean are drawn.
MOST_DRAWN = 12


@ANALYSES.register("compare")
def analyse(study: Study) -> Section:
    """Gives a verdict for each pair, the numbers behind it, and the ranks."""
    text, tables, pictures = [], [], []
    more: List[str] = []
    remarks: List[str] = []
    sets = _sets(study)
    for index, (samples, rivals) in enumerate(sets):
        family = samples if study.options.chosen else rivals
        planned, lines = families(study, family)
        judged = judge_samples(family, planned)
        pairs = [Pair(study, samples[i], samples[j], judged[i, j])
                 for i, j in itertools.combinations(range(len(samples)), 2)]
        add_max_t(study, samples, pairs)
        first = samples[0]
        place = first.configuration.place
        place = f"{place} ({len(first.names)} images): " if len(sets) > 1 else ""
        text += [place + summary(samples, pairs)] if len(pairs) > 1 else []
        told = len(pairs) == 1 or len(sets) == 1 and len(pairs) <= MOST_SENTENCES
        (text if told else more).extend(place + pair.sentence() for pair in pairs)
        remarks += [line for line in list(lines) + _selection(study, samples, rivals, pairs)
                    if line not in remarks]
        tables += [_numbers_table(study, pairs[0], index)] if len(pairs) == 1 else []
        tables.append(_pair_table(study, pairs, index))
        pictures.append(_forest(study, samples, pairs, index))
        ranked = [sample for sample in samples if len(sample.records) > 1]
        shares = known(many.rank_distribution, [sample.scores for sample in ranked])
        if len(ranked) > 2 and not np.isnan(shares).any():
            tables.append(_rank_table(ranked, shares, index))
            pictures.append(_rank_plot(ranked, shares, index))
    singles = [sample.configuration for samples, _ in sets for sample in samples
               if len(sample.records) < 2]
    return Section("compare", "Comparisons", tuple(text), tuple(tables), tuple(pictures),
                   more_seeds_of(singles), tuple(more), tuple(remarks))


def _selection(study, samples, rivals, pairs):
    """Warns of a pair that was picked by its scores among more configurations."""
    if len(pairs) > 1 or len(rivals) <= 2:
        return []
    judged = judge_samples(rivals, families(study, rivals)[0])
    return [selection_text(pairs[0], judged, len(rivals))]


def _sets(study):
    """Returns [(samples to compare, all of their test set)]; best mean first unless each was named
    once. The samples come first among all, in the same order.

    Of more than `MOST_CONFIGURATIONS` the best are shown, and corrected for all.
    """
    sets = []
    if study.options.chosen:
        samples = _named(study)
        return [(samples, _rivals(study, samples))]
    for samples in study.test_sets():
        samples = sorted(samples, key=lambda sample: -sample.scores.mean())
        if len(samples) > MOST_CONFIGURATIONS:
            study.note(f"compare: the best {MOST_CONFIGURATIONS} of {len(samples)} configurations, "
                       f"corrected for all pairs of the {len(samples)}; name others: fcn_report.py "
                       "compare A B ...")
        sets += [(samples[:MOST_CONFIGURATIONS], samples)] if len(samples) > 1 else []
    if not sets:
        raise UserError("compare: no two configurations that were tested on the same images")
    return sets


def _named(study):
    """Returns the samples that were named; a pattern of runs names some more than once."""
    named = study.chosen()
    samples = [study.sample(one) for one in {one.id: one for one in named}.values()]
    if len(samples) < 2:
        words = study.options.chosen
        more = f" and {len(words) - 2} more" if len(words) > 2 else ""
        raise UserError(f"compare: {' and '.join(words[:2])}{more} are runs of one configuration "
                        f"({named[0].id}): expected different ones")
    _require_results(study, samples)
    study.require_same_test_set(samples)
    if len(samples) < len(named):
        study.note(f"compare: {len(named)} words name {len(samples)} configurations: each counts "
                   "once, with all of its runs")
        samples.sort(key=lambda sample: -sample.scores.mean())
    return samples


def _rivals(study, samples):
    """Returns the samples of all configurations that were tested on the same images, those given
    first."""
    rivals = list(samples)
    for configuration in study.configurations:
        if configuration.company == samples[0].configuration.company and (
                configuration.id not in [sample.configuration.id for sample in samples]):
            other = study.sample(configuration)
            if len(other.records) and other.signature == samples[0].signature:
                rivals.append(other)
    return rivals


def _require_results(study, samples):
    for sample in samples:
        if not len(sample.records):
            reasons = [line for line in study.notes if any(
                record.name in line for record in sample.configuration.records)]
            raise UserError("{} ({}) has no results: {}".format(
                sample.configuration.id, sample.label, "; ".join(reasons)))


#: What CSV and JSON have of each pair besides; a single pair shows it in a table of its own.
_DETAILS = tuple(dataclasses.replace(Column(*words), shown=False) for words in (
    ("id_a", "id of A"), ("id_b", "id of B"), ("why", "why"),
    ("correlation", "correlation over shared seeds", "number"),
    ("correlation_interval", "its interval", "interval"),
    ("lost_a", "lost A", "count"), ("lost_b", "lost B", "count"),
    ("collapsed_a", "collapsed A", "count"), ("collapsed_b", "collapsed B", "count"),
    ("mean_a", "mean A", "percent"), ("mean_b", "mean B", "percent"),
    ("sd_a", "sd A", "spread"), ("sd_b", "sd B", "spread"),
    ("claim", "p of the verdict", "p"),
    ("these_runs", "other images, these runs", "points_interval"), ("t", "Welch t", "number"),
    ("df", "degrees of freedom", "number"), ("g", "Hedges g", "number"),
    ("permutation", "permutation p", "p"), ("above", "P(A above B)", "percent"),
    ("above_interval", "its interval", "percent_interval"),
    ("seeds_needed", "seeds for this difference", "count"),
    ("seeds_for_margin", "seeds for the margin", "count")))


def _pair_table(study, pairs, index):
    rows = []
    for pair in pairs:
        result, verdict = pair.result, pair.verdict
        rows.append(dict(
            id_a=pair.a.configuration.id, id_b=pair.b.configuration.id,
            a=pair.a.label, b=pair.b.label, verdict=verdict.word, n_a=result.seeds_a,
            n_b=result.seeds_b, claim=result.claim_p, difference=result.difference,
            test_set=result.test_set_interval, population=result.population_interval,
            p=result.welch_p, holm=verdict.p, max_t=pair.max_t,
            max_t_images=pair.max_t_images, tost=result.tost_p,
            correlation=pair.correlation and pair.correlation.correlation,
            correlation_interval=pair.correlation and pair.correlation.interval,
            lost_a=len(pair.a.lost), lost_b=len(pair.b.lost),
            collapsed_a=sum(pair.a.collapsed), collapsed_b=sum(pair.b.collapsed),
            detectable=result.detectable_difference, why=verdict.why, mean_a=result.mean_a,
            mean_b=result.mean_b, sd_a=result.sd_a, sd_b=result.sd_b,
            these_runs=result.image_interval, t=result.welch_t, df=result.welch_df,
            g=result.hedges_g, permutation=result.permutation_p, above=result.p_a_above_b,
            above_interval=result.above_interval, seeds_needed=result.seeds_needed,
            seeds_for_margin=result.seeds_for_margin))
    corrected = (Column("holm", "Holm", "p", keep=2), Column("max_t", "max-T", "p", keep=0),
                 Column("max_t_images", "max-T, other images", "p", keep=0)
                 ) if len(pairs) > 1 else ()
    columns = (Column("a", "A", keep=ALWAYS), Column("b", "B", keep=ALWAYS),
               Column("verdict", "verdict", keep=2),
               Column("n_a", "n A", "count", keep=0), Column("n_b", "n B", "count", keep=0),
               Column("difference", "A - B", "points", 2, "", keep=ALWAYS),
               Column("test_set", "on these images", "points_interval", 2, "", keep=2),
               Column("population", "on other images", "points_interval", 2, ""),
               Column("p", "Welch p", "p", keep=0)) + corrected + (
        Column("tost", "equivalence p", "p"),
        Column("detectable", "detectable", "spread", 2, "", keep=0)) + _DETAILS
    return Table(
        numbered("compare", index), "{}: {}, in points ({})".format(
            score_name(study), "the pair" if len(pairs) == 1 else "all pairs",
            test_set_text(pairs[0].a)), columns, rows,
        "Intervals {}: over seeds; over seeds and images{}. p: Welch's t over seeds{}. "
        "Equivalence: two one-sided tests, margin {:g} points. Detectable: the difference that so "
        "many seeds find in 4 of 5 cases. n: seeds.".format(
            percent_level(study), "; each for its pair alone, which the verdict is not"
            if len(pairs) > 1 else "", _other_rules(pairs), 100 * study.options.margin),
        terminal=len(pairs) > 1)


def _other_rules(pairs):
    """Names the tests that verdicts go by in place of Welch's t, for the note of a table."""
    rules = sorted({pair.result.claim_rule for pair in pairs} - {"", WelchRule.name})
    return "; verdicts{} of unequal numbers of seeds go by {}".format(
        " and Holm's p" if len(pairs) > 1 else "", ", ".join(rules)) if rules else ""


def _numbers_table(study, pair, index):
    result = pair.result
    percent, points = Column("x", "x", "percent", 2), Column("x", "x", "points", 2)
    span, share = Column("x", "x", "points_interval", 2), Column("x", "x", "percent_interval", 0)
    number, p = Column("x", "x", "number", 2), Column("x", "x", "p")
    spread, text = Column("x", "x", "spread", 2), Column("x", "x")
    lines = [
        ("seeds of A, of B", text, f"{result.seeds_a}, {result.seeds_b}"),
        ("mean of A, %", percent, result.mean_a), ("mean of B, %", percent, result.mean_b),
        ("sd over seeds of A, points", spread, result.sd_a),
        ("sd over seeds of B, points", spread, result.sd_b),
        ("A - B, points", points, result.difference),
        ("  on these images, other seeds", span, result.test_set_interval),
        ("  on other images, other seeds", span, result.population_interval),
        ("  on other images, these runs only", span, result.image_interval),
        ("Welch t", number, result.welch_t), ("degrees of freedom", number, result.welch_df),
        ("Welch p", p, result.welch_p), ("Hedges g (pooled seed sds)", number, result.hedges_g),
        ("exact permutation p", p, result.permutation_p),
        ("P(a run of A beats one of B), %", Column("x", "x", "percent", 0), result.p_a_above_b),
        ("  interval (meaningful: > 50, and P > 75)", share, result.above_interval),
        (f"equivalence p, margin {100 * result.margin:g} points", p, result.tost_p),
        ("difference that these seeds detect, points", spread, result.detectable_difference),
        ("seeds of each, were the difference true", Column("x", "x", "count"),
         result.seeds_needed),
        ("seeds of each, for the margin", Column("x", "x", "count"), result.seeds_for_margin)]
    if result.claim_rule not in ("", WelchRule.name):
        lines.insert(12, (f"  {result.claim_rule}, which the verdict goes by", p,
                          result.claim_p))
    shared = pair.correlation
    if shared:
        lines += [(f"correlation over {shared.pairs} shared seeds", number,
                   shared.correlation),
                  ("  its interval", Column("x", "x", "interval", 2), shared.interval)]
    lines += [("lost or collapsed runs of A, of B", text, "{}, {}".format(*[
        len(one.lost) + sum(one.collapsed) for one in (pair.a, pair.b)]))]
    rows = [dict(what=what, value=column.text(value)) for what, column, value in lines]
    note = "Intervals: {}.{}".format(percent_level(study), shared and (
        " Seeds are not taken as pairs; at that correlation the level of .05 is "
        f"{welch_level(shared.correlation, shared.pairs):.3f}.") or "")
    if result.permutation_p is None:
        note += f" No permutation p: {result.permutation_why}."
    title = f"{score_name(study)}: {pair.a.label} (A), {pair.b.label} (B), {test_set_text(pair.a)}"
    return Table(numbered("pair", index), title, (
        Column("what", "figure", keep=ALWAYS), Column("value", "value", keep=ALWAYS)), rows, note)


def _rank_table(samples, shares, index):
    columns = (Column("configuration", "id", shown=False),
               Column("label", "what it is", keep=ALWAYS),
               Column("mean", "mean", "percent", 2, keep=2)) + tuple(
        Column(f"rank_{rank + 1}", f"rank {rank + 1}", "percent", 0)
        for rank in range(len(samples)))
    rows = [dict({f"rank_{rank + 1}": share for rank, share in enumerate(row)},
                 configuration=sample.configuration.id, label=sample.label,
                 mean=sample.scores.mean())
            for sample, row in zip(samples, shares)]
    return Table(numbered("ranks", index), "How sure each rank is", columns, rows,
                 "Probability of each rank of the configurations' true means, from the t "
                 "distributions over seeds, on these images.")


def _rank_plot(samples, shares, index):
    order = np.argsort([-sample.scores.mean() for sample in samples])
    return Plot(numbered("ranks", index), "Ranks", "Probability of each rank, in %.",
                lambda: plots.ranks([samples[i].label for i in order], np.asarray(shares)[order]))


def _forest(study, samples, pairs, index):
    def ends(interval):
        return interval and (interval.low, interval.high)

    best = max(samples, key=lambda sample: sample.scores.mean())
    drawn = pairs if len(pairs) <= MOST_DRAWN else [
        pair for pair in pairs if best in (pair.a, pair.b)]

    def draw():
        return plots.forest(
            [figures.versus(pair.a.label, pair.b.label) for pair in drawn],
            [pair.result.difference for pair in drawn],
            [ends(pair.result.test_set_interval) for pair in drawn],
            f"difference in {score_name(study)}, points",
            marks=(0, study.options.margin, -study.options.margin),
            second=[ends(pair.result.population_interval) for pair in drawn])
    note = (f"Thick: {percent_level(study)} interval over seeds on these images; thin: other "
            "images too. Dashed: the margin.")
    note += " Each interval is for its pair alone." if len(pairs) > 1 else ""
    note += f" The table has all {len(pairs)} pairs." if len(drawn) < len(pairs) else ""
    return Plot(numbered("compare", index), "Differences{} ({})".format(
        " from the best mean" if len(drawn) < len(pairs) else "", best.configuration.place),
        note, draw)
