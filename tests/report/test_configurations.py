"""Grouping of runs, labels, and what varied."""
import pytest

from tests.report.synthetic import write_run
from utils.errors import UserError
from utils.report.choice import choose
from utils.report.collect import collect
from utils.report.configurations import group, varied
from utils.report.labels import decoder_name


def _groups(root):
    return group(collect([str(root)]).records)


def test_runs_that_differ_in_seed_and_paths_are_one_configuration(tmp_path):
    write_run(tmp_path, "b", 2, datapath="/elsewhere", gpu=3)
    write_run(tmp_path, "a", 1)
    one, = _groups(tmp_path)
    assert one.label == "mobilenet_v1 fcn16"
    assert [record.name for record in one.records] == ["a", "b"]
    assert len(one.id) == 6


def test_labels_tell_what_differs_and_no_more(tmp_path):
    write_run(tmp_path, "a", 1, learnrate=.001)
    write_run(tmp_path, "b", 1, learnrate=.003, flip=False)
    write_run(tmp_path, "c", 1, fcn8=True, class_weights="enet")
    assert [one.label for one in _groups(tmp_path)] == [
        "mobilenet_v1 fcn16 weights=none flip lr=0.001",
        "mobilenet_v1 fcn16 weights=none no-flip lr=0.003",
        "mobilenet_v1 fcn8 weights=enet flip lr=0.001"]


def test_other_data_is_another_configuration(tmp_path):
    write_run(tmp_path, "a", 1)
    write_run(tmp_path, "b", 1, info={"data_sha256": "0ther" * 8})
    assert [one.label for one in _groups(tmp_path)] == [
        "mobilenet_v1 fcn16 data=0ther0", "mobilenet_v1 fcn16 data=da7ada"]


def test_labels_that_would_be_equal_get_their_ids(tmp_path):
    write_run(tmp_path, "a", 1, extended_arch="LinkNet")
    write_run(tmp_path, "b", 1, extended_arch="LinkNet", fcn8=True)
    one, other = _groups(tmp_path)
    assert one.label == f"mobilenet_v1 linknet ({one.id})"
    assert one.id != other.id


def test_ids_do_not_depend_on_the_company(tmp_path):
    write_run(tmp_path, "a", 1)
    alone, = _groups(tmp_path)
    write_run(tmp_path, "b", 1, fcn8=True)
    assert alone.id in [one.id for one in _groups(tmp_path)]


@pytest.mark.parametrize("flags, name", [
    ({"fcn4": True, "fcn8": True}, "FCN4"), ({"fcn8": True, "fcn16": True}, "FCN8"),
    ({"fcn16": True}, "FCN16"), ({}, "FCN32"), ({"extended_arch": "LinkNet"}, "LinkNet"),
    ({"extended_arch": "FCN", "fcn16": True}, "FCN16"),
    ({"extended_arch": "FCN:random", "fcn8": True}, "FCN8:random")])
def test_decoder_names(flags, name):
    assert decoder_name(flags) == name


def test_how_fcn_starts_is_part_of_its_name_and_no_setting(tmp_path):
    write_run(tmp_path, "a", 1, fcn8=True)
    write_run(tmp_path, "b", 1, fcn8=True, extended_arch="FCN:random")
    write_run(tmp_path, "c", 1)
    assert sorted((one.label, one.setting) for one in _groups(tmp_path)) == [
        ("mobilenet_v1 fcn16", ""), ("mobilenet_v1 fcn8", ""), ("mobilenet_v1 fcn8:random", "")]


def test_a_configuration_is_chosen_by_id_label_run_or_path(tmp_path):
    path = write_run(tmp_path, "a__1", 1)
    write_run(tmp_path, "b__1", 1, fcn8=True)
    first, second = _groups(tmp_path)
    for word in (first.id, first.id[:4], first.label, "a__1", path, path + "/"):
        assert choose([first, second], word) == first
    with pytest.raises(UserError) as caught:
        choose([first, second], "c")
    assert "'c' is no configuration" in str(caught.value)
    assert f"{second.id} (mobilenet_v1 fcn8)" in str(caught.value)


def test_what_varied_and_what_did_not(tmp_path):
    for seed in (1, 2, 3):
        write_run(tmp_path, f"together__{seed}", seed)
        write_run(tmp_path, f"order__{seed}", 1, seed_order=seed, fcn8=True,
                  info={"tensorflow": "2.21.0" if seed == 3 else "1.15.5"})
    together, order = _groups(tmp_path)
    assert varied(together.records) == (
        ["seed of initialisation, order, augmentation together (3 values)"],
        ["flags", "data", "TensorFlow", "Python", "host", "commit"])
    changed, held = varied(order.records)
    assert changed == ["seed of order (3 values)", "TensorFlow (1.15.5, 2.21.0)"]
    assert "seed of initialisation" in held and "TensorFlow" not in held


def test_what_no_run_tells_is_not_said_to_be_held(tmp_path):
    for seed in (1, 2):
        write_run(tmp_path, f"cores__{seed}", seed, info={"cpus": seed, "numpy": "1.21.6"})
    changed, held = varied(_groups(tmp_path)[0].records)
    assert "cores (1, 2)" in changed and "NumPy" in held
    assert not {"version", "processor"} & set(held)
