"""The net that was tested, in the form in which it is exported, for each export to match."""
from typing import Any, Callable, Tuple

import numpy as np

from utils.checkpoints.restore import restore_run
from utils.export.fold import fold
from utils.export.geometry import native_scores
from utils.export.serving import Form, build_serving
from utils.tf_compat import tf


class TestedNet:
    """The run's net with its variables and its batch norm, in a graph and session of its own.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> logits [N, H, W, C].
      form: a `Form`.
      checkpoint: prefix of the weights, one that a `Segmenter` of the same net has restored.
    """

    def __init__(self, build_net: Callable[..., Any], form: Form, checkpoint: str) -> None:
        self.form = form
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._input, self._output = build_serving(build_net, form)
            variables = tf.global_variables()
        self._session = tf.Session(graph=self._graph)
        restore_run(self._session, variables, checkpoint)

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs of a batch, as the form has them."""
        return self._session.run(self._output, {self._input: inputs})

    def frozen(self) -> Any:
        """Returns the net as one `GraphDef` of constants, folded."""
        frozen = tf.graph_util.convert_variables_to_constants(
            self._session, self._graph.as_graph_def(), [self.form.output])
        return fold(frozen, [self.form.output])


class Surroundings:
    """What stands around an exported net: an image becomes its input, its output the classes of the
    image's own pixels.

    Args:
      form: a `Form`.
      letterbox: how views are made, as `utils.data.resize.letterbox`.
    """

    def __init__(self, form: Form, letterbox: Callable[..., Any]) -> None:
        self._form = form
        with tf.Graph().as_default() as graph:
            self._image = tf.placeholder(tf.uint8, [None, None, 3])
            self._view = (tf.cast(self._image, tf.float32) if form.size is None
                          else letterbox(self._image, *form.size)[0])
            self._size = tf.placeholder(tf.int32, [2])
            self._scores = tf.placeholder(tf.float32, [1, None, None, None])
            self._native = tf.argmax(self._native_scores(), axis=-1)
        self._session = tf.Session(graph=graph)

    def _native_scores(self):
        if self._form.size is None or self._form.input == "image":
            return self._scores
        return native_scores(self._scores, (self._size[0], self._size[1]), self._form.size)

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """Makes the net's input of an image uint8 [H, W, 3], without the batch axis."""
        if self._form.input == "image":
            return image
        return self._session.run(self._view, {self._image: image})

    def native_labels(self, output: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
        """Returns one image's output, without the batch axis, as classes uint8 [H, W] of its own
        pixels.

        Labels of a view become scores of one and zero first: the class that most of the
        neighbourhood has.
        """
        if output.dtype == np.uint8 and output.shape == tuple(size):
            return output
        if output.dtype == np.uint8:
            output = np.eye(self._form.num_classes, dtype=np.float32)[output]
        return self._session.run(self._native, {
            self._scores: output[np.newaxis], self._size: size})[0].astype(np.uint8)
