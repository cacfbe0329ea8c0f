"""An output and an observer of a test, one file each, through fcn_test.py and no other change."""
import os

import numpy as np
import pytest

import fcn_test
from tests import tiny
from tests.toys import confidence_observer, confidence_output  # noqa: F401  they register
from tests.toys.tiny_net import CHANNELS
from utils.errors import UserError
from utils.evaluate.results import load_result


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    folder = str(tmp_path_factory.mktemp("toys"))
    tiny.make_project(folder)
    return folder


def test(project, monkeypatch, *flags):
    """Runs fcn_test.py on the run of the project; the path of its results."""
    monkeypatch.chdir(project)
    assert not fcn_test.main(["--traindir=tiny__1", "--gpu=-1", "--threads=2", *flags])
    return os.path.join(project, "tmp", "tiny__1", "test")


test.__test__ = False


def test_toys_add_a_file_beside_the_result(project, monkeypatch, capsys):
    folder = test(project, monkeypatch, "--observe=objects,toy_confidences:3,embeddings:16")
    assert "validation: mIoU" in capsys.readouterr().out
    result = load_result(os.path.join(folder, "validation"))
    with np.load(os.path.join(folder, "validation.toy_confidences.npz")) as found:
        assert found["pixels"].tolist() == [height * width for height, width in result.sizes]
        assert (found["powered"] < found["plain"]).all() and (found["plain"] <= 1).all()
        assert len(found["plain"]) == tiny.COUNTS["validation"]
    with np.load(os.path.join(folder, "validation.embeddings.npz")) as found:
        embeddings = found["embeddings"]
    assert embeddings.shape == (tiny.COUNTS["validation"], CHANNELS[16])
    assert np.isfinite(embeddings).all() and embeddings.std(0).max() > 0
    assert os.path.isfile(os.path.join(folder, "validation.objects.npz"))


def test_scores_do_not_depend_on_who_looks_on(project, monkeypatch):
    folder = test(project, monkeypatch, "--observe=toy_confidences", "--split=test")
    watched = load_result(os.path.join(folder, "test")).matrices
    test(project, monkeypatch, "--observe=", "--split=test", "--num_images=3")
    np.testing.assert_array_equal(
        load_result(os.path.join(folder, "test_first3")).matrices, watched)
    assert not os.path.exists(os.path.join(folder, "test_first3.objects.npz"))


@pytest.mark.parametrize("value, words", [
    ("toys", "unknown observer 'toys': choose one of .*embeddings, .*objects, .*toy_confidences"),
    ("objects,objects", "objects is given twice"),
    ("toy_confidences:much", "power: got 'much', expected a number"),
    ("embeddings:5", "got level 5, expected one of 2, 4, 8, 16, 32, 0")])
def test_wrong_observers_are_one_line(project, monkeypatch, value, words):
    with pytest.raises(UserError, match=words):
        test(project, monkeypatch, "--observe=" + value)


def test_the_help_page_lists_them(capsys):
    with pytest.raises(SystemExit):
        fcn_test.main(["--help=all"])
    out = capsys.readouterr().out
    assert "toy_confidences:power=2" in out and "embeddings:level=32" in out
