"""Kept checkpoints and curves: a run that has few of them does not drop its configuration."""
import os

import numpy as np
import pytest

from tests.report.synthetic import draw_matrices, write_kept, write_result, write_run
from utils.report import analyses  # noqa: F401  registers them
from utils.report.checkpoints import curve_scores, kept_scores, kept_steps
from utils.report.common_steps import most_shared
from utils.report.section import ANALYSES
from utils.statistics.checkpoints import freeze_point
from utils.statistics.components import checkpoint_components

STEPS = (20, 40, 60, 80, 100)


def _runs(root, steps_of_each, **flags):
    for seed, steps in enumerate(steps_of_each, 1):
        path = write_run(root, f"a__{seed}", seed, draw_matrices(seed), **flags)
        write_kept(path, seed, steps)


def test_runs_and_steps_are_chosen_together():
    five, ten = set(range(5)), set(range(10))
    assert most_shared([ten, ten, ten, {0}], 3) == ([0, 1, 2], list(range(10)))
    assert most_shared([ten, ten, five, ten, ten], 3) == ([0, 1, 3, 4], list(range(10)))
    assert most_shared([ten, ten, five, ten, ten], 3, last=4) == ([0, 1, 2, 3, 4], [1, 2, 3, 4])
    assert most_shared([five, ten - five], 3) == ([0], list(range(5)))
    assert most_shared([{1, 2}, {1, 2}], 3) == ([], [])
    assert most_shared([set(), {1}], 1) == ([1], [1])
    assert most_shared([], 1) == ([], [])


def test_a_run_with_too_few_kept_tests_is_left_out_and_the_others_stay(tmp_path, study_of):
    _runs(tmp_path, [STEPS, (20,), STEPS])
    study = study_of(tmp_path)
    sample, = study.samples()
    found = kept_scores(study, sample)
    assert found.names == ("a__1", "a__3") and found.steps.tolist() == list(STEPS)
    expected = [study.score(sample.records[2], f"test_{step}") for step in STEPS]
    assert found.test[1].tolist() == expected
    assert study.notes == [
        "checkpoints: left out: a__2 of mobilenet_v1 fcn16: 1 of its checkpoints is tested on "
        "validation and test, 1 of the 5 of the other 2 runs"]
    row, = ANALYSES.get("checkpoints")(study).tables[0].rows
    assert (row["runs"], row["checkpoints"]) == (2, 5)
    row = ANALYSES.get("errorbars")(study).tables[1].rows[0]
    assert row["checkpoint"] == checkpoint_components(found.test).within_sd


def test_a_damaged_test_of_a_checkpoint_costs_that_checkpoint(tmp_path, study_of):
    _runs(tmp_path, [STEPS, STEPS])
    damaged = tmp_path / "a__1" / "test" / "test_40.npz"
    damaged.write_bytes(b"PK damaged")
    study = study_of(tmp_path)
    found = kept_scores(study, study.samples()[0])
    assert found.names == ("a__1", "a__2") and found.steps.tolist() == [20, 60, 80, 100]
    assert any(str(damaged) in line for line in study.notes)


def test_where_no_run_has_enough_the_reason_counts_tests(tmp_path, study_of):
    _runs(tmp_path, [(20,), (20, 40)])
    for seed in (1, 2):
        for step in STEPS:
            (tmp_path / f"a__{seed}" / f"fcn.ckpt_{step}.index").write_text("")
            write_result(tmp_path / f"a__{seed}", f"validation_{step}",
                         draw_matrices(step))
    study = study_of(tmp_path)
    text = ANALYSES.get("checkpoints")(study).text[0]
    assert "of a run's kept checkpoints at most 2 on test are tested, 3 are needed" in text
    assert kept_scores(study, study.samples()[0]) is None


def test_curves_of_few_evaluations_are_left_out_too(tmp_path, study_of):
    for seed in (1, 2, 3):
        curve = {10: .3} if seed == 2 else {step: .3 + step / 1000 for step in STEPS}
        write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed), curve=curve)
    study = study_of(tmp_path)
    found = curve_scores(study, study.samples()[0])
    assert found.names == ("a__1", "a__3") and found.steps.tolist() == list(STEPS)
    assert study.notes == [
        "checkpoints: left out: a__2 of mobilenet_v1 fcn16: 1 of its checkpoints is evaluated on "
        "validation, 0 of the 5 of the other 2 runs"]


