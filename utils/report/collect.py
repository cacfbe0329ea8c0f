"""Reads run folders: what each run is, and what could not be read.

Nothing here needs TensorFlow or the checkpoints, so folders copied from other machines without
their weights will do, and so will runs that are half finished.
"""
import dataclasses
import datetime
import glob
import json
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.runs import heartbeat
from utils.runs.metric_lines import VALIDATION, read_lines
from utils.runs.run_folder import LATER_FLAGS, RunFolder
from utils.runs.train_flags import SEED_FLAGS
from utils.texts import read_text

Seeds = Tuple[Optional[int], ...]

#: Runs whose results count; "" is a folder of another framework, which tells no state.
COMPLETE = ("finished", "")


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """One run, as its folder tells.

    Attributes:
      folder: its `RunFolder`.
      name: the folder's name, or its path where two folders have the same name.
      args: the flags.
      info: runinfo; {} of a foreign folder.
      key: `RunFolder.group_key()`, equal for runs of one configuration.
      state: `RunFolder.state()`.
      beat: the last heartbeat, or {}.
      lines: metrics.jsonl as dicts.
    """
    folder: RunFolder
    name: str
    args: Dict[str, Any]
    info: Dict[str, Any]
    key: str
    state: str
    beat: Dict[str, Any]
    lines: List[Dict[str, Any]]

    @property
    def seeds(self) -> Seeds:
        """(initialisation, order, augmentation); None where the folder does not tell."""
        return tuple(self.args.get(name, self.args.get("seed")) for name in SEED_FLAGS)

    @property
    def seed_text(self) -> str:
        """"3", or "init 1, order 2, augment 1" where they differ."""
        if len(set(self.seeds)) == 1:
            return "-" if self.seeds[0] is None else str(self.seeds[0])
        return ", ".join("{} {}".format(name[len("seed_"):], seed)
                         for name, seed in zip(SEED_FLAGS, self.seeds))

    @property
    def origin(self) -> Tuple[Any, ...]:
        """What a copy of the folder has in common with it, and a repeat of the run has not."""
        return self.key, self.seeds, self.info.get("begun"), self.info.get("host"), \
            self.info.get("pid")

    @property
    def step(self) -> Optional[int]:
        """The last step that is known of, or None."""
        steps = [line["step"] for line in self.lines[-1:]]
        steps += [self.beat["step"]] if "step" in self.beat else []
        return max(steps) if steps else None

    @property
    def total_steps(self) -> Optional[int]:
        """How many steps the run was to take, or took until it stopped early; None for unknown."""
        return self.info.get("stopped_at") or self.info.get("total_steps")

    @property
    def hours(self) -> Optional[float]:
        """Time worked: by the heartbeat, else from begin to end; None where neither is known."""
        if "seconds" in self.beat:
            return self.beat["seconds"] / 3600
        try:
            begun, ended = (_time(self.info[name]) for name in ("begun", "ended"))
        except (KeyError, ValueError):
            return None
        return (ended - begun).total_seconds() / 3600

    def trained_on(self, names: Sequence[str]) -> List[bool]:
        """Tells of training images whether the run trained on them: on all, or on its --subset."""
        if not os.path.isfile(self.folder.subset):
            return [True] * len(names)
        own = set(map(str.strip, read_text(self.folder.subset).split("\n")))
        return [name in own for name in names]

    def curve(self, name: str = VALIDATION) -> List[Tuple[int, float]]:
        """Lists a metric as [(step, value)], in order; NaN for a value that was none."""
        return [(line["step"], float("nan") if line[name] is None else line[name])
                for line in self.lines if name in line]

    def result_path(self, stem: str) -> str:
        """Gives the path where `fcn_test.py` stores this result."""
        return os.path.join(self.folder.test, stem + ".npz")

    def has(self, stem: str) -> bool:
        """Tells whether the result is there."""
        return os.path.isfile(self.result_path(stem))


def _time(text):
    """A time as runinfo has it; Python 3.7 reads the same forms."""
    return datetime.datetime.fromisoformat(text)


@dataclasses.dataclass(frozen=True)
class Collection:
    """What was found.

    Attributes:
      records: the runs, sorted by path; of copies of one run, the first.
      broken: lines that name a folder, and why it could not be read.
      copies: lines that name a folder and the one that it is a copy of.
      words: that were asked for: folders, names, patterns.
    """
    records: Tuple[RunRecord, ...]
    broken: Tuple[str, ...]
    copies: Tuple[str, ...]
    words: Tuple[str, ...] = ()

    @property
    def notes(self) -> Tuple[str, ...]:
        """All lines on what was left out."""
        return self.broken + self.copies


def find_folders(words: Sequence[str]) -> List[str]:
    """Finds run folders for what a user gives: folders, folders of runs, patterns, names.

    Files and folders beside the runs, which a shell makes of tmp/* too, are passed over.

    Raises:
      UserError: a word leads nowhere, or all of them to no run folder.
    """
    paths, without = [], []
    for word in words:
        found = _expand(word) or _expand(os.path.join("tmp", word))
        paths += found
        if not found:
            without.append(word)
    missing = [word for word in without if not paths or not os.path.exists(word)]
    if missing:
        raise UserError(f"no runs at {missing[0]!r}: expected run folders, as tmp/<name> or tmp/* "
                        "(fcn_train.py makes them)")
    return sorted({os.path.normpath(path) for path in paths})


def _expand(word):
    candidates = [word] if os.path.exists(word) else glob.glob(word)
    folders = []
    for path in sorted(filter(os.path.isdir, candidates)):
        inside = [] if _is_run(path) else sorted(glob.glob(os.path.join(glob.escape(path), "*")))
        folders += [path] if _is_run(path) else filter(_is_run, inside)
    return folders


def _is_run(path):
    """A folder with any file of a run; one without runargs is then named as broken."""
    return any(os.path.isfile(os.path.join(path, name))
               for name in ("runargs", "runinfo", "metrics.jsonl"))


def collect(words: Sequence[str]) -> Collection:
    """Reads the `Collection` of the runs that words name; leaves out folders that it cannot read.

    Raises:
      UserError: there is no run, or none that can be read.
    """
    paths = find_folders(words)
    names = [os.path.basename(os.path.abspath(path)) for path in paths]
    records, broken, copies = [], [], []
    origins: Dict[Tuple[Any, ...], RunRecord] = {}
    for path, name in zip(paths, names):
        try:
            record = read_record(path, path if names.count(name) > 1 else name)
        except UserError as error:
            broken.append(f"left out: {path}: {error}")
            continue
        first = origins.setdefault(record.origin, record)
        if first is not record and record.info.get("begun"):
            copies.append(f"left out: {record.folder.path} is a copy of {first.folder.path} (same "
                          "begin, host and process)")
        else:
            records.append(record)
    if not records:
        raise UserError("no runs that can be read: {}".format("; ".join(broken)))
    return Collection(tuple(records), tuple(broken), tuple(copies), tuple(words))


def read_record(path: str, name: str = "") -> RunRecord:
    """Reads one run folder.

    Raises:
      UserError: a file of the folder is missing or damaged.
    """
    folder = RunFolder(path)
    return RunRecord(folder, name or folder.name, folder.read_runargs(), folder.read_runinfo(),
                     folder.group_key(), folder.state(), heartbeat.read(folder),
                     read_lines(folder.metrics))


def key_flags(key: str) -> Dict[str, Any]:
    """Reads the flags in a group key; those that it leaves out, at their default, are included."""
    return dict(LATER_FLAGS, **json.loads(key))
