"""What a process has imported before the scripts of tests.scripts are forked from it."""
import fcn_test  # noqa: F401
import fcn_train  # noqa: F401
from utils.tf_compat import slim, tf

#: Both are imported at their first use.
USED = (tf.Graph, slim.conv2d)
