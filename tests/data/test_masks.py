"""Mask files: what they store and what viewers show, in every form."""
import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import message
from tests.data.raw_files import packed_rows, png, tiff
from utils.data.masks.files import load_mask, read_index_mask
from utils.data.masks.reading import (
    COLOUR,
    GREY,
    PALETTE,
    MaskClasses,
    pack,
    parse_ignore,
    read_colours,
    read_indices,
)

RGB3 = ((0, 0, 0), (128, 64, 128), (0, 0, 142))
CLASSES = MaskClasses(("background", "road", "car"), RGB3, (255, 255, 255))


def save(tmp_path, image, name="m.png", **options):
    path = str(tmp_path / name)
    image.save(path, **options)
    return path


def load(path):
    with open(path, "rb") as file:
        return load_mask(file.read(), path)


def palette_image(indices, colours):
    image = Image.fromarray(np.array(indices, np.uint8)).convert("L")
    image.putpalette([channel for colour in colours for channel in colour])
    return image


def test_palette_mask_stores_indices_and_shows_colours(tmp_path):
    path = save(tmp_path, palette_image([[2, 0, 1]], (RGB3[1], RGB3[2], RGB3[0])))
    mask = load(path)
    assert mask.form == PALETTE
    assert read_index_mask(path).tolist() == [[2, 0, 1]]
    assert read_colours(mask, path, CLASSES).tolist() == [[0, 1, 2]]
    assert mask.pairs() == {(0, pack(RGB3[1])), (1, pack(RGB3[2])), (2, 0)}


def test_palette_mask_with_opacity(tmp_path):
    path = save(tmp_path, palette_image([[1, 0]], RGB3), transparency=0)
    assert read_colours(load(path), path, CLASSES).tolist() == [[1, 0]]


def test_a_grey_ramp_is_no_palette(tmp_path):
    ramp = [(value, value, value) for value in range(256)]
    mask = load(save(tmp_path, palette_image([[0, 7]], ramp)))
    assert (mask.form, mask.values.tolist()) == (GREY, [[0, 7]])


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16])
def test_one_channel_masks(tmp_path, dtype):
    path = save(tmp_path, Image.fromarray(np.array([[0, 1, 0]]).astype(dtype)))
    mask = read_index_mask(path)
    assert mask.dtype == np.uint8 and mask.tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_values_of_a_few_bits_are_not_stretched(tmp_path, bits, kind):
    values = np.arange(16).reshape(2, 8) % (1 << bits)
    data = png(values, bits) if kind == "png" else tiff(
        values.astype(np.uint8), bits, rows=b"".join(packed_rows(values, bits)))
    (tmp_path / "m").write_bytes(data)
    mask = load(str(tmp_path / "m"))
    assert mask.values.tolist() == values.tolist()
    greatest = (1 << bits) - 1
    assert mask.colours().max() == pack((255, 255, 255))
    assert read_indices(mask, "m", MaskClasses(("a",) * 16)).max() == greatest


@pytest.mark.parametrize("greatest", [1, 3, 20, 100, 255, 300, 4095])
@pytest.mark.parametrize("plain", [False, True])
def test_values_of_a_pgm_are_not_stretched(tmp_path, greatest, plain):
    values = np.arange(min(greatest, 255) + 1)
    numbers = b" ".join(b"%d" % value for value in values) + b"\n" if plain else values.astype(
        np.uint8 if greatest < 256 else ">u2").tobytes()
    heading = b"P%d\n# of a tool\n%d 1\n%d\n" % (2 if plain else 5, len(values), greatest)
    (tmp_path / "m.pgm").write_bytes(heading + numbers)
    assert load(str(tmp_path / "m.pgm")).values.tolist() == [values.tolist()]


def test_white_is_zero_in_some_tiffs(tmp_path):
    """What viewers show of a TIFF that stores 0 for white."""
    values = np.array([[0, 1, 2, 3]])
    (tmp_path / "m.tif").write_bytes(tiff(values.astype(np.uint8), 2, photometric=0,
                                          rows=b"".join(packed_rows(values, 2))))
    assert load(str(tmp_path / "m.tif")).values.tolist() == [[3, 2, 1, 0]]


def test_grey_with_opacity(tmp_path):
    path = save(tmp_path, Image.fromarray(np.array([[[1, 255], [2, 0]]], np.uint8)))
    assert read_index_mask(path).tolist() == [[1, 2]]


def test_rgb_of_equal_channels_is_grey(tmp_path):
    path = save(tmp_path, Image.fromarray(np.array([[[1] * 3, [2] * 3, [255] * 3]], np.uint8)))
    mask = load(path)
    assert (mask.form, mask.rgb) == (GREY, True)
    assert read_index_mask(path).tolist() == [[1, 2, 255]]


