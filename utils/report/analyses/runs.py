"""`runs`: what there is, by configuration; duplicates; what differs between two runs."""
import math

from utils.errors import UserError
from utils.report.collect import key_flags
from utils.report.common import counted, numbered, score_name, test_set_text, units_name
from utils.report.configurations import surroundings
from utils.report.figures import best_only
from utils.report.labels import differing_flags
from utils.report.layout import ALWAYS
from utils.report.plots import strip
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.intervals import SCORES, t_interval

#: Images or clusters with a class below which a note says that an interval over them is rough.
FEW_UNITS = 10


@ANALYSES.register("runs")
def analyse(study: Study) -> Section:
    """Tables every run, and draws it as a point in a strip per configuration."""
    rows = [_row(study, configuration, record) for configuration in study.configurations
            for record in configuration.records]
    table = Table("runs", "Runs", (
        Column("configuration", "id", keep=0), Column("label", "what it is", keep=2),
        Column("run", "run", keep=ALWAYS), Column("seed", "seed", keep=2),
        Column("status", "status", keep=2), Column("steps", "step", keep=0),
        Column("best_validation", "best validation", "percent", keep=0),
        Column("last_validation", "last validation", "percent", keep=0),
        Column("score", study.stem().replace("_", " "), "percent", keep=ALWAYS),
        Column("interval", "over images", "percent_interval", of="score"),
        Column("images", "images", "count", keep=0), Column("hours", "time", "hours", 2)), rows,
        "best and last validation: mIoU of the part of the split that a run watches while it "
        f"trains. {score_name(study)}: whole split, with the {100 * study.options.level:g} % "
        f"interval over {units_name(study)} (Student's t of the jackknife): other images, same "
        "net.")
    tables = [table] + [made for made in [_duplicates(study)] if made]
    text = "{} in {}: {}.".format(
        counted(len(rows), "run"), counted(len(study.configurations), "configuration"),
        _states(study.collection.records))
    return Section("runs", "Runs", (text,), tuple(tables), _plots(study))


def _states(records):
    states = [record.state or "state unknown" for record in records]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))


def _row(study, configuration, record):
    curve = [value for _, value in record.curve() if not math.isnan(value)]
    row = dict(configuration=configuration.id, label=configuration.label, run=record.name,
               seed=record.seed_text, status=record.state or "-", hours=record.hours,
               steps="{}/{}".format("-" if record.step is None else record.step,
                                      record.total_steps or "-"))
    if curve:
        row.update(best_validation=max(curve), last_validation=curve[-1])
    try:
        score = study.run_score(record)
        row.update(score=score.score, interval=score.interval, images=score.images)
        if score.interval is None:
            study.note(f"no interval over images: {score.why}")
        elif score.fewest < min(FEW_UNITS, score.units):
            study.note(f"intervals over images: the rarest class of the split is in {score.fewest} "
                       f"of {score.units} {units_name(study)}: their ends are rough")
    except UserError as error:
        if record.has(study.stem()):
            study.note(f"not in the statistics: {error}")
    return row


def _duplicates(study):
    """Runs of equal configuration and seeds, as a table; None where there are none."""
    rows = []
    for configuration in study.configurations:
        by_seed = {}
        for record in configuration.records:
            by_seed.setdefault(record.seeds, []).append(record)
        rows += [dict(configuration=configuration.id, label=configuration.label,
                      seed=runs[0].seed_text, runs=", ".join(run.name for run in runs),
                      scores=", ".join(_score_text(study, run) for run in runs))
                 for runs in by_seed.values() if len(runs) > 1 and None not in runs[0].seeds]
    return rows and Table(
        "duplicates", "Runs with the same configuration and the same seeds", (
            Column("configuration", "id", keep=0), Column("label", "what it is"),
            Column("seed", "seed", keep=2), Column("runs", "runs", keep=ALWAYS),
            Column("scores", study.stem().replace("_", " ") + " %", keep=2)), rows,
        "Statistics over seeds take the first of them; errorbars measures nondeterminism on them.")


def _score_text(study, record):
    try:
        return f"{100 * study.score(record):.2f}"
    except UserError:
        return "-"


def _plots(study):
    try:
        sets = study.test_sets()
    except UserError:
        return ()
    return tuple(_plot(study, samples, index) for index, samples in enumerate(sets))


def _plot(study, samples, index):
    samples, cut = best_only(sorted(samples, key=lambda sample: -sample.scores.mean()))

    def draw():
        intervals = [t_interval(sample.scores, study.options.level, SCORES) for sample in samples]
        return strip([sample.label for sample in samples], [sample.scores for sample in samples],
                     [one and (one.low, one.high) for one in intervals],
                     score_name(study) + ", %",
                     study.colours([sample.configuration for sample in samples]))
    return Plot(numbered("runs", index), f"Every run ({test_set_text(samples[0])})",
                "One point a run; the tick is the mean, the line below the points its "
                f"{100 * study.options.level:g} % t interval over seeds.{cut}", draw)


def diff(study: Study) -> Section:
    """Makes the `Section` on what differs between two runs: flags, data, surroundings.

    Raises:
      UserError: not two runs.
    """
    records = study.collection.records
    if len(records) != 2:
        raise UserError("--diff compares two runs: got {} ({})".format(
            len(records), ", ".join(record.name for record in records)))
    flags = differing_flags([record.args for record in records])
    rows = [dict(kind="flag", what=name, a=_text(values[0]), b=_text(values[1]))
            for name, values in flags.items()]
    values = [dict(surroundings([record])) for record in records]
    rows += [dict(kind="surroundings", what=what, a=values[0][what][0], b=values[1][what][0])
             for what in values[0] if values[0][what] != values[1][what]]
    rows += [dict(kind="data", what=name, a=_text(found[0]), b=_text(found[1]))
             for name, found in differing_flags([_data(record) for record in records]).items()]
    same = set(key_flags(records[0].key).items()) == set(key_flags(records[1].key).items())
    text = "{} and {} are {}.".format(
        records[0].name, records[1].name,
        "two runs of one configuration" if same else "of different configurations")
    table = Table("diff", "What differs", (
        Column("kind", "kind", keep=0), Column("what", "what", keep=ALWAYS),
        Column("a", records[0].name, keep=ALWAYS), Column("b", records[1].name, keep=ALWAYS)), rows)
    return Section("diff", "What differs between two runs", (text,), (table,))


def _data(record):
    names = ("data_sha256", "class_names", "total_steps")
    return {name: record.info[name] for name in names if name in record.info}


def _text(value):
    return "(none)" if value in ("", None) else str(value)
