"""Sessions whose arithmetic repeats."""
import os

from utils.tf_compat import IS_TF1, tf


def session_config(repeatable=True, devices=1):
    """A `ConfigProto` under which the same seed gives the same bits.

    On TF 1.15's CPU build, sums of gradients depend on which of several inter-op threads comes
    first (a ResNet-18 shows it), so that one inter-op thread is used; within an operation all
    cores work. TF 2.x repeats with its defaults.

    Args:
      devices: virtual CPU devices, where --devices finds no GPU.
    """
    if repeatable:
        os.environ.setdefault("TF_CUDNN_DETERMINISTIC", "1")
    config = tf.ConfigProto(allow_soft_placement=True, device_count={"CPU": devices})
    config.gpu_options.allow_growth = True
    if repeatable and IS_TF1:
        config.inter_op_parallelism_threads = 1
    return config
