"""docs/explore.ipynb: valid, without outputs, and every cell runs."""
import json
import os
import sys

import pytest

from tests.tiny import REPO

NOTEBOOK = os.path.join(REPO, "docs", "explore.ipynb")


def read_cells():
    with open(NOTEBOOK, encoding="utf-8") as file:
        return json.load(file)["cells"]


def test_it_is_a_notebook_without_outputs():
    with open(NOTEBOOK, encoding="utf-8") as file:
        text = file.read()
    found = json.loads(text)
    assert found["nbformat"] == 4 and found["nbformat_minor"] >= 5
    assert text == json.dumps(found, indent=1, ensure_ascii=False) + "\n"  # as Jupyter writes it
    names = [cell["id"] for cell in found["cells"]]
    assert len(set(names)) == len(names)
    for cell in found["cells"]:
        assert cell["cell_type"] in ("code", "markdown") and isinstance(cell["metadata"], dict)
        assert all(isinstance(line, str) for line in cell["source"])
        assert all(line.endswith("\n") for line in cell["source"][:-1])
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


@pytest.mark.skipif(sys.version_info < (3, 8), reason="runs on TF 2.x: what it calls is tested on "
                    "both stacks")
def test_every_cell_runs(tiny_net, tmp_path, monkeypatch, capsys):
    """With the tiny net in the place of the notebook's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    space = {"__name__": "__main__"}
    own, tiny = (f'"--basenet={name}",' for name in ("mobilenet_v1", "tiny"))
    assert own in str(read_cells())
    for cell in read_cells():
        if cell["cell_type"] == "code":
            source = "".join(cell["source"]).replace(own, tiny)
            source = source.replace('"--depth_multiplier=0.25"', '"--depth_multiplier=1"')
            try:
                exec(compile(source, f"{NOTEBOOK} {cell['id']}", "exec"), space)
            except Exception as error:
                pytest.fail(f"{cell['id']}: {type(error).__name__}: {error}")
    assert str(tmp_path) in os.path.realpath(os.getcwd())
    assert space["places"].shape == (16, 2) and len(space["explained"].maps) == 2
    out = capsys.readouterr().out
    assert "Seg-Grad-CAM at layer 16, 2 runs" in out and os.path.isfile("explore.html")
    assert os.path.isfile("tables/labels_wrong.csv")
    with open("next.txt", encoding="utf-8") as file:
        chosen = [line for line in file.read().split("\n") if line and not line.startswith("#")]
    assert len(chosen) == 8 and set(space["training"].names[:4]) < set(chosen)
