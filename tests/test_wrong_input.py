"""Every command: what people get wrong ends in one line, before anything is made."""
import importlib
import json
import os

import pytest

from tests.runs.stored_runargs import AGES, SEG_MENTOR
from tests.tiny import write_records
from utils.errors import UserError

TRAIN = ["--datapath=records", "--from_scratch", "--basenet=mobilenet_v1", "--pixels=32",
         "--batch_size=2", "--steps=1", "--gpu=-1"]
FROM_MODELS = [word for word in TRAIN if word != "--from_scratch"]
#: (flags of fcn_train.py, what the line says).
TRAINING = [
    ("--epochs=inf", "--epochs: got 'inf', expected a finite number"),
    ("--epochs=nan", "a finite number"), ("--epochs=1e99", "at most 1000000"),
    ("--learnrate=inf", "a finite number"), ("--learnrate=", "got ''"),
    ("--weight_decay=nan", "a finite number"), ("--momentum=nan", "a finite number"),
    ("--random_scale=1,inf", "0 < LO <= HI <= 16"), ("--random_scale=nan,1", "LO <= HI"),
    ("--random_scale=1,100", "LO <= HI"), ("--random_scale=2,1", "LO <= HI"),
    ("--class_weights=nan,1,1", "3 numbers"), ("--class_weights=1,1,inf", "3 numbers"),
    ("--class_weights=1,-1,1", "got -1 for class 1, expected 0 or more"),
    ("--class_weights=0,0,0", "every class has weight 0"),
    ("--class_weights=" + ",".join("0" * 11), "got 11 numbers, expected 3"),
    ("--class_weights=enet:nan", "k: got 'nan', expected a number"),
    ("--depth_multiplier=1e9", "at most 8"), ("--depth_multiplier=nan", "a finite number"),
    ("--pixels=abc", "--pixels: got 'abc'"), ("--pixels=0", "--pixels=0 is for testing"),
    ("--pixels=999999", "at most 16384"), ("--pixels=0x32", "--pixels: got '0x32'"),
    ("--pixels=\u00b2", "--pixels: got"), ("--batch_size=1000000", "at most 65536"),
    ("--batch_size=7", "6 images: choose a smaller batch"), ("--batch_size=2.5", "whole number"),
    ("--steps=", "--steps: got '', expected a whole number"), ("--steps=1e999", "whole number"),
    ("--steps=99999999999999999999", "expected at most 2147483647"),
    ("--seed=99999999999", "expected at most 2147483647"), ("--seed=-2", "at least 0"),
    ("--threads=100000", "at most 1024"), ("--num_classes=5", "the records in records have 3"),
    ("--dataset_family=camvid", "are of folder: leave the flag out"),
    ("--basenet=vgg_61", "unknown feature extractor 'vgg_61'"),
    ("--extended_arch=fcn8:random", "give --extended_arch=FCN:random --fcn8"),
    ("--extended_arch=FCN32", "FCN32 is no decoder of its own: give "),
    ("--extended_arch=Linknet", "did you mean LinkNet?"),
    ("--loss=", "--loss: unknown loss ''"),
    ("--datapath=", "--datapath= is empty"), ("--datapath=nowhere/", "--datapath=nowhere: no such"),
    ("--name=a/b", "plain name"), ("--name=..", "plain name"), ("--name=" + "x" * 300, "letters"),
    ("--bathc_size=2", "did you mean --batch_size?"), ("word", "got 'word', expected flags as"),
    ("pixels=32", "did you mean --pixels?"), ("\u2013steps=1", "did you mean --steps?"),
    ("--init_from=x", "contradict"), ("--resume=nowhere", "no run folder at 'nowhere'"),
    ("--devices=3", "choose a multiple of 3"), ("--global_batch=5", "leave the flag out")]
