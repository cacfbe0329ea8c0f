"""BaseFcnArch: seg-mentor's template of blocks, from stride 32 step by step back to the image."""
from typing import Any, Mapping

from archs.base import BaseArch, Decoded


class BaseFcnArch(BaseArch):
    """A decoder that climbs from level 32 to `finest`, joining the features of each level.

    A subclass fills in the blocks that `climb` calls, and `upsample_final`.

    Attributes:
      finest: the level of the finest skip connection: 32, 16, 8 or 4.
    """
    finest = 4

    def climb(self, features: Mapping[Any, Any]) -> Any:
        """Features {4, 8, 16, 32} -> the map at level `finest`."""
        net = self.decode_32s(features[32])
        if self.finest <= 16:
            net = self.upsample_x2_32s(net)
            net = self.combine_16s(net, features[16])
        if self.finest <= 8:
            net = self.upsample_x2_16s(net)
            net = self.combine_8s(net, features[8])
        if self.finest <= 4:
            net = self.upsample_x2_8s(net)
            net = self.combine_4s(net, features[4])
        return net

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net = self.penultimate(self.climb(features))
        return Decoded(self.upsample_final(net), net)

    # ---- blocks for subclasses ----

    def decode_32s(self, features: Any) -> Any:
        """[N, h, w, C] of level 32 -> what the decoder works on, [N, h, w, D]."""
        raise NotImplementedError

    def upsample_x2_32s(self, net: Any) -> Any:
        """Level 32 -> level 16: [N, h, w, D] -> [N, 2h, 2w, E]."""
        raise NotImplementedError

    def combine_16s(self, net: Any, features: Any) -> Any:
        """Joins the upsampled net and the features of level 16."""
        raise NotImplementedError

    def upsample_x2_16s(self, net: Any) -> Any:
        """Level 16 -> level 8."""
        raise NotImplementedError

    def combine_8s(self, net: Any, features: Any) -> Any:
        """Joins the upsampled net and the features of level 8."""
        raise NotImplementedError

    def upsample_x2_8s(self, net: Any) -> Any:
        """Level 8 -> level 4."""
        raise NotImplementedError

    def combine_4s(self, net: Any, features: Any) -> Any:
        """Joins the upsampled net and the features of level 4."""
        raise NotImplementedError

    def penultimate(self, net: Any) -> Any:
        """Level `finest` -> the map that the last classification layer reads; as it is, unless a
        subclass goes on from it."""
        return net

    def upsample_final(self, net: Any) -> Any:
        """What `penultimate` made -> logits [N, H, W, num_classes] at the padded image's size."""
        raise NotImplementedError
