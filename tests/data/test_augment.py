"""Augmentations: what each promises, where its numbers come from, and how several compose."""
import hashlib

import numpy as np
import PIL
import pytest

from utils.data import resize
from utils.data.augment import AUGMENTATIONS, Augmentation, operation
from utils.data.augment.colour import Colour
from utils.data.augment.geometry import Geometry, letterboxed
from utils.data.augment.graph import augment
from utils.data.augment.views import view
from utils.errors import UserError
from utils.runs.train_flags import TrainFlags
from utils.runs.train_flags.data import MOST_SCALE, all_operations
from utils.tf_compat import tf

WINDOW = (48, 64)
#: {(random_scale, flip): (hash of the labels, {Pillow: hash of the images})} of views by the code
#: that knew these flags only. Pillow's resize differs between its versions.
BEFORE = {
    ("1,1.6", True): ("edb922b4eeb76daf", {"9.5.0": "808c18aed4928dff",
                                           "13.0.0": "278b07c8bf78faaf"}),
    ("0.5,2", False): ("0e766e272c727718", {"9.5.0": "3356812e4c26aee6",
                                            "13.0.0": "0398e4e920be5309"}),
    ("", True): ("cb20cdea17b33b40", {"9.5.0": "c8a06c8e5c1b54e5", "13.0.0": "b49a300090e64b2b"}),
    ("", False): ("d1a803fa50da2969", {"9.5.0": "b3d7d49c51a1c39d", "13.0.0": "7b25c0a6c29f3aa0"}),
    ("0.75,1.25", True): ("affe0066295dafba", {"9.5.0": "654d7d784fa21f0c",
                                               "13.0.0": "1d27bf3ef17eec1e"})}


def pictures(height, width, seed=0):
    rng = np.random.RandomState(seed)
    return (rng.randint(0, 256, (height, width, 3)).astype(np.uint8),
            rng.randint(0, 5, (height, width)).astype(np.uint8))


def any_size(number):
    """Pictures of the hashes in `BEFORE`."""
    rng = np.random.RandomState(number)
    size = tuple(rng.randint(20, 90, 2))
    return (rng.randint(0, 256, size + (3,)).astype(np.uint8),
            rng.randint(0, 5, size).astype(np.uint8))


def views_of(augmentation, sources, elements):
    """[(image, label)] of pairs of pictures, by the graph."""
    with tf.Graph().as_default(), tf.Session() as session:
        element = tf.placeholder(tf.int64, [])
        image = tf.placeholder(tf.uint8, [None, None, 3])
        label = tf.placeholder(tf.uint8, [None, None])
        seen = augment(image, label, element, *WINDOW, augmentation=augmentation)
        return [session.run(seen, {element: number, image: pair[0], label: pair[1]})
                for number, pair in zip(elements, sources)]


# ---- where numbers come from ----

@pytest.mark.parametrize("random_scale, flip", sorted(BEFORE))
def test_flags_of_before_give_the_views_of_before(random_scale, flip):
    flags = TrainFlags(random_scale=random_scale, flip=flip)
    seen = views_of(Augmentation.parse(all_operations(flags), 3), map(any_size, range(40)),
                    range(0, 40 * 1000003, 1000003))
    images, labels = (hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]
                      for parts in zip(*seen))
    expected_labels, expected_images = BEFORE[random_scale, flip]
    assert labels == expected_labels
    assert images == expected_images.get(PIL.__version__, images)


class Recorder(Augmentation):
    """Keeps the numbers that its operations get."""
    numbers = []

    def view(self, image, label, numbers, window):
        self.numbers.append(numbers)
        return np.zeros(window + (3,), np.uint8), np.zeros(window, np.uint8)


def numbers_of(text, seed=3, element=5):
    """{operation: its numbers}."""
    recorder = Recorder.parse(text, seed)
    views_of(recorder, [pictures(9, 9)], [element])
    drawn, found = Recorder.numbers.pop(), {}
    for choice in recorder.operations:
        found[choice.name], drawn = np.split(drawn, [choice.entry.draws])
    assert not drawn.size
    return found


