"""Class weights against numpy, by hand-made counts."""
import numpy as np
import pytest

from utils.errors import UserError
from utils.train.losses.class_weights import (
    CLASS_WEIGHTS,
    Counts,
    WeightSpelling,
    class_weights,
    read_weights,
)

#: Shares .7, .2 and .1; the last two are in images of 500 and 250 labelled pixels together.
COUNTS = Counts(("sky", "car, parked", "a:b"), (700, 200, 100), (10, 5, 2),
                lambda: (1000, 500, 250))


def test_class_weights():
    p = np.array([0.7, 0.2, 0.1])
    for text, expected in [
            ("none", [1, 1, 1]), ("enet", 1 / np.log(1.02 + p)), ("enet:1.1", 1 / np.log(1.1 + p)),
            ("median", [2 / 7, 1, 2]), ("mfb", np.array([.4, .4, .4]) / [.7, .4, .4]),
            ("1,2,0.5", [1, 2, 0.5]), ("sky:1,car, parked:2e-1,a:b:0", [1, .2, 0])]:
        weights = class_weights(text, COUNTS)
        np.testing.assert_allclose(weights, expected, rtol=1e-6)
        assert weights.dtype == np.float32


def test_the_effective_number_is_of_images():
    raw = np.array([(1 - .9) / (1 - .9 ** n) for n in (10, 5, 2)])
    np.testing.assert_allclose(class_weights("effective:0.9", COUNTS), raw * 3 / raw.sum(),
                               rtol=1e-6)
    assert class_weights("effective", COUNTS).sum() == pytest.approx(3)


@pytest.mark.parametrize("text, says", [
    ("weird", "got 'weird', expected effective:beta=0.999, enet:k=1.02, median, mfb, none, 3 numb"),
    ("enet:1", "k: got 1, expected more than 1"), ("enet:x", "got 'x', expected a number"),
    ("effective:1", "at most 0.999999"), ("1,2", "got 2 numbers, expected 3"),
    ("1,2,-1", "got -1 for class 2"), ("0,0,0", "every class has weight 0"),
    ("sky:1", "no weight for car, parked, a:b"), ("sky:1,cat:2", "there is no class 'cat'"),
    ("sky:x", "got 'sky:x'"), ("sky:0,car, parked:0,a:b:0", "every class has weight 0"),
    ("sky:-1,car, parked:0,a:b:1", "got -1 for class 0"),
    ("/nowhere/weights.txt", "or a file of lines")])
def test_wrong_class_weights(text, says):
    with pytest.raises(UserError) as error:
        class_weights(text, COUNTS)
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["median", "mfb", "effective"])
def test_an_absent_class_is_refused(text):
    absent = Counts(COUNTS.names, (7, 0, 3), (1, 0, 1), lambda: (10, 0, 10))
    with pytest.raises(UserError, match=r"class 1 \(car, parked\) never occurs"):
        class_weights(text, absent)
    for text in ("none", "enet"):
        assert np.isfinite(class_weights(text, absent)).all()


def test_a_file_is_written_out(tmp_path):
    path = tmp_path / "weights.txt"
    path.write_text("# SegNet's\na:b: 4.5640  # rare\n\ncar, parked: .1826\nsky: 1\n")
    text = WeightSpelling(CLASS_WEIGHTS).spelled(str(path))
    assert text == "a:b:4.5640,car, parked:.1826,sky:1"
    np.testing.assert_allclose(class_weights(text, COUNTS), [1, .1826, 4.564], rtol=1e-6)
    assert WeightSpelling(CLASS_WEIGHTS).spelled("enet:1.020") == "enet"
    assert WeightSpelling(CLASS_WEIGHTS).spelled("1,2,3") == "1,2,3"


@pytest.mark.parametrize("text, says", [
    ("sky 1\n", "line 1: got 'sky 1', expected \"name: value\""),
    ("sky: 1\nsky: 2\n", "line 2: sky is there twice"), ("sky: 1,2\n", "line 1"),
    ("sky: nan\n", "line 1"), (": 3\n", "line 1"), ("# nothing\n", "got none")])
def test_wrong_files(tmp_path, text, says):
    path = tmp_path / "weights.txt"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_weights(str(path))
    assert says in str(error.value)
