"""Which images to label next: methods beside brute force and known chances, and the command."""
import itertools
import os

import numpy as np
import pytest

import fcn_explore
from tests.explore import made
from tests.report import synthetic
from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse, pack
from utils.explore.acquisition import (
    every_nth,
    k_centre,
    k_means_start,
    nearest_squares,
    noisy_top,
    top,
)
from utils.explore.coverage import cover, near_distance
from utils.explore.pool import folder_pool, split_pool
from utils.explore.select import METHODS, select
from utils.explore.uncertainty import entropies, gradients

IMAGES = 24


def write_training(root, seeds=3, names=None, **flags):
    """Runs with a training split of `IMAGES` images, tested and extracted; returns their paths."""
    paths = made.write_runs(root, seeds, IMAGES, **flags)
    for seed, path in enumerate(paths, 1):
        synthetic.write_result(path, "training", synthetic.draw_matrices(seed, images=IMAGES),
                               class_names=made.CLASSES, names=names)
        for name, found in (("features", made.features(made.embeddings(seed, IMAGES))),
                            ("image_scores", made.image_scores(np.linspace(.1, .9, IMAGES))),
                            ("coarse", made.coarse(seed, IMAGES))):
            made.write_found(path, name, found, stem="training")
    return paths


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_training(tmp_path_factory.mktemp("select"))


@pytest.fixture(scope="module")
def pool(runs):
    return split_pool(made.explore(runs, made.CLUSTER, split="training"))


# ---- methods on numbers ----

@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("start", [(), (3,)])
def test_k_centre_is_within_twice_the_optimum(seed, start):
    points = np.random.RandomState(seed).standard_normal((9, 2))
    chosen = k_centre(points, 3, start)
    assert len(set(chosen) | set(start)) == 3 + len(start)

    def farthest(centres):
        return np.sqrt(nearest_squares(points, [*start, *centres]).max())
    best = min(map(farthest, itertools.combinations(range(9), 3)))
    assert best <= farthest(chosen) + 1e-6 and farthest(chosen) <= 2 * best + 1e-6


def test_k_centre_of_copies_takes_each_once_in_their_order():
    assert k_centre(np.zeros((4, 2)), 4).tolist() == [0, 1, 2, 3]
    assert k_centre(np.zeros((4, 2)), 3, [1]).tolist() == [0, 2, 3]


def test_noisy_top_draws_without_replacement():
    scores, draws = np.array([1., 2, 4]), 6000
    random = np.random.RandomState(1)
    found = [tuple(noisy_top(scores, 2, 1, random)) for _ in range(draws)]
    chi_square = 0
    for one, other in itertools.permutations(range(3), 2):
        expected = draws * scores[one] / 7 * scores[other] / (7 - scores[one])
        chi_square += (found.count((one, other)) - expected) ** 2 / expected
    assert chi_square < 15.1  # 99 % of chi-square with 5 degrees of freedom


def test_noisy_top_is_chance_at_beta_0_and_the_greatest_at_a_large_one():
    scores = np.array([.3, 0, .9, .5, 0])
    assert noisy_top(scores, 3, 1e6, np.random.RandomState(0)).tolist() == [2, 3, 0]
    random = np.random.RandomState(0)
    first = np.bincount([noisy_top(scores + 1, 1, 0, random)[0] for _ in range(2000)])
    assert first.min() > 320 and first.max() < 480
    assert noisy_top(scores, 5, 1, np.random.RandomState(0))[3:].tolist() == [1, 4]


def test_ties_go_to_the_first():
    assert top(np.array([1., 2, 1 + 1e-12, 2]), 4).tolist() == [1, 3, 0, 2]


def test_k_means_start_begins_with_the_longest_and_draws_by_squared_distance():
    points = np.array([[4., 0], [0, 0], [3, 0], [0, 1]])
    found = [k_means_start(points, 2, np.random.RandomState(seed)) for seed in range(3000)]
    assert {first for first, _ in found} == {0}
    shares = np.bincount([second for _, second in found], minlength=4) / 3000
    np.testing.assert_allclose(shares, np.array([0, 16, 1, 17]) / 34, atol=.03)


def test_k_means_start_takes_copies_in_their_order_once_nothing_else_is_left():
    assert k_means_start(np.ones((3, 2)), 3, np.random.RandomState(0)).tolist() == [0, 1, 2]


def test_every_nth_goes_by_numbers_within_scenes():
    names = ["b_2", "a_10", "a_9", "b_1", "a_11", "a_8"]
    assert [names[place] for place in every_nth(names, 3)] == ["a_9", "a_11", "b_2"]
    scenes = np.array(["2", "1", "1", "2", "1", "1"])
    assert sorted(scenes[every_nth(names, 3, scenes)]) == ["1", "1", "2"]
    assert sorted(every_nth(names, 6)) == list(range(6))
    assert every_nth([str(one) for one in range(100)], 5).tolist() == [10, 30, 50, 70, 90]


# ---- entropy, disagreement, gradients ----

def packed(*images):
    """`Coarse` of probabilities [h, w, C]."""
    labels, shares = zip(*map(pack, (np.array(one, np.float32) for one in images)))
    return Coarse(np.array([one.shape[:2] for one in labels], np.int32), np.stack(labels),
                  np.stack(shares), np.int32(labels[0].shape[-1]))


