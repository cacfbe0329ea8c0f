"""The run folder: one place that knows every path of a run, its status and its configuration.

    tmp/<MmmDD>_<basenet>__<n>/
        runargs               the flags of fcn_train.py, JSON
        runinfo               versions, host, argv, git state, data hash, status, JSON
        runinfo.reserve       while it runs: space to write the status on a full disk
        subset.txt            with --subset: the names of the images that it trains on
        runlog                what the run said, with times
        metrics.jsonl         one line per measurement, the same for the same seed (no times in it)
        heartbeat             time, step and seconds worked, written anew while the run lives, JSON
        fcn.ckpt*             the newest weights; fcn.ckpt_best*, fcn.ckpt_<iter>* kept ones
        resume.json resume.ckpt-<iter>*   all that a killed run needs to go on;
        resume.before.json                names the state before, for when that one is damaged
        trainboard/           TensorBoard events
        test/                 results of fcn_test.py and of the final test, pictures
"""
import dataclasses
import datetime
import glob
import json
import os
import platform
import time
from typing import Any, Dict, List, Mapping, Optional, Union

from utils.checkpoints.files import checkpoint_exists, prefix_of
from utils.errors import UserError
from utils.files import write_text
from utils.machine import is_alive
from utils.runs import heartbeat, seg_mentor
from utils.runs.roles import CONFIGURATION, ROLES, later_defaults, names
from utils.runs.runargs import from_dict
from utils.runs.train_flags import SEED_FLAGS, TrainFlags
from utils.runs.train_flags.run import require_plain_name
from utils.stored import (
    COLOUR,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    many,
    named,
    one_of,
    optional,
    read_object,
)

RUNS_DIR = "tmp"
#: Flags that say where, which or how it was watched, not what: runs that differ in these only are
#: one configuration.
_NO_CONFIGURATION = names(TrainFlags, set(ROLES) - set(CONFIGURATION))
#: {flag: what runs without it had} of those that came when there were runs already. With that value
#: they are no part of the key: keys that sweeps and reports have stored stay what they are.
LATER_FLAGS = {name: value for name, value in later_defaults(TrainFlags).items()
               if name not in _NO_CONFIGURATION}
_REMEDY = "restore it, or train again"
#: What runinfo holds, as far as anything is done with it. stopped_at: the last step, where
#: --early_stop ended the training. datapath: where the records are, once
#: --resume has said so.
_RUNINFO = {
    "status": one_of("running", "interrupted", "finished", "failed"), "begun": TIME, "ended": TIME,
    "error": TEXT, "host": TEXT, "pid": WHOLE, "argv": many(TEXT), "git": OBJECT,
    "total_steps": WHOLE, "stopped_at": WHOLE, "processes": WHOLE, "global_batch": WHOLE,
    "parameters": NUMBER, "gflops": NUMBER, "data_sha256": TEXT, "splits_sha256": named(TEXT),
    "subset": OBJECT,
    "datapath": TEXT, "class_names": many(TEXT), "palette": many(optional(COLOUR))}


