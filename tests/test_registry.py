"""Choices with parameters: one way to write them, one spelling of each."""
import pytest

from utils.errors import UserError
from utils.registry import Parameter, Registry, Spelling


def registry():
    made = Registry("loss", weight=Parameter(1.0, more_than=0))
    made.register("cross_entropy", lambda *args: ("cross_entropy", args, {}), aliases=["ce"])
    made.register("focal", lambda *args, **values: ("focal", args, values),
                  gamma=Parameter(2.0, at_least=0))
    made.register("dice", lambda *args, **values: ("dice", args, values), squared=False,
                  smooth=1.0, over=Parameter("batch", choices=("batch", "image")))
    made.register("lovasz", lambda *args, **values: ("lovasz", args, values), classes=3,
                  weight=Parameter(0.5, more_than=0))
    return made


@pytest.mark.parametrize("text, spelling", [
    ("focal", "focal"), ("ce", "cross_entropy"), ("focal:2", "focal"), ("focal:gamma=2.0", "focal"),
    ("focal:1.50", "focal:1.5"), ("focal:gamma=0", "focal:0"),
    ("focal:weight=.5", "focal:weight=0.5"), ("dice:squared", "dice:squared"),
    ("dice:squared=yes", "dice:squared"), ("dice:squared=false", "dice"),
    ("dice:0.1:image", "dice:0.1:image"), ("dice:over=image", "dice:over=image"),
    ("dice:over=image:smooth=0.1", "dice:0.1:image"),
    ("dice:weight=2:squared:3", "dice:squared:3:weight=2"),
    ("lovasz:weight=0.5", "lovasz"), ("lovasz:4:weight=1", "lovasz:4:weight=1")])
def test_every_spelling_of_a_choice_becomes_one(text, spelling):
    choice = registry().choose(text)
    assert choice.text == spelling
    assert registry().choose(spelling) .values == choice.values


def test_a_choice_has_all_values_and_calls_its_entry_with_its_own():
    choice = registry().choose("dice:0.1:weight=0.5")
    assert choice.values == {"squared": False, "smooth": .1, "over": "batch", "weight": .5}
    assert choice.shared == {"weight": .5}
    assert choice.make(1, 2) == ("dice", (1, 2), {"squared": False, "smooth": .1, "over": "batch"})


def test_an_entry_may_have_a_default_of_its_own_for_what_all_have():
    made = registry()
    choice = made.choose("lovasz:4")
    assert choice.shared == {"weight": .5} and choice.make() == ("lovasz", (), {"classes": 4})
    assert made.form("lovasz") == "lovasz:classes=3:weight=0.5"
    assert made.choose("focal").shared == {"weight": 1}
    with pytest.raises(UserError, match="got '2', expected no more than"):
        made.choose("lovasz:4:2")  # by name alone


@pytest.mark.parametrize("text, words", [
    ("huber", "unknown loss 'huber': choose one of cross_entropy, dice, focal, lovasz"),
    ("FOCL", "unknown loss 'FOCL': choose one of cross_entropy, dice, focal, lovasz; "
     "did you mean focal?"),
    ("focal:gama=1", "loss focal has no parameter 'gama': did you mean gamma?"),
    ("cross_entropy:tau=1", "loss cross_entropy has no parameter 'tau': it has weight"),
    ("focal:much", "loss focal:much: gamma: got 'much', expected a number"),
    ("focal:-1", "loss focal:-1: gamma: got -1, expected at least 0"),
    ("focal:weight=0", "loss focal:weight=0: weight: got 0, expected more than 0"),
    ("focal:nan", "loss focal:nan: gamma: got 'nan', expected a number"),
    ("focal:1:2", "loss focal: got '2', expected no more than focal:gamma=2"),
    ("cross_entropy:1", "loss cross_entropy: got '1', expected no parameter"),
    ("focal:1:gamma=2", "loss focal:1:gamma=2: gamma is given twice: leave one out"),
    ("dice:over=all", "loss dice:over=all: over: got 'all', expected one of batch, image"),
    ("focal:", "loss focal:: gamma: got '', expected a number")])
def test_what_is_no_choice_is_told(text, words):
    with pytest.raises(UserError) as caught:
        registry().choose(text)
    assert str(caught.value) == words


def test_several_choices():
    found = registry().choose_all("ce + dice:weight=0.5", "+")
    assert [choice.text for choice in found] == ["cross_entropy", "dice:weight=0.5"]
    assert registry().choose_all("", "+") == []
    with pytest.raises(UserError, match="focal is given twice"):
        registry().choose_all("focal+focal:1", "+")
    with pytest.raises(UserError, match="unknown loss ''"):
        registry().choose_all("ce+", "+")


def test_spelling_of_a_flag():
    assert Spelling(registry()).spelled("focal:2.0") == "focal"
    assert Spelling(registry(), "+").spelled("dice:weight=.5+ce") == "dice:weight=0.5+cross_entropy"
    assert Spelling(registry(), empty=True).spelled("") == ""
    assert Spelling(registry(), "+").spelled("dice:weight=1e6") == "dice:weight=1e06"
    assert Spelling(registry(), "+").spelled("dice:weight=1e06") == "dice:weight=1e06"
    with pytest.raises(UserError):
        Spelling(registry(), "+").spelled("dice,ce")
    assert Spelling(registry()).names() == [
        "cross_entropy", "dice:squared=false:smooth=1:over=batch", "focal:gamma=2",
        "lovasz:classes=3:weight=0.5"]


def test_names_are_registered_once():
    made = registry()
    with pytest.raises(ValueError, match="registered twice"):
        made.register("ce", object())
    assert made.aliases() == {"ce": "cross_entropy"}
    assert made.get("ce")()[0] == "cross_entropy"