def test_an_operation_draws_the_same_numbers_whatever_stands_beside_it():
    alone = {name: numbers_of(name)[name] for name in AUGMENTATIONS.names()}
    for names in (AUGMENTATIONS.names(), AUGMENTATIONS.names()[::-1]):
        for name, numbers in numbers_of(",".join(names)).items():
            np.testing.assert_array_equal(numbers, alone[name])


def test_numbers_depend_on_name_seed_and_element():
    base = numbers_of("rotate,brightness")
    assert base["rotate"] != base["brightness"]
    assert numbers_of("rotate", seed=4)["rotate"] != base["rotate"]
    assert numbers_of("rotate", element=6)["rotate"] != base["rotate"]


def test_numbers_are_those_of_every_version_of_tensorflow():
    """Runs that are stored drew them; no change of code or stack may change them."""
    found = numbers_of("scale,flip,rotate,cutout")
    assert {name: numbers.tolist() for name, numbers in found.items()} == {
        "scale": [0.30866754055023193, 0.0959700345993042, 0.37037038803100586],
        "flip": [0.39366352558135986], "rotate": [0.771944522857666],
        "cutout": [0.7930996417999268, 0.7907193899154663]}


# ---- what every operation promises ----

#: Those that need nothing but the image; tests/data/test_paste.py has the others.
ALONE = [name for name in AUGMENTATIONS.names() if AUGMENTATIONS.get(name).stage != "partner"]


@pytest.mark.parametrize("name", ALONE)
def test_every_operation(name):
    """Shapes, dtypes, no label that was not there, the source untouched, the same result twice."""
    chosen = Augmentation.parse(name, 0)
    rng = np.random.RandomState(1)
    image, label = pictures(60, 40)
    kept = image.copy(), label.copy()
    differing = 0
    plain = Augmentation((), 0).view(image, label, np.zeros(0, np.float32), WINDOW)
    for _ in range(8):
        numbers = rng.rand(chosen.draws).astype(np.float32)
        seen, truth = chosen.view(image, label, numbers, WINDOW)
        assert seen.dtype == truth.dtype == np.uint8
        assert seen.shape == WINDOW + (3,) and truth.shape == WINDOW
        assert set(np.unique(truth)) <= set(range(5)) | {255}
        again = chosen.view(image, label, numbers, WINDOW)
        np.testing.assert_array_equal(seen, again[0])
        np.testing.assert_array_equal(truth, again[1])
        differing += (seen != plain[0]).any()
    assert differing >= 2
    np.testing.assert_array_equal(image, kept[0])
    np.testing.assert_array_equal(label, kept[1])


@pytest.mark.parametrize("name", AUGMENTATIONS.names())
def test_every_operation_says_what_it_does(name):
    assert AUGMENTATIONS.get(name).function.__doc__
    assert all(parameter.help for parameter in AUGMENTATIONS.parameters(name).values())


@pytest.mark.parametrize("text, words", [
    ("scale:3", "augmentation scale:3: got 3 to 2, expected low <= high"),
    ("scale:0:1", "low: got 0, expected more than 0"), ("rotate:200", "expected at most 180"),
    ("turn", "unknown augmentation 'turn'"), ("flip,flip", "flip is given twice")])
def test_what_is_no_augmentation_is_refused(text, words):
    with pytest.raises(UserError) as caught:
        Augmentation.parse(text, 0)
    assert words in str(caught.value)


def test_random_scale_may_be_what_scale_may_be():
    flags = TrainFlags(random_scale=f"0.001,{MOST_SCALE}", flip=False)
    (chosen,) = Augmentation.parse(all_operations(flags), 0).operations
    assert chosen.values == {"low": .001, "high": MOST_SCALE}


def test_stages_are_known():
    with pytest.raises(ValueError, match="expected one of geometry, colour, partner, pixels"):
        operation("weather", draws=1)


