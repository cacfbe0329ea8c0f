"""The map's coordinates, similar images, and TensorBoard's embedding projector."""
import io
import os

import numpy as np
import pytest
from PIL import Image

import fcn_explore
from tests.explore import made
from utils.errors import UserError
from utils.evaluate.observers.thumbnails import joined
from utils.explore import projection, projector
from utils.explore.kept import kept_path
from utils.explore.layers import unit_vectors
from utils.explore.projection import map_coordinates, mean_kernel_vectors, project
from utils.explore.similar import similar
from utils.stored import read_arrays


def seeds(count, images, **options):
    return [unit_vectors(made.embeddings(seed, images, **options)) for seed in range(count)]


@pytest.fixture
def runs(tmp_path):
    paths = made.write_runs(tmp_path, images=30)
    made.write_images(tmp_path, made.explore(paths).names)
    return paths


# ---- the map ----

def test_products_of_the_vectors_are_the_mean_cosines():
    units = seeds(3, 40)
    vectors = mean_kernel_vectors(units)
    mean = sum(own @ own.T for own in units) / 3
    centre = np.eye(40) - 1 / 40
    np.testing.assert_allclose(vectors @ vectors.T, centre @ mean @ centre, atol=1e-9)


def test_groups_of_all_seeds_lie_together():
    places = project(seeds(3, 60))
    group = np.arange(60) % 3
    apart = np.linalg.norm(places[:, np.newaxis] - places, axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (group[apart.argmin(1)] == group).mean() > .95
    np.testing.assert_allclose(places.mean(0), 0, atol=1e-6)


@pytest.mark.parametrize("images", [1, 2, 4, 5, 7])
def test_few_images_have_places(images):
    places = project(seeds(2, images))
    assert places.shape == (images, 2) and np.isfinite(places).all()


def test_duplicates_and_equal_images_have_places():
    assert np.isfinite(project([unit_vectors(np.repeat(np.eye(3), 4, 0))])).all()
    np.testing.assert_array_equal(project([np.zeros((8, 4))]), 0)


def test_images_beyond_the_most_are_placed_by_their_nearest(monkeypatch):
    monkeypatch.setattr(projection, "MOST_IMAGES", 40)
    places = project(seeds(2, 90))
    centres = np.array([places[group::3].mean(0) for group in range(3)])
    near = np.linalg.norm(places[:, np.newaxis] - centres, axis=-1).argmin(1)
    assert places.shape == (90, 2) and (near == np.arange(90) % 3).mean() > .95


def test_the_map_is_stored_and_not_made_again(runs, monkeypatch):
    first = map_coordinates(made.explore(runs))
    assert first.shape == (30, 2) and first.dtype == np.float64
    np.testing.assert_array_equal(
        read_arrays(kept_path(made.explore(runs), "map"), ["places"])["places"], first)
    monkeypatch.setattr(projection, "project", lambda units: np.zeros((30, 2)))
    np.testing.assert_array_equal(map_coordinates(made.explore(runs)), first)
    made.write_found(runs[1], "features", made.features(made.embeddings(8, 30)))
    np.testing.assert_array_equal(map_coordinates(made.explore(runs)), 0)


def test_a_damaged_map_is_made_again(runs):
    path = kept_path(made.explore(runs), "map")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"PK nothing")
    assert map_coordinates(made.explore(runs)).std() > 0


# ---- similar ----

def test_images_without_labels_find_the_images_that_are_seen_alike(runs):
    seeds_ = (1, 2, 3)
    for seed, path in zip(seeds_, runs):
        made.write_unlabelled(path, ["beach.jpg", "other.jpg"], made.embeddings(
            seed, 30, noise=.2)[[5, 9]])
    found = made.explore(runs, layer="stride32")
    panel = similar(found, "holiday/photos/beach.jpg")
    rows = panel.section.tables[0].rows
    assert rows[0]["name"] == found.names[5] and rows[0]["similarity"] > .999
    assert rows[0]["ranks"] == "1 1 1" and panel.galleries[0].title == "Most similar"
    with pytest.raises(UserError, match="'bea.jpg' is none of the 2 images: did you mean beach"):
        similar(found, "photos/bea.jpg")
    with pytest.raises(UserError, match="give another layer"):
        similar(made.explore(runs, layer="classes"), "photos/beach.jpg")


def test_similar_images_are_of_the_same_group_in_all_seeds(runs):
    found = made.explore(runs)
    panel = similar(found, found.names[4])
    rows = panel.section.tables[0].rows
    assert len(rows) == 20
    assert {found.names.index(row["name"]) % 3 for row in rows[:9]} == {1}
    assert [row["seeds"] for row in rows[:9]] == ["3/3"] * 9
    assert rows[0]["similarity"] >= rows[1]["similarity"] > .3
    assert panel.galleries[0].picks[0].index == 4
    assert panel.columns[0].values[4] == pytest.approx(1)
    index = found.names.index(rows[0]["name"])
    assert rows[0]["loss"] == pytest.approx(found.loss[:, index].mean())


