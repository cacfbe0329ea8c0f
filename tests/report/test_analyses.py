"""Every analysis on the synthetic sweep: exact numbers, and what it says where it has no data."""
import itertools
import os

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tests.report.synthetic import NEED_A_GRID, draw_matrices, write_kept, write_result, write_run
from utils.errors import UserError
from utils.page.svg import inline
from utils.report import analyses  # noqa: F401  registers them
from utils.report.analyses.importance import run_factors
from utils.report.analyses.runs import diff
from utils.report.figures import render
from utils.report.section import ANALYSES
from utils.statistics.classes import differences_from_first
from utils.statistics.components import checkpoint_components, variance_components
from utils.statistics.failures import constant_score
from utils.statistics.intervals import summarise
from utils.statistics.miou import METRICS
from utils.statistics.pairs import compare

V1, V2, V32 = "mobilenet_v1 fcn16", "mobilenet_v2 fcn16", "mobilenet_v1 fcn32"


def _matrices(number, quality):
    return np.stack([draw_matrices(seed + 50 * number, quality) for seed in range(1, 6)])


MATRICES = {V1: _matrices(0, .8), V2: _matrices(1, .8), V32: _matrices(2, .7)}


def _rows(section, name):
    return next(table for table in section.tables if table.name == name).rows


def _by_label(rows):
    return {row["label"]: row for row in rows}


@pytest.mark.parametrize("name", [name for name in ANALYSES.names() if name not in NEED_A_GRID])
def test_every_analysis_has_data_and_drawable_plots(sweep, study_of, name):
    section = ANALYSES.get(name)(study_of(sweep, last=5))
    assert section.tables and all(table.rows for table in section.tables)
    names = [table.name for table in section.tables]
    assert len(set(names)) == len(names)
    for plot in section.plots:
        svg = render(plot)
        assert svg.startswith("<?xml") and "http" not in inline(svg)
        assert plot.note and plot.title


def test_plots_are_the_same_bytes_each_time(sweep, study_of):
    plot, = ANALYSES.get("runs")(study_of(sweep)).plots
    assert render(plot) == render(plot)


def test_runs(sweep, study_of):
    section = ANALYSES.get("runs")(study_of(sweep))
    rows = {row["run"]: row for row in _rows(section, "runs")}
    assert len(rows) == 17
    assert section.text == ("17 runs in 3 configurations: 1 failed, 15 finished, 1 killed.",)
    row = rows["v1_fcn16__2"]
    assert (row["label"], row["seed"], row["status"], row["steps"]) == (V1, "2", "finished",
                                                                       "100/100")
    assert row["best_validation"] == row["last_validation"] == pytest.approx(.702)
    assert row["score"] == pytest.approx(float(METRICS["miou_d"](draw_matrices(2, .8))))
    assert row["interval"].low < row["score"] < row["interval"].high
    killed = rows["v1_fcn16__7"]
    assert (killed["status"], killed["steps"], killed["hours"]) == ("killed", "33/100", 1.5)
    assert "score" not in killed


def test_duplicates_are_listed(tmp_path, study_of):
    for number in (1, 2):
        write_run(tmp_path, f"a__{number}", 1, draw_matrices(number), info={"pid": number})
    section = ANALYSES.get("runs")(study_of(tmp_path))
    row, = _rows(section, "duplicates")
    assert (row["seed"], row["runs"]) == ("1", "a__1, a__2")


def test_diff_names_flags_surroundings_and_data(tmp_path, study_of):
    write_run(tmp_path, "a", 1)
    write_run(tmp_path, "b", 2, learnrate=.01, info={"tensorflow": "2.21.0", "total_steps": 7,
                                                    "version": "0.9.0", "cpus": 2})
    section = diff(study_of(tmp_path))
    found = {(row["kind"], row["what"]): (row["a"], row["b"]) for row in section.tables[0].rows}
    assert found[("flag", "learnrate")] == ("0.001", "0.01")
    assert found[("flag", "seed")] == ("1", "2")
    assert found[("surroundings", "TensorFlow")] == ("1.15.5", "2.21.0")
    assert found[("surroundings", "version")] == ("?", "0.9.0")
    assert found[("surroundings", "cores")] == ("?", "2")
    assert found[("data", "total_steps")] == ("100", "7")
    assert ("flag", "pixels") not in found
    assert "different configurations" in section.text[0]
    write_run(tmp_path, "c", 3)
    with pytest.raises(UserError, match="two runs: got 3"):
        diff(study_of(tmp_path))