# ---- geometry ----

def test_the_letterbox_is_that_of_the_graph():
    rng = np.random.RandomState(0)
    shapes = rng.randint(1, 700, (200, 2)).tolist() + [[1, 700], [700, 1], [48, 64], [96, 128]]
    with tf.Graph().as_default(), tf.Session() as session:
        shape = tf.placeholder(tf.int32, [2])
        fitted = resize.letterbox_box(shape, *WINDOW)
        for size in shapes:
            scale, box = session.run(fitted, {shape: size})
            found = letterboxed(WINDOW, np.zeros(size, np.uint8))
            assert found.scale == scale and found.start + found.size == tuple(box)


def turned(image, label, degrees, window=WINDOW, **changes):
    return view(image, letterboxed(window, label).replace(degrees=degrees, **changes), Colour())


def test_a_rotation_by_nothing_is_the_plain_view():
    image, label = pictures(60, 40)
    middle = np.float32([.5])
    plain = Augmentation((), 0).view(image, label, middle[:0], WINDOW)
    for seen, expected in zip(Augmentation.parse("rotate:30", 0).view(image, label, middle, WINDOW),
                              plain):
        np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
@pytest.mark.parametrize("mirrored", [False, True])
def test_quarter_turns_move_pixels(quarters, mirrored):
    """A pixel lands on a pixel; Pillow cuts off what a sine lacks of 1."""
    source = pictures(40, 40)
    for pixels, seen, most in zip(source, turned(*source, degrees=90 * quarters, window=(40, 40),
                                                 mirrored=mirrored), (1, 0)):
        expected = np.rot90(pixels, quarters)[:, ::-1 if mirrored else 1]
        np.testing.assert_allclose(seen.astype(int), expected, rtol=0, atol=most)


@pytest.mark.parametrize("degrees", [7.0, -31.0, 170.0])
@pytest.mark.parametrize("size, start", [((30, 50), (9, 7)), ((150, 200), (-40, -77))])
def test_a_painted_mark_lands_at_one_place_in_image_and_label(degrees, size, start):
    """Smaller and larger than the source, mirrored too: within half a pixel."""
    label = np.zeros([72, 96], np.uint8)
    label[30:46, 40:52] = 1
    image = np.repeat(200 * label[:, :, np.newaxis], 3, axis=2)
    for mirrored in (False, True):
        seen, truth = turned(image, label, degrees, size=size, start=start, mirrored=mirrored)
        places = [np.argwhere(mask).mean(axis=0) for mask in (seen[:, :, 0] > 100, truth == 1)]
        np.testing.assert_allclose(*places, atol=.5)
        assert ((seen[:, :, 0] > 100) != (truth == 1)).mean() < .03


def test_a_mark_turns_counter_clockwise():
    label = np.zeros([64, 64], np.uint8)
    label[28:36, 56:] = 1  # at the right
    image = np.repeat(200 * label[:, :, np.newaxis], 3, axis=2)
    seen, truth = turned(image, label, 45.0, (64, 64))
    for mask in (seen[:, :, 0] > 100, truth == 1):
        row, column = np.argwhere(mask).mean(axis=0)
        assert row < 20 and column > 44  # at the top right


def test_beside_a_turned_image_there_is_nothing():
    image, label = pictures(64, 64)
    seen, truth = turned(np.maximum(image, 50), label, 45.0, (64, 64))
    assert (truth[:15, :15] == 255).sum() > 60 and truth[32, 32] < 5
    outside = truth == 255
    assert not seen[outside].any() and (seen[~outside] > 0).all()


