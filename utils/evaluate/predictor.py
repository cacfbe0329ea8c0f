"""A net in a graph and session of its own: views go in, outputs of the images come back."""
from concurrent import futures
from typing import Any, Callable, Dict, Iterable, Iterator, Optional, Sequence, Tuple

import numpy as np

from utils.checkpoints.restore import Coverage, restore_run
from utils.data.labels import IGNORE_LABEL
from utils.data.resize import letterbox
from utils.errors import UserError
from utils.evaluate.batching import equal_batches, in_order
from utils.evaluate.outputs import OUTPUTS, Seen
from utils.evaluate.views import fitted
from utils.net_output import NetOutput, as_output
from utils.ordered import run_ahead
from utils.tf_compat import error_reason, tf

#: Parts of a batch that go through the net at the same time, each in a thread of its own.
RUNS_AT_ONCE = 2
#: Images are held so far ahead for others of their size, as decoded.
LOOK_AHEAD_BYTES = 64 * 2 ** 20


class Predictor:
    """Runs a net on views; the graph is built once, weights come from `restore`.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> a `NetOutput`, or logits
        [N, H, W, C].
      num_classes: C, at most 255.
      size: (height, width) of the views, or None for each image's own.
      letterbox: how an image is fitted into `size`, as `utils.data.resize.letterbox`.
    """

    def __init__(self, build_net: Callable[..., Any], num_classes: int,
                 size: Optional[Tuple[int, int]], letterbox: Callable[..., Any] = letterbox
                 ) -> None:
        self.size, self._letterbox = size, letterbox
        self._fetched: Dict[str, Any] = {}
        self._boxes: Any = None
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(0)  # TF_DETERMINISTIC_OPS, where a user sets it, wants one
            height, width = size or (None, None)
            self._views = tf.placeholder(tf.float32, [None, height, width, 3], "views")
            self._sizes = tf.placeholder(tf.int32, [None, 2], "sizes")
            self._labels = tf.placeholder(tf.uint8, [None, None, None], "labels")
            self._image = tf.placeholder(tf.uint8, [None, None, 3], "image")
            self._view = self.prepare(self._image)
            self._seen = Seen(as_output(build_net(self._views, is_training=False)), self._sizes,
                              size, num_classes, self._labels)
            self._variables = tf.global_variables()
        config = tf.ConfigProto(allow_soft_placement=True)
        config.gpu_options.allow_growth = True
        self.session = tf.Session(graph=self.graph, config=config)

    def restore(self, checkpoint: str) -> Coverage:
        """Loads weights, every one of the net's; of a seg-mentor run too.

        Args:
          checkpoint: prefix, "tmp/<run>/fcn.ckpt".

        Returns:
          `Coverage`.

        Raises:
          UserError: no such checkpoint, a damaged one, or one of another net.
        """
        try:
            coverage = restore_run(self.session, self._variables, checkpoint)
        except (tf.errors.OpError, IndexError, ValueError, RuntimeError) as error:
            raise UserError(f"the checkpoint {checkpoint} is not whole ({error_reason(error)}): "
                            "copy it again, or test another with --afteriter") from error
        if coverage.missing or coverage.mismatched:
            raise UserError(f"the checkpoint is of another net: {coverage}; give the flags that it "
                            "was trained with (--basenet, --fcn8, ...)")
        return coverage

    # ---- views ----

    @property
    def net(self) -> NetOutput:
        """The net's output for the batch of views that is fed to `fed`."""
        return self._seen.net

    def fed(self, view: np.ndarray) -> Dict[Any, np.ndarray]:
        """Returns what a session is fed with for one view, float32 [h, w, 3]."""
        return {self._views: view[np.newaxis]}

    def box(self, size: Sequence[int]) -> np.ndarray:
        """Finds where an image of (height, width) stands in its view: int32 [4], top, left, height
        and width."""
        if self._boxes is None:
            with self.graph.as_default():
                self._boxes = self._seen.boxes
        return self.session.run(self._boxes, {self._sizes: [list(size)]})[0]

    def prepare(self, image: Any) -> Any:
        """In the graph: image uint8 [H, W, 3] -> what the net sees, float32 (or, at its own size,
        the image)."""
        return image if self.size is None else fitted(image, self.size, self._letterbox)

    def view(self, image: np.ndarray) -> np.ndarray:
        """Returns the net's view of an image uint8 [H, W, 3]."""
        return self.session.run(self._view, {self._image: image})

    # ---- outputs ----

    def logits(self, views: np.ndarray) -> np.ndarray:
        """Returns the net's logits of views [N, h, w, 3]: float32 [N, h, w, C].

        Views have the predictor's size; where that is None, any.
        """
        return self.session.run(self._seen.net.logits, {self._views: views})

    def predicted(self, elements: Iterable[Dict[str, Any]], batch_size: int,
                  outputs: Sequence[str] = ("classes",)
                  ) -> Iterator[Tuple[Dict[str, Any], Dict[str, np.ndarray]]]:
        """Runs the net on elements; yields (element, {output: its value}) in their order.

        The next parts are computed while a result is used: one core takes the greatest of some
        logits, say, while others work on the next net.

        Args:
          elements: dicts that have view and size; label too, where an output reads it.
          batch_size: views that the net sees at once.
          outputs: choices of `OUTPUTS`, as users write them.

        Raises:
          UserError: an unknown output, one that the net does not have, or one of labels for
            elements without.
        """
        fetched = {name: self._fetch(name) for name in outputs}
        batches = equal_batches(enumerate(elements), _shape, -(-batch_size // RUNS_AT_ONCE), _bytes,
                                LOOK_AHEAD_BYTES)
        with futures.ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            found = run_ahead(pool, lambda batch: self._run(batch, fetched), batches, RUNS_AT_ONCE)
            yield from in_order((place, (element, values)) for batch, results in found
                                for (place, element), values in zip(batch, results))

    def _fetch(self, name):
        """Returns the `Pixels` or `PerImage` of an output, built when it is asked for first."""
        if name not in self._fetched:
            with self.graph.as_default():
                self._fetched[name] = OUTPUTS.choose(name).make(self._seen)
        return self._fetched[name]

    def _run(self, batch, fetched):
        """Returns [{output: value}] of (place, element) pairs whose views are of one shape."""
        sizes = np.array([element["size"] for _, element in batch], np.int32)
        fed = {self._views: np.stack([element["view"] for _, element in batch]),
               self._sizes: sizes}
        labelled = [name for name, output in fetched.items() if output.labelled]
        if labelled:
            fed[self._labels] = _padded_labels(batch, sizes, labelled[0])
        found = self.session.run({name: output.values for name, output in fetched.items()}, fed)
        return [{name: output.of(found[name][row], size) for name, output in fetched.items()}
                for row, size in enumerate(sizes)]


def _padded_labels(batch, sizes, output):
    """Returns the labels of (place, element) pairs: uint8 [N, H, W], padded to the greatest."""
    if any(element.get("label") is None for _, element in batch):
        raise UserError(f"output {output} reads labels, but these images have none: leave it out")
    labels = np.full((len(batch), *sizes.max(axis=0)), IGNORE_LABEL, np.uint8)
    for padded, (_, element) in zip(labels, batch):
        height, width = element["size"]
        padded[:height, :width] = element["label"]
    return labels


def _shape(numbered):
    return numbered[1]["view"].shape


def _bytes(numbered):
    return sum(value.nbytes for value in numbered[1].values() if isinstance(value, np.ndarray))
