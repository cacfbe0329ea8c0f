"""metrics.jsonl: exact lines, and what a resume keeps."""
import json

import pytest

from utils.runs.metric_lines import read_lines
from utils.runs.metrics import MetricWriter, board_tag
from utils.runs.run_folder import RunFolder
from utils.tf_compat import tf


def test_lines_and_best(tmp_path):
    writer = MetricWriter(RunFolder(str(tmp_path)), 0)
    writer.write(10, {"mIoU": 0.5, "IoU/x": float("nan")})
    writer.write(20, {"mIoU": 0.5})
    writer.write(30, {"mIoU": 0.25})
    assert writer.best("mIoU") == (0.5, 10)
    assert writer.best("none") == (float("-inf"), None)
    writer.close()
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"step": 10, "mIoU": 0.5, "IoU/x": None}, {"step": 20, "mIoU": 0.5},
        {"step": 30, "mIoU": 0.25}]


def test_a_resume_drops_later_lines_and_a_torn_one(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 10}\n{"step": 20}\n{"step": 30}\n{"ste')
    writer = MetricWriter(RunFolder(str(tmp_path)), 20)
    writer.write(30, {"a": 1})
    writer.close()
    assert read_lines(str(path)) == [{"step": 10}, {"step": 20}, {"step": 30, "a": 1.0}]


def test_tensorboard_gets_numbers_and_pictures(tmp_path):
    folder = RunFolder(str(tmp_path))
    writer = MetricWriter(folder, 0)
    writer.write(1, {"loss": 2.5})
    writer.scalars(1, {"speed": 3.0})
    writer.picture(1, "prediction/0", b"png", 4, 5)
    writer.close()
    values = {}
    for path in (tmp_path / "trainboard").iterdir():
        for event in tf.train.summary_iterator(str(path)):
            for value in event.summary.value:
                values[value.tag] = value.image.width or value.simple_value
    assert values == {"training/loss": 2.5, "training/speed": 3.0, "prediction/0": 5}


@pytest.mark.parametrize("name, tag", [
    ("loss/total", "loss/total"), ("mIoU/validation", "mIoU/validation"),
    ("IoU/car", "validation_IoU/car"), ("IoU/road/wet", "validation_IoU/road/wet"),
    ("learning_rate", "training/learning_rate")])
def test_tags_in_tensorboard(name, tag):
    assert board_tag(name) == tag


def test_tensorboard_shows_loss_and_miou_first_and_classes_last():
    names = ["IoU/Sky", "IoU/a", "loss/cross_entropy", "loss/total", "mIoU/training",
             "learning_rate", "loss_scale", "pixel_accuracy/validation", "speed/data_wait"]
    # TensorBoard sorts by characters, with / _ and digits before all others.
    tags = sorted((board_tag(name) for name in names),
                  key=lambda tag: tag.replace("/", "\0").replace("_", "\0"))
    groups = list(dict.fromkeys(tag.split("/")[0] for tag in tags))
    assert groups == ["loss", "mIoU", "pixel_accuracy", "speed", "training", "validation_IoU"]
