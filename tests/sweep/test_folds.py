"""Folds of training images: each is left out once, scenes are whole, the same again."""
import collections
import os

import numpy as np
import pytest

from tests.explore.records import write_records
from utils.errors import UserError
from utils.sweep.folds import Folds, divide, fold_configurations
from utils.sweep.spec import make_spec

NAMES = [f"{scene}_{index:02d}" for scene in "abcdefg" for index in range(3)]


def test_each_image_is_left_out_by_one_fold(tmp_path):
    data = str(tmp_path / "data")
    write_records(data, "training", NAMES, [np.zeros((4, 4), np.uint8)] * len(NAMES))
    spec = make_spec("a", configurations=[{"datapath": data, "fcn16": one} for one in (0, 1)],
                     folds=4)
    made = fold_configurations(spec.folds, spec.configurations, str(tmp_path / "sweep"))
    assert len(made) == 8 and len({one["subset"] for one in made}) == 4
    assert [one["fcn16"] for one in made] == [0] * 4 + [1] * 4
    lists = [open(one["subset"], encoding="utf-8").read().split() for one in made[:4]]
    left_out = collections.Counter(name for own in lists for name in NAMES if name not in own)
    assert left_out == dict.fromkeys(NAMES, 1)
    assert sorted(map(len, lists)) == [15, 16, 16, 16]
    again = fold_configurations(spec.folds, spec.configurations, str(tmp_path / "sweep"))
    assert again == made and lists == [
        open(one["subset"], encoding="utf-8").read().split() for one in again[:4]]
    assert all(os.path.dirname(one["subset"]).startswith(str(tmp_path / "sweep")) for one in made)


def test_scenes_are_not_divided():
    fold = divide(Folds(3, "^([a-z])"), NAMES)
    scenes = np.array([name[0] for name in NAMES])
    assert all(len(set(fold[scenes == scene])) == 1 for scene in "abcdefg")
    assert sorted(np.bincount(fold)) == [6, 6, 9]
    assert (divide(Folds(3), NAMES) == divide(Folds(3), NAMES)).all()


def test_configurations_stay_without_folds(tmp_path):
    spec = make_spec("a", grid={"fcn16": [False, True]})
    assert fold_configurations(spec.folds, spec.configurations, str(tmp_path)) == (
        spec.configurations)
    assert not os.listdir(str(tmp_path))


@pytest.mark.parametrize("parts, expected", [
    (dict(folds=1), "folds: got 1, expected a whole number from 2 to 100"),
    (dict(folds="5"), "folds: got '5'"), (dict(cluster="(a)"), "cluster: there are no folds"),
    (dict(folds=3, cluster="a"), "--cluster: 'a' has 0 groups"),
    (dict(folds=3, flags={"subset": "x", "datapath": "d"}), "folds: every configuration takes"),
    (dict(folds=3, flags={}), "folds: every configuration takes a --datapath"),
    (dict(folds=3, grid={"fcn16": [0, 1]}, looks=[2, 4]), "looks: folds are given too")])
def test_one_line_for_what_is_no_fold(parts, expected):
    with pytest.raises(UserError) as error:
        make_spec(**dict(dict(name="a", flags={"datapath": "d"}), **parts))
    assert expected in str(error.value) and "\n" not in str(error.value)


def test_more_folds_than_scenes():
    with pytest.raises(UserError, match="--folds=9: there are 7 scenes"):
        divide(Folds(9, "^([a-z])"), NAMES)