class RunFolder:
    """The paths and the state of one run. Opening one reads nothing; see `find` and `create`."""

    def __init__(self, path: str) -> None:
        self.path = os.path.normpath(path)

    name = property(lambda self: os.path.basename(os.path.abspath(self.path)))
    runargs = property(lambda self: os.path.join(self.path, "runargs"))
    runinfo = property(lambda self: os.path.join(self.path, "runinfo"))
    reserve = property(lambda self: os.path.join(self.path, "runinfo.reserve"))
    subset = property(lambda self: os.path.join(self.path, "subset.txt"))
    runlog = property(lambda self: os.path.join(self.path, "runlog"))
    heartbeat = property(lambda self: os.path.join(self.path, "heartbeat"))
    metrics = property(lambda self: os.path.join(self.path, "metrics.jsonl"))
    resume_state = property(lambda self: os.path.join(self.path, "resume.json"))
    earlier_state = property(lambda self: os.path.join(self.path, "resume.before.json"))
    trainboard = property(lambda self: os.path.join(self.path, "trainboard"))
    test = property(lambda self: os.path.join(self.path, "test"))
    best_checkpoint = property(lambda self: self.checkpoint("best"))

    def checkpoint(self, step: Optional[Union[int, str]] = None) -> str:
        """Returns the prefix of the newest checkpoint, or of the one kept at iteration `step`
        ("best" too)."""
        return os.path.join(self.path, "fcn.ckpt" + ("" if step is None else f"_{step}"))

    def averages(self, step: Optional[Union[int, str]] = None) -> str:
        """Returns the prefix of the weights' moving averages beside a `checkpoint`."""
        return os.path.join(self.path, "ema.ckpt" + ("" if step is None else f"_{step}"))

    def resume_checkpoint(self, step: int) -> str:
        """Returns the prefix of the full training state at `step`."""
        return os.path.join(self.path, f"resume.ckpt-{step}")

    def kept_checkpoints(self) -> List[int]:
        """Lists the iterations of the checkpoints that were kept, sorted."""
        found = glob.glob(glob.escape(self.checkpoint()) + "_*.index")
        steps = [os.path.basename(path)[len("fcn.ckpt_"):-len(".index")] for path in found]
        return sorted(int(step) for step in steps if step.isdigit())

    # ---- the JSON files ----

    def read_runargs(self) -> Dict[str, Any]:
        """Reads the flags as a dict.

        Raises:
          UserError: this is no run folder, they are damaged, or a newer version has written them.
        """
        if not os.path.exists(self.runargs):
            raise UserError(f"{self.runargs} is missing: it is not a run folder, or its creation "
                            "was interrupted")
        args = read_object(self.runargs, {}, _REMEDY)
        if not seg_mentor.is_seg_mentor_runargs(args):
            from_dict(TrainFlags, args, self.runargs)  # of the right types
            return args
        problem = seg_mentor.runargs_problem(args)
        if problem:
            raise UserError(f"{self.runargs} is damaged, {problem}: {_REMEDY}")
        return args

    def read_runinfo(self) -> Dict[str, Any]:
        """Reads the run's surroundings as a dict; empty for the folder of another framework.

        Raises:
          UserError: it is damaged.
        """
        if not os.path.exists(self.runinfo):
            return {}
        return read_object(self.runinfo, _RUNINFO, _REMEDY)

    def read_flags(self) -> TrainFlags:
        """Reads the `TrainFlags` of a run of this project; datapath is where the records are now.

        Raises:
          UserError: as `read_runargs`, and for a run of seg-mentor.
        """
        stored = self.read_runargs()
        if seg_mentor.is_seg_mentor_runargs(stored):
            raise UserError(f"{self.path} is a run of seg-mentor, expected one of this project: "
                            f"start a new run with --init_from={self.path}")
        flags = from_dict(TrainFlags, stored, self.runargs)
        return dataclasses.replace(
            flags, datapath=self.read_runinfo().get("datapath", flags.datapath))

    def update_runinfo(self, **entries: Any) -> None:
        """Merges entries into runinfo (whole or not at all)."""
        info = self.read_runinfo()
        info.update(entries)
        write_text(self.runinfo, json.dumps(info, indent=2, sort_keys=True) + "\n")

    def status(self) -> str:
        """Reads "running", "interrupted", "finished", "failed", or "" for a foreign folder."""
        return self.read_runinfo().get("status", "")

    def state(self, now: Optional[float] = None) -> str:
        """Tells `status()`, but "killed" for a dead run that says "running". Its process is gone
        or, seen from another machine, it has been silent too long.

        Args:
          now: Unix seconds, for tests.
        """
        info = self.read_runinfo()
        if info.get("status") != "running":
            return info.get("status", "")
        if info.get("host") == platform.node() and not is_alive(info.get("pid", 0)):
            return "killed"
        silent = (now or time.time()) - heartbeat.read(self).get("time", 0)
        return "killed" if silent > heartbeat.SILENT_SECONDS else "running"

    def heartbeat_step(self) -> int:
        """Tells the training steps done, as the heartbeat says; 0 without one."""
        return heartbeat.read(self).get("step", 0)

    def seeds(self) -> Dict[str, int]:
        """Maps {flag: seed} of the sources of randomness; --seed itself only fills in the
        others."""
        args = self.read_runargs()
        return {name: args[name] for name in SEED_FLAGS if name in args}

    def group_key(self) -> str:
        """Makes the `configuration_key` of the run."""
        return configuration_key(self.read_runargs(), self.read_runinfo().get("data_sha256", ""))


