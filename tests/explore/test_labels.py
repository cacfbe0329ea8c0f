"""`labels`: what is planted is found, noise is called noise, folds judge what they did not see."""
import io
import json
import math
import os
import re

import numpy as np
import pytest
from rich.console import Console

import fcn_explore
from tests.explore import made, records
from utils.errors import UserError
from utils.explore.exports.candidates import read_candidates
from utils.explore.labels.evidence import flagged, gather
from utils.explore.labels.judged import between, judge, positions
from utils.explore.labels.judges import find_judges
from utils.explore.panels.labels import labels
from utils.explore.terminal import show_panel
from utils.files import write_text

IMAGES, SIDE = 40, 60
#: The image with a wrong label, and its box.
FAULTY, BOX = 5, (10, 30, 24, 44)


def truth(seed):
    """Road, with a block of car and one of tree at drawn places."""
    random = np.random.RandomState(seed)
    label = np.zeros((SIDE, SIDE), np.uint8)
    for value in (1, 2):
        top, left = random.randint(2, 44, 2)
        label[top:top + 14, left:left + 14] = value
    return label


TRUE = np.stack([truth(seed) for seed in range(IMAGES)])


def given_labels():
    """The truth, with one block of tree that nobody sees, and ignored pixels that nets call car."""
    given = TRUE.copy()
    given[FAULTY, BOX[0]:BOX[2], BOX[1]:BOX[3]] = 2
    given[:, :, :3] = 255
    return given


