"""The panel of kinds of error, on runs made of numbers."""
import io
import os

import numpy as np
import pytest
from rich.console import Console

import fcn_explore
from tests.explore import made
from tests.report import synthetic
from utils.errors import UserError
from utils.explore.panel import PANELS
from utils.explore.terminal import show_panel
from utils.report.figures import render


def panel_of(paths, **options):
    return PANELS.get("errors")(made.explore(paths, **options))


def table(panel, name):
    return next(one for one in panel.section.tables if one.name == name)


def column(panel, name, key):
    return [row.get(key) for row in table(panel, name).rows]


@pytest.fixture
def runs(tmp_path):
    return made.write_runs(tmp_path)


def weighted(tmp_path, *weights):
    """Runs whose errors are of kinds by weights, one each seed."""
    paths = made.write_runs(tmp_path, seeds=len(weights))
    for seed, (path, own) in enumerate(zip(paths, weights), 1):
        made.write_found(path, "error_types", made.error_types(
            synthetic.draw_matrices(seed), seed, own))
    return paths


def test_kinds_of_each_class_add_up_to_its_union(runs):
    panel = panel_of(runs)
    rows = table(panel, "errors").rows
    assert [row["class"] for row in rows] == list(made.CLASSES)
    for row in rows:
        total = sum(row[key] for key in ("iou", "boundary", "extent", "segment"))
        assert total == pytest.approx(1, abs=1e-12)
        assert row["iou_seeds"].low <= row["iou"] <= row["iou_seeds"].high
        assert row["iou_images"].low <= row["iou"] <= row["iou_images"].high
    kinds = sum(column(panel, "error_kinds", "share"))
    assert kinds + np.mean(column(panel, "errors", "iou")) == pytest.approx(1, abs=1e-12)


def test_the_main_kind_is_found_and_in_how_many_seeds(tmp_path):
    panel = panel_of(weighted(tmp_path, (1, 9, 1), (1, 9, 1), (9, 5, 1)))
    first = panel.section.text[0]
    assert first.startswith("The main kind of error is extent: ")
    assert "the largest in 2 of 3 seeds" in first and "over seeds" in first
    assert column(panel, "error_kinds", "seeds") == ["", "2 of 3", ""]
    assert set(column(panel, "errors", "largest")) == {"extent"}


def test_classes_that_differ_are_named(tmp_path):
    paths = weighted(tmp_path, (1, 9, 1), (1, 9, 1))
    for seed, path in enumerate(paths, 1):
        matrices = synthetic.draw_matrices(seed)
        counts, other = (made.error_types(matrices, seed, weights)
                         for weights in ((1, 9, 1), (1, 1, 9)))
        counts.counts[:, 2] = other.counts[:, 2]
        made.write_found(path, "error_types", counts)
    text = " ".join(panel_of(paths).section.text)
    assert "Of tree (2 of 2 seeds, " in text and "segment errors are the largest part" in text


def test_a_single_seed_works_and_says_so(tmp_path):
    panel = panel_of(made.write_runs(tmp_path, seeds=1))
    assert "another seed may differ" in panel.section.text[0]
    assert "of 1 seeds" not in " ".join(panel.section.text)
    assert all("One seed: no interval over seeds" in one.note for one in panel.section.tables
               if "interval" in one.note and one.name != "errors")
    assert column(panel, "error_kinds", "share_seeds") == [None] * 3
    assert all(column(panel, "error_kinds", "share_images"))


def test_scenes_widen_what_is_over_images(runs):
    alone, scenes = (column(panel_of(runs, cluster=cluster), "errors", "iou_images")
                     for cluster in ("", made.CLUSTER))
    assert any(one.low != two.low for one, two in zip(alone, scenes))


def test_objects_in_pieces_and_merged(runs):
    for path in runs:
        made.write_found(path, "objects", made.objects(cut=(1,), merged=(2,)))
    panel = panel_of(runs)
    assert column(panel, "over_under", "over") == [0, .5, 0]
    assert column(panel, "over_under", "under") == [0, 0, 1]
    assert column(panel, "over_under", "over_parts")[1] == 2
    assert column(panel, "over_under", "any_over") == [0, 1, 0]
    assert column(panel, "over_under", "true") == [48] * 3
    ratio = 1 * 2 / (2 * 3)
    np.testing.assert_allclose(column(panel, "over_under", "rom"), [0, np.tanh(ratio), 0])
    assert column(panel, "over_under", "rum")[2] == pytest.approx(np.tanh(1 * 2 / (2 * 1)))
    text = " ".join(panel.section.text)
    assert "over-segmented are the true blobs of car (50.0 %" in text
    assert "under-segmented are the predicted objects of tree (100.0 %" in text
    assert "touching objects are one" in table(panel, "over_under").note