def test_errorbars(sweep, study_of):
    section = ANALYSES.get("errorbars")(study_of(sweep, last=5))
    for label, matrices in MATRICES.items():
        row = _by_label(_rows(section, "errorbars"))[label]
        expected = summarise(METRICS["miou_d"](matrices))
        assert (row["n"], row["mean"], row["sd"]) == (5, expected.mean, expected.sd)
        assert row["mean_interval"] == expected.mean_interval
        parts = _by_label(_rows(section, "components"))[label]
        expected = variance_components(matrices)
        assert (parts["seed"], parts["image"]) == (expected.seed_sd, expected.image_sd)
        assert parts["checkpoint"] > 0 and parts["repeat"] is None
    assert "5 values" in _by_label(_rows(section, "varied"))[V1]["varied"]


def test_errorbars_measures_repeats(tmp_path, study_of):
    for number, seed in enumerate((1, 1, 2), 1):
        write_run(tmp_path, f"a__{number}", seed, draw_matrices(number),
                  info={"pid": number})
    row, = _rows(ANALYSES.get("errorbars")(study_of(tmp_path)), "components")
    scores = [METRICS["miou_d"](draw_matrices(number)) for number in (1, 2)]
    assert row["repeat"] == pytest.approx(np.std(scores, ddof=1)) and row["repeats"] == 2


def test_compare_of_two_has_the_verdict_first_and_the_numbers(sweep, study_of):
    study = study_of(sweep, chosen=("v2_fcn16__1", V32))
    section = ANALYSES.get("compare")(study)
    expected = compare(MATRICES[V2], MATRICES[V32])
    assert section.text[0].startswith(f"{V2} against {V32}: {V2} is better.")
    row, = _rows(section, "compare")
    assert (row["verdict"], row["difference"], row["p"]) == (
        "A better", expected.difference, expected.welch_p)
    assert row["population"] == expected.population_interval
    assert " points over 5 + 5 seeds (p < .001)" in section.text[0]
    shown, = [table for table in section.tables if table.terminal]
    assert shown.name == "pair" and max(len("".join(cells)) for cells in shown.texts()) < 72
    numbers = {row["what"]: row["value"] for row in _rows(section, "pair")}
    assert numbers["A - B, points"] == f"{100 * expected.difference:+.2f}"
    assert numbers["P(a run of A beats one of B), %"] == "100"


def test_compare_of_three_is_corrected_and_ranked(sweep, study_of):
    section = ANALYSES.get("compare")(study_of(sweep))
    rows = {(row["a"], row["b"]): row for row in _rows(section, "compare")}
    assert len(rows) == 3
    same = rows.get((V1, V2)) or rows[(V2, V1)]
    # One run of V1 failed: what rests on its other runs alone is no verdict.
    assert same["verdict"] == rows[V1, V32]["verdict"] == "inconclusive"
    assert "at step 12): inconclusive, " in same["why"]
    assert "at step 12): A better, 13" in rows[V1, V32]["why"]
    assert rows[V2, V32]["verdict"] == "A better"
    assert (rows[V1, V32]["lost_a"], rows[V1, V32]["lost_b"]) == (1, 0)
    assert all(table.terminal for table in section.tables)
    for row in rows.values():
        assert row["max_t"] is not None
        assert row["max_t_images"] is not None
    ranks = _by_label(_rows(section, "ranks"))
    assert ranks[V32]["rank_3"] > .99


