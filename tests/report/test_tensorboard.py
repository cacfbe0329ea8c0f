"""Boards, read back with TensorBoard's own reader."""
import json
import os
import shutil
import subprocess

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report.tensorboard import trial_hparams, write_boards
from utils.statistics.intervals import t_interval
from utils.statistics.miou import METRICS

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.fixture
def boards(tmp_path, study_of):
    """(study, folder) of two seeds of one configuration and one of another, written twice."""
    for seed in (1, 2):
        write_run(tmp_path / "tmp", f"a__{seed}", seed, draw_matrices(seed))
    write_run(tmp_path / "tmp", "b__1", 1, fcn8=True, status="failed", curve={10: .2, 20: None})
    study = study_of(tmp_path / "tmp")
    folder = str(tmp_path / "tboards" / "error_bars")
    for _ in range(2):
        write_boards(study, folder)
    return study, folder


def _read(*parts):
    events = EventAccumulator(os.path.join(*parts))
    events.Reload()
    return events


def _values(events, tag):
    """[(step, value)]: TensorBoard 1.15 and 2 keep scalars alike."""
    return [(event.step, event.value) for event in events.Scalars(tag)]


def _session(events, tag, field):
    content = events.SummaryMetadata(tag).plugin_data.content
    return getattr(plugin_data_pb2.HParamsPluginData.FromString(content), field)


def test_runs_of_a_configuration_share_a_trial_without_seeds(boards):
    study, folder = boards
    starts = {}
    for name in ("a__1", "a__2", "b__1"):
        events = _read(folder, "run", name)
        starts[name] = _session(events, "_hparams_/session_start_info", "session_start_info")
    assert starts["a__1"].group_name == starts["a__2"].group_name != starts["b__1"].group_name
    assert starts["a__1"].hparams == starts["a__2"].hparams
    assert not any("seed" in name for name in starts["a__1"].hparams)
    assert starts["b__1"].hparams["decoder"].string_value == "FCN8"
    assert starts["b__1"].hparams["batch_size"].number_value == 16
    end = _session(events, "_hparams_/session_end_info", "session_end_info")
    assert end.status == 2  # failure


def test_writing_twice_replaces(boards):
    _, folder = boards
    events = _read(folder, "run", "a__1")
    score = float(METRICS["miou_d"](draw_matrices(1)))
    (step, value), = _values(events, "mIoU/whole_test")
    assert step == 100 and value == pytest.approx(score, abs=1e-6)
    assert [len(files) for _, _, files in os.walk(os.path.join(folder, "run", "a__1"))] == [1]


def test_bands_are_mean_interval_and_range(boards):
    study, folder = boards
    name, = [name for name in os.listdir(os.path.join(folder, "band")) if "fcn16" in name]
    events = _read(folder, "band", name)
    found = {end: dict(_values(events, "mIoU/validation " + end))
             for end in ("mean", "low", "high", "min", "max", "median")}
    assert sorted(found["mean"]) == list(range(10, 101, 10))
    values = [.3 + .004 * 50 + .001 * seed for seed in (1, 2)]
    expected = t_interval(values)
    assert found["mean"][50] == pytest.approx(.5015) and found["min"][50] == pytest.approx(.501)
    assert found["low"][50] == pytest.approx(expected.low, abs=1e-6)
    assert found["high"][50] == pytest.approx(expected.high, abs=1e-6)


def test_the_layout_names_the_tags_of_the_bands(boards):
    _, folder = boards
    events = _read(folder)
    tensor, = events.Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(tensor.tensor_proto.string_val[0])
    charts = {chart.title: chart.margin.series[0] for chart in layout.category[0].chart}
    series = charts["mIoU/validation: mean and t interval over seeds"]
    assert (series.value, series.lower, series.upper) == (
        "mIoU/validation mean", "mIoU/validation low", "mIoU/validation high")
    experiment = _session(events, "_hparams_/experiment", "experiment")
    assert "decoder" in [info.name for info in experiment.hparam_infos]
    assert experiment.metric_infos[0].name.tag == "mIoU/whole_test"


def test_createlinks_leaves_the_boards_alone(boards, tmp_path):
    _, folder = boards
    (tmp_path / "tmp" / "a__1" / "trainboard").mkdir()
    shutil.copy(os.path.join(_ROOT, "tboards", "createlinks"), str(tmp_path / "tboards"))
    done = subprocess.run([str(tmp_path / "tboards" / "createlinks")], check=True,
                          stderr=subprocess.PIPE)
    assert done.stderr == b""
    assert sorted(os.listdir(str(tmp_path / "tboards"))) == ["a__1", "createlinks", "error_bars"]
    assert os.path.isdir(os.path.join(folder, "run", "a__1"))


def test_a_folder_with_something_else_is_not_touched(tmp_path, boards):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_text("dear")
    with pytest.raises(UserError, match="holds something else"):
        write_boards(boards[0], str(tmp_path / "mine"))
    assert (tmp_path / "mine" / "notes").read_text() == "dear"


def test_hparams_of_mixed_types_become_text(tmp_path, study_of):
    write_run(tmp_path, "a", 1, steps=10, pixels="64")
    with open(os.path.join(write_run(tmp_path, "b", 1), "runargs"), "w") as file:
        json.dump({"clabel2cname": {"0": "sky"}, "basenet": "vgg_16", "pixels": 64}, file)
    found = trial_hparams(study_of(tmp_path).configurations)
    assert [values["pixels"] for values in found] == ["64", "64"]
