"""Flags: what may be written, and the one line for what may not."""
import dataclasses
import os

import pytest

from utils.errors import UserError
from utils.registry import Registry, Spelling
from utils.runs import flags as flag_tools
from utils.runs.commands import split_command, split_words
from utils.runs.flags import flag
from utils.runs.help_page import filled
from utils.runs.train_flags import TrainFlags, settle
from utils.version import VERSION


@dataclasses.dataclass(frozen=True)
class Flags:
    size: int = flag(3, "a number", at_least=1)
    rate: float = flag(0.1, "100% a rate", "numbers", more_than=0, at_most=1)
    fcn16: bool = flag(True, "a skip")
    kind: str = flag("a", "a kind", choices=("a", "b"))
    gpu: int = flag(0, "the GPU", short="g")
    batch_size: int = flag(1, "images")


def parse(*argv):
    return flag_tools.parse_flags(Flags, list(argv), "Test.")


@pytest.mark.parametrize("argv, value", [
    (["--fcn16"], True), (["--fcn16=True"], True), (["--fcn16", "true"], True),
    (["--fcn16=False"], False), (["--fcn16=0"], False), (["--no-fcn16"], False), ([], True)])
def test_booleans_take_every_form(argv, value):
    assert parse(*argv)[0].fcn16 is value


def test_given_flags_are_told_from_defaults():
    flags, given = parse("--size=3", "-g", "1", "--batch-size=4")
    assert (flags.size, flags.gpu, flags.batch_size) == (3, 1, 4)
    assert given == {"size", "gpu", "batch_size"}


@pytest.mark.parametrize("argv, words", [
    (["--size=x"], "got 'x', expected a whole number"),
    (["--size=0"], "got 0, expected at least 1"),
    (["--rate=0"], "expected more than 0"),
    (["--rate=2"], "expected at most 1"),
    (["--fcn16=maybe"], "expected true or false"),
    (["--kind=c"], "unknown value 'c': choose one of a, b"),
    (["--sizes=1"], "unknown flag --sizes=1: did you mean --size?"),
    (["--size"], "expected one argument")])
def test_wrong_flags_get_one_line(argv, words):
    with pytest.raises(UserError) as error:
        parse(*argv)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_help_shows_every_flag_and_default(capsys):
    with pytest.raises(SystemExit):
        parse("--help")
    text = " ".join(capsys.readouterr().out.split())
    assert "100% a rate (default: 0.1)" in text and "--size" in text and "a kind: a, b" in text


def test_a_page_that_is_asked_for_wrongly():
    with pytest.raises(UserError, match="got --help=al, expected --help, --help=all or --version"):
        parse("--size=4", "--help=al")


def test_remarks_go_below_their_commands_only_in_a_block_that_is_too_wide():
    page = ("Words.\n\n    command --a  remark\n    command --bb  other\n\n"
            "    command --a=1 --b=2 --c=3  remark")
    assert filled(page, 28) == (
        "Words.\n\n    command --a  remark\n    command --bb  other\n\n"
        "    command --a=1 --b=2 \\\n        --c=3\n        remark")


def test_choices_with_parameters_are_short_on_the_first_page(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    kinds = Registry("kind")
    kinds.register("round", object(), radius=2.0)
    fields = [("kind", str, flag("round", "the kind", marks="usual"))] + [
        (f"other{number}", int, flag(0, "another")) for number in range(40)]
    many = dataclasses.make_dataclass("Many", fields, frozen=True)
    shown = {}
    for word in ("--help", "--help=all"):
        with pytest.raises(SystemExit):
            flag_tools.parse_flags(many, [word], "Test.", {"kind": Spelling(kinds)})
        shown[word] = capsys.readouterr().out
    assert "the kind: round (default: round)" in shown["--help"]
    assert "--other3 INT" not in shown["--help"] and "all 41 flags" in shown["--help"]
    assert "the kind: round:radius=2 (default: round)" in shown["--help=all"]
    assert "--other3 INT" in shown["--help=all"]


@pytest.mark.parametrize("text, size", [("512", (512, 512)), ("360x480", (360, 480)), ("0", None)])
def test_sizes(text, size):
    assert flag_tools.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "a", "1x2x3", "-5", "3x"])
def test_wrong_sizes(text):
    with pytest.raises(UserError, match="--pixels"):
        flag_tools.parse_size(text)


@pytest.mark.parametrize("text", ["2", "2,1", "0,1", "a,b", "1,2,3"])
def test_wrong_ranges(text):
    with pytest.raises(UserError, match="LO,HI"):
        flag_tools.parse_range(text, "random_scale")


def test_seeds_follow_the_seed_unless_given():
    settled = settle(TrainFlags(seed=7, seed_order=9), {"seed", "seed_order"})
    seeds = settled.seed, settled.seed_init, settled.seed_order, settled.seed_augment
    assert seeds == (7, 7, 9, 7)
    assert settle(TrainFlags(), set()).seed >= 0


def test_a_checkpoint_has_one_name_in_runargs():
    for name in ("a/fcn.ckpt", "a/fcn.ckpt.index", "a/fcn.ckpt.data-00000-of-00001"):
        assert settle(TrainFlags(init_from=name), {"init_from"}).init_from == "a/fcn.ckpt"


