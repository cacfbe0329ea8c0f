"""Clusters over seeds: simulations whose truth is known, and numbers that both stacks agree on."""
import json

import numpy as np
import pytest

from tests.explore import made
from utils.errors import UserError
from utils.explore.clusters import clusters, consensus, corrected_jaccard, find_clusters
from utils.explore.dataset import Metadata
from utils.explore.enriched import enrichments
from utils.explore.kept import kept_path
from utils.explore.kmeans import bootstrap_jaccard, jaccard, k_means
from utils.explore.layers import unit_vectors
from utils.explore.panels.clusters import analyse
from utils.stored import read_arrays


def seeds(count, images=120, groups=6, **options):
    return [unit_vectors(made.embeddings(seed, images, groups, **options))
            for seed in range(1, count + 1)]


def same_groups(label, groups):
    """Whether each cluster is one residue of the index, and each residue one cluster."""
    truth = np.arange(len(label)) % groups
    return len(set(zip(label.tolist(), truth.tolist()))) == len(set(label.tolist())) == groups


def test_k_means_finds_groups_and_is_the_same_twice():
    points = seeds(1)[0]
    first, second = k_means(points, 6), k_means(points, 6)
    assert same_groups(first.label, 6)
    np.testing.assert_array_equal(first.label, second.label)
    centres = np.array([points[first.label == one].mean(0) for one in range(6)])
    np.testing.assert_allclose(first.centres, centres, atol=1e-12)
    assert first.inertia == pytest.approx(((points - centres[first.label]) ** 2).sum())


def test_k_means_of_noise_is_as_good_as_that_of_scikit_learn():
    from sklearn.cluster import KMeans
    points = np.random.RandomState(0).standard_normal((150, 8))
    other = KMeans(7, n_init=10, random_state=0).fit(points).inertia_
    assert k_means(points, 7).inertia < 1.02 * other


def test_k_means_of_duplicates_leaves_clusters_empty():
    found = k_means(np.repeat(np.eye(2), 6, 0), 4)
    assert found.label[:6].tolist() == [found.label[0]] * 6 and found.inertia < 1e-12
    values = bootstrap_jaccard(np.repeat(np.eye(2), 6, 0), found.label, 4)
    assert np.isnan(values).sum() == 2 and np.nanmin(values) == 1


def test_both_stacks_have_the_same_clusters_of_noise():
    """Stored numbers: random streams and ties do not depend on the version of a library."""
    points = np.random.RandomState(5).standard_normal((40, 6))
    found = k_means(points, 4)
    assert "".join(map(str, found.label)) == NOISE
    assert bootstrap_jaccard(points, found.label, 4).round(6).tolist() == JACCARD


NOISE = "3012111303211311302010332111321112302211"
JACCARD = [0.381117, 0.660825, 0.609239, 0.671003]


def test_jaccard_of_clusters():
    a, b = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(jaccard(a, b, 2, 2), [[1 / 6, 2 / 3], [2 / 4, 0]])


def test_large_clusters_do_not_agree_by_chance():
    half = np.arange(900) % 3 < 2
    other = np.arange(900) // 3 % 3 < 2
    assert (half & other).sum() / (half | other).sum() == pytest.approx(.5)
    assert corrected_jaccard(half, other) == pytest.approx(0)
    assert corrected_jaccard(half, half) == pytest.approx(1)
    assert corrected_jaccard(half, ~half) < 0 and corrected_jaccard(half, half & ~half) == 0


@pytest.mark.parametrize("noise", [.15, .3])
def test_six_groups_are_found_in_five_of_five_seeds(noise):
    found = find_clusters(seeds(5, noise=noise))
    assert found.k == 6 and same_groups(found.label, 6)
    assert found.seeds.tolist() == [5] * 6 and found.holds.all()
    assert found.bootstrap.min() >= .75


def test_a_cluster_that_three_of_five_seeds_see_is_told_so():
    units = seeds(5, images=90, groups=3)
    order = np.random.RandomState(0).permutation(90)
    found = find_clusters(units[:3] + [own[order] for own in units[3:]])
    assert found.label.max() >= 2
    assert same_groups(found.label, 3)
    assert found.seeds.tolist() == [3, 3, 3] and found.holds.all()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_at_most_a_tenth_of_the_clusters_of_noise_hold(count):
    found = [find_clusters([unit_vectors(made.embeddings(100 * trial + seed, 60, noise=100))
                            for seed in range(count)]) for trial in range(4)]
    total = sum(len(one.holds) for one in found)
    assert total >= 4 and sum(one.holds.sum() for one in found) <= .1 * total


def test_one_seed_is_no_evidence_over_seeds():
    found = find_clusters(seeds(1, groups=3, images=60))
    assert same_groups(found.label, 3) and not found.holds.any()
    assert np.isnan(found.jaccard).all() and found.bootstrap.min() >= .75


def test_consensus_asks_more_than_half_of_the_seeds():
    one = np.repeat([0, 1], 6)
    two = np.array([0] * 6 + [1] * 5 + [0])
    assert consensus(np.array([one, one, two])).tolist() == [0] * 6 + [1] * 6
    assert consensus(np.array([one, two])).tolist() == [0] * 6 + [1] * 5 + [-1]


def test_many_images_are_joined_by_a_sample(monkeypatch):
    by_seed = np.array([k_means(own, 6).label for own in seeds(3)])
    whole = consensus(by_seed)
    monkeypatch.setattr("utils.explore.clusters._MOST_TO_LINK", 70)
    np.testing.assert_array_equal(consensus(by_seed), whole)


