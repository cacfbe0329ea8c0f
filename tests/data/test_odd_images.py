"""Images of other depths and bands, and with metadata that PIL cannot read."""
import io
import struct

import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import message
from tests.data.raw_files import exif_block, png, png_chunk, tiff, with_segment
from tests.data.sources import LABEL_A, write_folder, write_image
from utils.data.check import check_source
from utils.data.convert import convert
from utils.data.datasets import open_source
from utils.data.findings import image_findings
from utils.data.image_opening import without_metadata
from utils.data.images import (
    FIRST_PAGE,
    FLAT,
    FLOATS_TO_1,
    FLOATS_TO_255,
    MORE_BANDS,
    image_for_record,
    load_image,
    load_with_remarks,
)

NOISE = np.random.RandomState(0).randint(0, 256, (16, 24, 3)).astype(np.uint8)


def encoded(pixels, kind, **options):
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def loaded(data):
    return load_with_remarks(data, "x")


# ---- values ----

@pytest.mark.parametrize("values,remark,expected", [
    ([[0, .5, 1]], FLOATS_TO_1, [[0, 128, 255]]),
    ([[0, 127.6, 255]], FLOATS_TO_255, [[0, 128, 255]]),
    ([[-.005, .2, 1.005]], FLOATS_TO_1, [[0, 51, 255]])])
def test_floats_are_scaled_by_their_range(values, remark, expected):
    pixels, remarks = loaded(encoded(np.array(values, np.float32), "TIFF"))
    assert remarks == (remark,)
    assert pixels[:, :, 0].tolist() == pixels[:, :, 2].tolist() == expected


@pytest.mark.parametrize("values,words", [
    ([[0, 4095.]], "floats of 0 to 4095, expected 0..1 or 0..255"),
    ([[-3., 100.]], "floats of -3 to 100"), ([[0, float("nan")]], "floats of nan to nan"),
    ([[0, float("inf")]], "expected 0..1 or 0..255"), ([[0, 2.]], "become 0..2 of 0..255")])
def test_other_floats_are_refused(values, words):
    assert words in message(loaded, encoded(np.array(values, np.float32), "TIFF"))


@pytest.mark.parametrize("data", [
    encoded(np.array([[0, 4095]], np.uint16), "PNG"), tiff(np.array([[0, 4095]], np.uint16)),
    tiff(np.array([[0, 4000]], np.int16), form=2), tiff(np.array([[0, 200]], np.int32), form=2),
    tiff(np.array([[[0, 0, 0], [4095, 4095, 4095]]], np.uint16)),
    b"P5 2 1 65535\n" + np.array([0, 4095], ">u2").tobytes()])
def test_values_of_which_8_bits_show_nothing_are_refused(data):
    text = message(loaded, data)
    assert "0..255, in which nothing can be seen; scale them to their whole range (12 bits" in text


