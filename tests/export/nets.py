"""Small nets with random weights and batch norm statistics, frozen, for tests of exports."""
import collections

import numpy as np

from archs import build_arch
from tests.archs.flags import arch_flags
from utils.export.serving import Form, build_serving
from utils.tf_compat import tf

#: graph_def: frozen, not folded; inputs: a batch; outputs: what the graph makes of it.
Net = collections.namedtuple("Net", "graph_def inputs outputs")


def form(**changes):
    """A `Form`: views of 32x64 in any number, scores of 3 classes, and what the test changes."""
    fields = dict(input="view", output="scores", size=(32, 64), image_size=None, batch=0,
                  num_classes=3)
    fields.update(changes)
    return Form(**fields)


def random_statistics(session, seed=0):
    """Gives each batch norm random averages and scales, and the skip connections, which start at
    zero, random scores, as training would."""
    rng = np.random.RandomState(seed)
    for variable in tf.global_variables():
        shape, kind = variable.shape.as_list(), variable.op.name.rsplit("/", 1)[1]
        if kind in ("gamma", "moving_variance"):
            variable.load(rng.uniform(.5, 1.5, shape).astype(np.float32), session)
        elif kind in ("beta", "moving_mean", "biases"):
            variable.load((rng.randn(*shape) * .3).astype(np.float32), session)
        elif variable.op.name.endswith("_logits/weights"):
            variable.load((rng.randn(*shape) * .3).astype(np.float32), session)


def frozen_net(form, image_size=(40, 50), count=2, build_net=None, shift=None, **changes):
    """A `Net`: the tiny one by `arch_flags(**changes)`, or that of `build_net`; its scores moved by
    `shift`, float [C]."""
    flags = arch_flags(**dict(dict(basenet="tiny", depth_multiplier=1.0), **changes))
    build_net = build_net or build_arch(flags, form.num_classes).build_net
    height, width = form.input_size or image_size
    inputs = np.random.RandomState(1).randint(
        0, 256, [form.batch or count, height, width, 3]).astype(form.input_type)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(1)
        images, output = build_serving(build_net, form)
        session.run(tf.global_variables_initializer())
        random_statistics(session)
        if shift is not None:
            biases = next(variable for variable in tf.global_variables()
                          if variable.op.name.endswith("1x1_fcn32_logits/biases"))
            biases.load(session.run(biases) + shift, session)
        outputs = session.run(output, {images: inputs})
        graph_def = tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), [form.output])
    return Net(graph_def, inputs, outputs)


def run_graph(graph_def, form, inputs):
    """Outputs of a `GraphDef` in a graph of its own."""
    with tf.Graph().as_default(), tf.Session() as session:
        images, output = tf.import_graph_def(
            graph_def, return_elements=["images:0", form.output + ":0"], name="")
        return session.run(output, {images: inputs})


def operations(graph_def):
    """{kind of operation: how many}."""
    return collections.Counter(node.op for node in graph_def.node)


def assert_same(outputs, expected):
    """Equal to 1e-5 of the greatest score."""
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def left_over(graph_def):
    """Names of the products that a batch norm without a convolution left."""
    return [node.name for node in graph_def.node
            if node.op == "Mul" and node.name.endswith("/scaled")]
