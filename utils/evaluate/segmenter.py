"""A net in a graph and session of its own, which turns images into class indices."""
import collections
import os

import numpy as np

from utils.data import records
from utils.data.resize import IGNORE, letterbox
from utils.errors import UserError
from utils.evaluate.native_size import native_classes
from utils.machine import usable_cpus
from utils.runs import legacy
from utils.tf_compat import data_options, tf
from utils.train.initialise import open_checkpoint, restore_variables

#: One predicted record. index: place in the split; name: "" in legacy records; image: uint8
#: [H, W, 3] or None; label, prediction: uint8 [H, W].
Item = collections.namedtuple("Item", "index name image label prediction")

_Pipeline = collections.namedtuple("_Pipeline", "start next wanted limit")


class Segmenter(object):
    """Runs a net on records and on images; the graph is built once, weights come from `restore`.

    The net sees each image letterboxed to `size` (or as it is); its logits are interpolated
    bilinearly back to every pixel of the image, and the greatest wins. What the letterbox adds is
    never looked at.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> logits [N, H, W, C].
      num_classes: C, at most 255.
      size: (height, width) that the net works at, or None for each image's own.
      threads: threads that decode the input; 0 for one per core.
      letterbox: how an image is fitted into `size`, as `utils.data.resize.letterbox`.
    """

    def __init__(self, build_net, num_classes, size, threads=0, letterbox=letterbox):
        self.num_classes, self.size, self._letterbox = num_classes, size, letterbox
        self._threads = threads or usable_cpus()
        self._pipelines = {}
        self._graph = tf.Graph()
        with self._graph.as_default():
            tf.set_random_seed(0)  # TF_DETERMINISTIC_OPS, where a user sets it, wants one
            height, width = size or (None, None)
            self._views = tf.placeholder(tf.float32, [None, height, width, 3], "views")
            self._sizes = tf.placeholder(tf.int32, [None, 2], "sizes")
            self._image = tf.placeholder(tf.uint8, [None, None, 3], "image")
            self._view = self._prepare(self._image)
            logits = build_net(self._views, is_training=False)
            self._predictions = self._to_native(logits)
            self._variables = tf.global_variables()
        config = tf.ConfigProto(allow_soft_placement=True)
        config.gpu_options.allow_growth = True
        self._session = tf.Session(graph=self._graph, config=config)

    def restore(self, checkpoint):
        """Loads weights, every one of the net's; of a seg-mentor run too.

        Args:
          checkpoint: prefix, "tmp/<run>/fcn.ckpt".

        Returns:
          `utils.train.initialise.Coverage`.

        Raises:
          UserError: no such checkpoint, a damaged one, or one of another net.
        """
        stored = open_checkpoint(checkpoint).get_variable_to_shape_map()
        names = legacy.map_variable_names(stored)
        try:
            coverage = restore_variables(self._session, self._variables, checkpoint, names)
        except (tf.errors.OpError, IndexError, ValueError, RuntimeError) as error:
            raise UserError("the checkpoint {} is not whole ({}): copy it again, or test another "
                            "with --afteriter".format(
                                checkpoint, str(error).splitlines()[0][:150]))
        if coverage.missing or coverage.mismatched:
            raise UserError("the checkpoint is of another net: {}; give the flags that it was "
                            "trained with (--basenet, --fcn8, ...)".format(coverage))
        return coverage

    # ---- predictions ----

    def predict(self, images):
        """Segments images.

        Args:
          images: list of uint8 [H, W, 3] arrays, RGB, of any sizes.

        Returns:
          list of uint8 [H, W] class indices.
        """
        if self.size is None:
            views = images
        else:
            views = [self._session.run(self._view, {self._image: image}) for image in images]
        return self._run(views, [image.shape[:2] for image in images])

    def predictions(self, files, legacy, batch_size=8, chosen=None, images=True):
        """Segments records, in their order; one such iteration over the same files at a time.

        Args:
          files: record files, in order.
          legacy: whether they hold raw pixels.
          batch_size: images that the net sees at once. Results do not depend on it, but for single
            pixels where two logits are equal up to rounding (TF 2.x, batches of one).
          chosen: increasing indices of the records wanted; None for all.
          images: whether to hand over the images too.

        Yields:
          `Item`s.

        Raises:
          UserError: a record cannot be read.
        """
        pipeline = self._pipeline(tuple(files), legacy, batch_size, images)
        wanted = np.ones([0], bool) if chosen is None else _mask(chosen)
        limit = -1 if chosen is None else len(wanted)
        self._session.run(pipeline.start, {pipeline.wanted: wanted, pipeline.limit: limit})
        for batch in iter(lambda: self._next_batch(pipeline, files), None):
            for row, prediction in enumerate(self._run(batch["view"], batch["size"])):
                height, width = batch["size"][row]
                yield Item(
                    int(batch["index"][row]), batch["name"][row].decode("utf-8", "replace"),
                    batch["image"][row, :height, :width] if images else None,
                    batch["label"][row, :height, :width], prediction)

    def _run(self, views, sizes):
        """Predictions of views; those of one shape go through the net together."""
        sizes = np.asarray(sizes, np.int32)
        groups = collections.OrderedDict()
        for row, size in enumerate(sizes):
            groups.setdefault(tuple(size) if self.size is None else self.size, []).append(row)
        found = [None] * len(sizes)
        for (height, width), rows in groups.items():
            predictions = self._session.run(self._predictions, {
                self._views: np.stack([views[row][:height, :width] for row in rows]),
                self._sizes: sizes[rows]})
            for row, prediction in zip(rows, predictions):
                found[row] = prediction[:sizes[row][0], :sizes[row][1]]
        return found

    def _next_batch(self, pipeline, files):
        try:
            return self._session.run(pipeline.next)
        except tf.errors.OutOfRangeError:
            return None
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            raise UserError("a record in {} cannot be read ({}): look for it with fcn_data.py check"
                            .format(os.path.dirname(files[0]), error.message.splitlines()[0][:150]))

    # ---- graph ----

    def _prepare(self, image):
        """uint8 [H, W, 3] -> what the net sees, float32 (or the image, at its own size)."""
        return image if self.size is None else self._letterbox(image, *self.size)[0]

    def _pipeline(self, *key):
        if key not in self._pipelines:
            with self._graph.as_default():
                self._pipelines[key] = self._build_pipeline(*key)
        return self._pipelines[key]

    def _build_pipeline(self, files, legacy, batch_size, images):
        wanted = tf.placeholder(tf.bool, [None])
        limit = tf.placeholder(tf.int64, [])

        def is_wanted(index, unused_serialized):
            return tf.cond(limit < 0, lambda: True, lambda: wanted[index])

        def parse(index, serialized):
            parsed = records.parse_example(serialized, legacy)
            element = {"index": index, "name": parsed["name"], "label": parsed["label"],
                       "size": tf.shape(parsed["image"])[:2],
                       "view": self._prepare(parsed["image"])}
            if images:
                element["image"] = parsed["image"]
            return element

        stream = records.read_records(files).apply(tf.data.experimental.enumerate_dataset())
        stream = stream.take(limit).filter(is_wanted).map(parse, num_parallel_calls=self._threads)
        stream = _padded_batches(stream, batch_size).prefetch(1)
        iterator = tf.data.make_initializable_iterator(
            stream.with_options(data_options(self._threads)))
        return _Pipeline(iterator.initializer, iterator.get_next(), wanted, limit)

    def _to_native(self, logits):
        """Logits [N, h, w, C] -> uint8 [N, H, W], H and W the greatest of the batch's images."""
        greatest = tf.reduce_max(self._sizes, axis=0)

        def one(inputs):
            scores, size = inputs
            classes = native_classes(scores, size, self.size, self.num_classes)
            missing = greatest - size
            return tf.pad(classes, [[0, missing[0]], [0, missing[1]]])
        return tf.map_fn(one, (logits, self._sizes), dtype=tf.uint8, back_prop=False,
                         parallel_iterations=usable_cpus())


def _mask(chosen):
    """bool [last + 1], true at the chosen indices."""
    mask = np.zeros([int(chosen[-1]) + 1 if len(chosen) else 0], bool)
    mask[chosen] = True
    return mask


def _padded_batches(stream, batch_size):
    """Batches of dicts whose images differ in size; labels are padded with what is ignored."""
    shapes = tf.data.get_output_shapes(stream)
    fill = {"index": np.int64(0), "name": "", "label": np.uint8(IGNORE), "size": np.int32(0)}
    types = tf.data.get_output_types(stream)
    fill.update((key, types[key].as_numpy_dtype(0)) for key in types if key not in fill)
    return stream.padded_batch(batch_size, shapes, fill)