def test_a_turned_image_that_shrinks_is_antialiased():
    """Stripes of one pixel at a quarter of their size are grey, not stripes of another width."""
    image = np.zeros([192, 256, 3], np.uint8)
    image[:, ::2] = 200
    seen, truth = turned(image, image[:, :, 0] // 200, 10.0)
    middle = seen[12:36, 16:48]
    assert abs(middle.mean() - 100) < 2 and middle.std() < 5 and set(np.unique(truth)) > {0, 1}


def test_operations_of_geometry_join_whatever_their_order():
    image, label = pictures(60, 40)
    numbers = {"scale": [.3, .8, .1], "flip": [.2], "rotate": [.9]}
    seen = []
    for names in (("scale", "flip", "rotate"), ("rotate", "flip", "scale")):
        chosen = Augmentation.parse(",".join(names), 0)
        drawn = np.float32(sum((numbers[name] for name in names), []))
        seen.append(chosen.view(image, label, drawn, WINDOW))
    for one, other in zip(*seen):
        np.testing.assert_array_equal(one, other)
    placed = Geometry(WINDOW, label, np.float32(1), (1, 1), (0, 0)).placed(
        np.float32(.8 * .95), np.float32([.8, .1]))
    assert placed.size == (46, 30) and placed.start == (2, 3)


# ---- colour ----

def coloured(text, numbers, image):
    label = np.zeros(image.shape[:2], np.uint8)
    return Augmentation.parse(text, 0).view(image, label, np.float32(numbers), image.shape[:2])[0]


def test_the_middle_of_each_range_changes_nothing():
    image = pictures(30, 40)[0]
    np.testing.assert_array_equal(
        coloured("brightness,contrast,saturation", [.5, .5, .5], image), image)


def test_tables_compose_without_rounding_or_clipping_between():
    image = pictures(30, 40)[0]
    seen = coloured("brightness:1,contrast:1", [.99, .1], image)  # x 1.98, then x .2 about 127.5
    expected = 127.5 + (image * 1.98 - 127.5) * .2
    np.testing.assert_allclose(seen, expected, atol=.51)
    assert seen.max() > 190  # twice 255 was not clipped before it was drawn back


def test_saturation_mixes_channels_and_keeps_luma():
    image = np.clip(pictures(30, 40)[0], 80, 170)
    grey = coloured("saturation:1", [0], image)
    luma = image.dot([.299, .587, .114])
    np.testing.assert_allclose(grey, np.repeat(luma[:, :, np.newaxis], 3, 2), atol=.51)
    np.testing.assert_allclose(coloured("saturation:1", [.75], image).dot([.299, .587, .114]),
                               luma, atol=.51)


def test_matrices_compose_in_order():
    rng = np.random.RandomState(0)
    first, second = rng.rand(2, 3, 4)
    colour = rng.rand(3)
    both = Colour().mixed(first).mixed(second)
    middle = first.dot(np.append(colour, 1))
    np.testing.assert_allclose(both.matrix.dot(np.append(colour, 1)),
                               second.dot(np.append(middle, 1)))


@pytest.mark.parametrize("degrees", ["", ",rotate:20"])
def test_colours_do_not_touch_what_lies_beside_the_image(degrees):
    image, label = pictures(20, 60)
    numbers = [0, .8] if degrees else [0]
    seen, truth = Augmentation.parse("contrast:0.5" + degrees, 0).view(
        image, label, np.float32(numbers), WINDOW)
    assert (truth == 255).sum() > 100 and not seen[truth == 255].any()
    assert seen[truth < 255].min() >= (60 if not degrees else 0)


# ---- pixels ----

@pytest.mark.parametrize("text, ignored", [("cutout:0.5", 0), ("cutout:0.5:ignore", 24 * 24)])
def test_cutout_covers_a_square_with_the_mean_colour(text, ignored):
    image, label = pictures(48, 64)
    seen, truth = Augmentation.parse(text, 0).view(image, label, np.float32([.5, .5]), WINDOW)
    square = seen[12:36, 20:44]
    np.testing.assert_allclose(square - image.mean(axis=(0, 1)), 0, atol=.51)
    assert (seen != image).any(axis=2).sum() == 24 * 24
    assert (truth == 255).sum() == ignored and (truth == label).sum() == label.size - ignored