def write(root, seen, seeds=2, split="test", subsets=None, labels_of=None):
    """Makes runs with opinions: seen(seed) is uint8 [N, H, W]."""
    paths = made.write_runs(root, seeds=seeds, images=IMAGES)
    for seed, path in enumerate(paths, 1):
        made.write_found(path, "opinions", records.opinions(seen(seed)))
        if subsets:
            write_text(os.path.join(path, "subset.txt"), "\n".join(subsets[seed - 1]) + "\n")
    records.write_records(str(root / "data"), split, made.explore(paths).names,
                          given_labels() if labels_of is None else labels_of)
    return paths


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Runs that see the truth, but for one where they differ in image 7."""
    def seen(seed):
        found = TRUE.copy()
        found[FAULTY, BOX[0]:BOX[2], BOX[1]:BOX[3]] = 1
        found[7, 40:56, 40:56] = seed % 2
        found[:, :, :3] = 1
        return found
    return write(tmp_path_factory.mktemp("good"), seen)


def tables(panel):
    return {table.name: table for table in panel.section.tables}


def test_the_wrong_label_comes_first_with_its_box_and_seeds(good):
    panel = labels(made.explore(good))
    first, = tables(panel)["labels_wrong"].rows
    names = made.explore(good).names
    assert first["image"] == names[FAULTY] and first["seeds"] == "2 of 2"
    assert (first["given"], first["seen"]) == ("tree", "car") and first["kind"] == "wrong"
    assert (first["top"], first["left"]) == (BOX[0] + 1, BOX[1] + 1)  # eroded by one pixel
    assert (first["bottom"], first["right"]) == (BOX[2] - 1, BOX[3] - 1)
    assert first["pixels"] == 12 * 12 and first["given_probability"] == pytest.approx(.05, abs=.01)
    assert tables(panel)["labels_images"].rows[0]["image"] == names[FAULTY]
    pick = panel.galleries[0].picks[0]
    assert pick.index == FAULTY
    assert pick.caption.startswith("given tree, seen car, 144 pixels, 2 of 2")
    assert pick.picture[:4] == b"RIFF" and panel.columns[0].values.argmin() == FAULTY


def test_the_wrong_label_goes_to_other_programs_with_its_mask(good, tmp_path):
    opened = made.explore(good)
    console = Console(width=80, file=open(os.devnull, "w"))
    show_panel(console, labels(opened), opened.names, str(tmp_path))
    one, = read_candidates(str(tmp_path / "labels_candidates.npz"))
    assert (one.image, one.given, one.seen) == (opened.names[FAULTY], "tree", "car")
    assert one.box == (BOX[1] + 1, BOX[0] + 1, 12, 12) and one.mask.all() and one.score > 0


def test_a_mask_is_its_region_alone(tmp_path):
    """Whatever else of the same two classes lies in its box."""
    label, seen = TRUE.copy(), TRUE.copy()
    corner = (FAULTY, slice(10, 50), slice(10, 50))
    label[corner], seen[corner] = 2, 2
    for rows, columns in (((10, 50), (10, 17)), ((43, 50), (10, 50)), ((20, 30), (30, 40))):
        seen[FAULTY, rows[0]:rows[1], columns[0]:columns[1]] = 1
    exploration = made.explore(write(tmp_path, lambda seed: seen, labels_of=label))
    panel = labels(exploration)
    show_panel(Console(file=io.StringIO()), panel, exploration.names, str(tmp_path))
    found = [one for one in read_candidates(str(tmp_path / "labels_candidates.npz"))
             if one.image == exploration.names[FAULTY]]
    bent = np.zeros((SIDE, SIDE), bool)
    bent[11:49, 11:16] = bent[44:49, 11:49] = True  # eroded by one pixel
    block = np.zeros((SIDE, SIDE), bool)
    block[21:29, 31:39] = True
    assert [one.box for one in found] == [(11, 11, 38, 38), (31, 21, 8, 8)]
    for one, mask in zip(found, (bent, block)):
        np.testing.assert_array_equal(one.whole_mask, mask)
    assert [one.mask.sum() for one in found] == [
        row["pixels"] for row in tables(panel)["labels_wrong"].rows
        if row["image"] == exploration.names[FAULTY]]


def test_planted_faults_are_found_and_the_measure_comes_first(good):
    panel = labels(made.explore(good))
    names = [table.name for table in panel.section.tables]
    assert names[:3] == ["labels_planted", "labels_pixels", "labels_wrong"]
    for row in tables(panel)["labels_planted"].rows:
        assert row["precision"] > .75 and .2 < row["chance"] < .32
        assert row["interval"].low < row["precision"] < row["interval"].high and row["p"] < .01
        if row["by"] == "regions":  # the wrong label takes one of the first places
            assert row["count"] == 8 and row["first"] == pytest.approx(7 / 8)
    assert all(row["all_recall"] > .9 for row in tables(panel)["labels_pixels"].rows)
    assert panel.section.text[0].startswith("Planted faults of kind drop are found: average")
    assert any("not for correcting" in line for line in panel.section.remarks)


def test_ambiguous_is_where_seeds_differ_and_ignored_pixels_are_in_no_list(good):
    found = made.explore(good)
    panel = labels(found)
    ambiguous = tables(panel)["labels_ambiguous"].rows
    assert [row["image"] for row in ambiguous] == [found.names[7]]
    assert ambiguous[0]["pixels"] > 100 and "labels_hard" not in tables(panel)
    evidence = gather(found, np.ones((2, IMAGES), bool))
    assert (evidence.regions[:, 5] >= 3).all()  # left of each box: columns 0 to 2 are ignored


def test_noise_is_said_to_be_noise_instead_of_a_list(tmp_path):
    def seen(seed):
        return np.roll(TRUE, 7 + seed, axis=0)
    paths = write(tmp_path, seen, labels_of=TRUE)
    panel = labels(made.explore(paths))
    found = tables(panel)
    assert "labels_wrong" not in found and not panel.galleries
    assert any("these nets cannot tell wrong labels here, so no regions" in line
               for line in panel.section.text)
    console = Console(width=80, record=True, file=open(os.devnull, "w"))
    opened = fcn_explore.explore(fcn_explore.Flags(anyway=True), paths)
    show_panel(console, labels(opened), opened.names, str(tmp_path / "out"))
    text = console.export_text()
    assert "listed because of --anyway" in " ".join(text.split())
    assert all(len(line) <= 80 or line.startswith("written: ") for line in text.split("\n"))
    stored = json.loads((tmp_path / "out" / "labels_wrong.json").read_text())
    assert {"image", "split", "top", "given", "seen", "pixels", "given_probability", "seeds",
            "kind"} <= set(stored["rows"][0])


def test_nets_that_are_never_sure_have_no_regions_but_hard_ones(tmp_path):
    paths = made.write_runs(tmp_path, seeds=1, images=IMAGES)
    made.write_found(paths[0], "opinions", records.opinions(TRUE, sure=.4))
    records.write_records(str(tmp_path / "data"), "test", made.explore(paths).names, TRUE)
    opened = fcn_explore.explore(fcn_explore.Flags(anyway=True), paths)
    panel = labels(opened)
    assert not tables(panel)["labels_wrong"].rows and not panel.galleries[0].picks
    assert "no label looks wrong in a whole region" in panel.section.text[0]
    assert tables(panel)["labels_hard"].rows[0]["pixels"] > 1000


def test_folds_judge_what_they_did_not_train_on():
    class Run:
        def __init__(self, own):
            self.own = own

        def trained_on(self, names):
            return [name in self.own for name in names]
    names = ["a", "b", "c"]
    found = find_judges([Run(names)], "training", names)
    assert found.in_sample.all() and found.runs.all()
    assert not find_judges([Run(names)], "test", names).in_sample.any()
    found = find_judges([Run({"a", "c"}), Run({"a", "b"})], "training", names)
    assert found.in_sample.tolist() == [True, False, False]
    assert found.runs.tolist() == [[True, True, False], [True, False, True]]


def training_runs(root, subsets):
    """Two runs, tested on their training split."""
    paths = write(root, lambda seed: TRUE, split="training", subsets=subsets)
    for path in paths:
        test = os.path.join(path, "test")
        for name in sorted(os.listdir(test)):
            os.rename(os.path.join(test, name),
                      os.path.join(test, name.replace("test", "training", 1)))
        write_runargs(path, subset_images=os.path.basename(path))
    return paths


def write_runargs(path, **flags):
    with open(os.path.join(path, "runargs"), encoding="utf-8") as file:
        args = json.load(file)
    write_text(os.path.join(path, "runargs"), json.dumps(dict(args, **flags)))


def test_training_labels_by_folds_and_a_list_without_the_suspicious(tmp_path):
    names = [f"{index // 4:02d}A_{index:04d}" for index in range(IMAGES)]
    paths = training_runs(tmp_path, [names[:20], names[20:]])
    flags = fcn_explore.Flags(split="training")
    with pytest.raises(UserError, match="got 2 configurations"):
        fcn_explore.explore(flags, paths)
    found = fcn_explore.explore(flags, paths, folds=True)
    assert len(found.records) == 2
    judges = find_judges(found.records, "training", found.names)
    assert (judges.runs == [[False] * 20 + [True] * 20, [True] * 20 + [False] * 20]).all()
    panel = labels(found)
    assert tables(panel)["labels_wrong"].rows[0]["seeds"] == "1 of 1"
    assert tables(panel)["labels_wrong"].rows[0]["sample"] == "out of sample"
    show_panel(Console(file=io.StringIO()), panel, found.names, str(tmp_path))
    fcn_explore.main(["export", *map(str, paths), "--split=training", "--to=cvat",
                      f"--candidates={tmp_path / 'labels_candidates.npz'}",
                      f"--out={tmp_path / 'cvat.xml'}"])
    assert (tmp_path / "cvat.xml").read_text().count("<mask ") == len(
        tables(panel)["labels_wrong"].rows)
    with pytest.raises(UserError, match="got 2 configurations"):
        fcn_explore.main(["export", *map(str, paths), "--split=training",
                          f"--out={tmp_path / 'table.parquet'}"])
    name, text = panel.files[0][0], panel.files[0][1]().decode()
    assert name == "labels_kept.txt" and names[FAULTY] not in text.split()
    assert set(text.split("\n")[1:-1]) < set(names)


def test_the_page_of_folds_shows_what_does_not_mix_their_images(tmp_path):
    names = [f"{index // 4:02d}A_{index:04d}" for index in range(IMAGES)]
    paths = training_runs(tmp_path, [names[:20], names[20:]])
    page = tmp_path / "page.html"
    fcn_explore.main(["html", *map(str, paths), "--split=training", f"--out={page}"])
    text = page.read_text(encoding="utf-8")
    assert "2 folds, image by image" in text and "Each run was trained without a part" in text
    data = json.loads(re.search('id="explore-data">(.*?)</script>', text, re.DOTALL).group(1))
    assert data["seeds"] == [os.path.basename(path) for path in paths]
    found = [column["name"] for column in data["columns"]]
    assert found[0] == "label softmin" and not {"loss", "IoU", "IoU of car"} & set(found)
    assert '<section id="labels">' in text and '<section id="clusters">' not in text
    assert "given tree, seen road, 144 pixels, 1 of 1" in text
    assert "<b>clusters</b>: of runs" in text
    with pytest.raises(UserError, match="got 2 configurations"):
        fcn_explore.main(["html", *map(str, paths), "--split=training,test", f"--out={page}"])


def test_without_folds_training_labels_are_marked_on_every_line(tmp_path):
    paths = training_runs(tmp_path, None)[:1]
    panel = labels(fcn_explore.explore(fcn_explore.Flags(split="training"), paths, folds=True))
    assert all(row["sample"].startswith("in sample: memorised faults are missed")
               for row in tables(panel)["labels_wrong"].rows + tables(panel)["labels_images"].rows)
    assert any("40 of 40 images are in sample" in line for line in panel.section.remarks)


def test_other_images_and_missing_opinions_are_told(good, tmp_path):
    records.write_records(str(tmp_path / "data"), "test", ["x"] * IMAGES, TRUE)
    found = fcn_explore.explore(fcn_explore.Flags(datapath=str(tmp_path / "data")), good[:1])
    with pytest.raises(UserError, match="are not those that were extracted"):
        labels(found)
    bare = made.write_runs(tmp_path / "bare", seeds=1, images=IMAGES)
    with pytest.raises(UserError, match="not extracted yet: .*--parts=opinions"):
        labels(made.explore(bare))


def test_opinions_come_back_and_are_interpolated_as_a_test_does():
    seen = np.array([[[0, 1], [2, 1]]], np.uint8)
    found = records.opinions(seen, sure=.8)
    assert found.probabilities(0)[0, 1] == pytest.approx([.1, .8, .1], abs=.004)
    assert found.probabilities(0).sum(-1) == pytest.approx(1)
    low, high, part = positions(4, 2, (4, 4), (2, 2))
    assert low.tolist() == [0, 0, 0, 1] and high.tolist() == [0, 1, 1, 1]
    assert part.tolist() == [0, .25, .75, 0]
    grid = np.float32([[[0], [4]], [[8], [12]]])
    assert between(grid, (low, high, part), (low, high, part))[:, :, 0].tolist() == [
        [0, 1, 3, 4], [2, 3, 5, 6], [6, 7, 9, 10], [8, 9, 11, 12]]


def test_disagreement_is_the_mutual_information_of_the_seeds():
    one, other = (records.opinions(np.full((1, 2, 2), value, np.uint8), sure=.8)
                  for value in (0, 1))
    found = judge([one, other], 0)
    mean, own = [.45, .45, .1], [.8, .1, .1]
    expected = [-sum(p * math.log(p) for p in values) for values in (mean, own)]
    assert found.entropy[0, 0] == pytest.approx(expected[0], abs=.02)
    assert found.disagreement[0, 0] == pytest.approx(expected[0] - expected[1], abs=.02)
    assert judge([one, one], 0).disagreement.max() < 1e-5


def test_flags_pixels_by_one_and_by_all_runs_but_no_ignored_ones():
    label = np.array([[0, 0, 0, 255]], np.uint8)
    votes = np.array([[[0, 1, 1, 1]], [[0, 1, 2, 1]]], np.uint8)
    some, everyone = flagged(label, votes, 3)
    assert some.tolist() == [[False, True, True, False]]
    assert everyone.tolist() == [[False, True, False, False]]
