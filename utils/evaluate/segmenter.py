"""A net in a graph and session of its own, which turns images into class indices."""
import collections
import os
from concurrent import futures

import numpy as np

from utils.data import records
from utils.data.resize import letterbox
from utils.errors import UserError
from utils.evaluate.batching import equal_batches, in_order
from utils.evaluate.native_size import native_classes
from utils.machine import usable_cpus
from utils.ordered import run_ahead
from utils.runs import legacy
from utils.tf_compat import data_options, error_reason, tf
from utils.train.initialise import open_checkpoint, restore_variables

#: One predicted record. index: place in the split; name: "" in legacy records; image: uint8
#: [H, W, 3] or None; label, prediction: uint8 [H, W].
Item = collections.namedtuple("Item", "index name image label prediction")

#: A batch goes through the net in so many parts at a time, each in a thread of its own.
RUNS_AT_ONCE = 2
#: Images are held so far ahead for others of their size, as decoded.
LOOK_AHEAD_BYTES = 64 * 2 ** 20
#: Images that are decoded while the net works.
PREFETCH = 8

_Pipeline = collections.namedtuple("_Pipeline", "start next wanted limit")


class Segmenter:
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
            raise UserError(f"the checkpoint {checkpoint} is not whole ({error_reason(error)}): "
                            "copy it again, or test another with --afteriter")
        if coverage.missing or coverage.mismatched:
            raise UserError(f"the checkpoint is of another net: {coverage}; give the flags that it "
                            "was trained with (--basenet, --fcn8, ...)")
        return coverage

    # ---- predictions ----

    def predict(self, images):
        """Segments images.

        Args:
          images: list of uint8 [H, W, 3] arrays, RGB, of any sizes.

        Returns:
          list of uint8 [H, W] class indices.
        """
        elements = ({"view": self._session.run(self._view, {self._image: image}),
                     "size": image.shape[:2]} for image in images)
        return [prediction for _, prediction in self._predicted(elements, len(images))]

    def predictions(self, files, legacy, batch_size=8, chosen=None, images=True):
        """Segments records, in their order; one such iteration over the same files at a time.

        Where the net sees images at their own sizes, those of one size are put together; no more
        than `LOOK_AHEAD_BYTES` of images are held for that.

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
        pipeline = self._pipeline(tuple(files), legacy, images)
        wanted = np.ones([0], bool) if chosen is None else _mask(chosen)
        limit = -1 if chosen is None else len(wanted)
        self._session.run(pipeline.start, {pipeline.wanted: wanted, pipeline.limit: limit})
        elements = iter(lambda: self._next(pipeline, files), None)
        for element, prediction in self._predicted(elements, batch_size):
            yield Item(int(element["index"]), element["name"].decode("utf-8", "replace"),
                       element.get("image"), element["label"], prediction)

    def _predicted(self, elements, batch_size):
        """Predicts dicts with view and size; yields (element, uint8 [H, W]) in their order.

        The next parts are under way while a result is used: one core works on what does not
        divide, such as the greatest of some logits, while others work on the next net.
        """
        batches = equal_batches(enumerate(elements), _shape, -(-batch_size // RUNS_AT_ONCE), _bytes,
                                LOOK_AHEAD_BYTES)
        with futures.ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            found = run_ahead(pool, self._run, batches, RUNS_AT_ONCE)
            yield from in_order((place, (element, prediction)) for batch, predictions in found
                                for (place, element), prediction in zip(batch, predictions))

    def _run(self, batch):
        """Predictions of (place, element) pairs whose views are of one shape."""
        sizes = np.array([element["size"] for _, element in batch], np.int32)
        found = self._session.run(self._predictions, {
            self._views: np.stack([element["view"] for _, element in batch]), self._sizes: sizes})
        return [prediction[:height, :width] for prediction, (height, width) in zip(found, sizes)]

    def _next(self, pipeline, files):
        try:
            with records.record_errors(os.path.dirname(files[0])):
                return self._session.run(pipeline.next)
        except tf.errors.OutOfRangeError:
            return None

    # ---- graph ----

    def _prepare(self, image):
        """uint8 [H, W, 3] -> what the net sees, float32 (or the image, at its own size)."""
        if self.size is None:
            return image
        # Fitting an image into its own size changes nothing, and would take longer than decoding.
        view = tf.cond(tf.reduce_all(tf.equal(tf.shape(image)[:2], self.size)),
                       lambda: tf.cast(image, tf.float32),
                       lambda: self._letterbox(image, *self.size)[0])
        return tf.ensure_shape(view, tuple(self.size) + (3,))

    def _pipeline(self, *key):
        if key not in self._pipelines:
            with self._graph.as_default():
                self._pipelines[key] = self._build_pipeline(*key)
        return self._pipelines[key]

    def _build_pipeline(self, files, legacy, images):
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
        stream = stream.prefetch(PREFETCH)
        iterator = tf.data.make_initializable_iterator(
            stream.with_options(data_options(self._threads)))
        return _Pipeline(iterator.initializer, iterator.get_next(), wanted, limit)

    def _to_native(self, logits):
        """Logits [N, h, w, C] -> uint8 [N, H, W], H and W the greatest of the batch's images."""
        greatest = tf.reduce_max(self._sizes, axis=0)

        def one(row):
            classes = native_classes(logits[row], self._sizes[row], self.size, self.num_classes)
            missing = greatest - self._sizes[row]
            return tf.pad(classes, [[0, missing[0]], [0, missing[1]]])
        return tf.map_fn(one, tf.range(tf.shape(logits)[0]), dtype=tf.uint8, back_prop=False,
                         parallel_iterations=usable_cpus())


def _mask(chosen):
    """bool [last + 1], true at the chosen indices."""
    mask = np.zeros([int(chosen[-1]) + 1 if len(chosen) else 0], bool)
    mask[chosen] = True
    return mask


def _shape(numbered):
    return numbered[1]["view"].shape


def _bytes(numbered):
    return sum(value.nbytes for value in numbered[1].values() if isinstance(value, np.ndarray))
