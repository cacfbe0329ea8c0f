"""Tables as text, CSV, JSON and Markdown."""
import io
import json

import pytest
from rich.console import Console

from utils.report.table import Column, Table
from utils.statistics.intervals import Interval

NAN = float("nan")


@pytest.mark.parametrize("kind, digits, value, text", [
    ("text", 1, "a", "a"), ("text", 1, "", "-"), ("text", 1, None, "-"),
    ("percent", 1, .51234, "51.2"), ("percent", 2, NAN, "-"), ("percent", 1, None, "-"),
    ("points", 2, .0123, "+1.23"), ("points", 1, -.004, "-0.4"), ("spread", 2, .0049, "0.49"),
    ("count", 1, 12345, "12,345"), ("hours", 2, 1.5, "1.50"), ("p", 1, .0004, "<.001"),
    ("p", 1, .0456, "0.046"), ("p", 1, NAN, "-"),
    ("percent_interval", 1, (.5, .6), "[50.0, 60.0]"),
    ("percent_interval", 1, Interval(.5, .6, .95, ""), "[50.0, 60.0]"),
    ("points_interval", 1, (-.01, .02), "[-1.0, +2.0]"), ("percent_interval", 1, None, "-"),
    ("spread_interval", 2, (.0022, float("inf")), "[0.22, -]")])
def test_values_as_people_read_them(kind, digits, value, text):
    assert Column("x", "x", kind, digits).text(value) == text


@pytest.fixture
def table():
    columns = (Column("name", "name"), Column("mean", "mean", "percent"),
               Column("span", "interval", "percent_interval"), Column("n", "n", "count"),
               Column("hidden", "hidden", "p", shown=False))
    return Table("t", "A title", columns, [
        dict(name="a|b", mean=.5125, span=(.5, .6), n=1000, hidden=.25),
        dict(name="[red]", mean=NAN)], "A note.")


def test_csv(table):
    assert table.csv() == ("name,mean,span_low,span_high,n,hidden\n"
                           "a|b,51.25,50.0,60.0,1000,0.25\n[red],,,,,\n")


def test_json(table):
    stored = json.loads(table.json())
    assert stored["title"] == "A title" and stored["note"] == "A note."
    assert stored["columns"][1] == {"key": "mean", "title": "mean", "unit": "%"}
    assert stored["rows"] == [
        {"name": "a|b", "mean": 51.25, "span": [50.0, 60.0], "n": 1000, "hidden": .25},
        {"name": "[red]", "mean": None, "span": None, "n": None, "hidden": None}]


def test_markdown(table):
    assert table.markdown() == ("| name | mean % | interval % | n |\n| --- | --: | --: | --: |\n"
                                "| a\\|b | 51.2 | [50.0, 60.0] | 1,000 |\n| [red] | - | - | - |\n")


def test_terminal_shows_names_as_they_are(table):
    console = Console(file=io.StringIO(), width=80)
    console.print(table.rich())
    lines = console.file.getvalue()
    assert "A title" in lines and "A note." in lines and "[red]" in lines
    assert "hidden" not in lines


def test_html_cells_sort_by_number(table):
    assert [(text, key if isinstance(key, str) else round(key, 9), number)
            for text, key, number in table.cells()[0]] == [
        ("a|b", "a|b", False), ("51.2", 51.25, True),
        ("[50.0, 60.0]", 55.0, True), ("1,000", 1000, True)]
    assert table.cells()[1][1] == ("-", None, True)
