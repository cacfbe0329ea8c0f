"""Pictures of the worst images, on drawn squares."""
import io

import numpy as np
import pytest
from PIL import Image

from utils.drawing.marks import marked_photo, shrink_label, shrink_photo
from utils.evaluate.observers.error_types import ErrorTypeCounter, load_error_types
from utils.evaluate.observers.record import open_observers
from utils.evaluate.observers.worst import (
    FALSE,
    KINDS,
    MISSED,
    PICTURES,
    WorstImages,
    load_worst,
    sketch,
)
from utils.evaluate.results import write_arrays
from utils.evaluate.segmenter import Item


def item(prediction, truth=None, index=0):
    """An item of 80 x 100 pixels of class 0; pieces of other classes are (class, top, left, side).
    """
    pictures = []
    for pieces in (truth or [], prediction):
        picture = np.zeros((80, 100), np.uint8)
        for label, top, left, side in pieces:
            picture[top:top + side, left:left + side] = label
        pictures.append(picture)
    image = np.full((80, 100, 3), 200, np.uint8)
    return Item(index, str(index), image, pictures[0], pictures[1], {})


def blob(side, label=1):
    """An item with one invented square."""
    return item([(label, 10, 10, side)])


def stored(tmp_path, items, classes=4, kind=WorstImages, load=load_worst):
    observer = kind(classes)
    for one in items:
        observer.add(one)
    path = str(tmp_path / "test.npz")
    write_arrays(path, observer.arrays())
    return load(path)


def of_kind(worst, kind):
    """[(image, class, pixels)] of a kind."""
    chosen = worst.kind == KINDS.index(kind)
    return list(zip(*[getattr(worst, name)[chosen].tolist()
                      for name in ("image", "label", "pixels")]))


def test_the_worst_come_first_and_no_class_takes_all(tmp_path):
    sides = [5, 9, 7, 20, 3, 12]
    items = [blob(side) for side in sides] + [blob(6, 2), blob(4, 3), blob(8, 2), blob(5, 2)]
    worst = stored(tmp_path, items)
    assert of_kind(worst, "segment") == [(3, 1, 400), (5, 1, 144), (8, 2, 64), (6, 2, 36),
                                         (7, 3, 16)]


def test_as_many_as_are_kept_are_the_worst_of_all(tmp_path):
    sides = np.random.RandomState(0).permutation(np.arange(2, 42))
    worst = stored(tmp_path, [blob(side, 1 + place % 9) for place, side in enumerate(sides)], 10)
    kept = of_kind(worst, "segment")
    best_of_class = {}
    for place in np.argsort(-sides):
        own = best_of_class.setdefault(1 + place % 9, [])
        if len(own) < 2:
            own.append((sides[place] ** 2, int(place)))
    expected = sorted((one for own in best_of_class.values() for one in own), reverse=True)
    assert [(pixels, image) for image, _, pixels in kept] == expected[:PICTURES]


def test_pixels_are_those_of_the_error_types(tmp_path):
    items = [item([(1, 20, 21, 30)], [(1, 20, 20, 30)]), blob(9)]
    types = stored(tmp_path, items, 2, ErrorTypeCounter, load_error_types).counts
    worst = stored(tmp_path, items, 2)
    for kind, name in enumerate(KINDS[:3]):
        for image, label, pixels in of_kind(worst, name):
            assert pixels == types[image, label, 1 + 2 * kind:3 + 2 * kind].sum()
    assert of_kind(worst, "boundary") == [(0, 0, 60), (0, 1, 60)]


def test_objects_in_pieces_and_merged(tmp_path):
    whole = [(1, 10, 10, 40)]
    cut = whole + [(0, 10, 29, 1), (2, 10, 28, 40), (1, 10, 32, 18)]  # a bar of class 2 within it
    worst = stored(tmp_path, [item(cut, whole), item(whole, cut), item(whole, whole)], 3)
    assert (0, 1, 1) in of_kind(worst, "over_segmented")
    assert [row[:2] for row in of_kind(worst, "over_segmented")] == [(0, 1)]
    assert [row[:2] for row in of_kind(worst, "under_segmented")] == [(1, 1)]


def test_specks_are_no_parts(tmp_path):
    truth = [(1, 10, 10, 40)]
    specks = [(1, 12, 12, 3), (1, 20, 20, 3), (1, 30, 30, 3)]
    assert of_kind(stored(tmp_path, [item(specks, truth)], 2), "over_segmented") == []


def test_pictures_show_what_is_wrong(tmp_path):
    one = item([(1, 20, 20, 30)], [(1, 20, 24, 30), (1, 60, 60, 10)])
    drawn = sketch(one, KINDS.index("segment"), 1, 2)
    np.testing.assert_array_equal(drawn.marks == 2, (one.label == 1) & (np.arange(80) >= 60)[
        :, np.newaxis])
    picture = drawn.picture()
    assert picture[65, 65].argmax() == np.argmax(MISSED) and picture.shape == (80, 100, 3)
    wrong = sketch(item([(1, 20, 20, 30)]), KINDS.index("segment"), 1, 2).picture()
    assert wrong[35, 35].argmax() == np.argmax(FALSE)
    assert (wrong[2, 2] < 200).all()  # darker than the photo
    worst = stored(tmp_path, [one], 2)
    assert {worst.picture(place)[:4] for place in range(len(worst.kind))} == {b"RIFF"}
    assert np.asarray(Image.open(io.BytesIO(worst.picture(0)))).shape == (80, 100, 3)


def test_parts_have_colours_of_their_own():
    one = item([(1, 10, 10, 40), (0, 10, 29, 1), (2, 10, 28, 40), (1, 10, 32, 18)],
               [(1, 10, 10, 40)])
    marks = sketch(one, KINDS.index("over_segmented"), 1, 3).marks
    assert marks[12, 12] and marks[12, 40] and marks[12, 12] != marks[12, 40]
    assert not marks[5, 5]


def test_large_images_are_shrunk():
    assert shrink_photo(np.zeros((720, 960, 3), np.uint8), 360).shape == (270, 360, 3)
    assert shrink_label(np.zeros((960, 30), np.uint8), 360).shape == (360, 11)
    assert shrink_label(np.zeros((20, 30), np.uint8), 360).shape == (20, 30)


def test_outlines_that_coincide_alternate():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    made = marked_photo(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.uint8), (), (
        (mask, (255, 0, 0)), (mask, (0, 255, 0))))
    rim = made[5, 5:15]
    assert {tuple(pixel) for pixel in rim.tolist()} == {(255, 0, 0), (0, 255, 0)}
    assert not made[8, 8].any() and not made[2, 2].any()


def test_no_image_and_the_names_of_observers(tmp_path):
    worst = stored(tmp_path, [], 3)
    assert len(worst.kind) == len(worst.ends) == len(worst.data) == 0
    found = stored(tmp_path, [], 3, ErrorTypeCounter, load_error_types)
    assert found.counts.shape == (0, 3, 7) and found.rims.shape == (0, 3, 2)
    assert [one.name for one in open_observers("error_types,worst", 3)] == ["error_types", "worst"]


@pytest.mark.parametrize("classes, most", [(2, 4), (4, 2), (11, 2)])
def test_few_classes_take_more_pictures_each(tmp_path, classes, most):
    worst = stored(tmp_path, [blob(side) for side in range(5, 15)], classes)
    assert len(of_kind(worst, "segment")) == most
