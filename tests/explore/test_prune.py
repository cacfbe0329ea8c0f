"""Which images to leave out: duplicates beside a slow search, shares, and what classes lose."""
import os

import numpy as np
import pytest

import fcn_explore
from tests.explore import made
from tests.explore.test_select import IMAGES, write_training
from tests.report import synthetic
from utils.errors import UserError
from utils.explore.kmeans import Partition, k_means
from utils.explore.prune import METHODS, prune
from utils.explore.semdedup import drop_alike, likeness_to_earlier, shares_of_groups


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_training(tmp_path_factory.mktemp("prune"), 2)


@pytest.fixture(scope="module")
def exploration(runs):
    return made.explore(runs, made.CLUSTER, split="training")


def unit(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def on_circle(*degrees):
    radians = np.deg2rad(np.array(degrees, np.float64))
    return np.stack([np.cos(radians), np.sin(radians)], 1)


def one_cluster(points, centre):
    return Partition(np.zeros(len(points), np.int64), np.array([centre], np.float64), 0.)


def slow_semdedup(points, found, eps):
    """SemDeDup as its program does it: a matrix of each cluster, the upper triangle's maxima."""
    kept = np.ones(len(points), bool)
    for label in range(len(found.centres)):
        members = [place for place in range(len(points)) if found.label[place] == label]
        members.sort(key=lambda place: float(points[place] @ found.centres[label]))
        cosines = np.triu(points[members] @ points[members].T, 1)
        for place, member in enumerate(members):
            above = [cosines[earlier, place] for earlier in range(place)]
            kept[member] = not above or max(above) <= 1 - eps
    return kept


@pytest.mark.parametrize("seed", range(5))
def test_duplicates_are_those_of_a_slow_search(seed):
    points = unit(np.random.RandomState(seed).standard_normal((60, 4)))
    found = k_means(points, 4, seed=seed)
    likeness = likeness_to_earlier(points, found)
    for keep in (4, 20, 41, 60):
        kept, eps = drop_alike(likeness, keep)
        assert kept.sum() == keep
        np.testing.assert_array_equal(kept, slow_semdedup(points, found, eps - 1e-7))


def test_of_a_chain_the_first_alone_stays():
    chain = on_circle(30, 20, 10, 0)  # each 10 degrees from the next, 30 from end to end
    likeness = likeness_to_earlier(chain, one_cluster(chain, (1, 0)))
    np.testing.assert_allclose(likeness[1:], np.cos(np.deg2rad(10)), atol=1e-8)
    assert (~(likeness > np.cos(np.deg2rad(11)))).tolist() == [True, False, False, False]
    easy = likeness_to_earlier(chain, one_cluster(chain, (1, 0)), easy_first=True)
    assert (~(easy > np.cos(np.deg2rad(11)))).tolist() == [False, False, False, True]


def test_an_image_between_two_stays_where_only_a_later_one_is_near():
    points = on_circle(50, 0, 10)  # order by similarity to 0 degrees: 50, 10, 0
    likeness = likeness_to_earlier(points, one_cluster(points, (1, 0)))
    np.testing.assert_allclose(likeness[1:], np.cos(np.deg2rad([10, 40])), atol=1e-8)
    assert drop_alike(likeness, 2)[0].tolist() == [True, False, True]


def test_copies_go_though_a_threshold_cannot_tell_them_apart():
    points = on_circle(40, 0, 0, 0)
    likeness = likeness_to_earlier(points, one_cluster(points, (1, 0)))
    for keep in (2, 3, 4):
        assert drop_alike(likeness, keep)[0].tolist() == [place < keep for place in range(4)]
    copies = np.where(np.arange(100) < 60, np.arange(100) / 100., 1.)  # 40 exact copies
    copies[0] = -np.inf
    kept, eps = drop_alike(copies, 70)
    assert kept.sum() == 70 and kept[:60].all() and eps == 0
    alone = likeness_to_earlier(points, Partition(np.arange(4), points, 0.))
    assert drop_alike(alone, 1)[0].all()  # the first of each cluster stays


def test_each_subgroup_keeps_its_share():
    points = np.arange(90, dtype=np.float64)[:, np.newaxis] % 30
    label = np.arange(90) // 30
    found = Partition(label, np.zeros((3, 1)), 0.)
    kept = shares_of_groups(points, found, 45, 3, np.random.RandomState(0))
    assert np.bincount(np.arange(90) // 10, kept).tolist() == [5] * 9
    for keep in (1, 44, 89, 90):
        assert shares_of_groups(points, found, keep, 3, np.random.RandomState(0)).sum() == keep


@pytest.mark.parametrize("method", METHODS.names())
def test_every_method_keeps_as_many_and_the_same_again(exploration, method):
    found = prune(exploration, "", .5, method, 3)
    assert len(found.names) == IMAGES // 2
    assert found.names == prune(exploration, "", .5, method, 3).names
    assert sorted(found.names, key=exploration.names.index) == list(found.names)
    assert prune(exploration, "", 1, method, 3).names == exploration.names


@pytest.mark.parametrize("method", ["easy", "easy:loss", "hard", "hard:score=loss"])
def test_easy_and_hard_images_are_those_of_little_and_much_error(exploration, method):
    rising = method.startswith("easy")
    expected = exploration.names[:6] if rising else exploration.names[-6:]
    assert prune(exploration, "", .25, method, 1).names == expected


def test_an_image_without_labels_goes_first(tmp_path):
    path = write_training(tmp_path, 1)[0]
    made.write_found(path, "image_scores", made.image_scores(
        np.append(np.nan, np.linspace(.1, .9, IMAGES - 1))), stem="training")
    own = made.explore([path], split="training")
    for method in ("easy", "hard"):
        assert set(own.names) - set(prune(own, "", .96, method, 1).names) == {own.names[0]}


def test_a_class_is_not_lost_silently(tmp_path):
    path = write_training(tmp_path, 1)[0]
    matrices = np.zeros((IMAGES, 3, 3), np.int64)
    matrices[:, 0, 0] = 100
    matrices[-1, 1, 0] = 50  # one image has a car
    matrices[12:, 2, 2] = 10  # trees are in the harder half
    matrices[0, 2, 2] = 10
    synthetic.write_result(path, "training", matrices, class_names=made.CLASSES)
    own = made.explore([path], made.CLUSTER, split="training")
    section = prune(own, "", .5, "easy", 1).panel.section
    assert section.text[1].startswith("LOST: no image that is kept has car")
    assert "tree (8 % left)" in section.text[2] and "road" not in section.text[2]
    assert section.tables[0].rows[1] == dict(name="car", before=1, left=0, share=0)
    assert [row["left"] for row in section.tables[1].rows] == [4, 4, 4, 0, 0, 0]
    assert "No class loses" in prune(own, "", 1, "hard", 1).panel.section.text[1]


def test_images_that_do_not_count_are_neither_kept_nor_lost(exploration, tmp_path):
    path = str(tmp_path / "ids.txt")
    with open(path, "w") as file:
        file.write("\n".join(exploration.names[:8]))
    found = prune(exploration, path, .5, "random", 1)
    assert len(found.names) == 4 and set(found.names) < set(exploration.names[:8])
    states = found.panel.columns[0].values.tolist()
    assert [states.count(one) for one in ("kept", "left out", "not asked")] == [4, 4, 16]


def test_what_cannot_be_is_one_line(exploration, runs):
    with pytest.raises(UserError, match="of the test split is a leak"):
        prune(made.explore(runs), "", .5, "random", 1)
    with pytest.raises(UserError, match="clusters=99: there are 24 images"):
        prune(exploration, "", .5, "semdedup:99", 1)
    with pytest.raises(UserError, match="--keep"):
        fcn_explore.main(["prune", *runs, "--keep=0"])


def test_the_command_writes_what_is_left(runs, tmp_path, capsys):
    path = str(tmp_path / "ids.txt")
    fcn_explore.main(["prune", *runs, "--keep=.75", "--method=armbench:groups=2", f"--out={path}"])
    with open(path) as file:
        lines = file.read().split("\n")
    assert "--keep=0.75 --method=armbench:groups=2" in lines[0] and "# kept: 18" in lines
    assert "What is left, by class" in capsys.readouterr().out
    assert os.path.isfile(path)
