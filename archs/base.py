"""BaseArch: a feature extractor, and a decoder that makes logits of its features.

    images -> normalise, pad -> feature extractor -> {level: features} -> decode -> crop -> logits

A decoder is a subclass with a method `decode`, in a file of its own in this folder, registered in
`DECODERS` under the name that --extended_arch takes, with its own parameters:

    @DECODERS.register("Mine", width=Parameter(64, "channels", at_least=1))
    class Mine(BaseArch):
        def __init__(self, extractor, num_classes, flags, width): ...
        def decode(self, features, is_training): ...
"""
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from archs import layers, resample
from archs.blocks import score_head
from archs.extractors.atrous import OUTPUT_STRIDES
from archs.extractors.record import FeatureExtractor
from archs.unread import leave_unread_untrained
from utils.errors import UserError
from utils.maps import spatial_size
from utils.names import unknown_name
from utils.net_output import Grid, NetOutput
from utils.registry import Registry
from utils.tf_compat import slim, tf

DECODERS = Registry("decoder")
DECODER_SCOPE = "decoder"
#: Below the decoder's scope: what deep supervision adds in training.
AUXILIARY_SCOPE = "auxiliary"


class Decoded(NamedTuple):
    """What `BaseArch.decode` makes.

    Attributes:
      logits: float32 [N, H, W, num_classes] at the size of the padded image.
      penultimate: float32 [N, h, w, C], the map that the last classification layer reads.
    """
    logits: Any
    penultimate: Any


