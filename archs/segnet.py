"""SegNet (Badrinarayanan, Kendall, Cipolla, arXiv 1511.00561) on VGG-16."""
from typing import Any, Dict, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu
from archs.extractors.record import EXTRACTORS, FeatureExtractor
from utils.tf_compat import slim, tf


@DECODERS.register("SegNet")
class SegNet(BaseArch):
    """VGG-16's convolutions in reverse, each pool undone at the places of its greatest values.

        pool5 [h, w, 512]
        stage5: unpool as pool5 did, 3x3 512, 512, 512   [2h, 2w, 512]
        stage4: unpool as pool4 did, 3x3 512, 512, 256   [4h, 4w, 256]
        stage3: unpool as pool3 did, 3x3 256, 256, 128   [8h, 8w, 128]
        stage2: unpool as pool2 did, 3x3 128, 64         [16h, 16w, 64]
        stage1: unpool as pool1 did, 3x3 64, 3x3 scores  [32h, 32w, classes]

    Sec. 3 and fig. 2 of the paper. Batch norm and ReLU follow every convolution but the last. fc6
    and fc7 are left out, with nine tenths of VGG-16's weights. Nothing else of the feature
    extractor is read: details come from the places alone.

    Deviations: VGG-16 has no batch norm here, as published; in the paper every convolution of the
    encoder has one too.
    """
    FLAGS = ()
    OUTPUT_STRIDES = (32,)

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any) -> None:
        super().__init__(extractor.trunk(), num_classes, flags)

    @classmethod
    def problem(cls, extractor: FeatureExtractor, **parameters: Any) -> str:
        """As `BaseArch`; it wants a feature extractor of 2x2 max pools."""
        if not extractor.pools:
            return "it undoes 2x2 max pools, of which only {} is made: choose that".format(
                " or ".join(name for name in EXTRACTORS.names() if EXTRACTORS.get(name).pools))
        return super().problem(extractor, **parameters)

    def end_points(self) -> Dict[Any, str]:
        """Those of the record, and the maps that are pooled, by their own names."""
        return dict(super().end_points(),
                    **{pool.end_point: pool.end_point for pool in self.extractor.pools})

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net, pools = features[32], self.extractor.pools
        with conv_bn_relu():
            for stage in range(len(pools), 0, -1):
                pool = pools[stage - 1]
                channels = [pool.channels] * (pool.convolutions - 1)
                channels += [pools[stage - 2].channels] if stage > 1 else []
                net = unpool(net, features[pool.end_point])
                for index, count in enumerate(channels, start=1):
                    net = slim.conv2d(net, count, [3, 3], scope=f"stage{stage}/conv{index}")
        return Decoded(slim.conv2d(net, self.num_classes, [3, 3], activation_fn=None,
                                   scope="logits"), net)


def unpool(net: Any, pooled: Any) -> Any:
    """Undoes a max pool of 2x2 windows: each value goes to where the window had its greatest.

    Of equal values the first counts, row by row, as in `tf.nn.max_pool_with_argmax`. Without that
    operation's indices and a scatter it repeats bit by bit on every device, and can be exported.

    Args:
      net: float32 [N, h, w, C].
      pooled: float32 [N, 2h, 2w, C], the map that was pooled.

    Returns:
      float32 [N, 2h, 2w, C]; three of four values are 0. No gradient reaches `pooled`.
    """
    corners = tf.split(tf.space_to_depth(tf.stop_gradient(pooled), 2), 4, axis=3)
    greatest = tf.maximum(tf.maximum(corners[0], corners[1]), tf.maximum(corners[2], corners[3]))
    free, placed = tf.ones_like(net), []
    for corner in corners:
        here = free * tf.cast(tf.equal(corner, greatest), tf.float32)
        free -= here
        placed.append(net * here)
    return tf.depth_to_space(tf.concat(placed, axis=3), 2)
