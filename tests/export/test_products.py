"""Matrix products by a constant as convolutions: the same numbers."""
import numpy as np
import pytest

from tests.export import nets
from utils.export.fold import fold
from utils.export.products import as_convolutions


@pytest.mark.parametrize("changes", [
    dict(batch=1), dict(batch=2), dict(batch=2, input="image", image_size=(36, 50))])
def test_a_net_without_any_matrix_product(changes):
    form = nets.form(**changes)
    net = nets.frozen_net(form, fcn8=True)
    folded = fold(net.graph_def, [form.output])
    products = [kind for kind in nets.operations(folded) if "MatMul" in kind]
    rewritten = as_convolutions(folded)
    assert products and not [kind for kind in nets.operations(rewritten) if "MatMul" in kind]
    found = nets.run_graph(rewritten, form, net.inputs)
    np.testing.assert_allclose(found, net.outputs, rtol=0, atol=1e-5 * np.abs(net.outputs).max())


def test_products_that_are_not_by_a_constant_stay():
    form = nets.form(size=None)
    folded = fold(nets.frozen_net(form).graph_def, [form.output])
    before = nets.operations(folded)
    assert nets.operations(as_convolutions(folded)) == before
    assert [kind for kind in before if "MatMul" in kind]
