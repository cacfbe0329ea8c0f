"""Stored plans: what is written is read, older ones too, and damage is one line."""
import dataclasses
import json
import os

import pytest

from utils.errors import UserError
from utils.runs import plan_file, plans, run_folder
from utils.runs.plan_file import plans_of, read_plan, write_plan
from utils.runs.plans import Declaration, PlannedRun, SweepPlan
from utils.statistics.looks import Looks, beyond


def run(label, seed, repeat=0):
    return PlannedRun(label, seed, repeat, (f"--seed={seed}",), "key of " + label,
                      tuple((flag, seed) for flag in run_folder.SEED_FLAGS), 10, "mobilenet_v1")


DECLARED = Declaration(Looks((2, 3)))


def plan_of(labels="ab", seeds=(1, 2, 3), declared=DECLARED, asked=None,
            **fields):
    runs = tuple(run(label, seed) for seed in seeds for label in labels)
    return SweepPlan("sweep", runs, declared, asked or declared.looks.seeds, **fields)


def stored(root, name, plan):
    path = os.path.join(str(root), name, plan_file.PLAN_FILE)
    os.makedirs(os.path.dirname(path))
    write_plan(path, plan)
    return path


def test_a_plan_is_read_as_it_was_written(tmp_path):
    declared = Declaration(Looks((2, 3), "pocock"), "validation", .5, .9)
    plan = plan_of(declared=declared, asked=(2, 5), declared_at=plans.now())
    assert read_plan(stored(tmp_path, "sweep", plan)) == plan
    assert (plan.looks, plan.split, plan.margin, plan.level) == (
        declared.looks, "validation", .5, .9)


def test_a_list_of_runs_has_one_look_at_all_its_seeds(tmp_path):
    path = stored(tmp_path, "old", plan_of())
    runs = [dataclasses.asdict(one) for one in plan_of().runs + (run("a", 1, repeat=1),)]
    with open(path, "w") as file:
        json.dump(runs, file)
    plan = read_plan(path)
    assert plan.looks.seeds == plan.asked == (3,) and plan.name == "old" and plan.extra == ()
    assert len(plan.runs) == 7 and plan.declared == Declaration(Looks((3,)))


def test_seeds_have_places_and_configurations_keys():
    plan = plan_of(seeds=(7, 3, 5))
    assert plan.keys == ("key of a", "key of b")
    assert plan.places == (0, 0, 1, 1, 2, 2)
    assert plan.seed_order((3, 3, 3)) == 1 and plan.seed_order((3, 3, 7)) is None
    assert plan.seed_order((None, None, None)) is None


def test_looks_beyond_those_that_were_declared():
    plan = plan_of(declared=Declaration(Looks((5,))), asked=(10,))
    assert plan.extra == (10,) and plan.false_claims == beyond((5,), (.05,), 10)
    assert plan_of().extra == () and plan_of().false_claims == pytest.approx(.05, abs=.003)


@pytest.mark.parametrize("change, expected", [
    (lambda plan: plan.pop("runs"), "without 'runs'"),
    (lambda plan: plan.update(runs=[]), "'runs' is [], expected a list of runs"),
    (lambda plan: plan["runs"][1].pop("key"), "without 'key'"),
    (lambda plan: plan["runs"][1].update(seeds=[["seed_init", 1]]), "the seed of each of"),
    (lambda plan: plan["declared"].update(looks=[10, 5]), "expected rising numbers of seeds"),
    (lambda plan: plan["declared"].update(looks=[1, 5]), "2 or more where there are several"),
    (lambda plan: plan["declared"].update(level=95), "expected a number between 0 and 1"),
    (lambda plan: plan["declared"].pop("spending"), "without 'spending'"),
    (lambda plan: plan.update(declared_at="yesterday"), "expected a time with its zone"),
    (lambda plan: plan.update(screen=[{"name": "a"}]), "expected a list of choices"),
    (lambda plan: plan.update(screen=[dict(name="a", a="-", b="-")]), "expected a letter A or B"),
    (lambda plan: plan.update(asked=[]), "'asked' is []")])
def test_damage_is_told(tmp_path, change, expected):
    path = stored(tmp_path, "sweep", plan_of())
    with open(path) as file:
        values = json.load(file)
    change(values)
    with open(path, "w") as file:
        json.dump(values, file)
    with pytest.raises(UserError) as error:
        read_plan(path)
    assert expected in str(error.value) and path in str(error.value)
    assert "\n" not in str(error.value)


def test_the_plans_of_some_configurations(tmp_path):
    assert plans_of({"key of a"}, str(tmp_path / "nowhere")) == ([], [])
    stored(tmp_path, "later", plan_of("abc", declared_at="2026-02-01T00:00:00+00:00"))
    stored(tmp_path, "first", plan_of("ab", declared_at="2026-01-01T00:00:00+00:00"))
    stored(tmp_path, "other", plan_of("a"))
    (tmp_path / "jobs.json").write_text("{}")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / plan_file.PLAN_FILE).write_text("{")
    found, notes = plans_of({"key of a", "key of b"}, str(tmp_path))
    assert [plan.name for plan in found] == ["first", "later"]
    line, = notes
    assert "the plan of the sweep broken" in line and "is not JSON" in line
