"""Converts torchvision's ResNet-18 and ResNet-34 weights to slim checkpoints."""
import os
import pickle
import re
import zipfile
from typing import Dict

import numpy as np

from utils.errors import UserError
from utils.tf_compat import tf
from utils.train import checkpoints

#: {units per block: name of the net}.
_NETS = {(2, 2, 2, 2): "resnet_v1_18", (3, 4, 6, 3): "resnet_v1_34"}
_LAYERS = {"conv1": "conv1", "bn1": "conv1/BatchNorm", "conv2": "conv2", "bn2": "conv2/BatchNorm",
           "downsample.0": "shortcut", "downsample.1": "shortcut/BatchNorm"}
_BATCH_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean",
               "running_var": "moving_variance"}


def load_state_dict(path: str) -> Dict[str, np.ndarray]:
    """Reads {torch's name: float32 array} of a .npz file or, where torch is installed, a .pth file.

    Raises:
      UserError: no such file, torch missing, or not a state dict.
    """
    if not os.path.isfile(path):
        raise UserError(f"--weights: no file {path!r}: expected torchvision's .pth, or a .npz")
    state = _load_npz(path) if path.endswith(".npz") else _load_torch(path)
    return {name: np.asarray(value) for name, value in state.items()
            if not name.endswith("num_batches_tracked")}


def _load_npz(path):
    try:
        with np.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"--weights: {path} is not a .npz file ({error}): write it with "
                        "numpy.savez") from error


def _load_torch(path):
    try:
        import torch
    except ImportError:
        raise UserError(f"--weights: reading {path} takes PyTorch, which is not installed here: "
                        "install it, or where it is, write the tensors with numpy.savez under the "
                        "names of the state dict and give that .npz") from None
    try:
        state = torch.load(path, map_location="cpu")
        return {name: value.numpy() for name, value in state.items()}
    except (pickle.UnpicklingError, RuntimeError, AttributeError, EOFError, ValueError) as error:
        reason = (str(error) or "it is cut short").splitlines()[0]
        raise UserError(f"--weights: {path} is not a state dict of tensors ({reason}): download it "
                        "again") from error


def net_name(state: Dict[str, np.ndarray]) -> str:
    """Names the net of a state dict by its units: "resnet_v1_18" or "resnet_v1_34".

    Raises:
      UserError: a state dict of another net.
    """
    units = tuple(len({name.split(".")[1] for name in state
                       if name.startswith(f"layer{block}.")}) for block in (1, 2, 3, 4))
    if units not in _NETS or "layer1.0.conv3.weight" in state:
        raise UserError(f"--weights: blocks of {units} units: expected torchvision's ResNet-18 "
                        "(2, 2, 2, 2) or ResNet-34 (3, 4, 6, 3)")
    return _NETS[units]


def to_slim(state: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Renames a state dict as slim does: {name: float32 array}, [h, w, in, out] for convolutions.

    Raises:
      UserError: it is of another net, or has a layer that is not known.
    """
    net = net_name(state)
    return {f"{net}/{_slim_name(name)}": _slim_value(name, value)
            for name, value in state.items()}


def _slim_name(name):
    layer, kind = name.rsplit(".", 1)
    if layer == "fc":
        return "logits/" + {"weight": "weights", "bias": "biases"}[kind]
    unit = re.match(r"layer(\d)\.(\d+)\.(.+)", layer)
    scope = ""
    if unit:
        scope = f"block{unit.group(1)}/unit_{int(unit.group(2)) + 1}/res_block_v1/"
        layer = unit.group(3)
    if layer not in _LAYERS:
        raise UserError(f"--weights: {name!r} is not a layer of torchvision's ResNet-18 or 34: "
                        "expected its unchanged state dict")
    scope += _LAYERS[layer]
    return "{}/{}".format(scope, _BATCH_NORM[kind] if "BatchNorm" in scope else "weights")


def _slim_value(name, value):
    if value.ndim == 2:  # the classifier: [classes, channels]
        value = value[:, :, None, None]
    if value.ndim == 4:
        value = value.transpose(2, 3, 1, 0)
    return np.ascontiguousarray(value, np.float32)


def write_checkpoint(arrays: Dict[str, np.ndarray], prefix: str) -> None:
    """Writes {name: array} as a checkpoint, whole or not at all.

    Raises:
      UserError: the folder cannot be written.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(tf.zeros(array.shape), name=name, use_resource=False)
                     for name, array in sorted(arrays.items())]
        session.run([v.initializer for v in variables],
                    {v.initializer.inputs[1]: arrays[v.op.name] for v in variables})
        checkpoints.save(tf.train.Saver(variables), session, prefix)
