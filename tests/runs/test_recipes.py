"""Recipes: what a line replaces, what is recorded, and each file that cannot be used."""
import os

import pytest

import fcn_train
from utils.errors import UserError
from utils.runs.flags import parse_flags
from utils.runs.recipes import FOLDER, read_recipe, recipe_names, recipe_path, with_recipe
from utils.runs.train_flags import TrainFlags


def parse(words):
    return parse_flags(TrainFlags, words, "Trains.")


def expanded(*words):
    return with_recipe(*parse(words), parse)


@pytest.fixture
def recipe(tmp_path):
    def write(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return f"--recipe={path}"
    return write


def test_a_line_wins_over_its_recipe(recipe):
    flags, given = expanded(recipe("basenet: mobilenet_v2\nlearnrate: 0.003\nflip: false\n"
                                   "augment: \nloss: cross_entropy\n"),
                            "--learnrate=0.01", "--seed=3")
    assert (flags.basenet, flags.learnrate, flags.flip, flags.seed) == (
        "mobilenet_v2", .01, False, 3)
    assert given == {"recipe", "basenet", "learnrate", "flip", "augment", "loss", "seed"}


@pytest.mark.parametrize("word, kept", [
    ("--steps=100", {"steps": 100, "epochs": 30.0, "fcn8": True}),
    ("--epochs=2", {"steps": 0, "epochs": 2.0, "fcn8": True}),
    ("--extended_arch=FPN", {"fcn8": False, "extended_arch": "FPN", "steps": 700}),
    ("--batch_size=4", {"steps": 700, "fcn8": True, "batch_size": 4})])
def test_a_length_and_a_decoder_are_one_choice_each(recipe, word, kept):
    flags, _ = expanded(recipe("steps: 700\nfcn8: true\n"), word)
    assert {name: getattr(flags, name) for name in kept} == kept


def test_without_a_recipe_nothing_changes():
    flags, given = parse(["--epochs=3"])
    assert with_recipe(flags, given, None) == (flags, given)


@pytest.mark.parametrize("text, problem", [
    ("", "expected lines"), ("- a\n", "expected lines"), ("a: [\n", "is not YAML"),
    ("learnrate: [1, 2]\n", "learnrate: got [1, 2], expected one value"),
    ("learnrat: 1\n", "did you mean --learnrate?"),
    ("batch_size: 0\n", "got 0, expected at least 1"),
    ("seed: 1\n", "seed is no flag of a recipe"), ("datapath: x\n", "datapath is no flag"),
    ("recipe: camvid\n", "recipe is no flag")])
def test_a_file_that_cannot_be_used_is_named(recipe, text, problem):
    word = recipe(text)
    with pytest.raises(UserError) as error:
        expanded(word)
    assert word.partition("=")[2] in str(error.value) and problem in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_recipe_names_those_that_there_are():
    with pytest.raises(UserError, match="got 'cityscape', expected camvid"):
        recipe_path("cityscape")


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_is_one_of_the_script_and_is_told_by_its_first_lines(name):
    path = os.path.join(FOLDER, name + ".yaml")
    assert open(path).readline().startswith("# ")
    flags, folder = fcn_train.open_run([f"--recipe={name}", "--seed=1"])
    assert folder is None and flags.recipe == name
    words = [f"--{flag}={value}" for flag, value in read_recipe(path, TrainFlags).items()]
    by_hand, _ = fcn_train.open_run(words + [f"--recipe={name}", "--seed=1"])
    assert by_hand == flags


def test_a_resume_keeps_the_flags_of_its_run():
    with pytest.raises(UserError) as error:
        fcn_train.open_run(["--recipe=camvid", "--resume=there_is_no_such_run"])
    assert "there_is_no_such_run" in str(error.value)
