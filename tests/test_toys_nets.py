"""A decoder and a feature extractor of one's own, by one registration each, in every script."""
import csv
import json
import os

import pytest

import fcn_export
import fcn_nets
import fcn_test
import fcn_train
from archs import DECODERS, EXTRACTORS, BaseArch, build_arch, get_extractor
from archs.base import Decoded
from archs.blocks import conv_bn_relu
from tests import tiny
from tests.archs.flags import arch_flags
from tests.registered import registered
from tests.toys import tiny_net
from utils.errors import UserError
from utils.evaluate.results import load_result
from utils.export.formats import FORMATS
from utils.registry import Parameter
from utils.report.labels import decoder_name, make_labels, net_label
from utils.sweep.plan import planned_runs
from utils.sweep.spec import make_spec
from utils.tf_compat import slim, tf


class Toy(BaseArch):
    """A convolution of `width` channels on levels 16 and 32."""
    VARIANTS = {"": {}, "Plain": {"align": "half_pixel"}}

    def __init__(self, extractor, num_classes, flags, width):
        super().__init__(extractor, num_classes, flags)
        self.width = width

    def decode(self, features, is_training):
        with conv_bn_relu():
            net = tf.concat([features[16], self.upsample(features[32], 32, 16)], axis=3)
            net = slim.conv2d(net, self.width, [3, 3], scope="toy")
        logits = slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits")
        return Decoded(self.upsample(logits, 16, 1), net)


@pytest.fixture(autouse=True, scope="module")
def _toys():
    """Registers the toys, and takes them away again."""
    with registered(DECODERS, EXTRACTORS):
        DECODERS.register("Toy", Toy, width=Parameter(6, "channels", at_least=1))
        tiny_net.register("toy_v2")
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """records/ and tmp/toy__1, of two steps at output stride 16."""
    folder = str(tmp_path_factory.mktemp("project"))
    datapath, before = tiny.write_records(folder), os.getcwd()
    os.chdir(folder)
    try:
        fcn_train.main(_words(datapath) + ["--output_stride=16"])
    finally:
        os.chdir(before)
    return folder


def _words(datapath, name="toy"):
    return ["--basenet=toy_v2", "--extended_arch=Toy:5", "--from_scratch", "--pixels=32x64",
            "--batch_size=2", "--steps=2", "--eval_every=2", "--threads=2", "--seed=1", "--gpu=-1",
            "--name=" + name, "--datapath=" + datapath]


