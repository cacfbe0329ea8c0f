"""`transfer` on made runs: exact numbers, what two and four extractors can tell, who stays out."""
import numpy as np
import pytest
from scipy import stats

from tests.report.synthetic import draw_matrices, write_grid, write_run
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.figures import render
from utils.report.section import ANALYSES

#: Rising top-1; the quality of the third and the fourth is reversed.
QUALITY = {"resnet_v1_18": .60, "mobilenet_v1": .65, "vgg_16": .75, "mobilenet_v2": .70,
           "resnet_v1_34": .80}
TOP1 = [69.758, 70.9, 71.5, 71.8, 73.314]
FCN8 = (("fcn8", True),)


def _rows(section, name):
    return next(table for table in section.tables if table.name == name).rows


def _analyse(study):
    return ANALYSES.get("transfer")(study)


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """Five extractors with FCN16 and FCN8, in the same order."""
    root = tmp_path_factory.mktemp("grid")
    write_grid(root, {(name, own): quality + .05 * bool(own) for own in ((), FCN8)
                      for name, quality in QUALITY.items()}, spread=.005)
    return root


@pytest.fixture
def section(grid, study_of):
    return _analyse(study_of(grid))


def test_rows_have_accuracy_mean_interval_and_cost(grid, section, study_of):
    rows = [row for row in _rows(section, "transfer") if row["setting"] == "FCN16"]
    assert [row["top1"] for row in rows] == TOP1
    assert [row["extractor"] for row in rows] == list(QUALITY)
    study = study_of(grid)
    sample, = [one for one in study.samples() if one.label == "vgg_16 fcn16"]
    assert rows[2]["mean"] == sample.scores.mean() and rows[2]["seeds"] == 3
    assert rows[2]["interval"].contains(rows[2]["mean"])
    assert (rows[2]["gflops"], rows[2]["parameters"]) == (3.5, 3.200002)
    assert rows[2]["source"].startswith("https://github.com/tensorflow/models/")


def test_correlation_and_slope_are_scipys(section):
    means = [row["mean"] for row in _rows(section, "transfer") if row["setting"] == "FCN16"]
    rows = {row["setting"]: row for row in _rows(section, "transfer_ranks")}
    assert list(rows) == ["mean of 2", "FCN16", "FCN8"]
    one = rows["FCN16"]
    assert one["rho"] == pytest.approx(stats.spearmanr(TOP1, means)[0]) == pytest.approx(.9)
    assert one["tau"] == pytest.approx(.8) and one["p"] == pytest.approx(10 / 120)
    assert one["rho_others"].low < 0 and one["rho_seeds"].high <= 1
    slopes = {row["setting"]: row for row in _rows(section, "transfer_slopes")}
    line = stats.linregress(TOP1, 100 * np.array(means))
    assert slopes["FCN16"]["slope"] == pytest.approx(line.slope)
    assert slopes["FCN16"]["others"].half_width == pytest.approx(
        stats.t.ppf(.975, 3) * line.stderr)
    assert slopes["mean of 2"]["slope"] == pytest.approx(
        (slopes["FCN16"]["slope"] + slopes["FCN8"]["slope"]) / 2)


def test_sentences_tell_both_levels(section):
    text = " ".join(section.text)
    assert text.startswith(
        "A correlation of ImageNet top-1 and mIoU on test is not shown. 5 feature extractors, mean "
        "of 2 settings: rho = .90 (p = .083); [.90, .90] for these, as seeds tell the order of 10 "
        "of 10 pairs; [-.15, 1.00] over other feature extractors.")
    assert "A point of top-1 goes with +" in text and "Kendall's W = " in text
    assert "cannot show" not in text
    close, = [line for line in section.remarks if "Top-1 has an error of its own" in line]
    assert "vgg_16 (71.5) and mobilenet_v2 (71.8)" in close and "resnet" not in close


def test_pairs_are_judged_together_within_settings(section):
    rows = _rows(section, "transfer_pairs")
    assert len(rows) == 20 and {row["setting"] for row in rows} == {"FCN16", "FCN8"}
    row, = [one for one in rows if one["setting"] == "FCN16"
            and (one["a"], one["b"]) == ("mobilenet_v2", "vgg_16")]
    assert row["verdict"] == "B better" and row["difference"] < -.03
    assert row["top1"] == pytest.approx(.3) and row["p"] < .05
    assert "corrected for all 20 pairs" in next(
        table.note for table in section.tables if table.name == "transfer_pairs")


