"""Nets in TFLite's words: the same numbers, without batched products and idle slices."""
import numpy as np
import pytest

from tests.export import nets
from utils.export.fold import fold
from utils.export.for_tflite import as_convolutions, without_idle_slices
from utils.tf_compat import tf

pytestmark = pytest.mark.usefixtures("tiny_net")


@pytest.mark.parametrize("changes", [
    dict(batch=1), dict(batch=2), dict(batch=2, input="image", image_size=(36, 50))])
def test_a_net_without_batched_products(changes):
    form = nets.form(**changes)
    net = nets.frozen_net(form, fcn8=True)
    folded = fold(net.graph_def, [form.output])
    products = [kind for kind in nets.operations(folded) if "BatchMatMul" in kind]
    rewritten = as_convolutions(folded)
    assert products and not [kind for kind in nets.operations(rewritten) if "BatchMatMul" in kind]
    found = nets.run_graph(rewritten, form, net.inputs)
    np.testing.assert_allclose(found, net.outputs, rtol=0, atol=1e-5 * np.abs(net.outputs).max())


def test_products_that_are_not_by_a_constant_stay():
    form = nets.form(size=None)
    folded = fold(nets.frozen_net(form).graph_def, [form.output])
    before = nets.operations(folded)
    assert nets.operations(as_convolutions(folded)) == before
    assert [kind for kind in before if "MatMul" in kind]


def test_only_slices_that_take_everything_go():
    form = nets.form(batch=1)
    net = nets.frozen_net(form)
    slim = without_idle_slices(fold(net.graph_def, [form.output]))
    assert nets.operations(slim)["StridedSlice"] == 0
    np.testing.assert_allclose(nets.run_graph(slim, form, net.inputs), net.outputs, rtol=1e-4,
                               atol=1e-5 * np.abs(net.outputs).max())
    with tf.Graph().as_default() as graph:
        images = tf.placeholder(tf.float32, [1, 2, 3], "images")
        tf.stack([images[:, ::-1], images[:, :2], images[:, 0:]], name="scores")
    kept = without_idle_slices(graph.as_graph_def())
    assert nets.operations(kept)["StridedSlice"] == 1
    found = nets.run_graph(kept, form, np.arange(6.).reshape(1, 2, 3))
    np.testing.assert_array_equal(found[0, 0], [[3, 4, 5], [0, 1, 2]])
    np.testing.assert_array_equal(found[1:, 0, 0], [[0, 1, 2]] * 2)
