"""Prints panels in a terminal, and writes their tables and plots."""
import os
from typing import Sequence

from rich.console import Console
from rich.text import Text

from utils.explore.panel import Gallery, Panel
from utils.files import write_bytes
from utils.report.section_files import write_section
from utils.report.terminal import print_section, print_whole

#: Images of a gallery that a terminal names.
_MOST_NAMED = 5


def show_panel(console: Console, panel: Panel, names: Sequence[str], outdir: str = "") -> None:
    """Prints a panel; with `outdir`, writes its tables, plots and pictures.

    Args:
      names: of the images.
    """
    print_section(console, panel.section)
    for gallery in panel.galleries:
        console.print(Text(_gallery_line(gallery, names)))
    if outdir:
        console.print(Text(write_section(panel.section, outdir)))
        for name, make in panel.files:
            write_bytes(os.path.join(outdir, name), make())
            print_whole(console, f"written: {os.path.join(outdir, name)}")


def _gallery_line(gallery: Gallery, names: Sequence[str]) -> str:
    """Names the first images of a gallery."""
    named = [names[pick.index] + (f" ({pick.caption})" if pick.caption else "")
             for pick in gallery.picks[:_MOST_NAMED]]
    more = len(gallery.picks) - len(named)
    return f"{gallery.title}: {', '.join(named)}" + (f" and {more} more" if more else "")