def test_kept_checkpoints_of_another_result_are_those_of_its_size(tmp_path, study_of):
    path = write_run(tmp_path, "a__1", 1, draw_matrices(1))
    for stem in ("test_20", "test_40_384x384", "test_best_384x384", "test_60_first20"):
        write_result(path, stem, draw_matrices(1))
    steps = {result: kept_steps(study, study.collection.records[0], "test")
             for result in ("", "best", "384x384", "best_384x384", "40_first20")
             for study in [study_of(tmp_path, result=result)]}
    assert steps == {"": [20], "best": [20], "384x384": [40], "best_384x384": [40],
                     "40_first20": [60]}


def test_ten_checkpoints_are_asked_for_and_lag_1_is_compared(tmp_path, study_of):
    _runs(tmp_path, [STEPS] * 3)
    section = ANALYSES.get("checkpoints")(study_of(tmp_path))
    row, = section.tables[0].rows
    assert row["lag1_independent"] == pytest.approx(-.4)
    assert "5 of them hardly tell: keep and test 10 (--test_kept=10)" in section.text[1]
    assert "(at least " in section.text[0]
    assert [advice.command for advice in section.advice] == [
        "python fcn_train.py --basenet=mobilenet_v1 --keep_every=8 --test_kept=10 --seed=4"]
    assert "removed, at least so much" in ANALYSES.get("errorbars")(study_of(tmp_path)).tables[
        1].note


def test_checkpoints_that_hang_together_are_told(tmp_path, study_of):
    steps = tuple(range(10, 130, 10))
    for seed in (1, 2, 3):
        path = write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed))
        for index, step in enumerate(steps):  # a slow wave around the trend
            quality = .7 + .03 * np.sin(index / 2 + seed)
            for split in ("validation", "test"):
                write_result(path, f"{split}_{step}",
                             draw_matrices(1, quality, spread=0))
    study = study_of(tmp_path, last=12)
    for name in ("checkpoints", "errorbars"):
        section = ANALYSES.get(name)(study)
        assert any(line.startswith("Neighbouring checkpoints hang together: lag 1 is +")
                   and "of independent ones it is -0.17" in line for line in section.text)
    assert ANALYSES.get("checkpoints")(study).advice == ()


def test_curves_name_the_runs_and_configurations_that_they_leave_out(tmp_path, study_of):
    full = {step: .3 + step / 1000 for step in STEPS}
    for seed, curve in ((1, full), (2, {20: .3}), (3, full), (4, {})):
        write_run(tmp_path, f"a__{seed}", seed, curve=curve or {5: None})
    write_run(tmp_path, "a__5", 5, status="failed", curve=full)
    write_run(tmp_path, "b__1", 1, curve={5: None}, fcn8=True)
    study = study_of(tmp_path)
    row, = ANALYSES.get("curves")(study).tables[0].rows
    assert (row["n"], row["step"]) == (2, 100)
    assert study.notes == ["curves: left out: " + line for line in (
        "a__2 has 1 of the 5 evaluations that the others of its configuration share",
        "a__4 has not evaluated itself",
        "a__5 is failed at step 100, and others of its configuration ended",
        "mobilenet_v1 fcn8: no run of it has evaluated itself")]


def test_the_optimism_of_kept_runs_is_that_of_the_freeze_point(tmp_path, study_of):
    _runs(tmp_path, [STEPS, (20, 40, 60), (20,)])
    for seed in (1, 2, 3):
        write_result(os.path.join(str(tmp_path), f"a__{seed}"), "validation_best",
                     draw_matrices(seed))
    study = study_of(tmp_path, split="validation", result="best")
    study.samples()
    values = []
    for record in study.collection.records[:2]:
        steps = kept_steps(study, record, "test")
        scores = [[[study.score(record, f"{split}_{step}") for step in steps]]
                  for split in ("validation", "test")]
        values.append(freeze_point(scores[0], scores[1], steps).optimism.mean)
    line = study.notes[-1]
    assert line.startswith(
        "each run is scored on validation, by which its checkpoint was picked: that is too high. "
        "Of the last 3 to 5 kept checkpoints of 2 runs, the best on validation promises "
        f"{100 * np.mean(values):.2f} points more there than it keeps on test [")
    assert line.endswith("or the newest on this one (--result=)")
