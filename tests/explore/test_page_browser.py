"""The page in a real Chromium: what it shows, selects and saves; it fetches nothing."""
import dataclasses
import glob
import os
import re

import numpy as np
import pytest

from tests.browser import open_browser
from tests.explore import made
from utils.drawing.colours import palette_png
from utils.evaluate.observers.thumbnails import joined
from utils.explore.page.build import write_page
from utils.explore.page.data import scaled
from utils.explore.projection import map_coordinates

IMAGES, SEEDS = 30, 3
#: Where the top left corner of an element is, and its size.
_BOX = ("(() => {{ const box = document.querySelector({!r}).getBoundingClientRect(); "
        "return [box.left, box.top, box.width, box.height]; }})()")
#: The colour in the middle of a picture.
_COLOUR = ("(async () => {{ const picture = await decoded({}); const canvas = "
           "document.createElement('canvas'); canvas.width = canvas.height = 1; const context = "
           "canvas.getContext('2d'); context.drawImage(picture, 0, 0, 1, 1); return "
           "Array.from(context.getImageData(0, 0, 1, 1).data.slice(0, 3)); }})()")


def predicted(seed, index):
    """A label image of one class; each image and seed has a size of its own."""
    return np.full((8 + index, 40 - index + seed), (index + seed) % 3, np.uint8)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """(exploration, path of its page): a coloured square is planted in each image."""
    root = tmp_path_factory.mktemp("page")
    paths = made.write_runs(root, SEEDS, IMAGES)
    made.write_images(root, made.explore(paths).names, {
        "brightness": np.linspace(0, 1, IMAGES), "kind": np.tile(["a", "b", "<b>c"], IMAGES // 3)})
    for seed, path in enumerate(paths):
        made.write_found(path, "thumbnails", joined([
            palette_png(predicted(seed, index), made.PALETTE) for index in range(IMAGES)]))
    exploration = made.explore(paths, made.CLUSTER)
    write_page(exploration, str(root / "explore.html"))
    return exploration, str(root / "explore.html")


@pytest.fixture(scope="module")
def chromium():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def browser(chromium, page):
    """The page, just opened; after the test it has asked for nothing and had no problem."""
    chromium.requests.clear()
    chromium.problems.clear()
    chromium.open(page[1])
    assert chromium.run("explorePage.ready") is True
    chromium.run("document.getElementById('stage').scrollIntoView({block: 'center', "
                 "behavior: 'instant'})")
    yield chromium
    assert chromium.problems == []
    assert [one for one in chromium.requests if not one.endswith("/explore.html")] == []


def screen(browser, index):
    """Where a point is in the window."""
    left, top, _, _ = browser.run(_BOX.format("#marks"))
    x, y = browser.run(f"explorePage.map.toScreen({index})")
    return left + x, top + y


def alone(browser, index):
    """Zooms until a point has no other near it."""
    browser.run(f"explorePage.map.whole(); explorePage.map.zoom(40, "
                f"...explorePage.map.toScreen({index})); explorePage.map.centre({index})")


def colour_of(browser, address):
    return browser.run(_COLOUR.format(address))


def planted(index):
    return made.picture(index)[0, 0].tolist()


def test_points_lie_where_python_put_them(browser, page):
    wanted = scaled(map_coordinates(page[0]))
    found = browser.run("Array.from({length: explorePage.map.count}, (_, i) => "
                        "explorePage.map.toData(...explorePage.map.toScreen(i)))")
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("index", [0, 7, 29])
def test_the_mouse_over_a_point_shows_its_own_pictures_and_values(browser, page, index):
    alone(browser, index)
    browser.move(*screen(browser, index))
    browser.wait_for(f"document.getElementById('card').dataset.point === '{index}'")
    text = browser.run("document.getElementById('card').innerText")
    exploration = page[0]
    assert exploration.names[index] in text and "truth" in text and "prediction, seed 1" in text
    assert f"loss {exploration.loss[:, index].mean():.3f}"[:9] in text
    for which in (0, 1):
        assert colour_of(browser, f"document.querySelectorAll('#card img')[{which}].src") == \
            planted(index)
    browser.move(2, 2)
    browser.wait_for("document.getElementById('card').hidden")


def test_a_click_shows_the_nearest_images_whose_heat_maps_sum_to_the_similarity(browser, page):
    alone(browser, 4)
    browser.click(*screen(browser, 4))
    browser.wait_for("document.querySelectorAll('#image .grid [data-filled]').length")
    assert browser.run("document.querySelector('#image h3')?.textContent") == page[0].names[4]
    order = [int(one) for one in browser.run(
        "Array.from(document.querySelectorAll('#image .grid button'), b => b.dataset.point)")]
    units = [one.projected() / np.linalg.norm(one.projected(), axis=1, keepdims=True)
             for one in page[0].features]
    cosines = np.mean([one @ one[4] for one in units], axis=0)
    assert len(order) == 24 and 4 not in order
    assert set(order[:9]) == {index for index in range(IMAGES) if index % 3 == 1} - {4}
    shown = browser.run("Array.from(document.querySelectorAll('#image .grid button'), "
                        "b => +b.textContent)")
    np.testing.assert_allclose(shown, cosines[order], atol=.04)
    sums = browser.run("explorePage.similar.query([4], -1, 24).then(async found => [found."
                       "similarity, await Promise.all(found.indices.map(async i => (await "
                       "explorePage.similar.heat(i, found.parts)).reduce((a, b) => a + b)))])")
    np.testing.assert_allclose(sums[1], sums[0], atol=1e-5)


@pytest.mark.parametrize("count, begin, end, shift, pixels, expected", [
    (4, 0, 4, 0, 80, [0, 20, 40, 60, 80]),
    (4, 0, 4, .5, 80, [0, 30, 50, 70, 80]),  # the first cell is the nearest of what lies before
    (4, 0, 4, -.4, 80, [0, 12, 32, 52, 80]),
    (6, 1.5, 4.5, .5, 60, [0, 0, 20, 40, 60, 60, 60]),  # a letterbox's bars at both ends
    (3, 1, 2, .5, 60, [0, 0, 60, 60])])
def test_each_pixel_is_of_the_cell_that_is_centred_nearest(browser, count, begin, end, shift,
                                                           pixels, expected):
    assert browser.run(f"edges({count}, {begin}, {end}, {shift}, {pixels})") == expected
    shown = np.arange(int(np.floor(begin)), int(np.ceil(end)))
    places = begin + (np.arange(pixels) + .5) * (end - begin) / pixels
    nearest = shown[np.abs(places[:, np.newaxis] - (shown + .5 + shift)).argmin(1)]
    assert list(np.searchsorted(nearest, np.arange(count + 1))) == expected


@pytest.mark.parametrize("seed,index", [(0, 0), (1, 13), (2, 29)])
def test_a_prediction_is_that_of_its_image_and_seed(browser, seed, index):
    address = f"await explorePage.data.picture('predictions{seed}', {index})"
    assert colour_of(browser, address) == list(made.PALETTE[(index + seed) % 3])
    size = browser.run(f"(async () => {{ const picture = await decoded({address}); "
                       "return [picture.naturalHeight, picture.naturalWidth]; })()")
    assert tuple(size) == predicted(seed, index).shape


def test_thumbnails_of_a_grid_are_their_own(browser):
    browser.run("explorePage.pick(3)")
    browser.run("document.getElementById('heats').click()")  # else heat maps lie over them
    browser.wait_for("!document.getElementById('heats').checked && "
                     "document.querySelectorAll('#image .grid [data-filled]').length > 8")
    found = browser.run(
        "Array.from(document.querySelectorAll('#image .grid [data-filled]'), b => [b.dataset."
        "point, Array.from(b.firstChild.getContext('2d').getImageData(9, 9, 1, 1).data)])")
    for index, colour in found:
        assert colour[:3] == planted(int(index))


def lasso(browser, corners, **keys):
    """Draws a lasso through corners, shares of the stage."""
    left, top, width, height = browser.run(_BOX.format("#marks"))
    browser.drag([(left + x * width, top + y * height) for x, y in corners], **keys)


def inside(polygon, points):
    """Even-odd rule, [N]."""
    found = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = points[:, 0] < (bx - ax) * (points[:, 1] - ay) / (by - ay) + ax
        found ^= ((ay > points[:, 1]) != (by > points[:, 1])) & crosses
    return found


CORNERS = [(.1, .1), (.55, .1), (.6, .5), (.55, .95), (.3, .5), (.1, .9)]


def test_a_lasso_selects_what_lies_in_it_and_saves_the_names(browser, page):
    exploration = page[0]
    lasso(browser, CORNERS, held=["Shift"])
    polygon = [tuple(one) for one in browser.run("explorePage.map.state.polygon")]
    wanted = np.flatnonzero(inside(polygon, scaled(map_coordinates(exploration))))
    assert 3 < len(wanted) < IMAGES
    assert browser.run("explorePage.selection.indices()") == wanted.tolist()
    text = browser.wait_for("document.querySelector('#selection h3')?.textContent")
    assert text == f"{len(wanted)} images selected"
    cells = browser.run("Array.from(document.querySelectorAll('#selection td'), c => c.innerText)")
    assert float(cells[1]) == pytest.approx(exploration.loss[:, wanted].mean(), abs=6e-4)
    assert float(cells[2]) == pytest.approx(exploration.loss.mean(), abs=6e-4)
    assert float(cells[4]) == pytest.approx(exploration.iou[:, wanted].mean(), abs=6e-4)
    browser.run("document.getElementById('save').click()")
    browser.wait_for("new Promise(resolve => setTimeout(() => resolve(true), 300))")
    with open(os.path.join(browser.downloads, "ids.txt")) as file:
        assert file.read() == "".join(exploration.names[index] + "\n" for index in wanted)
    os.remove(os.path.join(browser.downloads, "ids.txt"))


def test_with_ctrl_a_lasso_adds(browser):
    lasso(browser, [(.01, .01), (.5, .01), (.5, .99), (.01, .99)], held=["Shift"])
    left = browser.run("explorePage.selection.indices()")
    lasso(browser, [(.5, .01), (.99, .01), (.99, .99), (.5, .99)], held=["Shift", "Control"])
    assert 0 < len(left) < IMAGES
    assert browser.run("explorePage.selection.indices().length") == IMAGES


def test_two_fingers_zoom(browser):
    x, y = screen(browser, 9)
    before = browser.run("explorePage.map.view.scale")
    browser.touch("touchStart", (x - 20, y), (x + 20, y))
    for far in (30, 50, 60):
        browser.touch("touchMove", (x - far, y), (x + far, y))
    browser.touch("touchEnd")
    assert browser.run("explorePage.map.view.scale") == pytest.approx(3 * before, rel=.01)
    np.testing.assert_allclose(screen(browser, 9), (x, y), atol=2)


def test_lasso_mode_needs_no_key_and_a_copy_without_a_clipboard_gives_a_field(browser, page):
    browser.run("document.getElementById('lasso').click(); "
                "Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    lasso(browser, [(.01, .01), (.99, .01), (.99, .99), (.01, .99)])
    browser.wait_for("document.getElementById('copy')")
    browser.run("document.getElementById('copy').click()")
    assert browser.wait_for("document.querySelector('textarea.ids')?.value") == "".join(
        name + "\n" for name in page[0].names)
    assert browser.run("document.activeElement.className") == "ids"


def test_what_is_like_a_selection_is_asked_of_its_mean(browser):
    browser.run("explorePage.selection.set([0, 3, 6]); explorePage.selection.show(-1)")
    browser.wait_for("document.getElementById('like')")
    browser.run("document.getElementById('like').click()")
    order = browser.wait_for("(() => { const found = Array.from(document.querySelectorAll("
                             "'#image .grid button'), b => +b.dataset.point); "
                             "return found.length && found; })()")
    assert not {0, 3, 6} & set(order) and all(index % 3 == 0 for index in order[:7])


def choose(browser, column):
    browser.run("(() => { const menu = document.getElementById('column'); menu.value = "
                f"explorePage.data.placeOf({column!r}); "
                "menu.dispatchEvent(new Event('change')); })()")


def test_it_is_coloured_by_a_column_and_filtered_in_the_legend(browser, page):
    choose(browser, "kind")
    texts = browser.wait_for("(() => { const found = Array.from(document.querySelectorAll("
                             "'.legend .class'), b => b.textContent); return found.length && "
                             "found; })()")
    assert texts == ["<b>c 10", "a 10", "b 10"]
    codes = browser.run("Array.from(explorePage.map.state.codes)")
    assert [texts[code] for code in codes][:3] == ["a 10", "b 10", "<b>c 10"]
    browser.run("document.querySelectorAll('.legend .class')[1].click()")
    shown = np.arange(IMAGES) % 3 != 0
    browser.wait_for("explorePage.map.state.visible.includes(0)")
    assert browser.run("Array.from(explorePage.map.state.visible)") == shown.astype(int).tolist()
    assert "20 of 30 images" in browser.run("document.getElementById('told').textContent")
    choose(browser, "brightness")
    browser.wait_for("document.querySelector('.legend input')")
    browser.run("(() => { const low = document.querySelector('.legend input'); low.value = 500; "
                "low.dispatchEvent(new Event('input')); })()")
    both = shown & (np.linspace(0, 1, IMAGES) >= .5)
    browser.wait_for(f"explorePage.map.state.visible.reduce((a, b) => a + b) === {both.sum()}")
    assert browser.run("Array.from(explorePage.map.state.visible)") == both.astype(int).tolist()


def test_a_seed_shows_its_own_values(browser, page):
    exploration = page[0]
    browser.run("(() => { const menu = document.getElementById('seed'); menu.value = 1; "
                "menu.dispatchEvent(new Event('change')); })()")
    browser.run("explorePage.pick(5)")
    text = browser.wait_for("document.querySelector('#image .pictures')?.innerText")
    assert "prediction, seed 2" in text and "seed 1" not in text
    values = browser.run("explorePage.data.column(0, 1).then(found => Array.from(found))")
    np.testing.assert_allclose(values, exploration.loss[1], rtol=1e-6)
    means = browser.run("explorePage.data.column(0, -1).then(found => Array.from(found))")
    np.testing.assert_allclose(means, exploration.loss.mean(0), rtol=1e-6)


def test_the_canvas_shows_a_points_colour(browser):
    alone(browser, 11)
    far = ("(() => { const map = explorePage.map, at = map.toScreen(11), pixel = document."
           "getElementById('points').getContext('2d').getImageData(Math.round(at[0]), Math.round("
           "at[1]), 1, 1).data, own = map.state.colours[map.state.codes[11]]; return Math.max("
           "...own.map((value, channel) => Math.abs(value - pixel[channel]))); })()")
    browser.wait_for(f"{far} < 40")  # a ninth of the paper shines through


def test_keys_walk_show_select_and_clear(browser):
    browser.run("document.getElementById('marks').focus()")
    browser.key("ArrowRight")
    first = browser.run("explorePage.map.state.hovered")
    browser.key("ArrowRight")
    second = browser.run("explorePage.map.state.hovered")
    x = browser.run(f"[{first}, {second}].map(i => explorePage.map.toData("
                    "...explorePage.map.toScreen(i))[0])")
    assert first >= 0 and second != first and x[1] > x[0]
    browser.wait_for("document.getElementById('told').textContent.includes('loss')")
    browser.key(" ")
    assert browser.run("explorePage.selection.indices()") == [second]
    browser.key("Enter")
    browser.wait_for("document.querySelector('#image .grid')")
    assert browser.run("explorePage.now.image") == second
    before = browser.run("explorePage.map.view.scale")
    browser.key("+")
    assert browser.run("explorePage.map.view.scale") > before
    browser.key("Escape")
    assert browser.run("[explorePage.selection.indices().length, explorePage.now.image]") == [0, -1]


def test_the_wheel_zooms_at_the_mouse_and_a_drag_moves(browser):
    x, y = screen(browser, 9)
    mouse, before = np.rint([x, y]), browser.run("explorePage.map.view.scale")
    browser.mouse("mouseWheel", *mouse.tolist(), button="none", deltaX=0, deltaY=-300)
    browser.wait_for("explorePage.map.view.scale > 1.5 * Math.min(...explorePage.map.size()) - 60")
    grown = browser.run("explorePage.map.view.scale") / before
    x, y = mouse + grown * (np.array([x, y]) - mouse)
    np.testing.assert_allclose(screen(browser, 9), (x, y), atol=.3)
    browser.drag([(x + 60, y + 60), (x + 80, y + 60), (x + 110, y + 40)])
    np.testing.assert_allclose(screen(browser, 9), (x + 50, y - 20), atol=.6)


def test_a_name_finds_its_image(browser, page):
    browser.run("(() => { const field = document.getElementById('find'); "
                f"field.value = {page[0].names[13]!r}; "
                "field.dispatchEvent(new Event('change')); })()")
    browser.wait_for("document.querySelector('#image .grid')")
    assert browser.run("explorePage.now.image") == 13


@pytest.mark.parametrize("scale", [1, 2])
def test_a_dense_screen_has_a_dense_map(browser, scale):
    try:
        browser.resize(1000, 700, scale)
        browser.wait_for(f"document.getElementById('points').width === {scale} * Math.round("
                         "document.getElementById('stage').clientWidth)")
    finally:
        browser.resize(1400, 900)


def test_in_the_dark_the_map_is_dark(browser):
    try:
        browser.prefer("dark")
        browser.wait_for("document.getElementById('points').getContext('2d').getImageData(1, 1, 1, "
                         "1).data[0] < 40")
    finally:
        browser.prefer("light")


def test_on_paper_the_drawn_map_stands_for_the_other(browser):
    shown = ("['.board', '.tools', '.paper'].map(one => getComputedStyle(document.querySelector("
             "one)).display !== 'none')")
    assert browser.run(shown) == [True, True, False]
    try:
        browser.show_as("print")
        assert browser.run(shown) == [False, False, True]
    finally:
        browser.show_as("screen")


def test_there_is_no_webgl(browser):
    assert browser.run("document.createElement('canvas').getContext('webgl')") is None


def test_names_that_are_html_stay_text(chromium, tmp_path):
    evil = '<img src=x onerror="window.hurt=1">.png</script><script>window.hurt=2</script>'
    paths = made.write_runs(tmp_path, 1, IMAGES)
    exploration = made.explore(paths)
    exploration.names = (evil,) + tuple(exploration.names[1:])
    made.write_images(tmp_path, exploration.names, {"brightness": np.arange(IMAGES)})
    rewrite_names(tmp_path, exploration.names)
    write_page(exploration, str(tmp_path / "evil.html"))
    chromium.problems.clear()
    chromium.open(tmp_path / "evil.html")
    assert chromium.run("explorePage.ready") is True
    chromium.run("explorePage.pick(0)")
    chromium.run("explorePage.selection.set([0, 1]); explorePage.selection.show(-1)")
    assert chromium.wait_for("document.querySelector('#image h3')?.textContent") == evil
    assert chromium.run("[window.hurt, document.querySelectorAll('img[src=x]').length]") == [
        None, 0]
    assert chromium.problems == []


def test_a_page_without_pictures_and_cells_works(chromium, tmp_path):
    paths = made.write_runs(tmp_path, 1, IMAGES)
    os.remove(os.path.join(paths[0], "test", "test.thumbnails.npz"))
    found = made.features(made.embeddings(1, IMAGES))
    made.write_found(paths[0], "features", dataclasses.replace(
        found, cells=np.zeros((IMAGES, 0, 0, 0), np.int8),
        cells_weight=np.zeros((IMAGES, 0, 0), np.float32)))
    write_page(made.explore(paths), str(tmp_path / "plain.html"))
    chromium.problems.clear()
    chromium.open(tmp_path / "plain.html")
    assert chromium.run("explorePage.ready") is True
    chromium.run("explorePage.pick(2)")
    chromium.wait_for("document.querySelectorAll('#image .grid [data-filled]').length")
    assert chromium.run("document.getElementById('heats')") is None
    order = chromium.run("explorePage.similar.query([2], -1, 9).then(found => found.indices)")
    assert all(index % 3 == 2 for index in order)
    assert chromium.problems == []


def rewrite_names(root, names):
    """Quotes the first name in the CSV that `made.write_images` wrote plainly."""
    path = root / "data" / "explore" / "test.metadata.csv"
    lines = path.read_text().splitlines()
    lines[1] = '"{}",0'.format(names[0].replace('"', '""'))
    path.write_text("\n".join(lines) + "\n")


def test_a_large_page_loads_pictures_from_the_folder_beside_it(chromium, page, tmp_path):
    path = tmp_path / "my page.html"
    lines = write_page(page[0], str(path), page_mb=.01)
    files = glob.glob(str(tmp_path / "my page_files" / "*" / "*.js"))
    assert len(lines) == 2 and {os.path.basename(one) for one in files} == {
        "thumbnails-0.js", "labels-0.js", "predictions0-0.js", "predictions1-0.js",
        "predictions2-0.js", "cells0.js", "cells1.js", "cells2.js"}
    chromium.requests.clear()
    chromium.problems.clear()
    chromium.open(path)
    chromium.run("explorePage.ready")
    assert [one for one in chromium.requests if one.endswith(".js")] == []
    assert colour_of(chromium, "await explorePage.data.picture('thumbnails', 8)") == planted(8)
    chromium.run("explorePage.pick(8)")
    chromium.wait_for("document.querySelectorAll('#image .grid [data-filled]').length")
    assert chromium.problems == []
    assert all(one.startswith("file://") and re.search(r"/my%20page(_files/\w+/[\w-]+\.js|\.html)$",
                                                       one) for one in chromium.requests)
    for one in files:
        os.remove(one)
    chromium.open(path)
    chromium.run("explorePage.ready")
    chromium.run("explorePage.data.picture('labels', 1).catch(() => '')")
    assert "my page_files" in chromium.wait_for("document.getElementById('problem').textContent")
