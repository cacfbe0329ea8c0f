"""Augmentations: what each promises, where its numbers come from, and how several compose."""
import hashlib

import numpy as np
import PIL
import pytest

from utils.data import resize
from utils.data.augment import AUGMENTATIONS, Augmentation, operation
from utils.data.augment.colour import YIQ, Colour
from utils.data.augment.geometry import Geometry, letterboxed
from utils.data.augment.graph import augment
from utils.data.augment.registry import is_sometimes
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


#: What decides for element 5 of seed 3 whether these operations act.
DECIDING = [("flip", 0.41051197052001953), ("cutout", 0.769981861114502),
            ("scale", 0.2556957006454468)]
#: {operations: hash of what they make of eight images of the window's size}.
SAME = {"blur:3:probability=1": "36787454ea7798b7", "brightness,contrast,gamma,saturation,hue":
        "a3da6c5eab3b5c34", "cutout:0.4:ignore": "917130a6ec412946",
        "flip,gamma:2:probability=0.5,blur:probability=1": "dddda8ae5d8af05f",
        "gamma": "1f6905384f43a844", "hue:120": "bb3089a9c8c73d9d"}
#: Red turned by 120 degrees, clipped to what pixels can be.
RED_TURNED = (0, 187, 0)


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
        found[choice.name], drawn = np.split(drawn, [choice.entry.draws + is_sometimes(choice)])
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


def test_a_probability_takes_one_number_more_and_changes_no_other():
    plain = numbers_of("flip,cutout,scale")
    some = numbers_of("flip:probability=0.5,cutout:probability=0.2,scale:probability=0")
    assert [(name, numbers[-1]) for name, numbers in some.items()] == DECIDING
    for name, numbers in plain.items():
        np.testing.assert_array_equal(some[name][:-1], numbers)


# ---- what every operation promises ----

def behind_a_scale(name, more=""):
    """(the chain before an operation, the chain with it, an image of which so much is of one class
    that a crop has to move, its label)."""
    before = Augmentation.parse("" if name == "scale" else "scale:2:3", 0)
    image, label = pictures(60, 40)
    label[:, 9:] = 1
    chosen = before.operations + Augmentation.parse(name + more, 0).operations
    return before, Augmentation(chosen, 0), image, label


#: Those that need nothing but the image; tests/data/test_paste.py has the others.
ALONE = [name for name in AUGMENTATIONS.names() if AUGMENTATIONS.get(name).stage != "partner"]


@pytest.mark.parametrize("name", ALONE)
def test_every_operation(name):
    """Shapes, dtypes, no label that was not there, the source untouched, the same result twice."""
    before, chosen, image, label = behind_a_scale(name)
    rng = np.random.RandomState(1)
    kept = image.copy(), label.copy()
    differing = 0
    for _ in range(8):
        numbers = rng.rand(chosen.draws).astype(np.float32)
        plain = before.view(image, label, numbers[:before.draws], WINDOW)
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


@pytest.mark.parametrize("name", ALONE)
def test_every_operation_acts_on_a_share_of_the_images(name):
    """On those whose last number is below its probability."""
    before, always, image, label = behind_a_scale(name, ":probability=1")
    _, never, _, _ = behind_a_scale(name, ":probability=0")
    _, sometimes, _, _ = behind_a_scale(name, ":probability=0.4")
    rng, differing = np.random.RandomState(2), 0
    for _ in range(8):
        numbers = rng.rand(always.draws + 1).astype(np.float32)
        plain = before.view(image, label, numbers[:before.draws], WINDOW)
        acting = always.view(image, label, numbers[:-1], WINDOW)
        for chosen, last, expected in ((never, 0, plain), (sometimes, .5, plain),
                                       (sometimes, .3, acting)):
            numbers[-1] = last
            for seen, wanted in zip(chosen.view(image, label, numbers, WINDOW), expected):
                np.testing.assert_array_equal(seen, wanted)
        differing += (acting[0] != plain[0]).any()
    assert differing >= 2


@pytest.mark.parametrize("text", [
    "scale:1:1", "rotate:0", "crop:candidates=1", "brightness:0", "contrast:0", "gamma:1",
    "saturation:0", "hue:0", "blur:0"])
def test_each_has_a_setting_that_changes_nothing(text):
    image, label = pictures(48, 64)
    chosen = Augmentation.parse(text, 0)
    for draw in (0, .3, .999):
        seen, truth = chosen.view(image, label, np.full(chosen.draws, draw, np.float32), WINDOW)
        np.testing.assert_array_equal(seen, image)
        np.testing.assert_array_equal(truth, label)


@pytest.mark.parametrize("name", AUGMENTATIONS.names())
def test_every_operation_says_what_it_does(name):
    assert AUGMENTATIONS.get(name).function.__doc__
    assert all(parameter.help for parameter in AUGMENTATIONS.parameters(name).values())


@pytest.mark.parametrize("text, words", [
    ("scale:3", "augmentation scale:3: got 3 to 2, expected low <= high"),
    ("scale:0:1", "low: got 0, expected more than 0"), ("rotate:200", "expected at most 180"),
    ("jpeg:90:50", "augmentation jpeg:90:50: got 90 to 50, expected low <= high"),
    ("jpeg:0", "low: got 0, expected at least 1"), ("crop:candidates=11", "expected at most 10"),
    ("crop:0", "share: got 0, expected more than 0"), ("gamma:.5", "most: got .5, expected at"),
    ("blur:probability=1.5", "probability: got 1.5, expected at most 1"),
    ("turn", "unknown augmentation 'turn'"), ("flip,flip", "flip is given twice")])
def test_what_is_no_augmentation_is_refused(text, words):
    with pytest.raises(UserError) as caught:
        Augmentation.parse(text, 0)
    assert words in str(caught.value)


