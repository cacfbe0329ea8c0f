"""The training input: encoded records -> shuffle -> decode and augment -> batch -> prefetch.

The stream is a function of the seeds and of the step it starts at, never of timing, threads or
whether decoded images are kept: epoch e is shuffled by (seed, e), and element i of the run is
augmented by (seed, i). A resumed run therefore starts at its epoch and skips within it, without
decoding what it skips.

A subset of a split is a split: its epochs, its order and its augmentation are those of records that
hold its images alone. What it leaves out is read, and not decoded.

Where images weigh differently, an epoch has as many elements as before: some images several times,
some not at all, by (seed, e). Partners, which some augmentations need, are a second stream of that
kind beside the first: the i-th partner is that of element i.
"""
from typing import Any, Dict, Optional, Tuple

import numpy as np

from utils.data import records
from utils.data.augment.chain import Augmentation
from utils.data.augment.graph import augment
from utils.data.augment.registry import stream_key
from utils.data.sampling import Sampling
from utils.data.split import Split
from utils.tf_compat import as_written, data_options, graph_clock, tf

#: The shuffle buffer holds encoded records: 4000 of VOC's are about 0.4 GB.
SHUFFLE_BUFFER = 4000
_EPOCH_STRIDE = 1000003  # a prime, so that (seed, epoch) and (seed + 1, epoch') rarely meet
_BLOCK = 16  # records that are repeated at once: each time alone costs as much as some decoding
_SEEDS = 2 ** 40  # with the stride, within an int64


def training_batches(split: Split, size: Tuple[int, int], batch_size: int,
                     augmentation: Augmentation, seed_order: int, threads: int,
                     first_step: int = 0, rank: int = 0, processes: int = 1, cache: Any = None,
                     maps: Any = None, images: int = 0, sampling: Optional[Sampling] = None) -> Any:
    """An endless dataset of training batches.

    Args:
      split: the records to train on.
      size: (height, width) of the views, pixels.
      batch_size: images in a batch.
      augmentation: what happens to the images, with partners where it needs some.
      seed_order: seed of the order of images.
      threads: parallel decodes.
      first_step: batches that an earlier part of the run has consumed.
      rank, processes: which of so many processes this is. Together their batches are those of one
        process with a batch `processes` times as large; each reads all records, and decodes its
        own.
      cache: a `DecodedCache`, or None to decode a record each time.
      maps: the `DistanceMaps` to make of the labels as the net sees them, or None.
      images: the first so many of the split, or of its subset, only; 0 for all.
      sampling: what these images weigh; None where an epoch has each of them once.

    Returns:
      a `tf.data.Dataset` of dicts: image uint8 [batch_size, height, width, 3], label uint8
      [batch_size, height, width], name string [batch_size], and float32 [batch_size, C, h,
      w] under the `distance_maps.map_key` of each stride of `maps`.
    """
    count, partners = images or split.count, augmentation.partners
    first_element = first_step * batch_size * processes

    def parse(place, serialized):
        if cache is None:
            return records.parse_example(serialized, split.raw_pixels)
        return cache.parse(place, serialized, split.raw_pixels)

    @as_written
    def view(element, found):
        record, beside = (found, None) if partners is None else found
        parsed = parse(*record)

        def partner():
            other = parse(*beside)
            return other["image"], other["label"]
        image, label = augment(parsed["image"], parsed["label"], element, size[0], size[1],
                               augmentation, None if beside is None else partner)
        seen = {"image": image, "label": label, "name": parsed["name"]}
        return seen if maps is None else dict(seen, **maps.of(label))

    stream = _elements(split, count, first_element, seed_order, sampling)
    # Without partners no operation is made for them: on TF 1.15 first values count operations.
    if partners is not None:
        own = stream_key("partner", augmentation.seed) % _SEEDS
        stream = tf.data.Dataset.zip((stream, _elements(split, count, first_element, own,
                                                        partners.sampling)))
    stream = stream.apply(tf.data.experimental.enumerate_dataset(first_element))
    if processes > 1:
        stream = stream.filter(as_written(lambda element, _: tf.equal(
            element // batch_size % processes, rank)))
    stream = stream.map(view, num_parallel_calls=threads)
    stream = stream.batch(batch_size, drop_remainder=True).prefetch(2)
    return stream.with_options(data_options(threads))


def _elements(split, count, first_element, seed, sampling):
    """The images of all epochs in their order, from an element on.

    Args:
      split: the records.
      count: how many of its images there are, and elements in an epoch.
      first_element: of the run.
      seed: of the order, an int.
      sampling: a `Sampling`, or None.

    Returns:
      a dataset of (int64 [], place among the records; string [], the record).
    """
    places = split.places(range(count))
    first_epoch = first_element // count

    @as_written
    def epoch(number):
        numbered = records.read_records(split.files).apply(tf.data.experimental.enumerate_dataset())
        numbered = numbered.take(places[-1] + 1)
        if sampling is not None:
            numbered = _repeated(numbered, _times(sampling, places, seed, number))
        elif split.subset is not None:
            wanted = _by_place(places, np.ones(count, bool))
            numbered = numbered.filter(as_written(lambda place, _: tf.gather(wanted, place)))
        return numbered.shuffle(min(count, SHUFFLE_BUFFER), seed=seed * _EPOCH_STRIDE + number,
                                reshuffle_each_iteration=False)

    stream = tf.data.Dataset.range(first_epoch, 2 ** 40).flat_map(epoch)
    return stream.skip(first_element - first_epoch * count)


def _repeated(numbered, times):
    """A dataset of (place, record) with each as often as `times`, int64 [places], says."""
    @as_written
    def copies(block, serialized):
        which = tf.repeat(tf.range(tf.size(block)), tf.gather(times, block))
        return tf.data.Dataset.from_tensor_slices((tf.gather(block, which),
                                                   tf.gather(serialized, which)))
    return numbered.batch(_BLOCK).flat_map(copies)


def _times(sampling, places, seed, epoch):
    """How often an epoch shows the record at each place: int64 [last place + 1]."""
    key = tf.stack([tf.constant(stream_key("sampling", seed), tf.int64), epoch])
    start = tf.random.stateless_uniform([], seed=key)

    def times(number):
        # Drawn are multiples of 2^-23 from 0 on: in the middle of a step it is never 0.
        return _by_place(places, sampling.copies(float(number) + 2.0 ** -24))
    return tf.numpy_function(times, [start], tf.int64)


def _by_place(places, values):
    """An array with the value of each image at its place among the records, 0 between them."""
    found = np.zeros([places[-1] + 1], values.dtype)
    found[list(places)] = values
    return found


def timed_next(dataset: Any) -> Tuple[Any, Dict[str, Any], Any]:
    """One batch per run of the graph, and how long the graph waited for it.

    Returns:
      (iterator, batch, wait): the initialisable iterator, the dict of tensors, float64 seconds.
    """
    iterator = tf.data.make_initializable_iterator(dataset)
    before = graph_clock()
    with tf.control_dependencies([before]):
        batch = iterator.get_next()
    with tf.control_dependencies(list(batch.values())):
        wait = graph_clock() - before
    return iterator, batch, wait
