"""`interactions` on made runs: differences of differences, their verdicts, grids with holes."""
import numpy as np
import pytest
from scipy import stats

from tests.report.synthetic import write_grid, write_run
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.figures import render
from utils.report.section import ANALYSES

V1, V2 = "mobilenet_v1", "mobilenet_v2"
FCN8, RATE, BOTH = (("fcn8", True),), (("learnrate", .003),), (("fcn8", True), ("learnrate", .003))
#: V2 gains 10 points more from the higher rate; FCN8 gives both the same.
QUALITY = {(V1, ()): .60, (V1, RATE): .61, (V1, FCN8): .65, (V1, BOTH): .66,
           (V2, ()): .60, (V2, RATE): .71, (V2, FCN8): .65, (V2, BOTH): .76}


def _analyse(study):
    return ANALYSES.get("interactions")(study)


def _rows(section, name="interactions"):
    return {(row["flag"], row["other"]): row for row in next(
        table for table in section.tables if table.name == name).rows}


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    root = tmp_path_factory.mktemp("grid")
    write_grid(root, QUALITY, spread=.003)
    return root


def test_the_flag_that_one_gains_from_is_found_and_the_other_is_small(grid, study_of):
    section = _analyse(study_of(grid, margin=.03))
    rows = _rows(section)
    assert set(rows) == {("learnrate", "0.003"), ("decoder", "FCN8")}
    rate, decoder = rows["learnrate", "0.003"], rows["decoder", "FCN8"]
    assert (rate["a"], rate["b"], rate["usual"]) == (V2, V1, "0.001")
    assert rate["verdict"] == "differs" and .06 < rate["difference"] < .14
    assert decoder["verdict"] == "no larger than 3" and decoder["within_p"] < .05
    assert section.text[0] == \
        "2 interactions of basenet with another flag: 1 differs, 1 no larger than 3."
    assert section.text[1].startswith("mobilenet_v2 gains ")
    assert "more from learnrate 0.003 in place of 0.001 than mobilenet_v1 (p " in section.text[1]
    assert "learnrate: 0.003, mobilenet_v2 - mobilenet_v1" in render(section.plots[0])


def test_numbers_are_those_of_the_cells(grid, study_of):
    study = study_of(grid)
    cells = {one.label: one.scores for one in study.samples()}
    row = _rows(_analyse(study))["learnrate", "0.003"]
    gains = {net: np.mean([cells[f"{net} {fcn} lr=0.003"].mean()
                           - cells[f"{net} {fcn} lr=0.001"].mean()
                           for fcn in ("fcn16", "fcn8")]) for net in (V1, V2)}
    assert row["gain_a"] == pytest.approx(gains[V2]) and row["gain_b"] == pytest.approx(gains[V1])
    assert row["difference"] == pytest.approx(gains[V2] - gains[V1])
    parts = np.array([scores.var(ddof=1) / 3 / 4 for scores in cells.values()])
    df = parts.sum() ** 2 / (parts ** 2 / 2).sum()
    assert row["interval"].half_width == pytest.approx(
        stats.t.ppf(.975, df) * np.sqrt(parts.sum()))
    p = 2 * stats.t.sf(abs(row["difference"]) / np.sqrt(parts.sum()), df)
    assert row["p"] == pytest.approx(min(2 * p, 1)) and row["settings"] == 2
    assert row["largest"] == pytest.approx(row["interval"].high)


def test_any_flag_can_be_asked_about(grid, study_of):
    rows = _rows(_analyse(study_of(grid, by="learnrate")))
    row = rows["basenet", V2]
    assert (row["a"], row["b"], row["usual"]) == ("0.003", "0.001", V1)
    assert row["verdict"] == "differs"
    with pytest.raises(UserError, match="--by=lr: expected decoder or a flag of fcn_train.py"):
        _analyse(study_of(grid, by="lr"))
    with pytest.raises(UserError, match="no two values of loss with two of another flag"):
        _analyse(study_of(grid, by="loss"))


def test_a_grid_with_a_hole_uses_the_settings_that_are_whole(tmp_path, study_of):
    write_grid(tmp_path, {cell: quality for cell, quality in QUALITY.items()
                          if cell != (V1, BOTH)}, spread=.003)
    rows = _rows(_analyse(study_of(tmp_path)))
    assert rows["learnrate", "0.003"]["settings"] == rows["decoder", "FCN8"]["settings"] == 1


def test_single_runs_get_no_verdict(tmp_path, study_of):
    write_grid(tmp_path / "a", {cell: QUALITY[cell] for cell in ((V1, ()), (V1, RATE), (V2, ()))})
    write_grid(tmp_path / "b", {(V2, RATE): .71}, seeds=1)
    section = _analyse(study_of(tmp_path / "a", tmp_path / "b"))
    row = _rows(section)["learnrate", "0.003"]
    assert row["verdict"] == "no verdict" and row["interval"] is None and np.isnan(row["p"])
    assert row["difference"] > .05 and row["seeds"] == 1
    assert section.remarks[-1].startswith("1 setting left out: a cell of the four has a single run")
    assert render(section.plots[0])


def test_lost_runs_take_the_verdict_away(tmp_path, study_of):
    write_grid(tmp_path, {cell: QUALITY[cell] for cell in ((V1, ()), (V1, RATE), (V2, ()),
                                                           (V2, RATE))}, spread=.003)
    write_run(tmp_path, "lost", 9, status="failed", basenet=V2, learnrate=.003,
              info=dict(error="the loss is nan", pid=999))
    assert _rows(_analyse(study_of(tmp_path)))["learnrate", "0.003"]["verdict"] == "no verdict"


def test_flags_that_change_together_are_one(tmp_path, study_of):
    together = RATE + (("batch_size", 4),)
    write_grid(tmp_path, {(V1, ()): .6, (V1, together): .6, (V2, ()): .6, (V2, together): .7},
               spread=.003)
    row, = _rows(_analyse(study_of(tmp_path))).values()
    assert row["flag"] == "batch_size, learnrate"
    assert (row["usual"], row["other"]) == ("batch_size=16 learnrate=0.001",
                                            "batch_size=4 learnrate=0.003")


def test_runs_that_are_no_grid_are_refused(sweep, study_of):
    with pytest.raises(UserError, match="expected a grid"):
        _analyse(study_of(sweep))
