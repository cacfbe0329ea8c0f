"""Faults planted in submissions: each is found, named in one line, and does no harm."""
import os
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest

from tests.compete import made
from tests.data.helpers import message
from utils.compete import faults as kinds
from utils.compete.archive import open_files
from utils.compete.check import check_submission
from utils.compete.faults import Faults
from utils.compete.manifest import read_manifest

FIRST = "image_0.png"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return made.competition(tmp_path_factory.mktemp("made") / "c")[1]


def lines(manifest, *paths):
    found = check_submission(manifest, [str(path) for path in paths]).faults.lines()
    assert all("\n" not in line for line in found)
    return found


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=16, height=12, depth=8, colour=0, rows=None, before=b""):
    """A PNG whose header says what the arguments say, whatever is in it."""
    rows = b"\0" * (height * (width + 1)) if rows is None else rows
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


RGB = np.zeros(made.SIZE + (3,), np.uint8)
GREY = np.zeros(made.SIZE, np.uint8)
#: What is planted as the first image: (bytes, kind of fault, what its line says).
CONTENTS = {
    "other size": (made.encoded(GREY[:6]), kinds.SIZE, "(got 6x16, expected 12x16"),
    "turned": (made.encoded(GREY.T.copy()), kinds.SIZE, "(got 16x12, expected 12x16"),
    "class beyond": (made.encoded(GREY + 3), kinds.VALUES, "(3, expected 0 to 2)"),
    "ignored": (made.encoded(GREY + 255), kinds.VALUES, "255 is for labels"),
    "RGB": (made.encoded(RGB), kinds.COLOURS, "(RGB)"),
    "RGBA": (made.encoded(RGB, mode="RGBA"), kinds.COLOURS, "(RGBA)"),
    "opacity": (made.encoded(GREY, mode="LA"), kinds.COLOURS, "(grey with opacity)"),
    "16 bits": (made.encoded(GREY.astype(np.uint16)), kinds.DEPTH, "(16 bits)"),
    "1 bit": (made.encoded(GREY, mode="1"), kinds.DEPTH, "(1 bits)"),
    "JPEG": (made.encoded(RGB, "JPEG"), kinds.NOT_PNG, "(JPEG)"),
    "TIFF": (made.encoded(GREY, "TIFF"), kinds.NOT_PNG, "(TIFF)"),
    "array": (b"\x93NUMPY\1\0", kinds.NOT_PNG, "(NumPy array)"),
    "pickle": (b"\x80\4cos\nsystem\n", kinds.NOT_PNG, "begins"),
    "empty": (b"", kinds.EMPTY, FIRST),
    "cut": (made.encoded(GREY)[:-20], kinds.TRUNCATED, FIRST),
    "cut in the header": (made.encoded(GREY)[:20], kinds.TRUNCATED, FIRST),
    "rows missing": (png(rows=b"\0" * 40), kinds.TRUNCATED, FIRST),
    "bad checksum": (made.encoded(GREY).replace(b"IDATx", b"IDATy"), kinds.TRUNCATED, FIRST),
    "bomb": (png(60000, 60000, rows=b"\0"), kinds.SIZE, "got 60000x60000"),
    "two headers": (png(before=chunk(b"IHDR", struct.pack(
        ">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))), kinds.TRUNCATED, FIRST),
    "padded": (png(before=chunk(b"tEXt", os.urandom(90000))), kinds.TOO_LARGE, "bytes"),
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("writer", [made.write_zip, made.write_folder])
def test_a_planted_file_is_named_in_one_line(manifest, tmp_path, name, writer):
    data, fault, words = CONTENTS[name]
    found = lines(manifest, writer(tmp_path / "s", dict(made.predictions(manifest), **{
        FIRST: data})))
    assert len(found) == 1
    assert found[0].startswith(f"{fault.title}: 1 ({FIRST}") and words in found[0]
    assert found[0].endswith(fault.remedy)


def test_grey_and_palette_pngs_hold_the_same_indices(manifest, tmp_path):
    seen = {}
    for run, encode in enumerate((made.encoded, made.palette_png)):
        files = {image.file: encode(made.prediction(index))
                 for index, image in enumerate(manifest.images)}
        path = made.write_folder(tmp_path / str(run), files)
        checked = check_submission(manifest, [path], lambda _, index, prediction, run=run: (
            seen.update({(run, index): prediction})))
        assert checked.faults.lines() == []
    for index in range(len(manifest.images)):
        np.testing.assert_array_equal(seen[0, index], seen[1, index])
        np.testing.assert_array_equal(seen[0, index], made.prediction(index))


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


#: Names in a zip beside those that are in order: (name, kind of fault).
NAMES = [("../evil.png", kinds.UNSAFE), ("/etc/passwd", kinds.UNSAFE),
         ("a/../../b.png", kinds.UNSAFE), ("..\\evil.png", kinds.UNSAFE),
         ("C:\\evil.png", kinds.UNSAFE), ("C:evil.png", kinds.UNSAFE),
         ("folder/image_0.png", kinds.NESTED), ("image_99.png", kinds.UNKNOWN),
         ("notes.txt", kinds.UNKNOWN), ("image_0.PNG", kinds.CASE),
         (link("other.png"), kinds.LINK), ("a\x1b[31m.png", kinds.UNKNOWN)]


@pytest.mark.parametrize("name, fault", NAMES, ids=[str(getattr(one, "filename", one)).encode(
    "unicode_escape").decode() for one, _ in NAMES])
def test_names_and_links_of_zips(manifest, tmp_path, name, fault):
    files = list(made.predictions(manifest).items()) + [(name, b"/etc/passwd")]
    found = lines(manifest, made.write_zip(tmp_path / "s.zip", files))
    assert [line.split(":")[0] for line in found] == [fault.title]
    assert "\x1b" not in found[0]
    assert sorted(os.listdir(str(tmp_path))) == ["s.zip"]


def test_a_link_in_the_place_of_an_image_is_not_read(manifest, tmp_path):
    files = made.predictions(manifest)
    target = made.write(tmp_path / "target.png", files.pop(FIRST))
    path = made.write_folder(tmp_path / "s", files)
    os.symlink(target, os.path.join(path, FIRST))
    os.mkfifo(os.path.join(path, "pipe.png"))
    found = lines(manifest, path)
    assert found[0].startswith(f"{kinds.LINK.title}: 2 ({FIRST}; pipe.png)")
    assert found[1].startswith(f"{kinds.MISSING.title}: 1 ({FIRST})")


def test_missing_images_are_counted_and_the_first_named(manifest, tmp_path):
    files = made.predictions(manifest)
    for index in (0, 2, 5, 6):
        del files[f"image_{index}.png"]
    assert lines(manifest, made.write_zip(tmp_path / "s.zip", files)) == [
        "images without a prediction: 4 (image_0.png; image_2.png; image_5.png; ...): predict "
        "every image of manifest.json"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice(manifest, tmp_path):
    files = list(made.predictions(manifest).items())
    found = lines(manifest, made.write_zip(tmp_path / "s.zip", files + files[:1]))
    assert found == [f"names that come twice: 1 ({FIRST}): {kinds.REPEATED.remedy}"]


def test_a_folder_around_the_files_is_told(manifest, tmp_path):
    files = {"predictions/" + name: data for name, data in made.predictions(manifest).items()}
    found = lines(manifest, made.write_zip(tmp_path / "s.zip", files))
    assert found[0].startswith("files in folders: 8 (predictions/image_0.png; ")


def test_what_systems_leave_behind_is_passed_over(manifest, tmp_path):
    files = dict(made.predictions(manifest), **{"__MACOSX/._image_0.png": b"x", ".DS_Store": b"x"})
    assert lines(manifest, made.write_zip(tmp_path / "s.zip", files)) == []


def test_encrypted_and_oddly_packed_files(manifest, tmp_path):
    path = made.write_zip(tmp_path / "s.zip", made.predictions(manifest))
    data = bytearray(open(path, "rb").read())
    at = data.rfind(b"PK\1\2", 0, data.rfind(b"PK\1\2"))
    data[at + 8] |= 1
    data[data.rfind(b"PK\1\2") + 10] = zipfile.ZIP_LZMA
    found = lines(manifest, made.write(path, bytes(data)))
    assert [line.split(":")[0] for line in found] == [
        kinds.ENCRYPTED.title, kinds.METHOD.title, kinds.MISSING.title]


def test_a_zip_bomb_is_not_unpacked(manifest, tmp_path):
    files = dict(made.predictions(manifest), **{FIRST: b"\0" * 50_000_000})
    path = made.write_zip(tmp_path / "s.zip", files, compression=zipfile.ZIP_DEFLATED)
    assert os.path.getsize(path) < 200_000
    found = lines(manifest, path)
    assert found[0].startswith(f"{kinds.TOO_LARGE.title}: 1 ({FIRST} (50,000,000 bytes, at most ")


def test_a_zip_that_lies_about_sizes_gives_no_more_than_it_may(manifest, tmp_path):
    """The list says 10 bytes of a file that unpacks to 50 million."""
    files = dict(made.predictions(manifest), **{FIRST: b"\0" * 50_000_000})
    path = made.write_zip(tmp_path / "s.zip", files, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(open(path, "rb").read())
    at = data.find(b"PK\1\2")
    assert data[at + 46:at + 46 + len(FIRST)] == FIRST.encode()
    data[at + 24:at + 28] = struct.pack("<I", 10)
    made.write(path, bytes(data))
    found = lines(manifest, path)
    assert len(found) == 1 and f": 1 ({FIRST}" in found[0]
    with open_files(path, 9, Faults()) as files:
        for name in files.names[1:]:
            assert len(files.read(name, 500)) <= 500


def test_a_list_of_countless_files_is_not_read(manifest, tmp_path):
    path = made.write_zip(tmp_path / "s.zip", made.predictions(manifest))
    data = bytearray(open(path, "rb").read())
    at = data.rfind(b"PK\5\6")
    data[at + 8:at + 12] = struct.pack("<HH", 60000, 60000)
    text = message(check_submission, manifest, [made.write(path, bytes(data))])
    assert "more than 10009 files, expected 9" in text


@pytest.mark.parametrize("data", [b"", b"PK\5\6", b"no zip", b"PK\3\4" + b"\0" * 60])
def test_what_is_no_zip_at_all(manifest, tmp_path, data):
    path = made.write(tmp_path / "s.zip", data)
    assert message(check_submission, manifest, [path]).startswith(f"{path}: no zip")
    assert "no such submission" in message(check_submission, manifest, [path + "x"])


@pytest.mark.parametrize("cut", [.5, .9, .99])
def test_a_zip_of_which_a_part_is_lost(manifest, tmp_path, cut):
    path = made.write_zip(tmp_path / "s.zip", made.predictions(manifest))
    data = open(path, "rb").read()
    path = made.write(path, data[:int(cut * len(data))])
    assert "no zip that can be read" in message(check_submission, manifest, [path])


def test_a_damaged_file_in_a_zip(manifest, tmp_path):
    path = made.write_zip(tmp_path / "s.zip", made.predictions(manifest))
    data = bytearray(open(path, "rb").read())
    data[data.find(b"IDAT") + 6] ^= 255
    found = lines(manifest, made.write(path, bytes(data)))
    assert found[0].startswith(f"{kinds.UNREADABLE.title}: 1 ({FIRST} (Bad CRC-32")


@pytest.mark.parametrize("data, words", [
    (b"{", "no JSON"), (b"[" * 30000, "no JSON"), (b"[]", "expected a JSON object"),
    (made.info(team=3), "'team' is 3"), (b"\xff\xfe", "no JSON"),
    (made.info(note="x" * 501), "more than 500 characters"), (b" " * 70000, "bytes"),
    (made.info(class_names=["car", "road", "tree"]), "its classes are car, road, tree, expected")])
def test_submission_json(manifest, tmp_path, data, words):
    files = dict(made.predictions(manifest), **{"submission.json": data})
    found = lines(manifest, made.write_folder(tmp_path / "s", files))
    assert len(found) == 1 and found[0].startswith("submission.json cannot be used: 1 (")
    assert words in found[0]


def test_several_seeds(manifest, tmp_path):
    paths = [made.write_zip(tmp_path / f"{seed}.zip", made.predictions(manifest, seed=seed))
             for seed in (1, 2)]
    assert lines(manifest, *paths) == []
    short = made.predictions(manifest, seed=3)
    del short[FIRST]
    short["image_1.png"] = made.encoded(RGB)
    paths.append(made.write_folder(tmp_path / "3", short))
    assert [line.split(" (")[0] for line in lines(manifest, *paths, paths[0])] == [
        "images without a prediction: 1", "PNGs of colours: 1",
        "runs with different numbers of images: 1", "runs with the same predictions: 1"]
    assert f"(3: {FIRST})" in lines(manifest, *paths)[0]
    assert "got 0 submissions" in message(check_submission, manifest, [])


def test_a_damaged_manifest_is_one_line(tmp_path):
    folder, _ = made.competition(tmp_path / "c")
    path = os.path.join(folder, "manifest.json")
    text = open(path).read()
    for old, new, words in [('"file": "image_0.png"', '"file": "../image_0.png"', "no name of a"),
                            ('"height": 12', '"height": "12"', "'height' is '12'"),
                            ('"format": 1', '"format": 2', "newer version"),
                            ('"rules"', '"rule"', "without 'rules'")]:
        assert old in text
        made.write(path, text.replace(old, new, 1).encode())
        assert words in message(read_manifest, folder)
    assert "no competition" in message(read_manifest, str(tmp_path))
