"""One map of several splits: what is joined, in which basis, and what stays of one split."""
import dataclasses
import json
import os
import re
import shutil

import numpy as np
import pytest

import fcn_explore
from tests.explore import made
from tests.report import synthetic
from utils.errors import UserError
from utils.evaluate.observers.thumbnails import joined
from utils.explore.dataset import image_set_path, mark_image_set
from utils.explore.page.columns import map_columns
from utils.explore.page.data import page_data
from utils.explore.several_splits import ELSEWHERE, SeveralSplits, canonical_splits, join_features

COUNTS = {"test": 24, "training": 12}
PATTERN = "^([0-9]+A)"


def write_training(paths, root, count=12):
    """Stores a training split of `count` images of every run, and what is known of its images."""
    for seed, path in enumerate(paths, 1):
        synthetic.write_result(path, "training", synthetic.draw_matrices(seed + 50, images=count),
                               class_names=made.CLASSES)
        for name, found in (
                ("features", made.features(made.embeddings(seed, count) + 1)),
                ("image_scores", made.image_scores(np.linspace(.1, .2, count))),
                ("coarse", made.coarse(seed + 9, count, grid=(2, 5))),
                ("thumbnails", joined([made.webp(made.picture(9))] * count))):
            made.write_found(path, name, found, stem="training")
    for what in ("thumbnails.npz", "labels.npz", "metadata.csv"):
        shutil.copy(image_set_path(str(root / "data"), "test", what),
                    image_set_path(str(root / "data"), "training", what))
    mark_image_set(str(root / "data"), "training", "5p1it" * 8)


@pytest.fixture
def runs(tmp_path):
    paths = made.write_runs(tmp_path, 2)
    made.write_images(tmp_path, made.explore(paths).names)
    write_training(paths, tmp_path)
    return paths


def open_both(runs):
    return SeveralSplits([made.explore(runs, PATTERN, split=split) for split in COUNTS])


def test_joins_the_images_of_the_splits(runs):
    whole = open_both(runs)
    test, training = whole.parts
    assert whole.names == test.names + training.names and len(whole.scenes) == 36
    assert whole.split_of_images.tolist() == ["test"] * 24 + ["training"] * 12
    np.testing.assert_array_equal(whole.loss, np.concatenate([test.loss, training.loss], 1))
    np.testing.assert_array_equal(whole.iou, np.concatenate([test.iou, training.iou], 1))
    for place, part, own in ((3, test, 3), (30, training, 6)):
        np.testing.assert_allclose(whole.coarse[1].probabilities(place),
                                   part.coarse[1].probabilities(own), atol=1e-6)
        assert whole.predictions[0][place] == part.predictions[0][own]
    assert whole.metadata.numbers["brightness"].shape == (36,)


def test_all_splits_are_in_the_basis_of_training(runs):
    whole = open_both(runs)
    found, training = whole.features[0], whole.parts[1].features[0]
    np.testing.assert_array_equal(found.basis, training.basis)
    cells = found.cells.astype(np.float32) * found.cells_scale
    sums = (cells * found.cells_weight[..., np.newaxis]).sum((1, 2))
    expected = (found.embeddings(32) - training.basis_mean) @ training.basis
    np.testing.assert_allclose(sums, expected[:, :sums.shape[1]], atol=.05)
    of_test = whole.parts[0].features[0]
    whole_size = of_test.class_embeddings[:3] @ of_test.basis.T + of_test.basis_mean
    np.testing.assert_allclose(found.class_embeddings[:3],
                               (whole_size - found.basis_mean) @ found.basis, atol=.02)
    assert found.class_image.max() == 35


def test_a_split_without_cells_leaves_all_without():
    one, other = (made.features(made.embeddings(seed)) for seed in (1, 2))
    other = dataclasses.replace(other, cells=other.cells[:, :0, :0],
                                cells_weight=other.cells_weight[:, :0, :0])
    assert join_features([one, other], (one.basis_mean, one.basis)).cells.shape[:3] == (48, 0, 0)


def test_columns_tell_the_split_and_what_is_known_of_one_alone(runs):
    whole = open_both(runs)
    panel = fcn_explore.PANELS.get("clusters")(whole.parts[0])
    columns = {one.name: one for one in map_columns(whole, [panel])}
    split, cluster = columns["split"], columns["cluster"]
    names = [name for name, _ in split.categories]
    assert [names[code] for code in split.values[0]] == ["test"] * 24 + ["training"] * 12
    assert [cluster.categories[code][0] for code in cluster.values[0, 24:]] == [ELSEWHERE] * 12
    assert page_data(whole, [panel]).coordinates.shape == (36, 2)


def test_the_page_says_which_split_is_where(runs, tmp_path, capsys):
    path = str(tmp_path / "both.html")
    fcn_explore.main(["html", *runs, "--split=test,train", "--out=" + path])
    assert "36 images" in capsys.readouterr().out
    with open(path, encoding="utf-8") as file:
        text = file.read()
    about = json.loads(re.search('id="explore-data">(.*?)</script>', text, re.S).group(1))
    assert about["splits"] == ["test", "training"] and about["count"] == 36
    assert "The map has 24 of test, 12 of training; all else on the page is of test" in text
    assert text.count("Of the test split alone.") >= 2
    assert os.path.isfile(os.path.join(runs[0], "explore", "test+training.map.npz"))


def test_what_cannot_be_joined_is_told(runs):
    with pytest.raises(UserError, match="expected one split; html and leaks take several"):
        fcn_explore.main(["meta", *runs, "--split=test,training"])
    os.remove(os.path.join(runs[1], "test", "training.npz"))
    with pytest.raises(UserError, match=r"at .*run__2: python fcn_explore.py extract .*training"):
        open_both(runs)
    assert canonical_splits("train,VAL,train") == "training,validation"
    with pytest.raises(UserError, match="unknown split 'x'"):
        canonical_splits("test,x")
