"""`slices`: found on one half, confirmed on the other, or refused."""
import numpy as np
import pytest
from rich.console import Console

from tests.explore import made
from utils.errors import UserError
from utils.explore.panel import PANELS, ImageColumn, Panel
from utils.explore.panels import slices
from utils.explore.terminal import show_panel
from utils.report.section import Section

IMAGES = 320
_RANDOM = np.random.RandomState(0)
COLUMNS = {"brightness": _RANDOM.rand(IMAGES),
           "place": _RANDOM.choice(["town", "country", "coast"], IMAGES)}
DARK_COAST = (COLUMNS["brightness"] < np.quantile(COLUMNS["brightness"], .25)) & (
    COLUMNS["place"] == "coast")


def explored(root, factor, cluster=made.CLUSTER, images=IMAGES, columns=COLUMNS):
    def loss(seed):
        base = np.random.RandomState(9).gamma(9, .03, images) * np.exp(
            .1 * np.random.RandomState(seed).standard_normal(images))
        return base * np.where(DARK_COAST[:images], factor, 1)
    paths = made.write_runs(root, images=images, loss=loss)
    made.write_images(root, made.explore(paths).names, columns)
    return made.explore(paths, cluster=cluster)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return explored(tmp_path_factory.mktemp("planted"), 2.0)


def test_confirms_the_planted_slice_on_other_scenes(planted):
    panel = slices.analyse(planted)
    first = panel.section.tables[0].rows[0]
    assert first["slice"].startswith("brightness ") and first["slice"].endswith(", place: coast")
    assert first["confirmed"] == "yes" and 1.5 < first["ratio"] < 2.2
    assert first["holds"] == "3/3" and first["images"] == DARK_COAST.sum()
    names = [name for name, inside in zip(planted.names, DARK_COAST) if inside]
    assert first["names"].split(";") == names
    assert "times the mean loss" in panel.section.text[1]
    gallery = panel.galleries[0]
    worst = np.where(DARK_COAST, planted.loss.mean(0), 0).argmax()
    assert gallery.picks[0].index == worst and len(gallery.picks) == 12
    assert ((panel.columns[0].values == "in it") == DARK_COAST).all()


def test_shows_80_columns(planted):
    console = Console(width=80, record=True, file=open("/dev/null", "w"))
    show_panel(console, slices.analyse(planted), planted.names)
    text = console.export_text()
    assert max(map(len, text.split("\n"))) <= 80 and "loss ratio" in " ".join(text.split())


def test_nothing_is_confirmed_where_nothing_is(tmp_path):
    found = explored(tmp_path, 1.0, cluster="")
    panel = slices.analyse(found)
    assert panel.section.text[0].startswith("No slice is confirmed")
    assert not panel.galleries and not panel.columns
    assert "--cluster names the scenes" in panel.section.remarks[0]


def test_an_image_without_a_label_is_in_no_slice(planted):
    planted = made.explore([record.folder.path for record in planted.records], made.CLUSTER)
    image = int(np.flatnonzero(DARK_COAST)[0])
    for found in planted.image_scores:
        found.loss[image] = np.nan
    row = slices.analyse(planted).section.tables[0].rows[0]
    assert row["images"] == DARK_COAST.sum() - 1
    assert planted.names[image] not in row["names"].split(";")


def test_refuses_few_scenes_and_columns_that_part_nothing(tmp_path, monkeypatch):
    monkeypatch.delitem(PANELS._entries, "clusters")
    found = explored(tmp_path / "a", 2.0, cluster="^([01])", images=60, columns={
        "brightness": COLUMNS["brightness"][:60]})
    with pytest.raises(UserError, match="2 scenes: not confirmable; expected 6"):
        slices.analyse(found)
    found = explored(tmp_path / "b", 2.0, images=60, columns={"height": np.ones(60)})
    with pytest.raises(UserError, match="no slice of 60 images"):
        slices.analyse(found)


def test_clusters_are_properties_where_they_are_found(planted, monkeypatch):
    groups = np.arange(IMAGES) % 3
    monkeypatch.setitem(PANELS._entries, "clusters", lambda exploration: Panel(
        Section("clusters", "Clusters"), columns=(ImageColumn("cluster", groups),)))
    found = slices.properties_of(planted)
    assert [one.label for one in found if one.group == "cluster"] == [
        "cluster: 0", "cluster: 1", "cluster: 2"]

    def refuse(exploration):
        raise UserError("no clusters")
    monkeypatch.setitem(PANELS._entries, "clusters", refuse)
    assert not [one for one in slices.properties_of(planted) if one.group == "cluster"]
