"""Class weights against numpy."""
import numpy as np
import pytest

from utils.errors import UserError
from utils.train.losses.class_weights import class_weights


def test_class_weights():
    p = np.array([0.7, 0.2, 0.1])
    np.testing.assert_allclose(class_weights("none", p), [1, 1, 1])
    np.testing.assert_allclose(class_weights("enet", p), 1 / np.log(1.02 + p), rtol=1e-6)
    np.testing.assert_allclose(class_weights("enet:1.1", p), 1 / np.log(1.1 + p), rtol=1e-6)
    np.testing.assert_allclose(class_weights("median", p), [2 / 7, 1, 2], rtol=1e-6)
    np.testing.assert_allclose(class_weights("1,2,0.5", p), [1, 2, 0.5])


@pytest.mark.parametrize("text", ["weird", "enet:1", "enet:x", "1,2", "1,2,-1", "0,0,0"])
def test_wrong_class_weights(text):
    with pytest.raises(UserError, match="--class_weights"):
        class_weights(text, np.array([0.7, 0.2, 0.1]))


def test_median_refuses_an_absent_class():
    with pytest.raises(UserError, match="class 1 never occurs"):
        class_weights("median", np.array([0.7, 0.0, 0.3]))