def test_a_difference_that_holm_does_not_bear_is_inconclusive(tmp_path, study_of):
    for number in range(4):  # three alike, one better by 3.5 standard errors: p .02 of 6 pairs
        for seed, offset in enumerate((-.01, 0, .01)):
            quality = (.75, .75, .75, .7786)[number] + offset
            write_run(tmp_path, f"c{number}__{seed}", seed, learnrate=.01 * (number + 1),
                      matrices=draw_matrices(5, quality, spread=0))
    rows = _rows(ANALYSES.get("compare")(study_of(tmp_path)), "compare")
    taken_back = [row for row in rows if row["p"] < .05]
    assert len(taken_back) == 3 and min(row["holm"] for row in taken_back) > .05
    assert {row["verdict"] for row in taken_back} == {"inconclusive"}
    assert all(" after Holm's correction for 6 pairs, p = .0" in row["why"] for row in taken_back)


def test_single_runs_get_no_verdict_and_a_command(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1, .8))
    write_run(tmp_path, "b__1", 1, draw_matrices(2, .5), fcn8=True)
    section = ANALYSES.get("compare")(study_of(tmp_path, chosen=("a__1", "b__1")))
    text, = section.text
    assert "no verdict" in text and "better." not in text
    assert [(advice.why, advice.command) for advice in section.advice] == [
        ("One more seed of mobilenet_v1 fcn16",
         "python fcn_train.py --basenet=mobilenet_v1 --seed=2"),
        ("One more seed of mobilenet_v1 fcn8",
         "python fcn_train.py --basenet=mobilenet_v1 --fcn8 --seed=2")]


def test_compare_names_the_test_of_unequal_numbers_of_seeds(tmp_path, study_of):
    for seed in (1, 2, 3, 4, 5):
        write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed, .8))
        if seed < 4:
            write_run(tmp_path, f"b__{seed}", seed, draw_matrices(9 + seed, .7), fcn8=True)
    section = ANALYSES.get("compare")(study_of(tmp_path))
    note = next(table.note for table in section.tables if table.name == "compare")
    assert "of unequal numbers of seeds go by Welch's t at the worst ratio of spreads." in note


def test_compare_refuses_what_it_can_not_compare(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    write_run(tmp_path, "a__2", 2, draw_matrices(2))
    write_run(tmp_path, "b__1", 1, fcn8=True)
    write_run(tmp_path, "c__1", 1, draw_matrices(1, images=12), fcn4=True)
    write_run(tmp_path, "a__3", 3, draw_matrices(3))
    for chosen, words in ((("a__1", "a__2"), "a__1 and a__2 are runs of one configuration"),
                          (("a__1", "a__2", "a__3"), "a__1 and a__2 and 1 more are runs of one"),
                          (("a__1", "b__1"), "has no results: .*b__1 has no result 'test': python "
                           "fcn_test.py --traindir=.*b__1 --split=test"),
                          (("a__1", "c__1"), "can not be compared: their test sets differ .*24 "
                           "images, and .* with 12"),
                          (("a__1", "x"), "'x' is no configuration and no run here: choose ")):
        with pytest.raises(UserError, match=words):
            ANALYSES.get("compare")(study_of(tmp_path, chosen=chosen))


def test_a_pattern_of_runs_compares_their_configurations(tmp_path, study_of):
    for seed in (1, 2, 3):
        write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed, .6))
        write_run(tmp_path, f"b__{seed}", seed, draw_matrices(seed, .8), fcn8=True)
        write_run(tmp_path, f"c__{seed}", seed, draw_matrices(seed, .7), fcn4=True)
    words = tuple(f"{name}__{seed}" for name in "ab" for seed in (1, 2, 3))
    study = study_of(tmp_path, chosen=words)
    row, = _rows(ANALYSES.get("compare")(study), "compare")
    assert row["a"].endswith("fcn8") and row["difference"] > 0
    assert ("compare: 6 words name 2 configurations: each counts once, with all of its runs"
            in study.notes)


