"""`leaderboard`: the table of results for a README, from run folders alone."""
from utils.report.common import known, numbered, percent_level, score_name, test_set_text
from utils.report.labels import decoder_name
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.intervals import SCORES, summarise
from utils.statistics.shrinkage import FEWEST_CONFIGURATIONS, expected_of_retraining


@ANALYSES.register("leaderboard")
def analyse(study: Study) -> Section:
    """Tables the configurations, the best mean first; one table per test set."""
    tables = []
    for index, samples in enumerate(study.test_sets()):
        found = known(expected_of_retraining, [sample.scores for sample in samples])
        expected = [None] * len(samples) if found is None else found.expected
        rows = sorted((dict(_row(study, sample), expected=value)
                       for sample, value in zip(samples, expected)), key=lambda row: -row["mean"])
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
        Column("interval", "interval over seeds", "percent_interval", keep=2),
        Column("expected", "expected of a retraining", "percent", keep=2,
               shown=rows[0]["expected"] is not None)]
    return Table(
        numbered("leaderboard", index), f"{score_name(study)} ({test_set_text(sample)})",
        tuple(columns), rows,
        f"Mean and {percent_level(study)} t interval over seeds; one seed has none, nor have equal "
        f"scores. {_expected_note(rows)} GFLOPs of one image at the size of training, 2 per "
        "multiply-add.")


def _expected_note(rows):
    """Explains the last column and the best score in it, or what it needs."""
    best, value = rows[0]["mean"], rows[0]["expected"]
    if value is None:
        return (f"What is to be expected of a retraining is told from {FEWEST_CONFIGURATIONS} "
                "configurations on, two seeds of one among them.")
    return ("Expected of a retraining: the mean, shrunken towards the others for the luck of "
            f"having come out best of {len(rows)}, most where seeds are few (empirical Bayes); the "
            f"best mean loses {100 * (best - value):.1f} points.")


def _row(study, sample):
    summary = summarise(sample.scores, study.options.level, SCORES)
    flags, info = sample.configuration.flags, sample.records[0].info
    parameters = info.get("parameters")
    decoder = decoder_name(flags)
    net = (flags.get("basenet"), decoder.lower())
    setting = [word for word in sample.label.split(" ") if word not in net]
    return dict(configuration=sample.configuration.id, extractor=flags.get("basenet", "-"),
                decoder=decoder, setting=" ".join(setting), gflops=info.get("gflops"),
                parameters=None if parameters is None else parameters / 1e6, seeds=summary.n,
                mean=summary.mean, interval=summary.mean_interval)
