"""Atrous versions of the feature extractors: the features of the strided net, computed densely."""
import numpy as np
import pytest

from archs import EXTRACTORS, build_arch, get_extractor
from archs.extractors.atrous import AtrousStrides, max_pool
from archs.extractors.record import Feature, _atrous_features
from tests.archs.flags import arch_flags
from utils.errors import UserError
from utils.tf_compat import tf, slim

NAMES = EXTRACTORS.names()
ATROUS = (16, 8)


def _shared_variables():
    return tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE)


def _maps(extractor, images):
    """{level: features} in test mode."""
    with slim.arg_scope(extractor.arg_scope(0.0, .99)):
        _, end_points = extractor.net(images, False)
    return {feature.level: end_points[feature.end_point] for feature in extractor.features}


def _random_weights():
    """The op that gives every variable values that about keep the size of the features."""
    def value(index, variable):
        shape = variable.shape.as_list()
        noise = tf.random.stateless_normal(shape, seed=[index, 1])
        if len(shape) == 4:
            inputs = np.prod(shape[:2 if "depthwise" in variable.op.name else 3])
            return noise * (1.5 / inputs) ** .5
        if variable.op.name.endswith(("gamma", "moving_variance")):
            return 1 + .3 * tf.tanh(noise)
        return .1 * noise
    return tf.group([variable.assign(value(index, variable))
                     for index, variable in enumerate(tf.global_variables())])


@pytest.mark.parametrize("name", NAMES)
def test_dense_features_equal_strided_ones(name):
    """At the places that both have, at the borders too; from the same variables."""
    random = np.random.RandomState(0)
    records = {stride: get_extractor(name, output_stride=stride) for stride in (32,) + ATROUS}
    with tf.Graph().as_default(), tf.Session() as session:
        image = records[32].normalize(tf.constant(
            random.randint(0, 256, [1, 96, 128, 3]).astype(np.float32)))
        maps, names = {}, {}
        for stride, record in records.items():
            with _shared_variables():
                maps[stride] = _maps(record, image)
            names[stride] = [v.op.name for v in tf.global_variables()]
        assert names[8] == names[16] == names[32]
        session.run(_random_weights())
        values = session.run(maps)
    for output_stride in ATROUS:
        for strided, dense in zip(records[32].features, records[output_stride].features):
            step = strided.stride // dense.stride
            first = (strided.offset - dense.offset) / dense.stride
            assert first == int(first) and 0 <= first < step
            expected = values[32][strided.level]
            found = values[output_stride][dense.level][:, int(first)::step, int(first)::step]
            assert found.shape == expected.shape and expected.std() > .01
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.std())
