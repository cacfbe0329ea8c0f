"""The training stream: a function of seeds and step, whatever the threads; augmentation in step."""
import dataclasses
import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from utils.data import pipeline, records
from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.data.augment.graph import augment
from utils.data.decoded_cache import DecodedCache, open_cache
from utils.data.distance_maps import DistanceMaps, distance_maps, map_key
from utils.data.sampling import Sampling
from utils.data.scan import scan
from utils.data.sidecar import DatasetInfo, SplitInfo
from utils.data.split import Subset
from utils.tf_compat import IS_TF1, data_options, tf

COUNT, BATCH = 7, 2
#: Every operation that there is.
ALL = ",".join(AUGMENTATIONS.names())
#: Images that weigh differently; the last one is never seen.
UNEVEN = Sampling(np.array([1, 3, .5, 1, 1, 2, 0]), np.ones([COUNT, 1], bool))
#: Pixels of three classes: the third is rare, and all but the last image have it.
RARE = np.array([[90, 9, 1]] * (COUNT - 1) + [[90, 10, 0]])


def png(array):
    data = io.BytesIO()
    Image.fromarray(array).save(data, format="PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("records"))
    rng = np.random.RandomState(0)
    with records.SplitWriter(folder, "training", COUNT, shards=2) as writer:
        for index in range(COUNT):
            image = rng.randint(0, 256, (24 + index, 32, 3)).astype(np.uint8)
            label = rng.randint(0, 3, (24 + index, 32)).astype(np.uint8)
            writer.write(records.make_example(f"image{index}", png(image), png(label),
                                              24 + index, 32))
    info = DatasetInfo("", ("a", "b", "c"), (), {"training": SplitInfo(
        "training", COUNT, (), (), 0, {}, "")})
    return records.open_split(folder, "training", info)


def batches(split, steps, threads=1, first_step=0, order=1, augmentation=1, size=BATCH, **more):
    chosen = Augmentation.parse(more.pop("text", ALL), augmentation)
    if more.pop("pasted", False):
        chosen = chosen.among(RARE[:more.get("images") or split.count])
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = pipeline.training_batches(split, (32, 32), size, chosen, order, threads,
                                            first_step, **more)
        iterator, batch, wait = pipeline.timed_next(dataset)
        session.run(iterator.initializer)
        found = []
        for _ in range(steps):
            values, seconds = session.run([batch, wait])
            assert seconds >= 0
            found.append(values)
        return found


def names(found):
    return [name.decode() for batch in found for name in batch["name"]]


def assert_equal(one, other):
    for a, b in zip(one, other):
        for key in a:
            np.testing.assert_array_equal(a[key], b[key])


def test_every_epoch_holds_each_image_once_in_an_order_of_its_own(split):
    seen = names(batches(split, 7))  # two epochs of seven images in batches of two
    first, second = seen[:COUNT], seen[COUNT:]
    assert set(first) == set(second) == {f"image{i}" for i in range(COUNT)}
    assert first != second


def test_the_first_images_of_a_split_are_a_split(split):
    seen = names(batches(split, 6, images=3))  # four epochs of three images
    for epoch in range(4):
        assert set(seen[3 * epoch:3 * epoch + 3]) == {"image0", "image1", "image2"}
    assert_equal(batches(split, 6, images=3)[4:], batches(split, 2, first_step=4, images=3))
    assert_equal(batches(split, 6), batches(split, 6, images=COUNT))


@pytest.fixture(scope="module")
def parts(split, tmp_path_factory):
    """(a subset of the split, the split of records that hold its images alone)."""
    places = (1, 3, 4, 5)
    folder = str(tmp_path_factory.mktemp("alone"))
    written = [record for path in split.files for record in scan(path)]
    with tf.python_io.TFRecordWriter(os.path.join(folder, "training.tfrecords")) as writer:
        for place in places:
            writer.write(written[place].data)
    counts = dataclasses.replace(split.counts, count=len(places))
    info = dataclasses.replace(split.info, splits={"training": counts})
    names = tuple(f"image{place}" for place in places)
    return (dataclasses.replace(split, subset=Subset(places, names, counts)),
            records.open_split(folder, "training", info))


@pytest.mark.parametrize("more", [
    {}, {"first_step": 3}, {"images": 2}, {"rank": 1, "processes": 2}, {"threads": 3},
    {"first_step": 5, "cached": True}, {"first_step": 3, "uneven": 4, "pasted": True},
    {"images": 3, "uneven": 3, "rank": 1, "processes": 2, "pasted": True}], ids=str)
def test_a_subset_is_streamed_as_records_that_hold_its_images_alone(parts, more):
    more = dict(more)
    caches = [DecodedCache() if more.get("cached") else None for _ in parts]
    more.pop("cached", None)
    if "uneven" in more:
        count = more.pop("uneven")
        more["sampling"] = Sampling(UNEVEN.weights[:count], UNEVEN.having[:count])
    subset, alone = (batches(split, 7, cache=cache, **more)
                     for split, cache in zip(parts, caches))
    assert_equal(subset, alone)
    assert len(set(names(subset))) > 1


def test_what_a_subset_leaves_out_is_not_decoded(parts, monkeypatch):
    kept = []
    monkeypatch.setattr(DecodedCache, "_put",
                        lambda self, index, *item: kept.append(int(index)) or True)
    batches(parts[0], 2, cache=DecodedCache())
    assert set(kept) == set(parts[0].subset.places)


@pytest.mark.skipif(not IS_TF1, reason="TF 2.x draws first values by other numbers")
def test_the_stream_makes_as_many_operations_as_it_did(split):
    """First values of weights, and so the bits of runs, follow from how many come before them."""
    with tf.Graph().as_default() as graph:
        pipeline.training_batches(split, (32, 32), BATCH, Augmentation.parse("scale,flip", 1), 1, 1)
        assert len(graph.get_operations()) == 19


def test_threads_change_nothing(split):
    assert_equal(batches(split, 6, threads=1), batches(split, 6, threads=4))


@pytest.mark.parametrize("first_step", [1, 3, 4, 7])
def test_a_resumed_stream_goes_on_where_the_first_was(split, first_step):
    whole = batches(split, 9)
    assert_equal(batches(split, 9 - first_step, first_step=first_step), whole[first_step:])


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("first_step", [0, 2, 5])
def test_a_cache_changes_nothing_over_epochs_and_after_a_resume(split, first_step, threads):
    steps = 16  # four and a half epochs
    whole = batches(split, steps)
    cached = batches(split, steps - first_step, threads, first_step, cache=DecodedCache())
    assert_equal(cached, whole[first_step:])


def test_each_record_is_decoded_once(split, monkeypatch):
    kept = []
    put = DecodedCache._put

    def counted(self, index, *item):
        kept.append(int(index))
        return put(self, index, *item)
    monkeypatch.setattr(DecodedCache, "_put", counted)
    batches(split, 14, cache=DecodedCache())
    assert sorted(kept) == list(range(COUNT))


# ---- images that weigh differently, and partners ----

BOTH = {"sampling": UNEVEN, "pasted": True}


def test_an_epoch_shows_each_image_about_as_often_as_it_weighs(split):
    seen = names(batches(split, 70, sampling=UNEVEN))  # twenty epochs
    shown = np.array([[seen[start:start + COUNT].count(f"image{index}") for index in range(COUNT)]
                      for start in range(0, len(seen), COUNT)])
    assert (shown.sum(axis=1) == COUNT).all()
    assert (np.abs(shown - UNEVEN.expected()) < 1).all()
    np.testing.assert_allclose(shown.mean(axis=0), UNEVEN.expected(), atol=.3)
    assert len({tuple(row) for row in shown}) > 1  # each epoch draws anew
    assert names(batches(split, 70, sampling=UNEVEN, order=2)) != seen


def test_copies_of_an_image_differ(split):
    found = batches(split, 7, sampling=UNEVEN)
    views = [image.tobytes() for batch in found
             for image, name in zip(batch["image"], batch["name"]) if name == b"image1"]
    assert len(views) >= 4 and len(set(views)) == len(views)


def test_what_is_pasted_is_of_the_rare_class_and_of_partners(split):
    """The order and all other numbers stay; about half of the views change."""
    text = "scale,flip,brightness,paste"
    plain, pasted = batches(split, 14, text=text), batches(split, 14, text=text, pasted=True)
    assert names(plain) == names(pasted)
    changed = 0
    for one, other in zip(plain, pasted):
        for index in range(BATCH):
            where = (one["image"][index] != other["image"][index]).any(axis=2)
            changed += where.any()
            assert (other["label"][index][where] == 2).all()
    assert 6 <= changed <= 22


@pytest.mark.parametrize("first_step, threads, cached", [(0, 4, False), (3, 1, True), (5, 3, True)])
def test_both_are_the_same_after_a_resume_with_threads_and_cache(split, first_step, threads,
                                                                 cached):
    whole = batches(split, 10, **BOTH)
    again = batches(split, 10 - first_step, threads, first_step,
                    cache=DecodedCache() if cached else None, **BOTH)
    assert_equal(again, whole[first_step:])


def test_epochs_smaller_than_a_batch(split):
    """Two images, the second of weight 3, in batches of five; resumed within an epoch."""
    more = {"images": 2, "size": 5, "pasted": True,
            "sampling": Sampling(np.array([1., 3]), np.ones([2, 1], bool))}
    whole = batches(split, 4, **more)
    seen = names(whole)
    epochs = [sorted(seen[start:start + 2]) for start in range(0, 20, 2)]
    assert {tuple(epoch) for epoch in epochs} == {("image0", "image1"), ("image1", "image1")}
    assert_equal(batches(split, 3, first_step=1, **more), whole[1:])


def test_seeds_of_order_and_augmentation_act_alone(split):
    base, order, noise = (batches(split, 4), batches(split, 4, order=2),
                          batches(split, 4, augmentation=2))
    assert names(base) != names(order)
    assert names(base) == names(noise)
    assert (base[0]["image"] != noise[0]["image"]).any()


@pytest.mark.parametrize("processes, first_step, more", [(2, 0, {}), (2, 3, BOTH), (3, 2, BOTH)],
                         ids=["plain", "resumed", "three"])
def test_processes_share_the_batches_of_one(split, processes, first_step, more):
    """Side by side, the ranks' batches are those of one process with all of their images."""
    whole = batches(split, 5, size=BATCH * processes, first_step=first_step, **more)
    shares = [batches(split, 5, first_step=first_step, rank=rank, processes=processes, **more)
              for rank in range(processes)]
    joined = [{key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
              for parts in zip(*shares)]
    assert_equal(joined, whole)


def test_without_augmentation_the_view_is_the_letterbox():
    image = np.random.RandomState(0).randint(0, 256, (16, 32, 3)).astype(np.uint8)
    label = image[:, :, 0] % 3
    with tf.Graph().as_default(), tf.Session() as session:
        view, truth = session.run(augment(
            tf.constant(image), tf.constant(label), tf.constant(5, tf.int64), 32, 32,
            Augmentation((), 0)))
    np.testing.assert_allclose(view[8:24], image, atol=1e-3)
    np.testing.assert_array_equal(truth[8:24], label)
    assert (truth[:8] == 255).all() and not view[:8].any()


def test_image_and_label_move_together():
    """An image that shows its own label, as 100 times the class, still does after augmentation."""
    label = np.kron(np.array([[0, 1], [2, 1]], np.uint8), np.ones((20, 20), np.uint8))
    image = np.repeat(label[:, :, None] * 100, 3, axis=2).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        element = tf.placeholder(tf.int64, [])
        view = augment(tf.constant(image), tf.constant(label), element, 32, 32,
                       Augmentation.parse("scale:1:2,flip", 3))
        mirrored = 0
        for number in range(12):
            shown, truth = session.run(view, {element: number})
            known = truth < 255
            agree = np.abs(shown[:, :, 0] - truth * 100.0)[known] < 1
            assert agree.mean() > 0.85 and known.all()  # borders between classes are blended
            mirrored += truth[-1, 0] == 1
    assert 0 < mirrored < 12


def test_a_stream_that_begins_anew_does_not_wait_for_tf_datas_tuner():
    # TF 2.x's tuner sleeps twice as long each time: 2.56 s after 2.55 s.
    with tf.Graph().as_default(), tf.Session() as session:
        stream = tf.data.Dataset.range(9).map(lambda number: number + 1, num_parallel_calls=2)
        iterator = tf.data.make_initializable_iterator(
            stream.prefetch(2).with_options(data_options(threads=2)))
        element = iterator.get_next()
        for _ in range(2):
            begin = time.time()
            session.run(iterator.initializer)
            assert time.time() - begin < 1
            assert session.run(element) == 1
            time.sleep(2.8)


def test_distance_maps_are_of_the_labels_that_the_net_sees(split):
    maps = DistanceMaps((1, 4), 3)
    plain, mapped = batches(split, 3), batches(split, 3, maps=maps)
    assert_equal(plain, mapped)
    for batch in mapped:
        np.testing.assert_array_equal(batch[map_key(1)], distance_maps(batch["label"], 3))
        coarse = batch["label"][:, 1::4, 1::4]
        np.testing.assert_array_equal(batch[map_key(4)], distance_maps(coarse, 3))
        assert batch[map_key(4)].any() and batch[map_key(4)].shape == (BATCH, 3, 8, 8)


def test_the_cache_takes_what_fits_its_budget():
    split = SplitInfo("training", 30, (), (), 0, {"100x200": 20, "200x250": 10}, "")
    cache, line = open_cache(split, 4)  # 4 bytes a pixel: 1.6 + 2 MB
    assert isinstance(cache, DecodedCache) and line.endswith("4 MB of --cache_mb=4")
    cache, line = open_cache(split, 3)
    assert cache is None and "all of them would take 4 MB, above --cache_mb=3" in line
    assert open_cache(split, 0)[0] is None
