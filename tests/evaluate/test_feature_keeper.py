"""What is kept of features: components, classes, cells, and the budgets."""
import types

import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate.observers import features as module
from utils.evaluate.observers.coarse import CoarseKeeper
from utils.evaluate.observers.features import FeatureKeeper, load_features


def items(count=12, dimensions=10, classes=3, seed=0):
    """Images whose cells are of two sizes, with outputs as a net gives them."""
    random = np.random.RandomState(seed)
    made = []
    for index in range(count):
        height, width = (2, 3) if index % 2 else (3, 2)
        cells = random.randn(height, width, dimensions).astype(np.float32)
        cover = np.full((height, width), 1 / 6, np.float32)
        mean = np.einsum("hwd,hw->d", cells, cover)
        of_classes = random.randn(classes, dimensions + 1).astype(np.float32)
        of_classes[:, -1] = [3, .5, 1.5]
        made.append(types.SimpleNamespace(outputs=dict(zip(FeatureKeeper.reads, (
            mean[:4], mean, cells, cover, of_classes, np.float32(.5))))))
    return made


def kept(given, basis=None):
    keeper = FeatureKeeper(3, basis)
    for item in given:
        keeper.add(item)
    return keeper


def test_cells_sum_to_the_projected_mean():
    found = kept(items()).features()
    assert found.cells.shape == (12, 3, 3, 10) and found.cells.dtype == np.int8
    assert (found.cells[1, 2] == 0).all() and (found.cells_weight[1, 2] == 0).all()
    cells = found.cells.astype(np.float32) * found.cells_scale
    sums = np.einsum("nhwk,nhw->nk", cells, found.cells_weight)
    np.testing.assert_allclose(sums, found.projected(), atol=.6 * found.cells_scale)


def test_the_place_of_cells_is_stored_and_may_be_missing(tmp_path):
    keeper = kept(items())
    path = str(tmp_path / "x.features.npz")
    arrays = keeper.arrays()
    np.savez(path, **arrays)
    assert load_features(path).cells_shift == .5
    del arrays["cells_shift"]
    np.savez(path, **arrays)
    assert load_features(path).cells_shift == 0
    del arrays["cells_weight"]
    np.savez(path, **arrays)
    with pytest.raises(UserError, match="extract again"):
        load_features(path)


def test_classes_of_more_than_a_cell():
    given = items()
    found = kept(given).features()
    assert list(found.class_label[:4]) == [0, 2, 0, 2]
    assert list(found.class_image[:4]) == [0, 0, 1, 1] and list(found.class_mass[:2]) == [3, 1.5]
    raw = given[1].outputs[FeatureKeeper.reads[4]][2, :-1]
    np.testing.assert_allclose(found.class_embeddings[3], (raw - found.basis_mean) @ found.basis,
                               atol=.02)


def test_beyond_the_budget_the_components_are_those_so_far(monkeypatch):
    given = items(40)
    whole = kept(given).features()
    monkeypatch.setattr(module, "RAW_BYTES", 30 * 160)
    found = kept(given).features()
    np.testing.assert_array_equal(found.embeddings32, whole.embeddings32)
    assert np.abs(found.basis - whole.basis).max() > 1e-3
    early = kept(given[:30]).features()
    assert found.basis.shape == whole.basis.shape == early.basis.shape
    cells = found.cells.astype(np.float32) * found.cells_scale
    sums = np.einsum("nhwk,nhw->nk", cells, found.cells_weight)
    np.testing.assert_allclose(sums, found.projected(), atol=.6 * found.cells_scale)


def test_beyond_a_number_of_images_no_cells_are_kept(monkeypatch):
    monkeypatch.setattr(module, "CELL_IMAGES", 5)
    keeper = kept(items())
    found = keeper.features()
    assert found.cells.shape == (12, 0, 0, 10) and found.cells_weight.shape == (12, 0, 0)
    assert found.embeddings32.shape == (12, 10) and len(keeper.notes) == 1


def test_another_basis_is_taken_as_it_is():
    basis = np.zeros(10, np.float32), np.eye(10, 3, dtype=np.float32)
    found = kept(items(2), basis).features()
    np.testing.assert_allclose(found.projected(), found.embeddings(32)[:, :3], atol=1e-3)
    assert found.cells.shape[-1] == found.class_embeddings.shape[-1] == 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_net_without_features_is_stored_empty(count):
    none = dict(zip(FeatureKeeper.reads, (
        np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros((0, 0, 0), np.float32),
        np.zeros((0, 0), np.float32), np.zeros((3, 1), np.float32), np.float32(0))))
    found = kept([types.SimpleNamespace(outputs=none)] * count).features()
    assert found.embeddings32.shape == (count, 0) and found.cells.shape == (count, 0, 0, 0)
    assert found.class_label.size == 0 and found.class_embeddings.shape == (0, 0)


def test_blocks_of_several_sizes():
    keeper = CoarseKeeper(2)
    for height, width in ((40, 20), (16, 60)):
        blocks = np.full((4, 4, 2), .5, np.float32)
        keeper.add(types.SimpleNamespace(outputs={
            "blocks": blocks, "boxes": np.array([3, 0, height, width], np.int32)}))
    found = keeper.arrays()
    assert found["grid"].tolist() == [[3, 2], [1, 4]] and found["share"].shape == (2, 3, 4, 2)
    assert found["share"].max() == 128 and (found["share"][1, 1:] == 0).all()
