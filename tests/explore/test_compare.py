"""`compare A B`: two configurations, and two label systems, on the same images."""
import os

import numpy as np
import pytest
from rich.console import Console

import fcn_explore
from tests.explore import made
from tests.report import synthetic
from utils.errors import UserError
from utils.explore.compare import compare
from utils.explore.paired import Paired
from utils.explore.terminal import show_panel
from utils.report.analyses import compare as report_compare
from utils.report.collect import collect
from utils.report.study import Options, Study
from utils.statistics.miou import miou_d

IMAGES = 320
_RANDOM = np.random.RandomState(0)
DARK = _RANDOM.rand(IMAGES)


def loss_of(better):
    def loss(seed):
        base = np.random.RandomState(9).gamma(9, .03, IMAGES)
        noise = .02 * np.random.RandomState(seed + 50 * better).standard_normal(IMAGES)
        return np.maximum(base + noise - (.2 * (DARK < .3) if better else 0), .001)
    return loss


def write(root, better, classes=made.CLASSES, seeds=3, **flags):
    """Runs of a configuration; the better one has less loss on dark images and hits more."""
    name = "better" if better else "plain"

    def matrices(seed):
        return synthetic.draw_matrices(seed, .8 if better else .7, images=IMAGES, spread=.005)
    paths = made.write_runs(root, seeds, IMAGES, loss=loss_of(better), name=name,
                            matrices=matrices, **flags)
    if classes != made.CLASSES:
        for seed, path in enumerate(paths, 1):
            synthetic.write_result(path, "test", matrices(seed), classes, "0ther" * 8)
    made.write_images(root, made.explore(paths[:1]).names, {"light": DARK},
                      ("0ther" if classes != made.CLASSES else "5p1it") * 8)
    return paths


@pytest.fixture(scope="module")
def same(tmp_path_factory):
    root = tmp_path_factory.mktemp("same")
    return write(root, True, learnrate=.01) + write(root, False)


@pytest.fixture(scope="module")
def pair(same):
    return [made.explore(paths, made.CLUSTER) for paths in (same[:3], same[3:])]


def test_gives_the_verdict_of_fcn_report(pair, same):
    panel = compare(*pair)
    ids = [one.sample.configuration.id for one in pair]
    study = Study(collect(same), Options(chosen=tuple(ids), cluster=made.CLUSTER))
    row = report_compare.analyse(study).tables[1].rows[0]
    own = panel.section.tables[0].rows[0]
    assert own["verdict"] == row["verdict"] == "A better"
    assert own["difference"] == pytest.approx(row["difference"])
    for key, theirs in (("seeds", "test_set"), ("images", "population")):
        assert (own[key].low, own[key].high) == pytest.approx((row[theirs].low, row[theirs].high))
    assert [one["name"] for one in panel.section.tables[0].rows] == ["mean", "road", "car", "tree"]
    assert "mIoU: A" in panel.section.text[1] and "A is better" in panel.section.text[1]


def test_tells_where_the_loss_changed(pair):
    panel = compare(*pair)
    change = (pair[0].loss - pair[1].loss).mean(0)
    np.testing.assert_allclose(panel.columns[0].values, change, atol=1e-12)
    assert panel.galleries[0].picks[0].index == change.argmin()
    assert panel.galleries[1].picks[0].index == change.argmax()
    assert "The higher light, the higher the loss of A beside that of B" in " ".join(
        panel.section.text)
    slices = next(table for table in panel.section.tables if table.name == "compare_slices")
    lower = [row for row in slices.rows if row["way"] == "lower with A"]
    assert lower[0]["confirmed"] == "yes" and lower[0]["change"] < -.05
    assert lower[0]["slice"].startswith("light ") and lower[0]["names"].count(";") > 20


def test_label_systems_share_some_classes(tmp_path):
    a = write(tmp_path / "a", True)
    b = write(tmp_path / "b", False, classes=("road", "vehicle", "tree"))
    found = [made.explore(paths) for paths in (a, b)]
    panel = compare(*found)
    rows = panel.section.tables[0].rows
    assert [row["name"] for row in rows] == ["mean of 2 shared", "road", "tree"]
    road = rows[1]
    matrices = found[1].matrices
    hit, truth, predicted = [part.sum(1) for part in (
        matrices[..., 0, 0], matrices[..., 0, :].sum(-1), matrices[..., :, 0].sum(-1))]
    assert road["b"] == pytest.approx((hit / (truth + predicted - hit)).mean())
    assert "Only A has: car. Only B has: vehicle." in panel.section.remarks[0]
    assert np.isfinite(panel.columns[1].values).all()


