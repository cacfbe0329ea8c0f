"""`curves`: validation mIoU over the steps of training, with bands over seeds."""
from utils.errors import UserError
from utils.report import figures, plots
from utils.report.bands import band
from utils.report.common import IDENTITY, numbered, percent_level
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.runs.metric_lines import VALIDATION
from utils.statistics.intervals import SCORES


@ANALYSES.register("curves")
def analyse(study: Study) -> Section:
    """Tables where each configuration ended and every step; draws those that end best."""
    found = [(configuration, band(configuration, tell=lambda line: study.note(
        "curves: left out: " + line))) for configuration in study.configurations]
    found = [(configuration, one) for configuration, one in found if one is not None]
    if not found:
        raise UserError(f"no run has evaluated itself yet (metrics.jsonl has no {VALIDATION}): "
                        "wait for --eval_every steps")
    note = (f"mIoU of the part of validation that runs watch; {percent_level(study)} t interval "
            "over n seeds.")
    return Section("curves", "Curves", (), (_ends_table(study, found, note),
                                            _table(study, found, note)),
                   tuple(_plot(study, own, index) for index, own in enumerate(
                       study.by_test_set(found, lambda pair: pair[0]))))


def _interval(study, one, index):
    """Returns (low, high) of the mean at one of the steps; None for a single seed."""
    low, high = one.interval(study.options.level, SCORES)
    return None if len(one.records) < 2 else (low[index], high[index])


def _ends_table(study, found, note):
    rows = []
    for configuration, one in found:
        best = int(one.mean.argmax())
        rows.append(dict(
            configuration=configuration.id, label=configuration.label, n=len(one.records),
            step=int(one.steps[-1]), mean=one.mean[-1], interval=_interval(study, one, -1),
            best=one.mean[best], best_step=int(one.steps[best])))
    columns = IDENTITY + (
        Column("n", "n", "count"), Column("step", "last step", "count", keep=2),
        Column("mean", "mean there", "percent", keep=ALWAYS),
        Column("interval", "interval", "percent_interval", keep=2, of="mean"),
        Column("best", "best mean", "percent"), Column("best_step", "its step", "count", of="best"))
    return Table("curves_end", "Where validation ended", columns, rows,
                 note + " Every step: --outdir=DIR writes curves.csv.")


def _table(study, found, note):
    rows = []
    for configuration, one in found:
        rows += [dict(configuration=configuration.id, label=configuration.label, step=int(step),
                      n=len(one.records), mean=one.mean[i], min=one.values[:, i].min(),
                      max=one.values[:, i].max(), interval=_interval(study, one, i))
                 for i, step in enumerate(one.steps)]
    columns = IDENTITY + (
        Column("step", "step", "count"), Column("n", "n", "count"),
        Column("mean", "mean", "percent"), Column("interval", "interval", "percent_interval"),
        Column("min", "min", "percent"), Column("max", "max", "percent"))
    return Table("curves", "Validation while training", columns, rows, note, terminal=False)


def _plot(study, found, index):
    best = sorted(found, key=lambda pair: -pair[1].mean[-1])[:figures.MOST_LINES]
    note = "Lines: mean over seeds; bands: {} t interval; one seed has none. {}".format(
        percent_level(study), f"The best {len(best)} of {len(found)} configurations."
        if len(best) < len(found) else "").strip()

    def draw():
        bands = [(one.mean,) + (one.interval(study.options.level, SCORES) if len(one.records) > 1
                                else (None, None)) for _, one in best]
        return plots.curves([f"{configuration.label} (n={len(one.records)})"
                             for configuration, one in best], [one.steps for _, one in best],
                            bands, "step", "mIoU on watched validation, %",
                            colours=study.colours([configuration for configuration, _ in best]))
    return Plot(numbered("curves", index), "Validation while training "
                                           f"({best[0][0].place})", note, draw)