def test_colour_masks(tmp_path):
    pixels = np.array([[RGB3[1], RGB3[0], (255, 255, 255)]], np.uint8)
    for name, image in (("rgb", Image.fromarray(pixels)),
                        ("rgba", Image.fromarray(pixels).convert("RGBA"))):
        path = save(tmp_path, image, name + ".png")
        mask = load(path)
        assert mask.form == COLOUR
        assert read_colours(mask, path, CLASSES).tolist() == [[1, 0, 255]]
    assert "the colour (255, 255, 255), which the class list does not have (1 such" in message(
        read_colours, mask, path, MaskClasses(("a", "b", "c"), RGB3))


def test_16_bits_show_a_grey_where_both_bytes_are_equal(tmp_path):
    path = save(tmp_path, Image.fromarray(np.array([[0, 257 * 255, 300]], np.uint16)))
    assert load(path).colours().tolist() == [[0, pack((255, 255, 255)), -1]]
    assert "the colour of 16 bits" in message(read_colours, load(path), path, CLASSES)


def test_masks_are_turned_as_exif_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("m.png", "m.tif"):
        path = save(tmp_path, Image.fromarray(np.array([[0, 1, 2]], np.uint8)), name, exif=exif)
        assert read_index_mask(path).tolist() == [[0], [1], [2]]


def test_masks_that_are_no_indices(tmp_path):
    noise = np.random.RandomState(0).randint(0, 256, (4, 4, 3)).astype(np.uint8)
    rgb = save(tmp_path, Image.fromarray(noise), "rgb.png")
    assert "has 3 channels (RGB), expected one channel" in message(read_index_mask, rgb)
    jpeg = save(tmp_path, Image.fromarray(noise), "m.jpg")
    assert "is a JPEG, whose compression changes labels" in message(read_index_mask, jpeg)
    wide = save(tmp_path, Image.fromarray(np.full((2, 2), 300, np.uint16)), "wide.png")
    assert "values up to 300" in message(read_index_mask, wide)
    pages = str(tmp_path / "pages.tif")  # a binary page for each class
    Image.new("L", (2, 2)).save(pages, save_all=True, append_images=[Image.new("L", (2, 2), 1)] * 2)
    assert "the mask has 3 pages or frames, expected one" in message(read_index_mask, pages)
    floats = save(tmp_path, Image.fromarray(np.ones((2, 2), np.float32)), "f.tif")
    assert "pixels of the kind F" in message(read_index_mask, floats)
    (tmp_path / "signed.tif").write_bytes(tiff(np.array([[-1, 0]], np.int16), form=2))
    assert "values down to -1" in message(read_index_mask, str(tmp_path / "signed.tif"))


# ---- what values stand for ----

def labels(values, **options):
    classes = MaskClasses(options.pop("names", ("a", "b", "c")), **options)
    return classes.labels(np.array(values)).tolist()


def test_superscripts_are_no_values():
    assert "--ignore: got '1,²', expected values" in message(parse_ignore, "1,²")


def test_ignored_values():
    assert labels([0, 1, 2, 255], ignore=(0,)) == [255, 1, 2, 255]
    assert labels([0, 1, 65535], ignore=(1, 65535)) == [0, 255, 255]


def test_zero_label_is_reduced_as_mmsegmentation_does():
    assert labels([0, 1, 2, 254, 255], reduce_zero_label=True) == [255, 0, 1, 253, 255]


def test_values_to_ignore_are_those_of_the_file():
    """Oxford pets: 1 pet, 2 background, 3 between them."""
    assert labels([1, 2, 3], ignore=(3,), reduce_zero_label=True) == [0, 1, 255]


def test_what_a_value_means():
    classes = MaskClasses(("a", "b"), ignore=(7,), reduce_zero_label=True)
    found = {value: classes.value_class(value) for value in (0, 1, 2, 3, 7, 255, 300)}
    assert found == {0: 255, 1: 0, 2: 1, 3: None, 7: 255, 255: 255, 300: None}
    table = np.full(256, -1)
    table[[10, 20]] = 0, 1
    listed = MaskClasses(("a", "b"), table=table)
    assert [listed.value_class(value) for value in (0, 10, 20)] == [None, 0, 1]


def test_values_that_the_class_list_lacks(tmp_path):
    table = np.full(256, -1)
    table[10] = 0
    path = save(tmp_path, Image.fromarray(np.array([[10, 11]], np.uint8)))
    assert "values that the class list lacks (11)" in message(
        read_indices, load(path), path, MaskClasses(("a",), table=table))