#: As above, without --from_scratch.
STARTS = [
    ("--modelspath=nowhere", "in nowhere, a folder that is not there"),
    ("--modelspath=empty", "mobilenet_v1_1.0_224.ckpt for mobilenet_v1 in empty: get it from"),
    ("--depth_multiplier=3", "none is published at this width: choose a --depth_multiplier"),
    ("--init_from=nowhere", "no run folder at 'nowhere'"),
    ("--init_from=alone.ckpt.index2", "no run folder"),
    ("--init_from=alone.ckpt.data-00000-of-00001", "copy all files of the checkpoint")]
#: (script, its words, what the line says).
OTHERS = [
    ("fcn_test", "", "--traindir is missing"), ("fcn_test", "--traindir=nowhere", "no run folder"),
    ("fcn_test", "--batch_size=1e9", "at most 4096"), ("fcn_test", "--outdir=file", "is a file"),
    ("fcn_test", "--outdir=file/x", "file is a file, expected a folder"),
    ("fcn_test", "--depth_multiplier=inf", "a finite number"),
    ("fcn_export", "--formats=foo", "unknown export format 'foo'"),
    ("fcn_export", "--outdir=file", "--outdir=file: file is a file, expected a folder"),
    ("fcn_export", "--max_scores=frozen:inf", "--max_scores: got 'frozen:inf'"),
    ("fcn_export", "--max_pixels=nan", "--max_pixels: got 'nan'"),
    ("fcn_export", "--batch=-1", "at least 0"), ("fcn_export", "--num_images=x", "whole number"),
    ("fcn_models", "lst", "choose one of list, classify"),
    ("fcn_models", "list word", "expected flags"), ("fcn_models", "classify", "--imagepath is"),
    ("fcn_models", "classify --basenet=foo", "unknown value 'foo'"),
    ("fcn_models", "classify --top=0", "at least 1"),
    ("fcn_models", "classify --imagepath=x --modelspath=nowhere", "in nowhere, a folder that is"),
    ("fcn_models", "from_torchvision --weights=file --out=file", "is a file, expected a folder"),
    ("fcn_models", "from_torchvision --weights=file --out=x.ckpt", "expected a folder"),
    ("fcn_nets", "--basenet=foo", "unknown feature extractor"), ("fcn_nets", "nowhere", "no runs"),
    ("fcn_nets", "--depth_multiplier=nan", "--depth_multiplier: got 'nan'"),
    ("fcn_nets", "--pixels=0", "one size for all nets"), ("fcn_nets", "--memory=inf", "finite"),
    ("fcn_nets", "--csv=nodir/x.csv", "there is no folder nodir"),
    ("fcn_nets", "--csv=x.txt", "ends in .csv"), ("fcn_nets", "--rounds=0", "at least 1"),
    ("fcn_sweep", "plan", "expected a sweep file"), ("fcn_sweep", "plan no.yaml", "no sweep file"),
    ("fcn_sweep", "plan --seeds=0 -- --fcn8", "seeds: got 0"),
    ("fcn_sweep", "plan --name=a/b -- --fcn8", "plain name"),
    ("fcn_sweep", "plan -- fcn8", "expected flags of fcn_train.py as --flag=value"),
    ("fcn_data", "convert", "--dataset_family is missing"),
    ("fcn_data", "convert --dataset_family=foo", "unknown value 'foo'"),
    ("fcn_data", "convert --dataset_family=folder --source=source --datapath=file/x", "is a file"),
    ("fcn_data", "convert --dataset_family=folder --source=no --datapath=o", "no such folder"),
    ("fcn_data", "convert --dataset_family=shapes --source=new --datapath=o --counts=a,\u00b2,1",
     "expected three numbers"),
    ("fcn_data", "check", "give --source and --dataset_family for a source folder"),
    ("fcn_data", "describe --datapath=records --out=nodir/x.png", "there is no folder nodir"),
    ("fcn_data", "describe --datapath=records --out=empty/", "empty is a folder, expected a file"),
    ("fcn_data", "describe --datapath=records --images=0", "at least 1"),
    ("fcn_report", "foo", "choose one of checkpoints"), ("fcn_report", "runs no*", "no runs at"),
    ("fcn_report", "html --out=nodir/x.html", "there is no folder nodir"),
    ("fcn_report", "runs --outdir=file", "is a file, expected a folder"),
    ("fcn_report", "tensorboard --boards=file", "is a file, expected a folder"),
    ("fcn_report", "errorbars --level=nan", "a finite number"),
    ("fcn_report", "errorbars --margin=inf", "a finite number"),
    ("fcn_test", "--traindir=newer", "newer/runargs has flags that are not known here, 'norm'"),
    ("fcn_export", "--traindir=newer", "flags that are not known here, 'norm'"),
    ("fcn_train", "--resume=newer", "flags that are not known here, 'norm'"),
    ("fcn_report", "runs newer", "left out: newer: newer/runargs has flags that are not known"),
    ("fcn_nets", "newer", "flags that are not known here, 'norm'"),
    ("fcn_train", "--resume=seg_mentor", "is a run of seg-mentor, expected one of this project")]
