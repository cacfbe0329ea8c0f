"""`curves`: validation mIoU over the steps of training, with bands over seeds."""
from utils.errors import UserError
from utils.report import plots
from utils.report.bands import band
from utils.report.common import IDENTITY, numbered, percent_level
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.table import Column, Table
from utils.statistics.intervals import SCORES


@ANALYSES.register("curves")
def analyse(study):
    """A row per configuration and step, and the plot of the configurations that end best."""
    found = [(configuration, band(configuration)) for configuration in study.configurations]
    found = [(configuration, one) for configuration, one in found if one is not None]
    if not found:
        raise UserError("no run has evaluated itself yet (metrics.jsonl has no mIoU/validation): "
                        "wait for --eval_every steps")
    rows = []
    for configuration, one in found:
        low, high = one.interval(study.options.level, SCORES)
        single = len(one.records) < 2
        rows += [dict(configuration=configuration.id, label=configuration.label, step=int(step),
                      n=len(one.records), mean=one.mean[i], min=one.values[:, i].min(),
                      max=one.values[:, i].max(), interval=None if single else (low[i], high[i]))
                 for i, step in enumerate(one.steps)]
    columns = IDENTITY + (
        Column("step", "step", "count", keep=ALWAYS), Column("n", "n", "count"),
        Column("mean", "mean", "percent", keep=ALWAYS),
        Column("interval", "interval", "percent_interval", keep=2),
        Column("min", "min", "percent"), Column("max", "max", "percent"))
    note = "mIoU of the part of validation that runs watch; {} t interval over n seeds.".format(
        percent_level(study))
    return Section("curves", "Curves", (), (Table("curves", "Validation while training", columns,
                                                  rows, note),),
                   tuple(_plot(study, own, index) for index, own in enumerate(
                       study.by_test_set(found, lambda pair: pair[0]))))


def _plot(study, found, index):
    best = sorted(found, key=lambda pair: -pair[1].mean[-1])[:plots.MOST_LINES]
    note = "Lines: mean over seeds; bands: {} t interval; one seed has none. {}".format(
        percent_level(study), "The best {} of {} configurations.".format(len(best), len(found))
        if len(best) < len(found) else "").strip()

    def draw():
        bands = [(one.mean,) + (one.interval(study.options.level, SCORES) if len(one.records) > 1
                                else (None, None)) for _, one in best]
        return plots.curves(["{} (n={})".format(configuration.label, len(one.records))
                             for configuration, one in best], [one.steps for _, one in best],
                            bands, "step", "mIoU on watched validation, %",
                            colours=study.colours([configuration for configuration, _ in best]))
    return Plot(numbered("curves", index), "Validation while training ({})".format(
        best[0][0].place), note, draw)
