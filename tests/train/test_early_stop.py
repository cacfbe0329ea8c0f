"""When a training stops early, told by the metrics alone."""
import pytest

from utils.runs.metrics import MetricWriter
from utils.runs.run_folder import RunFolder
from utils.train.early_stop import EarlyStop

SCORES = [.1, .3, .2, .3, .25, .4]  # at steps 10, 20, ...


@pytest.fixture
def writer(tmp_path):
    writer = MetricWriter(RunFolder(str(tmp_path)), 0)
    yield writer
    writer.close()


def first_stop(writer, patience):
    """The first step at which the training stops, or None."""
    early = EarlyStop(patience, 10)
    for step in range(65):
        if early.reached(step, writer):
            return step
        if step % 10 == 9 and step < 60:
            writer.write(step + 1, {"mIoU/validation": SCORES[step // 10]})
    return None


@pytest.mark.parametrize("patience, expected", [(0, None), (1, 30), (2, 40), (3, 50), (4, None)])
def test_it_stops_after_so_many_evaluations_without_a_better_one(writer, patience, expected):
    assert first_stop(writer, patience) == expected


def test_it_says_why(writer):
    assert first_stop(writer, 3) == 50
    assert EarlyStop(3, 10).line(50, writer) == (
        "stopped early at step 50: 3 evaluations without a better mIoU on validation than 0.3000 "
        "at step 20 (--early_stop)")
