"""The record of a feature extractor, and the registry of all of them."""
import dataclasses
from typing import Callable, Mapping, Optional, Tuple

from utils.errors import UserError
from utils.registry import Registry

EXTRACTORS = Registry("feature extractor")
STRIDES = (4, 8, 16, 32)


@dataclasses.dataclass(frozen=True)
class FeatureExtractor(object):
    """An ImageNet classifier used as the encoder of a segmentation net.

    What is declared here is verified on the built graph by tests/archs/test_extractors.py.

    Attributes:
      name: the value of --basenet; also the stem of the default checkpoint's file name.
      net: `net(images, is_training, num_classes=None) -> (net, end_points)`; images float32
        [N, H, W, 3], already normalised, H and W multiples of 32. With `num_classes` the net has
        its classification head, and `net` is logits float32 [N, num_classes].
      arg_scope: `arg_scope(weight_decay, bn_decay)`, the slim arg scope that `net` wants; its
        weight decay is `archs.extractors.common.l2`, for nets in float16 too.
      normalize: float32 [N, H, W, 3], RGB 0..255 -> what the net was trained on.
      endpoints: {stride: key of end_points}, the last features of each stride.
      channels: {stride: channels of that end point}.
      offsets: {stride: o}: feature (i, j) of stride s has its receptive field centred at pixel
        (s * i + o, s * j + o), where the first pixel has its centre at 0. The padding decides it.
      checkpoint_scope: first part of every variable's name, as in the published checkpoint.
      checkpoint_file: file name of the published checkpoint.
      published: where that file is found.
      paper: where the net is described.
      head_scopes: variables under these names belong to the classifier, not to the encoder.
      head_classes: classes of the published head (1001: background first).
      width: its own depth multiplier.
      widths: those that checkpoints are published for; () for a net of one width.
      at_depth: `at_depth(depth_multiplier) -> FeatureExtractor` where the net comes in widths.
    """
    name: str
    net: Callable
    arg_scope: Callable
    normalize: Callable
    endpoints: Mapping[int, str]
    channels: Mapping[int, int]
    offsets: Mapping[int, float]
    checkpoint_scope: str
    checkpoint_file: str
    published: str
    paper: str
    head_scopes: Tuple[str, ...]
    head_classes: int
    width: float = 1.0
    widths: Tuple[float, ...] = ()
    at_depth: Optional[Callable] = None

    @property
    def is_published(self) -> bool:
        """Whether there is a published checkpoint at this width."""
        return not self.widths or self.width in self.widths


def get_extractor(name, depth_multiplier=1.0):
    """The record of a name or alias, at a width.

    Raises:
      UserError: for an unknown name, and for a width other than 1 of a net that has one width only.
    """
    extractor = EXTRACTORS.get(name)
    if depth_multiplier == 1.0:
        return extractor
    if extractor.at_depth is None:
        raise UserError("--depth_multiplier={}: {} comes in one width only; leave it at 1, or "
                        "choose a MobileNet".format(depth_multiplier, extractor.name))
    if depth_multiplier <= 0:
        raise UserError("--depth_multiplier={}: expected a number above 0, as 0.25 or 1.4".format(
            depth_multiplier))
    return extractor.at_depth(depth_multiplier)
