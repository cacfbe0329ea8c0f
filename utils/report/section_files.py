"""Writes what a section found into a folder: tables as CSV and JSON, plots as SVG."""
import os

from utils.files import write_text
from utils.report.figures import render
from utils.report.section import Section


def write_section(section: Section, folder: str) -> str:
    """Writes the files of a section into a folder, which is made where it is not there.

    Returns:
      a line that says what was written.
    """
    os.makedirs(folder, exist_ok=True)
    for table in section.tables:
        write_text(os.path.join(folder, table.name + ".csv"), table.csv())
        write_text(os.path.join(folder, table.name + ".json"), table.json())
    for plot in section.plots:
        write_text(os.path.join(folder, plot.name + ".svg"), render(plot))
    return f"written to {folder}: {len(section.tables)} tables, {len(section.plots)} plots"
