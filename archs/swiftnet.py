"""SwiftNet, single scale (Orsic et al., In Defense of Pre-trained ImageNet Architectures for
Real-time Semantic Segmentation, arXiv 1903.08469)."""
from typing import Any, Dict, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.extractors.record import FeatureExtractor
from archs.layers import Side
from archs.resample import adaptive_average_pool, resize
from utils.maps import spatial_size
from utils.registry import Parameter
from utils.tf_compat import slim, tf

#: Rows of the grids that the deepest features are averaged over.
_GRIDS = (8, 4, 2)


@DECODERS.register("SwiftNet", width=Parameter(
    128, "channels of every map; the pyramid's grids have a third each", at_least=3))
class SwiftNet(BaseArch):
    """Spatial pyramid pooling, and a light ladder of one 3x3 convolution a step.

        spp:   1x1 128; its means over grids of 8, 4 and 2 rows, each 1x1 42, enlarged again;
               all appended (128 + 3 x 42), 1x1 128                          [H / 32, W / 32, 128]
        up_16: upsampling + 1x1 128 of features[16], 3x3 128                 [H / 16, W / 16, 128]
        up_8:  upsampling + 1x1 128 of features[8], 3x3 128                  [H / 8, W / 8, 128]
        up_4:  upsampling + 1x1 128 of features[4], 3x3 128                  [H / 4, W / 4, 128]
        1x1 scores, upsampling by 4                                          [H, W, classes]

    Fig. 2 and 3 of the paper and the authors' code (orsic/swiftnet, models/util.py). Batch norm and
    ReLU stand before every convolution. Grids keep the aspect of the map: that of 8 rows has 11
    columns for 3:4. Features are read before the last ReLU of their residual unit, where the
    feature extractor has residual units with one (ResNets); those of MobileNet V2 at strides 4, 8
    and 16 have none. Of the others they are read behind it.

    Deviations: weights start as He et al. say by the inputs in place of the outputs. Half columns
    of a grid are rounded up, not to even. The authors let the decoder learn four times as fast as
    the feature extractor; --difflr makes it ten times.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any,
                 width: int) -> None:
        super().__init__(extractor, num_classes, flags)
        self.width = width

    def end_points(self) -> Dict[Any, str]:
        return {feature.level: feature.before_relu or feature.end_point
                for feature in self.extractor.features}

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net = self._pyramid_pooling(features[32])
        for coarse, fine in ((32, 16), (16, 8), (8, 4)):
            skip = _bn_relu_conv(features[fine], self.width, 1, f"up_{fine}/skip")
            net = self.upsample(net, coarse, fine) + skip
            net = _bn_relu_conv(net, self.width, 3, f"up_{fine}/blend")
        net = _bn_relu(net, "logits")
        scores = slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits")
        return Decoded(self.upsample(scores, 4, 1), net)

    def _pyramid_pooling(self, net):
        """[N, h, w, C] -> [N, h, w, width]."""
        net = _bn_relu_conv(net, self.width, 1, "spp/squeeze")
        height, width = spatial_size(net)
        maps = [net]
        for rows in _GRIDS:
            pooled = adaptive_average_pool(net, rows, grid_columns(rows, height, width))
            pooled = _bn_relu_conv(pooled, self.width // len(_GRIDS), 1, f"spp/grid_{rows}")
            maps.append(resize(pooled, height, width))
        return _bn_relu_conv(tf.concat(maps, axis=3), self.width, 1, "spp/fuse")


def grid_columns(rows: int, height: Side, width: Side) -> Side:
    """Computes the columns of a grid of so many rows with the aspect of a map, 1 at least.

    Args:
      rows: of the grid.
      height, width: of the map, ints or int32 scalar tensors.
    """
    columns = (2 * rows * width + height) // (2 * height)
    return max(columns, 1) if isinstance(columns, int) else tf.maximum(columns, 1)


def _bn_relu(net, scope):
    return slim.batch_norm(net, activation_fn=tf.nn.relu, scope=scope + "/BatchNorm")


def _bn_relu_conv(net, channels, size, scope):
    """Batch norm, ReLU, and a convolution without a bias, which the next batch norm would undo."""
    return slim.conv2d(_bn_relu(net, scope), channels, [size, size], activation_fn=None,
                       weights_initializer=slim.variance_scaling_initializer(),
                       biases_initializer=None, scope=scope)