def test_seeds_that_agree_have_no_disagreement_and_certain_ones_that_do_not_have_all_of_it():
    unsure, certain, other = [[[.5, .5]]], [[[1., 0]]], [[[0., 1]]]
    whole, disagreement = entropies([packed(unsure, certain), packed(unsure, other)])
    np.testing.assert_allclose(whole, np.log(2), atol=1e-6)
    np.testing.assert_allclose(disagreement, [0, np.log(2)], atol=1e-6)
    np.testing.assert_array_equal(entropies([packed(unsure, certain)])[1], 0)


def test_a_gradient_is_that_of_a_linear_layer():
    own, coarse = made.features(made.embeddings(1, 6), cells=(2, 2)), made.coarse(1, 6, grid=(4, 4))
    found = gradients([own], [coarse], np.random.RandomState(0))
    cells = own.cells[2] * np.float64(own.cells_scale)
    expected = np.zeros((3, cells.shape[-1]))
    mean = own.basis_mean.astype(np.float64) @ own.basis[:, :cells.shape[-1]]
    for row, column in itertools.product(range(2), range(2)):
        p = coarse.probabilities(2)[2 * row + 1, 2 * column + 1].astype(np.float64)
        p[p.argmax()] -= 1
        expected += np.outer(p, cells[row, column] + mean) / 4
    np.testing.assert_allclose(found[2].reshape(3, -1)[:, :-1], expected, atol=1e-6)
    certain = packed(*[np.tile([1., 0, 0], (4, 4, 1))] * 6)
    np.testing.assert_allclose(gradients([own], [certain], None), 0, atol=1e-9)


# ---- of runs ----

@pytest.mark.parametrize("method", METHODS.names())
def test_every_method_chooses_each_image_once_and_the_same_again(pool, method):
    found = select(pool, 10, method, 4)
    assert len(set(found.chosen.tolist())) == 10
    np.testing.assert_array_equal(found.chosen, select(pool, 10, method, 4).chosen)
    rows = found.panel.section.tables[0].rows
    assert rows[0]["shared"] == 10 and len(rows) == len(METHODS.names())
    assert found.names == tuple(pool.names[place] for place in found.chosen)


def test_k_centre_covers_groups_best(pool):
    near = near_distance(pool)
    chosen = METHODS.get("kcentre")(pool, 3, None)
    assert sorted(chosen % 3) == [0, 1, 2]  # one of each group
    copies = cover(pool, [0, 3, 6], near)
    assert cover(pool, chosen, near).farthest < copies.farthest
    assert cover(pool, chosen, near).near == 0
    assert cover(pool, np.arange(IMAGES), near).farthest == 0


def test_what_the_runs_were_trained_on_is_not_chosen_again(tmp_path):
    paths = write_training(tmp_path, 2)
    names = made.explore(paths, split="training").names
    with open(os.path.join(paths[0], "subset.txt"), "w") as file:
        file.write("\n".join(names[:6]) + "\n")
    found = split_pool(made.explore(paths, split="training"))
    assert found.labelled == names[:6] and found.names == names[6:] and not found.notes
    chosen = select(found, 4, "kcentre", 1)
    assert chosen.names[:6] == names[:6] and len(set(chosen.names)) == 10
    assert select(found, 18, "random", 1).panel.section.tables[0].rows[0]["farthest"] == 0


def test_images_of_one_name_count_once(tmp_path):
    names = [f"1A_{one // 2}" for one in range(IMAGES)]
    found = split_pool(made.explore(write_training(tmp_path, 1, names), split="training"))
    assert found.names == tuple(names[::2]) and "12 images more" in found.notes[1]


def test_a_folder_is_chosen_from_beside_the_training_images(tmp_path):
    paths = write_training(tmp_path, 2)
    own = [f"{one}.jpg" for one in range(8)]
    for seed, path in enumerate(paths, 1):  # what the training images have, but one new image
        values = made.embeddings(seed, IMAGES)[:8]
        values[5] = -values.mean(0) * 3
        made.write_unlabelled(path, own, values)
    found = folder_pool(made.explore(paths, split="training"), "some/photos")
    assert found.names == tuple(own) and len(found.labelled) == IMAGES
    assert select(found, 1, "kcentre", 1).names == ("5.jpg",)
    alone = folder_pool(made.explore(paths), "some/photos")
    assert alone.labelled == () and "does not count" in alone.notes[0]


def test_what_cannot_be_is_one_line(pool, runs, tmp_path):
    with pytest.raises(UserError, match="--n=25: there are 24 images to choose from"):
        select(pool, 25, "random", 1)
    with pytest.raises(UserError, match="test split are for tests"):
        split_pool(made.explore(runs))
    one = split_pool(made.explore(runs[:1], split="training"))
    with pytest.raises(UserError, match="one run disagrees with none"):
        select(one, 3, "bald", 1)
    assert "bald" not in str(select(one, 3, "entropy", 1).panel.section.tables[0].rows)
    with open(str(tmp_path / "ids.txt"), "w") as file:
        file.write("# a comment\nnobody\n")
    with pytest.raises(UserError, match="the first is 'nobody'"):
        split_pool(made.explore(runs, split="training"), str(tmp_path / "ids.txt"))


def test_the_command_writes_a_list_that_says_how_it_was_made(runs, tmp_path, capsys):
    path = str(tmp_path / "ids.txt")
    fcn_explore.main(["select", *runs, "--n=4", "--method=entropy:2", f"--out={path}"])
    with open(path) as file:
        lines = file.read().split("\n")
    head = [line for line in lines if line.startswith("#")]
    assert "--n=4 --method=entropy:2" in head[0] and "images: 4" in head[-2]
    assert len([line for line in lines if line and line not in head]) == 4
    assert "The choice beside others" in capsys.readouterr().out
