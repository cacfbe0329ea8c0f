"""`tensorboard`: HParams, and charts with error bands, of run folders that are there already.

    tboards/error_bars/                      every analysis as text, the layout of the charts, the
                                             columns of HParams
    tboards/error_bars/band/<label> <id>/    a pseudo-run per configuration: means, ends of bands
    tboards/error_bars/run/<name>/           a session per run; those of a configuration are a trial

The folder is written anew each time. `tboards/createlinks` leaves it alone: it makes links for runs
and removes links without a run.
"""
import dataclasses
import datetime
import math
import os
import re
from typing import Dict, List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.files import write_text
from utils.report.bands import band
from utils.report.common import counted
from utils.report.configurations import Configuration
from utils.report.events import EventFile, Value
from utils.report.labels import decoder_name, differing_flags
from utils.report.section import all_sections
from utils.report.study import Study
from utils.runs.metric_lines import VALIDATION
from utils.runs.roles import names
from utils.runs.train_flags import DECODER_FLAGS, TrainFlags
from utils.statistics.intervals import ANYTHING, SCORES
from utils.whole_folder import whole_folder

_MARKER = "written_by_fcn_report"
_STATUS = {"finished": "success", "failed": "failure", "killed": "failure", "running": "running"}
#: Flags that every page has, and what each differing flag is beside them.
_ALWAYS = names(TrainFlags, mark="headline")
#: Flags that `steps`, the length that came out, stands for.
_LENGTH = names(TrainFlags, mark="length")
#: Rows of a table that TensorBoard's page Text shows.
_MOST_ROWS = 40
_CURVES = (VALIDATION, "mIoU/training", "loss/total")


def write_boards(study: Study, folder: str) -> List[str]:
    """Writes the boards of a study; what an earlier call wrote is replaced as a whole.

    Returns:
      lines for the user.

    Raises:
      UserError: the folder holds something else.
    """
    with whole_folder(folder, lambda: _require_boards(folder)) as written:
        write_text(os.path.join(written, _MARKER), "python fcn_report.py tensorboard\n")
        _write_all(study, written)
    return ["{}: {} runs, {} configurations; look at it with: tensorboard --logdir={}".format(
        folder, len(study.collection.records), len(study.configurations),
        os.path.dirname(folder) or ".")]


def _write_all(study, folder):
    hparams = trial_hparams(study.configurations)
    score_tag = "mIoU/whole_" + study.stem()
    titles = {score_tag: f"{study.options.metric} {study.stem()}",
              VALIDATION: "mIoU validation, last", "mIoU/best_validation": "best"}
    tags = set()
    for configuration, values in zip(study.configurations, hparams):
        for record in configuration.records:
            _write_session(study, record, configuration, values, score_tag,
                           os.path.join(folder, "run", _file_name(record.name)))
        tags |= _write_bands(study, configuration, folder)
    with EventFile(folder, 0) as events:
        for section in all_sections(study)[0]:
            events.text("report/" + section.name, _markdown(section))
        charts = {}
        for tag in sorted(tags, key=_CURVES.index):
            charts[tag + ": mean and t interval over seeds"] = series(tag, "mean", "low", "high")
            charts[tag + ": median, least and greatest run"] = series(tag, "median", "min", "max")
        events.margins("error bars", charts)
        columns = sorted(hparams[0])
        events.experiment(columns, [_type(hparams[0][name]) for name in columns], titles)


def _markdown(section):
    """Writes a section's text and tables; long tables are cut, and say so."""
    parts = [f"## {section.title}"] + list(section.text + section.more + section.remarks)
    for table in section.tables:
        short = dataclasses.replace(table, rows=table.rows[:_MOST_ROWS])
        left = len(table.rows) - len(short.rows)
        parts += [f"### {table.title}", short.markdown(), table.note]
        parts += [f"{counted(left, 'more row')}: python fcn_report.py {section.name}"] if left > 0 \
            else []
    return "\n\n".join(filter(None, parts))


