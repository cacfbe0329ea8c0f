"""The only file that knows TensorFlow versions.

Everything else says `from utils.tf_compat import tf, slim` and gets TF 1.15's interface, from TF
1.15 or from TF 2.16 and later through `tensorflow.compat.v1`.

TensorFlow takes seconds to import. `tf` and `slim` do so at their first use, so that a help page,
or a mistake in a flag, does not wait for it. No module uses them while it is imported: a layer or a
decoder does so in its functions.
"""
import contextlib
import functools
import os
import sys
import tempfile
import time
import warnings
from typing import Any, Callable

from utils.errors import UserError
from utils.lazy import Lazy

#: TF 1.15 has no wheels for later Pythons, TF 2.16 none for Python 3.7.
IS_TF1 = sys.version_info < (3, 8)
# Before the import. TensorFlow's own errors come back as Python exceptions; what its C++ side
# prints besides is noise on a machine without a GPU.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
# TF 2.x takes oneDNN's kernels by itself only on processors with AVX-512 VNNI and the like. Those
# with AVX2 alone take several times as long for batch norm and depthwise gradients without
# (docs/speed.md, "Processors without AVX-512"). TF 1.15's stock wheel has no such kernels.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# tf_slim calls it; there is nothing that a user could do.
warnings.filterwarnings("ignore", message="`layer.apply` is deprecated")


@contextlib.contextmanager
def _native_stderr_held_back():
    """Keeps what C++ libraries print while they load (no setting silences TF 2.x there); a failing
    import shows it after all."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(terminal, held.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


@functools.lru_cache(maxsize=None)
def _tensorflow():
    """TensorFlow with 1.15's interface."""
    with warnings.catch_warnings(), _native_stderr_held_back():
        warnings.simplefilter("ignore")
        import tensorflow.compat.v1 as tensorflow
        if tensorflow.__version__.startswith("1.") != IS_TF1:
            raise UserError("TensorFlow {} on Python {}.{}: expected TF 1.15 on Python 3.7, or TF "
                            "2.16 and later: make an environment with `make environment`".format(
                                tensorflow.__version__, *sys.version_info[:2]))
        tensorflow.logging.set_verbosity(tensorflow.logging.ERROR)
        if not IS_TF1:
            tensorflow.disable_v2_behavior()
    return tensorflow


@functools.lru_cache(maxsize=None)
def _tf_slim():
    """tf_slim with the modules that it needs, its nets imported."""
    _tensorflow()
    with warnings.catch_warnings(), _native_stderr_held_back():
        warnings.simplefilter("ignore")
        if not IS_TF1:
            _restore_legacy_layers()
        import tf_slim
        import tf_slim.nets  # an attribute of tf_slim from here on
    return tf_slim


def _restore_legacy_layers():
    """Gives tf_slim.batch_norm the modules that it imports from tf_keras on TF 2.16 and later.

    tf_slim 1.1.0 asks for `tf_keras.legacy_tf_layers`; the wheels of tf_keras carry those modules
    as `tf_keras.src.legacy_tf_layers`. Same code, so variable names, update ops and losses stay
    the same.
    """
    import tf_keras.src.legacy_tf_layers as layers
    from tf_keras.src.legacy_tf_layers import base, convolutional, core, normalization, pooling
    sys.modules.setdefault("tf_keras.legacy_tf_layers", layers)
    for module in (base, convolutional, core, normalization, pooling):
        name = module.__name__.rsplit(".", 1)[1]
        sys.modules.setdefault("tf_keras.legacy_tf_layers." + name, module)


tf = Lazy(_tensorflow)
slim = Lazy(_tf_slim)


def as_written(function: Callable) -> Callable:
    """Keeps a function that tf.data or tf.map_fn calls as Python: rewriting it, with all that it
    calls, into graphs takes up to seconds, and none needs it."""
    return tf.autograph.experimental.do_not_convert(function)


def error_reason(error: Exception) -> str:
    """Finds the line that says why in an error of TensorFlow; TF 2.x begins with where."""
    lines = (str(error) or type(error).__name__).splitlines()
    for before, line in zip(lines, lines[1:]):
        if before.startswith("Node: ") or "root error(s) found" in before:
            if "root error(s) found" not in line:
                return line.strip()[:150]
    return lines[0][:150]


def data_options(threads: int) -> Any:
    """Makes `tf.data.Options` for a deterministic pipeline with a private pool of `threads`
    threads.

    The private pool keeps input work out of the net's own queue where that has a single inter-op
    thread (the repeatable setting on TF 1.15). Nothing here is left for tf.data to tune; its tuner
    is off, as an iterator that begins anew, or ends, waits for it: it sleeps, between two looks
    at its work, for up to a minute.
    """
    options = tf.data.Options()
    threading = options.experimental_threading if IS_TF1 else options.threading
    threading.private_threadpool_size = threads
    if IS_TF1:
        options.experimental_deterministic = True
        options.experimental_optimization.autotune = False
    else:
        options.deterministic = True
        options.autotune.enabled = False
    return options


def graph_clock() -> Any:
    """Tells the time, in seconds, when the graph gets here: float64 [].

    `tf.timestamp` is refused where a user sets TF_DETERMINISTIC_OPS. Python's clock, which stands
    for it there, waits for other threads that are in Python, those of the input.
    """
    if os.environ.get("TF_DETERMINISTIC_OPS", "").lower() in ("", "0", "false"):
        return tf.timestamp()
    now = tf.numpy_function(time.time, [], tf.float64)
    now.set_shape([])
    return now


def gpu_count() -> int:
    """Counts the GPUs that TensorFlow sees; CUDA_VISIBLE_DEVICES hides some."""
    return len(tf.config.experimental.list_physical_devices("GPU"))


def rewrite_to_bfloat16(config: Any) -> None:
    """Asks a session's graph optimiser for oneDNN's bfloat16 (TF 2.x on CPUs).

    The gradient of a depthwise convolution by its input stays float32: where the convolution
    strides, oneDNN has no fast kernel of it for bfloat16, and takes six times as long.

    Args:
      config: a `ConfigProto`, changed in place.
    """
    os.environ.setdefault("TF_AUTO_MIXED_PRECISION_GRAPH_REWRITE_ALLOWLIST_REMOVE",
                          "DepthwiseConv2dNativeBackpropInput")
    options = config.graph_options.rewrite_options
    options.auto_mixed_precision_onednn_bfloat16 = type(options).ON


def operation_flops(operation: Any) -> int:
    """Counts the floating-point operations of a graph's operation, 2 per multiply-add. The numbers
    are those of TensorFlow's profiler, which prints and takes seconds itself; shapes must be
    static."""
    if operation.type == "BatchMatMulV2":  # TF 1.15 has no count for it
        inner = operation.inputs[0].shape.as_list()[-2 if operation.get_attr("adj_x") else -1]
        return 2 * inner * operation.outputs[0].shape.num_elements()
    from tensorflow.python.framework import ops
    from tensorflow.python.profiler.internal import flops_registry  # noqa: F401 (registers)
    return ops.get_stats_for_node_def(operation.graph, operation.node_def, "flops").value or 0
