"""Seg-Grad-CAM on tiny nets: equal to numpy's, score maps are recognised, weights come back."""
import types

import numpy as np
import pytest

from archs import build_arch
from tests.evaluate import nets
from utils.checkpoints.restore import assign
from utils.errors import UserError
from utils.evaluate.cam import run_map
from utils.evaluate.cam_target import Target, in_view
from utils.evaluate.grad_cam import PENULTIMATE, GradCam
from utils.evaluate.segmenter import Segmenter
from utils.explore.cam import rank_correlation
from utils.net_output import Grid, NetOutput
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import slim, tf


def two_layers(images, is_training):
    """Level 8 is squared, mixed and added up over 2 x 2 cells to level 16, from which scores come.

    All of it without a bias, so that numpy does the same in a line.
    """
    cells = tf.nn.avg_pool2d(images / 255, 8, 8, "VALID")
    with slim.arg_scope([slim.conv2d], activation_fn=None, biases_initializer=None):
        net = slim.conv2d(tf.square(cells), 4, 1, scope="decoder/mix")
        net = 4 * tf.nn.avg_pool2d(net, 2, 2, "VALID")
        scores = slim.conv2d(net, 3, 1, scope="decoder/scores")
    return NetOutput(tf.repeat(tf.repeat(scores, 16, 1), 16, 2), {8: cells, 16: net}, net, {},
                     {8: Grid(8, 3.5), 16: Grid(16, 7.5)})


@pytest.fixture(scope="module")
def tiny_net():
    """(segmenter, its `GradCam`, image, view, mask of the view)."""
    made = Segmenter(two_layers, 3, (32, 48), threads=1)
    random = np.random.RandomState(1)
    assign(made.predictor.session, {one: random.standard_normal(one.shape.as_list())
                                    for one in decoder(made)})
    cam = GradCam(made.predictor)
    image = np.random.RandomState(0).randint(0, 255, (32, 48, 3)).astype(np.uint8)
    mask = np.zeros((32, 48), np.float32)
    mask[3:20, 5:30] = 1
    return made, cam, image, made.predictor.view(image), mask


def pooled(values, side):
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values.reshape(rows, side, columns, side, -1).mean((1, 3))


def test_equals_numpy(tiny_net):
    """Paper, sec. 3; both stacks are held to one result, to a part in 10^5."""
    made, cam, image, view, mask = tiny_net
    weights = {variable.op.name.split("/")[-2]: made.predictor.session.run(variable)[0, 0]
               for variable in decoder(made)}
    cells = pooled(image / 255, 8)
    deep = 4 * pooled(cells ** 2 @ weights["mix"], 2)
    share = 256 * pooled(mask, 16)[..., 0]  # pixels of the mask in each cell of level 16
    found = []
    for label, from_score in enumerate(weights["scores"].T):
        gradient = 2 * cells * (weights["mix"] @ from_score)
        gradient *= np.kron(share, np.ones((2, 2)))[..., np.newaxis]
        found.append(np.maximum(cells @ gradient.mean((0, 1)), 0))
        np.testing.assert_allclose(cam.cells(view, label, mask, "8"), found[-1], 1e-4, 1e-4)
        np.testing.assert_allclose(cam.cells(view, label, mask, "16"),
                                   np.maximum(deep @ from_score, 0) * share.mean(), 1e-4, 1e-3)
    assert np.any(found)


def decoder(made):
    with made.predictor.graph.as_default():
        return [one for one in tf.global_variables() if one.op.name.startswith("decoder/")]


def test_score_maps_are_recognised_and_the_default_is_below(tiny_net):
    _, cam, _, view, mask = tiny_net
    assert set(cam.layers) == {"8", "16"}  # the penultimate map is level 16
    assert cam.is_score_map(view, 1, mask, "16") and not cam.is_score_map(view, 1, mask, "8")
    assert cam.deepest(view, 1, mask) == "8"


