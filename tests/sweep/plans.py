"""Planned runs and run folders for the tests of the sweep, without any training."""
import dataclasses
import json
import os

from utils.runs import run_folder
from utils.runs.plans import PlannedRun
from utils.runs.train_flags import TrainFlags

DATA = "d" * 64


def planned(label="a", seed=1, repeat=0, **flags):
    """A `PlannedRun` of 10 steps."""
    args = dataclasses.asdict(TrainFlags(**flags))
    return PlannedRun(
        label, seed, repeat, ("--name=" + label, f"--seed={seed}"),
        run_folder.configuration_key(args, DATA),
        tuple((flag, seed) for flag in run_folder.SEED_FLAGS), 10, args["basenet"])


def make_folder(root, name, status, seed=1, step=0, error="", begun="2026-01-01T00:00:00+00:00",
                ended="2026-01-01T01:00:00+00:00", **flags):
    """A run folder as a run on another machine would have left it."""
    path = os.path.join(str(root), name)
    os.makedirs(path)
    args = dict(dataclasses.asdict(TrainFlags(**flags)), seed=seed,
                **{flag: seed for flag in run_folder.SEED_FLAGS})
    info = dict(status=status, data_sha256=DATA, host="another", pid=1, begun=begun, ended=ended,
                error=error, total_steps=10)
    for file, content in (("runargs", args), ("runinfo", info),
                          ("heartbeat", {"time": 0, "step": step, "seconds": 100.0})):
        with open(os.path.join(path, file), "w") as target:
            json.dump(content, target)
    return run_folder.RunFolder(path)


def set_status(folder, status, step=0, **entries):
    """What a run writes as it goes on."""
    folder.update_runinfo(status=status, **entries)
    with open(folder.heartbeat, "w") as file:
        json.dump({"time": 0, "step": step, "seconds": 100.0}, file)
