"""Configures sessions: whether their arithmetic repeats, and its precision."""
import os
from typing import Any

from utils.errors import UserError
from utils.machine import has_bfloat16
from utils.tf_compat import IS_TF1, gpu_count, rewrite_to_bfloat16, tf


def session_config(repeatable: bool = True, devices: int = 1, precision: str = "float32") -> Any:
    """Makes a `ConfigProto` under which the same seed gives the same bits.

    On TF 1.15's CPU build, sums of gradients depend on the order in which inter-op threads end. So
    one inter-op thread is used there; within an operation all cores work. TF 2.x repeats with its
    defaults.

    Args:
      repeatable: False lets TF 1.15 use several inter-op threads.
      devices: virtual CPU devices, where --devices finds no GPU.
      precision: "mixed" on a CPU computes convolutions and products in bfloat16; variables, their
        updates and the loss stay float32. The graph itself decides on float16, see `net_type`.
    """
    if repeatable:
        os.environ.setdefault("TF_CUDNN_DETERMINISTIC", "1")
    config = tf.ConfigProto(allow_soft_placement=True, device_count={"CPU": devices})
    config.gpu_options.allow_growth = True
    if repeatable and IS_TF1:
        config.inter_op_parallelism_threads = 1
    if precision == "mixed" and net_type(precision) == tf.float32:
        rewrite_to_bfloat16(config)
    return config


def net_type(precision: str) -> Any:
    """Returns the type in which the feature extractor's graph computes while it is trained.

    It is tf.float16 for "float16", and for "mixed" where there is a GPU; else tf.float32, of which
    `session_config` may make bfloat16.
    """
    if precision == "float16" or precision == "mixed" and gpu_count():
        return tf.float16
    return tf.float32


def require_precision(precision: str) -> None:
    """Raises a `UserError` where this machine or TensorFlow has no --precision=mixed."""
    if precision == "mixed" and IS_TF1 and not gpu_count():
        raise UserError("--precision=mixed: TF 1.15 has no bfloat16 on CPUs, and sees no GPU: "
                        "leave the flag out, or train on TF 2.x")


def precision_note(precision: str) -> str:
    """Warns where a precision is slow on this machine; "" where it is not.

    Without bfloat16 instructions oneDNN computes it in float32 steps, slower than float32 itself.
    """
    if precision == "float32" or gpu_count():
        return ""
    if precision == "float16":
        return ("no GPU here: --precision=float16 is many times slower on CPUs than float32, for "
                "trials of its arithmetic only")
    if has_bfloat16() is False:
        return ("this processor has no bfloat16 instructions (avx512_bf16, amx_bf16): "
                "--precision=mixed is slower here than float32")
    return ""
