"""`errorbars`: how far the scores of a configuration spread, and where the spread comes from."""
import numpy as np

from utils.report import figures, plots
from utils.report.checkpoints import kept_scores, together_text
from utils.report.common import (
    IDENTITY,
    identity,
    known,
    numbered,
    percent_level,
    score_name,
    test_set_text,
    units_name,
)
from utils.report.configurations import varied
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.components import checkpoint_components, repeat_sd, variance_components
from utils.statistics.intervals import SCORES, summarise


@ANALYSES.register("errorbars")
def analyse(study: Study) -> Section:
    """Sums up seeds, components of variance, and what varied, for each test set."""
    text, tables, pictures = [_text()], [], []
    for index, samples in enumerate(study.test_sets()):
        samples = sorted(samples, key=lambda sample: -sample.scores.mean())
        components = [_components(study, sample) for sample in samples]
        tables += [_summary_table(study, samples, index),
                   _components_table(study, samples, components, index),
                   _varied_table(samples, index)]
        text += [] if tables[-1].terminal else [_varied_text(tables[-1], samples)]
        text += together_text([checkpoints for _, checkpoints, _ in components if checkpoints])
        pictures += _plots(study, samples, components, index)
    return Section("errorbars", "Error bars", tuple(text), tuple(tables), tuple(pictures))


def _text():
    return ("n counts seeds: of runs with the same seeds the first is taken. The interval of the "
            "mean says what other seeds would give on these images; how far other images would "
            "move it is the component \"images\".")


def _summary_table(study, samples, index):
    rows = []
    for sample in samples:
        found = summarise(sample.scores, study.options.level, SCORES)
        rows.append(dict(identity(sample), n=found.n, mean=found.mean, sd=found.sd,
                         mean_interval=found.mean_interval, sd_interval=found.sd_interval,
                         min=found.min, median=found.median, max=found.max))
    columns = IDENTITY + (
        Column("n", "n", "count", keep=2), Column("mean", "mean", "percent", 2, keep=ALWAYS),
        Column("mean_interval", "its interval", "percent_interval", 2, keep=2, of="mean"),
        Column("sd", "sd", "spread", 2, keep=2),
        Column("sd_interval", "interval of the sd", "spread_interval", 2, of="sd"),
        Column("min", "min", "percent", 2), Column("median", "median", "percent", 2, keep=0),
        Column("max", "max", "percent", 2))
    return Table(numbered("errorbars", index), f"{score_name(study)}, over seeds "
                                               f"({test_set_text(samples[0])})", columns, rows,
        f"Intervals: {percent_level(study)}, Student's t for the mean, chi-square for the sd; none "
        "for one seed, nor where all seeds score the same.")


def _components(study, sample):
    """Returns (Components, checkpoint sd, RepeatSpread), each None where the runs do not tell."""
    parts = None
    if len(sample.records) > 1:
        parts = known(variance_components, study.matrices(sample), metric=study.options.metric,
                      clusters=study.clusters(sample.names), level=study.options.level)
    kept = kept_scores(study, sample)
    scores = kept and (kept.validation if study.options.split == "validation" else kept.test)
    checkpoints = known(checkpoint_components, scores) if kept else None
    return parts, checkpoints, known(repeat_sd, sample.repeats, study.options.level)