def test_other_weights_change_the_map_and_the_trained_ones_come_back(tiny_net):
    made, cam, _, view, mask = tiny_net
    before = made.predictor.session.run(decoder(made))
    first = [cam.cells(view, label, mask, "16") for label in range(3)]
    with cam.redrawn(decoder(made), 1):
        inside = made.predictor.session.run(decoder(made))
        other = [cam.cells(view, label, mask, "16") for label in range(3)]
    for own, drawn, after in zip(before, inside, made.predictor.session.run(decoder(made))):
        np.testing.assert_array_equal(own, after)
        np.testing.assert_array_equal(np.sort(own.ravel()), np.sort(drawn.ravel()))
        assert (own != drawn).any()
    assert not np.allclose(first, other)


def test_a_net_without_features_is_refused():
    made = Segmenter(nets.red_net, 3, (32, 32), threads=1)
    with pytest.raises(UserError, match="does not tell its features"):
        GradCam(made.predictor)


# ---- FCN ----

@pytest.fixture(scope="module")
def fcn():
    """(arch, segmenter, `GradCam`, item) of an untrained FCN8 at 64 px; skips read something."""
    flags = TrainFlags(basenet="mobilenet_v1", depth_multiplier=.25, fcn8=True)
    arch = build_arch(flags, 3)
    made = Segmenter(arch.build, 3, (64, 64), threads=1)
    session, random = made.predictor.session, np.random.RandomState(0)
    with made.predictor.graph.as_default():
        session.run(tf.global_variables_initializer())
        skips = [one for one in arch.decoder_variables() if "fcn" in one.op.name]
        for one in skips:
            assign(session, {one: random.standard_normal(one.shape.as_list()) * .2})
    image = random.randint(0, 255, (48, 64, 3)).astype(np.uint8)
    item = types.SimpleNamespace(image=image, prediction=np.zeros((48, 64), np.uint8))
    return arch, made, GradCam(made.predictor), item


def test_stride_32_of_an_fcn_is_its_score_map(fcn):
    arch, made, cam, item = fcn
    mask = np.zeros((48, 64), bool)
    mask[10:30, 20:40] = True
    with made.predictor.graph.as_default():
        weights = next(one for one in arch.decoder_variables()
                       if one.op.name == "decoder/1x1_fcn32_logits/weights")
    features, weights = made.predictor.session.run(
        [made.predictor.net.features[32], weights],
        made.predictor.fed(made.predictor.view(item.image)))
    scores = np.maximum(features[0] @ weights[0, 0], 0)
    label = int(scores.sum((0, 1)).argmax())
    found = run_map("run", cam, made.predictor, item, label, mask, "32")
    assert found.is_score_map and found.redrawn.shape == (0,) + found.cells.shape
    view = made.predictor.view(item.image)
    whole = cam.cells(view, label, in_view(mask, made.predictor.box(mask.shape), (64, 64)), "32")
    scores = scores[..., label]
    assert scores.any()
    np.testing.assert_allclose(whole / whole.max(), scores / scores.max(), atol=1e-5)


def test_fcn_sanity(fcn):
    """Adebayo et al.: redrawn decoder weights change the map."""
    arch, made, cam, item = fcn
    with made.predictor.graph.as_default():
        variables = arch.decoder_variables()
    mask = Target("box", (8, 8, 50, 40)).mask(item.prediction, 0)
    found = run_map("run", cam, made.predictor, item, 0, mask, "", variables)
    assert found.layer == "16" and not found.is_score_map
    assert found.values.shape == (48, 64) and found.cells.shape[0] <= 4
    fine = run_map("run", cam, made.predictor, item, 0, mask, "8", variables)
    rho = [rank_correlation(fine.cells, other) for other in fine.redrawn]
    assert len(rho) == 3 and np.mean(np.nan_to_num(rho)) < .5
    with pytest.raises(UserError, match="--layer=64: this net has"):
        run_map("run", cam, made.predictor, item, 0, mask, "64")
    assert PENULTIMATE not in cam.layers  # it is level 32
