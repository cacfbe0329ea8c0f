"""Measured tables as Markdown, and their places in the pages of a folder.

A place is what stands between `<!-- NAME -->` and `<!-- /NAME -->`. The table of claims has the
place `claims`; of it only the lines that were measured are made anew.
"""
import glob
import os
import re
from typing import Iterable, Mapping, Sequence, Tuple

from benchmarks.claims.frame import Claim, Measured

HEADS = ["claim", "settings", "aim", "measured", "kept", "`--only=`"]


def line(cells: Sequence[str]) -> str:
    return "| {} |".format(" | ".join(cells))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join([line(heads), "|" + "---|" * len(heads)] + [line(row) for row in rows])


def claims_table(claims: Sequence[Claim], measured: Mapping[str, Tuple[str, str]]) -> str:
    """The table of claims; what a line has in common with the one above is not repeated.

    Args:
      claims: those that were measured are shown. measured: {name: (rate, whether it is kept)}.
    """
    rows, above = [], ""
    for claim in claims:
        if claim.name in measured:
            rows.append(["" if claim.text == above else claim.text, claim.settings,
                         claim.aim.text()] + list(measured[claim.name])
                        + [f"`{claim.name}`"])
            above = claim.text
    return table(HEADS, rows)


def in_words(claim: Claim, result: Measured) -> Tuple[str, str]:
    """(rate, whether it is kept) as the table of claims has them."""
    return result.text(), claim.aim.kept(result).replace("no", "**no**")


def fill(text: str, name: str, content: str) -> str:
    """The document with the place of that name filled.

    Raises:
      ValueError: it has no such place.
    """
    place = re.compile("(<!-- {0} -->\n).*?(<!-- /{0} -->)".format(re.escape(name)), re.S)
    if not place.search(text):
        raise ValueError(f"no place <!-- {name} --> in the document")
    return place.sub(lambda match: match.group(1) + content + "\n" + match.group(2), text)


def fill_claims(text: str, claims: Sequence[Claim], measured: Mapping[str, Tuple[str, str]]) -> str:
    """The document with the rates of the measured claims made anew; others stay as they are.

    Args:
      claims: all of them. measured: {name: (rate, whether it is kept)}.
    """
    known = {}
    for match in re.finditer(r"^\| .*\| `([a-z]+\.[^`|]+)` \|$", text, re.M):
        cells = match.group(0).split(" | ")
        known[match.group(1)] = tuple(cells[-3:-1])
    known.update(measured)
    return fill(text, "claims", claims_table(claims, known))


def fill_pages(folder: str, claims: Sequence[Claim], measured: Mapping[str, Tuple[str, str]],
               made: Mapping[str, str]) -> None:
    """Fills the places of measured claims and tables in the pages of a folder.

    Args:
      claims: all of them. measured: {name of a claim: (rate, whether it is kept)}. made: {name of a
        table: its text}.

    Raises:
      ValueError: no page has such a place.
    """
    for name in (["claims"] if measured else []) + list(made):
        path, text = _page_with(folder, name)
        text = (fill_claims(text, claims, measured) if name == "claims"
                else fill(text, name, made[name]))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def _page_with(folder, name):
    """(path, text) of the page of a folder that has the place of a name."""
    for path in sorted(glob.glob(os.path.join(folder, "*.md"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if f"<!-- {name} -->" in text:
            return path, text
    raise ValueError(f"no page of {folder} has a place <!-- {name} -->")
