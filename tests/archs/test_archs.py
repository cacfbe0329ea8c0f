"""Every extractor with every decoder, and what a decoder promises."""
import numpy as np
import pytest

from archs import DECODERS, EXTRACTORS, BaseArch, build_arch, require_flags_taken
from archs.choices import choose_variants, decoder_variants
from archs.fcn import FcnArch, finest_stride
from tests.archs.checks import extractor_names, flags_of, light_extractor
from tests.archs.flags import arch_flags
from utils.errors import UserError
from utils.runs.roles import names
from utils.runs.train_flags import ArchFlags
from utils.runs.train_flags.net import OUTPUT_STRIDES
from utils.tf_compat import slim, tf

pytestmark = pytest.mark.usefixtures("tiny_net")

def _norms(graph):
    """{scope: whether it is in training mode} of every batch norm."""
    return {op.name: op.get_attr("is_training") for op in graph.get_operations()
            if op.type.startswith("FusedBatchNorm") and "Grad" not in op.type}


def _kernel(seed, variable):
    """Weights that about keep the size of what they are applied to, in residual units too."""
    shape = variable.shape.as_list()
    inputs = np.prod(shape[:2 if "depthwise" in variable.op.name else 3])
    return np.random.RandomState(seed).randn(*shape) * (1.5 / inputs) ** .5


def _updates(graph):
    return [op.name for op in graph.get_collection(tf.GraphKeys.UPDATE_OPS)]


@pytest.mark.parametrize("extended_arch, basenet", [
    (name, basenet) for name in DECODERS.names() for basenet in extractor_names(name)])
def test_every_extractor_with_every_decoder(basenet, extended_arch):
    """In training mode, with all skip connections, on an odd size."""
    flags = flags_of(extended_arch, basenet, fcn4=True)
    with tf.Graph().as_default() as graph:
        arch = build_arch(flags, 5)
        logits = arch.build_net(tf.zeros([2, 33, 65, 3], tf.uint8), is_training=True)
        assert logits.shape.as_list() == [2, 33, 65, 5] and logits.dtype == tf.float32
        norms = _norms(graph)
        assert all(norms.values())
        assert len(_updates(graph)) == 2 * len(norms)
        encoder, decoder = arch.encoder_variables(), arch.decoder_variables()
        step = tf.train.get_global_step()
        assert step.op.name == "global_step"
        assert set(encoder) | set(decoder) | {step} == set(tf.global_variables())
        assert all(v.op.name.startswith(arch.extractor.checkpoint_scope + "/") for v in encoder)
        assert all(v.op.name.startswith("decoder/") for v in decoder)
        decayed = [v for v in tf.trainable_variables()
                   if v.op.name.endswith("/weights")]  # not depthwise_weights
        assert len(tf.losses.get_regularization_losses()) == len(decayed)


@pytest.mark.parametrize("basenet,output_stride", [(name, 32) for name in EXTRACTORS.names()] + [
    ("inception_v1", 8), ("mobilenet_v2", 8), ("resnet_v1_18", 8)])