def configuration_key(runargs: Mapping[str, Any], data_sha256: str) -> str:
    """Makes the text that is equal for the repeats of one configuration. It holds the flags without
    seeds and paths, and the hash of the training data instead of its place.

    Args:
      runargs: dict of flags, as `RunFolder.read_runargs`.
      data_sha256: of the training records.
    """
    if not seg_mentor.is_seg_mentor_runargs(runargs):
        runargs = dataclasses.asdict(from_dict(TrainFlags, runargs))
    kept = {name: value for name, value in runargs.items() if name not in _NO_CONFIGURATION
            and not (name in LATER_FLAGS and value == LATER_FLAGS[name])}
    return json.dumps(dict(kept, data_sha256=data_sha256), sort_keys=True)


def create(basenet: str, name: str = "", root: str = RUNS_DIR,
           today: Optional[datetime.date] = None, runargs: str = "") -> RunFolder:
    """Makes a new run folder; of runs that start together each gets its own number.

    Args:
      basenet: the feature extractor, part of the name.
      name: replaces `<MmmDD>_<basenet>`; the number is always added.
      root: the folder of all runs.
      today: a date, for tests.
      runargs: text of that file; a folder that cannot even hold it is not made.
    """
    today = today or datetime.date.today()
    require_plain_name(name)
    stem = name or "{}_{}".format(today.strftime("%b%d"), basenet)
    os.makedirs(root, exist_ok=True)
    number = 1
    while True:
        path = os.path.join(root, f"{stem}__{number}")
        try:
            os.mkdir(path)  # atomic: it fails where another run was faster
            break
        except FileExistsError:
            number += 1
    if runargs:
        _write_first(RunFolder(path).runargs, runargs)
    return RunFolder(path)


def _write_first(path, text):
    try:
        write_text(path, text)
    except OSError:
        os.rmdir(os.path.dirname(path))
        raise


def exists(path: str) -> bool:
    """Tells whether there is a run folder at a path."""
    return os.path.isfile(os.path.join(path, "runargs"))


def find(text: str, root: str = RUNS_DIR) -> RunFolder:
    """Finds the run folder at a path, or of that name under `root`; a `UserError` lists what there
    is.

    A file of a run stands for the run; but a checkpoint that was kept does not, as the run's newest
    one is another.
    """
    for path in (text, os.path.join(root, text)):
        if text and exists(path):
            return RunFolder(path)
        of_run = os.path.isfile(path) or checkpoint_exists(path)
        if of_run and exists(os.path.dirname(path)):
            return _of_file(text, path)
    runs = sorted(os.path.basename(os.path.dirname(path))
                  for path in glob.glob(os.path.join(root, "*", "runargs")))
    raise UserError("no run folder at {!r} (no file `runargs` there): {}".format(
        text, "the runs under {}/ are {}".format(root, ", ".join(runs)) if runs
        else f"there are no runs under {root}/ yet; fcn_train.py makes one"))


def _of_file(text, path):
    """The run that one of its files is in."""
    folder, name = os.path.dirname(path), os.path.basename(prefix_of(path))
    kept = name.partition("fcn.ckpt_")[2]
    if kept:
        raise UserError("{} is a checkpoint, expected its run: give {}, and {}".format(
            text, folder, "--checkpoint=best" if kept == "best" else "--afteriter=" + kept))
    return RunFolder(folder)