def test_one_shared_class_has_the_verdict(tmp_path):
    a = write(tmp_path / "a", True)
    b = write(tmp_path / "b", False, classes=("road", "vehicle", "bush"))
    panel = compare(*[made.explore(paths) for paths in (a, b)])
    assert [row["name"] for row in panel.section.tables[0].rows] == ["road"]
    assert panel.section.text[1].startswith("IoU, road: A ") and (
        panel.section.tables[0].rows[0]["verdict"] in ("A better", "inconclusive"))


def test_images_go_by_their_names(tmp_path):
    """B was tested on the images in another order, and without the first."""
    a, b = write(tmp_path / "a", True), write(tmp_path / "b", False)
    found = [made.explore(paths) for paths in (a, b)]
    order = np.arange(IMAGES)[:0:-1]
    found[1].names = tuple(found[1].names[index] for index in order)
    found[1].matrices = found[1].matrices[:, order]
    pair = Paired(*found)
    assert [found[0].names[index] for index in pair.of_a] == [
        found[1].names[index] for index in pair.of_b]
    assert len(pair.of_a) == IMAGES - 1
    straight = Paired(found[0], made.explore(b))
    np.testing.assert_allclose(pair.iou_difference, straight.iou_difference[1:])
    np.testing.assert_allclose(miou_d.score(pair.parts()[1].sum(1)),
                               miou_d.score(straight.parts()[1][:, 1:].sum(1)))


def test_nothing_shared_is_told(tmp_path, pair):
    other = made.explore(write(tmp_path, False, classes=("a", "b", "c")))
    with pytest.raises(UserError, match="no labelled class of both: road, car, tree against a, b"):
        Paired(pair[0], other)
    other.names = tuple("x" + name for name in other.names)
    with pytest.raises(UserError, match="tested on other images"):
        Paired(pair[0], other)


def test_an_image_without_a_label_has_no_change(same):
    found = [made.explore(paths) for paths in (same[:3], same[3:])]
    for scores in found[1].image_scores:
        scores.loss[7] = np.nan
    panel = compare(*found)
    assert np.flatnonzero(np.isnan(panel.columns[0].values)).tolist() == [7]
    assert f"of {IMAGES - 1} images" in panel.section.text[2]
    assert 7 not in [pick.index for gallery in panel.galleries for pick in gallery.picks]


def test_few_scenes_give_no_slices_and_say_why(same):
    panel = compare(*[made.explore(paths, "A_0([0-3])") for paths in (same[:3], same[3:])])
    assert "No slices: 4 scenes: not confirmable; expected 6 or more" in " ".join(
        panel.section.text)
    assert [table.name for table in panel.section.tables] == ["compare_classes", "compare_meta"]
    assert "over 4 scenes" in panel.section.tables[1].note


def test_the_command(same, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = str(tmp_path / "out")
    fcn_explore.main(["compare", "better__1", "plain__1"] + same + ["--outdir=" + out])
    said = capsys.readouterr().out
    assert "A is better" in said and "Lower loss with A: " in said
    assert max(map(len, said.split("\n"))) <= 80 + len(out)
    assert os.path.exists(os.path.join(out, "compare_classes.csv"))
    with pytest.raises(UserError, match="got better__1, expected two configurations"):
        fcn_explore.main(["compare", "better__1"])
    with pytest.raises(UserError, match="--out=a.html: errors writes no file: leave it out"):
        fcn_explore.main(["errors", "better__1", "--out=a.html"])
    with pytest.raises(UserError, match="are runs of one configuration"):
        fcn_explore.main(["compare", "better__1", "better__2"] + same)


def test_one_seed_has_no_verdict_and_shows_the_change(tmp_path):
    found = [made.explore(write(tmp_path / str(better), better, seeds=1))
             for better in (True, False)]
    panel = compare(*found)
    assert panel.section.tables[0].rows[0]["verdict"] == "no verdict"
    assert "single run" in panel.section.text[1]
    show_panel(Console(width=80, file=open(os.devnull, "w")), panel, found[0].names)


def test_more_metadata_of_a_file(same, tmp_path, capsys):
    names = made.explore(same[:3]).names
    path = tmp_path / "more.csv"
    path.write_text("name,weather\n" + "".join(
        f"{name},{'rain' if index % 2 else 'sun'}\n" for index, name in enumerate(names)))
    fcn_explore.main(["meta"] + same[:3] + [f"--metadata={path}"])
    out = capsys.readouterr().out
    assert "weather:" in out and "None of 1 category hangs together" in out


def test_the_command_writes_a_page_of_the_comparison(same, tmp_path, capsys):
    fcn_explore.main(["compare", same[0], same[3]] + same + [f"--out={tmp_path / 'both.html'}"])
    assert "What changed, and where" in (tmp_path / "both.html").read_text(encoding="utf-8")
    assert "both.html:" in capsys.readouterr().out.replace("\n", "")