def test_plots_are_drawable_and_repeat(section):
    plot, = section.plots
    svg = render(plot)
    assert svg == render(plot)
    assert all(name in svg for name in list(QUALITY) + ["FCN16", "FCN8"])


def test_four_extractors_cannot_show_it(grid, study_of):
    text = _analyse(study_of(*[grid / f"0{number}_*" for number in range(4)])).text
    assert text[0] == ("4 feature extractors cannot show a correlation: even a perfect order has "
                       "p = .083, and it takes 5.")


def test_two_extractors_are_compared_pair_by_pair(grid, study_of):
    section = _analyse(study_of(grid / "00_*", grid / "01_*", grid / "05_*", grid / "06_*"))
    assert section.text == (
        "2 feature extractors cannot show a correlation: any two are in order or in reverse.",
        "mobilenet_v1 (top-1 70.9) against resnet_v1_18 (top-1 69.758): better in 2 of 2.")
    assert [table.name for table in section.tables] == ["transfer", "transfer_pairs"]


def test_an_order_that_turns_round_is_told(tmp_path, study_of):
    write_grid(tmp_path, {("mobilenet_v1", ()): .6, ("mobilenet_v2", ()): .7,
                          ("mobilenet_v1", FCN8): .8, ("mobilenet_v2", FCN8): .7,
                          ("vgg_16", ()): .5, ("vgg_16", FCN8): .5}, spread=.002)
    assert "mobilenet_v2 is better than mobilenet_v1 with FCN16, worse with FCN8." in _analyse(
        study_of(tmp_path)).text


def test_single_runs_get_no_verdict_and_say_why(tmp_path, study_of):
    write_grid(tmp_path, {("mobilenet_v1", ()): .6, ("mobilenet_v2", ()): .7}, seeds=1)
    section = _analyse(study_of(tmp_path))
    assert section.text[1].endswith("no verdict in 1 of 1.")
    assert any(line.startswith("No verdict on 1 pair: 1 and 1 runs: a single run")
               for line in section.remarks)
    assert _rows(section, "transfer_pairs")[0]["interval"] is None


def test_runs_without_an_imagenet_start_stay_out_and_are_named(tmp_path, study_of):
    write_grid(tmp_path, {("mobilenet_v1", ()): .6, ("mobilenet_v2", ()): .7,
                          ("mobilenet_v1", (("depth_multiplier", .5),)): .5,
                          ("mobilenet_v1", (("from_scratch", True),)): .4,
                          ("mobilenet_v2", (("init_from", "tmp/other"),)): .4,
                          ("mobilenet_v1", (("depth_multiplier", .6),)): .4,
                          ("resnet_v1_18_same", ()): .5,
                          ("mobilenet_v2", (("learnrate", .01),)): .5})
    section = _analyse(study_of(tmp_path))
    assert [row["extractor"] for row in _rows(section, "transfer")] == [
        "mobilenet_v1 x0.5", "mobilenet_v1", "mobilenet_v2"]
    lines = "\n".join(section.remarks)
    assert "did not start from ImageNet (--from_scratch, --init_from): 2 configurations" in lines
    assert "no accuracy is published of the checkpoint: 2 configurations" in lines
    assert "no other feature extractor has the same flags beside it: 1 configuration" in lines


def test_flags_that_only_choose_the_best_checkpoint_part_no_groups(tmp_path, study_of):
    for basenet, every in (("mobilenet_v1", 100), ("mobilenet_v2", 350)):
        for seed in (1, 2):
            write_run(tmp_path, f"{basenet}__{seed}", seed, draw_matrices(seed), basenet=basenet,
                      eval_every=every, info=dict(pid=every + seed))
    assert len(_rows(_analyse(study_of(tmp_path)), "transfer")) == 2
    with pytest.raises(UserError, match="no results of finished runs"):
        _analyse(study_of(tmp_path, result="best"))


def test_lost_runs_are_counted(tmp_path, study_of):
    write_grid(tmp_path, {("mobilenet_v1", ()): .6, ("mobilenet_v2", ()): .7})
    write_run(tmp_path, "lost", 9, status="failed", basenet="mobilenet_v2",
              info=dict(error="the loss is nan", pid=999))
    section = _analyse(study_of(tmp_path))
    assert [row["lost"] for row in _rows(section, "transfer")] == [None, 1]
    # As in compare: a lost run counts as 0, and the verdict has to hold with it too.
    assert "inconclusive in 1 of 1" in section.text[1]


def test_without_accuracies_it_says_where_they_come_from(grid, study_of):
    with pytest.raises(UserError, match="as fcn_report.py gives them"):
        _analyse(study_of(grid, imagenet=None))
