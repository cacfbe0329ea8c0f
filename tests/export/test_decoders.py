"""Each decoder exported: the same scores from a frozen graph, and from the formats of other
runtimes."""
import os

import numpy as np
import pytest

from archs import DECODERS
from tests.archs.checks import flags_of, light_extractor
from tests.export import nets
from utils.export.fold import fold
from utils.export.formats import FORMATS

pytestmark = pytest.mark.usefixtures("tiny_net")

#: Every decoder, and those of maps that others do not read.
_CASES = [(name, light_extractor(name)) for name in DECODERS.names()] + [
    ("UNet:16:expansions", "mobilenet_v2"), ("SwiftNet:12", "resnet_v1_18")]


def _net(extended_arch, basenet, form):
    flags = flags_of(extended_arch, basenet)
    return nets.frozen_net(form, basenet=basenet, extended_arch=extended_arch,
                           depth_multiplier=flags.depth_multiplier)


def _require_close(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("extended_arch, basenet", _CASES)
def test_a_frozen_graph_of_any_size(extended_arch, basenet):
    form = nets.form(size=None)
    net = _net(extended_arch, basenet, form)
    assert net.outputs.std() > 0
    norms, folded = nets.operations(net.graph_def), fold(net.graph_def, [form.output])
    found = nets.operations(folded)
    assert [kind for kind in norms if "Norm" in kind]
    assert not [kind for kind in found if "Norm" in kind]
    # SwiftNet's batch norm stands before its convolutions.
    assert bool(nets.left_over(folded)) == extended_arch.startswith("SwiftNet")
    assert found["Const"] < norms["Const"]
    nets.assert_same(nets.run_graph(folded, form, net.inputs), net.outputs)


@pytest.mark.parametrize("name", ["tflite", "onnx"])
@pytest.mark.parametrize("extended_arch, basenet", _CASES)
def test_other_runtimes(extended_arch, basenet, name, tmp_path):
    if name == "onnx":
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")
    chosen = FORMATS.get(name)
    form = nets.form().fixed(name) if chosen.fixed else nets.form()
    net, path = _net(extended_arch, basenet, form), os.path.join(str(tmp_path), chosen.file)
    chosen.write(fold(net.graph_def, [form.output]), form, path, lambda: iter([net.inputs[:1]]))
    _require_close(chosen.load(path, form)(net.inputs), net.outputs)
