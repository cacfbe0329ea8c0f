"""What is settled before TensorFlow is imported; each test has a process of its own."""
import os
import subprocess
import sys

import pytest

from utils.tf_compat import IS_TF1

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_KERNELS = """
import numpy as np
from utils.tf_compat import slim, tf
net = slim.batch_norm(slim.conv2d(tf.constant(np.ones((1, 8, 8, 3), np.float32)), 4, [3, 3]))
told = tf.RunMetadata()
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(net, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=told)
print(any("_Mkl" in node.timeline_label for device in told.step_stats.dev_stats
          for node in device.node_stats))
"""


@pytest.mark.skipif(IS_TF1, reason="TF 1.15's stock wheel has no such kernels")
@pytest.mark.parametrize("given, taken", [({}, "True"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "False")])
def test_onednn_computes_on_every_processor_unless_the_user_says_no(given, taken):
    surroundings = {name: value for name, value in os.environ.items()
                    if name != "TF_ENABLE_ONEDNN_OPTS"}
    done = subprocess.run([sys.executable, "-c", _KERNELS], cwd=_ROOT, env=dict(
        surroundings, CUDA_VISIBLE_DEVICES="-1", **given), stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().split()[-1] == taken