def test_flags_train_and_test(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    with open("tmp/toy__1/runargs") as file:
        stored = json.load(file)
    assert (stored["extended_arch"], stored["output_stride"]) == ("Toy:5", 16)
    reader = tf.train.load_checkpoint("tmp/toy__1/fcn.ckpt")
    assert reader.get_tensor("decoder/toy/weights").shape[-1] == 5
    words = ["--traindir=toy__1", "--gpu=-1", "--threads=2"]
    fcn_test.main(words + ["--split=test"])
    assert load_result("tmp/toy__1/test/test.npz").matrices.any()
    fcn_test.main(words + ["--split=test", "--output_stride=8"])
    assert load_result("tmp/toy__1/test/test_output_stride-8.npz").matrices.any()
    for word, message in (
            ("--fcn8", "--fcn8: Toy does not take it; of the flags of decoders it takes --align"),
            ("--extended_arch=Toy:0", "--extended_arch: decoder Toy:0: width: got 0"),
            ("--extended_arch=LinkNet", "LinkNet does not work on toy_v2: it wants --output_str")):
        with pytest.raises(UserError, match=message) as caught:
            fcn_test.main(words + [word])
        assert "\n" not in str(caught.value)


def test_flags_that_it_does_not_take_start_no_training(project, monkeypatch):
    monkeypatch.chdir(project)
    with pytest.raises(UserError, match="--trainable_upsampling: Toy does not take it"):
        fcn_train.prepare(_words("records") + ["--trainable_upsampling"])
    spec = make_spec("toys", dict(word[2:].split("=") for word in _words("records")[:2]), seeds=1)
    words = dict(spec.configurations[0], datapath="records", from_scratch=True, pixels="32x64",
                 steps=2, batch_size=2)
    run, = planned_runs(spec._replace(configurations=[words]), fcn_train.prepare)
    assert json.loads(run.key)["extended_arch"] == "Toy:5"
    with pytest.raises(UserError, match="--fcn4: Toy does not take it"):
        planned_runs(spec._replace(configurations=[dict(words, fcn4=True)]), fcn_train.prepare)


def test_export(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert not fcn_export.main(["--traindir=toy__1", "--formats=frozen", "--num_images=2"])
    with open("tmp/toy__1/export/" + FORMATS.get("frozen").file, "rb") as file:
        nodes = [node.name for node in tf.GraphDef.FromString(file.read()).node]
    assert any("decoder/toy" in name for name in nodes)
    assert not any("auxiliary" in name for name in nodes)


def test_the_table_of_nets(tmp_path, capsys):
    out = tmp_path / "nets.csv"
    fcn_nets.main(["--basenet=toy_v2", "--decoder=toy:12,ToyPlain:3,FCN16", "--no-speed",
                   "--pixels=64", "--sort=name", "--csv", str(out)])
    with open(str(out)) as file:
        rows = {row["decoder"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"FCN16", "Toy:12", "ToyPlain:3"}
    assert float(rows["Toy:12"]["parameters"]) > float(rows["ToyPlain:3"]["parameters"]) > 0
    flags, _ = fcn_nets.parse(["--decoder=Toy"], "")
    assert fcn_nets.chosen_decoders(flags) == {"Toy": {"extended_arch": "Toy"}}


def test_labels():
    flags = [dict(basenet="toy_v2", extended_arch=text) for text in ("Toy", "Toy:12")]
    assert [decoder_name(one) for one in flags] == ["Toy", "Toy:12"]
    assert net_label(flags[1]) == "toy_v2 toy:12"
    labels = make_labels(flags, ["a", "b"], ["one", "one"], ["here", "here"])
    assert [label.text for label in labels] == ["toy_v2 toy", "toy_v2 toy:12"]


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_deep_supervision_is_built_in_training_only(output_stride):
    flags = arch_flags(extended_arch="Toy", output_stride=output_stride)
    built = {}
    for is_training in (True, False):
        with tf.Graph().as_default():
            arch = build_arch(flags, 3)
            net = arch.build(tf.zeros([2, 40, 70, 3]), is_training, auxiliary_level=8)
            built[is_training] = {v.op.name for v in arch.decoder_variables()}
            if is_training:
                logits = net.auxiliary["aux"]
                assert logits.shape.as_list() == net.logits.shape.as_list() == [2, 40, 70, 3]
                kernels = [v for v in arch.decoder_variables() if "auxiliary" in v.op.name]
                gradients = tf.gradients(logits, [v for v in kernels if "weights" in v.op.name])
                assert len(gradients) == 2 and None not in gradients
            else:
                assert net.auxiliary == {}
    assert built[False] < built[True]
    assert all(name.startswith("decoder/auxiliary/level_8/") for name in built[True] - built[False])
    assert net.penultimate.shape.as_list()[-1] == 6


def test_a_decoder_may_read_other_end_points():
    class Pools(Toy):
        """Reads a map that the record does not declare."""

        def end_points(self):
            return dict(super().end_points(), before="Conv2d_0")

        def decode(self, features, is_training):
            assert features["before"].shape.as_list() == [1, 32, 48, 8]
            return super().decode(features, is_training)
    with tf.Graph().as_default():
        net = Pools(get_extractor("mobilenet_v1", .25), 3, arch_flags(), width=2).build(
            tf.zeros([1, 64, 96, 3]), is_training=False)
    assert "before" in net.features
