"""What each feature extractor's record declares, verified on the built graph."""
import types

import numpy as np
import pytest

from archs import EXTRACTORS, get_extractor, imagenet_accuracy
from archs.extractors.atrous import OUTPUT_STRIDES
from archs.extractors.mobilenet_v2 import make_divisible
from archs.extractors.record import LEVELS
from utils.errors import UserError
from utils.tf_compat import slim, tf

NAMES = EXTRACTORS.names()


@tf.RegisterGradient("SpreadOverWindow")
def _spread_over_window(op, gradient):
    """The gradient of average pooling for a max pool: every pixel of the window counts."""
    return tf.raw_ops.AvgPoolGrad(
        orig_input_shape=tf.shape(op.inputs[0]), grad=gradient, ksize=op.get_attr("ksize"),
        strides=op.get_attr("strides"), padding=op.get_attr("padding"))


@tf.RegisterGradient("PassThrough")
def _pass_through(op, gradient):
    """A rectifier that lets every gradient through."""
    del op
    return gradient


def _encode(extractor, images, num_classes=None):
    with slim.arg_scope(extractor.arg_scope(1e-4, .99)):
        return extractor.net(images, False, num_classes)


def _variable_shapes():
    return {v.op.name: v.shape.as_list() for v in tf.global_variables()}


def _mean_filters():
    """The op that makes every convolution the mean of its window, so that no gradients cancel."""
    return tf.group([
        v.assign(tf.fill(v.shape, np.float32(1 / np.prod(v.shape.as_list()[:-1]))))
        if v.op.name.endswith("weights") else v.initializer for v in tf.global_variables()])


#: Those whose records have a trunk of fewer layers.
SHORTENED = [name for name in NAMES if get_extractor(name).shortened]


@pytest.fixture(scope="module", ids="{0[0]}-{0[1]}{0[2]}".format, params=[
    (name, output_stride, trunk) for name in NAMES for output_stride in OUTPUT_STRIDES
    for trunk in [""] + ["-trunk"] * (name in SHORTENED)])
def built(request):
    """An extractor at an output stride, in test mode, for images of any size, its convolutions mean
    filters."""
    name, output_stride, trunk = request.param
    extractor = get_extractor(name, output_stride=output_stride)
    extractor = extractor.trunk() if trunk else extractor
    with tf.Graph().as_default() as graph, tf.Session() as session:
        images = tf.placeholder(tf.float32, [1, None, None, 3])
        with graph.gradient_override_map(
                {"Relu": "PassThrough", "Relu6": "PassThrough", "MaxPool": "SpreadOverWindow"}):
            net, end_points = _encode(extractor, images)
        maps = {feature.level: end_points[feature.end_point] for feature in extractor.features}
        session.run(_mean_filters())
        yield types.SimpleNamespace(extractor=extractor, graph=graph, session=session, net=net,
                                    maps=maps, images=images, variables=_variable_shapes())


def _centre(mass):
    """Centre of mass of [1, H, W, C] as an array of two."""
    mass = mass.astype(np.float64).sum(axis=(0, 3))
    return np.array([(index * mass).sum() for index in np.indices(mass.shape)]) / mass.sum()


