"""Results of runs: what counts, what is left out, and in which words."""
import os

import numpy as np
import pytest

from tests.report.synthetic import CLASSES, draw_matrices, write_result, write_run
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.advice import more_seeds
from utils.report.section import ANALYSES
from utils.statistics.intervals import run_score
from utils.statistics.miou import METRICS


def test_scores_and_samples_are_those_of_the_stored_matrices(sweep, study_of):
    study = study_of(sweep)
    samples = {sample.label: sample for sample in study.samples()}
    expected = [float(METRICS["miou_d"](draw_matrices(seed, .8))) for seed in range(1, 6)]
    np.testing.assert_allclose(samples["mobilenet_v1 fcn16"].scores, expected, rtol=1e-12)
    assert study.matrices(samples["mobilenet_v1 fcn16"]).shape == (5, 24, 3, 3)
    assert "not in the statistics: v1_fcn16__6 is failed: the loss is nan at step 12" in study.notes
    assert "not in the statistics: v1_fcn16__7 is killed at step 33 of 100" in study.notes


@pytest.mark.parametrize("metric", sorted(METRICS))
@pytest.mark.parametrize("cluster", ["", r"^(\d+A)_"])
def test_intervals_are_those_of_run_score(sweep, study_of, metric, cluster):
    study = study_of(sweep / "v1_fcn16__1", sweep / "v1_fcn16__2", metric=metric, cluster=cluster)
    for seed, record in enumerate(study.collection.records, 1):
        clusters = np.arange(24) // 4 if cluster else None
        expected = run_score(draw_matrices(seed, .8), clusters, metric=metric)
        assert study.run_score(record) == expected
    assert any("only 6 clusters (00A, 01A" in line and "takes 20 clusters" in line
               for line in study.notes) == bool(cluster)


def test_a_single_cluster_is_no_interval_and_no_crash(sweep, study_of):
    study = study_of(sweep, cluster="^.*(A)_")
    assert study.run_score(study.samples()[0].records[0]).interval is None
    assert any("a single cluster (A)" in line for line in study.notes)
    row = ANALYSES.get("subsets")(study).tables[1].rows[0]
    assert row["have"] == 1 and "needed" not in row


def test_a_group_that_takes_no_part_is_no_match(sweep, study_of):
    study = study_of(sweep, cluster="^(x)?")
    with pytest.raises(UserError, match="no match in the image name '00A_0000'"):
        study.run_score(study.collection.records[0])


def test_cluster_errors(sweep, study_of):
    for text, words in (("(", "no regular expression"), ("^a", "has 0 groups, expected one"),
                        ("(a)(b)", "has 2 groups")):
        with pytest.raises(UserError, match=words):
            study_of(sweep, cluster=text)
    study = study_of(sweep, cluster="^(zebra)")
    with pytest.raises(UserError, match="no match in the image name '00A_0000'"):
        study.run_score(study.collection.records[0])


@pytest.mark.parametrize("result, stem, command", [
    ("", "test", "--split=test"), ("best", "test_best", "--split=test --checkpoint=best"),
    ("384x384", "test_384x384", "--split=test --pixels=384x384"),
    ("best_native", "test_best_native", "--split=test --checkpoint=best --pixels=0")])
def test_a_missing_result_names_the_command(tmp_path, study_of, result, stem, command):
    path = write_run(tmp_path, "a__1")
    study = study_of(tmp_path, result=result)
    with pytest.raises(UserError) as caught:
        study.samples()
    assert str(caught.value) == (
        f"no results of finished runs: a__1 has no result {stem!r}: python fcn_test.py "
        f"--traindir={path} {command}"
        )


def test_a_damaged_result_leaves_its_run_out(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    path = write_run(tmp_path, "a__2", 2, draw_matrices(2))
    with open(os.path.join(path, "test", "test.npz"), "wb") as file:
        file.write(b"PK damaged")
    study = study_of(tmp_path)
    sample, = study.samples()
    assert [record.name for record in sample.records] == ["a__1"]
    assert any("not a result of fcn_test.py" in line and "a__2" in line for line in study.notes)


def test_runs_with_the_same_seed_are_repeats(tmp_path, study_of):
    for number, seed in enumerate((1, 1, 2), 1):
        write_run(tmp_path, f"a__{number}", seed, draw_matrices(number),
                  info={"pid": number})
    sample, = study_of(tmp_path).samples()
    assert [record.name for record in sample.records] == ["a__1", "a__3"]
    repeats, = sample.repeats
    np.testing.assert_allclose(repeats, [METRICS["miou_d"](draw_matrices(n)) for n in (1, 2)])


@pytest.mark.parametrize("change, words", [
    (dict(split_sha256="0ther" * 8), "their test sets differ (split 5p1it5p1 with 24 images, and "
     "0ther0th with 24)"),
    (dict(class_names=("road", "car", "bus")), "their classes differ (3 and 3; only the first has "
     "tree; only the second bus)"),
    (dict(class_names=CLASSES[::-1]), "their classes are in another order")])
def test_different_test_sets_can_not_be_compared(tmp_path, study_of, change, words):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    write_result(write_run(tmp_path, "a__2", 2), "test", draw_matrices(2), **change)
    with pytest.raises(UserError) as caught:
        study_of(tmp_path).samples()
    assert "a__1 and a__2 can not be compared: " + words in str(caught.value)


def test_test_sets_are_reported_apart(tmp_path, study_of):
    for number, sha in enumerate(("one" * 9, "one" * 9, "two" * 9)):
        path = write_run(tmp_path, f"a__{number}", 1, learnrate=.001 * (number + 1))
        write_result(path, "test", draw_matrices(1), split_sha256=sha)
    sets = study_of(tmp_path).test_sets()
    assert [len(samples) for samples in sets] == [2, 1]


def test_the_command_for_another_seed_is_made_from_the_flags(tmp_path, study_of):
    for seed in (3, 4):
        write_run(tmp_path, f"a__{seed}", seed, learnrate=.01, fcn16=False, flip=False,
                  datapath="my data", info={"argv": ["fcn_train.py", "--resume=tmp/a__3"]})
    configuration, = study_of(tmp_path).configurations
    assert more_seeds(configuration).command == (
        "python fcn_train.py --basenet=mobilenet_v1 --no-fcn16 --datapath='my data' --no-flip "
        "--learnrate=0.01 --seed=5")
