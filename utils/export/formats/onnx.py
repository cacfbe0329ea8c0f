"""ONNX, through tf2onnx; run by onnxruntime. Both are optional packages."""
from utils.errors import UserError
from utils.export.formats.record import ExportFormat, FORMATS
from utils.export.serving import INPUT
from utils.files import write_bytes
from utils.machine import usable_cpus

OPSET = 13


def require():
    """Raises a `UserError` where tf2onnx or onnxruntime is missing."""
    try:
        import onnxruntime  # noqa: F401 (is it there?)
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise UserError("--formats=onnx needs tf2onnx and onnxruntime ({}): pip install tf2onnx "
                        "onnxruntime".format(error))


def write(graph_def, form, path, calibration):
    """See `ExportFormat.write`."""
    import tf2onnx
    del calibration
    model, _ = tf2onnx.convert.from_graph_def(
        graph_def, name="net", input_names=[INPUT + ":0"], output_names=[form.output + ":0"],
        opset=OPSET)
    write_bytes(path, model.SerializeToString())


def load(path, form):
    """See `ExportFormat.load`."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cpus()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run([form.output + ":0"], {INPUT + ":0": inputs})[0]


FORMATS.register("onnx", ExportFormat(
    name="onnx", file="net.onnx", write=write, load=load, fixed=False, max_scores=1e-3,
    max_pixels=1e-3, require=require))
