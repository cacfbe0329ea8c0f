"""What a retraining is to be expected to reach, beside the mean."""
import json

import numpy as np

from tests.report.synthetic import draw_matrices, write_result, write_run
from utils.report import analyses  # noqa: F401  registers them
from utils.report.html import page
from utils.report.section import ANALYSES
from utils.statistics.miou import METRICS
from utils.statistics.shrinkage import expected_of_retraining

EXTRACTORS = ("mobilenet_v1", "mobilenet_v2", "vgg_16", "resnet_v1_18", "resnet_v1_50")


def _write(root, runs):
    """So many runs of each extractor, equal but for the seeds."""
    for number, (basenet, count) in enumerate(zip(EXTRACTORS, runs)):
        for seed in range(1, count + 1):
            write_run(root, f"{basenet}__{seed}", seed,
                      draw_matrices(10 * number + seed), basenet=basenet)


def test_means_are_shrunken_towards_each_other_single_runs_most(tmp_path, study_of):
    _write(tmp_path, (3, 2, 1, 3, 1))
    study = study_of(tmp_path)
    table, = ANALYSES.get("leaderboard")(study).tables
    samples = {sample.configuration.id: sample.scores for sample in study.samples()}
    expected = dict(zip(samples, expected_of_retraining(list(samples.values())).expected))
    means = np.array([row["mean"] for row in table.rows])
    shrunken = np.array([row["expected"] for row in table.rows])
    assert {row["configuration"]: row["expected"] for row in table.rows} == expected
    assert (np.diff(means) <= 0).all() and np.ptp(shrunken) < np.ptp(means)
    lost = (means - shrunken)[0]
    assert lost > 0 and f"the best mean loses {100 * lost:.1f} points" in table.note
    assert table.markdown().splitlines()[0].endswith("| expected of a retraining % |")
    assert table.texts()[0][-1] == f"{100 * shrunken[0]:.1f}"
    assert table.csv().splitlines()[0].endswith(",expected")
    assert json.loads(table.json())
    assert "expected of a retraining" in page(study_of(tmp_path))


def test_where_nothing_is_known_the_column_is_not_shown(tmp_path, study_of):
    for name, runs in (("few", (3, 2, 2)), ("single", (1, 1, 1, 1, 1))):
        _write(tmp_path / name, runs)
        table, = ANALYSES.get("leaderboard")(study_of(tmp_path / name)).tables
        assert [row["expected"] for row in table.rows] == [None] * len(runs)
        assert "expected" not in table.markdown() and "expected" in table.csv()
        assert "is told from 4 configurations on, two seeds of one among them" in table.note


def test_refined_tests_are_never_pooled_with_plain_ones(tmp_path, study_of):
    """Of two runs of one configuration, one was tested at several scales too."""
    paths = [write_run(tmp_path, f"a__{seed}", seed, draw_matrices(seed)) for seed in (1, 2)]
    refined = "scales-0.75-1.25_flip"
    write_result(paths[0], f"test_{refined}", draw_matrices(9))
    plain, = ANALYSES.get("leaderboard")(study_of(tmp_path)).tables
    other, = ANALYSES.get("leaderboard")(study_of(tmp_path, result=refined)).tables
    assert [row["seeds"] for row in plain.rows + other.rows] == [2, 1]
    assert other.rows[0]["mean"] == METRICS["miou_d"](draw_matrices(9))
    study = study_of(tmp_path, result=refined)
    assert all(study.command(record).endswith(" --split=test --scales=0.75,1.25 --flip")
               for record in study.collection.records)
