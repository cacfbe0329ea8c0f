"""Commands that reports suggest: they parse as printed, and do what they are suggested for."""
import dataclasses
import json
import shlex

import pytest

import fcn_test
from tests.report.synthetic import WILD, draw_matrices, write_run, write_seg_mentor, write_streets
from utils.evaluate.extract import ExtractFlags
from utils.evaluate.refinement import read_refinement
from utils.report import analyses  # noqa: F401  registers them
from utils.report.advice import extract_command, more_seeds
from utils.report.advice import test_command as command_of_test
from utils.report.section import ANALYSES
from utils.runs.flags import parse_flags
from utils.runs.result_name import ResultName
from utils.runs.run_folder import configuration_key
from utils.runs.train_flags import TrainFlags, settle


def _trained(command):
    """The flags of a suggested training."""
    words = shlex.split(command)
    processes = 1
    if words[0] == "horovodrun":
        processes, words = int(words[2]), words[3:]
    assert words[:2] == ["python", "fcn_train.py"]
    return settle(*parse_flags(TrainFlags, words[2:], ""), processes=processes)


@pytest.mark.parametrize("number", range(-1, len(WILD)))
def test_one_more_seed_is_a_run_of_the_same_configuration(tmp_path, study_of, number):
    flags = WILD[number] if number >= 0 else {}
    write_streets(tmp_path, (dict(flags, batch_size=8, global_batch=8 * flags.get("processes", 1)
                                  * flags.get("accumulate", 1)),))
    one, = study_of(tmp_path).configurations
    made = _trained(more_seeds(one).command)
    assert made.seed == 3
    assert configuration_key(dataclasses.asdict(made), "ca34" * 8) == one.records[0].key


def test_one_more_seed_varies_what_the_runs_varied(tmp_path, study_of):
    for seed in (4, 5):
        write_run(tmp_path, f"a__{seed}", 1, seed_init=seed)
    one, = study_of(tmp_path).configurations
    made = _trained(more_seeds(one).command)
    assert (made.seed_init, made.seed_order, made.seed_augment) == (6, 1, 1)


def test_no_training_stands_for_a_run_of_seg_mentor(tmp_path, study_of):
    write_seg_mentor(tmp_path)
    one, = study_of(tmp_path).configurations
    assert more_seeds(one) is None


@pytest.mark.parametrize("result", ["", "best", "3000", "384x384", "best_native", "native_first20",
                                    "kept_256x256", "ema_384x384", "scales-0.75-1_flip_first20",
                                    "best_ema_native_window-64x96-8_min-area-9"])
def test_the_command_of_a_test_makes_the_result(tmp_path, study_of, result):
    write_run(tmp_path, "a b__1")
    record, = study_of(tmp_path).collection.records
    words = shlex.split(command_of_test(record, "validation", result))
    assert words[:3] == ["python", "fcn_test.py", "--traindir=" + record.folder.path]
    flags, _ = parse_flags(fcn_test.Flags, words[2:], "")
    size = "native" if flags.pixels == "0" else flags.pixels
    checkpoint = flags.afteriter or ("" if flags.checkpoint == "last" else flags.checkpoint)
    changes = [flags.weights.replace("raw", ""), size, *read_refinement(flags).words]
    name = ResultName(flags.split, str(checkpoint), "_".join(filter(None, changes)),
                      flags.num_images)
    assert str(name) == "_".join(filter(None, ["validation", result]))


@pytest.mark.parametrize("result, left_out", [
    ("", ""), ("best", ""), ("384x384", ""), ("best_ema_native", ""), ("3000", "3000"),
    ("kept_256x256", "kept_"), ("ema_384x384_flip", "_flip"), ("native_first20", "_first20")])
def test_the_command_of_an_extraction_makes_the_result(tmp_path, study_of, result, left_out):
    write_run(tmp_path, "a b__1")
    record, = study_of(tmp_path).collection.records
    words = shlex.split(extract_command(record, "validation", result))
    assert words[:4] == ["python", "fcn_explore.py", "extract", record.folder.path]
    flags, _ = parse_flags(ExtractFlags, words[4:], "")
    assert flags.split == "validation"
    made = [flags.checkpoint.replace("last", ""), flags.weights.replace("raw", ""),
            "native" if flags.pixels == "0" else flags.pixels]
    assert "_".join(filter(None, made)) == result.replace(left_out, "")


def test_advice_of_every_analysis_parses(tmp_path, study_of):
    write_streets(tmp_path, ({},) + WILD[:2], seeds=1)
    study, found = study_of(tmp_path), []
    for name in ("compare", "checkpoints"):
        found += [advice.command for advice in ANALYSES.get(name)(study).advice]
    assert len(found) == 4
    for command in found:
        _trained(command)


def test_killed_runs_that_can_go_on_are_named(tmp_path, study_of):
    for number in (1, 2):
        write_run(tmp_path, f"a__{number}", number, status="running",
                  beat={"time": 1.0, "step": 33, "seconds": 1.0})
    path = tmp_path / "a__1"
    (path / "resume.json").write_text("{}")
    one, = ANALYSES.get("failures")(study_of(tmp_path)).advice
    assert one.command == f"python fcn_train.py --resume={path}"


def test_kept_checkpoints_that_are_tested_are_not_advised_again(tmp_path, study_of):
    path = write_run(tmp_path, "a__1", 1, draw_matrices(1))
    for step in (20, 40, 60):
        (tmp_path / "a__1" / f"fcn.ckpt_{step}.index").write_text("")
    section = ANALYSES.get("checkpoints")(study_of(tmp_path))
    assert [advice.command.split("--")[2:] for advice in section.advice] == [
        ["split=validation ", "checkpoint=kept"], ["split=test ", "checkpoint=kept"]]
    assert json.load(open(path + "/runargs"))["seed"] == 1
