"""Runs beside their cost: which net a configuration is, what it scored, what is drawn."""
import numpy as np
import pytest

from tests.report import synthetic
from utils.costs import accuracy, plot
from utils.report.collect import collect
from utils.report.figures import render, render_png
from utils.report.study import Options, Study
from utils.statistics.intervals import SCORES, summarise


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two configurations of one net, which differ in the learning rate, and another net."""
    root = str(tmp_path_factory.mktemp("runs"))
    for number, flags in enumerate(({}, {"learnrate": .01},
                                    {"basenet": "mobilenet_v2", "extended_arch": "LinkNet"})):
        for seed in (1, 2, 3)[:3 - number]:
            path = synthetic.write_run(root, f"r{number}__{seed}", seed, pixels="256",
                                       depth_multiplier=.5, **flags)
            synthetic.write_result(path, "test", synthetic.draw_matrices(
                seed + 50 * number, .8 - .1 * number), size="360x480")
            synthetic.write_result(path, "test_best", synthetic.draw_matrices(seed), size="native")
    return root


def _study(*words, **options):
    return Study(collect(list(words)), Options(**options))


def test_nets_and_scores_of_configurations(folder):
    study = _study(folder)
    found = accuracy.tested_nets(study, batch_size=4)
    assert [net.label for net, _ in found] == ["mobilenet_v1 x0.5 FCN16"] * 2 + [
        "mobilenet_v2 x0.5 LinkNet"]
    assert len({net for net, _ in found}) == 2  # one net, measured once
    assert all(net.size == (360, 480) and net.num_classes == 3 and net.flags.batch_size == 4
               for net, _ in found)
    for (_, cells), sample in zip(found, sorted(study.samples(), key=lambda s: -s.scores.mean())):
        summary = summarise(sample.scores, .95, SCORES)
        assert cells["label"] == sample.label and cells["seeds"] == len(sample.scores)
        assert (cells["miou"], cells["miou_interval"]) == (summary.mean, summary.mean_interval)
    assert found[2][1]["miou_interval"] is None  # one seed
    assert "mIoU on test (24 images, 3 classes, split 5p1it5p1)" in accuracy.explain(study)


def test_a_result_at_each_images_own_size_counts_at_the_size_of_training(folder):
    (net, _), *_ = accuracy.tested_nets(_study(folder, result="best"), 4)
    assert net.size == (256, 256)


def test_configurations_of_another_test_set_are_named(folder, tmp_path):
    path = synthetic.write_run(str(tmp_path), "other", 1, loss="other")
    synthetic.write_result(path, "test", synthetic.draw_matrices(1), split_sha256="else" * 8)
    study = _study(folder, path)
    assert len(accuracy.tested_nets(study, 4)) == 3
    note, = [line for line in study.notes if "1 configuration on another test set" in line]
    assert note.endswith(": mobilenet_v1 fcn16")


def _rows(count=3, **costs):
    rows = []
    for number in range(count):
        scores = np.array([.5, .52]) + .01 * number
        rows.append(dict(label=f"net {number}", seeds=2, scores=scores, miou=scores.mean(),
                         miou_interval=summarise(scores).mean_interval if number else None,
                         gflops=1.0 + number, training=10.0 / (1 + number)))
    return rows


def test_the_plot_has_a_point_an_interval_and_the_runs_of_each():
    drawn = plot.accuracy_plot(_rows(), ["gflops", "training"], "mIoU on test").draw()
    above, left, right = drawn.axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("GFLOPs for one image", "training, images/s")
    assert left.get_ylabel() == "mIoU on test, %"
    assert [text.get_text() for text in above.get_legend().get_texts()] == [
        "net 0 (n=2)", "net 1 (n=2)", "net 2 (n=2)"]
    lines = [(list(line.get_xdata()), np.round(line.get_ydata(), 6).tolist())
             for line in left.lines]
    assert ([1.0], [51.0]) in lines and ([3.0, 3.0], [52.0, 54.0]) in lines
    interval = summarise(np.array([.52, .54])).mean_interval
    assert ([3.0, 3.0], np.round([100 * interval.low, 100 * interval.high], 6).tolist()) in lines
    assert len(lines) == 1 + 3 * 2 + 2  # stairs; runs and means; two intervals


def test_stairs_are_the_best_means_at_a_cost_or_a_better_one():
    points = [(1, .5), (2, .4), (3, .6), (4, .55)]
    assert plot._frontier(points, "gflops") == ([1, 3, 3, 4], [50, 50, 60, 60])
    xs, ys = plot._frontier(points, "forward")
    assert xs == [4, 3, 3, 1] and np.round(ys, 6).tolist() == [55, 55, 60, 60]
    assert plot._frontier([], "gflops") == ([], [])


def test_a_configuration_without_a_cost_is_left_out_of_the_panel():
    rows = _rows()
    del rows[0]["gflops"]
    drawn = plot.accuracy_plot(rows, ["gflops"], "mIoU").draw()
    assert [text.get_text() for text in drawn.axes[0].get_legend().get_texts()] == [
        "net 1 (n=2)", "net 2 (n=2)"]


def test_costs_far_apart_are_drawn_on_a_logarithmic_axis():
    rows = _rows()
    assert plot.accuracy_plot(rows, ["gflops"], "").draw().axes[1].get_xscale() == "linear"
    rows[2]["gflops"] = 40.0
    assert plot.accuracy_plot(rows, ["gflops"], "").draw().axes[1].get_xscale() == "log"


def test_it_becomes_svg_and_png():
    made = plot.accuracy_plot(_rows(12), ["gflops"], "mIoU on test")
    assert render(made).count("net 11 (n=2)") == 1 and render(made) == render(made)
    assert render_png(made).startswith(b"\x89PNG")
