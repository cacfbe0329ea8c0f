"""Maps of several seeds: mean, sd, agreement, what is said of them, picture and file."""
import dataclasses

import numpy as np
import pytest
from PIL import Image

from utils.errors import UserError
from utils.evaluate.cam import Explained, RunMap, find_class
from utils.evaluate.cam_target import Target
from utils.explore.cam import lines, majority, rank_correlation, summarise
from utils.explore.cam_picture import draw_cam, write_cam

NAMES, PALETTE = ("road", "car"), ((128, 64, 128), (0, 0, 142))


def run_map(values, cells=None, name="run", redrawn=(), score_map=False, prediction=0):
    values = np.asarray(values, np.float32)
    cells = values if cells is None else np.asarray(cells, np.float32)
    return RunMap(name, np.full(values.shape, prediction, np.uint8), np.ones(values.shape, bool),
                  "16", score_map, cells, values,
                  np.array(redrawn, np.float32).reshape((-1,) + cells.shape))


def explained(*maps, without=()):
    size = maps[0].values.shape
    return Explained("images/a.png", np.full(size + (3,), 99, np.uint8), np.zeros(size, np.uint8),
                     NAMES, PALETTE, 1, Target("pixel", (1, 0)), maps, without)


RAMP = np.arange(12.).reshape(3, 4)


def test_each_map_counts_alike_whatever_its_scale():
    found = summarise(explained(run_map(RAMP), run_map(1000 * RAMP[::-1])))
    np.testing.assert_allclose(found.maps.max((1, 2)), 1)
    np.testing.assert_allclose(found.mean, (RAMP + RAMP[::-1]) / 22, rtol=1e-6)
    np.testing.assert_allclose(found.sd, np.abs(RAMP - RAMP[::-1]) / 11 / 2 ** .5, rtol=1e-5)
    assert found.between == pytest.approx([rank_correlation(RAMP, RAMP[::-1])])


@pytest.mark.parametrize("other, rho", [(RAMP ** 2, 1), (-RAMP, -1), (np.zeros((3, 4)), np.nan)])
def test_rank_correlation(other, rho):
    np.testing.assert_allclose(rank_correlation(RAMP, other), rho)


def test_the_majority_of_seeds_and_of_equals_the_first():
    assert majority(np.array([[[0, 1]], [[1, 1]], [[1, 0]]], np.uint8), 2).tolist() == [[1, 1]]
    assert majority(np.array([[[0]], [[1]]], np.uint8), 2).tolist() == [[0]]


def said(*maps, **rest):
    one = explained(*maps, **rest)
    return " ".join(lines(one, summarise(one)))


def test_what_is_said():
    alike = said(run_map(RAMP), run_map(RAMP + 1))
    assert "Seg-Grad-CAM at layer 16, 2 runs; rank correlation between seeds 1.00" in alike
    assert "little in common" not in alike and "sanity" not in alike
    assert "little in common" in said(run_map(RAMP), run_map(RAMP.max() - RAMP))
    assert "class score map" in said(run_map(RAMP, score_map=True))
    assert "r2: no such pixel" in said(run_map(RAMP), without=("r2",))
    assert "run: nothing in this layer" in said(run_map(0 * RAMP))


def test_the_sanity_test_fails_where_other_weights_keep_the_map():
    kept = said(run_map(RAMP, redrawn=[RAMP, RAMP + 1]))
    changed = said(run_map(RAMP, redrawn=[RAMP[::-1], 0 * RAMP]))
    assert "is 1.00" in kept and "hardly depends" in kept
    assert "hardly depends" not in changed and "has learned" in changed


@pytest.mark.parametrize("seeds", [1, 2])
def test_picture_and_numbers(tmp_path, seeds):
    one = explained(*[run_map(RAMP + seed) for seed in range(seeds)])
    path = str(tmp_path / "cam.png")
    assert "written: " in list(write_cam(one, path))[-1]
    stored = np.load(str(tmp_path / "cam.npz"))
    assert stored["maps"].shape == (seeds, 3, 4) and str(stored["layer"]) == "16"
    assert np.isnan(stored["sd"]).all() == (seeds == 1)
    with Image.open(path) as picture,_drawn(tmp_path, one, "no_truth.png") as without:
        assert picture.size[0] * picture.size[1] > without.size[0] * without.size[1]


def test_a_pixel_is_marked_so_that_it_can_be_seen():
    mask = np.zeros([60, 80], bool)
    mask[20, 30] = True
    one = explained(dataclasses.replace(run_map(np.ones([60, 80])), mask=mask))
    pixel = dataclasses.replace(one, target=Target("pixel", (30, 20)))
    box = dataclasses.replace(one, target=Target("box", (30, 20, 30, 20)))
    marked, bare = (draw_cam(made, summarise(made))[25:] for made in (pixel, box))  # below titles
    rows, columns = np.nonzero((marked != bare).any(-1))
    assert np.ptp(rows) >= 6 and np.ptp(columns) >= 6 and len(rows) <= 400


def _drawn(folder, one, name):
    list(write_cam(dataclasses.replace(one, truth=None), str(folder / name)))
    return Image.open(str(folder / name))


def test_classes_are_found_by_name():
    assert find_class(NAMES, "CAR") == 1
    for name, message in (("", "missing: choose one of road, car"), ("bus", "unknown class 'bus'")):
        with pytest.raises(UserError, match=message):
            find_class(NAMES, name)
