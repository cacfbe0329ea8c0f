"""`failures`: runs that came to nothing are counted, not dropped."""
import os

from utils.errors import UserError
from utils.report.advice import resume_command
from utils.report.common import IDENTITY, counted, percent_level
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Advice, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.failures import failure_rate

_KINDS = ("failed", "killed", "collapsed")


@ANALYSES.register("failures")
def analyse(study: Study) -> Section:
    """Counts per configuration, and lists, the runs that came to nothing."""
    rows, failed, killed = [], [], []
    for configuration in study.configurations:
        kinds = [(record, _kind(study, record)) for record in configuration.records]
        counts = {kind: sum(one == kind for _, one in kinds) for kind in _KINDS}
        ended = [record for record, kind in kinds if kind or record.state in ("finished", "")]
        rate = ended and failure_rate(sum(counts.values()), len(ended), study.options.level)
        rows.append(dict(counts, configuration=configuration.id, label=configuration.label,
                         runs=len(kinds), ended=len(ended), share=rate.share if rate else None,
                         interval=rate.interval if rate else None))
        killed += [record for record, kind in kinds if kind == "killed"]
        failed += [dict(run=record.name, configuration=configuration.id,
                        label=configuration.label, seed=record.seed_text,
                        kind=kind, step=record.step, total=record.total_steps,
                        error=_error(record)) for record, kind in kinds if kind]
    columns = IDENTITY + (
        Column("runs", "runs", "count", keep=2), Column("ended", "ended", "count"),
        Column("failed", "failed", "count", keep=2), Column("killed", "killed", "count", keep=2),
        Column("collapsed", "collapsed", "count", keep=2), Column("share", "share", "percent"),
        Column("interval", "interval", "percent_interval", of="share"))
    table = Table("failures", "Runs that came to nothing", columns, rows,
                  "failed: stopped by an error, a loss that is no number among them; killed: "
                  f"silent for a minute, goes on with --resume; collapsed: {study.stem()} no "
                  "better than the most frequent class everywhere. Share of runs that ended; "
                  f"{percent_level(study)} Wilson interval."
                  )
    total = sum(row["ended"] for row in rows)
    return Section("failures", "Failures", ("{} of {} that ended came to nothing.".format(
        len(failed), counted(total, "run")),), (table,) + ((_list(failed),) if failed else ()),
                   advice=tuple(Advice(f"Go on with {record.name}", resume_command(record))
                                for record in killed if os.path.exists(
                                    record.folder.resume_state)))


def _kind(study, record):
    """Returns "failed", "killed", "collapsed" or ""."""
    if record.state in ("failed", "killed"):
        return record.state
    if record.state not in ("finished", "") or not record.has(study.stem()):
        return ""
    try:
        return "collapsed" if study.is_collapsed(record) else ""
    except UserError as error:
        study.note(f"left out: {error}")
        return ""


def _error(record):
    return str(record.info.get("error") or "").split("\n")[0]


def _list(failed):
    return Table("failed_runs", "Which", (
        Column("run", "run", keep=ALWAYS), Column("configuration", "id", shown=False),
        Column("label", "what it is"),
        Column("seed", "seed", keep=0), Column("kind", "kind", keep=ALWAYS),
        Column("step", "step", "count"), Column("total", "of", "count", of="step"),
        Column("error", "reason recorded", keep=2)), failed)
