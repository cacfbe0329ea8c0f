"""The public part: about its share, whole scenes, two units at least on either side."""
import numpy as np
import pytest

from tests.data.helpers import message
from utils.compete.parts import choose_public


@pytest.mark.parametrize("share", [.1, .3, .5, .9])
@pytest.mark.parametrize("seed", [0, 7])
def test_images_by_share(share, seed):
    chosen = choose_public(100, share, seed)
    assert chosen.sum() == round(100 * share)
    assert (chosen == choose_public(100, share, seed)).all()
    assert (chosen != choose_public(100, share, seed + 1)).any()


@pytest.mark.parametrize("seed", range(5))
def test_scenes_stay_whole_and_come_near_the_share(seed):
    scenes = np.repeat(list("abcdefghij"), np.arange(1, 11))
    chosen = choose_public(len(scenes), .3, seed, scenes)
    assert all(len(set(chosen[scenes == scene])) == 1 for scene in scenes)
    assert abs(chosen.mean() - .3) < .1
    for part in (chosen, ~chosen):
        assert len(set(scenes[part])) >= 2


def test_all_public_and_too_few():
    assert choose_public(3, 1., 0, ["a", "a", "b"]).all()
    assert "3 images: a public and a private part need 2 each" in message(choose_public, 3, .5, 0)
    assert "1 images: " in message(choose_public, 1, 1., 0)
    assert "1 scenes: " in message(choose_public, 3, 1., 0, ["a"] * 3)
    assert "3 scenes: " in message(choose_public, 9, .5, 0, list("aaabbbccc"))
    assert choose_public(4, .01, 0).sum() == choose_public(4, .99, 0).sum() == 2
