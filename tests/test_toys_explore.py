"""A toy panel, registered by one function: the command, the page and the map's colours have it.
And: looking needs no TensorFlow."""
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import fcn_explore
from tests.explore import made
from tests.registered import registered
from utils.errors import UserError
from utils.explore.panel import PANELS, Gallery, ImageColumn, Panel, Pick
from utils.report.section import Section
from utils.report.table import Column, Table

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def analyse(exploration):
    """The image of the highest loss in each seed."""
    if len(exploration.records) < 2:
        raise UserError("toy: expected two seeds or more")
    worst = [int(index) for index in np.nanargmax(exploration.loss, 1)]
    rows = [dict(run=record.name, image=exploration.names[index])
            for record, index in zip(exploration.records, worst)]
    table = Table("toy", "Worst image of each run", (
        Column("run", "run"), Column("image", "image")), rows, "A toy.")
    return Panel(Section("toy", "Toy", ("Seeds differ.",), (table,)),
                 (Gallery("Worst", tuple(Pick(index) for index in worst)),),
                 (ImageColumn("twice the loss", 2 * exploration.loss.mean(0), "a toy"),))


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy is registered while a test runs; the working directory has two runs in tmp/."""
    os.makedirs(str(tmp_path / "tmp"))
    paths = made.write_runs(tmp_path / "tmp", seeds=2)
    made.write_images(tmp_path / "tmp", made.explore(paths).names)
    monkeypatch.chdir(tmp_path)
    with registered(PANELS):
        PANELS.register("toy", analyse)
        yield


def test_it_is_a_command_with_help(toy, capsys):
    assert "toy" in fcn_explore.commands()
    fcn_explore.main(["toy", "--outdir=out"])
    out = capsys.readouterr().out
    assert out.startswith("Seeds differ.") and "Worst image of each run" in out
    assert sorted(os.listdir("out")) == ["toy.csv", "toy.json"]
    rows = json.load(open(os.path.join("out", "toy.json")))["rows"]
    assert [row["run"] for row in rows] == ["run__1", "run__2"]
    with pytest.raises(SystemExit):
        fcn_explore.main(["--help"])
    assert ", toy" in " ".join(capsys.readouterr().out.split())


def test_it_is_on_the_page_and_colours_the_map(toy):
    fcn_explore.main(["html", "--out=e.html"])
    with open("e.html", encoding="utf-8") as file:
        text = file.read()
    assert '<a href="#toy">Toy</a>' in text
    section = re.search(r'<section id="toy".*?</section>', text, flags=re.S).group()
    assert "Seeds differ." in section and ">run__2</td>" in section
    assert ">twice the loss</option>" in text


def test_where_it_refuses_the_page_says_why(toy):
    fcn_explore.main(["html", "tmp/run__1", "--out=e.html"])
    with open("e.html", encoding="utf-8") as file:
        assert "<li><b>toy</b>: toy: expected two seeds or more" in " ".join(file.read().split())


@pytest.mark.parametrize("words, problem", [
    (["errors", "nowhere"], "no runs at 'nowhere'"),
    (["looking"], "unknown command 'looking': choose one of extract, cam, html"),
    (["compare", "tmp/run__1"], "expected two configurations"),
    (["similar"], "similar: expected the name of an image"),
    (["html", "--out=nowhere/e.html"], "there is no folder nowhere"),
    (["meta", "--metadata=none.csv"], "none.csv: no such file"),
    (["errors", "--split=train"], "no result")])
def test_a_users_mistake_is_one_line(toy, words, problem):
    with pytest.raises(UserError, match=problem) as caught:
        fcn_explore.main(words)
    assert "\n" not in str(caught.value)


def test_looking_needs_no_tensorflow(toy):
    script = (f"import sys; sys.path.insert(0, {_ROOT!r})\n"
              "class Refuse:\n"
              "    def find_spec(self, name, path=None, target=None):\n"
              "        if name.split('.')[0] in ('tensorflow', 'tf_slim', 'tf_keras', 'keras'):\n"
              "            raise ImportError('no ' + name)\n"
              "sys.meta_path.insert(0, Refuse())\n"
              "import fcn_explore\n"
              "for command in ('clusters', 'meta', 'errors', 'html', 'projector'):\n"
              "    fcn_explore.main([command, 'tmp/*'])\n"
              "fcn_explore.main(['similar', '00A_0003', 'tmp/*'])\n")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "explore.html" in done.stdout and "Images most similar" in done.stdout
