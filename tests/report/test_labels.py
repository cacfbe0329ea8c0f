"""What configurations are called, and which words name one."""
import pytest

from tests.report.synthetic import (
    WILD,
    draw_matrices,
    write_demo,
    write_odd,
    write_run,
    write_seg_mentor,
    write_streets,
)
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.analyses.configurations import flags_text
from utils.report.choice import choose, choose_all
from utils.report.labels import LONGEST, make_labels
from utils.report.section import ANALYSES


def _labels(study):
    return [one.label for one in study.configurations]


def test_runs_on_other_data_change_no_label(tmp_path, study_of):
    write_streets(tmp_path / "runs")
    expected = ["mobilenet_v1 fcn16", "mobilenet_v1 fcn32", "mobilenet_v2 fcn16"]
    assert _labels(study_of(tmp_path / "runs")) == expected
    write_odd(tmp_path / "runs")
    write_seg_mentor(tmp_path / "runs")
    found = _labels(study_of(tmp_path / "runs"))
    assert set(expected) < set(found) and "vgg_16 fcn16 seg-mentor" in found
    assert max(map(len, found)) == len("vgg_16 fcn16 seg-mentor")


def test_equal_labels_of_two_data_sets_name_the_data(tmp_path, study_of):
    write_streets(tmp_path)
    write_demo(tmp_path)
    assert _labels(study_of(tmp_path)) == [
        "mobilenet_v1 fcn16 on camvid", "mobilenet_v1 fcn16 on shapes", "mobilenet_v1 fcn32",
        "mobilenet_v2 fcn16"]


def test_the_words_of_the_readme_work_beside_a_demo_run(tmp_path, study_of):
    write_streets(tmp_path)
    write_demo(tmp_path)
    study = study_of(tmp_path, chosen=("mobilenet_v1 fcn16", "mobilenet_v1 fcn32"))
    text, = ANALYSES.get("compare")(study).text
    assert text.startswith("mobilenet_v1 fcn16 on camvid against mobilenet_v1 fcn32: ")
    note, = [line for line in study.notes if "is taken for" in line]
    assert "'mobilenet_v1 fcn16' is taken for mobilenet_v1 fcn16 on camvid (" in note
    assert "on other data: " in note and "mobilenet_v1 fcn16 on shapes" in note


@pytest.mark.parametrize("words, label", [
    ("fcn32", "mobilenet_v1 fcn32"), ("v2", "mobilenet_v2 fcn16"),
    ("FCN16 MobileNet_V2", "mobilenet_v2 fcn16"), ("mobilenet_v2", "mobilenet_v2 fcn16"),
    ("fcn3 mob", "mobilenet_v1 fcn32"), ("camvid v1 fcn16", "mobilenet_v1 fcn16 on camvid"),
    ("shapes", "mobilenet_v1 fcn16 on shapes"), ("demo__1", "mobilenet_v1 fcn16 on shapes"),
    ("learnrate=0.003", "mobilenet_v1 fcn16 on shapes"), ("Nov20_mobilenet_v2__11",
                                                          "mobilenet_v2 fcn16")])
def test_any_unambiguous_words_name_a_configuration(tmp_path, study_of, words, label):
    write_streets(tmp_path)
    write_demo(tmp_path)
    assert choose(study_of(tmp_path).configurations, words).label == label


def test_words_that_name_several_list_those_alone(tmp_path, study_of):
    write_streets(tmp_path)
    study = study_of(tmp_path)
    with pytest.raises(UserError) as caught:
        choose(study.configurations, "mobilenet_v1")
    assert str(caught.value).startswith("'mobilenet_v1' names 2 configurations: ")
    assert "(mobilenet_v1 fcn16), " in str(caught.value)
    assert "mobilenet_v2" not in str(caught.value)
    with pytest.raises(UserError, match="'vgg' is no configuration and no run here: choose one of"):
        choose(study.configurations, "vgg")