def _components_table(study, samples, components, index):
    rows = []
    for sample, (parts, checkpoints, repeats) in zip(samples, components):
        row = dict(identity(sample), n=len(sample.records), images=len(sample.names))
        if parts:
            row.update(seed=parts.seed_sd, seed_interval=parts.seed_interval, p=parts.seed_p,
                       interaction=parts.interaction_sd, image=parts.image_sd,
                       naive=parts.naive_sd, split_half=parts.split_half_seed_sd,
                       clipped=", ".join(parts.clipped))
        row.update(checkpoint=checkpoints and checkpoints.within_sd,
                   repeat=repeats and repeats.sd, repeats=repeats and repeats.runs)
        rows.append(row)
    columns = IDENTITY + (
        Column("n", "n", "count"), Column("images", "test images", "count", keep=0),
        Column("naive", "all", "spread", 2, "", keep=2),
        Column("seed", "seeds", "spread", 2, "", keep=ALWAYS),
        Column("seed_interval", "interval", "spread_interval", 2, "", of="seed"),
        Column("p", "p", "p", keep=0, of="seed"),
        Column("split_half", "split halves", "spread", 2, "", keep=0),
        Column("interaction", "seed x image", "spread", 2, "", keep=2),
        Column("image", "images", "spread", 2, "", keep=2),
        Column("checkpoint", "checkpoint", "spread", 2, "", keep=2),
        Column("repeat", "same seed", "spread", 2, ""),
        Column("repeats", "repeats", "count", keep=0), Column("clipped", "clipped", keep=0))
    return Table(
        numbered("components", index), "Where the spread of one run's score comes from, as sd "
        "in points", columns, rows,
        "all: plain sd over seeds; seeds: what a seed keeps on endless images, with p of there "
        "being none, and by split halves (no interval: they differ by less than luck on these "
        "images would make them); seed x image: its luck on these; images: other "
        f"{units_name(study)} of the kind, the same for all seeds; checkpoint: among the last "
        f"{study.options.last} kept ones, trend removed, at least so much; same seed: runs with "
        "equal seeds. clipped: came out negative, given as 0. - : no such runs or results.")


def _varied_table(samples, index):
    rows = []
    for sample in samples:
        changed, held = varied(sample.records)
        rows.append(dict(identity(sample), varied="; ".join(changed) or "nothing",
                         held=", ".join(held)))
    alike = len({(row["varied"], row["held"]) for row in rows}) == 1
    return Table(numbered("varied", index), "What varied among the runs, and what did not",
                 IDENTITY + (Column("varied", "varied", keep=ALWAYS),
                             Column("held", "did not vary")), rows, terminal=not alike)


def _varied_text(table, samples):
    """Returns the same in a sentence, where all configurations have it in common."""
    return "Among the runs of each configuration ({}, {}) varied: {}. Did not vary: {}.".format(
        samples[0].configuration.place, test_set_text(samples[0]), table.rows[0]["varied"],
        table.rows[0]["held"])


def _plots(study, samples, components, index):
    (samples, cut), components = figures.best_only(samples), components[:figures.MOST_ROWS]
    summaries = [summarise(sample.scores, study.options.level, SCORES) for sample in samples]
    labels = [f"{sample.label} (n={len(sample.records)})" for sample in samples]

    def forest():
        return plots.forest(
            labels, [found.mean for found in summaries],
            [found.mean_interval and (found.mean_interval.low, found.mean_interval.high)
             for found in summaries], score_name(study) + ", %",
            points=[sample.scores for sample in samples])

    made = [Plot(numbered("forest", index), f"Mean over seeds ({test_set_text(samples[0])})",
                 f"{percent_level(study)} t intervals over seeds, and every run above them; one "
                 f"seed has none.{cut}", forest)]
    if any(parts for parts, _, _ in components):
        made.append(Plot(numbered("components", index), "Components of the variance",
                         "Variance that each source adds to the score of one run, in points "
                         f"squared; on {len(samples[0].names)} {units_name(study)}.{cut}",
                         lambda: _stacked(labels, components)))
    return made


def _stacked(labels, components):
    chosen = [(label, parts, checkpoints) for label, (parts, checkpoints, _)
              in zip(labels, components) if parts]
    values = {"seeds": [parts.seed_sd for _, parts, _ in chosen],
              "seed x image": [parts.interaction_sd for _, parts, _ in chosen],
              "images": [parts.image_sd for _, parts, _ in chosen]}
    return plots.stacked([label for label, _, _ in chosen],
                         {name: (100 * np.array(sds)) ** 2 for name, sds in values.items()},
                         "variance, points squared")
