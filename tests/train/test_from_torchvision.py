"""torchvision's ResNets: the converted checkpoint computes what numpy does with its weights."""
import numpy as np
import pytest

import fcn_models
from archs import get_extractor
from utils.errors import UserError
from utils.tf_compat import slim, tf
from utils.train import from_torchvision, initialise

_UNITS = {"resnet_v1_18": (2, 2, 2, 2), "resnet_v1_34": (3, 4, 6, 3)}


def _state_dict(net):
    """Random weights under torchvision's names and in its layout."""
    rng, state = np.random.RandomState(0), {}

    def conv(name, norm, channels_out, channels_in, kernel):
        fan_in = channels_in * kernel ** 2
        state[name + ".weight"] = rng.randn(channels_out, channels_in, kernel, kernel) \
            * np.sqrt(1.0 / fan_in)
        for kind, low in (("weight", .5), ("bias", -.2), ("running_mean", -.2),
                          ("running_var", .5)):
            state[f"{norm}.{kind}"] = low + rng.rand(channels_out)
        state[norm + ".num_batches_tracked"] = np.array(7)

    conv("conv1", "bn1", 64, 3, 7)
    for block, count in enumerate(_UNITS[net], start=1):
        for unit in range(count):
            wide, name = 32 << block, f"layer{block}.{unit}."
            narrow = wide // 2 if unit == 0 and block > 1 else wide
            conv(name + "conv1", name + "bn1", wide, narrow, 3)
            conv(name + "conv2", name + "bn2", wide, wide, 3)
            if narrow != wide:
                conv(name + "downsample.0", name + "downsample.1", wide, narrow, 1)
    state["fc.weight"], state["fc.bias"] = rng.randn(1000, 512) * .05, rng.randn(1000)
    return {name: np.asarray(value, np.int64 if value.dtype == int else np.float32)
            for name, value in state.items()}


# ---- torch's arithmetic in numpy, [C, H, W] ----

def _windows(image, kernel, stride, margins, fill):
    """margins: (before, after) each of the two axes."""
    padded = np.pad(image, [(0, 0), margins, margins], mode="constant", constant_values=fill)
    size = [(side - kernel) // stride + 1 for side in padded.shape[1:]]
    steps = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, [len(image)] + size + [kernel, kernel],
        (steps[0], steps[1] * stride, steps[2] * stride, steps[1], steps[2]))


def _conv_bn(state, image, conv, norm, stride):
    weights = state[conv + ".weight"]
    kernel = weights.shape[-1]
    windows = _windows(image, kernel, stride, (kernel // 2, kernel // 2), 0)
    net = np.tensordot(weights, windows, ([1, 2, 3], [0, 3, 4]))
    gain = state[norm + ".weight"] / np.sqrt(state[norm + ".running_var"] + 1e-5)
    return (net - state[norm + ".running_mean"][:, None, None]) * gain[:, None, None] \
        + state[norm + ".bias"][:, None, None]


def _numpy_resnet(state, image, units, pool_margins=(1, 1)):
    """Features of the four blocks and the logits of an image [3, H, W]."""
    net = np.maximum(_conv_bn(state, image, "conv1", "bn1", 2), 0)
    net = _windows(net, 3, 2, pool_margins, -np.inf).max(axis=(3, 4))
    outputs = []
    for block, count in enumerate(units, start=1):
        for unit in range(count):
            name = f"layer{block}.{unit}."
            stride = 2 if block > 1 and unit == 0 else 1
            shortcut = net
            if name + "downsample.0.weight" in state:
                shortcut = _conv_bn(state, net, name + "downsample.0", name + "downsample.1",
                                    stride)
            net = np.maximum(_conv_bn(state, net, name + "conv1", name + "bn1", stride), 0)
            net = _conv_bn(state, net, name + "conv2", name + "bn2", 1)
            net = np.maximum(net + shortcut, 0)
        outputs.append(net)
    return outputs + [state["fc.weight"] @ net.mean(axis=(1, 2)) + state["fc.bias"]]


def _slim_resnet(net, checkpoint, image):
    """The same from our graph and a checkpoint; image [H, W, 3], normalised."""
    extractor = get_extractor(net)
    with tf.Graph().as_default(), tf.Session() as session:
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            logits, end_points = extractor.net(tf.constant(image[None]), False, 1000)
        initialise.restore_extractor(session, extractor, checkpoint, tf.global_variables(),
                                     min_coverage=1.0)
        return session.run([end_points[feature.end_point][0]
                            for feature in extractor.features[1:]] + [logits[0]])


@pytest.mark.parametrize("net, basenet, pool_margins", [
    ("resnet_v1_18", "resnet_v1_18", (1, 1)), ("resnet_v1_34", "resnet_v1_34", (1, 1)),
    ("resnet_v1_18", "resnet_v1_18_same", (0, 1))])
def test_features_are_those_of_torch(tmp_path, net, basenet, pool_margins):
    state = _state_dict(net)
    np.savez(str(tmp_path / "weights.npz"), **state)
    fcn_models.main(["from_torchvision", "--weights", str(tmp_path / "weights.npz"),
                     "--out", str(tmp_path / "models")])
    image = np.random.RandomState(1).randn(64, 96, 3).astype(np.float32)
    ours = _slim_resnet(basenet, str(tmp_path / "models" / (net + ".ckpt")), image)
    theirs = _numpy_resnet(state, image.transpose(2, 0, 1), _UNITS[net], pool_margins)
    for mine, other in zip(ours[:4], theirs[:4]):
        np.testing.assert_allclose(mine, other.transpose(1, 2, 0), rtol=1e-4,
                                   atol=1e-4 * np.abs(other).max())
    np.testing.assert_allclose(ours[4], theirs[4], rtol=1e-4, atol=1e-4 * np.abs(theirs[4]).max())


def test_pth_files(tmp_path):
    torch = pytest.importorskip("torch", reason="reading .pth files takes PyTorch")
    state = {name: torch.tensor(value) for name, value in _state_dict("resnet_v1_18").items()}
    torch.save(state, str(tmp_path / "weights.pth"))
    read = from_torchvision.load_state_dict(str(tmp_path / "weights.pth"))
    np.testing.assert_array_equal(read["fc.bias"], state["fc.bias"].numpy())
    assert len(from_torchvision.to_slim(read)) == 102


# ---- mistakes ----

def test_other_nets_are_refused(tmp_path):
    state = _state_dict("resnet_v1_18")
    with pytest.raises(UserError, match=r"blocks of \(2, 2, 2, 1\) units"):
        from_torchvision.to_slim({name: value for name, value in state.items()
                                  if not name.startswith("layer4.1.")})
    with pytest.raises(UserError, match="'layer1.0.bn3.weight' is not a layer"):
        from_torchvision.to_slim({"layer1.0.bn3.weight": state["bn1.weight"], **state})
    with pytest.raises(UserError, match="no file"):
        from_torchvision.load_state_dict(str(tmp_path / "none.npz"))
    (tmp_path / "bad.npz").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="is not a .npz file"):
        from_torchvision.load_state_dict(str(tmp_path / "bad.npz"))
