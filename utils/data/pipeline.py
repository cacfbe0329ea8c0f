"""The training input: encoded records -> shuffle -> decode and augment -> batch -> prefetch.

The stream is a function of the seeds and of the step it starts at, never of timing, threads or
whether decoded images are kept: epoch e is shuffled by (seed, e), and element i of the run is
augmented by (seed, i). A resumed run therefore starts at its epoch and skips within it, without
decoding what it skips.

A subset of a split is a split: its epochs, its order and its augmentation are those of records that
hold its images alone. What it leaves out is read, and not decoded.
"""
from typing import Any, Dict, Tuple

import numpy as np

from utils.data import records
from utils.data.augment.graph import augment
from utils.data.split import Split
from utils.tf_compat import as_written, data_options, graph_clock, tf

#: The shuffle buffer holds encoded records: 4000 of VOC's are about 0.4 GB.
SHUFFLE_BUFFER = 4000
_EPOCH_STRIDE = 1000003  # a prime, so that (seed, epoch) and (seed + 1, epoch') rarely meet


def training_batches(split: Split, size: Tuple[int, int], batch_size: int, augmentation: Any,
                     seed_order: int, threads: int, first_step: int = 0, rank: int = 0,
                     processes: int = 1, cache: Any = None, maps: Any = None,
                     images: int = 0) -> Any:
    """An endless dataset of training batches.

    Args:
      split: the records to train on.
      size: (height, width) of the views, pixels.
      batch_size: images in a batch.
      augmentation: an `utils.data.augment.Augmentation`.
      seed_order: seed of the order of images.
      threads: parallel decodes.
      first_step: batches that an earlier part of the run has consumed.
      rank, processes: which of so many processes this is. Together their batches are those of one
        process with a batch `processes` times as large; each reads all records, and decodes its
        own.
      cache: a `DecodedCache`, or None to decode a record each time.
      maps: the `DistanceMaps` to make of the labels as the net sees them, or None.
      images: the first so many of the split, or of its subset, only; 0 for all.

    Returns:
      a `tf.data.Dataset` of dicts: image uint8 [batch_size, height, width, 3], label uint8
      [batch_size, height, width], name string [batch_size], and float32 [batch_size, C, h,
      w] under the `distance_maps.map_key` of each stride of `maps`.
    """
    count = images or split.count
    first_element = first_step * batch_size * processes
    first_epoch = first_element // count
    wanted = _wanted(split)

    @as_written
    def epoch(number):
        numbered = records.read_records(split.files).apply(tf.data.experimental.enumerate_dataset())
        if split.subset is not None:
            numbered = numbered.take(len(wanted)).filter(
                as_written(lambda place, _: tf.gather(wanted, place)))
        return numbered.take(count).shuffle(
            min(count, SHUFFLE_BUFFER), seed=seed_order * _EPOCH_STRIDE + number,
            reshuffle_each_iteration=False)

    def parse(place, serialized):
        if cache is None:
            return records.parse_example(serialized, split.raw_pixels)
        return cache.parse(place, serialized, split.raw_pixels)

    @as_written
    def view(element, record):
        parsed = parse(record[0], record[1])
        image, label = augment(parsed["image"], parsed["label"], element, size[0], size[1],
                               augmentation)
        seen = {"image": image, "label": label, "name": parsed["name"]}
        return seen if maps is None else dict(seen, **maps.of(label))

    stream = tf.data.Dataset.range(first_epoch, 2 ** 40).flat_map(epoch)
    stream = stream.skip(first_element - first_epoch * count)
    stream = stream.apply(tf.data.experimental.enumerate_dataset(first_element))
    if processes > 1:
        stream = stream.filter(as_written(lambda element, _: tf.equal(
            element // batch_size % processes, rank)))
    stream = stream.map(view, num_parallel_calls=threads)
    stream = stream.batch(batch_size, drop_remainder=True).prefetch(2)
    return stream.with_options(data_options(threads))


def _wanted(split):
    """bool [records up to the last one of a subset], true at its images; None for a whole split."""
    if split.subset is None:
        return None
    wanted = np.zeros([split.subset.places[-1] + 1], bool)
    wanted[list(split.subset.places)] = True
    return wanted


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
