"""The cost of a net: parameters and floating-point operations."""
from typing import Any, Callable, Dict, Tuple

import numpy as np

from utils.tf_compat import operation_flops, tf

#: Operations that count: others (batch norm, activations) are folded or negligible in a test.
_COUNTED = ("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2")


def net_cost(build_net: Callable[..., Any], size: Tuple[int, int]) -> Dict[str, float]:
    """Counts the parameters and the operations of a net as it is tested.

    Args:
      build_net: (images float32 [N, H, W, 3], is_training) -> logits.
      size: (height, width) of the image.

    Returns:
      dict of parameters, trainable numbers, and gflops: 1e9 floating-point operations of
      convolutions and matrix products for one image, 2 per multiply-add.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(0)  # TF_DETERMINISTIC_OPS, where a user sets it, wants one
        build_net(tf.zeros((1,) + tuple(size) + (3,)), is_training=False)
        parameters = sum(int(np.prod(variable.shape.as_list()))
                         for variable in tf.trainable_variables())
        flops = sum(operation_flops(operation) for operation in graph.get_operations()
                    if operation.type in _COUNTED)
    return {"parameters": parameters, "gflops": round(float(flops) / 1e9, 3)}
