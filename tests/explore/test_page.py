"""What the page is made of: columns, cells that sum to similarities, samples, blocks."""
import base64
import dataclasses
import os
import re
import zlib

import numpy as np
import pytest

import fcn_explore
from tests.explore import made, many
from utils.drawing.colours import palette_png
from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse, pack
from utils.explore.page import build, sample
from utils.explore.page.blocks import (
    as_json,
    as_script,
    data_address,
    label_blocks,
    packed,
    picture_blocks,
)
from utils.explore.page.build import write_page
from utils.explore.page.columns import disagreement, map_columns
from utils.explore.page.data import scaled
from utils.explore.page.drawn_map import RAMP, drawn_map, ends
from utils.explore.page.similarity import SIDE, kept_neighbours, level, make_space, nearest
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.explore.projection import map_coordinates
from utils.report.section import Section
from utils.report.table import Column, Table


@pytest.fixture
def exploration(tmp_path):
    paths = made.write_runs(tmp_path)
    made.write_images(tmp_path, made.explore(paths).names, {
        "brightness": np.linspace(0, 1, 24), "kind": np.tile(["a", "b"], 12)})
    return made.explore(paths, made.CLUSTER)


def panel(**more):
    rows = [dict(name=f"row {place}", value=place / 10) for place in range(3)]
    table = Table("t", "A table", (Column("name", "name"), Column("value", "value", "percent")),
                  rows)
    return Panel(Section("found", "What was found", ("A sentence.",), (table,)), **more)


# ---- columns ----

def test_columns_are_scores_panels_metadata_and_classes(exploration):
    found = map_columns(exploration, [panel(columns=(
        ImageColumn("cluster", np.array(["x", "y", ""] * 8), "k-means"),
        ImageColumn("brightness", np.zeros(24), "of the panel")))])
    by_name = {one.name: one for one in found}
    assert [one.name for one in found] == [
        "loss", "IoU", "disagreement of the seeds", "cluster", "brightness", "scene", "class",
        "kind", "IoU of road", "IoU of car", "IoU of tree"]
    assert by_name["loss"].values.shape == (3, 24) and by_name["loss"].values.dtype == np.float32
    assert by_name["cluster"].categories == (("unknown", ""), ("x", ""), ("y", ""))
    assert by_name["cluster"].values[0, :3].tolist() == [1, 2, 0]
    assert by_name["brightness"].note == "of the panel"  # a panel's comes before the metadata
    assert by_name["class"].categories[0] == ("road", "#804080")
    largest = exploration.matrices[0].sum(-1).argmax(-1)
    np.testing.assert_array_equal(by_name["class"].values[0], largest)


def test_columns_that_name_images_are_left_out_and_infinity_is_unknown(tmp_path):
    paths = made.write_runs(tmp_path, 1, 1200)
    columns = (ImageColumn("id", np.arange(1200).astype(str)),
               ImageColumn("far", np.where(np.arange(1200) % 2, np.inf, 1)))
    found = map_columns(made.explore(paths), [panel(columns=columns)])
    assert "id" not in [one.name for one in found]
    values = next(one.values for one in found if one.name == "far")
    assert np.isnan(values[0, 1::2]).all() and (values[0, ::2] == 1).all()


def test_one_seed_without_scores_has_neither_disagreement_nor_loss(tmp_path):
    paths = made.write_runs(tmp_path, 1)
    os.remove(os.path.join(paths[0], "test", "test.image_scores.npz"))
    assert [one.name for one in map_columns(made.explore(paths), [])][:2] == ["IoU", "class"]


def coarse_of(*images):
    packs = [pack(np.asarray(one, np.float32)) for one in images]
    grid = np.array([np.shape(one)[:2] for one in images], np.int32)
    return Coarse(grid, np.stack([one for one, _ in packs]), np.stack([one for _, one in packs]),
                  np.int32(2))


def test_disagreement_is_the_mutual_information_of_class_and_seed():
    same, opposite, unsure = [[[.8, .2]]], [[[0, 1]]], [[[.5, .5]]]
    a, b = coarse_of(same, [[[1, 0]]], unsure), coarse_of(same, opposite, unsure)
    np.testing.assert_allclose(disagreement([a, b]), [0, np.log(2), 0], atol=1e-6)


# ---- similar images ----

def test_cells_sum_to_their_vector_and_vectors_keep_the_cosines():
    features = made.features(made.embeddings(1, 60))
    space = make_space(features)
    np.testing.assert_array_equal(space.cells.sum((1, 2), dtype=int), space.vectors)
    exact, found = features.projected(), space.vectors.astype(float)
    exact, found = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (exact, found)]
    np.testing.assert_allclose(found @ found.T, exact @ exact.T, atol=.04)


