"""Every kind of image comes out as PIL shows it, and as TensorFlow decodes what is stored."""
import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.data.helpers import message
from tests.shared import shared_data
from utils.data.images import encode_png, image_for_record, load_image, read_bytes
from utils.tf_compat import tf

ORIENTATION = 0x0112


def pixels(height=11, width=17, channels=3, seed=0):
    shape = (height, width, channels) if channels else (height, width)
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def save(tmp_path, image, name, **options):
    path = str(tmp_path / name)
    image.save(path, **options)
    return path


def decode_in_graph(data):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(tf.image.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"))


def stored(path):
    """(whether the file's own bytes are kept, pixels as TensorFlow decodes them)."""
    found = image_for_record(path)
    decoded = decode_in_graph(found.data)
    assert decoded.shape == (found.height, found.width, 3)
    assert np.array_equal(decoded, load_image(read_bytes(path), path))
    return found.data == read_bytes(path), decoded


@pytest.mark.parametrize("mode,name", [("RGB", "a.png"), ("L", "a.png")])
def test_plain_png_is_kept(tmp_path, mode, name):
    image = Image.fromarray(pixels()).convert(mode)
    kept, decoded = stored(save(tmp_path, image, name))
    assert kept
    assert np.array_equal(decoded, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode,options", [("RGB", {}), ("RGB", {"progressive": True}), ("L", {})])
def test_plain_jpeg_is_kept(tmp_path, mode, options):
    path = save(tmp_path, Image.fromarray(pixels(32, 48)).convert(mode), "a.jpg", **options)
    kept, decoded = stored(path)
    assert kept
    assert np.array_equal(decoded, np.asarray(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("mode,name", [("CMYK", "a.jpg"), ("P", "a.png"), ("1", "a.png"),
                                       ("RGB", "a.bmp"), ("RGB", "a.tif"), ("P", "a.gif")])
def test_other_kinds_become_png(tmp_path, mode, name):
    path = save(tmp_path, Image.fromarray(pixels(16, 24)).convert(mode), name)
    kept, decoded = stored(path)
    assert not kept
    assert np.array_equal(decoded, np.asarray(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_exif_rotation_is_applied(tmp_path, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = save(tmp_path, Image.fromarray(pixels(16, 32)), "a.jpg", exif=exif)
    kept, decoded = stored(path)
    assert not kept
    assert np.array_equal(decoded, np.asarray(ImageOps.exif_transpose(Image.open(path))))
    assert decoded.shape[:2] == ((32, 16) if orientation >= 5 else (16, 32))


def test_exif_upright_is_kept(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    assert stored(save(tmp_path, Image.fromarray(pixels(16, 32)), "a.jpg", exif=exif))[0]


def test_transparent_parts_are_laid_on_white(tmp_path):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, :3] = [200, 100, 0]
    rgba[0, :, 3] = [255, 0, 128]
    kept, decoded = stored(save(tmp_path, Image.fromarray(rgba), "a.png"))
    assert not kept
    assert decoded[0, 0].tolist() == [200, 100, 0]
    assert decoded[0, 1].tolist() == [255, 255, 255]
    assert np.abs(decoded[0, 2] - (np.array([200, 100, 0]) * 128 + 255 * 127) / 255.).max() <= 1


def test_transparent_colour_counts_as_transparency(tmp_path):
    image = Image.fromarray(np.array([[[9, 9, 9], [1, 2, 3]]], np.uint8))
    kept, decoded = stored(save(tmp_path, image, "a.png", transparency=(9, 9, 9)))
    assert not kept
    assert decoded[0].tolist() == [[255, 255, 255], [1, 2, 3]]


def test_16_bits_lose_the_low_byte(tmp_path):
    values = np.array([[0, 255, 256, 65535, 0x1234]], np.uint16)
    kept, decoded = stored(save(tmp_path, Image.fromarray(values), "a.png"))
    assert not kept
    assert decoded[0, :, 0].tolist() == [0, 0, 1, 255, 0x12]


def test_max_size_keeps_the_aspect(tmp_path):
    path = save(tmp_path, Image.fromarray(pixels(30, 60)), "a.png")
    small = image_for_record(path, max_size=20)
    assert (small.height, small.width, small.full) == (10, 20, (30, 60))
    assert image_for_record(path, max_size=60).data == read_bytes(path)


def test_errors_name_the_file_and_the_remedy(tmp_path):
    whole = encode_png(pixels(40, 40))
    files = {"cut.png": whole[:len(whole) // 2], "text.jpg": b"hello", "empty.png": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    expected = {"cut.png": "truncated or corrupt", "text.jpg": "not an image that can be read",
                "empty.png": "the file is empty", "missing.png": "no such file"}
    for name, words in expected.items():
        text = message(image_for_record, str(tmp_path / name))
        assert name in text and words in text


def test_truncated_jpeg_is_refused(tmp_path):
    path = save(tmp_path, Image.fromarray(pixels(64, 64)), "a.jpg")
    data = read_bytes(path)
    (tmp_path / "a.jpg").write_bytes(data[:-40])
    assert "truncated or corrupt" in message(image_for_record, path)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_huge_image_is_refused_before_it_is_decoded(tmp_path):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"\0"))
    (tmp_path / "huge.png").write_bytes(data)
    text = message(image_for_record, str(tmp_path / "huge.png"))
    assert "huge.png: the image is too large (Image size (400000000 pixels)" in text


def test_real_photos_are_stored_as_pil_shows_them():
    folder = shared_data("photos")
    kept = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith((".jpg", ".png")):
            path = os.path.join(folder, name)
            kept[name], decoded = stored(path)
            shown = ImageOps.exif_transpose(Image.open(path))
            if shown.mode != "RGBA":
                assert np.array_equal(decoded, np.asarray(shown.convert("RGB"))), name
    assert sorted(name for name in kept if not kept[name]) == [
        "alpha_500x375.png", "cmyk_640x424.jpg", "exif_orientation6_1200x1800.jpg",
        "exif_orientation8_1800x1200.jpg"]


def test_encode_png_is_lossless():
    for array in (pixels(), pixels(channels=0)):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(array)))), array)
