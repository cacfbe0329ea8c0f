"""Stored runs keep their configuration keys: sweeps find their runs by them, reports name
configurations by them. The hashes are of the keys that the project has written; none may change."""
import dataclasses
import hashlib

import pytest

from tests.runs.stored_runargs import AGES, FIRST, SEG_MENTOR
from utils.runs.roles import FIRST_RUNS
from utils.runs.run_folder import LATER_FLAGS, configuration_key
from utils.runs.runargs import from_dict
from utils.runs.train_flags import TrainFlags

#: Of all ages' runargs as they stand, and of seg-mentor's.
PLAIN, PLAIN_SEG_MENTOR = "1f27086b5f93db26", "8167ad9f1a880ea3"
#: {flag: of the runargs where it is `changed`}; flags that are missing have no part in the key.
CHANGED = {
    "basenet": "0c8b812563afd4a2", "extended_arch": "31e84834ebfd4f8e",
    "trainable_upsampling": "3a910a6c20cb39dc", "fcn16": "786285e452c359b0",
    "fcn8": "87a5fa24fba0a788", "fcn4": "58c22315d877ef00", "align": "b3cd25efbd7395a6",
    "depth_multiplier": "79d08e760e381aa5", "weight_decay": "cc4fd141dc2c456c",
    "bn_decay": "8334ff209a05f8c9", "dataset_family": "67dd1111e27b16ae",
    "num_classes": "78418103dd6825b9", "pixels": "c57a515a6f31da31", "flip": "442471b78f145d6a",
    "random_scale": "c17ca0fb093ad8ba", "from_scratch": "72a94be77aa0c428",
    "init_from": "cefa950ed2242469", "freeze_fe": "d17a88c9a492870e",
    "batch_size": "a04892903c02ac82", "accumulate": "9d030558267dd7c9",
    "devices": "119442813a1450a1", "processes": "658f7cbfa6a48cae", "epochs": "48e084ca28fdfadd",
    "steps": "3fcb7230251de622", "learnrate": "d6f2fd04efc7c3ef", "lr_schedule": "a057dc700dbffa8f",
    "decaylr": "7ef1d6c9bb695f26", "difflr": "52697c75a8f3d38f", "momentum": "1ef24baaec1f5d47",
    "adam_epsilon": "44723f3f0753218c", "loss": "7cd66adb639a11bc",
    "class_weights": "411f085f4d5ed52a", "precision": "3c2dbdfeace14b8c",
    "eval_every": "1df10a5e006edd38", "eval_fraction": "bc4fa50f507e91c0"}


def key_hash(runargs):
    key = configuration_key(runargs, "ca34" * 16)
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:16]


def changed(value):
    """Another value that the flag can have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return {"centers": "half_pixel", "float32": "mixed"}.get(value, value + "x")
    return value + 1 if isinstance(value, int) else value / 2


@pytest.mark.parametrize("age", sorted(AGES))
def test_runargs_of_every_age_keep_their_keys(age):
    stored = AGES[age]
    assert key_hash(stored) == PLAIN
    for name, value in stored.items():
        assert key_hash(dict(stored, **{name: changed(value)})) == CHANGED.get(name, PLAIN), name


def test_runargs_of_seg_mentor_keep_their_key():
    assert key_hash(SEG_MENTOR) == PLAIN_SEG_MENTOR
    assert key_hash(dict(SEG_MENTOR, gpu=1, datapath="x", modelspath="y")) == PLAIN_SEG_MENTOR
    assert key_hash(dict(SEG_MENTOR, learnrate=1e-3)) != PLAIN_SEG_MENTOR


def test_runargs_have_one_order():
    """The file is written in the order of the flags; a new one may stand anywhere among them."""
    there = [field.name for field in dataclasses.fields(TrainFlags) if field.name in AGES["all"]]
    assert list(AGES["all"]) == there
    assert list(dataclasses.asdict(from_dict(TrainFlags, AGES["all"])).items()) == [
        (name, AGES["all"].get(name, default)) for name, default in
        dataclasses.asdict(TrainFlags()).items()]


@pytest.mark.parametrize("field", dataclasses.fields(TrainFlags), ids=lambda field: field.name)
def test_a_flag_says_its_role_and_since_when(field):
    assert field.metadata["role"]
    assert (field.metadata["since"] <= FIRST_RUNS) == (field.name in FIRST)


def test_flags_that_came_later_are_in_no_key_as_runs_without_them_were():
    key = configuration_key(AGES["all"], "")
    assert {"accumulate", "devices", "processes", "precision"} <= set(LATER_FLAGS)
    assert not any(f'"{name}"' in key for name in LATER_FLAGS)