def test_an_encoder_in_float16(basenet, output_stride):
    """Its convolutions are; its variables, their decay and the scores are not."""
    flags = flags_of("LRASPP" if basenet == "vgg_16" else "FCN", basenet, weight_decay=.1,
                     output_stride=output_stride)  # LRASPP leaves out fc6 and fc7
    images = np.random.RandomState(0).randint(0, 256, [1, 64, 64, 3])

    def build(dtype):
        """(arch, variables, values of scores and of the weight decay)"""
        with tf.Graph().as_default() as graph, tf.Session() as session:
            tf.set_random_seed(1)
            arch = build_arch(flags, 3)
            logits = arch.build_net(tf.constant(images, tf.uint8), is_training=False, dtype=dtype)
            assert logits.dtype == tf.float32
            for operation in graph.get_operations():
                if "Conv2" in operation.type or "Depthwise" in operation.type:
                    inside = operation.name.startswith(arch.extractor.checkpoint_scope + "/")
                    assert operation.inputs[0].dtype == (dtype if inside else tf.float32)
            variables = {variable.op.name: variable.dtype.base_dtype
                         for variable in arch.encoder_variables() + arch.decoder_variables()}
            assert all(loss.dtype == tf.float32 for loss in tf.losses.get_regularization_losses())
            decay = tf.losses.get_regularization_loss()
            session.run(tf.global_variables_initializer())
            kernels = [v for v in tf.trainable_variables() if v.shape.ndims == 4]
            session.run([v.initializer for v in kernels], {
                v.initializer.inputs[1]: _kernel(index, v) for index, v in enumerate(kernels)})
            return variables, session.run(logits), session.run(decay)

    (names, full, decay), (half_names, half, half_decay) = build(tf.float32), build(tf.float16)
    assert names == half_names and set(names.values()) == {tf.float32}
    np.testing.assert_allclose(half_decay, decay, rtol=1e-6)
    assert 0 < np.abs(full - half).max() < .03 * full.std()


def test_vggs_wide_layers_in_float16():
    """Those that LRASPP leaves out; built and not run, for they hold 120 million weights."""
    with tf.Graph().as_default() as graph:
        build_arch(flags_of("FCN", "vgg_16"), 3).build_net(
            tf.zeros([1, 64, 64, 3]), is_training=False, dtype=tf.float16)
        wide = [op for op in graph.get_operations() if op.type == "Conv2D"
                and op.name.startswith(("vgg_16/fc6/", "vgg_16/fc7/"))]
        assert len(wide) == 2 and {op.inputs[1].dtype for op in wide} == {tf.float16}


@pytest.mark.parametrize("extended_arch", DECODERS.names())
def test_test_mode_and_frozen_encoder(extended_arch):
    flags = flags_of(extended_arch, light_extractor(extended_arch))
    with tf.Graph().as_default() as graph:
        arch = build_arch(flags, 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        assert not any(_norms(graph).values()) and not _updates(graph)
    with tf.Graph().as_default() as graph:
        arch = build_arch(flags, 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=True, freeze_fe=True)
        assert all(training == name.startswith("decoder/")
                   for name, training in _norms(graph).items())
        losses = tf.losses.get_regularization_losses()
        assert all(op.name.startswith("decoder/") for op in losses + graph.get_collection(
            tf.GraphKeys.UPDATE_OPS))
        assert losses


@pytest.mark.parametrize("extended_arch", DECODERS.names())
def test_gradients_reach_every_weight(extended_arch):
    flags = flags_of(extended_arch, light_extractor(extended_arch), fcn4=True,
                     trainable_upsampling=True, weight_decay=0.0)
    rng = np.random.RandomState(0)
    images, target = rng.randint(0, 256, [2, 64, 33, 3]), rng.randn(2, 64, 33, 3)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        logits = build_arch(flags, 3).build_net(tf.constant(images, tf.uint8), is_training=True)
        loss = tf.reduce_mean(tf.square(logits - tf.constant(target, tf.float32)))
        weights = tf.trainable_variables()
        gradients = tf.gradients(loss, weights)
        # Small: gradients of hundreds would leave nothing but saturated ReLU6s at .01.
        train = tf.train.GradientDescentOptimizer(1e-5).apply_gradients(zip(gradients, weights))
        session.run(tf.global_variables_initializer())
        session.run(train)  # zero-initialised scores pass gradients on from the second step
        values = session.run(gradients)
    # Gradients, not changed weights: a scale of 1 takes up nothing below 6e-8.
    still = [weight.op.name for weight, value in zip(weights, values) if not value.any()]
    assert not still


@pytest.mark.parametrize("changes,names", [
    (dict(fcn16=False), ["32"]), (dict(), ["16", "32"]), (dict(fcn8=True), ["16", "32", "8"]),
    (dict(fcn4=True), ["16", "32", "4", "8"])])
def test_layers_of_fcn(changes, names):
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(**changes), 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        expected = [f"decoder/1x1_fcn{name}_logits/{kind}" for name in names
                    for kind in ("biases", "weights")]
        assert sorted(v.op.name for v in arch.decoder_variables()) == sorted(expected)
        session.run(tf.global_variables_initializer())
        values = session.run({v.op.name: v for v in arch.decoder_variables()})
    zero = {name for name, value in values.items() if not value.any()}
    assert set(values) - zero == {"decoder/1x1_fcn32_logits/weights"}


def test_skip_connections_of_fcn_that_start_at_random():
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(fcn4=True, extended_arch="FCN:random"), 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        session.run(tf.global_variables_initializer())
        values = session.run({v.op.name: v for v in arch.decoder_variables()})
    assert sorted(values) == sorted(
        f"decoder/1x1_fcn{stride}_logits/{kind}" for stride in (32, 16, 8, 4)
        for kind in ("biases", "weights"))
    for name, value in values.items():
        # Glorot and Bengio, AISTATS 2010, eq. 16
        limit = (6 / (value.shape[2] + 3)) ** .5 if value.ndim == 4 else 0
        assert .9 * limit <= np.abs(value).max() <= limit, name


def test_any_size_and_type_of_image():
    """Static and dynamic sizes, uint8 and float32 give the same logits from the same variables."""
    image = np.random.RandomState(0).randint(0, 256, [1, 41, 50, 3]).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(fcn8=True), 4)
        dynamic = tf.placeholder(tf.float32, [None, None, None, 3])
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            nets = [arch.build_net(x, is_training=False) for x in (tf.constant(image), dynamic)]
        session.run(tf.global_variables_initializer())
        static, other = session.run(nets, {dynamic: image})
        assert len(tf.global_variables()) == 135 + 6
    assert static.shape == (1, 41, 50, 4)
    np.testing.assert_allclose(static, other, rtol=1e-5, atol=1e-6)


