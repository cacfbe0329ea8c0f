"""Drawings inside a page: they take its width and, dark or light, its ink."""
import re

#: Ink of texts, of ticks and axis labels, of axes, of lines across rows.
INK, SOFT, EDGE, FAINT = "#222222", "#444444", "#888888", "#c8c8c8"
#: Custom properties of page.css that stand for them.
_INKS = {INK: "--ink", SOFT: "--soft", EDGE: "--edge", FAINT: "--line"}
_POINTS_AN_INCH = 72


def inline(svg: str, page_width: float = 12) -> str:
    """Prepares an SVG for the inside of an HTML page.

    It has no prologue, no metadata, no namespaces, and so no address of anything. The style takes
    its share of the page's width from `--share`.

    Args:
      svg: as matplotlib writes it, its sizes in points.
      page_width: inches of a drawing that takes the page's whole width; others take their share.
    """
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg)
    for ink, variable in _INKS.items():
        svg = svg.replace(ink, f"var({variable})")
    share = float(re.findall(r'viewBox="0 0 ([\d.]+)', svg)[0]) / (_POINTS_AN_INCH * page_width)
    return re.sub(r'<svg[^>]*?(viewBox="[^"]*")[^>]*>',
                  rf'<svg style="--share: {min(share, 1):.4g}" \1>', svg, count=1)
