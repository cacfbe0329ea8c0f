"""TFLite: float32, float16 weights, and int8 by calibration. Sizes and batch are fixed."""
import contextlib
import functools
import os
import sys
import tempfile
import warnings
from typing import Any, Callable

from utils.errors import UserError
from utils.export.for_tflite import as_convolutions, without_idle_slices
from utils.export.formats.record import FORMATS, Batches, ExportFormat, Net
from utils.export.serving import INPUT, Form
from utils.files import write_bytes
from utils.machine import usable_cpus
from utils.tf_compat import IS_TF1, tf


def write(graph_def: Any, form: Form, path: str, calibration: Batches,
          settle: Callable[[Any, Batches], None]) -> None:
    """See `ExportFormat.write`; `settle(converter, calibration)` chooses the kind of numbers."""
    if IS_TF1 and form.input == "image":  # toco: "mis-matching actual and final data types"
        raise UserError(f"--input=image: the TFLite converter of TensorFlow {tf.__version__} takes "
                        "no uint8: export TFLite on TF 2.x, or with --input=view")
    graph_def = without_idle_slices(as_convolutions(graph_def))
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        images, output = tf.import_graph_def(
            graph_def, return_elements=[INPUT + ":0", form.output + ":0"], name="")
        converter = tf.lite.TFLiteConverter.from_session(session, [images], [output])
        settle(converter, calibration)
        try:
            with _quiet(), _own_programs():
                data = converter.convert()
        except Exception as error:  # it raises errors of many kinds, which all mean the same
            raise UserError(f"the TFLite converter of TensorFlow {tf.__version__} failed "
                            f"({_last_line(error)}): try the other stack, or leave this format out "
                            "of --formats") from error
    write_bytes(path, data)


def _float32(converter, calibration):
    del converter, calibration


def _float16(converter, calibration):
    del calibration
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _int8(converter, calibration):
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([inputs] for inputs in calibration())
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]


def load(path: str, form: Form) -> Net:
    """See `ExportFormat.load`."""
    del form
    threads = {} if IS_TF1 else dict(num_threads=usable_cpus())  # TF 1.15's interpreter has one
    try:
        with _quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a move to another package
            interpreter = tf.lite.Interpreter(model_path=path, **threads)
            interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise UserError(f"TensorFlow {tf.__version__} cannot run the TFLite file that it made "
                        f"({_last_line(error)}): try the other stack") from error
    images = interpreter.get_input_details()[0]["index"]
    output = interpreter.get_output_details()[0]["index"]

    def run(inputs):
        interpreter.set_tensor(images, inputs)
        interpreter.invoke()
        return interpreter.get_tensor(output)
    return run


@contextlib.contextmanager
def _own_programs():
    """TF 1.15's converter is a program beside this Python, which need not be on the PATH."""
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def _quiet():
    """Holds back what TFLite's C++ side prints on both streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    with tempfile.TemporaryFile() as held:
        try:
            for number, _ in kept:
                os.dup2(held.fileno(), number)
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, stream in kept:
                os.dup2(stream, number)
                os.close(stream)


def _last_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]


for _name, _file, _settle, _scores, _pixels in (
        ("tflite", "net.tflite", _float32, 1e-3, 1e-3),
        ("tflite_float16", "net_float16.tflite", _float16, .1, .005),
        ("tflite_int8", "net_int8.tflite", _int8, .6, .05)):
    FORMATS.register(_name, ExportFormat(
        name=_name, file=_file, write=functools.partial(write, settle=_settle), load=load,
        fixed=True, max_scores=_scores, max_pixels=_pixels, calibrated=_settle is _int8))
