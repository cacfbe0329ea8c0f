"""Counts beside published figures; measurements of a net of a few weights."""
import pytest

from archs.extractors import get_extractor
from tests.costs import builders
from utils.costs import measure, memory, process
from utils.costs.net import Speed, make_net
from utils.costs.survey import Survey
from utils.tf_compat import slim
from utils.train.cost import net_cost

#: extractor: (trainable parameters with 1000 classes, multiply-adds at 224 px with the classifier).
#: VGG16 and the ResNets as torchvision documents its models, but for the multiply-adds of
#: ResNet-50, see below; MobileNets: arXiv 1704.04861, table 4 (4.2 and 569 million), and
#: 1801.04381, table 4 (3.4 and 300 million).
_PUBLISHED = {
    "vgg_16": (138357544, 15470264320), "resnet_v1_18": (11689512, 1814073344),
    "resnet_v1_34": (21797672, 3663761408), "resnet_v1_50": (25557032, 3482255360),
    "mobilenet_v1": (4231976, 568740352), "mobilenet_v2": (3504872, 300774272)}


@pytest.mark.parametrize("name", sorted(_PUBLISHED))
def test_counts_are_those_that_are_published(name):
    extractor = get_extractor(name)

    def classifier(images, is_training):
        with slim.arg_scope(extractor.arg_scope(0.0, .9)):
            return extractor.net(images, is_training, 1000)[0]

    parameters, multiply_adds = _PUBLISHED[name]
    assert net_cost(classifier, (224, 224)) == {
        "parameters": parameters, "gflops": round(2 * multiply_adds / 1e9, 3)}


def test_resnet_50_has_torchvisions_multiply_adds_but_for_where_it_strides():
    """torchvision has 4.09e9: there the 3x3 convolution of a block's first unit strides, in
    slim's net that of its last one, so that the first units of the next block are smaller."""
    torchvision, slims = 0, 0
    for side, width, units in ((56, 64, 3), (28, 128, 4), (14, 256, 6), (7, 512, 3)):
        later = {1: side * side, 2: side * side // 4}  # places, by stride
        last = 1 if width == 512 else 2
        before = (2 * side) ** 2 if width > 64 else side * side
        torchvision += before * (width * (2 if width > 64 else 1)) * width
        torchvision += later[1] * ((units - 1) * 4 * width * width)
        torchvision += later[1] * units * (9 + 4) * width * width
        slims += later[1] * (width * (2 if width > 64 else 1)) * width
        slims += later[1] * ((units - 1) * 4 * width * width)
        slims += (later[1] * (units - 1) + later[last]) * (9 + 4) * width * width
        shortcut = (64 if width == 64 else 2 * width) * 4 * width
        torchvision += later[1] * shortcut
        slims += later[1] * shortcut
    outside = 112 * 112 * 49 * 3 * 64 + 2048 * 1000
    assert torchvision + outside == 4089184256
    assert slims + outside == _PUBLISHED["resnet_v1_50"][1]


def _net(**flags):
    return make_net("FCN16", 3, dict({"pixels": "8x12", "batch_size": 2}, **flags))


def test_cost_is_that_of_one_image_whatever_the_batch():
    assert measure.cost(builders.tiny, _net(pixels="100x1000")) == {
        "parameters": 3 * 3 + 3, "gflops": round(2 * 100 * 1000 * 3 * 3 / 1e9, 3)}


@pytest.mark.parametrize("function", [measure.forward, measure.training])
def test_rounds_are_filled_and_timed(monkeypatch, function):
    """With a clock of its own: each step takes a quarter of a second."""
    taken = []

    def seconds(session, fetches, feed, steps):
        for _ in range(steps):
            session.run(fetches, feed)
        taken.append(steps)
        return .25 * steps

    monkeypatch.setattr(measure, "_seconds", seconds)
    speed = function(builders.tiny, _net(), 2)
    assert taken == [1] * measure.WARM_UP + [4, 4]
    assert speed.rounds == (8.0, 8.0)
    # The kernel counts pages by processor and is some late: a later peak may be said to be less.
    assert 0 < speed.peak <= memory.peak_bytes() + 2 ** 20


def test_every_net_gets_its_row_and_a_failing_one_says_why(monkeypatch):
    calls = []

    def call(function, build_arch, net, rounds, limit):
        calls.append((function, net, rounds, limit))
        if function is measure.training and net.num_classes == 4:
            raise process.Failed("does not fit into memory")
        return Speed((float(len(calls)), 10.0), 10 ** 9)

    monkeypatch.setattr(process, "call", call)
    small, large = _net(), make_net("FCN16", 4, {"pixels": "8x12", "batch_size": 2})
    survey = Survey(builders.tiny, 2, limit=123)
    for net in (small, large, small, large):
        survey.count(net)
        survey.time(net)
    assert [(net, limit) for _, net, _, limit in calls] == [
        (small, 123)] * 2 + [(large, 123)] * 2 + [(small, 123)] * 2
    cells = survey.cells(small)
    assert cells["forward"] == 7.5 and cells["forward_range"] == (1.0, 10.0)
    assert cells["training"] == 8.0 and cells["training_memory"] == 1.0
    assert (cells["parameters"], cells["problem"]) == (12e-6, "")
    assert survey.cells(large)["problem"] == "training: does not fit into memory"
    assert "training" not in survey.cells(large) and survey.cells(large)["forward"] == 6.5


def test_a_net_that_cannot_be_built_is_a_row():
    survey = Survey(builders.broken, 1)
    survey.count(_net())
    survey.time(_net())
    cells = survey.cells(_net())
    assert cells["problem"] == "ValueError: the channels do not match"
    assert "gflops" not in cells and cells["pixels"] == "8x12"