def test_decaylr_is_the_staircase():
    assert settle(TrainFlags(decaylr=True), {"decaylr"}).lr_schedule == "staircase"
    with pytest.raises(UserError, match="give one of them"):
        settle(TrainFlags(decaylr=True, lr_schedule="poly"), {"decaylr", "lr_schedule"})


def test_training_needs_a_size():
    with pytest.raises(UserError, match="--pixels=0"):
        settle(TrainFlags(pixels="0"), {"pixels"})


def test_the_batch_of_a_step():
    flags = settle(TrainFlags(batch_size=4, accumulate=3), {"batch_size", "accumulate"}, 2)
    assert (flags.processes, flags.global_batch, flags.images_per_step) == (2, 24, 24)


@pytest.mark.parametrize("flags, words", [
    (TrainFlags(processes=2), "--processes=2, but horovodrun started 1"),
    (TrainFlags(batch_size=3, devices=2), "--batch_size=3 cannot be shared by --devices=2"),
    (TrainFlags(batch_size=4, accumulate=2, global_batch=12),
     "--batch_size=4 x --accumulate=2 x 1 process are 8")])
def test_a_batch_that_does_not_add_up(flags, words):
    with pytest.raises(UserError, match=words):
        settle(flags, {"processes"})


def test_the_version_without_a_command(capsys):
    with pytest.raises(SystemExit) as end:
        split_command(["--version"], ["go"], "")
    assert end.value.code == 0 and capsys.readouterr().out == f"slimseg {VERSION}\n"


def test_names_stand_anywhere_among_flags():
    words = ["one", "--batch_size", "4", "two", "--flip", "three", "--learnrate=1", "--batch-size",
             "8"]
    assert split_words(Flags, words) == (
        ["one", "two", "three"],
        ["--batch_size", "4", "--flip", "--learnrate=1", "--batch-size", "8"])


@pytest.mark.parametrize("argv, code", [([], 2), (["--help"], 0), (["-h"], 0)])
def test_a_command_or_the_page(argv, code, capsys):
    with pytest.raises(SystemExit) as end:
        split_command(argv, ["go"], "\nThe page.\n")
    assert end.value.code == code and capsys.readouterr().out == "The page.\n"
    assert split_command(["go", "--fast"], ["go"], "") == ("go", ["--fast"])
    with pytest.raises(UserError, match="unknown command 'stop': choose one of go"):
        split_command(["stop"], ["go"], "")


@dataclasses.dataclass(frozen=True)
class Places:
    source: str = flag("", "what is read (default: none)", path="from")
    data: str = flag("data", "what is read", path="from")
    outdir: str = flag("", "a folder to write", path="folder")
    out: str = flag("", "a file to write", path="file")
    other_choice: str = flag("a", "a kind (default: the best)", choices=("a", "b"))


def places(*argv):
    return flag_tools.parse_flags(Places, list(argv), "Test.")[0]


def test_paths_lose_their_last_slash_and_find_home(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    flags = places("--source=a/b//", "--outdir=exports/", "--out=~/x.png")
    assert (flags.source, flags.outdir) == ("a/b", "exports")
    assert flags.out == str(tmp_path / "x.png") and not os.path.exists("exports")
    assert places("--source=").source == "" and places().data == "data"


@pytest.mark.parametrize("word, says", [
    ("--outdir=file", "file is a file, expected a folder"), ("--outdir=file/a/b", "is a file"),
    ("--outdir=shut/a", "shut is not a folder that can be written to"),
    ("--out=shut/a", "shut is not a folder that can be written to"),
    ("--out=none/a", "there is no folder none"), ("--out=open", "open is a folder, expected a"),
    ("--data=", "is empty, expected a path: leave the flag out for data")])
def test_places_that_cannot_be_written_to(word, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: "shut" not in str(path))
    with pytest.raises(UserError, match=says):
        places(word)


@pytest.mark.parametrize("text, value", [("7", 7), ("1e3", 1000), ("2.0", 2), ("1_000", 1000)])
def test_whole_numbers(text, value):
    assert parse("--size=" + text)[0].size == value


def test_a_flag_that_is_given_twice_is_told(capsys):
    flags, _ = parse("--size=4", "--fcn16", "--batch-size=2", "--size=5", "--no-fcn16", "--gpu=1")
    assert flags.size == 5 and not flags.fcn16
    assert capsys.readouterr().err.splitlines() == [
        "note: --fcn16 was given more than once: False counts",
        "note: --size was given more than once: 5 counts"]


def test_the_page_fits_into_80_columns_and_says_a_default_once(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        flag_tools.parse_flags(Places, ["--help"], "Words of a page. " * 9 + "\n\n    an example\n")
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) < 80 and "\n    an example\n" in text
    assert "a kind: a, b (default: the best)" in " ".join(text.split())
    assert "--other_choice STR" in text and "--other-choice" not in text
    assert text.count("(default") == 3  # source, data, other_choice


def test_a_flag_may_be_a_word_of_python(capsys):
    @dataclasses.dataclass(frozen=True)
    class Own:
        class_: str = flag("", "a class")

    flags, given = flag_tools.parse_flags(Own, ["--class=car", "--class=bus"], "")
    assert (flags.class_, given) == ("bus", {"class_"})
    assert "note: --class was given more than once: 'bus' counts" in capsys.readouterr().err
