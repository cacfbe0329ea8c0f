"""What a sweep file may say, and one clear line for what it may not."""
import pytest

from utils.errors import UserError
from utils.runs.plans import Declaration
from utils.statistics.looks import Looks
from utils.sweep import spec as spec_module
from utils.sweep.spec import make_spec, read_spec, seed_words
from utils.sweep.words import flag_words, grid_of_words, labels


def written(tmp_path, text):
    path = tmp_path / "decoders.yaml"
    path.write_text(text)
    return str(path)


def test_a_grid_times_configurations_with_flags_of_all(tmp_path):
    spec = read_spec(written(tmp_path, """
flags: {pixels: 256, fcn16: true}
grid: {basenet: [mobilenet_v1, resnet_v1_18], batch_size: [4, 8]}
configurations: [{fcn16: false}, {}]
seeds: [3, 5]
"""))
    assert spec.name == "decoders" and spec.seeds == [3, 5] and spec.repeat == 1
    assert len(spec.configurations) == 8
    assert spec.configurations[0] == {"pixels": 256, "fcn16": False, "basenet": "mobilenet_v1",
                                      "batch_size": 4}
    assert flag_words(spec.configurations[1])[:2] == ["--pixels=256", "--fcn16=True"]
    assert labels(spec.configurations)[0] == "mobilenet_v1 batch_size=4 fcn16=False"


def test_seeds_vary_together_or_alone():
    assert seed_words(make_spec("a", seeds=3), 2) == ["--seed=2"]
    alone = make_spec("a", seeds=[4, 6], vary="order")
    assert seed_words(alone, 6) == ["--seed=4", "--seed_order=6"]
    assert seed_words(alone, 4) == ["--seed=4", "--seed_order=4"]


def test_words_of_a_command_line_become_a_grid():
    words = ["--basenet=mobilenet_v1", "--basenet=mobilenet_v2", "--no-fcn16", "--flip",
             "--random-scale=1,1.6"]
    assert grid_of_words(words) == {"basenet": ["mobilenet_v1", "mobilenet_v2"], "fcn16": [False],
                                    "flip": [True], "random_scale": ["1,1.6"]}


@pytest.mark.parametrize("parts, expected", [
    (dict(seeds=0), "seeds: got 0"), (dict(seeds=[1, 1]), "each once"),
    (dict(seeds=["x"]), "whole numbers"), (dict(seeds=True), "seeds: got True"),
    (dict(vary=[]), "vary: got ''"),  # every seed would be the same run
    (dict(vary="weather"), "expected one or more of init, order, augment"),
    (dict(repeat=0), "repeat: got 0"), (dict(grid={"basenet": "vgg_16"}), "expected a list"),
    (dict(flags={"seed": 1}), "--seed cannot be a flag of a sweep"),
    (dict(flags=["x"]), "flags: got ['x']"), (dict(configurations={}), "expected a list of sets"),
    (dict(name="a/b"), "plain name"),
    (dict(seeds=5, looks=[5, 10]), "looks: seeds are given too"),
    (dict(looks=[10, 5]), "looks: got [10, 5], expected rising numbers of seeds from 2 to 10000"),
    (dict(looks=[1, 5]), "looks: got [1, 5]"), (dict(looks=5), "looks: got 5"),
    (dict(looks=[]), "looks: got []"), (dict(looks=[2, True]), "looks: got [2, True]"),
    (dict(looks=[5, 5]), "looks: got [5, 5]"), (dict(looks=["5"]), "looks: got ['5']"),
    (dict(looks=list(range(2, 40))), "looks: got 38 of them, expected at most 20"),
    (dict(looks=[5, 10], spending="all"), "spending: got 'all', expected one of obrien_fleming, "),
    (dict(seeds=5, spending="pocock"), "spending: there is one look, at 5 seeds"),
    (dict(split="tests"), "split: got 'tests', expected one of test, validation"),
    (dict(margin=-1), "margin: got -1, expected a number from 0 to 100"),
    (dict(margin=float("nan")), "margin: got nan"), (dict(margin="x"), "margin: got 'x'"),
    (dict(level=95), "level: got 95, expected a number from 0.5 to 0.999")])
def test_one_line_for_what_a_sweep_is_not(parts, expected):
    with pytest.raises(UserError) as error:
        make_spec(**dict(dict(name="a", grid={"fcn16": [False, True]}), **parts))
    assert expected in str(error.value) and "\n" not in str(error.value)


def test_looks_stand_for_seeds(tmp_path):
    spec = read_spec(written(tmp_path, """
grid: {fcn16: [false, true]}
looks: [5, 10]
spending: pocock
split: val
margin: 0.5
level: 0.9
"""))
    assert spec.seeds == list(range(1, 11))
    assert spec.declared == Declaration(Looks((5, 10), "pocock"), "validation", .5, .9)
    assert make_spec("a", seeds=[4, 8]).declared == Declaration(Looks((2,)))
    assert make_spec("a").declared.looks.seeds == (3,)
    with pytest.raises(UserError, match="looks: there is one configuration"):
        make_spec("a", looks=[5, 10])


def test_a_mistake_names_the_line_of_its_key(tmp_path):
    path = written(tmp_path, "grid: {fcn16: [false, true]}\n\nlooks: [10, 5]\n")
    with pytest.raises(UserError) as error:
        read_spec(path)
    assert str(error.value).startswith(path + ", line 3: looks: got [10, 5]")


@pytest.mark.parametrize("text, expected", [
    ("seeds: [1", "is not YAML"), ("just words", "got str, expected the keys"),
    ("grids: {}", "unknown key 'grids': expected name, flags, grid")])
def test_one_line_for_a_file_that_is_no_sweep(tmp_path, text, expected):
    with pytest.raises(UserError) as error:
        read_spec(written(tmp_path, text))
    assert expected in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_and_a_word_that_is_no_flag():
    with pytest.raises(UserError, match="no sweep file nowhere.yaml"):
        read_spec("nowhere.yaml")
    with pytest.raises(UserError, match="got 'basenet', expected flags of fcn_train.py"):
        grid_of_words(["basenet"])


def test_the_page_of_the_module_is_a_sweep_file(tmp_path):
    text = spec_module.__doc__.split("\n\n")[1]
    spec = read_spec(written(tmp_path, text))
    assert spec.name == "decoders" and len(spec.configurations) == 8 and len(spec.seeds) == 5