def test_a_large_grid_is_summed_over_blocks():
    features = made.features(made.embeddings(1), cells=(5, 17))
    space = make_space(features)
    assert space.cells.shape[1:3] == (2, 6) and max(space.cells.shape[1:3]) <= SIDE
    np.testing.assert_array_equal(space.cells.sum((1, 2), dtype=int), space.vectors)
    np.testing.assert_allclose(space.box[0], [0, 0, 5 / 3, 17 / 3], rtol=1e-6)


def test_the_image_is_found_in_its_letterbox():
    features = made.features(made.embeddings(1), cells=(4, 3))
    rows, columns = np.array([0, .5, 1, .25]), np.array([1, 1, .75])
    weight = np.outer(rows, columns)
    features = dataclasses.replace(features, cells_weight=np.broadcast_to(
        (weight / weight.sum()).astype(np.float32), (24, 4, 3)))
    np.testing.assert_allclose(make_space(features).box[5], [1.5, 0, 3.25, 2.75], atol=1e-5)


@pytest.mark.parametrize("cells, expected", [((5, 8), .48), ((5, 17), .16)])
def test_the_shift_of_cells_is_one_of_blocks(cells, expected):
    features = dataclasses.replace(made.features(made.embeddings(1), cells=cells),
                                   cells_shift=np.float32(.48))
    np.testing.assert_allclose(make_space(features).shift, expected, rtol=1e-6)


def test_without_cells_the_vectors_are_the_projected_features():
    features = made.features(made.embeddings(1, 60))
    none = dataclasses.replace(features, cells=np.zeros((60, 0, 0, 0), np.int8),
                               cells_weight=np.zeros((60, 0, 0), np.float32))
    space = make_space(none)
    assert space.cells.size == 0 and space.vectors.shape == features.projected().shape
    assert kept_neighbours([none], [space]) > .9


def test_a_net_without_stride_32_is_compared_at_16_and_one_without_both_is_refused():
    features = made.features(made.embeddings(1, 60))
    none = np.zeros((60, 0), np.float16)
    fine = dataclasses.replace(
        features, embeddings32=none, basis=np.zeros((0, 0)), basis_mean=np.zeros(0),
        cells=np.zeros((60, 0, 0, 0), np.int8), cells_weight=np.zeros((60, 0, 0), np.float32))
    space = make_space(fine)
    assert level(features) == 32 and level(fine) == 16
    assert space.vectors.shape == (60, 16) and kept_neighbours([fine], [space]) > .9
    with pytest.raises(UserError, match="neither at stride 32 nor at 16"):
        make_space(dataclasses.replace(fine, embeddings16=none))


def test_neighbours_are_by_the_mean_over_seeds_and_never_the_image_itself():
    a = np.array([[1, 0], [.9, .1], [0, 1], [-1, 0]])
    b = np.array([[0, 1], [1, 0], [.1, .9], [0, -1]])
    assert nearest([a], np.array([0]), 2).tolist() == [[1, 2]]
    mean = a / np.linalg.norm(a, axis=1)[:, None] @ a[0] + (
        b / np.linalg.norm(b, axis=1)[:, None]) @ b[0]
    order = [index for index in np.argsort(-mean, kind="stable") if index]
    assert nearest([a, b], np.array([0]), 3).tolist() == [order]


def test_the_share_of_kept_neighbours_is_one_of_noise_and_unknown_of_few():
    spaces = [make_space(many.features(1, 300)), make_space(many.features(9, 300))]
    assert kept_neighbours([many.features(1, 300)], spaces[:1]) > .85
    assert kept_neighbours([many.features(1, 300)], spaces[1:]) < .5
    assert np.isnan(kept_neighbours([made.features(made.embeddings(1, 8))],
                                    [make_space(made.features(made.embeddings(1, 8)))]))


def test_the_map_is_the_same_for_seeds_with_other_axes(tmp_path):
    paths = made.write_runs(tmp_path, noise=.01)
    found = scaled(map_coordinates(made.explore(paths)))
    assert found.shape == (24, 2) and found.min() >= 0 and found.max() <= 1
    within = max(np.ptp(found[group::3], axis=0).max() for group in range(3))
    between = min(np.abs(found[a] - found[b]).max() for a, b in ((0, 1), (1, 2), (0, 2)))
    assert within < .1 < .4 < between


