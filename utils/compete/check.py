"""Checks a submission against the manifest, file by file, in bounded memory."""
import dataclasses
import hashlib
import json
import os
from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np

from utils.compete import faults as kinds
from utils.compete.archive import Files, Refused, open_files
from utils.compete.faults import Faults
from utils.compete.index_png import read_indices
from utils.compete.manifest import Manifest
from utils.compete.submission import INFO
from utils.errors import UserError
from utils.stored import TEXT, many, object_problem

#: Runs of one submission.
MOST_RUNS = 100
_INFO_KINDS = {"team": TEXT, "method": TEXT, "note": TEXT, "run": TEXT, "class_names": many(TEXT)}
_GREATEST_INFO, _LONGEST_TEXT = 65536, 500
#: Called with each prediction that is in order: (number of the run, number of the image, uint8
#: [H, W]).
Take = Callable[[int, int, np.ndarray], None]


@dataclasses.dataclass(frozen=True)
class Checked:
    """What was looked through.

    Attributes:
      runs: how many.
      faults: `Faults`; empty for a submission that can be scored.
      info: {"team", "method", "note": text} of submission.json, "" where it says nothing.
      sha256: of the predictions, of all runs in order.
    """
    runs: int
    faults: Faults
    info: Dict[str, str]
    sha256: str


def check_submission(manifest: Manifest, paths: Sequence[str],
                     take: Take = lambda run, index, prediction: None) -> Checked:
    """Looks through a submission once.

    Args:
      manifest: of the competition.
      paths: a zip or folder for each run; runs differ in their seeds.
      take: gets every prediction that is in order.

    Raises:
      UserError: no run, too many, or one that cannot be opened at all.
    """
    if not 1 <= len(paths) <= MOST_RUNS:
        raise UserError(f"got {len(paths)} submissions, expected 1 to {MOST_RUNS}: a zip or folder "
                        "of each run")
    faults, info = Faults(), {key: "" for key in ("team", "method", "note")}
    digests, counts = [], []
    for run, path in enumerate(paths):
        where = os.path.basename(os.path.normpath(path)) + ": " if len(paths) > 1 else ""
        digest, count, told = _check_run(manifest, path, _Named(faults, where), run, take)
        digests.append(digest)
        counts.append(count)
        info.update({key: text for key, text in told.items() if key in info and not info[key]})
    _compare_runs(faults, paths, digests, counts)
    return Checked(len(paths), faults, info, hashlib.sha256("".join(digests).encode()).hexdigest())


class _Named(Faults):
    """Passes faults of one run on, with its name before them."""

    def __init__(self, faults: Faults, where: str) -> None:
        super().__init__()
        self._all, self._where = faults, where

    def add(self, fault: kinds.Fault, detail: str) -> None:
        self._all.add(fault, self._where + detail)


def _check_run(manifest: Manifest, path: str, faults: Faults, run: int,
               take: Take) -> Tuple[str, int, Dict[str, str]]:
    """Returns (hash of the predictions, how many are there, what submission.json tells)."""
    digest, count = hashlib.sha256(), 0
    with open_files(path, len(manifest.images) + 1, faults) as files:
        there = set(files.names)
        for index, image in enumerate(manifest.images):
            if image.file not in there:
                faults.add(kinds.MISSING, image.file)
                continue
            count += 1
            try:
                prediction = read_indices(files.read(image.file, image.greatest_file),
                                          (image.height, image.width), manifest.num_classes)
            except Refused as refused:
                faults.add(refused.fault, _told(image.file, refused))
                continue
            digest.update(f"{index}:".encode())
            digest.update(np.ascontiguousarray(prediction))
            take(run, index, prediction)
        for name in _others(manifest, files.names):
            faults.add(kinds.UNKNOWN, name)
        return digest.hexdigest(), count, _read_info(manifest, files, faults)


def _told(name, refused):
    return f"{name} ({refused.detail})" if refused.detail else name


def _others(manifest, names) -> List[str]:
    known = {image.file for image in manifest.images} | {INFO}
    return [name for name in names if name not in known]


def _read_info(manifest: Manifest, files: Files, faults: Faults) -> Dict[str, str]:
    """Returns the texts of submission.json; {} where there is none or it is at fault. A run of this
    project that names no method is its own."""
    if INFO not in files.names:
        return {}
    try:
        values = json.loads(files.read(INFO, _GREATEST_INFO).decode("utf-8-sig"))
    except Refused as refused:
        faults.add(kinds.INFO_FILE, _told(refused.fault.title, refused))
        return {}
    except (ValueError, RecursionError) as error:
        faults.add(kinds.INFO_FILE, f"no JSON, {error}")
        return {}
    problem = object_problem(values, _INFO_KINDS) or _info_problem(manifest, values)
    if problem:
        faults.add(kinds.INFO_FILE, problem)
        return {}
    values.setdefault("method", values.get("run", ""))
    return {key: values.get(key, "").strip() for key in ("team", "method", "note")}


def told_team(manifest: Manifest, paths: Sequence[str]) -> str:
    """Reads the name of the team from the submission.json of the first run; "" for none."""
    if not paths:
        return ""
    faults = Faults()
    with open_files(paths[0], len(manifest.images) + 1, faults) as files:
        return _read_info(manifest, files, faults).get("team", "")


def _info_problem(manifest, values):
    long = [key for key in ("team", "method", "note", "run")
            if len(values.get(key, "")) > _LONGEST_TEXT]
    if long:
        return f"{long[0]!r} has more than {_LONGEST_TEXT} characters"
    names = values.get("class_names", list(manifest.class_names))
    if names != list(manifest.class_names):
        return "its classes are {}, expected {}".format(
            ", ".join(names)[:80], ", ".join(manifest.class_names)[:80])
    return ""


def _compare_runs(faults, paths, digests, counts):
    if len(set(counts)) > 1:
        faults.add(kinds.COUNTS, ", ".join(map(str, counts)))
    for place, digest in enumerate(digests):
        first = digests.index(digest)
        if first < place and counts[place]:
            faults.add(kinds.SEEDS, f"{paths[first]} and {paths[place]}")


def refuse(checked: Checked, what: str) -> None:
    """Raises a `UserError` where a submission has faults; its line has the first one."""
    lines = checked.faults.lines()
    if lines:
        more = f" (and {len(lines) - 1} more kinds of fault)" if len(lines) > 1 else ""
        raise UserError(f"{what} is not scored: {lines[0]}{more}; see all with: python "
                        "fcn_compete.py check")