def test_a_decoder_of_ones_own():
    class Doubled(FcnArch):
        """Scores from twice the features."""

        def decode_32s(self, features):
            return super().decode_32s(slim.conv2d(features, 8, [3, 3], scope="before"))

    with tf.Graph().as_default():
        arch = Doubled(EXTRACTORS.get("resnet_v1_18"), 3, arch_flags())
        assert isinstance(arch, BaseArch)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=True)
        assert "decoder/before/weights" in [v.op.name for v in arch.decoder_variables()]


# ---- what a net returns ----

@pytest.mark.parametrize("extended_arch, penultimate", [
    ("", [2, 2, 3, 256]), ("LinkNet", [2, 32, 48, 32])])
def test_a_net_returns_more_than_logits(extended_arch, penultimate):
    with tf.Graph().as_default():
        net = build_arch(arch_flags(extended_arch=extended_arch), 5).build(
            tf.zeros([2, 40, 80, 3]), is_training=True)
    assert net.logits.shape.as_list() == [2, 40, 80, 5]
    assert {level: net.features[level].shape.as_list() for level in (2, 32)} == {
        2: [2, 32, 48, 16], 32: [2, 2, 3, 256]}
    assert net.penultimate.shape.as_list() == penultimate
    assert net.auxiliary == {}


def test_the_penultimate_map_is_what_the_last_weights_are_applied_to():
    """By hand: LinkNet's logits out of its penultimate map, FCN32's scores out of FCN's."""
    images = np.random.RandomState(0).randint(0, 256, [1, 32, 64, 3]).astype(np.uint8)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(1)
        net = build_arch(arch_flags(fcn16=False), 3).build(tf.constant(images), False)
        scores = graph.get_tensor_by_name("decoder/1x1_fcn32_logits/BiasAdd:0")
        weights, = [v for v in tf.trainable_variables() if v.op.name.endswith("logits/weights")]
        session.run(tf.global_variables_initializer())
        found, read, kernel = session.run([scores, net.penultimate, weights])
    np.testing.assert_allclose(found, read @ kernel[0, 0], rtol=1e-4, atol=1e-5)


# ---- flags ----