# ---- samples ----

def test_a_sample_has_each_stratums_share_and_all_that_galleries_show():
    strata = np.repeat(["a", "b", "c"], [600, 300, 100])
    found = sample.sampled(1000, strata, always=[3, 999, 3], most=100)
    assert len(set(found)) == 100 and {3, 999} <= set(found) and (np.diff(found) > 0).all()
    counts = [int((strata[found] == one).sum()) for one in "abc"]
    np.testing.assert_allclose(counts, [60, 30, 10], atol=1.5)
    np.testing.assert_array_equal(found, sample.sampled(1000, strata, [3, 999, 3], most=100))
    np.testing.assert_array_equal(sample.sampled(5, strata[:5]), np.arange(5))


def test_a_page_of_a_sample_says_so_and_shows_the_samples_names(exploration, tmp_path,
                                                                monkeypatch):
    monkeypatch.setattr(sample, "MOST_POINTS", 10)
    monkeypatch.setattr(build, "all_panels", lambda exploration: ([], []))
    path = str(tmp_path / "few.html")
    write_page(exploration, path, extra=[panel(galleries=(Gallery("Worst", (Pick(17),)),))])
    text = open(path, encoding="utf-8").read()
    assert "The map shows 10 of 24 images: a sample in which each scene has its share" in text
    values = re.search(r'id="explore-data">(.*?)</script>', text).group(1)
    assert f'"{exploration.names[17]}"' in values and '"count":10,"total":24' in values


# ---- blocks ----

def test_numbers_are_packed_little_endian():
    values = np.array([[1, -2], [300, 4]], ">i2")
    assert np.frombuffer(zlib.decompress(base64.b64decode(packed(values))), "<i2").tolist() == [
        1, -2, 300, 4]


def test_pictures_are_lines_of_blocks(monkeypatch):
    monkeypatch.setattr("utils.explore.page.blocks.CHUNK", 2)
    found = picture_blocks("thumbnails", [b"a", b"", b"c"])
    assert found == {"thumbnails-0": "YQ==\n", "thumbnails-1": "Yw=="}
    assert as_script("a-0", "x\ny") == 'exploreBlock("a-0", "x\\ny");\n'
    assert data_address(b"\x89PNG") == "data:image/png;base64,iVBORw=="


def test_label_images_are_packed_together_and_other_pictures_are_not():
    labels = [np.array([[0, 1, 2]], np.uint8), np.array([[2], [3]], np.uint8)]
    pictures = [palette_png(one, made.PALETTE) for one in labels]
    found = label_blocks("labels", pictures)
    assert list(found) == ["labels-0"]
    assert list(zlib.decompress(base64.b64decode(found["labels-0"]))) == [
        1, 3, 2, 1, 0, 1, 2, 2, 3]
    assert label_blocks("labels", pictures + [made.webp(made.picture(0))]) is None
    assert label_blocks("labels", [b""]) is None


def test_json_cannot_end_its_element():
    assert as_json(["</script><!--&"]) == '["\\u003c/script\\u003e\\u003c!--\\u0026"]'
    with pytest.raises(ValueError):
        as_json(float("nan"))


# ---- the map on paper ----

def test_the_drawn_map_has_a_dot_for_each_image_and_the_ends_of_the_legend(exploration):
    column = map_columns(exploration, [])[0]
    coordinates = scaled(map_coordinates(exploration))
    text = drawn_map(coordinates, column)
    assert text.count("M") == 24 and "xmlns" not in text
    low, high = ends(exploration.loss.mean(0))
    assert f">{low:.3g}</text>" in text and f">{high:.3g}</text>" in text
    worst = int(np.argmax(exploration.loss.mean(0)))
    dark = re.search(f'<path fill="{RAMP[0]}" d="([^"]*)"', text).group(1)
    assert "M{} {}a5 ".format(*np.rint(8 + coordinates[worst] * 704).astype(int) - [5, 0]) in dark


# ---- the page ----

@pytest.fixture
def text(exploration, tmp_path):
    path = str(tmp_path / "explore.html")
    write_page(exploration, path, extra=[panel(head=("3 of 10 neighbours are shared.",), galleries=(
        Gallery("Worst", (Pick(3, "a caption"), Pick(5, "large", made.webp(made.picture(5)))),
                "by loss"),))])
    return open(path, encoding="utf-8").read()


