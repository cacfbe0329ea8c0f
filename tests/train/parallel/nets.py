"""A net of two layers on four fixed images, trained through `build_train_graph`."""
import numpy as np

from archs.extractors.common import l2
from archs.layers import dropout_noise, float32_variables
from utils.data.distance_maps import distance_maps, grid, map_key
from utils.net_output import NetOutput
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import slim, tf
from utils.train.graph import build_train_graph
from utils.train.losses.total import choose_losses, map_strides
from utils.train.parallel.world import ALONE
from utils.train.session import session_config

IMAGES, CLASSES = 8, 3
_RNG = np.random.RandomState(0)
DATA = {"image": _RNG.randint(0, 256, [IMAGES, 6, 5, 3]).astype(np.float32),
        # Unlabelled pixels, so that the parts of a batch differ in weight; one image has no other.
        "label": _RNG.choice([0, 1, 2, 255], [IMAGES, 6, 5]).astype(np.uint8),
        "name": np.array([f"image{index}" for index in range(IMAGES)])}
DATA["label"][1] = 255


def _initial(shape, dtype="float32", partition_info=None):
    """The same first values in every graph."""
    return tf.constant(np.random.RandomState(shape[-1]).randn(*shape) * .1, dtype)


class TinyArch:
    """As a `BaseArch`: a convolution, then scores; `layers` go in between."""

    def __init__(self, *layers):
        self._layers = layers

    def build(self, images, is_training, freeze_fe=False, noise_step=None, dtype="float32",
              auxiliary_level=0, freeze_bn=False):
        with slim.arg_scope([slim.conv2d], weights_initializer=_initial, padding="SAME",
                            weights_regularizer=l2(.01)), \
                slim.arg_scope([slim.batch_norm], decay=.9,
                               is_training=is_training and not freeze_bn), \
                dropout_noise(0, noise_step):
            with tf.variable_scope("encoder"), float32_variables(tf.as_dtype(dtype)):
                net = slim.conv2d(tf.cast(images / 255.0, dtype), 4, [3, 3], scope="conv")
                for layer in self._layers:
                    net = layer(net)
            net = tf.cast(net, tf.float32)
            logits = slim.conv2d(net, CLASSES, [1, 1], activation_fn=None, scope="decoder")
            auxiliary = {"aux": slim.conv2d(tf.square(net), CLASSES, [1, 1], activation_fn=None,
                                            scope="decoder/aux")} if auxiliary_level else {}
            return NetOutput(logits, {}, None, auxiliary)

    def encoder_variables(self):
        return tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="encoder/")[:6]

    def decoder_variables(self):
        return tf.trainable_variables("decoder/")

    def tested_variables(self):
        return self.encoder_variables() + self.decoder_variables()


def batches(batch_size, rank=0, processes=1, strides=()):
    """The images in order, endlessly; a process's share of each batch. strides: of the distance
    maps that are made of the labels."""
    order = np.arange(IMAGES * 12) % IMAGES
    order = order[np.arange(len(order)) // batch_size % processes == rank]
    data = dict(DATA, **{map_key(stride): distance_maps(
        DATA["label"][:, grid(stride), grid(stride)], CLASSES) for stride in strides})
    return tf.data.Dataset.from_tensor_slices(
        {name: values[order] for name, values in data.items()}).batch(
            batch_size, drop_remainder=True)


def build(batch_size, layers=(), world=ALONE, **changes):
    """The `TrainGraph`, in the default graph."""
    flags = TrainFlags(**dict(dict(
        weight_decay=.01, difflr=True, learnrate=.01, adam_epsilon=1e-4, processes=world.size),
        **changes))
    dataset = batches(batch_size, world.rank, world.size, map_strides(choose_losses(flags.loss)))
    return build_train_graph(TinyArch(*layers), dataset, flags,
                             np.array([1.0, .5, 2.0], np.float32), 10, world)


def train(batch_size, layers=(), steps=3, stop=lambda step: False, **settings):
    """(values of every variable, what the steps returned) after a few steps."""
    with tf.Graph().as_default() as graph:
        built = build(batch_size, layers, **settings)
        config = session_config(devices=settings.get("devices", 1))
        config.use_per_session_threads = True
        with tf.Session(graph=graph, config=config) as session:
            session.run(tf.global_variables_initializer())
            built.begin(session)
            outs = [built.run_step(session, stop(step)) for step in range(steps)]
            return session.run({v.op.name: v for v in tf.global_variables()}), outs


def assert_close(one, other, atol=1e-6):
    """Two dicts of variables are equal to rounding."""
    assert set(one) == set(other)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=atol, err_msg=name)