@pytest.mark.parametrize("extended_arch, given, message", [
    ("LinkNet", {"fcn8"}, "--fcn8: LinkNet does not take it; of the flags of decoders it takes "
                          "--align: leave --fcn8 out"),
    ("LinkNet", {"fcn16", "basenet"}, "--fcn16: LinkNet does not take it"),
    ("LinkNet", {"trainable_upsampling"}, "--trainable_upsampling: LinkNet does not take it")])
def test_a_flag_of_other_decoders_is_refused_where_it_is_given(extended_arch, given, message):
    with pytest.raises(UserError, match=message):
        require_flags_taken(extended_arch, given)
    require_flags_taken("", given)
    require_flags_taken(extended_arch, {"align", "basenet", "learnrate"})


def test_stored_flags_of_other_decoders_still_build_the_net():
    with tf.Graph().as_default():
        arch = build_arch(arch_flags(extended_arch="LinkNet", fcn8=True, fcn16=False), 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        assert len(arch.decoder_variables()) == 72


@pytest.mark.parametrize("name", DECODERS.names())
def test_decoders_declare_flags_and_output_strides_that_there_are(name):
    decoder = DECODERS.get(name)
    assert set(decoder.FLAGS) <= set(names(ArchFlags))
    assert set(decoder.OUTPUT_STRIDES) <= set(OUTPUT_STRIDES)
    for flags in decoder.VARIANTS.values():
        assert set(flags) <= set(decoder.FLAGS)


def test_variants_are_what_the_decoders_list():
    found = decoder_variants()
    assert [name for name in found if name.startswith("FCN")] == ["FCN32", "FCN16", "FCN8", "FCN4"]
    assert found["FCN8"] == dict(fcn8=True, extended_arch="FCN")
    assert [build_arch(arch_flags(**dict(arch_flags().__dict__, **found["FCN" + stride])), 2).finest
            for stride in ("32", "16", "8", "4")] == [32, 16, 8, 4]
    assert found["LinkNet"] == dict(extended_arch="LinkNet")
    assert choose_variants(["FCN8:start=random", "FCN16:start=zero"]) == {
        "FCN8:random": dict(found["FCN8"], extended_arch="FCN:random"),
        "FCN16": found["FCN16"]}
    assert choose_variants(["linknet", "fcn8"]) == {
        name: found[name] for name in ("LinkNet", "FCN8")}
    assert choose_variants([]) == found
    with pytest.raises(UserError, match="LinkNet: got '3', expected no parameter"):
        choose_variants(["LinkNet:3"])


@pytest.mark.parametrize("fcn16,fcn8,fcn4,stride", [
    (True, False, False, 16), (True, True, False, 8), (True, False, True, 4), (True, True, True, 4),
    (False, False, False, 32)])
def test_finest_stride(fcn16, fcn8, fcn4, stride):
    assert finest_stride(arch_flags(fcn16=fcn16, fcn8=fcn8, fcn4=fcn4)) == stride


@pytest.mark.parametrize("changes,message", [
    (dict(fcn16=False, fcn8=True), "--no-fcn16 contradicts --fcn8"),
    (dict(fcn16=False, fcn4=True), "--no-fcn16 contradicts --fcn4"),
    (dict(output_stride=12), "output stride 12: choose one of 8, 16, 32"),
    (dict(extended_arch="FCN:3"), "start: got '3', expected one of zero, random"),
    (dict(fcn16=False, trainable_upsampling=True), "nothing to train"),
    (dict(align="corners"), "choose one of centers, half_pixel, transposed"),
    (dict(extended_arch="Unet"), "unknown decoder 'Unet': .*; did you mean UNet?"),
    (dict(extended_arch="ENet"), "unknown decoder 'ENet': choose one of .*FCN, .*LinkNet"),
    (dict(basenet="vgg_17", depth_multiplier=1.0), "unknown feature extractor 'vgg_17'")])
def test_mistakes_in_flags(changes, message):
    with pytest.raises(UserError, match=message):
        build_arch(arch_flags(**changes), 3)
