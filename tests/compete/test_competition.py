"""A competition of three teams on rendered shapes, from create to the page, by the commands."""
import collections
import json
import os
import re

import numpy as np
import pytest
from PIL import Image

import fcn_compete
import fcn_data
from tests.browser import open_browser
from tests.compete import made
from tests.data.helpers import message
from utils.compete.manifest import read_manifest
from utils.compete.private import read_private
from utils.compete.submission import SubmissionWriter
from utils.data.counting import SplitCounter, image_digest
from utils.data.images import encode_png
from utils.data.record_writer import SplitWriter, make_example
from utils.data.sidecar import DatasetInfo, write_info

#: A name that a page, a path and Markdown would take for more than text.
FOREIGN = "<b>Ünï</b> [x](y) $1"
#: What the tests look at: the folder, what create printed, what score printed.
Made = collections.namedtuple("Made", "folder created told")


def noisy(label, wrong, seed):
    """uint8 [H, W]: a label whose blocks are displaced, more of them for a larger share."""
    random = np.random.RandomState(seed)
    truth = np.where(label < 6, label, 0).astype(np.uint8)
    rows, columns = (-(-side // 8) for side in truth.shape)
    blocks = np.kron(random.rand(rows, columns) < wrong, np.ones((8, 8), bool))
    return np.where(blocks[:truth.shape[0], :truth.shape[1]], np.roll(truth, 9, 1), truth)


def hand_in(folder, team, wrong, seeds):
    """Writes a team's zips; returns their paths."""
    manifest, paths = read_manifest(folder), []
    private = read_private(folder + "-private", manifest)
    for seed in seeds:
        paths.append(os.path.join(os.path.dirname(folder), f"{team}_{seed}.zip"))
        with SubmissionWriter(paths[-1], manifest.class_names, dict(team=team)) as submission:
            for index, image in enumerate(manifest.images):
                submission.add(image.name, noisy(private.label(image.file), wrong,
                                                 1000 * seed + index))
    return paths


def hand_in_by_pillow(folder, wrong):
    """Writes a folder of palette PNGs, with nothing of this project but the manifest as JSON."""
    path = os.path.join(os.path.dirname(folder), "foreign")
    os.makedirs(path)
    for index, image in enumerate(json.load(open(os.path.join(folder, "manifest.json")))["images"]):
        label = np.asarray(Image.open(os.path.join(folder + "-private", "labels", image["file"])))
        picture = Image.fromarray(noisy(label, wrong, index)).convert("P")
        picture.putpalette([value for index in range(6) for value in (40 * index, 90, 9)])
        picture.save(os.path.join(path, image["file"]))
    return path


@pytest.fixture(scope="module")
def competition(tmp_path_factory):
    """The competition after six entries of three teams."""
    root = tmp_path_factory.mktemp("competition")
    records, folder = str(root / "records"), str(root / "shapes")
    fcn_data.main(["convert", "--dataset_family=shapes", f"--source={root / 'drawn'}",
                   f"--datapath={records}", "--counts=1,1,24", "--workers=1"])
    lines = []

    def run(*words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.print", lambda *text, **_: lines.append(" ".join(text)))
            assert not fcn_compete.main(list(words))
    run("create", folder, f"--datapath={records}", "--public=0.5", "--seed=3")
    created, told = list(lines), {}
    for team, wrong, seeds in (("Red", .1, (1, 2)), ("Blue", .5, (3,)), ("Red", .9, (4,)),
                               ("Blue", .45, (5,))):
        run("score", folder, *hand_in(folder, team, wrong, seeds))
        told.setdefault(team, []).append(lines[-1])
    path = hand_in_by_pillow(folder, .1)
    run("check", folder, path)
    told["check"] = lines[-1]
    run("score", folder, path, "--team=" + FOREIGN)
    told[FOREIGN] = [lines[-1]]
    return Made(folder, created, told)


def board(competition, *words, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        fcn_compete.main(["board", competition.folder] + list(words))
    return capsys.readouterr().out


def test_create_writes_images_as_they_are_and_hides_the_labels(competition):
    manifest = read_manifest(competition.folder)
    assert len(manifest.images) == 24 and manifest.num_classes == 6
    assert "12 public, 12 private" in competition.created[-2]
    assert sorted(os.listdir(competition.folder)) == ["images", "manifest.json"]
    assert os.stat(competition.folder + "-private").st_mode & 0o777 == 0o700
    private = read_private(competition.folder + "-private", manifest)
    drawn = os.path.join(os.path.dirname(competition.folder), "drawn")
    sources = {os.path.splitext(name)[0]: os.path.join(where, name)
               for where, _, names in os.walk(drawn) if "test" in where for name in names
               if name.endswith(".jpg")}
    for image in manifest.images:
        source = sources[os.path.basename(image.name)]
        assert open(os.path.join(competition.folder, image.image), "rb").read() == open(
            source, "rb").read()
        assert private.label(image.file).shape == (image.height, image.width)


def test_nothing_is_overwritten_and_records_are_checked(competition, tmp_path):
    records = os.path.join(os.path.dirname(competition.folder), "records")

    def line(folder, *words):
        return message(fcn_compete.main, ["create", str(folder), f"--datapath={records}", *words])
    assert "is there already" in line(competition.folder)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "x").write_text("x")
    assert "is there already" in line(tmp_path / "new", f"--private={tmp_path / 'kept'}")
    for inside in ("new", "new/labels", ""):
        assert "which the teams get" in line(tmp_path / "new", f"--private={tmp_path / inside}")
    assert "no match in the image name" in line(tmp_path / "new", "--cluster=^(zz)")
    assert sorted(os.listdir(str(tmp_path))) == ["kept"]
    first = read_manifest(competition.folder).images[0].name.encode()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for name in os.listdir(records):
        data = bytearray(open(os.path.join(records, name), "rb").read())
        if name.startswith("test"):
            data[data.index(first) + len(first) - 1] ^= 1
        made.write(str(damaged / name), bytes(data))
    assert "the records of test are not those that dataset.json counts" in message(
        fcn_compete.main, ["create", str(tmp_path / "new"), f"--datapath={damaged}"])
    assert not (tmp_path / "new").exists()


def test_without_labels_there_is_no_competition(tmp_path):
    folder, label = str(tmp_path / "records"), np.full(made.SIZE, 255, np.uint8)
    os.makedirs(folder)
    image, counter = encode_png(np.zeros(made.SIZE + (3,), np.uint8)), SplitCounter("test", 3)
    with SplitWriter(folder, "test", 4) as writer:
        for index in range(4):
            writer.write(make_example(f"i{index}", image, encode_png(label), *made.SIZE))
            counter.add(f"i{index}", image_digest(image, ""), label)
    write_info(folder, DatasetInfo("drawn", made.CLASSES, made.PALETTE, {"test": counter.info()}))
    words = ["create", str(tmp_path / "c"), f"--datapath={folder}"]
    assert "the public part has no labelled pixel" in message(fcn_compete.main, words)
    assert "--split=training: the records have test" in message(
        fcn_compete.main, words + ["--split=training"])
    assert os.listdir(str(tmp_path)) == ["records"]


def test_the_private_folder_may_stand_elsewhere(competition, tmp_path, capsys):
    records = os.path.join(os.path.dirname(competition.folder), "records")
    words = [str(tmp_path / "new"), f"--private={tmp_path / 'hidden'}"]
    fcn_compete.main(["create", words[0], f"--datapath={records}", "--public=1", words[1]])
    assert "24 public, 0 private" in capsys.readouterr().out
    assert sorted(os.listdir(words[0])) == ["images", "manifest.json"]
    fcn_compete.main(["score", words[0], os.path.join(os.path.dirname(competition.folder),
                                                      "foreign"), "--team=A", words[1]])
    assert "A, entry 1 (1 run): public mIoU" in capsys.readouterr().out
    assert "all images of this competition are public" in message(
        fcn_compete.main, ["board"] + words + ["--part=private"])


def test_score_tells_the_public_score_alone(competition):
    told = competition.told
    assert told["check"] == "ready to be scored: 1 run of 24 images"
    assert re.match(r"Red, entry 1 \(2 runs\): public mIoU \d\d\.\d %$", told["Red"][0])
    assert re.match(r"Red, entry 2 \(1 run\): public mIoU \d\d\.\d %; unchanged: ", told["Red"][1])
    assert told["Red"][1].split("%")[0].split(":")[1] == told["Red"][0].split("%")[0].split(":")[1]
    assert told[FOREIGN][0].startswith(FOREIGN + ", entry 1 (1 run): public mIoU ")


@pytest.mark.parametrize("part", ["public", "private"])
def test_the_board_gives_teams_that_cannot_be_told_apart_one_bracket(competition, capsys, part):
    out = board(competition, f"--part={part}", capsys=capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert f"{part.capitalize()} part: 12 images" in out
    rows = [line for line in out.splitlines() if re.match(r"(1-2|3) ", line)]
    assert sorted(row.split()[0] for row in rows) == ["1-2", "1-2", "3"]
    assert rows[-1].split()[:2] == ["3", "Blue"]
    assert "No single winner: " in out and "Some teams handed in one run" in " ".join(out.split())


def test_a_copy_is_a_tie_and_is_named(competition, capsys, tmp_path):
    path = os.path.join(os.path.dirname(competition.folder), "foreign")
    folder = str(tmp_path / "c")
    records = os.path.join(os.path.dirname(competition.folder), "records")
    fcn_compete.main(["create", folder, f"--datapath={records}"])
    for team in ("A", "B"):
        fcn_compete.main(["score", folder, path, f"--team={team}"])
    out = board(competition._replace(folder=folder), capsys=capsys)
    assert len(re.findall(r"^1-2 ", out, re.MULTILINE)) == 2
    assert "The same predictions: A, B." in out


def test_markdown_keeps_names_as_text(competition, capsys, tmp_path):
    path = str(tmp_path / "board.md")
    board(competition, f"--markdown={path}", capsys=capsys)
    text = open(path, encoding="utf-8").read()
    assert "&lt;b&gt;Ünï&lt;/b&gt; \\[x\\](y) $1" in text and "<b>" not in text
    assert text.count("| rank | team | mIoU % |") == 1


def test_the_page_holds_names_as_text_and_fetches_nothing(competition, capsys, tmp_path):
    path = str(tmp_path / "board.html")
    board(competition, f"--out={path}", capsys=capsys)
    text = open(path, encoding="utf-8").read()
    assert "<b>Ünï" not in text and "&lt;b&gt;Ünï" in text
    assert text.count('<figure><img src="data:image/') == 6 * 5  # image, three teams, difference
    with open_browser(1200, 900) as browser:
        browser.open(path)
        assert browser.problems == [] and len(browser.requests) == 1
        teams = browser.run("[...document.querySelectorAll('#ranking tbody tr')].map("
                            "row => row.cells[1].textContent.trim())")
        assert sorted(teams) == sorted(["Red", "Blue", FOREIGN])
        assert browser.run("[...document.images].every(one => one.naturalWidth > 0)")
        for width in (1200, 420):
            browser.resize(width, 900)
            assert browser.run("document.documentElement.scrollWidth") <= width
