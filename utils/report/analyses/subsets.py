"""`subsets`: what a smaller test set would have said, and how many images a score needs."""
import numpy as np

from utils.report import plots
from utils.report.common import (
    IDENTITY,
    counted,
    identity,
    known,
    numbered,
    percent_level,
    score_name,
    test_set_text,
    units_name,
)
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.subsets import default_sizes, images_needed, subset_curve

#: Configurations whose ranking is looked at: with many, some neighbours always swap.
MOST_CONFIGURATIONS = 8
_HALF_WIDTH = .01


@ANALYSES.register("subsets")
def analyse(study: Study) -> Section:
    """Gives spread and ranking against the number of test images, and images for +-1 point."""
    tables, pictures = [], []
    for index, samples in enumerate(study.test_sets()):
        samples = sorted(samples, key=lambda sample: -sample.scores.mean())[:MOST_CONFIGURATIONS]
        matrices = [study.matrices(sample) for sample in samples]
        clusters = study.clusters(samples[0].names)
        units = len(samples[0].names) if clusters is None else len(set(clusters))
        curve = subset_curve(matrices, default_sizes(units), clusters=clusters,
                             metric=study.options.metric)
        tables += [_size_table(study, samples, curve, index),
                   _needed_table(study, samples, matrices, clusters, units, index)]
        pictures.append(_plot(study, samples, curve, index))
    text = (f"Drawn at random without replacement from the {units_name(study)} of the test set, "
            f"{curve.draws} times.")
    return Section("subsets", "Test set size", (text,), tuple(tables), tuple(pictures))


def _size_table(study, samples, curve, index):
    rows = [dict(size=int(size), sd=_rms(curve.sd[:, i]),
                 population=_rms(curve.population_sd[:, i]), bias=curve.bias[:, i].mean(),
                 ranking=curve.same_ranking[i], best=curve.same_best[i])
            for i, size in enumerate(curve.sizes)]
    columns = (Column("size", units_name(study), "count"), Column("sd", "sd", "spread", 2),
               Column("population", "sd of a fresh set", "spread", 2),
               Column("bias", "bias", "points", 2), Column("ranking", "same ranking", "percent", 0),
               Column("best", "same best", "percent", 0))
    return Table(
        numbered("subsets", index), "{} on subsets: {} ({})".format(
            score_name(study), counted(len(samples), "configuration"), test_set_text(samples[0])),
        columns, rows,
        "Of the mean over a configuration's seeds. sd: from the score of the whole set; of a fresh "
        "set: of so many other images. Ranking and best: as on the whole set.")


def _rms(values):
    return float(np.sqrt(np.mean(np.asarray(values) ** 2)))


def _needed_table(study, samples, matrices, clusters, units, index):
    rows = []
    for sample, runs in zip(samples, matrices):
        needed = [known(images_needed, run, _HALF_WIDTH, study.options.level, clusters,
                        study.options.metric) for run in runs]
        row = dict(identity(sample), n=len(runs), have=units)
        if None not in needed:
            row.update(se=np.mean([one.se for one in needed]),
                       needed=int(np.median([one.images for one in needed])))
        rows.append(row)
    columns = IDENTITY + (
        Column("n", "n", "count"), Column("have", units_name(study) + " here", "count"),
        Column("se", "standard error", "spread", 2), Column("needed", "needed", "count"))
    return Table(numbered("images_needed", index), "How many it takes for +-1 point", columns, rows,
                 f"For the {percent_level(study)} interval of one run; median over n runs.")


def _plot(study, samples, curve, index):
    def draw():
        made = plots.curves([sample.label for sample in samples], [curve.sizes] * len(samples),
                            [(sd, None, None) for sd in curve.population_sd],
                            units_name(study) + " in the test set", "sd of the score, points",
                            colours=study.colours([one.configuration for one in samples]))
        made.axes[0].set_ylim(bottom=0)
        return made
    return Plot(numbered("subsets", index), "Spread against the size of the test set",
                "sd over fresh test sets of that size, of the mean over each configuration's "
                "seeds.", draw)
