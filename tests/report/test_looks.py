"""Verdicts at the looks that a sweep declared, and what the report says of its plan."""
import os

import numpy as np
import pytest

from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.collect import collect
from utils.report.looks import decide, parse_looks
from utils.report.section import ANALYSES
from utils.report.study import Options, Study
from utils.runs.plan_file import write_plan
from utils.runs.plans import Declaration, PlannedRun, SweepPlan
from utils.runs.run_folder import SEED_FLAGS, RunFolder
from utils.statistics.looks import Looks

_FLAGS = {"a": {}, "b": dict(fcn16=False), "c": dict(fcn8=True), "d": dict(fcn4=True)}


def _train(root, label, seeds, quality, **more):
    return [write_run(root, f"{label}__{seed}", seed,
                      draw_matrices(seed + 50 * ord(label), quality), **dict(_FLAGS[label], **more))
            for seed in seeds]


def _plan(root, looks, labels="ab"):
    """Stores the plan of a sweep of these configurations, whose keys their first runs tell."""
    runs = [PlannedRun(label, seed, 0, (), RunFolder(os.path.join(
        str(root), label + "__1")).group_key(), tuple((flag, seed) for flag in SEED_FLAGS), 100,
        "mobilenet_v1") for seed in range(1, looks.last + 1) for label in labels]
    plan = SweepPlan("decoders", tuple(runs), Declaration(looks), looks.seeds,
                     "2026-01-01T00:00:00+00:00")
    path = os.path.join(str(root), "sweeps", "decoders", "plan.json")
    os.makedirs(os.path.dirname(path))
    write_plan(path, plan)
    return plan


def _compare(root, **options):
    section = ANALYSES.get("compare")(Study(collect([str(root)]), Options(**options)))
    row, = [table for table in section.tables if table.name == "compare"][0].rows
    return row, " ".join(section.remarks), section


def test_compare_keeps_to_the_plan_of_a_sweep(tmp_path):
    _train(tmp_path, "a", range(1, 5), .80)
    _train(tmp_path, "b", range(1, 5), .797)
    _plan(tmp_path, Looks((3, 6)))
    row, remarks, section = _compare(tmp_path)
    assert "3 + 3 seeds" in row["why"] and "the level at this look being .00" in row["why"]
    assert "Planned: looks at 3 and 6 seeds of each (sweep decoders); for one pair the levels" in (
        remarks)
    assert "No number of seeds" not in remarks and "beyond" not in remarks
    assert row["n_a"] == 4  # the numbers beside it are those of all runs


def test_a_look_before_the_first_is_none(tmp_path):
    _train(tmp_path, "a", (1, 2), .8)
    _train(tmp_path, "b", (1, 2), .6)
    _plan(tmp_path, Looks((3,)))
    row, remarks, _ = _compare(tmp_path)
    assert row["verdict"] == "no verdict"
    assert row["why"] == "the first planned look is at 3 seeds of each; there are 2 + 2"
    row, remarks, _ = _compare(tmp_path, looks="none")
    assert row["verdict"].endswith("better") and "--looks=none: no planned looks" in remarks


def test_runs_beyond_the_plan_are_counted_and_not_used(tmp_path):
    _train(tmp_path, "a", range(1, 9), .8)
    _train(tmp_path, "b", range(1, 9), .6)
    _plan(tmp_path, Looks((5,)))
    row, remarks, _ = _compare(tmp_path)
    assert "over 5 + 5 seeds" in row["why"]
    assert ("6 runs beyond the plan are not in the verdict. A look at 8 seeds as well, at 0.05, "
            "would raise the chance of a false claim from 0.05 to 0.079.") in remarks


def test_looks_by_hand_and_without_a_plan(tmp_path):
    _train(tmp_path, "a", range(1, 5), .8)
    _train(tmp_path, "b", range(1, 5), .6)
    row, remarks, _ = _compare(tmp_path)
    assert "over 4 + 4 seeds" in row["why"]
    assert remarks.startswith("No number of seeds was declared for these configurations")
    row, remarks, _ = _compare(tmp_path, looks="3,4")
    assert "over 3 + 3 seeds" in row["why"] and "at 3 and 4 seeds of each (--looks)" in remarks
    assert parse_looks("5,10") == Looks((5, 10)) and parse_looks("none") is None
    for text in ("10,5", "x", "1,2", "5;10"):
        with pytest.raises(UserError, match=f"--looks: got '{text}', expected rising"):
            parse_looks(text)


def test_a_damaged_plan_is_named(tmp_path):
    _train(tmp_path, "a", (1, 2, 3), .8)
    _train(tmp_path, "b", (1, 2, 3), .6)
    _plan(tmp_path, Looks((3,)))
    path = tmp_path / "sweeps" / "decoders" / "plan.json"
    path.write_text(path.read_text()[:-20])
    study = Study(collect([str(tmp_path)]), Options())
    section = ANALYSES.get("compare")(study)
    assert any("the plan of the sweep decoders" in line for line in study.notes)
    assert section.remarks[0].startswith("No number of seeds was declared")