def test_offsets_are_the_centres_of_receptive_fields(built):
    """From level to level: the gradient of a central feature with respect to the features of the
    level before (at first, the image), whose own places the round before has verified."""
    places = {1: (1, 0.0), **{feature.level: (feature.stride, feature.offset)
                              for feature in built.extractor.features}}
    maps = {1: built.images, **built.maps}
    with built.graph.as_default():
        cells = {level: tf.placeholder(tf.int32, [2]) for level in LEVELS}
        gradients = {coarse: tf.gradients(
            maps[coarse][:, cells[coarse][0], cells[coarse][1]], maps[fine])[0]
            for fine, coarse in zip((1,) + LEVELS, LEVELS)}
    for axis, size in ((0, (512, 32)), (1, (32, 512))):
        at = {level: [side // places[level][0] // 2 for side in size] for level in LEVELS}
        masses = built.session.run(gradients, {
            built.images: np.ones((1,) + size + (3,)),
            **{cells[level]: cell for level, cell in at.items()}})
        for fine, coarse in zip((1,) + LEVELS, LEVELS):
            (stride, offset), (fine_stride, fine_offset) = places[coarse], places[fine]
            place = fine_stride * _centre(masses[coarse])[axis] + fine_offset
            assert place == pytest.approx(stride * at[coarse][axis] + offset, abs=.1)


def test_strides_channels_and_names_are_as_declared(built):
    features = built.extractor.features
    assert [feature.level for feature in features] == list(LEVELS)
    assert [feature.stride for feature in features] == [
        min(level, built.extractor.output_stride) for level in LEVELS]
    with built.graph.as_default():
        shapes = built.session.run({level: tf.shape(net) for level, net in built.maps.items()},
                                   {built.images: np.zeros([1, 64, 96, 3])})
    assert {level: shape.tolist() for level, shape in shapes.items()} == {
        feature.level: [1, 64 // feature.stride, 96 // feature.stride, feature.channels]
        for feature in features}
    assert built.net is built.maps[32]
    assert all(name.startswith(built.extractor.checkpoint_scope + "/") for name in built.variables)
    assert not any(name.startswith(built.extractor.head_scopes) for name in built.variables)


def test_nothing_is_updated_in_test_mode(built):
    norms = [op for op in built.graph.get_operations() if op.type.startswith("FusedBatchNorm")
             and "Grad" not in op.type]
    assert bool(norms) == (built.extractor.name != "vgg_16")
    assert not any(op.get_attr("is_training") for op in norms)
    assert not built.graph.get_collection(tf.GraphKeys.UPDATE_OPS)


def test_trunks():
    """Of MobileNet V2 and VGG16, at every width and output stride; others are their own."""
    assert SHORTENED == ["mobilenet_v2", "vgg_16"]
    narrow = get_extractor("mobilenet_v2", .35, 16).trunk()
    assert (narrow.width, narrow.output_stride, narrow.feature(32).stride) == (.35, 16, 16)
    assert narrow.feature(32).channels == 112 and narrow.feature(32).end_point == "layer_18"
    wide = get_extractor("mobilenet_v2", 1.0, 16).trunk()
    assert narrow.at(1.0, 16).features == wide.features and wide.feature(32).channels == 320
    assert narrow.trunk() is narrow
    whole = get_extractor("resnet_v1_18", output_stride=8)
    assert whole.trunk() is whole


@pytest.mark.parametrize("name,depth_multiplier", [("mobilenet_v1", .25), ("mobilenet_v2", .35)])
def test_channels_of_other_widths(name, depth_multiplier):
    extractor = get_extractor(name, depth_multiplier)
    with tf.Graph().as_default():
        _, end_points = _encode(extractor, tf.zeros([1, 32, 64, 3]))
    for feature in extractor.features:
        assert end_points[feature.end_point].shape.as_list() == [
            1, 32 // feature.stride, 64 // feature.stride, feature.channels]


# ---- how well the published checkpoints classify ----

#: Top-1 in percent as the pages have it, and the address of each page.
_SLIM = "github.com/tensorflow/models/blob/master/research/slim/"
TOP1 = {"vgg_16": (71.5, _SLIM + "README.md"), "inception_v1": (69.8, _SLIM + "README.md"),
        "resnet_v1_50": (75.2, _SLIM + "README.md"),
        "mobilenet_v1": (70.9, _SLIM + "nets/mobilenet_v1.md"),
        "mobilenet_v2": (71.8, _SLIM + "nets/mobilenet/README.md"),
        "resnet_v1_18": (69.758, "torchvision.models.resnet18"),
        "resnet_v1_34": (73.314, "torchvision.models.resnet34")}


@pytest.mark.parametrize("name", NAMES)
def test_every_published_accuracy_has_a_source_and_is_plausible(name):
    record = get_extractor(name)
    for width in record.widths or (1.0,):
        found = record.at(width).imagenet
        if found is None:
            assert name not in TOP1
            continue
        assert 40 < found.top1 < 90 and found.source.startswith("https://")
        assert len(found.source.split(", ", 1)[1]) > 5, "say where on the page it stands"
    if name in TOP1:
        top1, page = TOP1[name]
        assert record.imagenet.top1 == top1 and page in record.imagenet.source
        assert record.at(1.0, 16).trunk().imagenet == record.imagenet


def test_accuracy_rises_with_width_and_unpublished_widths_have_none():
    for name in ("mobilenet_v1", "mobilenet_v2"):
        record = get_extractor(name)
        rates = [record.at(width).imagenet.top1 for width in sorted(record.widths)]
        assert len(rates) >= 4 and all(one < other for one, other in zip(rates, rates[1:]))
        assert record.at(.6).imagenet is None
    assert get_extractor("resnet_v1_18_same").imagenet is None
    assert imagenet_accuracy("mobilenet_v1", .5).top1 == 63.3
    assert imagenet_accuracy("vgg_16", .5) is None and imagenet_accuracy("alexnet") is None


# ---- published names, where no checkpoint is at hand (test_initialise.py has the others) ----

def _with_head(name):
    """{variable: shape} of an extractor with its classifier."""
    extractor = get_extractor(name)
    with tf.Graph().as_default():
        logits, _ = _encode(extractor, tf.zeros([1, 224, 224, 3]), extractor.head_classes)
        assert logits.shape.as_list() == [1, extractor.head_classes]
        return _variable_shapes()


def test_published_variables_of_vgg_16():
    shapes = _with_head("vgg_16")
    assert len(shapes) == 32
    assert shapes["vgg_16/conv1/conv1_1/weights"] == [3, 3, 3, 64]
    assert shapes["vgg_16/conv5/conv5_3/biases"] == [512]
    assert shapes["vgg_16/fc6/weights"] == [7, 7, 512, 4096]
    assert shapes["vgg_16/fc7/weights"] == [1, 1, 4096, 4096]
    assert shapes["vgg_16/fc8/weights"] == [1, 1, 4096, 1000]


def test_published_variables_of_inception_v1():
    shapes = _with_head("inception_v1")
    assert shapes["InceptionV1/Logits/Conv2d_0c_1x1/weights"] == [1, 1, 1024, 1001]
    assert shapes["InceptionV1/Mixed_5b/Branch_2/Conv2d_0a_3x3/weights"] == [3, 3, 32, 128]
    assert shapes["InceptionV1/Conv2d_1a_7x7/BatchNorm/moving_variance"] == [64]
    assert not [key for key in shapes if key.endswith("gamma")]


def test_inception_v1_is_that_of_tf_slim():
    with tf.Graph().as_default() as graph:
        _encode(get_extractor("inception_v1"), tf.zeros([1, 32, 32, 3]))
        ours = _variable_shapes(), [op.type for op in graph.get_operations()]
    with tf.Graph().as_default() as graph:
        with slim.arg_scope(get_extractor("inception_v1").arg_scope(1e-4, .99)), \
                slim.arg_scope([slim.batch_norm], is_training=False):
            slim.nets.inception.inception_v1_base(tf.zeros([1, 32, 32, 3]))
        assert ours == (_variable_shapes(), [op.type for op in graph.get_operations()])


def test_published_variables_of_resnet_v1_50():
    shapes = _with_head("resnet_v1_50")
    unit = "resnet_v1_50/block1/unit_1/bottleneck_v1/"
    assert len(shapes) == 267
    assert shapes["resnet_v1_50/logits/weights"] == [1, 1, 2048, 1000]
    assert shapes[unit + "shortcut/weights"] == [1, 1, 64, 256]
    assert shapes[unit + "conv3/BatchNorm/gamma"] == [256]


@pytest.mark.parametrize("name,low,high", [
    ("mobilenet_v1", (-1, -1, -1), (1, 1, 1)),
    ("vgg_16", (-123.68, -116.78, -103.94), (131.32, 138.22, 151.06)),
    ("resnet_v1_18", (-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.64))])
def test_normalize(name, low, high):
    images = np.stack([np.zeros([1, 1, 3]), np.full([1, 1, 3], 255)]).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        normalised = session.run(get_extractor(name).normalize(tf.constant(images)))
    np.testing.assert_allclose(normalised[:, 0, 0], [low, high], atol=1e-4)


def test_make_divisible_is_never_ten_percent_below():
    assert [make_divisible(v) for v in (11.2, 8.4, 32 * .75, 320 * 1.4, 3)] == [16, 8, 24, 448, 8]


@pytest.mark.parametrize("alias,name", [
    ("vgg16", "vgg_16"), ("inception", "inception_v1"), ("resnet18", "resnet_v1_18"),
    ("resnet50", "resnet_v1_50"), ("mobilenet", "mobilenet_v1"), ("mobilenetv2", "mobilenet_v2")])
def test_aliases(alias, name):
    assert get_extractor(alias).name == name


def test_widths():
    assert get_extractor("mobilenet_v1", .25).checkpoint_file == "mobilenet_v1_0.25_224.ckpt"
    assert [feature.channels for feature in get_extractor("mobilenet_v2", .35).features] == [
        8, 8, 16, 32, 1280]
    with pytest.raises(UserError, match="one width only"):
        get_extractor("resnet_v1_18", .5)
    with pytest.raises(UserError, match="above 0"):
        get_extractor("mobilenet_v1", -1.0)
    with pytest.raises(UserError, match="choose one of inception_v1, mobilenet_v1"):
        get_extractor("alexnet")
