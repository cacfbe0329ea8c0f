"""`html`: one file with every section that has data. It needs no network and prints well."""
import datetime
import os
import types

import jinja2

from utils.errors import UserError
from utils.files import write_text
from utils.report.common import counted, score_name, spanned
from utils.report.configurations import varied
from utils.report.plots import inline, render
from utils.report.section import ANALYSES

#: In reading order; analyses that are not named here follow.
ORDER = ("compare", "leaderboard", "configurations", "runs", "errorbars", "curves", "checkpoints",
         "subsets", "classes", "sizes", "importance", "power", "failures")
#: Longer tables are folded; the longest are cut, and say so.
MANY_ROWS, MOST_ROWS = 60, 1500


def write_html(study, path):
    """Writes the report of a study.

    Raises:
      UserError: the folder of `path` does not exist.
    """
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise UserError(f"--out={path}: there is no folder {folder}: make it first")
    write_text(path, page(study))


def page(study):
    """The report as text."""
    sections, absent = gather(study)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(os.path.dirname(os.path.abspath(__file__))),
        autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("report.html.jinja").render(
        title="{} of {}".format(score_name(study), counted(len(study.configurations),
                                                           "configuration")),
        facts=_facts(study), basis=basis(study), sections=sections, absent=absent,
        notes=study.notes, many_rows=MANY_ROWS, most_rows=MOST_ROWS)


def gather(study):
    """(sections with their plots drawn, [(name, why there is none)])."""
    names = [name for name in ORDER if name in ANALYSES.names()]
    names += [name for name in ANALYSES.names() if name not in ORDER]
    sections, absent = [], []
    for name in names:
        try:
            section = ANALYSES.get(name)(study)
        except UserError as error:
            absent.append((name, str(error)))
            continue
        pictures = [types.SimpleNamespace(
            title=plot.title, note=plot.note, svg=jinja2.utils.markupsafe.Markup(
                inline(render(plot)))) for plot in section.plots]
        sections.append(types.SimpleNamespace(name=section.name, title=section.title,
                                              text=section.text, more=section.more,
                                              remarks=section.remarks,
                                              advice=section.advice, tables=section.tables,
                                              plots=pictures))
    return sections, absent


def _facts(study):
    records, options = study.collection.records, study.options
    places = sorted({configuration.place for configuration in study.configurations})
    lines = ["{} in {}{}; metric {}, split {}{}.".format(
        counted(len(records), "run"), counted(len(study.configurations), "configuration"),
        " on " + ", ".join(places), options.metric, options.split,
        ", result " + options.result if options.result else "")]
    return lines + ["Made by fcn_report.py on {}. Intervals: {:g} %{}.".format(
        datetime.date.today().isoformat(), 100 * options.level,
        "; images in clusters by " + options.cluster if options.cluster else "")]


def basis(study):
    """n, k, what varied and what did not, in a line or two for every section."""
    try:
        sets = study.test_sets()
    except UserError as error:
        return str(error)
    samples = [sample for samples in sets for sample in samples]
    images = sorted({len(sample.names) for sample in samples})
    text = "n = {} seeds of each of {}; k = {} images of {}. ".format(
        spanned([len(sample.records) for sample in samples]),
        counted(len(samples), "configuration"), " or ".join(map(str, images)),
        study.options.split)
    found = [varied(sample.records) for sample in samples if len(sample.records) > 1]
    if not found:
        return text + "Nothing varied within a configuration: no seed was repeated."
    changed = [line for line in found[0][0] if all(line in one for one, _ in found)]
    held = [line for line in found[0][1] if all(line in one for _, one in found)]
    others = any(set(one) - set(changed) for one, _ in found)
    return text + "Varied: {}{}. Did not vary: {}.".format(
        "; ".join(changed) or "not the same in all", "; more in some, see Error bars" * others,
        ", ".join(held) or "-")
