"""`leaderboard`: the table of results for a README, from run folders alone."""
from utils.report.common import numbered, percent_level, score_name, test_set_text
from utils.report.labels import decoder_name
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Section
from utils.report.table import Column, Table
from utils.statistics.intervals import SCORES, summarise


@ANALYSES.register("leaderboard")
def analyse(study):
    """A row per configuration, the best mean first; one table per test set."""
    tables = []
    for index, samples in enumerate(study.test_sets()):
        rows = sorted((_row(study, sample) for sample in samples), key=lambda row: -row["mean"])
        tables.append(_table(study, samples[0], rows, index))
    return Section("leaderboard", "Leaderboard", (), tuple(tables))


def _table(study, sample, rows, index):
    others = any(row["setting"] for row in rows)
    columns = [Column("configuration", "id", shown=False),
               Column("extractor", "extractor", keep=ALWAYS),
               Column("decoder", "decoder", keep=ALWAYS)]
    columns += [Column("setting", "setting", keep=2)] if others else []
    columns += [
        Column("gflops", "GFLOPs", "number", 2),
        Column("parameters", "parameters, millions", "number", 2, keep=0),
        Column("seeds", "seeds", "count"), Column("mean", "mIoU", "percent", keep=ALWAYS),
        Column("interval", "interval over seeds", "percent_interval", keep=2)]
    return Table(
        numbered("leaderboard", index), "{} ({})".format(score_name(study), test_set_text(sample)),
        tuple(columns), rows,
        "Mean and {} t interval over seeds; one seed has none. GFLOPs of one image at the size of "
        "training, 2 per multiply-add.".format(percent_level(study)))


def _row(study, sample):
    summary = summarise(sample.scores, study.options.level, SCORES)
    flags, info = sample.configuration.flags, sample.records[0].info
    parameters = info.get("parameters")
    setting = sample.label.split(" ")[2:]
    return dict(configuration=sample.configuration.id, extractor=flags.get("basenet", "-"),
                decoder=decoder_name(flags), setting=" ".join(setting), gflops=info.get("gflops"),
                parameters=None if parameters is None else parameters / 1e6, seeds=summary.n,
                mean=summary.mean, interval=summary.mean_interval)