def test_checkpoints_from_tests_and_from_curves(sweep, tmp_path, study_of):
    section = ANALYSES.get("checkpoints")(study_of(sweep, last=4))
    row = _by_label(_rows(section, "checkpoints"))[V1]
    assert (row["runs"], row["checkpoints"], row["steps"]) == (5, 4, "40 - 100")
    validation = np.array([[float(METRICS["miou_d"](draw_matrices(
        seed * 100 + index * 10, .8, spread=.02))) for index in range(1, 5)]
        for seed in range(1, 6)])
    assert row["sd_validation"] == pytest.approx(np.sqrt(validation.var(1, ddof=1).mean()))
    assert row["gain_validation"] == pytest.approx((validation.max(1) - validation.mean(1)).mean())
    assert row["detrended_validation"] == checkpoint_components(validation).within_sd
    path = write_run(tmp_path, "a__1", 1, draw_matrices(1))
    section = ANALYSES.get("checkpoints")(study_of(tmp_path))
    assert "its runs keep 0 checkpoints, 3 are needed" in section.text[0]
    assert [advice.command for advice in section.advice] == [
        "python fcn_train.py --basenet=mobilenet_v1 --keep_every=8 --test_kept=10 --seed=2"]
    for step in (20, 40, 60):
        (tmp_path / "a__1" / f"fcn.ckpt_{step}.index").write_text("")
        write_result(path, f"validation_{step}", draw_matrices(step))
    section = ANALYSES.get("checkpoints")(study_of(tmp_path))
    assert "its kept checkpoints are not tested on test" in section.text[0]
    assert [advice.command for advice in section.advice] == [
        f"python fcn_test.py --traindir={path} --split=test --checkpoint=kept"]
    row, = _rows(section, "checkpoints")
    assert row["trend"] == pytest.approx(.04) and row["within"] == pytest.approx(0, abs=1e-9)


def test_checkpoints_without_anything_say_what_to_run(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1), curve={100: .5})
    with pytest.raises(UserError, match="fcn_train.py .*--keep_every=8 --test_kept=10"):
        ANALYSES.get("checkpoints")(study_of(tmp_path))


def test_kept_checkpoints_count_where_all_seeds_have_them(tmp_path, study_of):
    for seed, steps in ((1, (20, 40, 60, 80)), (2, (40, 60, 80, 100))):
        write_kept(write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed)), seed,
                   steps)
    row, = _rows(ANALYSES.get("checkpoints")(study_of(tmp_path)), "checkpoints")
    assert (row["checkpoints"], row["steps"]) == (3, "40 - 80")
    assert row["detrended_test"] is None


def test_where_training_still_gains_the_optimism_is_said_to_be_that(tmp_path, study_of):
    path = write_run(tmp_path, "a__1", 1, draw_matrices(1))
    for step, quality in ((20, .5), (40, .6), (60, .7), (80, .8)):
        for split in ("validation", "test"):
            write_result(path, f"{split}_{step}", draw_matrices(1, quality))
    text, together = ANALYSES.get("checkpoints")(study_of(tmp_path)).text
    assert "sd of 14.23 points (at least 1.16 points around each run's trend)" in text
    assert "4 of them hardly tell: keep and test 10 (--test_kept=10)" in together
    assert "In 1 of 1 runs that is the last one: training still gained" in text


def test_failures(tmp_path, sweep, study_of):
    section = ANALYSES.get("failures")(study_of(sweep))
    row = _by_label(_rows(section, "failures"))[V1]
    assert (row["runs"], row["ended"], row["failed"], row["killed"], row["collapsed"]) == (
        7, 7, 1, 1, 0)
    assert row["share"] == 2 / 7
    assert [line["kind"] for line in _rows(section, "failed_runs")] == ["failed", "killed"]
    collapsed = np.zeros((4, 3, 3), np.int64)
    collapsed[:, :, 0] = (50, 30, 20)
    write_run(tmp_path, "a__1", 1, collapsed)
    row, = _rows(ANALYSES.get("failures")(study_of(tmp_path)), "failures")
    assert (row["collapsed"], row["share"]) == (1, 1.0)
    study = study_of(tmp_path)
    ANALYSES.get("errorbars")(study)
    assert any(line.startswith("in the statistics, though it has collapsed: a__1, whose 16.67 % is")
               for line in study.notes)