def test_12_bits_in_a_pgm_that_says_so_are_scaled():
    data = b"P5 2 1 4095\n" + np.array([0, 4095], ">u2").tobytes()
    assert loaded(data)[0][0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("values,words", [
    (np.array([[-5, 30000]], np.int16), "integers of -5 to 30000, expected 0..65535"),
    (np.array([[0, 70000]], np.int32), "integers of 0 to 70000, expected 0..65535")])
def test_integers_that_are_no_16_bits_are_refused(values, words):
    assert words in message(loaded, tiff(values, form=2))


def test_an_even_image_is_named_not_refused():
    for data in (encoded(np.full((4, 4), 40, np.uint16), "PNG"),
                 encoded(np.full((4, 4, 3), 7, np.uint8), "PNG")):
        assert loaded(data)[1] == (FLAT,)
    assert loaded(encoded(NOISE, "PNG"))[1] == ()


# ---- bands, colours, pages ----

@pytest.mark.parametrize("bands,extra", [(4, None), (4, [0]), (5, [0, 0]), (6, [0, 0, 0])])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bands_that_are_no_opacity_are_left_out(bands, extra, dtype):
    if dtype == np.uint16 and bands > 4:
        pytest.skip("not read by PIL")
    more = np.dstack([NOISE, NOISE, NOISE])[:, :, :bands].astype(dtype) * (257 if dtype == np.uint16
                                                                           else 1)
    pixels, remarks = loaded(tiff(more.astype(dtype), extra=extra))
    assert np.array_equal(pixels, NOISE)
    assert remarks == (MORE_BANDS,)


def test_a_band_that_is_opacity_counts():
    pixels, remarks = loaded(tiff(np.dstack([NOISE, np.zeros((16, 24), np.uint8)]), extra=[2]))
    assert (pixels == 255).all() and remarks == (FLAT,)


def test_cmyk_with_and_without_adobes_marker():
    """Browsers take both for inverted, as Adobe's programs store them."""
    smooth = np.linspace(0, 255, 16 * 24 * 3).reshape(16, 24, 3).astype(np.uint8)
    marked = encoded(Image.fromarray(smooth).convert("CMYK"), "JPEG", quality=95)
    place = marked.index(b"\xff\xee")  # APP14
    length = struct.unpack(">H", marked[place + 2:place + 4])[0]
    for data in (marked, marked[:place] + marked[place + 2 + length:]):
        assert np.abs(load_image(data, "x").astype(int) - smooth).max() <= 8


@pytest.mark.parametrize("kind", ["TIFF", "GIF"])
def test_the_first_page_is_taken_and_told(kind):
    pages = [Image.fromarray(NOISE[:, :, band]) for band in range(3)]
    data = encoded(pages[0], kind, save_all=True, append_images=pages[1:])
    pixels, remarks = loaded(data)
    assert remarks == (FIRST_PAGE,)
    assert np.array_equal(pixels[:, :, 0], NOISE[:, :, 0])


def test_gamma_and_profiles_are_left_alone():
    plain = encoded(NOISE, "PNG")
    gamma = plain[:33] + png_chunk(b"gAMA", struct.pack(">I", 100000)) + plain[33:]
    assert np.array_equal(load_image(gamma, "x"), NOISE)


def test_a_few_bits_of_grey_are_stretched_in_images():
    pixels = load_image(png(np.array([[0, 1, 2, 3]]), 2), "x")
    assert pixels[0, :, 0].tolist() == [0, 85, 170, 255]


# ---- metadata ----

ORIENTATION, RESOLUTION, EXIF, GPS = 0x0112, 0x011a, 0x8769, 0x8825
SHORT, LONG, RATIONAL, TEXT = 3, 4, 5, 2
TURNED = (ORIENTATION, SHORT, 1, struct.pack("<H", 6))


@pytest.mark.parametrize("entries,turned", [
    ([TURNED], True), ([(ORIENTATION, SHORT, 1, b"\0")], False),
    ([(ORIENTATION, SHORT, 1, b"\x09\0")], False), ([(ORIENTATION, TEXT, 2, b"6\0")], False),
    ([(ORIENTATION, RATIONAL, 1, struct.pack("<I", 9999))], False),
    ([(ORIENTATION, 99, 1, b"\6\0")], False), ([TURNED, (EXIF, LONG, 1, b"\xff" * 4)], True),
    ([TURNED, (EXIF, LONG, 1, struct.pack("<I", 8))], True),
    ([TURNED, (EXIF, TEXT, 4, b"abc\0")], True), ([(GPS, LONG, 1, b"\xff" * 4), TURNED], True),
    ([(RESOLUTION, RATIONAL, 1, struct.pack("<I", 99999)), TURNED], True),
    ([(0x10e, TEXT, 0xffffffff, struct.pack("<I", 8)), TURNED], True)])
def test_broken_exif_does_not_matter(entries, turned):
    block = exif_block(*entries)
    jpeg, plain = encoded(NOISE, "JPEG", quality=95), encoded(NOISE, "PNG")
    for data, sound in ((with_segment(jpeg, 0xE1, b"Exif\0\0" + block), jpeg),
                        (plain[:33] + png_chunk(b"eXIf", block) + plain[33:], plain)):
        expected = load_image(sound, "x")
        expected = np.rot90(expected, -1) if turned else expected
        assert np.array_equal(load_image(data, "x"), expected)


@pytest.mark.parametrize("block", [
    b"", b"II", b"II*\0", b"XX*\0" + b"\0" * 20, b"II*\0\0\xff\xff\xff",
    b"II*\0\x08\0\0\0\xff\xff"])
def test_exif_that_is_none_does_not_matter(block):
    jpeg = encoded(NOISE, "JPEG")
    assert np.array_equal(load_image(with_segment(jpeg, 0xE1, b"Exif\0\0" + block), "x"),
                          load_image(jpeg, "x"))


def test_what_pil_raises_on_metadata_does_not_matter(monkeypatch):
    """As its readers do on one file or another, by version."""
    jpeg = with_segment(encoded(NOISE, "JPEG"), 0xE1, b"Exif\0\0" + exif_block(TURNED))
    expected, opened = load_image(jpeg, "x"), Image.open
    for raised in (TypeError, KeyError, OverflowError, ZeroDivisionError, struct.error,
                   Image.UnidentifiedImageError):
        def fail(file, raised=raised):
            if b"MPF" in file.getvalue():
                raise raised("odd")
            return opened(file)
        monkeypatch.setattr(Image, "open", fail)
        odd = with_segment(jpeg, 0xE2, b"MPF\0odd")
        assert np.array_equal(load_image(odd, "x"), expected)


def test_orientation_of_a_tiff_is_applied_once():
    exif = Image.Exif()
    for orientation, turned in ((6, np.rot90(NOISE, -1)), (3, NOISE[::-1, ::-1])):
        exif[ORIENTATION] = orientation
        assert np.array_equal(load_image(encoded(NOISE, "TIFF", exif=exif), "x"), turned)


def test_metadata_are_taken_out_of_jpeg_and_png():
    jpeg, plain = encoded(NOISE, "JPEG"), encoded(NOISE, "PNG")
    exif = with_segment(jpeg, 0xE1, b"Exif\0\0")
    assert without_metadata(with_segment(exif, 0xE2, b"MPF\0"), keep_exif=True) == exif
    assert without_metadata(exif) == without_metadata(jpeg) == jpeg
    assert without_metadata(plain[:33] + png_chunk(b"zTXt", b"x") + plain[33:]) == plain
    assert without_metadata(encoded(NOISE, "BMP")) is None


# ---- what check and convert say ----

def test_records_and_check_say_what_pixels_became(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    floats = np.random.RandomState(1).rand(*LABEL_A.shape).astype(np.float32)
    Image.fromarray(floats).save(str(tmp_path / "source" / "images" / "training" / "f.tif"))
    write_image(str(tmp_path / "source" / "masks" / "training" / "f.png"), LABEL_A)
    write_image(str(tmp_path / "source" / "images" / "training" / "g.png"),
                np.full(LABEL_A.shape + (3,), 9, np.uint8))
    write_image(str(tmp_path / "source" / "masks" / "training" / "g.png"), LABEL_A)
    dataset, told = open_source("folder", source), []
    convert(dataset, source, str(tmp_path / "records"), tell=told.extend)
    for findings in (told, check_source(dataset, source)):
        texts = {one.severity: one.text for one in findings}
        assert texts["note"].endswith("f.tif): " + FLOATS_TO_1)
        assert texts["warning"].endswith("g.png: no channel spans more than 15 of 256 levels, so "
                                         "that nothing can be seen; scale its values, or leave it "
                                         "out")
    path = str(tmp_path / "source" / "images" / "training" / "f.tif")
    stored = image_for_record(path)
    with open(path, "rb") as file:
        assert np.array_equal(load_image(stored.data, "x"), load_image(file.read(), path))


def test_floats_of_two_ranges_are_told():
    found = image_findings([("a.tif", FLOATS_TO_1), ("b.tif", FLOATS_TO_255)])
    assert [(one.severity, one.text) for one in found][0] == (
        "warning", "a.tif: read as floats of 0 to 1, b.tif as floats of 0 to 255; bring all images "
        "to one range")
    assert [one.severity for one in found] == ["warning", "note", "note"]


def test_check_refuses_sources_that_are_mostly_flat(tmp_path):
    """As 12 bits are that another program has cut down to 8."""
    source = write_folder(str(tmp_path))
    for place, shape in (("training/a", (3, 4)), ("training/b", (3, 2)), ("validation/c", (3, 4))):
        dark = np.random.RandomState(len(place)).randint(0, 16, shape + (3,)).astype(np.uint8)
        write_image(str(tmp_path / "images" / (place + ".png")), dark)
    assert {one.severity for one in check_source(open_source("folder", source), source)
            if one.kind == "flat"} == {"error"}


def test_check_counts_labels_of_images_that_it_cannot_read(tmp_path):
    """No second complaint, on classes that are absent."""
    source = write_folder(str(tmp_path))
    for name in "ab":
        (tmp_path / "images" / "training" / (name + ".png")).write_bytes(b"none")
    kinds = {one.kind for one in check_source(open_source("folder", source), source)}
    assert kinds == {"unreadable image"}
