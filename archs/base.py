"""BaseFcnArch: an encoder, and a decoder that works its way from stride 32 back to the image.

    images -> normalise, pad -> encoder -> features {2, 4, 8, 16, 32} -> decode -> crop -> logits

A decoder is a subclass that fills in the blocks of `BaseFcnArch.decode`, in a file of its own in
this folder, registered in `DECODERS` under the name that --extended_arch takes.
"""
from archs import layers
from utils.errors import UserError
from utils.maps import spatial_size
from utils.registry import Registry
from utils.tf_compat import slim, tf

DECODERS = Registry("decoder")
DECODER_SCOPE = "decoder"


def finest_stride(flags):
    """The stride of the finest skip connection: 32, 16, 8 or 4.

    fcn4 implies fcn8. fcn16 is on by default, so that being off it was turned off.

    Raises:
      UserError: --no-fcn16 together with a finer one.
    """
    if not flags.fcn16 and (flags.fcn8 or flags.fcn4):
        raise UserError("--no-fcn16 contradicts --{}: the finer skip connections build on the "
                        "coarser ones; leave out one of the two".format(
                            "fcn8" if flags.fcn8 else "fcn4"))
    if not flags.fcn16:
        return 32
    return 4 if flags.fcn4 else 8 if flags.fcn8 else 16


class BaseFcnArch:
    """A segmentation net: `build_net(images, is_training) -> logits`.

    For images of [N, 360, 480, 3] the encoder sees [N, 384, 480, 3]; MobileNet V1 hands over

        features[2] [N, 192, 240, 64]     features[8] [N, 48, 60, 256]
        features[4] [N, 96, 120, 128]     features[16] [N, 24, 30, 512]
                                          features[32] [N, 12, 15, 1024]

    and `decode` returns [N, 384, 480, num_classes], which is cropped to [N, 360, 480, num_classes].
    The keys are levels: at output stride 16 features[32] is [N, 24, 30, 1024], as fine as
    features[16], and the upsampling from level 32 to level 16 enlarges nothing.

    Args:
      extractor: a `FeatureExtractor`.
      num_classes: channels of the logits.
      flags: an object with trainable_upsampling, fcn16, fcn8, fcn4, align, weight_decay, bn_decay
        and noise_seed, as the flags of fcn_train.py.
    """

    def __init__(self, extractor, num_classes, flags):
        self.extractor = extractor
        self.num_classes = num_classes
        self.finest = finest_stride(flags)
        self.trainable_upsampling = flags.trainable_upsampling
        self.align = flags.align
        self.weight_decay = flags.weight_decay
        self.bn_decay = flags.bn_decay
        self.noise_seed = flags.noise_seed
        if self.align not in layers.ALIGNMENTS:
            raise UserError("--align: unknown value {!r}: choose one of {}".format(
                self.align, ", ".join(layers.ALIGNMENTS)))

    # ---- the net ----

    def build_net(self, images, is_training, freeze_fe=False, noise_step=None, dtype="float32"):
        """Builds the graph.

        Encoder variables get the names of the published checkpoint, all others go under "decoder".
        To build it twice in a graph: `with tf.variable_scope(tf.get_variable_scope(),
        reuse=tf.AUTO_REUSE)` around both.

        Args:
          images: uint8 or float32 [N, H, W, 3], RGB 0..255; H and W static or dynamic, any size.
          is_training: Python bool; it reaches every batch norm and dropout of encoder and decoder.
          freeze_fe: runs the encoder as in a test even while training: no dropout, no updates of
            batch norm, no weight decay. Its variables are for the train op to leave out.
          noise_step: int64 scalar tensor that dropout's noise is a function of; None: the global
            step. For nets that see a part of a step's batch each.
          dtype: what the encoder computes in, "float32" or "float16". Variables, batch norm's
            statistics, the decoder and the logits are float32 in any case.

        Returns:
          float32 [N, H, W, num_classes] logits.
        """
        if is_training:  # here, or dropout would make it inside the encoder's scope
            tf.train.get_or_create_global_step()
        height, width = spatial_size(images)
        with layers.dropout_noise(self.noise_seed, noise_step):
            features = self.encode(images, is_training and not freeze_fe,
                                   0.0 if freeze_fe else self.weight_decay, dtype)
            with tf.variable_scope(DECODER_SCOPE), \
                    slim.arg_scope(layers.decoder_arg_scope(is_training, self.weight_decay,
                                                            self.bn_decay)):
                logits = self.decode(features)
        return layers.crop(logits, height, width)

    def encode(self, images, is_training, weight_decay, dtype="float32"):
        """{level: features float32 [N, ceil32(H) / stride, ceil32(W) / stride, C]}, of the stride
        that the extractor's record says."""
        net = self.extractor.normalize(tf.cast(images, tf.float32))
        net = tf.cast(layers.pad_to_multiple(net), dtype)
        with layers.float32_variables(net.dtype), \
                slim.arg_scope(self.extractor.arg_scope(weight_decay, self.bn_decay)):
            _, end_points = self.extractor.net(net, is_training)
        return {feature.level: tf.cast(end_points[feature.end_point], tf.float32)
                for feature in self.extractor.features}

    def decode(self, features):
        """The template: features {2, 4, 8, 16, 32} -> logits [N, H, W, num_classes]."""
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
        return self.upsample_final(net)

    # ---- blocks for subclasses ----

    def decode_32s(self, features):
        """[N, h, w, C] of stride 32 -> what the decoder works on, [N, h, w, D]."""
        raise NotImplementedError

    def upsample_x2_32s(self, net):
        """Stride 32 -> stride 16: [N, h, w, D] -> [N, 2h, 2w, E]."""
        raise NotImplementedError

    def combine_16s(self, net, features):
        """Joins the upsampled net and the encoder's features, both of stride 16."""
        raise NotImplementedError

    def upsample_x2_16s(self, net):
        """Stride 16 -> stride 8."""
        raise NotImplementedError

    def combine_8s(self, net, features):
        """Joins the upsampled net and the encoder's features, both of stride 8."""
        raise NotImplementedError

    def upsample_x2_8s(self, net):
        """Stride 8 -> stride 4."""
        raise NotImplementedError

    def combine_4s(self, net, features):
        """Joins the upsampled net and the encoder's features, both of stride 4."""
        raise NotImplementedError

    def upsample_final(self, net):
        """Stride `self.finest` -> logits [N, H, W, num_classes] at the size of the padded image."""
        raise NotImplementedError

    # ---- help for subclasses ----

    def upsample(self, net, from_level, to_level, trainable=False, scope=None):
        """Bilinear upsampling from one level to another, aligned as --align says.

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
        offset = layers.sampling_offset(self.align, factor, coarse.stride, coarse.offset,
                                        fine_offset)
        edge = "zero" if self.align == "transposed" else "clamp"
        if factor == 1 and offset == 0:
            return net
        if trainable:
            return layers.upsample_trainable(net, factor, offset, edge, scope)
        return layers.upsample_bilinear(net, factor, offset, edge)

    # ---- after build_net ----

    def encoder_variables(self):
        """Variables of the encoder in the current graph, moving averages included."""
        return _model_variables(self.extractor.checkpoint_scope)

    def decoder_variables(self):
        """Variables of the decoder in the current graph: the group that --difflr trains faster."""
        return _model_variables(DECODER_SCOPE)


def _model_variables(scope):
    """Trainable and model variables under a scope; an optimizer's slots are neither."""
    keys = tf.GraphKeys.MODEL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES
    found = {variable.op.name: variable for key in keys
             for variable in tf.get_collection(key, scope=scope + "/")}
    return [found[name] for name in sorted(found)]