def test_the_baseline_is_the_share_of_the_largest_class_over_the_classes():
    matrices = np.zeros((4, 3, 3), np.int64)
    matrices[:, :, 1] = (20, 50, 30)
    assert constant_score(matrices, METRICS["miou_d"]) == pytest.approx(.5 / 3)


def test_importance_merges_what_changes_together(sweep, study_of):
    study = study_of(sweep)
    rows = {row["factor"]: row for row in _rows(ANALYSES.get("importance")(study), "importance")}
    assert rows["all flags together"]["share"] > .98
    # What a flag adds to the others: the decoder's part also shows between two of the nets.
    assert rows["decoder"]["adds"] > .7 and abs(rows["basenet"]["adds"]) < .01
    assert rows["all flags together"]["share"] + rows["seeds and rest"]["share"] == pytest.approx(1)
    parts = [row["adds"] for row in rows.values() if row.get("adds") == row.get("adds") is not None]
    assert np.nansum(parts) == pytest.approx(rows["all flags together"]["share"])
    both = [sample for sample in study.samples() if sample.label in (V2, V32)]
    assert list(run_factors(both)) == ["basenet, decoder"]


def test_importance_needs_a_grid(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    with pytest.raises(UserError, match="all runs have the same flags"):
        ANALYSES.get("importance")(study_of(tmp_path))


def test_leaderboard(sweep, tmp_path, study_of):
    table, = ANALYSES.get("leaderboard")(study_of(sweep)).tables
    first = table.markdown().splitlines()[2]
    expected = summarise(METRICS["miou_d"](MATRICES[V1]))
    assert first == (f"| mobilenet_v1 | FCN16 | 1.50 | 3.20 | 5 | {100 * expected.mean:.1f} | "
                     f"[{100 * expected.mean_interval.low:.1f}, "
                     f"{100 * expected.mean_interval.high:.1f}] |")
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    table, = ANALYSES.get("leaderboard")(study_of(tmp_path)).tables
    assert table.texts()[0][2:5] == ["-", "-", "1"] and table.texts()[0][-1] == "-"


def test_power_uses_the_pooled_sd_where_there_is_one(sweep, tmp_path, study_of):
    section = ANALYSES.get("power")(study_of(sweep))
    pooled = np.sqrt(np.mean([METRICS["miou_d"](m).var(ddof=1) for m in MATRICES.values()]))
    row = next(row for row in _rows(section, "power") if row["seeds"] == 5)
    assert row["difference"] == pytest.approx(2.084 * pooled, rel=.01)
    gaps = [abs(a - b) for m in MATRICES.values()
            for a, b in itertools.combinations(METRICS["miou_d"](m), 2)]
    assert f"more than {277.2 * pooled:.2f} points in 1 of 20" in section.text[1]
    assert (f"Of the {len(gaps)} pairs of such runs here differ "
            f"{100 * np.mean(np.array(gaps) > .005):.0f} % by more than 0.5") in section.text[1]
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    section = ANALYSES.get("power")(study_of(tmp_path))
    assert "spread is unknown" in section.text[0]
    assert [column.key for column in section.tables[0].columns] == ["seeds", "in_sd"]


def test_power_pools_no_two_test_sets_and_names_seeds_that_score_alike(tmp_path, study_of):
    for seed in (1, 2, 3):
        write_run(tmp_path, f"near__{seed}", seed, draw_matrices(seed, .8))
        write_run(tmp_path, f"far__{seed}", seed, draw_matrices(seed, .5 + .1 * seed)[:12],
                  learnrate=.01)
        write_run(tmp_path, f"same__{seed}", seed, draw_matrices(1, .8), learnrate=.1)
    study = study_of(tmp_path)
    section = ANALYSES.get("power")(study)
    named = {sample.label: sample for sample in study.samples()}
    pooled = [line for line in section.text if "The sd over seeds" in line]
    assert len(pooled) == 2 and len(named) == 3
    for label, sample in named.items():
        sd = np.std(sample.scores, ddof=1)
        line = f"1 configuration ({len(sample.names)} images, "
        told = [text for text in pooled if line in text and f"is {100 * sd:.2f} points" in text]
        assert len(told) == (sd > 0)
        assert (f"all seeds score alike: {label}." in " ".join(section.text)) == (sd == 0)


def test_sizes_tell_the_share_of_specks(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1), objects=True)
    assert "0 % of the 60 objects (24 images) have at most 10 pixels" in ANALYSES.get("sizes")(
        study_of(tmp_path)).text[1]


