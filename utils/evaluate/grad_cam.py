"""Seg-Grad-CAM: what in a layer raises the score of some pixels, for one net with its weights.

Vinogradova, Dibrov & Myers, AAAI 2020 (arXiv 2002.11434), sec. 3: of a class c and a set M of
pixels the score is y = sum of the logits of c over M. Channel k of a layer A gets the weight
alpha_k = mean over its places of dy/dA_k, and the map is ReLU(sum over k of alpha_k A_k).

Where y is linear in the layer, alpha does not depend on the image: the map is the class's own score
map, as of FCN at its last features, and no evidence of what the net attends to.
"""
import contextlib
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np

from utils.checkpoints.restore import assign
from utils.errors import UserError
from utils.evaluate.predictor import Predictor
from utils.net_output import Grid
from utils.tf_compat import tf

#: Difference of two gradients, beside the greater one, up to which they are the same.
_SAME = 1e-3
PENULTIMATE = "penultimate"


class Layer(NamedTuple):
    """A layer that a map can be made of.

    Attributes:
      values: float32 [1, h, w, C] tensor.
      gradients: of the score, of the same shape.
      grid: where its cells stand; None where the net does not tell.
    """
    values: Any
    gradients: Any
    grid: Optional[Grid]


class GradCam:
    """Makes maps of a net; the gradients are added to its graph once.

    Args:
      predictor: of a net that returns its features; its weights are the session's.

    Raises:
      UserError: the net does not return its features.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        net = predictor.net
        tensors = dict(net.features)
        if net.penultimate is not None and not any(
                net.penultimate is tensor for tensor in tensors.values()):
            tensors[PENULTIMATE] = net.penultimate
        with predictor.graph.as_default():
            self._class = tf.placeholder(tf.int32, [], "cam_class")
            self._mask = tf.placeholder(tf.float32, [None, None], "cam_mask")
            logits = tf.gather(net.logits[0], self._class, axis=-1)
            found = tf.gradients(tf.reduce_sum(logits * self._mask), list(tensors.values()))
        self.layers: Dict[str, Layer] = {
            str(key): Layer(tensor, gradient, net.grids.get(key))
            for (key, tensor), gradient in zip(tensors.items(), found) if gradient is not None}
        if not self.layers:
            raise UserError("this net does not tell its features: no map can be made of it")

    def cells(self, view: np.ndarray, label: int, mask: np.ndarray, layer: str) -> np.ndarray:
        """Makes the map of a layer: float32 [h, w], at least 0.

        Args:
          view: float32 [H, W, 3], of the predictor.
          label: the class.
          mask: float32 [H, W], weights of the view's pixels in the score.
          layer: one of `layers`.
        """
        values, gradients = self._run(layer, self._fed(view, label, mask))
        alpha = gradients.mean((0, 1), np.float64)
        return np.maximum(values.astype(np.float64) @ alpha, 0).astype(np.float32)

    def is_score_map(self, view: np.ndarray, label: int, mask: np.ndarray, layer: str) -> bool:
        """Tells whether the score is linear in a layer, so that its map is the class's score map.

        The gradient at the layer's values is compared with that at other values, the same ones of
        other channels.

        Args: as of `cells`.
        """
        fed = self._fed(view, label, mask)
        values, first = self._run(layer, fed)
        other = np.roll(values, 1, axis=-1) + np.roll(values, 1, axis=0)[:, ::-1]
        fed[self.layers[layer].values] = other[np.newaxis]
        second = self._run(layer, fed)[1]
        return bool(np.abs(first - second).max() <= _SAME * np.abs([first, second]).max())

    def deepest(self, view: np.ndarray, label: int, mask: np.ndarray) -> str:
        """Finds the deepest level below the head: the first whose map is no score map.

        Args: as of `cells`.
        """
        levels = sorted((name for name in self.layers if name.isdigit()), key=int, reverse=True)
        for name in levels:
            if not self.is_score_map(view, label, mask, name):
                return name
        return levels[-1] if levels else next(iter(self.layers))

    def grid(self, layer: str, view_size: Sequence[int], shape: Sequence[int]) -> Grid:
        """Returns where a layer's cells stand; where the net does not tell, in the middle of
        their strides.

        Args:
          view_size: (H, W) of the view.
          shape: (h, w) of the layer.
        """
        found = self.layers[layer].grid
        if found is not None:
            return found
        # Feature extractors see sides that are multiples of 32.
        stride = (view_size[0] + -view_size[0] % 32) / shape[0]
        return Grid(stride, (stride - 1) / 2)

    @contextlib.contextmanager
    def redrawn(self, variables: Sequence[Any], seed: int) -> Iterator[None]:
        """Draws weights anew, each kernel's from its own values, until the block ends.

        Adebayo et al., NeurIPS 2018 (arXiv 1810.03292), sec. 3: a map that stays as it is does not
        tell of what those weights have learned. Scales, biases and moments stay.

        Args:
          variables: whose weights are drawn.
          seed: of the draws.
        """
        kernels: List[Any] = [one for one in variables if len(one.shape) > 1]
        session = self._predictor.session
        trained = dict(zip(kernels, session.run(kernels)))
        random = np.random.RandomState(seed)
        assign(session, {one: random.permutation(value.ravel()).reshape(value.shape)
                         for one, value in trained.items()})
        try:
            yield
        finally:
            assign(session, trained)

    def _fed(self, view, label, mask):
        return {**self._predictor.fed(view), self._class: label, self._mask: mask}

    def _run(self, layer, fed):
        found = self._predictor.session.run(self.layers[layer][:2], fed)
        return found[0][0], found[1][0]