def _require_boards(folder):
    if os.path.isdir(folder) and os.listdir(folder) \
            and not os.path.isfile(os.path.join(folder, _MARKER)):
        raise UserError(f"--boards={folder}: this folder holds something else: expected a new "
                        "folder, or one that this command wrote")


def _file_name(text):
    """Makes text fit to name a folder and a TensorBoard run."""
    return re.sub(r"[^\w.=,+ -]", "_", text)


def series(tag: str, middle: str, low: str, high: str) -> Tuple[str, str, str]:
    """Names the tags of a chart's line and band."""
    return f"{tag} {middle}", f"{tag} {low}", f"{tag} {high}"


def trial_hparams(configurations: Sequence[Configuration]) -> List[Dict[str, Value]]:
    """Lists per configuration its net, the usual flags, and whatever differs; no seeds.

    A name has one type in all of them: number, bool or text.
    """
    flags = [configuration.flags for configuration in configurations]
    chosen = [name for name in _ALWAYS if any(name in one for one in flags)]
    chosen += [name for name in differing_flags(flags)
              if name not in _ALWAYS + DECODER_FLAGS + _LENGTH]
    found = [dict({name: _plain(one.get(name)) for name in chosen}, decoder=decoder_name(one))
             for one in flags]
    for values, configuration in zip(found, configurations):
        values["steps"] = max(record.total_steps or 0 for record in configuration.records)
    for name in chosen:
        if len({_type(values[name]) for values in found}) > 1:
            for values in found:
                values[name] = str(values[name])
    return found


def _plain(value):
    return value if isinstance(value, (bool, int, float)) else str("" if value is None else value)


def _type(value):
    return bool if isinstance(value, bool) else float if isinstance(value, (int, float)) else str


def _write_session(study, record, configuration, hparams, score_tag, folder):
    begun, ended = (_seconds(record.info.get(name)) for name in ("begun", "ended"))
    with EventFile(folder, begun or 0) as events:
        events.session(hparams, _full_name(configuration),
                       _STATUS.get(record.state, "unknown"), begun or 0, ended)
        curve = [(step, value) for step, value in record.curve() if not math.isnan(value)]
        if curve:
            events.scalars(curve[-1][0], {
                VALIDATION: curve[-1][1], "mIoU/best_validation": max(v for _, v in curve)})
        if record.has(study.stem()):
            try:
                score = study.score(record)
            except UserError as error:
                study.note(f"left out: {error}")
                return
            events.scalars(record.step or 0, {score_tag: score})


def _full_name(configuration):
    """Returns the label with the id, once."""
    words = [configuration.label]
    return " ".join(words if configuration.id in words[0] else words + [configuration.id])


def _seconds(text):
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None


def _write_bands(study, configuration, folder):
    """Writes a configuration's pseudo-run; returns the metrics that it has."""
    found = {tag: band(configuration, tag) for tag in _CURVES}
    found = {tag: one for tag, one in found.items() if one}
    name = _file_name(_full_name(configuration))
    if found:
        with EventFile(os.path.join(folder, "band", name), 0) as events:
            for tag, one in found.items():
                low, high = one.interval(study.options.level,
                                         SCORES if tag.startswith("mIoU") else ANYTHING)
                _write_band(events, tag, one, low, high)
    return set(found)


def _write_band(events, tag, one, low, high):
    # A chart needs both ends at every step: where the runs are the same, it has the mean.
    low, high = [np.where(np.isnan(end), one.mean, end) for end in (low, high)]
    ends = {"mean": one.mean, "low": low, "high": high, "median": np.median(one.values, 0),
            "min": one.values.min(0), "max": one.values.max(0)}
    for index, step in enumerate(one.steps):
        events.scalars(step, {f"{tag} {end}": values[index]
                              for end, values in ends.items()})
