"""What is said of an export that differs in a known way; bounds; the table."""
import types

import numpy as np
import pytest

from tests.export import nets
from utils.errors import UserError
from utils.export.compare import Comparison, Sample, compare, make_batches
from utils.export.outcome import Bounds, Outcome, parse_bounds, problem_of, table

LABEL = np.array([[0, 1, 2], [2, 1, 255]], np.uint8)


def one_hot(labels):
    """Scores [H, W, 3] that name the labels, 4 against 0."""
    return 4 * np.eye(3, dtype=np.float32)[labels]


def compare_nets(outputs, expected, form, label=LABEL):
    """The `Comparison` of two made-up nets on one image of their own size."""
    prediction = expected.argmax(-1).astype(np.uint8) if expected.ndim == 3 else expected
    sample = Sample(np.zeros(prediction.shape + (3,), np.uint8), label, prediction)
    around = types.SimpleNamespace(
        prepare=lambda image: image,
        native_labels=lambda output, size: output if output.ndim == 2 else output.argmax(
            -1).astype(np.uint8))
    tested = types.SimpleNamespace(form=form, run=lambda inputs: expected[None])
    return compare(lambda inputs: outputs[None], tested, around, [sample])


def test_scores_pixels_and_miou():
    truth = np.where(LABEL == 255, 0, LABEL)
    outputs, expected = one_hot(truth), one_hot(truth)
    outputs[0, 0] = [1, 2, 0]  # class 1 in place of 0, off by 3
    found = compare_nets(outputs, expected, nets.form(size=None))
    assert found.images == found.batch == 1
    assert (found.score_difference, found.score_range, found.relative) == (3, 4, .75)
    assert found.pixels == pytest.approx(1 / 6)
    assert found.tested_miou == 1
    assert found.miou == pytest.approx((0 + 2 / 3 + 1) / 3)
    assert found.speed > 0 and found.tested_speed > 0


def test_labels_have_no_scores_and_files_no_miou():
    truth = np.where(LABEL == 255, 0, LABEL)
    found = compare_nets(truth, truth, nets.form(size=None, output="labels"), label=None)
    assert found.score_difference is None and found.relative is None
    assert found.pixels == 0 and found.miou is None and found.tested_miou is None


def test_batches_hold_one_shape_and_are_filled_up():
    inputs = [np.full([2, 2, 3], 0), np.full([3, 2, 3], 1), np.full([2, 2, 3], 2),
              np.full([2, 2, 3], 3)]
    batches = make_batches(inputs, 2)
    assert [rows for rows, _ in batches] == [[0, 2], [3], [1]]
    assert [list(stacked[:, 0, 0, 0]) for _, stacked in batches] == [[0, 2], [3, 3], [1, 1]]


def comparison(**changes):
    fields = dict(images=2, score_difference=.5, score_range=10., pixels=.02, miou=.5,
                  tested_miou=.51, speed=20., tested_speed=10., batch=1)
    fields.update(changes)
    return Comparison(**fields)


@pytest.mark.parametrize("changes, bounds, message", [
    ({}, (.05, .02), ""), ({}, (.049, .02), "x: a score differs by 0.5, 0.05 of the largest"),
    ({}, (.05, .019), r"x: 2.00% of the pixels have another class, beyond the bound of 1.90%"),
    (dict(score_difference=float("nan")), (.05, .02), "a score differs by nan"),
    (dict(score_difference=None, score_range=None), (0, .02), ""),
    (dict(score_difference=None, score_range=None), (0, .01), "have another class")])
def test_bounds(changes, bounds, message):
    said = problem_of(comparison(**changes), Bounds(*bounds), "x")
    assert said.startswith("x: ") == bool(message) and message in said and "\n" not in said


def test_bounds_of_the_command_line():
    names = ["frozen", "tflite"]
    assert parse_bounds("", "max_pixels", names) == {}
    assert parse_bounds(".1", "max_pixels", names) == {"frozen": .1, "tflite": .1}
    assert parse_bounds(".1,tflite:2e-3", "max_pixels", names) == {"frozen": .1, "tflite": .002}
    for text in ("much", "onnx:1", "tflite:-1", "tflite:nan"):
        with pytest.raises(UserError, match="--max_pixels: got .*frozen, tflite"):
            parse_bounds(text, "max_pixels", names)


def test_table():
    outcomes = [
        Outcome("frozen", "net.pb", 2500000, Bounds(1, 1), comparison(), ""),
        Outcome("onnx", "net.onnx", 0, Bounds(1, 1), None, "onnx: could not be made"),
        Outcome("tflite", "net.tflite", 1, Bounds(1, 1), comparison(
            score_difference=None, score_range=None, miou=None, tested_miou=None), "")]
    lines = table(outcomes)
    assert len(lines) == 3
    assert lines[1].split() == ["frozen", "2.5", "5.00e-01", "5.0e-02", "2.000%", "50.00",
                                "(51.00)", "20.0", "(10.0)"]
    assert lines[2].split() == ["tflite", "0.0", "-", "-", "2.000%", "-", "20.0", "(10.0)"]
