"""Measured tables as Markdown, and their places in a document.

A place is what stands between `<!-- NAME -->` and `<!-- /NAME -->`. The table of claims has the
place `claims`; of it only the lines that were measured are made anew.
"""
import re

HEADS = ["claim", "settings", "aim", "measured", "kept", "`--only=`"]


def line(cells):
    return "| {} |".format(" | ".join(cells))


def table(heads, rows):
    """A table in Markdown."""
    return "\n".join([line(heads), "|" + "---|" * len(heads)] + [line(row) for row in rows])


def claim_cells(claim, result):
    """The line of a claim in the table of claims."""
    return [claim.text, claim.settings, claim.aim.text(), result.text(),
            claim.aim.kept(result).replace("no", "**no**"), "`{}`".format(claim.name)]


def fill(text, name, content):
    """The document with the place of that name filled.

    Raises:
      ValueError: it has no such place.
    """
    place = re.compile("(<!-- {0} -->\n).*?(<!-- /{0} -->)".format(re.escape(name)), re.S)
    if not place.search(text):
        raise ValueError("no place <!-- {} --> in the document".format(name))
    return place.sub(lambda match: match.group(1) + content + "\n" + match.group(2), text)


def fill_claims(text, order, measured):
    """The document with the lines of the measured claims made anew.

    Args:
      order: names of all claims. measured: {name: cells}; other lines stay as they are.
    """
    kept = {match.group(1): match.group(0) for match in re.finditer(
        r"^\|.*\| `([a-z]+\.[^`|]+)` \|$", text, re.M)}
    kept.update({name: line(cells) for name, cells in measured.items()})
    rows = [kept[name] for name in order if name in kept]
    return fill(text, "claims", "\n".join(table(HEADS, []).split("\n") + rows))
