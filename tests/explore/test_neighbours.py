"""Neighbours of images, and whether seeds agree on them: numbers of known answer."""
import numpy as np
import pytest

from tests.explore import made
from utils.errors import UserError
from utils.explore.agreement import agreements, evenly, layer, linear_cka, shared_neighbours
from utils.explore.layers import layer_values, principal, unit_vectors
from utils.explore.neighbours import first_ranks, nearest, similarities
from utils.statistics.crossed import crossed_interval


def units(seed, **options):
    return unit_vectors(made.embeddings(seed, **options))


def test_nearest_are_those_of_a_plain_search():
    vectors = units(1, images=40, noise=.5)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    np.testing.assert_array_equal(nearest(vectors, 7), np.argsort(-cosines, 1)[:, :7])
    np.testing.assert_array_equal(nearest(vectors, 7, [3, 39]), nearest(vectors, 7)[[3, 39]])


def test_duplicates_come_in_their_order():
    vectors = unit_vectors(np.repeat([[1., 0, 0], [0, 1, 0], [0, 0, 1]], 5, 0))
    assert nearest(vectors, 4)[6].tolist() == [5, 7, 8, 9]


def test_an_image_that_is_the_mean_is_similar_to_none():
    vectors = unit_vectors(np.array([[1., 1], [-1, 3], [3, -1]]))
    np.testing.assert_array_equal(vectors[0], 0)
    np.testing.assert_allclose(vectors[1], [-.5 ** .5, .5 ** .5])


def test_a_common_direction_makes_no_image_similar():
    raw = np.abs(made.embeddings(1, noise=.05)) + 50
    cosines = unit_vectors(raw) @ unit_vectors(raw).T
    assert np.median(np.abs(cosines)) < .8 and cosines.min() < -.2


def test_principal_components_keep_distances_and_signs():
    values = made.embeddings(3, images=50).astype(np.float64)
    for own in (values, values[:10]):  # more images than dimensions, and fewer
        found = principal(own)
        np.testing.assert_allclose(found @ found.T, (own - own.mean(0)) @ (own - own.mean(0)).T,
                                   atol=1e-9)
        assert (found[np.abs(found).argmax(0)[:9], np.arange(9)] > 0).all()


def test_rotated_seeds_share_all_and_noise_shares_what_chance_gives():
    same = [units(0, images=200, noise=.3) @ np.linalg.qr(
        np.random.RandomState(seed).standard_normal((16, 16)))[0] for seed in range(3)]
    assert shared_neighbours(same, 10).shape == (3, 200)
    assert shared_neighbours(same, 10).min() >= 9
    noise = shared_neighbours([units(seed, images=200, noise=100) for seed in range(3)], 10)
    assert noise.mean() == pytest.approx(100 / 199, abs=.06)


def test_cka_is_one_up_to_rotation_and_zero_for_noise_of_many_dimensions():
    random = np.random.RandomState(0)
    values, other = random.standard_normal((2, 60, 500))
    turned = 3 * values @ np.linalg.qr(random.standard_normal((500, 500)))[0]
    assert linear_cka(values, turned) == pytest.approx(1)
    assert abs(linear_cka(values, other)) < .05


def test_agreement_has_its_chance_and_an_interval(tmp_path):
    found = made.explore(made.write_runs(tmp_path, seeds=4, images=60))
    best, *_, last = agreements(found)
    assert best.layer == layer(found) and last.layer == "probabilities"
    assert best.nearest == 10 and best.chance == pytest.approx(100 / 59)
    assert best.interval.low < best.shared < best.interval.high
    assert best.interval.low > best.chance > last.interval.low
    assert best.line.startswith(f"Neighbours shared between seeds: {best.shared:.1f} of 10, "
                                "chance 1.7")


def test_agreement_is_read_again_until_features_change(tmp_path):
    paths = made.write_runs(tmp_path, seeds=2)
    first = agreements(made.explore(paths))
    assert agreements(made.explore(paths)) == first
    made.write_found(paths[0], "features", made.features(made.embeddings(9, noise=5.)))
    assert agreements(made.explore(paths)) != first


def test_a_single_run_has_no_agreement_and_its_first_layer(tmp_path):
    found = made.explore(made.write_runs(tmp_path, seeds=1))
    assert agreements(found) == [] and layer(found) == "stride32"


def test_a_layer_that_is_asked_for_is_taken(tmp_path):
    found = made.explore(made.write_runs(tmp_path, seeds=2))
    found.asked_layer = "classes"
    assert layer(found) == "classes"
    found.asked_layer = "stride8"
    with pytest.raises(UserError, match="unknown layer 'stride8': choose one of stride32"):
        layer(found)


def test_class_features_are_those_of_the_class_less_its_mean():
    found = made.features(made.embeddings(1, images=6), classes=2)
    values = layer_values("classes", found, None).reshape(6, 2, -1)
    own = found.class_embeddings.astype(np.float32)
    np.testing.assert_allclose(values[4, 1], (own[9] - own[1::2].mean(0))[:16], atol=1e-6)


def test_mean_probabilities_sum_to_one():
    values = layer_values("probabilities", None, made.coarse(0))
    assert values.shape == (24, 3)
    np.testing.assert_allclose(values.sum(1), 1, atol=1e-6)


def test_ranks_by_the_mean_and_in_each_seed():
    layers = [units(seed, images=30) for seed in (1, 2)]
    order, ranks = first_ranks(similarities(layers, [own[4] for own in layers]), 4)
    mean = sum(own @ own[4] for own in layers) / 2
    assert 4 not in order and len(order) == 29
    assert order.tolist() == [index for index in np.argsort(-mean) if index != 4]
    assert ranks[:, 4].tolist() == [0, 0]
    assert sorted(ranks[1].tolist()) == list(range(30))
    assert ranks[1][nearest(layers[1], 3)[4]].tolist() == [1, 2, 3]


def test_evenly_spaced_images():
    assert evenly(5, 10).tolist() == [0, 1, 2, 3, 4]
    assert evenly(10, 4).tolist() == [0, 2, 5, 7]


def test_an_interval_over_both_is_wider_than_over_either():
    random = np.random.RandomState(0)
    seeds, images = random.standard_normal(5), random.standard_normal(100)
    both = crossed_interval(0, seeds, images)
    assert both.half_width >= max(crossed_interval(0, np.zeros(1), images).half_width,
                                  2.776 * seeds.std(ddof=1) / 5 ** .5)
    assert crossed_interval(0, seeds, np.zeros(1)) is None
    assert crossed_interval(.9, seeds, images, within=(0, 1)).high == 1


def test_coverage_of_the_interval_over_both():
    """Mean of seed + image effects, drawn 400 times: 95 % hold the truth, or a little more."""
    random, hits = np.random.RandomState(1), 0
    for _ in range(400):
        table = random.standard_normal((4, 1)) + 3 * random.standard_normal(40)
        hits += crossed_interval(table.mean(), table.mean(1), table.mean(0)).contains(0)
    assert .93 <= hits / 400 <= 1
