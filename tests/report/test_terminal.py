"""What a terminal shows at each width: whole words, and a line on what does not fit."""
import io
import re

import pytest
from rich.console import Console

from tests.report import synthetic
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.analyses.configurations import key_table
from utils.report.collect import collect
from utils.report.layout import ALWAYS, fit, wrapped
from utils.report.section import ANALYSES
from utils.report.study import Options, Study
from utils.report.table import Column, Table
from utils.report.terminal import print_line, print_section

WIDTHS = (40, 60, 80, 100, 120, 200)


def _printed(width, show, what):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show(console, what)
    return console.file.getvalue()


@pytest.fixture(scope="module", params=["wild", "mixed", "odd"])
def tables(request, tmp_path_factory):
    """All tables of: many differing flags; two data sets and seg-mentor; runs that came to nothing.
    """
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "wild":
        synthetic.write_streets(root, ({},) + synthetic.WILD, kept=True)
    elif request.param == "mixed":
        synthetic.write_streets(root)
        synthetic.write_demo(root)
        synthetic.write_seg_mentor(root)
    synthetic.write_odd(root)
    if request.param == "odd":
        synthetic.write_run(root, "Nov23_mobilenet_v1__1", 1, synthetic.draw_matrices(1))
    return list(_tables(Study(collect([str(root)]), Options(last=4))))


def _tables(study):
    for name in ANALYSES.names():
        try:
            yield from ANALYSES.get(name)(study).tables
        except UserError:
            assert name in ("compare", "effects", "importance", "sizes", "transfer",
                            "interactions")
    yield key_table(study, study.configurations[:2])


def _words_of(table):
    texts = [table.title, table.note] + [column.heading for column in table.columns]
    return " ".join(texts + [cell for row in table.texts() for cell in row]).split()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_is_broken_and_no_line_too_long(tables, width):
    assert len(tables) > 7
    for table in tables:
        text = _printed(width, Console.print, table.rich())
        assert max(map(len, text.splitlines())) <= width, table.name
        known = set(_words_of(table))
        # Long lists and paths, and at 40 columns other words, may wrap after their signs.
        atoms = [re.split("(?<=[/,;=])", word) for word in known if len(word) > min(24, width // 3)]
        parts = {"".join(one[a:b]) for one in atoms
                 for a in range(len(one)) for b in range(a + 1, len(one) + 1)}
        told = re.sub(r"Not\s+shown\s+at\s.*have\s+all[.]", "", text, flags=re.S)
        broken = [word for word in told.split() if word not in known | parts
                  and set(word) != {"─"}]
        assert broken == [], f"{table.name} at {width} columns"


def test_at_80_columns_the_figures_that_matter_are_there(tables):
    shown = {"runs": ["run", "test", "status"], "errorbars": ["n", "mean", "its interval", "sd"],
             "compare": ["A", "B", "verdict", "A - B"], "leaderboard": ["extractor", "mIoU"],
             "classes": ["class", "IoU"], "configurations": ["id", "label"]}
    for table in (one for one in tables if one.name in shown):
        kept = [table.shown[index].title for index, _ in fit(table.shown, table.texts(), 80)]
        assert set(shown[table.name]) <= set(kept), table.name


def test_what_does_not_fit_is_named_with_its_owner():
    table = Table("t", "title", (
        Column("a", "first", keep=ALWAYS), Column("mean", "mean", "percent", keep=0),
        Column("ends", "interval", "percent_interval", of="mean"), Column("n", "n", "count")),
        [dict(a="x" * 20, mean=.5, ends=(.4, .6), n=3)])
    text = _printed(30, Console.print, table.rich())
    assert "Not shown at 30 columns: mean, mean interval." in " ".join(text.split())
    assert "(COLUMNS=200) has more" in " ".join(text.split())
    many = Table("t", "title", tuple(
        Column(f"c{number}", "x" * 30, keep=0) for number in range(9)), [{}])
    wide = " ".join(_printed(200, Console.print, many.rich()).split())
    assert "(COLUMNS=400) has more" in wide
    assert "Not shown" not in _printed(60, Console.print, table.rich())


def test_empty_columns_go_first_and_the_rightmost_of_equals():
    columns = [Column(name, name, keep=keep) for name, keep in (
        ("aaaa", ALWAYS), ("bbbb", 1), ("cccc", 1), ("dddd", 2))]
    row = ["1111", "2222", "3333", "-"]
    assert [index for index, _ in fit(columns, [row], 22)] == [0, 1, 2, 3]
    assert [index for index, _ in fit(columns, [row], 16)] == [0, 1, 2]
    assert [index for index, _ in fit(columns, [row], 10)] == [0, 1]
    assert [index for index, _ in fit(columns, [row], 3)] == [0]


@pytest.mark.parametrize("text, width, lines", [
    ("mobilenet_v2 fcn16 lr=0.003", 20, ["mobilenet_v2 fcn16", "lr=0.003"]),
    ("class_weights=0.3,1.2,4.5,0.2,0.7", 20, ["class_weights=0.3,", "1.2,4.5,0.2,0.7"]),
    ("  on these images", 12, ["  on these", "images"]), ("", 5, [""]),
    ("abcdefgh", 5, ["abcde", "fgh"])])
def test_text_wraps_at_blanks_and_long_lists_after_their_signs(text, width, lines):
    assert wrapped(text, width).split("\n") == lines


def test_a_command_stays_on_one_line_for_copying():
    command = "python fcn_test.py --traindir=tmp/" + "x" * 80 + " --split=test"
    text = _printed(40, print_line, "a run has no result 'test': " + command)
    assert text.splitlines() == ["a run has no result 'test':", "    " + command]


def test_sections_print_sentences_tables_and_advice(tmp_path, study_of):
    for number, flags in enumerate(({}, {"fcn8": True})):
        synthetic.write_run(tmp_path, f"r{number}", 1, synthetic.draw_matrices(number),
                            **flags)
    text = _printed(80, print_section, ANALYSES.get("compare")(study_of(tmp_path)))
    lines = text.splitlines()
    assert lines[0].startswith("mobilenet_v1 fcn16 against mobilenet_v1 fcn8: no verdict") or \
        lines[0].startswith("mobilenet_v1 fcn8 against mobilenet_v1 fcn16: no verdict")
    assert "    python fcn_train.py --basenet=mobilenet_v1 --fcn8 --seed=2" in lines