def test_random_scale_may_be_what_scale_may_be():
    flags = TrainFlags(random_scale=f"0.001,{MOST_SCALE}", flip=False)
    (chosen,) = Augmentation.parse(all_operations(flags), 0).operations
    assert chosen.own == {"low": .001, "high": MOST_SCALE}


def test_stages_are_known():
    with pytest.raises(ValueError, match="one of geometry, place, colour, partner, pixels"):
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
        coloured("brightness,contrast,gamma,saturation,hue", [.5] * 5, image), image)


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


def test_gamma_is_a_power_of_shares_of_255():
    image = pictures(30, 40)[0]
    for draw, power in ((0, .5), (.75, 2 ** .5)):
        expected = 255 * (image / 255.0) ** power
        np.testing.assert_allclose(coloured("gamma:2", [draw], image), expected, atol=.51)
    seen = coloured("contrast:1,gamma:2", [.99, 0], image)  # values below black are black
    below = 127.5 + (image - 127.5) * 1.98 <= 0
    assert below.any() and not seen[below].any() and (seen[~below] > 0).all()


def turned_hue(colour, degrees):
    """A colour turned in the plane of I and Q, as complex numbers; from red to yellow first."""
    luma, i, q = YIQ.dot(np.array(colour, float))
    turned = complex(i, q) * np.exp(-1j * np.radians(degrees))
    return np.linalg.solve(YIQ, [luma, turned.real, turned.imag])


@pytest.mark.parametrize("degrees, draw", [(120, .99999997), (120, 0), (18, .75)])
def test_hue_turns_in_yiq_and_keeps_luma_and_greys(degrees, draw):
    turn = degrees * (2 * np.float32(draw) - 1)
    mapping = Augmentation.parse(f"hue:{degrees}", 0).operations[0].make(
        Colour(), np.float32([draw])).matrix
    rng = np.random.RandomState(0)
    for colour in [(255, 0, 0)] + rng.randint(0, 256, (5, 3)).tolist():
        found = mapping.dot(list(colour) + [1])
        np.testing.assert_allclose(found, turned_hue(colour, turn), atol=1e-4)
        assert abs(found.dot([.299, .587, .114]) - np.dot(colour, [.299, .587, .114])) < 1e-4
    grey = np.repeat(rng.randint(0, 256, (9, 9, 1)), 3, axis=2).astype(np.uint8)
    np.testing.assert_array_equal(coloured(f"hue:{degrees}", [draw], grey), grey)


def test_pure_red_turned_by_120_degrees_is_green():
    """Of red's luma, and that is what the numbers clip to."""
    red = np.zeros([4, 4, 3], np.uint8)
    red[..., 0] = 255
    seen = coloured("hue:120", [.99999997], red)
    assert tuple(seen[0, 0]) == RED_TURNED and (seen == seen[0, 0]).all()
    back = coloured("hue:18", [.99999997], red)[0, 0].astype(int)
    assert back[1] > back[2] and back[0] > 200  # towards yellow


def test_hue_and_saturation_are_one_matrix():
    image = np.clip(pictures(30, 40)[0], 90, 160)
    both = coloured("hue:40,saturation:0.5", [.8, .2], image)
    one = coloured("saturation:0.5", [.2], coloured("hue:40", [.8], image))
    np.testing.assert_allclose(both.astype(int), one, atol=1)  # they commute
    np.testing.assert_array_equal(both, coloured("saturation:0.5,hue:40", [.2, .8], image))


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


def test_a_blur_is_a_gaussian_of_the_width_drawn():
    """An impulse keeps its sum and gets the variance, along both axes."""
    image, label = np.zeros([65, 65, 3], np.uint8), np.zeros([65, 65], np.uint8)
    image[24:41, 24:41] = 250
    places = np.arange(65) - 32
    blurred = Augmentation.parse("blur:3:probability=1", 0)
    for draw in (.3, .6, .99):
        seen, truth = blurred.view(image, label, np.float32([draw]), (65, 65))
        for axis in (0, 1):
            profiles = [np.sum(pixels, axis=(axis, 2), dtype=float) for pixels in (image, seen)]
            before, after = (np.average(places ** 2, weights=profile) for profile in profiles)
            assert profiles[1].sum() == pytest.approx(profiles[0].sum(), rel=.01)
            assert after - before == pytest.approx((3 * draw) ** 2, rel=.06, abs=.05)
        np.testing.assert_array_equal(truth, label)
        np.testing.assert_array_equal(seen, seen[::-1, ::-1])


def test_a_better_jpeg_is_nearer_to_the_image():
    image, label = pictures(48, 64)
    image = np.sort(image, axis=1)  # smooth, as photographs are
    written, far = Augmentation.parse("jpeg:1:100:probability=1", 0), []
    for draw in (0, .5, .999):
        seen, truth = written.view(image, label, np.float32([draw]), WINDOW)
        np.testing.assert_array_equal(truth, label)
        far.append(np.abs(seen.astype(int) - image).mean())
    assert far[0] > far[1] + 1 and far[1] > far[2] + 1 and far[2] < 8


# ---- the same bytes wherever it runs ----

@pytest.mark.parametrize("text", sorted(SAME))
def test_operations_give_the_same_bytes_on_every_stack(text):
    """Of images that are not resized: Pillow's resize differs between versions. Not of JPEG."""
    chosen, digest = Augmentation.parse(text, 0), hashlib.sha256()
    rng = np.random.RandomState(7)
    for number in range(8):
        numbers = rng.rand(chosen.draws).astype(np.float32)
        for part in chosen.view(*pictures(48, 64, number), numbers=numbers, window=WINDOW):
            digest.update(part.tobytes())
    assert digest.hexdigest()[:16] == SAME[text]