def test_clusters_are_stored_and_the_same_when_made_anew(tmp_path):
    import os
    paths = made.write_runs(tmp_path, images=30)
    first = clusters(made.explore(paths))
    path = kept_path(made.explore(paths), "clusters")
    np.testing.assert_array_equal(read_arrays(path, ["label"])["label"], first.label)
    again = clusters(made.explore(paths))
    os.remove(path)
    anew = clusters(made.explore(paths))
    for other in (again, anew):
        np.testing.assert_array_equal(other.label, first.label)
        np.testing.assert_array_equal(other.jaccard, first.jaccard)
    assert again.k == 3


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(UserError, match="6 images: clusters take 10 or more"):
        clusters(made.explore(made.write_runs(tmp_path, images=6)))


# ---- metadata ----

def test_planted_metadata_are_found_and_others_are_not():
    label, random = np.arange(120) % 3, np.random.RandomState(0)
    found = enrichments(Metadata(
        {"cars": (label == 1) * 2 + random.rand(120), "noise": random.rand(120),
         "constant": np.ones(120)}, {"light": np.where(label == 2, "night", "day")}), label)
    assert {one.column for one in found} == {"cars", "noise", "light = night"}
    sure = {(one.cluster, one.column) for one in found if one.p_adjusted < .001}
    assert {(1, "cars"), (2, "light = night")} <= sure
    assert not any(column == "noise" for _, column in sure)
    night, = [one for one in found if (one.cluster, one.column) == (2, "light = night")]
    assert (night.inside, night.outside, night.is_category) == (1, 0, True)


def test_unknown_values_are_left_out():
    label = np.repeat([0, 1], 20)
    values = np.where(np.arange(40) % 2, np.nan, label * 1.)
    found = enrichments(Metadata({"a": values}), label)
    assert [(one.inside, one.outside) for one in found] == [(0, 1), (1, 0)]


def test_frames_of_few_scenes_prove_nothing():
    scenes = np.repeat([f"s{place}" for place in range(4)], 30)
    label = np.repeat([0, 0, 1, 1], 30)
    columns = Metadata({"dark": np.repeat([1., 1, 5, 5], 30) + np.random.RandomState(0).rand(120)})
    assert min(one.p for one in enrichments(columns, label)) < 1e-9
    assert min(one.p for one in enrichments(columns, label, scenes)) > .2


def test_p_over_scenes_keeps_its_level():
    random = np.random.RandomState(2)
    scenes = np.repeat(np.arange(12), 8)
    below = [min(one.p for one in enrichments(
        Metadata({"a": np.repeat(random.rand(12), 8)}), np.repeat(random.rand(12) > .5, 8) * 1,
        scenes) if one.cluster == 1) < .1 for _ in range(60)]
    assert sum(below) <= 12


# ---- the panel ----

@pytest.fixture
def runs(tmp_path):
    paths = made.write_runs(tmp_path, images=60)
    made.write_images(tmp_path, made.explore(paths).names, {
        "objects of car": (np.arange(60) % 3 == 1) * 4, "light": ["day", "night"] * 30})
    return paths


def test_the_panel_tells_in_how_many_seeds(runs):
    found = made.explore(runs)
    panel = analyse(found)
    agreement, table, metadata = panel.section.tables
    assert panel.section.text[0].startswith("Neighbours shared between seeds: ")
    assert "3 of 3 clusters hold in more than half of the 3 seeds, 3 in all" in \
        panel.section.text[1]
    assert [row["seeds"] for row in table.rows] == ["3/3"] * 3
    assert [row["layer"] for row in agreement.rows][-1] == "probabilities"
    assert metadata.rows[0]["column"] == "objects of car"
    label = clusters(found).label
    for row, cluster in zip(table.rows, range(3)):
        assert row["loss"] == pytest.approx(found.loss[:, label == cluster].mean(), abs=1e-6)
        assert row["loss_interval"].low < row["loss"] < row["loss_interval"].high
    assert panel.columns[0].values.tolist() == [str(one + 1) for one in label]
    assert all(label[pick.index] == place for place, gallery in enumerate(panel.galleries)
               for pick in gallery.picks)
    assert len(json.loads(table.json())["rows"]) == 3


def test_noise_is_told_to_be_noise(tmp_path):
    panel = analyse(made.explore(made.write_runs(tmp_path, images=40, noise=100.)))
    assert panel.section.text[1].startswith("No cluster")


def test_one_run_is_told_to_be_one(tmp_path):
    panel = analyse(made.explore(made.write_runs(tmp_path, seeds=1, images=30)))
    assert "That is no evidence over seeds" in panel.section.text[0]
    assert [table.name for table in panel.section.tables] == ["clusters"]


def test_training_images_join_the_clusters_they_are_like(runs):
    for seed, path in enumerate(runs, 1):
        values = made.embeddings(seed, 60)[:45]
        made.write_found(path, "features", made.features(values), "training")
        made.write_found(path, "coarse", made.coarse(seed, 45), "training")
        made.write_found(path, "image_scores", made.image_scores(np.full(45, .1)), "training")
    found = made.explore(runs)
    table = analyse(found).section.tables[1]
    assert [row["training"] for row in table.rows] == [15, 15, 15]
    for row in table.rows:
        assert row["gap"] == pytest.approx(row["loss"] - .1, abs=1e-6)
