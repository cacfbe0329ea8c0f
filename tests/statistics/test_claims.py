"""The table of claims: how rates are judged and printed, and that the pages have all of them."""
import glob
import os

import numpy as np
import pytest

from benchmarks.claims import document
from benchmarks.claims.all import CLAIMS, TABLES
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Share,
    about,
    at_least,
    at_most,
    figure,
    mean,
    share,
    study,
)

PAGES = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "error_bars")


def test_wilsons_interval_is_that_of_the_textbooks():
    """Newcombe, Statistics in Medicine 1998, table I: 81 of 263 and 0 of 20."""
    assert Share(81, 263).interval == pytest.approx((.2553, .3662), abs=1e-4)
    assert Share(0, 20).interval == pytest.approx((0, .1611), abs=1e-4)


@pytest.mark.parametrize("aim, hits, kept", [
    (at_most(.05), 50, "yes"), (at_most(.05), 60, "yes"), (at_most(.05), 80, "no"),
    (at_least(.95), 950, "yes"), (at_least(.95), 920, "no"), (about(.8), 800, "yes"),
    (at_most(0.0), 0, "yes"), (at_least(1.0), 1000, "yes"), (about(.8), 700, "no"),
    (about(.8), 900, "no"), (SHOWN, 900, "")])
def test_an_aim_is_missed_where_the_whole_interval_is_beyond(aim, hits, kept):
    assert aim.kept(Share(hits, 1000)) == kept


def test_figures_have_no_zero_before_the_point():
    texts = [figure(value) for value in (.0512, -.4, 1.0, 12.25, -1e-5, float("nan"))]
    assert texts == [".051", "-.400", "1.000", "12.250", ".000", "none"]
    assert share([True, False, False, False]).text() == ".250 [.046, .699]"
    assert Exact(3.514).text() == "3.51"
    assert mean([1.0, 3.0, np.nan]).text() == "2.00 [.04, 3.96]"


def _coin(trials, random, chance):
    return {"heads": share(random.random_sample(trials) < chance)}


def _claim(name, chance, text="Heads."):
    return Claim("coin." + name, text, "a coin", at_most(.5), study(_coin, 200, chance=chance),
                 "heads")


def test_a_claim_has_the_same_figures_alone_and_among_others():
    first = _claim("fair", .5).measure()
    _claim("bent", .9).measure()
    assert _claim("again", .5).measure() == first != _claim("bent", .9).measure()
    assert first.trials == 200 and _claim("fair", .5).measure(50).trials == 50


def test_the_table_of_claims_keeps_the_lines_that_are_not_measured():
    claims = [_claim("fair", .5), _claim("bent", .9), _claim("other", .2, "Tails.")]
    page = "before\n<!-- claims -->\nold\n<!-- /claims -->\nafter"
    page = document.fill_claims(page, claims, {"coin.fair": (".5", "yes"),
                                               "coin.other": (".2", "")})
    page = document.fill_claims(page, claims, {"coin.bent": (".9", "**no**")})
    lines = page.split("\n")
    assert lines[0] == "before" and lines[-1] == "after"
    assert lines[4:7] == [
        "| Heads. | a coin | at most .50 | .5 | yes | `coin.fair` |",
        "|  | a coin | at most .50 | .9 | **no** | `coin.bent` |",
        "| Tails. | a coin | at most .50 | .2 |  | `coin.other` |"]
    with pytest.raises(ValueError, match="no place <!-- nowhere -->"):
        document.fill(page, "nowhere", "")


def test_each_place_is_filled_in_the_page_that_has_it(tmp_path):
    (tmp_path / "a.md").write_text("<!-- coin.throws -->\nold\n<!-- /coin.throws -->\n")
    (tmp_path / "b.md").write_text("<!-- claims -->\n<!-- /claims -->\n")
    document.fill_pages(str(tmp_path), [_claim("fair", .5)], {"coin.fair": (".5", "yes")},
                        {"coin.throws": "new"})
    assert (tmp_path / "a.md").read_text() == "<!-- coin.throws -->\nnew\n<!-- /coin.throws -->\n"
    assert "| `coin.fair` |" in (tmp_path / "b.md").read_text()
    with pytest.raises(ValueError, match="no page of .* has a place <!-- nowhere -->"):
        document.fill_pages(str(tmp_path), [], {}, {"nowhere": ""})


def test_the_pages_have_every_claim_and_table():
    texts = []
    for path in sorted(glob.glob(os.path.join(PAGES, "*.md"))):
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    page = "\n".join(texts)
    names = [item.name for item in CLAIMS + TABLES]
    assert len(set(names)) == len(names)
    missing = [claim.name for claim in CLAIMS if f"| `{claim.name}` |" not in page]
    assert missing == []
    for table in TABLES:
        begin, end = f"<!-- {table.name} -->\n", f"<!-- /{table.name} -->"
        assert page.count(begin) == page.count(end) == 1
        rows = page.split(begin)[1].split(end)[0].strip().split("\n")
        assert rows[0] == document.line(table.heads) and len(rows) == len(table.rows) + 2, table
