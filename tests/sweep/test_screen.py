"""Screens in sweep files and on command lines: which runs they ask for, and clear refusals."""
import numpy as np
import pytest

import fcn_sweep
from tests.sweep.test_plan import prepare
from tests.sweep.test_spec import written
from utils.errors import UserError
from utils.runs.plan_file import read_plan, write_plan
from utils.runs.plans import Declaration, SweepPlan
from utils.statistics.looks import Looks
from utils.sweep.command_line import SpecFlags, parse_line
from utils.sweep.plan import SweepFolder, make_plan, planned_runs
from utils.sweep.screen_lines import choice_table, screen_lines
from utils.sweep.spec import make_spec, read_spec, seed_words
from utils.sweep.words import screen_of_words

CHOICES = {
    "weights": [{}, {"class_weights": "enet"}],
    "colour": [None, {"augment": "brightness,contrast"}],
    "cutout": [{}, {"augment": "cutout"}],
    "decoder": [{"fcn8": True}, {"extended-arch": "SwiftNet"}],
    "learnrate": [1e-3, 3e-4]}
FLAGS = {"pixels": 64, "augment": "rotate"}


def spec_of(**parts):
    return make_spec(**dict(dict(name="a", flags=FLAGS, screen=CHOICES), **parts))


def test_a_run_has_one_setting_of_each_choice_and_sums_of_what_is_joined():
    spec = spec_of()
    assert len(spec.configurations) == 16 and spec.seeds == [1]
    first, mirror = spec.configurations[:2]
    assert first == {"pixels": 64, "augment": "rotate", "fcn8": True, "learnrate": 1e-3}
    assert mirror == {"pixels": 64, "augment": "rotate,brightness,contrast,cutout",
                      "class_weights": "enet", "extended_arch": "SwiftNet", "learnrate": 3e-4}
    assert spec.screen.labels[:2] == ["AAAAA", "BBBBB"]
    for name, column in zip(("class_weights", "extended_arch"), (0, 3)):
        assert [name in one for one in spec.configurations] == [
            label[column] == "B" for label in spec.screen.labels]


def test_every_run_has_a_seed_of_its_own():
    runs = planned_runs(spec_of(seeds=2), prepare)
    assert [run.seed for run in runs] == list(range(1, 33))
    assert len({run.key for run in runs}) == 16 and runs[16].label == runs[0].label
    assert seed_words(spec_of(vary="order"), 7) == ["--seed=1", "--seed_order=7"]


def test_a_plan_of_a_screen_is_stored_with_its_choices(tmp_path):
    plan, lines = make_plan(spec_of(seeds=2), prepare, SweepFolder("a", str(tmp_path)))
    assert lines == [] and plan.places == (0,) * 16 + (1,) * 16
    path = str(tmp_path / "plan.json")
    write_plan(path, plan)
    again = read_plan(path, "a")
    assert again == plan and again.screen[0].name == "weights"
    assert (again.screen[3].a, again.screen[3].b) == ("fcn8=true", "extended_arch=SwiftNet")
    levels = np.array(list(again.levels.values()))
    assert levels.shape == (16, 5) and (levels.mean(0) == .5).all()
    folder = SweepFolder("a", str(tmp_path))
    folder.write_plan(plan)
    assert folder.plan_in_force(plan.keys) is None


def test_other_plans_have_no_levels():
    runs = tuple(planned_runs(make_spec("a", seeds=2), prepare))
    plan = SweepPlan("a", runs, Declaration(Looks((2,))), (2,))
    assert plan.levels == {} and plan.places == (0, 1)


@pytest.mark.parametrize("parts, expected", [
    (dict(screen=[]), "screen: got [], expected 4 to 23 choices"),
    (dict(screen=dict(list(CHOICES.items())[:3])), "screen: got choices: 3, expected 4 to 23"),
    (dict(screen=dict(CHOICES, crop=[{}])), "screen: crop: got [{}], expected two settings"),
    (dict(screen=dict(CHOICES, crop="x")), "screen: crop: got 'x'"),
    (dict(screen=dict(CHOICES, crop=[{}, {}])), "crop: both settings are -, expected different"),
    (dict(screen=dict(CHOICES, crop=[{}, {"augment": ["a"]}])), "augment: got ['a']"),
    (dict(screen=dict(CHOICES, rate=[{}, {"learnrate": 1}])),
     "screen: learnrate and rate both set --learnrate, expected one choice for a flag; values of "
     "--augment, --loss are added"),
    (dict(screen=dict(CHOICES, seed=[1, 2])), "--seed cannot be a flag of a sweep"),
    (dict(grid={"fcn8": [True, False]}), "grid: a screen is given too"),
    (dict(configurations=[{}]), "configurations: a screen is given too"),
    (dict(looks=[2, 5]), "looks: a screen is given too"),
    (dict(seeds=[1, 2]), "seeds: got [1, 2], expected how often"), (dict(seeds=0), "seeds: got 0")])
def test_one_line_for_what_a_screen_is_not(parts, expected):
    with pytest.raises(UserError) as error:
        spec_of(**parts)
    assert expected in str(error.value) and "\n" not in str(error.value)


def test_a_flag_that_a_run_cannot_have_is_told_with_its_line(tmp_path):
    path = written(tmp_path, """
flags: {pixels: 64}
screen:
  a: [{}, {class_weights: enet}]
  b: [{}, {augment: cutout}]
  c: [{}, {learnrate: -1}]
  batch_size: [4, 8]
""")
    with pytest.raises(UserError) as error:
        planned_runs(read_spec(path), prepare)
    assert f"{path}, line 6: configuration 'BBBB'" in str(error.value)
    assert "--learnrate" in str(error.value)


def test_flags_given_twice_are_choices(tmp_path):
    words = ["--pixels=64", "--fcn8", "--no-fcn8", "--flip", "--no-flip", "--batch_size=2",
             "--batch_size=4", "--learnrate=1", "--learnrate=2"]
    parts = screen_of_words(words)
    assert parts["flags"] == {"pixels": "64"} and parts["screen"]["fcn8"] == [True, False]
    spec = make_spec("a", **parts)
    assert len(spec.configurations) == 16 and spec.configurations[1]["batch_size"] == "4"
    path = written(tmp_path, "grid: {flip: [true, false], fcn8: [false, true], batch_size: [2, 4],"
                             " learnrate: [1, 2]}")
    assert read_spec(path).screen is None and len(read_spec(path, screen=True).screen.choices) == 4
    line = parse_line(SpecFlags, ["--screen", "--"] + words, "")
    assert line.flags.screen and fcn_sweep.parts_of_flags(line.flags, line.given) == {}


def test_the_plan_says_what_a_screen_finds():
    plan, _ = make_plan(spec_of(), prepare, SweepFolder("no such sweep"))
    text = " ".join(screen_lines(plan, .01, 4))
    assert "each of 5 effects is told from all 16 runs" in text and "10 degrees of freedom" in text
    assert "sd of past runs, 1.00 points" in text
    assert "not known here yet" in screen_lines(plan, None, 0)[-1]
    twice = plan.__class__(plan.name, plan.runs, plan.declared, (2,), "", plan.screen)
    assert "16 degrees of freedom" in " ".join(screen_lines(twice, None, 0))
    assert choice_table(plan).row_count == 5
