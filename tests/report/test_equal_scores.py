"""Runs that score exactly alike: no table claims anything of them, and none crashes."""
import re

import numpy as np
import pytest

from tests.report.synthetic import draw_matrices, write_kept, write_objects, write_run
from utils.report import analyses  # noqa: F401  registers them
from utils.report.figures import render
from utils.report.html import page
from utils.report.section import ANALYSES
from utils.report.tensorboard import write_boards


def _write(root, qualities, seeds=3, basenet="mobilenet_v1"):
    """Configurations whose runs are all the same, curves and kept checkpoints included."""
    for number, quality in enumerate(qualities):
        for seed in range(1, seeds + 1):
            path = write_run(root, f"{basenet}_{number}__{seed}", seed, draw_matrices(7, quality),
                             curve={step: .3 for step in range(10, 101, 10)}, basenet=basenet,
                             learnrate=.001 * (number + 1))
            write_objects(path, "test", 3)
            write_kept(path, 3, quality=quality)


@pytest.mark.parametrize("qualities", [(.8,), (.8, .8, .8), (.8, .7, .6)])
def test_no_analysis_claims_or_crashes(tmp_path, study_of, qualities):
    _write(tmp_path, qualities)
    grid = tmp_path / "grid"
    for basenet in ("mobilenet_v1", "mobilenet_v2", "vgg_16"):
        _write(grid, qualities, basenet=basenet)
    one, all_of_them = [study_of(root, last=5) for root in (tmp_path, grid)]
    for name in ANALYSES.names():
        if len(qualities) == 1 and name in ("compare", "effects", "importance", "interactions"):
            continue  # they need two configurations
        section = ANALYSES.get(name)(all_of_them if name in ("transfer", "interactions") else one)
        for plot in section.plots:
            render(plot)
        for table in section.tables:
            keys = [column.key for column in table.columns if column.is_interval]
            for row in table.rows:
                for key in set(keys) & set(row):
                    if key == "interval" and name in ("runs", "failures"):
                        continue  # over images, which differ; a share with Wilson's interval
                    if key in ("above_interval", "these_runs", "time_interval", "rho_others",
                               "others"):
                        continue  # Newcombe's, never without width; images; times; extractors
                    assert not row[key] or _is_nan(row[key]), (name, table.name, key, row[key])
        assert " is better" not in " ".join(section.text + section.more)


def _is_nan(interval):
    return hasattr(interval, "__len__") and np.isnan(interval).all()


def test_a_note_says_why_there_is_no_interval(tmp_path, study_of):
    _write(tmp_path, (.8,))
    study = study_of(tmp_path)
    ANALYSES.get("errorbars")(study)
    line, = [line for line in study.notes if line.startswith("no interval over seeds")]
    assert re.match("no interval over seeds: all 3 seeds of mobilenet_v1 fcn16 score [0-9.]+ %, so "
                    "their spread is unknown", line)


def test_exact_ties_share_the_ranks(tmp_path, study_of):
    _write(tmp_path, (.8, .8, .8))
    section = ANALYSES.get("compare")(study_of(tmp_path))
    table, = [table for table in section.tables if table.name == "ranks"]
    assert all(row["rank_1"] == pytest.approx(1 / 3) for row in table.rows)
    assert {row["verdict"] for table in section.tables if table.name == "compare"
            for row in table.rows} == {"no verdict"}


def test_different_scores_without_spread_have_no_ranks(tmp_path, study_of):
    _write(tmp_path, (.8, .7, .6))
    section = ANALYSES.get("compare")(study_of(tmp_path))
    ranks = [table for table in section.tables if table.name == "ranks"]
    assert not ranks or {text for row in ranks[0].texts() for text in row[-3:]} == {"-"}


def test_pages_and_boards_are_written(tmp_path, study_of):
    _write(tmp_path / "runs", (.8, .8, .7))
    study = study_of(tmp_path / "runs", last=5)
    assert " is better" not in page(study)
    write_boards(study, str(tmp_path / "boards"))
    assert (tmp_path / "boards" / "band").is_dir()
