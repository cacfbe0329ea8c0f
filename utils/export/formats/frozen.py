"""A frozen graph: one `GraphDef` of constants."""
from typing import Any

from utils.export.formats.record import FORMATS, Batches, ExportFormat, Net
from utils.export.serving import INPUT, Form
from utils.files import write_bytes
from utils.tf_compat import tf


def write(graph_def: Any, form: Form, path: str, calibration: Batches) -> None:
    """See `ExportFormat.write`."""
    del form, calibration
    write_bytes(path, graph_def.SerializeToString())


def load(path: str, form: Form) -> Net:
    """See `ExportFormat.load`."""
    graph_def = tf.GraphDef()
    with open(path, "rb") as file:
        graph_def.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        images, output = tf.import_graph_def(
            graph_def, return_elements=[INPUT + ":0", form.output + ":0"], name="")
    session = tf.Session(graph=graph)
    return lambda inputs: session.run(output, {images: inputs})


FORMATS.register("frozen", ExportFormat(
    name="frozen", file="net.pb", write=write, load=load, fixed=False, max_scores=1e-3,
    max_pixels=1e-3))
