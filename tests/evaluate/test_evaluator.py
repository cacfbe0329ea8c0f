"""evaluate(): exact matrices, every image once, padding and ignored pixels never counted."""
import dataclasses

import numpy as np
import pytest

from tests.evaluate import nets
from tests.evaluate.test_segmenter import open_segmenter
from utils.data.split import Subset
from utils.errors import UserError
from utils.evaluate.evaluator import choose, evaluate
from utils.evaluate.observers import Observer
from utils.measures.confusion import confusion_matrix


class Seen(Observer):
    """Keeps the items; reads instances where told to."""

    def __init__(self, instances=False):
        self.items, self.instances = [], instances

    def add(self, item):
        self.items.append(item)

    def arrays(self):
        return {}


def test_exact_matrices_of_a_net_that_is_right(tmp_path):
    labels = nets.some_labels(5)
    split = nets.write_split(str(tmp_path), labels)
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    result = evaluate(segmenter, split, batch_size=2)
    assert result.names == tuple(f"image{index}" for index in range(5))
    assert [tuple(size) for size in result.sizes] == [label.shape for label in labels]
    for matrix, label in zip(result.matrices, labels):
        np.testing.assert_array_equal(matrix, np.diag([(label == c).sum() for c in range(3)]))
    assert result.scores.mean_iou == 1.0
    assert result.meta["size"] == "native" and result.meta["split_sha256"] == "hash of validation"
    assert set(result.meta["versions"]) == {"python", "numpy", "tensorflow"}


def test_the_result_is_the_same_for_every_batch_size(tmp_path):
    """Also: the last, partial batch is counted, and so is every labelled pixel, once."""
    labels = nets.some_labels(7)
    split = nets.write_split(str(tmp_path), labels)
    segmenter = open_segmenter(tmp_path, nets.conv_net, (32, 48))
    results = [evaluate(segmenter, split, batch_size=batch)
               for batch in (1, 4, 4)]
    for result in results:
        np.testing.assert_array_equal(result.matrices, results[0].matrices)
    assert [matrix.sum() for matrix in results[0].matrices] == \
        [(label < 3).sum() for label in labels]


def test_matrices_are_those_of_the_predictions(tmp_path):
    split = nets.write_split(str(tmp_path), nets.some_labels(4))
    segmenter = open_segmenter(tmp_path, nets.conv_net, (32, 48))
    watched, done = (Seen(), Seen()), []
    result = evaluate(segmenter, split, batch_size=3, observers=watched,
                      progress=lambda *counts: done.append(counts))
    assert len(watched[0].items) == len(watched[1].items) == 4
    for matrix, item in zip(result.matrices, watched[0].items):
        np.testing.assert_array_equal(matrix, confusion_matrix(item.label, item.prediction, 3))
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_instances_are_read_where_an_observer_asks_and_the_records_have_them(tmp_path):
    labels = nets.some_labels(3)
    instances = [np.where(label < 3, 300 + index, 0).astype(np.uint16)
                 for index, label in enumerate(labels)]
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    for written in (instances, ()):
        (tmp_path / str(len(written))).mkdir()
        split = nets.write_split(str(tmp_path / str(len(written))), labels, instances=written)
        asks, other = Seen(instances=True), Seen()
        evaluate(segmenter, split, observers=[other, asks])
        evaluate(segmenter, split, observers=[other])
        assert [item.instances is None for item in other.items] == 3 * [not written] + 3 * [True]
        for item, expected in zip(asks.items, written):
            assert item.instances.dtype == np.uint16
            np.testing.assert_array_equal(item.instances, expected)


def test_a_subset_is_tested_as_a_split_of_its_images(tmp_path):
    labels = nets.some_labels(6)
    whole = nets.write_split(str(tmp_path), labels)
    places = (1, 2, 4)
    split = dataclasses.replace(whole, subset=Subset(
        places, tuple(f"image{place}" for place in places),
        dataclasses.replace(whole.counts, count=3, sha256="of three")))
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    result = evaluate(segmenter, split, batch_size=2)
    assert result.names == split.subset.names and result.meta["split_sha256"] == "of three"
    assert result.matrix.sum() == sum((labels[place] < 3).sum() for place in places)
    assert evaluate(segmenter, split, num_images=2).names == split.subset.names[:2]
    one, = evaluate(segmenter, split, fraction=.34, seed=1).names
    assert one in split.subset.names


def test_parts_of_a_split(tmp_path):
    split = nets.write_split(str(tmp_path), nets.some_labels(6))
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    first = evaluate(segmenter, split, num_images=4)
    assert first.names == ("image0", "image1", "image2", "image3")
    half = [evaluate(segmenter, split, fraction=.5, seed=seed)
            for seed in (3, 3, 5)]
    assert half[0].names == half[1].names != half[2].names
    assert [len(result.names) for result in half] == [3, 3, 3]


def test_choice_of_images():
    assert list(choose(5)) == [0, 1, 2, 3, 4]
    assert list(choose(5, num_images=9)) == [0, 1, 2, 3, 4]
    assert len(choose(101, fraction=.25)) == 25 and len(choose(3, fraction=.01)) == 1
    assert (np.diff(choose(1000, fraction=.3, seed=5)) > 0).all()


@pytest.mark.parametrize("written, told", [(3, 4), (4, 3)])
def test_a_sidecar_that_does_not_fit_the_records_is_told(tmp_path, written, told):
    info = nets.write_split(str(tmp_path), nets.some_labels(told)).info
    split = nets.write_split(str(tmp_path), nets.some_labels(written))
    split = dataclasses.replace(split, info=info)
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    with pytest.raises(UserError, match=f"hold {written} images, but dataset.json says {told}"):
        evaluate(segmenter, split)
