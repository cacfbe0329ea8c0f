"""A toy analysis, registered by one function: every command of fcn_report.py has it."""
import json
import os
import re

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import fcn_report
from tests.registered import registered
from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report import plots
from utils.report.section import ANALYSES, Plot, Section
from utils.report.table import Column, Table


def analyse(study):
    """The score of every run above the first one's."""
    scores = [(record.name, study.score(record)) for sample in study.samples()
              for record in sample.records]
    if len(scores) < 2:
        raise UserError("toy: expected two runs or more")
    rows = [dict(run=name, above=score - scores[0][1]) for name, score in scores]
    table = Table("toy", "Above the first run", (
        Column("run", "run"), Column("above", "above", "points", 2)), rows, "A toy.")
    return Section("toy", "Toy", (f"{rows[1]['run']} is above or below.",), (table,), (
        Plot("toy_plot", "The same drawn", "One point a run.", lambda: plots.strip(
            ["all"], [np.array([score for _, score in scores])], [None], "mIoU, %")),))


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy is registered while a test runs; the working directory has two runs in tmp/."""
    for seed in (1, 2):
        write_run(str(tmp_path / "tmp"), f"a__{seed}", seed, draw_matrices(seed))
    monkeypatch.chdir(tmp_path)
    with registered(ANALYSES):
        ANALYSES.register("toy", analyse)
        yield


def test_it_is_a_command_with_help(toy, capsys):
    assert "toy" in fcn_report.commands()
    fcn_report.main(["toy", "tmp/*", "--outdir=out"])
    out = capsys.readouterr().out
    assert out.startswith("a__2 is above or below.") and "Above the first run" in out
    assert sorted(os.listdir("out")) == ["toy.csv", "toy.json", "toy_plot.svg"]
    rows = json.load(open(os.path.join("out", "toy.json")))["rows"]
    assert [row["run"] for row in rows] == ["a__1", "a__2"] and rows[0]["above"] == 0
    with pytest.raises(SystemExit):
        fcn_report.main(["--help"])
    assert ", toy" in " ".join(capsys.readouterr().out.split())


def test_it_is_on_the_page(toy):
    fcn_report.main(["html", "tmp/*", "--out=r.html"])
    with open("r.html", encoding="utf-8") as file:
        text = file.read()
    assert '<a href="#toy">Toy</a>' in text
    section = re.search(r'<section id="toy">.*?</section>', text, flags=re.S).group()
    assert "a__2 is above or below." in section and "<svg" in section
    assert "<pre>python fcn_report.py toy" in section and ">a__2</td>" in section


def test_it_is_in_tensorboard(toy):
    fcn_report.main(["tensorboard", "tmp/*"])
    events = EventAccumulator(os.path.join("tboards", "error_bars"))
    events.Reload()
    tensor, = events.Tensors("report/toy")
    text = tensor.tensor_proto.string_val[0].decode("utf-8")
    assert text.startswith("## Toy\n\na__2 is above or below.")
    assert "| run | above points |" in text and "| a__1 | +0.00 |" in text
    content = events.SummaryMetadata("report/toy").plugin_data
    assert content.plugin_name == "text"


def test_where_it_refuses_the_page_says_why(toy, tmp_path):
    fcn_report.main(["html", "tmp/a__1", "--out=r.html"])
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<li><b>toy</b>: toy: expected two runs or more" in " ".join(text.split())
