"""Principal components: equal to the singular vectors, of one sign on every machine."""
import numpy as np
import pytest

from utils.measures.components import principal_components


@pytest.mark.parametrize("shape", [(40, 6), (6, 40), (12, 12)])
def test_are_the_singular_vectors(shape):
    points = np.random.RandomState(0).randn(*shape) * np.geomspace(9, 1, shape[1]) + 3
    mean, basis = principal_components(points, 4)
    np.testing.assert_allclose(mean, points.mean(0), rtol=1e-5)
    vectors = np.linalg.svd(points - points.mean(0), full_matrices=False)[2][:4].T
    np.testing.assert_allclose(np.abs((basis * vectors).sum(0)), 1, atol=1e-4)
    np.testing.assert_allclose(basis.T @ basis, np.eye(4), atol=1e-5)
    assert (basis[np.abs(basis).argmax(0), np.arange(4)] > 0).all()


def test_directions_that_are_not_there_are_left_out():
    points = np.outer(np.arange(5.), [1, 2, 0, 0])
    _, basis = principal_components(points, 3)
    np.testing.assert_allclose(basis[:, 0], np.array([1, 2, 0, 0]) / np.sqrt(5), atol=1e-6)
    assert basis.shape == (4, 1)
    assert principal_components(points[:1], 3)[1].shape == (4, 0)
    assert principal_components(np.zeros((5, 0)), 3)[1].shape == (0, 0)
