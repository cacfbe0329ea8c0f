"""Each format written, loaded and run; ONNX where its packages are installed."""
import os

import numpy as np
import pytest

from tests.export import nets
from utils.errors import UserError
from utils.export.fold import fold
from utils.export.formats import FORMATS
from utils.export.formats.saved_model import SIGNATURE
from utils.tf_compat import IS_TF1, tf

pytestmark = pytest.mark.usefixtures("tiny_net")

EXACT = ["frozen", "saved_model", "tflite", "onnx"]


def make(name, tmp_path, **changes):
    """(run, `Net`, path) of a tiny net in a format."""
    chosen, form = FORMATS.get(name), nets.form(**changes)
    if IS_TF1 and name.startswith("tflite") and form.input == "image":
        pytest.skip("TF 1.15's TFLite converter takes no uint8 images; a line says so")
    if name == "onnx":
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")
    if chosen.fixed:
        form = form.fixed(name)
    net, path = nets.frozen_net(form, fcn8=True), os.path.join(str(tmp_path), chosen.file)
    chosen.write(fold(net.graph_def, [form.output]), form, path, lambda: iter([net.inputs[:1]]))
    return chosen.load(path, form), net, path


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("changes", [
    dict(), dict(batch=2), dict(input="image", image_size=(36, 50)), dict(output="labels")])
def test_the_same_outputs(name, changes, tmp_path):
    run, net, _ = make(name, tmp_path, **changes)
    found = run(net.inputs)
    assert found.shape == net.outputs.shape and found.dtype == net.outputs.dtype
    if found.dtype == np.uint8:
        assert (found != net.outputs).mean() < 2e-3
    else:
        np.testing.assert_allclose(found, net.outputs, atol=1e-4 * np.abs(net.outputs).max())


@pytest.mark.parametrize("name", ["frozen", "saved_model", "onnx"])
@pytest.mark.parametrize("kind", ["view", "image"])
def test_any_size_and_any_batch(name, kind, tmp_path):
    form = nets.form(input=kind, size=None if kind == "view" else (32, 64))
    run, net, _ = make(name, tmp_path, input=kind, size=form.size)
    np.testing.assert_allclose(run(net.inputs), net.outputs,
                               atol=1e-4 * np.abs(net.outputs).max())
    for shape in ([1, 64, 32, 3], [3, 33, 47, 3]):
        inputs = np.full(shape, 90).astype(form.input_type)
        assert run(inputs).shape == tuple(shape[:3]) + (3,)


@pytest.mark.parametrize("name, most", [("tflite_float16", .1), ("tflite_int8", .6)])
def test_fewer_bits_differ_a_little(name, most, tmp_path):
    run, net, path = make(name, tmp_path)
    exact = make("tflite", tmp_path)[2]
    difference = np.abs(run(net.inputs) - net.outputs).max() / np.abs(net.outputs).max()
    assert 0 < difference < most
    assert os.path.getsize(path) < .75 * os.path.getsize(exact)


def test_the_saved_model_has_a_signature_with_names(tmp_path):
    _, net, path = make("saved_model", tmp_path, output="labels")
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.load(session, ["serve"], path)
        signature = meta.signature_def[SIGNATURE]
        assert SIGNATURE == "serving_default"
        assert list(signature.inputs) == ["images"] and list(signature.outputs) == ["labels"]
        found = session.run(signature.outputs["labels"].name,
                            {signature.inputs["images"].name: net.inputs})
    np.testing.assert_array_equal(found, net.outputs)


def test_tflite_wants_a_size():
    with pytest.raises(UserError, match="tflite has a fixed size.*--pixels="):
        nets.form(size=None).fixed("tflite")
    with pytest.raises(UserError, match="tflite has a fixed size.*--image_size="):
        nets.form(input="image").fixed("tflite")


def test_onnx_without_its_packages_is_one_line(monkeypatch):
    import builtins
    actual = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] in ("tf2onnx", "onnxruntime"):
            raise ImportError(f"No module named {name!r}")
        return actual(name, *args, **kwargs)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match="needs tf2onnx and onnxruntime .*pip install") as caught:
        FORMATS.get("onnx").require()
    assert "\n" not in str(caught.value)