def test_only_words_of_the_same_test_set_are_taken_together(tmp_path, study_of):
    write_streets(tmp_path / "a", ({}, dict(learnrate=.003)))
    write_demo(tmp_path / "a")
    configurations = study_of(tmp_path / "a").configurations
    assert choose(configurations, "mobilenet_v1 fcn16").place == "shapes"  # its whole label
    with pytest.raises(UserError, match="'mobilenet_v1 fcn16' names 2 configurations"):
        choose_all(configurations, ["mobilenet_v1 fcn16", "lr=0.001"])
    found, notes = choose_all(configurations, ["fcn16 lr=0.003", "lr=0.001"])
    assert [one.place for one in found] == ["camvid"] * 2 and len(notes) == 1


def test_long_labels_leave_defaults_out_and_then_count_the_rest(tmp_path, study_of):
    write_streets(tmp_path, ({},) + WILD)
    study = study_of(tmp_path)
    assert all(len(label) <= LONGEST for label in _labels(study))
    assert all(one.cut for one in study.configurations)
    cut, = [one for one in study.configurations if "enet:1.1" in one.label]
    assert cut.label == "mobilenet_v1 fcn16 weights=enet:1.1 +9"
    assert flags_text(cut).startswith("batch_size=4 bn_decay=0.999 class_weights=enet:1.1 ")
    assert "accumulate" not in flags_text(cut)  # at its default
    for one in study.configurations:  # a whole label names its own
        assert choose(study.configurations, one.label) is one


def test_long_labels_have_the_flags_that_tell_them_apart():
    plain = dict(basenet="mobilenet_v1", fcn16=True, random_scale="1,1.6", class_weights="none",
                 bn_decay=.99, steps=0, learnrate=1e-3)
    other = dict(plain, random_scale="0.8,1.3", class_weights="enet:1.1", bn_decay=.95)
    flags = [plain, dict(other, steps=800), dict(other, steps=2000),
             dict(other, steps=2000, learnrate=.006)]
    labels = make_labels(flags, list("abcd"), ["company"] * 4, ["place"] * 4)
    assert [label.text for label in labels] == [
        "mobilenet_v1 fcn16", "mobilenet_v1 fcn16 steps=800 +3",
        "mobilenet_v1 fcn16 steps=2000 +3", "mobilenet_v1 fcn16 lr=0.006 steps=2000 +3"]


def test_flags_that_say_little_are_told_only_where_nothing_else_differs(tmp_path, study_of):
    write_streets(tmp_path / "a", ({}, dict(learnrate=.003, eval_every=50, processes=2)))
    assert _labels(study_of(tmp_path / "a")) == ["mobilenet_v1 fcn16 lr=0.001",
                                                 "mobilenet_v1 fcn16 lr=0.003"]
    write_streets(tmp_path / "b", ({}, dict(eval_every=50)))
    assert _labels(study_of(tmp_path / "b")) == ["mobilenet_v1 fcn16 eval_every=100",
                                                 "mobilenet_v1 fcn16 eval_every=50"]


def test_untested_runs_are_beside_those_of_their_data(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    write_run(tmp_path, "b__1", 1, learnrate=.003)
    assert _labels(study_of(tmp_path)) == ["mobilenet_v1 fcn16 lr=0.001",
                                           "mobilenet_v1 fcn16 lr=0.003"]


def test_a_run_of_seg_mentor_has_its_flags_in_our_names(tmp_path, study_of):
    write_seg_mentor(tmp_path)
    write_streets(tmp_path)
    one, = [one for one in study_of(tmp_path).configurations if "seg-mentor" in one.label]
    assert one.flags["pixels"] == "256" and one.flags["align"] == "transposed"
    assert not {"clabel2cname", "od_class2color"} & set(one.flags)


def test_the_table_of_configurations(tmp_path, study_of):
    write_streets(tmp_path, ({}, dict(learnrate=.003)))
    section = ANALYSES.get("configurations")(study_of(tmp_path))
    row = section.tables[0].rows[1]
    assert (row["label"], row["flags"], row["runs"], row["seeds"], row["data"]) == (
        "mobilenet_v1 fcn16 lr=0.003", "learnrate=0.003", 2, "1, 2", "camvid")
    assert row["test_set"] == "12 images, 4 classes, split 5p1it5p1"
