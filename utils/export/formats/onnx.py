"""ONNX, through tf2onnx; run by onnxruntime. Both are optional packages."""
import logging
from typing import Any

from utils.errors import UserError
from utils.export.formats.record import FORMATS, Batches, ExportFormat, Net
from utils.export.serving import INPUT, Form
from utils.files import write_bytes
from utils.machine import usable_cpus
from utils.tf_compat import tf

OPSET = 13


def require() -> None:
    """Raises a `UserError` where tf2onnx or onnxruntime is missing."""
    try:
        import onnxruntime  # noqa: F401 (is it there?)
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise UserError(f"--formats=onnx needs tf2onnx and onnxruntime ({error}): pip install "
                        "tf2onnx onnxruntime") from error


def write(graph_def: Any, form: Form, path: str, calibration: Batches) -> None:
    """See `ExportFormat.write`."""
    import tf2onnx
    del calibration
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    inputs, outputs = [INPUT + ":0"], [form.output + ":0"]
    try:
        model, _ = tf2onnx.convert.from_graph_def(
            graph_def, name="net", input_names=inputs, output_names=outputs, opset=OPSET,
            tensors_to_rename={inputs[0]: INPUT, outputs[0]: form.output})
    except Exception as error:  # it raises errors of many kinds, which all mean the same
        raise UserError(f"tf2onnx {tf2onnx.__version__} failed on TensorFlow {tf.__version__} "
                        f"({str(error).splitlines()[:1]}): try the other stack, or leave onnx out "
                        "of --formats") from error
    write_bytes(path, model.SerializeToString())


def load(path: str, form: Form) -> Net:
    """See `ExportFormat.load`."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cpus()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base
        raise UserError(f"onnxruntime {onnxruntime.__version__} cannot run the file that tf2onnx "
                        f"made ({str(error).splitlines()[:1]})") from error
    return lambda inputs: session.run([form.output], {INPUT: inputs})[0]


FORMATS.register("onnx", ExportFormat(
    name="onnx", file="net.onnx", write=write, load=load, fixed=False, max_scores=1e-3,
    max_pixels=1e-3, require=require))
