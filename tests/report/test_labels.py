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


def test_configurations_with_long_labels_are_numbered_and_still_found_by_words(tmp_path, study_of):
    write_streets(tmp_path, ({},) + WILD)
    study = study_of(tmp_path)
    assert _labels(study) == ["mobilenet_v1 fcn16 batch=8", "C1 mobilenet_v1 fcn16",
                              "C2 mobilenet_v1 fcn16", "C3 mobilenet_v1 linknet"]
    assert all(one.cut for one in study.configurations)
    cut = choose(study.configurations, "weights=enet:1.1")
    assert cut.label == "C2 mobilenet_v1 fcn16"
    assert cut.setting.startswith("batch_size=4 bn_decay=0.999 class_weights=enet:1.1 ")
    assert "accumulate" not in cut.setting  # at its default
    for one in study.configurations:
        for words in (one.label, one.id):
            assert choose(study.configurations, words) is one
    assert choose(study.configurations, "C2") is cut
    assert choose(study.configurations, "linknet").label == "C3 mobilenet_v1 linknet"
    with pytest.raises(UserError, match=r"\(C2 mobilenet_v1 fcn16: batch_size=4 .* \.\.\.\): give"):
        choose(study.configurations, "mobilenet_v1 fcn16")


def test_numbers_go_on_over_test_sets_and_skip_those_with_short_labels(tmp_path, study_of):
    write_streets(tmp_path, ({},) + WILD)
    write_demo(tmp_path)
    write_seg_mentor(tmp_path)
    labels = _labels(study_of(tmp_path))
    assert labels == ["mobilenet_v1 fcn16", "mobilenet_v1 fcn16 batch=8",
                      "vgg_16 fcn16 seg-mentor", "C1 mobilenet_v1 fcn16", "C2 mobilenet_v1 fcn16",
                      "C3 mobilenet_v1 linknet"]


def _flags(count, **flags):
    return [dict(dict(basenet="mobilenet_v1", fcn16=True, learnrate=.001 * number,
                      class_weights=f"{number:019d}", init_from=f"tmp/a_run_{number:020d}"),
                 **flags) for number in range(1, count + 1)]


def test_the_net_is_named_where_nets_differ_and_numbers_are_in_natural_order():
    flags = _flags(12) + _flags(1, basenet="vgg_16")
    for one, first in ((flags, "C1 mobilenet_v1 fcn16"), (flags[:12], "C1")):
        labels = make_labels(one, ["id"] * len(one), ["set"] * len(one), ["data"] * len(one))
        assert labels[0].text == first and labels[0].cut
        assert [label.text.split()[0] for label in sorted(labels, key=lambda one: one.number)] == [
            f"C{number}" for number in range(1, len(one) + 1)]


def test_one_long_label_among_short_ones_of_one_net_is_the_only_number():
    flags = _flags(1) + [dict(basenet="mobilenet_v1", fcn16=True, learnrate=rate,
                              class_weights="none", init_from="") for rate in (.002, .003)]
    labels = make_labels(flags, list("abc"), ["set"] * 3, ["data"] * 3)
    assert [label.text for label in labels] == ["C1", "mobilenet_v1 fcn16 lr=0.002",
                                                "mobilenet_v1 fcn16 lr=0.003"]


def test_two_test_sets_with_long_labels_share_no_number():
    flags = _flags(3) + _flags(2, basenet="vgg_16")
    labels = make_labels(flags, list("abcde"), [1, 1, 1, 2, 2], ["data"] * 5)
    assert [label.text for label in labels] == ["C1", "C2", "C3", "C4", "C5"]
    assert max(map(len, (label.text for label in labels))) <= LONGEST


def test_a_number_keeps_the_name_of_its_list():
    labels = make_labels(_flags(3), list("abc"), [1] * 3, ["data"] * 3, ["kcentre", "", "random"])
    assert sorted(label.text for label in labels) == ["C1 list=kcentre", "C2", "C3 list=random"]


def test_what_all_have_goes_before_flags_are_numbered():
    flags = [dict(basenet="inception_v1", fcn16=True, learnrate=rate, pixels=size, momentum=rate)
             for rate, size in ((.00123, "384x384"), (.00321, "512x512"))]
    labels = make_labels(flags, list("ab"), ["set"] * 2, ["data"] * 2)
    assert [label.text for label in labels] == [
        "lr=0.00123 momentum=0.00123 pixels=384x384",
        "lr=0.00321 momentum=0.00321 pixels=512x512"]
    assert not any(label.cut for label in labels)


def test_labels_as_long_as_may_be_stay():
    flags = [dict(basenet="mobilenet_v1", fcn16=True, learnrate=rate, class_weights="y" * size)
             for rate, size in ((.001, 12), (.002, 5))]
    labels = make_labels(flags, list("ab"), ["set"] * 2, ["data"] * 2)
    assert labels[0].text == "mobilenet_v1 fcn16 weights=" + "y" * 12 + " lr=0.001"
    assert len(labels[0].text) == LONGEST and not labels[0].cut


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


def test_a_subset_is_told_by_its_count_and_two_of_one_count_apart(tmp_path, study_of):
    for number, text in enumerate(("", "73 of 367, 3fa19c02b1d4", "73 of 367, aaaaaaaaaaaa")):
        write_run(tmp_path, f"run{number}__1", 1, draw_matrices(number), subset_images=text,
                  subset="ids.txt" if text else "")
    study = study_of(tmp_path)
    whole, one, other = (next(found for found in study.configurations
                              if found.records[0].name == f"run{number}__1")
                         for number in range(3))
    assert whole.label == "mobilenet_v1 fcn16 subset=none"
    assert one.label == f"mobilenet_v1 fcn16 subset=73 of 367 ({one.id})"
    assert other.label == f"mobilenet_v1 fcn16 subset=73 of 367 ({other.id})"
    assert one.setting == "subset_images=73 of 367, 3fa19c02b1d4"
    assert choose(study.configurations, f"subset=73 of 367 {one.id}") is one


def test_subsets_of_one_count_are_told_apart_by_their_lists(tmp_path, study_of):
    for name in ("kcentre", "random_1"):
        write_run(tmp_path, f"{name}__1", 1, draw_matrices(len(name)), subset=f"lists/{name}.txt",
                  subset_images=f"73 of 367, {len(name)}fa19c02b1d4")
    study = study_of(*sorted(str(path) for path in tmp_path.iterdir()))
    assert sorted(one.label for one in study.configurations) == [
        "mobilenet_v1 fcn16 subset=73 of 367 list=kcentre",
        "mobilenet_v1 fcn16 subset=73 of 367 list=random_1"]
    assert choose(study.configurations, "list=kcentre").label.endswith("list=kcentre")
