"""The runs of one configuration, as the panels read them."""
import os

import numpy as np
import pytest

from tests.explore import made
from utils.errors import UserError
from utils.evaluate.observers.coarse import DENSE_CLASSES, Coarse, pack
from utils.explore.dataset import Metadata, read_metadata


@pytest.fixture
def runs(tmp_path):
    paths = made.write_runs(tmp_path)
    made.write_images(tmp_path, made.explore(paths).names)
    return paths


def test_reads_what_is_stored_of_every_seed(runs):
    found = made.explore(runs)
    assert found.matrices.shape == (3, 24, 3, 3)
    assert found.loss.shape == found.iou.shape == (3, 24)
    assert [one.embeddings(32).shape for one in found.features] == [(24, 16)] * 3
    np.testing.assert_allclose(found.features[0].embeddings(32), made.embeddings(1), atol=1e-3)
    assert found.palette == list(made.PALETTE)
    assert len(found.images.thumbnails) == 24 and found.images.thumbnails[3][:4] == b"RIFF"
    assert found.metadata.numbers["brightness"][-1] == 1


def test_cells_sum_to_the_projected_embedding(runs):
    found = made.explore(runs).features[1]
    cells = found.cells.astype(np.float32) * found.cells_scale
    sums = (cells * found.cells_weight[..., np.newaxis]).sum((1, 2))
    np.testing.assert_allclose(sums, found.projected()[:, :sums.shape[1]], atol=.02)


def test_a_missing_part_is_told_with_its_command(runs):
    os.remove(os.path.join(runs[1], "test", "test.features.npz"))
    with pytest.raises(UserError, match=r"not extracted yet: python fcn_explore.py extract .*__2"):
        made.explore(runs).features  # noqa: B018


def test_a_damaged_part_and_one_of_other_images_are_told(runs):
    path = os.path.join(runs[0], "test", "test.image_scores.npz")
    made.write_found(runs[0], "image_scores", made.image_scores(np.ones(5)))
    with pytest.raises(UserError, match="of 5 images, expected 24"):
        made.explore(runs).loss  # noqa: B018
    with open(path, "wb") as file:
        file.write(b"nothing")
    with pytest.raises(UserError, match="extract again"):
        made.explore(runs).loss  # noqa: B018


def test_several_configurations_are_refused(runs, tmp_path):
    more = made.write_runs(tmp_path, seeds=1, name="other", learnrate=.5)
    with pytest.raises(UserError, match="got 2 configurations.*--of"):
        made.explore(runs + more)


@pytest.mark.parametrize("classes", [3, DENSE_CLASSES + 6])
def test_packed_probabilities_come_back(classes):
    values = np.random.RandomState(0).dirichlet(np.full(classes, .05), (2, 3)).astype(np.float32)
    label, share = pack(values)
    found = Coarse(np.array([[2, 3]]), label[np.newaxis], share[np.newaxis], np.int32(classes))
    back = found.probabilities(0)
    np.testing.assert_allclose(back.sum(-1), 1, atol=1e-6)
    top = values.argmax(-1)
    np.testing.assert_allclose(np.take_along_axis(back, top[..., None], -1),
                               np.take_along_axis(values, top[..., None], -1), atol=.02)


def write(path, text):
    path.write_text(text)
    return str(path)


def test_metadata_of_a_table(tmp_path):
    path = write(tmp_path / "a.csv", "name,light,place\nb,2,town\na,,\n")
    found = read_metadata(path, ["a", "b"])
    assert {name: list(values) for name, values in found.categories.items()} == {
        "place": ["", "town"]}
    np.testing.assert_array_equal(found.numbers["light"], [np.nan, 2])
    both = found.with_columns(Metadata({"light": np.zeros(2)}))
    assert both.numbers["light"].tolist() == [0, 0] and "place" in both.categories


@pytest.mark.parametrize("text,problem", [
    ("light\n1\n", "expected one called 'name'"), ("", "columns none"),
    ("name,light\na,1\n", "no row for 1 of 2 images, the first is 'b'"),
    ("name,light\na,1\nb\n", "row 3 has not the 2 columns")])
def test_a_wrong_table_is_told(tmp_path, text, problem):
    with pytest.raises(UserError, match=problem):
        read_metadata(write(tmp_path / "a.csv", text), ["a", "b"])
