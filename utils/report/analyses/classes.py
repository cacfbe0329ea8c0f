"""`classes`: IoU of each class over seeds, and where configurations differ. Exploratory."""
from utils.report import plots
from utils.report.common import numbered, percent_level, test_set_text
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.classes import EXPLORATORY, class_table, differences_from_first

#: Configurations that are shown, best first: rows are classes times configurations.
MOST_CONFIGURATIONS = 8


@ANALYSES.register("classes")
def analyse(study: Study) -> Section:
    """Tables the classes by configuration and each against the best, and draws every run."""
    tables, pictures = [], []
    for index, samples in enumerate(study.test_sets()):
        samples = sorted(samples, key=lambda sample: -sample.scores.mean())
        samples = samples[:MOST_CONFIGURATIONS]
        matrices = [study.matrices(sample) for sample in samples]
        found = [class_table(runs, level=study.options.level) for runs in matrices]
        tables.append(_table(study, samples, found, index))
        if len(samples) > 1:
            tables.append(_difference_table(study, samples, matrices, found[0], index))
        pictures.append(_plot(study, samples, matrices, found, index))
    return Section("classes", "Classes", (EXPLORATORY[:1].upper() + EXPLORATORY[1:] + ".",),
                   tuple(tables), tuple(pictures))


def _name(samples, row):
    return samples[0].class_names[row.index] + (" *" if row.rare else "")


def _table(study, samples, found, index):
    rows = []
    for rows_of_class in zip(*found):
        for sample, row in zip(samples, rows_of_class):
            rows.append({"class": _name(samples, row), "label": sample.label,
                         "configuration": sample.configuration.id,
                         "images": row.images, "share": row.pixels / max(
                             sum(one.pixels for one in found[0]), 1),
                         "n": row.iou.n, "mean": row.iou.mean, "sd": row.iou.sd,
                         "interval": row.iou.mean_interval, "rare": row.rare})
    columns = (Column("class", "class", keep=ALWAYS), Column("configuration", "id", shown=False),
               Column("label", "what it is", keep=ALWAYS),
               Column("images", "images", "count"), Column("share", "pixels", "percent", 2, keep=0),
               Column("n", "n", "count", keep=0), Column("mean", "IoU", "percent", keep=ALWAYS),
               Column("interval", "interval", "percent_interval", keep=2),
               Column("sd", "sd", "spread", 2), Column("rare", "rare", shown=False))
    note = (f"* in fewer than 30 images: says little. n seeds; {percent_level(study)} t interval "
            "over them, cut to 0..100 %, where the IoU must lie.")
    return Table(numbered("classes", index), f"IoU of each class ({test_set_text(samples[0])})",
                 columns, rows, note)


def _difference_table(study, samples, matrices, classes, index):
    rows = []
    for sample, found in zip(samples[1:], differences_from_first(matrices, study.options.level)):
        rows += [{"class": _name(samples, row), "a": samples[0].label, "b": sample.label,
                  "id_a": samples[0].configuration.id, "id_b": sample.configuration.id,
                  "difference": one.difference, "interval": one.interval, "p": one.p,
                  "adjusted": one.p_adjusted}
                 for row, one in zip(classes, found)]
    columns = (Column("class", "class", keep=ALWAYS), Column("a", "A", shown=False),
               Column("b", "B", keep=ALWAYS), Column("difference", "A - B", "points", keep=ALWAYS),
               Column("interval", "interval", "points_interval", keep=2),
               Column("p", "p", "p"), Column("adjusted", "Benjamini-Hochberg", "p", keep=2),
               Column("id_a", "id of A", shown=False), Column("id_b", "id of B", shown=False))
    return Table(numbered("class_differences", index),
                 f"Where the best mean differs from the others; A: {samples[0].label}",
                 columns, rows, EXPLORATORY + ". p: over seeds, as compare has it for a pair. * in "
                 "fewer than 30 images.")


def _plot(study, samples, matrices, found, index):
    from utils.measures.confusion import class_iou

    def draw():
        values = [class_iou(runs.sum(1))[:, [row.index for row in found[0]]] for runs in matrices]
        return plots.class_strip([_name(samples, row) for row in found[0]],
                                 [sample.label for sample in samples], values, "IoU, %",
                                 study.colours([sample.configuration for sample in samples]))
    return Plot(numbered("classes", index), "Every run's IoU of each class", "One point a run. * "
                "in fewer than 30 images.", draw)