def test_an_unknown_image_is_told_with_its_like(runs):
    with pytest.raises(UserError, match="'00A_000' is none of the 30 images: did you mean 00A_000"):
        similar(made.explore(runs), "00A_000")
    with pytest.raises(UserError, match="expected a name as '00A_0000'"):
        similar(made.explore(runs), "zzz")


# ---- the projector ----

def read_tsv(path):
    with open(str(path), encoding="utf-8", newline="") as file:
        return [line.split("\t") for line in file.read().rstrip("\n").split("\n")]


def test_the_projector_has_a_line_for_each_image(runs, tmp_path):
    found = made.explore(runs)
    lines = projector.write_projector(found, str(tmp_path / "out"))
    assert lines[0].endswith(f"tensorboard --logdir={tmp_path / 'out'}")
    vectors = np.loadtxt(str(tmp_path / "out" / "all_seeds.tsv"))
    np.testing.assert_allclose(vectors, mean_kernel_vectors(
        [unit_vectors(one.embeddings(32)) for one in found.features]), atol=1e-5)
    header, *rows = read_tsv(tmp_path / "out" / "metadata.tsv")
    assert header == ["name", "loss", "IoU", "class", "cluster", "brightness"]
    assert [row[0] for row in rows] == list(found.names)
    assert float(rows[7][1]) == pytest.approx(found.loss[:, 7].mean(), rel=1e-5)
    assert sorted(os.listdir(str(tmp_path / "out"))) == [
        "all_seeds.tsv", "events.out.tfevents.0000000000.fcn_report", "metadata.tsv",
        "projector_config.pbtxt", "seed_1.tsv", "seed_2.tsv", "seed_3.tsv", "sprite.png"]


def test_the_config_is_what_tensorboard_reads(runs, tmp_path):
    from google.protobuf import text_format
    from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
    projector.write_projector(made.explore(runs), str(tmp_path / "out"))
    with open(str(tmp_path / "out" / "projector_config.pbtxt")) as file:
        config = text_format.Parse(file.read(), ProjectorConfig())
    assert [one.tensor_name for one in config.embeddings] == ["all seeds"] + [
        f"run__{seed} (seed {seed})" for seed in (1, 2, 3)]
    for one in config.embeddings:
        vectors = np.loadtxt(str(tmp_path / "out" / one.tensor_path))
        assert list(one.tensor_shape) == list(vectors.shape)
        assert one.metadata_path == "metadata.tsv" and one.sprite.image_path == "sprite.png"
        assert list(one.sprite.single_image_dim) == [64, 64]


def test_each_thumbnail_is_at_its_own_place():
    pictures = joined([made.webp(made.picture(index, 64)) for index in range(12)])
    with Image.open(io.BytesIO(projector.sprite(pictures, [2, 5, 7, 9, 11]))) as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape == (192, 192, 3)
    for place, index in enumerate([2, 5, 7, 9, 11]):
        row, column = divmod(place, 3)
        np.testing.assert_array_equal(pixels[64 * row + 32, 64 * column + 32],
                                      made.picture(index)[0, 0])


def test_too_many_images_are_sampled_and_it_is_said(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(projector, "MOST_IMAGES", 16)
    lines = projector.write_projector(made.explore(runs), str(tmp_path / "out"))
    assert "16 of 30 images, evenly spaced" in lines[1]
    names = [row[0] for row in read_tsv(tmp_path / "out" / "metadata.tsv")[1:]]
    assert names == [made.explore(runs).names[index] for index in (np.arange(16) * 30) // 16]
    assert len(read_tsv(tmp_path / "out" / "all_seeds.tsv")) == 16


def test_the_limit_is_that_of_a_sprite():
    assert projector.MOST_IMAGES == 16384


def test_names_cannot_break_the_table():
    text = projector._tsv_of({"name": ["a\tb\nc", "<img src=x>"], "loss": [.5, float("nan")]})
    assert text == "name\tloss\na b c\t0.5\n<img src=x>\t\n"


def test_another_folder_is_left_alone(runs, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("a")
    with pytest.raises(UserError, match="this folder holds something else"):
        projector.write_projector(made.explore(runs), str(tmp_path / "out"))
    assert os.listdir(str(tmp_path / "out")) == ["mine"]


# ---- the commands ----

def test_commands_of_images(runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    fcn_explore.main(["similar", "00A_0003", *runs, f"--outdir={tmp_path / 'tables'}"])
    out = capsys.readouterr().out
    assert "Images most similar to 00A_0003" in out and max(map(len, out.splitlines()[:-1])) <= 80
    assert sorted(os.listdir(str(tmp_path / "tables"))) == ["similar.csv", "similar.json"]
    fcn_explore.main(["clusters", *runs, "--layer=stride16"])
    assert "(mean features at stride 16)" in " ".join(capsys.readouterr().out.split())
    fcn_explore.main(["projector", *runs, f"--out={tmp_path / 'p'}"])
    assert "tensorboard --logdir=" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(UserError, match="expected the name of an image"):
        fcn_explore.main(["similar"])