CASES = [("fcn_train", TRAIN + [word], says) for word, says in TRAINING]
CASES += [("fcn_train", FROM_MODELS + [word], says) for word, says in STARTS]
CASES += [(script, words.split(), says) for script, words, says in OTHERS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("wrong")
    write_records(str(path))
    for name, stored in (("newer", dict(AGES["all"], norm="batch")), ("seg_mentor", SEG_MENTOR)):
        (path / name).mkdir()
        (path / name / "runargs").write_text(json.dumps(stored))
    (path / "empty").mkdir()
    for name in ("file", "alone.ckpt.data-00000-of-00001"):
        (path / name).write_bytes(b"x")
    return path


@pytest.mark.parametrize("script, words, says", CASES, ids=lambda value: str(value)[-60:])
def test_one_line_and_nothing_made(folder, monkeypatch, script, words, says):
    monkeypatch.chdir(folder)
    before = sorted(os.listdir(str(folder)))
    with pytest.raises(UserError) as error:
        importlib.import_module(script).main(words)
    assert says in str(error.value) and "\n" not in str(error.value)
    assert sorted(os.listdir(str(folder))) == before


SWEEPS = [
    ("flags: {a: [1}\n", "sweep.yaml, line 1 is not YAML"),
    ("flags:\n  pixels: 32\n  pixels: 64\n", "sweep.yaml, line 3: the key 'pixels' stands there"),
    ("flags: {pixels: [32, 64]}\n", "expected one value: several stand under grid"),
    ("grid:\n  learnrate:\n  - 0.1\n  - .inf\n", "sweep.yaml, line 4: configuration"),
    ("flags:\n  pixel: 32\n", "sweep.yaml, line 2: configuration 'default': unknown flag --pixel"),
    ("configurations:\n- {loss: cross_entropy}\n- {loss: dice9}\n", "sweep.yaml, line 3"),
    ("flags:\n  init_from: x\n", "sweep.yaml, line 2: configuration 'default': --from_scratch"),
    ("flags: {name: a/b}\n", "sweep.yaml, line 1: configuration 'default': --name: got 'a/b'"),
    ("seeds: [99999999999]\n", "seeds: got 99999999999"), ("seeds: 99999999\n", "from 1 to 10000"),
    ("vary: 3\n", "vary: got 3"), ("1: 2\n", "unknown key '1'"),
    ("grid: {" + ", ".join(f"f{k}: [{', '.join('0123456789')}]" for k in range(5)) + "}\n",
     "100000 configurations, expected at most 10000"), ("\x00", "no text in UTF-8")]


@pytest.mark.parametrize("text, says", SWEEPS)
def test_a_sweep_file_is_checked_as_a_training(folder, monkeypatch, text, says):
    import fcn_sweep
    monkeypatch.chdir(folder)
    (folder / "sweep.yaml").write_text(text)
    monkeypatch.setattr(fcn_sweep, "prepare", lambda words: importlib.import_module(
        "fcn_train").prepare(TRAIN + words))
    with pytest.raises(UserError) as error:
        fcn_sweep.main(["plan", "sweep.yaml"])
    assert says in str(error.value) and "\n" not in str(error.value)
