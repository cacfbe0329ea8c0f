"""`html`: one file with every section that has data. It needs no network and prints well."""
import datetime
import os
from typing import Any, Dict, List, Tuple

from utils.errors import UserError
from utils.files import write_text
from utils.page import shell
from utils.report import figures
from utils.report.advice import compare_command, report_command
from utils.report.common import counted, parted, score_name, spanned
from utils.report.configurations import varied
from utils.report.section import Section, all_sections
from utils.report.section_values import MOST_ROWS, Marks, section_values
from utils.report.study import Study

_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.html.jinja")
#: The analysis whose sentences open the page.
_VERDICT = "compare"


def write_html(study: Study, path: str) -> None:
    """Writes the report of a study.

    Raises:
      UserError: the folder of `path` does not exist.
    """
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise UserError(f"--out={path}: there is no folder {folder}: make it first")
    write_text(path, page(study))


def page(study: Study) -> str:
    """Renders the report as text."""
    sections, absent = all_sections(study)
    verdict = next((one for one in sections if one.name == _VERDICT), None)
    marks = _marks(study)
    return shell.render(
        _TEMPLATE,
        "{} of {}".format(score_name(study), counted(len(study.configurations), "configuration")),
        facts=_facts(study), basis=basis(study), verdict=verdict,
        verdict_commands=_verdict_commands(study) if verdict else (),
        sections=[_section(study, one, marks) for one in sections],
        absent=[(name,) + parted(why) for name, why in absent],
        notes=list(map(parted, study.notes)), most_rows=MOST_ROWS)


def _section(study: Study, section: Section, marks: Marks) -> Dict[str, Any]:
    """Prepares a section for the template, without sentences that the page opens with."""
    opening = section.name == _VERDICT
    commands = [("This section in a terminal; with --outdir=tables as CSV, JSON and SVG",
                 report_command(study, section.name))] * (not opening)
    made = section_values(section, commands, marks)
    return dict(made, text=(), more=()) if opening else made


def _marks(study: Study) -> Marks:
    """Returns {label: (the flags that it leaves out, its colour in plots)}."""
    numbers = study.colours(study.configurations)
    return {one.label: (one.setting if one.cut else "", figures.colour(number))
            for one, number in zip(study.configurations, numbers)}


def _verdict_commands(study: Study) -> List[Tuple[str, str]]:
    """Returns the commands that print the verdicts of each test set."""
    return [(f"Verdicts on {samples[0].configuration.place} in a terminal",
             compare_command(study, [sample.configuration for sample in samples]))
            for samples in study.test_sets() if len(samples) > 1]


def _facts(study: Study) -> List[str]:
    records, options = study.collection.records, study.options
    places = sorted({configuration.place for configuration in study.configurations})
    lines = ["{} in {}{}; metric {}, split {}{}.".format(
        counted(len(records), "run"), counted(len(study.configurations), "configuration"),
        " on " + ", ".join(places), options.metric, options.split,
        ", result " + options.result if options.result else "")]
    return lines + ["Made by fcn_report.py on {}. Intervals: {:g} %{}.".format(
        datetime.date.today().isoformat(), 100 * options.level,
        "; images in clusters by " + options.cluster if options.cluster else "")]


def basis(study: Study) -> str:
    """Tells n, k, what varied and what did not, in a line or two for every section."""
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