class BaseArch:
    """A segmentation net: `build(images, is_training) -> NetOutput`.

    For images of [N, 360, 480, 3] the feature extractor sees [N, 384, 480, 3]; MobileNet V1 gives

        features[2] [N, 192, 240, 64]     features[8] [N, 48, 60, 256]
        features[4] [N, 96, 120, 128]     features[16] [N, 24, 30, 512]
                                          features[32] [N, 12, 15, 1024]

    and `decode` makes logits of [N, 384, 480, num_classes], cropped to [N, 360, 480, num_classes].
    The keys are levels: at output stride 16 features[32] is [N, 24, 30, 1024], as fine as
    features[16], and the upsampling from level 32 to level 16 enlarges nothing.

    A subclass declares, as class attributes:
      FLAGS: the flags of the net that it takes and other decoders may not. One that is given to a
        decoder that does not take it is refused.
      VARIANTS: {suffix: {flag: value}}, the nets that a comparison of all has, by what its name
        gets: {"32": {"fcn16": False}, "16": {}} are FCN32 and FCN16.
      OUTPUT_STRIDES: the output strides that it works at.

    Args:
      extractor: the feature extractor's record.
      num_classes: channels of the logits.
      flags: an object with align, weight_decay, bn_decay, noise_seed and the flags in `FLAGS`.

    Raises:
      UserError: an unknown --align.
    """
    FLAGS: Tuple[str, ...] = ("align",)
    VARIANTS: Mapping[str, Mapping[str, Any]] = {"": {}}
    OUTPUT_STRIDES: Tuple[int, ...] = OUTPUT_STRIDES

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any) -> None:
        self.extractor = extractor
        self.num_classes = num_classes
        self.align = flags.align
        self.weight_decay = flags.weight_decay
        self.bn_decay = flags.bn_decay
        self.noise_seed = flags.noise_seed
        if self.align not in resample.ALIGNMENTS:
            raise UserError("--align: " + unknown_name("value", self.align, resample.ALIGNMENTS))

    # ---- what a subclass says ----

    @classmethod
    def problem(cls, extractor: FeatureExtractor, **parameters: Any) -> str:
        """Says why the decoder does not work on a feature extractor, or "" where it does.

        Args:
          **parameters: the values of its own parameters, as its constructor gets them.
        """
        if extractor.output_stride in cls.OUTPUT_STRIDES:
            return ""
        return "it wants --output_stride={}, not {}".format(
            " or ".join(map(str, sorted(cls.OUTPUT_STRIDES, reverse=True))),
            extractor.output_stride)

    def end_points(self) -> Dict[Any, str]:
        """Names what `decode` is given: {key: end point of the feature extractor}.

        Those of the record by default, by level. A subclass adds others that it reads.
        """
        return {feature.level: feature.end_point for feature in self.extractor.features}

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        """Makes logits of features.

        Args:
          features: {level: float32 [N, h, w, C]}, as `end_points` names them.
          is_training: Python bool, for dropout; batch norm knows it already.
        """
        raise NotImplementedError

    def auxiliary_logits(self, features: Mapping[Any, Any], level: int) -> Dict[str, Any]:
        """Makes logits for deep supervision, in training alone; scores of one level by default.

        Args:
          features: as of `decode`.
          level: whose features are to learn by a loss of their own, 2 to 32.

        Returns:
          {name: float32 [N, H, W, num_classes]} at the size of the padded image. A loss of them is
          logged under their name: "loss/aux_cross_entropy".
        """
        scores = score_head(features[level], self.num_classes, True, f"level_{level}")
        return {"aux": self.upsample(scores, level, 1)}

    # ---- the net ----

    def build(self, images: Any, is_training: bool, freeze_fe: bool = False, noise_step: Any = None,
              dtype: Any = "float32", auxiliary_level: int = 0,
              freeze_bn: bool = False) -> NetOutput:
        """Builds the graph.

        The feature extractor's variables get the names of the published checkpoint, all others go
        under "decoder". To build it twice in a graph: `with
        tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE)` around both.

        Args:
          images: uint8 or float32 [N, H, W, 3], RGB 0..255; H and W static or dynamic, any size.
          is_training: Python bool; it reaches every batch norm and dropout.
          freeze_fe: runs the feature extractor as in a test even while training: no dropout, no
            updates of batch norm, no weight decay. Its variables are for the train op to leave out.
          noise_step: int64 scalar tensor that dropout's noise is a function of; None: the global
            step. For nets that see a part of a step's batch each.
          dtype: what the feature extractor computes in, "float32" or "float16". Variables, batch
            norm's statistics, the decoder and the logits are float32 in any case.
          auxiliary_level: builds the `auxiliary_logits` of a level too; 0: none. Of no effect in
            tests, whose graphs and checkpoints need no variable of them.
          freeze_bn: runs the feature extractor as in a test, with weight decay: batch norm by its
            moving averages, no dropout.
        """
        if is_training:  # here, or dropout would make it inside the feature extractor's scope
            tf.train.get_or_create_global_step()
        height, width = spatial_size(images)
        with layers.dropout_noise(self.noise_seed, noise_step):
            features = self.encode(images, is_training and not (freeze_fe or freeze_bn),
                                   0.0 if freeze_fe else self.weight_decay, dtype)
            with tf.variable_scope(DECODER_SCOPE), \
                    slim.arg_scope(layers.decoder_arg_scope(is_training, self.weight_decay,
                                                            self.bn_decay)):
                decoded = self.decode(features, is_training)
                extra = {}
                if auxiliary_level and is_training:  # last: all else keeps its first values
                    with tf.variable_scope(AUXILIARY_SCOPE):
                        extra = self.auxiliary_logits(features, auxiliary_level)
        if is_training:
            leave_unread_untrained(self.extractor.checkpoint_scope,
                                   [decoded.logits, *extra.values()])
        return NetOutput(layers.crop(decoded.logits, height, width), features, decoded.penultimate,
                         {name: layers.crop(logits, height, width)
                          for name, logits in extra.items()},
                         {feature.level: Grid(feature.stride, feature.offset)
                          for feature in self.extractor.features})

    def build_net(self, images: Any, is_training: bool, freeze_fe: bool = False,
                  noise_step: Any = None, dtype: Any = "float32", freeze_bn: bool = False) -> Any:
        """Builds the graph as `build`, and returns the logits alone."""
        return self.build(images, is_training, freeze_fe, noise_step, dtype,
                          freeze_bn=freeze_bn).logits

    def encode(self, images: Any, is_training: bool, weight_decay: float,
               dtype: Any = "float32") -> Dict[Any, Any]:
        """Builds the feature extractor: {key: float32 [N, ceil32(H) / stride, ceil32(W) / stride,
        C]} of what `end_points` names."""
        net = self.extractor.normalize(tf.cast(images, tf.float32))
        net = tf.cast(layers.pad_to_multiple(net), dtype)
        with layers.float32_variables(net.dtype), \
                slim.arg_scope(self.extractor.arg_scope(weight_decay, self.bn_decay)):
            _, end_points = self.extractor.net(net, is_training)
        return {key: tf.cast(end_points[name], tf.float32)
                for key, name in self.end_points().items()}

    # ---- help for subclasses ----

    def upsample(self, net: Any, from_level: int, to_level: int, trainable: bool = False,
                 scope: str = "upsample") -> Any:
        """Upsamples bilinearly from one level to another, aligned as --align says.

        Where both have one stride the map is moved at most, or returned as it is.

        Args:
          net: float32 [N, h, w, C] at `from_level`.
          to_level: 2, 4, 8, 16, or 1 for the image.
          trainable: as a transposed convolution that starts as bilinear.
          scope: name of its weights.
        """
        coarse = self.extractor.feature(from_level)
        fine_stride, fine_offset = 1, 0.0
        if to_level > 1:
            fine = self.extractor.feature(to_level)
            fine_stride, fine_offset = fine.stride, fine.offset
        factor = coarse.stride // fine_stride
        offset = resample.sampling_offset(self.align, factor, coarse.stride, coarse.offset,
                                          fine_offset)
        edge = "zero" if self.align == "transposed" else "clamp"
        if factor == 1 and offset == 0:
            return net
        if trainable:
            return resample.upsample_trainable(net, factor, offset, edge, scope)
        return resample.upsample_bilinear(net, factor, offset, edge)

    # ---- after build ----

    def encoder_variables(self) -> List[Any]:
        """Returns the feature extractor's variables in the current graph, moving averages too."""
        return _model_variables(self.extractor.checkpoint_scope)

    def decoder_variables(self) -> List[Any]:
        """Returns the decoder's variables in the current graph; --difflr trains them faster."""
        return _model_variables(DECODER_SCOPE)

    def tested_variables(self) -> List[Any]:
        """Returns the variables of a test's graph: all but those of auxiliary logits."""
        auxiliary = f"{DECODER_SCOPE}/{AUXILIARY_SCOPE}/"
        return self.encoder_variables() + [variable for variable in self.decoder_variables()
                                           if not variable.op.name.startswith(auxiliary)]


def _model_variables(scope):
    """Trainable and model variables under a scope; an optimizer's slots are neither."""
    keys = tf.GraphKeys.MODEL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES
    found = {variable.op.name: variable for key in keys
             for variable in tf.get_collection(key, scope=scope + "/")}
    return [found[name] for name in sorted(found)]