def test_intervals_of_classes_stay_within_0_and_100(tmp_path, study_of):
    for seed, quality in ((1, .02), (2, .3)):
        write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed, quality))
    rows = _rows(ANALYSES.get("classes")(study_of(tmp_path)), "classes")
    assert min(row["interval"].low for row in rows) == 0
    assert max(row["interval"].high for row in rows) <= 1


def test_sizes_name_a_file_of_objects_that_is_damaged(tmp_path, study_of):
    for seed in (1, 2):
        path = write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed), objects=True)
    damaged = os.path.join(str(path), "test", "test.objects.npz")
    with open(damaged, "r+b") as file:
        file.truncate(100)
    study = study_of(tmp_path)
    ANALYSES.get("sizes")(study)
    assert any(damaged in line and "not the objects of a test" in line for line in study.notes)
    assert any("sizes: 1 of 2 runs of" in line for line in study.notes)


def test_sizes_without_objects_say_what_to_run(tmp_path, study_of):
    path = write_run(tmp_path, "a__1", 1, draw_matrices(1))
    with pytest.raises(UserError, match=f"fcn_test.py --traindir={path} --split=test"):
        ANALYSES.get("sizes")(study_of(tmp_path))


@pytest.mark.parametrize("name, plot", [("compare", "compare"), ("runs", "runs"),
                                        ("errorbars", "forest"), ("classes", "classes")])
def test_long_labels_leave_room_for_the_plot(tmp_path, study_of, name, plot):
    for number in range(3):
        for seed in (1, 2):
            write_run(tmp_path, f"r{number}__{seed}", seed,
                      draw_matrices(seed, .5 + .1 * number), learnrate=.001 * (number + 1),
                      batch_size=8 + number, class_weights=("", "balanced", "x" * 20)[number])
    made = next(one for one in ANALYSES.get(name)(study_of(tmp_path)).plots
                if one.name == plot).draw()
    FigureCanvasAgg(made).draw()
    assert made.axes[0].get_position().width > .5
    assert made.axes[0].get_tightbbox(made.canvas.get_renderer()).x0 >= 0


def test_runs_tell_where_a_class_is_in_few_images(tmp_path, study_of):
    matrices = draw_matrices(1)
    matrices[3:, 1] = 0
    write_run(tmp_path, "a__1", 1, matrices)
    study = study_of(tmp_path)
    ANALYSES.get("runs")(study)
    assert ("intervals over images: the rarest class of the split is in 3 of 24 images: their ends "
            "are rough") in study.notes


def test_classes_are_corrected_over_all_pairs_of_the_table(sweep, study_of):
    rows = _rows(ANALYSES.get("classes")(study_of(sweep)), "class_differences")
    order = sorted(MATRICES, key=lambda label: -METRICS["miou_d"](MATRICES[label]).mean())
    expected = differences_from_first([MATRICES[label] for label in order])
    assert [row["b"] for row in rows] == [label for label in order[1:] for _ in range(3)]
    assert [row["adjusted"] for row in rows] == [
        one.p_adjusted for found in expected for one in found]
