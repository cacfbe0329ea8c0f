"""`meta`: effects of metadata with their intervals, seeds and corrections."""
import numpy as np
import pytest
from rich.console import Console

from tests.explore import made
from utils.explore.dataset import Metadata
from utils.explore.effects import categories_of, category_rows, number_rows, sentences
from utils.explore.panels import meta
from utils.explore.terminal import show_panel

IMAGES = 64


def explored(root, loss, columns, cluster="", seeds=3):
    paths = made.write_runs(root, seeds=seeds, images=IMAGES, loss=loss)
    made.write_images(root, made.explore(paths).names, columns)
    return made.explore(paths, cluster=cluster)


def persons(seed=None):
    return np.random.RandomState(3).poisson(1.2, IMAGES)


def loss(seed):
    return .3 + .2 * persons() + np.random.RandomState(seed).gamma(2, .05, IMAGES)


@pytest.fixture
def columns():
    random = np.random.RandomState(0)
    return {"objects of person": persons(), "brightness": random.rand(IMAGES),
            "height": np.full(IMAGES, 360),
            "sharpness": [value if index % 5 else "" for index, value in enumerate(
                random.rand(IMAGES))],
            "place": ["town" if index % 2 else "country" for index in range(IMAGES)],
            "camera": ["one of a kind"] + ["usual"] * (IMAGES - 1)}


def test_finds_what_was_planted_and_says_it_in_words(tmp_path, columns):
    panel = meta.analyse(explored(tmp_path, loss, columns))
    assert panel.section.text[0].startswith(
        "The more objects of person, the higher the loss (rho +0.9")
    assert "in 3 of 3 seeds" in panel.section.text[0]
    table = panel.section.tables[0]
    assert [row["column"] for row in table.rows][0] == "objects of person"
    assert table.rows[0]["q"] < .001 and table.rows[1]["q"] > .1
    assert table.rows[0]["beside"] == "brightness"  # a fifth of the images lacks sharpness
    assert "No effect of 2 columns" in panel.section.remarks[1]
    assert "height, camera" in panel.section.remarks[1]
    assert {one.name for one in panel.columns} == set(columns)


def test_bins_are_of_single_counts_and_their_miou_is_of_summed_matrices(tmp_path, columns):
    found = explored(tmp_path, loss, columns)
    panel = meta.analyse(found)
    rows = [row for row in panel.section.tables[-1].rows if row["column"] == "objects of person"]
    assert [row["bin"] for row in rows][:3] == ["0", "1", "2"]
    assert rows[-1]["bin"].endswith("and more") and sum(row["images"] for row in rows) == IMAGES
    from utils.statistics.miou import miou_d
    members = persons() == 1
    assert rows[1]["miou"] == pytest.approx(miou_d(found.matrices[:, members]).mean())
    assert rows[1]["loss"] == pytest.approx(found.loss[:, members].mean())
    assert panel.section.plots[0].draw().axes[0].get_ylabel() == "loss"


def test_scenes_widen_intervals_where_their_images_are_alike():
    scene = np.arange(IMAGES) // 8
    column = np.random.RandomState(1).rand(8)[scene] + .01 * np.arange(IMAGES) / IMAGES
    values = (np.random.RandomState(2).rand(8)[scene] + .01 * np.random.RandomState(3).rand(
        IMAGES))[np.newaxis]
    metadata = Metadata({"light": column})
    alone, within = [number_rows(values, metadata, clusters)[0].effect.estimate.interval()
                     for clusters in (None, scene)]
    assert within.half_width > 2 * alone.half_width


def test_an_effect_that_another_column_explains_vanishes_beside_it():
    random = np.random.RandomState(0)
    cause = random.standard_normal(400)
    shadow = cause + random.standard_normal(400)
    values = (cause + .5 * random.standard_normal(400))[np.newaxis]
    rows = {row.column: row for row in number_rows(
        values, Metadata({"cause": cause, "shadow": shadow}))}
    assert rows["shadow"].effect.estimate.value > .5
    assert abs(rows["shadow"].adjusted.value) < .1 < rows["cause"].adjusted.value


def test_categories_by_hand():
    values = np.array([[1.0, 2, 3, 4, np.nan, 10]])
    place = np.array(["a", "a", "b", "b", "a", ""])
    row, = category_rows(values, Metadata({}, {"place": place}), [])
    assert row.name == "place: a" and row.effect.estimate.value == pytest.approx(
        1.5 - (3 + 4 + 10) / 3)
    assert row.effect.images == 5
    assert categories_of(np.array(["a", "b", "b", "c", "c", "c", ""])) == ["c", "b"]


@pytest.mark.parametrize("numbers,categories", [
    ({"one": np.full(3, np.nan)}, {}), ({"one": np.ones(3)}, {}),
    ({"one": np.array([1.0, np.nan, np.nan])}, {}), ({}, {"name": np.array(["a", "b", "c"])})])
def test_columns_that_say_nothing_give_no_row(numbers, categories):
    metadata, values = Metadata(numbers, categories), np.random.RandomState(0).rand(2, 3)
    assert number_rows(values, metadata) == [] == category_rows(values, metadata, [])


def test_says_so_where_nothing_is_found():
    rows = number_rows(np.random.RandomState(0).rand(2, 9), Metadata({"a": np.arange(9.0)}))
    assert sentences(rows, "the loss", .95, 2) == [
        "None of 1 column hangs together with the loss (q up to 0.1)."]
    assert sentences([], "the loss", .95, 2) == []


def test_three_images_and_one_seed_are_no_trouble():
    metadata = Metadata({"one": np.array([1.0, 2, 4]), "two": np.array([3.0, 1, 2])},
                        {"place": np.array(["a", "a", "b"])})
    rows = number_rows(np.array([[1.0, 3, 2]]), metadata)
    assert {row.effect.over_seeds for row in rows} == {None}
    assert category_rows(np.array([[1.0, 3, 2]]), metadata, rows) == []


def test_a_null_table_has_findings_as_seldom_as_it_says():
    """40 tables of 10 columns that have nothing to do with the values: any finding at q = .1."""
    random, any_found = np.random.RandomState(5), []
    for _ in range(40):
        metadata = Metadata({str(index): random.rand(60) for index in range(10)})
        any_found.append(any(row.found for row in number_rows(random.rand(2, 60), metadata)))
    assert np.mean(any_found) <= .2


def test_the_terminal_shows_80_columns(tmp_path, columns):
    panel = meta.analyse(explored(tmp_path, loss, columns, made.CLUSTER))
    console = Console(width=80, record=True, file=open("/dev/null", "w"))
    show_panel(console, panel, ["x"] * IMAGES, str(tmp_path / "out"))
    text = console.export_text()
    assert max(map(len, text.split("\n"))) <= 80 and "q" in text
    assert "over 16 scenes" in text.replace("\n", " ")
    assert (tmp_path / "out" / "meta_loss.csv").exists()
    assert (tmp_path / "out" / "meta_objects_of_person.svg").exists()