def test_pairs_outside_of_a_plan_leave_it_in_force(tmp_path):
    _train(tmp_path, "a", range(1, 9), .80)
    _train(tmp_path, "b", range(1, 9), .60)
    _train(tmp_path, "c", range(1, 5), .70)
    _plan(tmp_path, Looks((5,)))
    section = ANALYSES.get("compare")(Study(collect([str(tmp_path)]), Options()))
    whys = sorted(row["why"] for row in section.tables[0].rows)
    assert sum("over 5 + 5 seeds (p < .001 after Holm's correction for 3 pairs)" in why
               for why in whys) == 1
    assert sum("8 + 4 seeds" in why or "4 + 8 seeds" in why for why in whys) == 2
    remarks = " ".join(section.remarks)
    assert "Planned: 5 seeds of each (sweep decoders). 6 runs beyond the plan" in remarks
    assert "For 2 of the pairs no number of seeds was declared" in remarks


def test_picked_by_score_among_more(tmp_path):
    for label, quality in (("a", .80), ("b", .795), ("c", .70)):
        _train(tmp_path, label, range(1, 6), quality)
    _, remarks, section = _compare(tmp_path, chosen=("a__1", "b__1"))
    assert "1 more configuration of this test set lies beside these. If" in remarks
    assert "were picked by their scores, the correction is for all 3 pairs with a p: p = ." in (
        remarks)
    _train(tmp_path, "d", (1,), .75)
    _, remarks, section = _compare(tmp_path, chosen=("a__1", "b__1"))
    assert "2 more configurations of this test set lie" in remarks
    assert "for all 3 pairs with a p: " in remarks  # a single run makes no claim


def test_decide_goes_on_with_the_open_pairs_only(tmp_path):
    paths = _train(tmp_path, "a", (1, 2, 3), .80) + _train(tmp_path, "b", (1, 2, 3), .60)
    paths += _train(tmp_path, "c", (1, 2, 3), .8002)
    plan = _plan(tmp_path, Looks((3, 6)), "abc")
    keys = dict(zip("abc", plan.keys))
    found = decide(plan, paths)
    assert found.look == 0 and found.undecided == {keys["a"], keys["c"]}
    decided = "a (A) against b (B): A better at 3 seeds: "
    assert any(line.startswith(decided) for line in found.lines)
    early = decide(plan, paths[:2])
    assert early.look == -1 and early.undecided == set(plan.keys)
    assert decide(plan, []).look == -1
    paths += _train(tmp_path, "a", (4, 5, 6), .80) + _train(tmp_path, "c", (4, 5, 6), .8002)
    late = decide(plan, paths)
    # b stopped at its first look: what was decided there stays.
    assert any(line.startswith(decided) for line in late.lines)
    assert late.look == 1 and late.undecided <= {keys["a"], keys["c"]}


def test_seeds_that_were_not_declared_fill_no_look(tmp_path):
    _train(tmp_path, "a", (1, 2, 77), .8)
    _train(tmp_path, "b", (1, 2, 3), .6)
    _plan(tmp_path, Looks((3,)))
    row, remarks, _ = _compare(tmp_path)
    assert row["why"] == "the first planned look is at 3 seeds of each; there are 2 + 3"
    assert "1 run beyond the plan is not in the verdict" in remarks


def test_a_seed_that_is_missing_is_not_replaced_by_a_later_one(tmp_path):
    paths = _train(tmp_path, "a", (1, 3, 4), .8) + _train(tmp_path, "b", (1, 2, 3, 4), .6)
    plan = _plan(tmp_path, Looks((3, 6)))
    row, _, _ = _compare(tmp_path)
    assert row["why"] == "the first planned look is at 3 seeds of each; there are 2 + 3"
    assert decide(plan, paths).look == -1


def test_looks_by_hand_take_the_seeds_in_order_lost_ones_too(tmp_path):
    _train(tmp_path, "a", (1, 3, 4), .8)
    write_run(tmp_path, "a__2", 2, status="failed", info={"error": "the loss is nan"})
    _train(tmp_path, "b", (1, 2, 3, 4), .6)
    row, _, _ = _compare(tmp_path, looks="3")
    assert row["why"].startswith("without 1 lost run of A (a__2: the loss is nan)")
    assert "over 2 + 3 seeds" in row["why"]


def test_a_lost_run_counts_as_made(tmp_path):
    paths = _train(tmp_path, "a", (1, 2), .80) + _train(tmp_path, "b", (1, 2, 3), .60)
    paths += [write_run(tmp_path, "a__3", 3, status="failed", info={"error": "the loss is nan"})]
    plan = _plan(tmp_path, Looks((3, 6)))
    found = decide(plan, paths)
    assert found.look == 0
    assert any("without 1 lost run of A (a__3: the loss is nan)" in line for line in found.lines)
    assert np.all([isinstance(line, str) for line in found.lines])