def test_instances_are_called_so(runs):
    for path in runs:
        made.write_found(path, "objects", made.objects(instances=True))
    panel = panel_of(runs)
    assert "instances above 10 pixels" in table(panel, "over_under").title
    assert "blobs" not in table(panel, "over_under").note


def test_specks_are_apart(runs):
    for path in runs:
        made.write_found(path, "objects", made.objects(area=16))  # halves are specks
    panel = panel_of(runs)
    assert column(panel, "over_under", "over") == [0, 0, 0]
    assert column(panel, "over_under", "over_specks") == [0, .5, 0]


def test_confusions_are_those_of_the_matrices(runs):
    panel = panel_of(runs)
    sums = made.explore(runs).matrices.sum(1)
    rows = table(panel, "confusions").rows
    assert [(row["true"], row["called"]) for row in rows[:3]] == sorted(
        (("road", "car"), ("car", "tree"), ("tree", "road")), key=lambda pair: -next(
            row["errors"] for row in rows if row["true"] == pair[0]))
    road = next(row for row in rows if row["true"] == "road")
    assert road["share"] == pytest.approx((sums[:, 0, 1] / sums[:, 0].sum(-1)).mean())
    assert road["seeds"] == "3 of 3" and sum(row["errors"] for row in rows) == pytest.approx(1)


def test_galleries_are_of_the_run_nearest_to_the_mean(runs):
    panel = panel_of(runs)
    assert [one.title for one in panel.galleries][0] == "Worst boundaries"
    assert len(panel.galleries) == 5
    scores = made.explore(runs).sample.scores
    nearest = int(np.argmin(abs(scores - scores.mean())))
    first, second = panel.galleries[0].picks
    assert first.index == nearest + 1 and first.caption == "car, 100 pixels, 1 of 3 seeds"
    assert second.index == 0 and second.caption == "car, 99 pixels, 3 of 3 seeds"
    assert first.picture[:4] == b"RIFF"
    assert panel.galleries[3].picks[0].caption == "car, 100 objects, 1 of 3 seeds"


def test_the_map_is_coloured_by_missed_pixels(runs):
    panel, matrices = panel_of(runs), made.explore(runs).matrices
    assert [one.name for one in panel.columns] == ["boundary errors", "extent errors",
                                                   "segment errors"]
    wrong = 1 - np.trace(matrices, axis1=-2, axis2=-1) / matrices.sum((-1, -2))
    np.testing.assert_allclose(sum(one.values for one in panel.columns), wrong.mean(0))


def test_older_objects_and_absent_pictures_are_told(runs):
    synthetic.write_objects(runs[1], "test", 1)
    os.remove(os.path.join(runs[0], "test", "test.worst.npz"))
    panel = panel_of(runs)
    assert [one.name for one in panel.section.tables] == ["error_kinds", "errors", "confusions"]
    told = " ".join(panel.section.remarks)
    assert "without pairs: python fcn_explore.py extract" in told and runs[1] in told
    assert "No pictures: " in told and not panel.galleries


def test_error_types_of_another_test_are_refused(runs):
    made.write_found(runs[2], "error_types", made.error_types(synthetic.draw_matrices(99), 3))
    with pytest.raises(UserError, match="are not those of its stored result: python fcn_explore"):
        panel_of(runs)
    os.remove(os.path.join(runs[2], "test", "test.error_types.npz"))
    with pytest.raises(UserError, match="not extracted yet"):
        panel_of(runs)


def test_a_class_that_never_occurs_has_no_row(tmp_path):
    def without_tree(seed):
        matrices = synthetic.draw_matrices(seed)
        matrices[:, 2] = 0
        return matrices
    panel = panel_of(made.write_runs(tmp_path, matrices=without_tree))
    assert column(panel, "errors", "class") == ["road", "car"]
    assert "<svg" in render(panel.section.plots[0])


def test_80_columns(runs, tmp_path):
    console = Console(file=io.StringIO(), width=80)
    exploration = made.explore(runs)
    show_panel(console, PANELS.get("errors")(exploration), exploration.names, str(tmp_path / "o"))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("boundary") for line in lines)
    assert sorted(os.listdir(tmp_path / "o")) == sorted(
        [f"{name}.{kind}" for name in ("confusions", "error_kinds", "errors", "over_under")
         for kind in ("csv", "json")] + ["errors.svg"])


def test_the_command(runs, capsys):
    fcn_explore.main(["errors", *runs])
    assert "The main kind of error is" in capsys.readouterr().out
