"""A SavedModel with one signature, `serving_default`."""
from typing import Any

from utils.export.formats.record import FORMATS, Batches, ExportFormat, Net
from utils.export.serving import INPUT, Form
from utils.tf_compat import tf

SIGNATURE = "serving_default"


def write(graph_def: Any, form: Form, path: str, calibration: Batches) -> None:
    """See `ExportFormat.write`."""
    del calibration
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        images, output = tf.import_graph_def(
            graph_def, return_elements=[INPUT + ":0", form.output + ":0"], name="")
        signature = tf.saved_model.predict_signature_def({INPUT: images}, {form.output: output})
        builder = tf.saved_model.Builder(path)
        builder.add_meta_graph_and_variables(
            session, [tf.saved_model.tag_constants.SERVING],
            signature_def_map={SIGNATURE: signature})
        builder.save()


def load(path: str, form: Form) -> Net:
    """See `ExportFormat.load`: by its signature, in a new session."""
    session = tf.Session(graph=tf.Graph())
    with session.graph.as_default():
        meta = tf.saved_model.load(session, [tf.saved_model.tag_constants.SERVING], path)
    signature = meta.signature_def[SIGNATURE]
    images, output = signature.inputs[INPUT].name, signature.outputs[form.output].name
    return lambda inputs: session.run(output, {images: inputs})


FORMATS.register("saved_model", ExportFormat(
    name="saved_model", file="saved_model", write=write, load=load, fixed=False, max_scores=1e-3,
    max_pixels=1e-3))
