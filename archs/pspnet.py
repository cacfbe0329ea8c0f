"""PSPNet (Zhao et al., arXiv 1612.01105) on any feature extractor."""
from typing import Any, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu
from archs.extractors.record import FeatureExtractor
from archs.layers import stateless_dropout
from archs.resample import adaptive_average_pool, resize
from utils.maps import spatial_size
from utils.registry import Parameter
from utils.tf_compat import slim, tf

#: Sides of the grids that the map is averaged over.
_BINS = (1, 2, 3, 6)


@DECODERS.register("PSPNet", width=Parameter(512, "channels of the convolution after the pyramid",
                                             at_least=1))
class PSPNet(BaseArch):
    """Averages of the deepest features over grids, from the whole map to 6x6, joined to the map.

    Sec. 3.2 and fig. 3 of the paper. For images of [N, 384, 480, 3] at output stride 8, which the
    paper has, and ResNet-18:

        features[32] [N, 48, 60, 512] -> averages [N, b, b, 512], b = 1, 2, 3, 6
        -> 1x1 [N, b, b, 128] -> resized [N, 48, 60, 128] -> concat with the map [N, 48, 60, 1024]
        -> 3x3 [N, 48, 60, 512] -> dropout -> 1x1, scores [N, 48, 60, num_classes] -> x8

    Batch norm and ReLU follow every convolution but the last; the 1x1 convolutions have a quarter
    of the map's channels. The pyramid reads the record's `trunk`: layer_18 of MobileNet V2, pool5
    of VGG16. The paper's deep supervision is `--aux_loss_weight=0.4 --aux_stride=16`.

    It differs from the authors' code in how averages are resized: by the edges of the map, of which
    the cells are shares, where theirs lays corner on corner. The grid of one cell has batch norm as
    in the paper, which sees one value for each image of the batch.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any,
                 width: int) -> None:
        super().__init__(extractor.trunk(), num_classes, flags)
        self.width = width

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        with conv_bn_relu():
            net = slim.conv2d(pyramid(features[32]), self.width, [3, 3], scope="join")
        net = stateless_dropout(net, .9, is_training, scope="dropout")
        scores = slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits")
        return Decoded(self.upsample(scores, 32, 1), net)


def pyramid(features: Any) -> Any:
    """Joins a map and its averages over grids, inside `conv_bn_relu`.

    Args:
      features: float32 [N, h, w, C], of static or dynamic size.

    Returns:
      float32 [N, h, w, C + 4 * (C // 4)].
    """
    height, width = spatial_size(features)
    channels = max(int(features.shape[-1]) // len(_BINS), 1)
    levels = [features]
    for bins in _BINS:
        net = adaptive_average_pool(features, bins, bins)
        net = slim.conv2d(net, channels, [1, 1], scope=f"pyramid/bins_{bins}")
        levels.append(resize(net, height, width))
    return tf.concat(levels, axis=3)