def test_the_head_says_what_the_page_is_of(text, exploration):
    head = text[text.index("<h1>"):text.index("<nav>")]
    assert ("3 runs of data (seed 1, seed 2, seed 3); 24 images of test, 3 classes, 6 scenes."
            in head)
    assert re.search(r"mIoU on test: [\d.]+ % \[[\d.]+, [\d.]+\], 95 % interval over 3 seeds", head)
    assert '<p class="verdict">3 of 10 neighbours are shared.</p>' in head
    assert "Of the 10 nearest by all features, these find" in head


def test_panels_have_their_tables_pictures_and_commands(text, exploration):
    section = text[text.index('<section id="found">'):]
    section = section[:section.index("</section>")]
    assert "A sentence." in section and ">10.0</td>" in section
    assert f"python fcn_explore.py found {exploration.records[0].folder.path} " in section
    assert section.count('class="pick') == 2 and 'class="pick large" data-point="5"' in section
    assert data_address(made.webp(made.picture(3))) in section and ">a caption</span>" in section


def test_it_fetches_nothing_and_allows_its_own_scripts_only(text):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert policy.startswith("default-src 'none'; img-src data: blob:;") and "'self'" not in policy
    body = re.sub(r"<script.*?</script>|<meta[^>]*>", "", text, flags=re.S)
    assert not re.search(r"https?:|<link|<iframe|@import|url\((?!#)", body)


def test_scripts_put_no_text_into_html():
    folder = os.path.join(os.path.dirname(fcn_explore.__file__), "utils", "explore", "page")
    for name in os.listdir(folder):
        if name.endswith(".js"):
            with open(os.path.join(folder, name)) as file:
                source = file.read()
            assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval\\(|"
                                 "new Function|fetch\\(|XMLHttp|getContext\\(.webgl", source), name


def test_a_run_that_was_not_extracted_has_no_page_but_a_line(exploration, tmp_path):
    os.remove(os.path.join(exploration.records[1].folder.path, "test", "test.features.npz"))
    with pytest.raises(UserError, match="not extracted yet: python fcn_explore.py extract"):
        write_page(exploration, str(tmp_path / "a.html"))
    assert not (tmp_path / "a.html").exists()
    with pytest.raises(UserError, match="there is no folder"):
        write_page(exploration, str(tmp_path / "no" / "a.html"))


def test_a_page_without_any_picture_is_a_page(tmp_path):
    paths = made.write_runs(tmp_path, 1)
    os.remove(os.path.join(paths[0], "test", "test.thumbnails.npz"))
    write_page(made.explore(paths), str(tmp_path / "a.html"))
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '"pictures":[]' in text and "one seed" in text


def test_the_folder_beside_a_large_page_is_replaced_and_goes(exploration, tmp_path):
    path, beside = str(tmp_path / "a.html"), tmp_path / "a_files"
    write_page(exploration, path, page_mb=.01)
    first = os.listdir(str(beside))
    text = open(path, encoding="utf-8").read()
    assert len(first) == 1 and f'"folder":"a_files/{first[0]}/"' in text
    assert "script-src 'sha256-" in text and "'self'" in text and 'id="block-cells0"' not in text
    made.write_found(exploration.records[0].folder.path, "features",
                     made.features(made.embeddings(9)))
    again = made.explore([record.folder.path for record in exploration.records])
    write_page(again, path, page_mb=.01)
    assert len(os.listdir(str(beside))) == 1 and os.listdir(str(beside)) != first
    (beside / "mine").mkdir()
    write_page(again, path)
    assert os.listdir(str(beside)) == ["mine"]


def test_an_error_while_it_is_written_leaves_the_old_page(exploration, tmp_path, monkeypatch):
    path = str(tmp_path / "a.html")
    write_page(exploration, path, page_mb=.01)
    before, folder = open(path, encoding="utf-8").read(), os.listdir(str(tmp_path / "a_files"))

    def full(path, text):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr("utils.explore.page.build.write_text", full)
    made.write_found(exploration.records[0].folder.path, "features",
                     made.features(made.embeddings(9)))
    with pytest.raises(OSError, match="No space"):
        write_page(made.explore([record.folder.path for record in exploration.records]), path, .01)
    assert open(path, encoding="utf-8").read() == before
    assert os.listdir(str(tmp_path / "a_files")) == folder


def test_the_command_writes_the_page(exploration, tmp_path, capsys):
    paths = [record.folder.path for record in exploration.records]
    fcn_explore.main(["html"] + paths + [f"--out={tmp_path / 'x.html'}"])
    assert "x.html:" in "".join(capsys.readouterr().out.split("\n"))
    assert (tmp_path / "x.html").exists()
