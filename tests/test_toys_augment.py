"""An augmentation that somebody adds: one file, then flags, training, and resume know it."""
import dataclasses
import os

import numpy as np
import pytest

import fcn_sweep
import fcn_train
from tests.registered import registered
from tests.tiny import TRAIN, assert_same_run, weights, write_records
from utils.data.augment import AUGMENTATIONS, operation
from utils.errors import UserError
from utils.registry import Parameter
from utils.runs.run_folder import RunFolder

CHECKPOINTS = ("fcn.ckpt", "resume.ckpt-2")
SHORT = [word for word in TRAIN if not word.startswith(("--steps", "--name"))] + ["--steps=2"]


@pytest.fixture(scope="module")
def seen():
    """Registers the toy while the tests run; the numbers that it got."""
    numbers = []

    @operation("pixels", draws=2)
    def noise(image, label, drawn, level):
        numbers.append(tuple(drawn.tolist()))
        change = (level * drawn[0] * np.sin(drawn[1] * np.arange(image.size))).reshape(image.shape)
        return np.clip(image + change, 0, 255).astype(np.uint8), label
    with registered(AUGMENTATIONS):
        AUGMENTATIONS.register("noise", noise, level=Parameter(8.0, "largest change", at_least=0))
        yield numbers


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    """A folder with records; tests run in it."""
    folder, before = str(tmp_path_factory.mktemp("toys")), os.getcwd()
    os.chdir(folder)
    yield write_records(folder)
    os.chdir(before)


def train(datapath, name, *words):
    fcn_train.main(SHORT + [f"--name={name}", "--datapath=" + datapath] + list(words))
    return RunFolder(os.path.join("tmp", name + "__1"))


def test_a_toy_trains_two_steps_and_changes_what_is_learned(seen, project):
    plain = train(project, "plain")
    assert not seen
    noisy = train(project, "noisy", "--augment=noise:level=32,rotate:5,brightness")
    assert len(seen) >= 4 and len(set(seen)) == len(seen) and len(seen[0]) == 2
    assert noisy.read_flags().augment == "noise:32,rotate:5,brightness"
    one, other = (weights(os.path.join(run.path, "fcn.ckpt")) for run in (plain, noisy))
    assert any((one[key] != other[key]).any() for key in one)
    assert plain.group_key() != noisy.group_key()
    again = train(project, "again", "--augment=noise:level=32,rotate:5,brightness", "--threads=1",
                  "--cache_mb=0")
    assert_same_run(noisy.path, again.path, CHECKPOINTS)


def test_operations_in_the_place_of_flags_are_those_flags(project):
    """The same views, so the same weights; the stored flags say it once."""
    flags = train(project, "flags", "--random_scale=0.75,1.5", "--flip")
    named = train(project, "named", "--augment=flip,scale:0.75:1.5")
    assert_same_run(flags.path, named.path, CHECKPOINTS)
    stored = named.read_flags()
    assert (stored.flip, stored.random_scale, stored.augment) == (False, "", "flip,scale:0.75:1.5")
    stored = flags.read_flags()
    assert (stored.flip, stored.random_scale, stored.augment) == (True, "0.75,1.5", "")


@pytest.mark.parametrize("words, line", [
    (["--augment=flip", "--no-flip"], "--augment=flip names flip, and --flip was given too"),
    (["--augment=rotate, scale:1:2", "--random_scale=1,2"],
     "--augment=rotate,scale:1 names scale, and --random_scale was given too"),
    (["--augment=scale:3"], "--augment: augmentation scale:3: got 3 to 2, expected low <= high"),
    (["--augment=spin"], "--augment: unknown augmentation 'spin': choose one of blur, bright"),
    (["--augment=noise:-1"], "--augment: augmentation noise:-1: level: got -1, expected at least")])
def test_what_cannot_be_is_refused_before_a_folder_is_made(seen, project, words, line):
    before = sorted(os.listdir("tmp"))
    with pytest.raises(UserError) as caught:
        train(project, "refused", *words)
    assert str(caught.value).startswith(line)
    assert sorted(os.listdir("tmp")) == before


def test_a_sweep_takes_the_toy(seen, project, capsys):
    words = [word for word in SHORT if not word.startswith("--seed")]
    fcn_sweep.main(["plan", "--name=noises", "--seeds=2", "--", "--datapath=" + project]
                   + words + ["--augment=", "--augment=noise"])
    assert "augment=noise" in capsys.readouterr().out


def test_help_shows_it(seen, capsys):
    with pytest.raises(SystemExit):
        fcn_train.main(["--help=all"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "noise:level=8" in shown and "rotate:degrees=10" in shown


def test_runs_from_before_had_none():
    field = {field.name: field for field in dataclasses.fields(fcn_train.TrainFlags)}["augment"]
    assert field.default == "" and field.metadata["since"] == "2026-11-26"
