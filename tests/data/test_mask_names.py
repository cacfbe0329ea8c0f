"""Which mask belongs to which image, by the names of the files alone."""
import pytest

from tests.data.helpers import message
from utils.data.datasets.listing.mask_names import check_stems, match_masks


@pytest.mark.parametrize("images,masks,rule", [
    (["a.jpg", "b.JPG"], ["a.PNG", "b.tif"], None),
    (["c1/a.jpg", "c2/a.jpg"], ["c1/a.png", "c2/a.png"], None),
    (["a.jpg"], ["a.png", "a_mask.png"], None),
    (["a.jpg", "b.jpg"], ["a_mask.png", "b_mask.png"], "the mask of image `*` is `*_mask`"),
    (["a.jpg", "b.jpg"], ["gt-a.png", "gt-b.png"], "the mask of image `*` is `gt-*`"),
    (["c/a.jpg", "c/b.jpg"], ["c/a_L.png", "c/b_L.png"], "the mask of image `*` is `*_L`"),
    (["a.jpg", "b.png"], ["a.jpg.png", "b.png.png"], "the mask of image `a.jpg` is `a.jpg.png`"),
    (["1.jpg", "11.jpg", "2.jpg"], ["mask_1.png", "mask_11.png", "mask_2.png"],
     "the mask of image `*` is `mask_*`"),
    (["img_1.jpg", "img_2.jpg"], ["mask_1.png", "mask_2.png"],
     "names equal but for words such as image and mask, as img_1.jpg and mask_1.png"),
    (["1_sat.jpg", "2_sat.jpg"], ["1_label.png", "2_label.png"],
     "names equal but for words such as image and mask, as 1_sat.jpg and 1_label.png"),
    (["c/a.jpg", "d/b.jpg"], ["a.png", "b.png"],
     "the same names in other folders, as c/a.jpg and a.png"),
    (["IMG_1.JPG", "IMG_2.JPG"], ["img_1.png", "img_2.png"],
     "2 are found by names that differ in case or accents only, as IMG_1.JPG and img_1.png"),
    (["\u00e9.jpg"], ["e\u0301.png"],
     "1 are found by names that differ in case or accents only, as \u00e9.jpg and e\u0301.png")])
def test_every_image_finds_its_mask(images, masks, rule):
    found = match_masks(images, masks, "masks")
    assert (found.masks, found.rule) == (dict(zip(images, masks)), rule)


@pytest.mark.parametrize("images,masks,expected", [
    (["1.jpg", "2.jpg"], ["11.png", "12.png"], {}),          # other numbers
    (["car.jpg", "bus.jpg"], ["cars.png", "buses.png"], {}),  # other words
    (["c/a.jpg", "d/a.jpg"], ["e/a.png", "f/a.png"], {}),
    (["train_1.jpg", "train_2.jpg"], ["val_1.png", "val_2.png"], {}),
    (["a.jpg", "b.jpg"], ["a.png", "b_old.png"], {"a.jpg": "a.png"}),
    (["a.jpg", "b.jpg", "c.jpg"], ["a_mask.png", "z.png"], {}),
    (["A.jpg", "a.jpg"], ["a.png"], {"a.jpg": "a.png"}),
    (["a.jpg"], ["a.jpg"], {"a.jpg": "a.jpg"}),  # to be refused as a JPEG, by its name
    (["a.jpg"], ["a.jpg", "a.png"], {"a.jpg": "a.png"})])
def test_what_is_not_sure_is_left_alone(images, masks, expected):
    assert match_masks(images, masks, "masks").masks == expected


@pytest.mark.parametrize("masks,words", [
    (["a.png", "a.tif", "b.png"], "masks: a.png and a.tif are masks of one image; keep one"),
    (["a_mask.png", "b_mask.png", "a_inst.png", "b_inst.png"],
     "masks: masks of several kinds for the same images (*_inst, *_mask); leave one kind")])
def test_several_masks_of_an_image(masks, words):
    assert words in message(match_masks, ["a.jpg", "b.jpg"], sorted(masks), "masks")


def test_two_images_of_a_name():
    assert message(check_stems, ["a.jpg", "a.png", "b.jpg"], "images") == (
        "images: a.jpg and a.png have one name but for the ending, so that a mask may belong to "
        "either; keep one of them")
