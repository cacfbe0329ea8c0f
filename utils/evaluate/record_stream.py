"""Records as a test reads them: decoded, with the view that the net sees, in their order."""
from typing import Any, Callable, Dict, Iterator, Optional, Sequence

import numpy as np

from utils.data import records
from utils.data.split import Split
from utils.tf_compat import as_written, data_options, tf

#: Images that are decoded while the net works.
PREFETCH = 8


class RecordStream:
    """The records of a split; builds its part of the default graph.

    Args:
      split: the records.
      prepare: image uint8 [H, W, 3] -> what the net sees, in the graph.
      threads: threads that decode.
      images: whether elements have the image too.
      instances: whether elements have the instances too, which the records have to have.
    """

    def __init__(self, split: Split, prepare: Callable[[Any], Any], threads: int,
                 images: bool = True, instances: bool = False) -> None:
        self._split, self._prepare, self._images = split, prepare, images
        self._instances = instances
        self._wanted = tf.placeholder(tf.bool, [None])
        self._limit = tf.placeholder(tf.int64, [])
        stream = records.read_records(split.files).apply(tf.data.experimental.enumerate_dataset())
        stream = stream.take(self._limit).filter(as_written(self._is_wanted))
        stream = stream.map(as_written(self._parse), num_parallel_calls=threads).prefetch(PREFETCH)
        iterator = tf.data.make_initializable_iterator(stream.with_options(data_options(threads)))
        self._start, self._next = iterator.initializer, iterator.get_next()

    def elements(self, session: Any, chosen: Optional[Sequence[int]] = None
                 ) -> Iterator[Dict[str, Any]]:
        """Yields the records' elements; begins anew, whatever an earlier call has left.

        Args:
          session: of the graph.
          chosen: increasing indices of the records wanted; None for all.

        Yields:
          dicts of index, name, label uint8 [H, W], size [2], view, and image and instances where
          asked for.

        Raises:
          UserError: a record cannot be read.
        """
        wanted = np.ones([0], bool) if chosen is None else _mask(chosen)
        limit = -1 if chosen is None else len(wanted)
        session.run(self._start, {self._wanted: wanted, self._limit: limit})
        return iter(lambda: self._element(session), None)

    def _element(self, session):
        try:
            with records.record_errors(self._split.folder):
                return session.run(self._next)
        except tf.errors.OutOfRangeError:
            return None

    def _is_wanted(self, index, unused_serialized):
        return tf.cond(self._limit < 0, lambda: True, lambda: self._wanted[index])

    def _parse(self, index, serialized):
        parsed = records.parse_example(serialized, self._split.raw_pixels, self._instances)
        element = {"index": index, "name": parsed["name"], "label": parsed["label"],
                   "size": tf.shape(parsed["image"])[:2], "view": self._prepare(parsed["image"])}
        if self._images:
            element["image"] = parsed["image"]
        if self._instances:
            element["instances"] = parsed["instances"]
        return element


def _mask(chosen):
    """Returns bool [last + 1], true at the chosen indices."""
    mask = np.zeros([int(chosen[-1]) + 1 if len(chosen) else 0], bool)
    mask[chosen] = True
    return mask
