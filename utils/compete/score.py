"""Scores a submission once, and keeps what it was scored by."""
import contextlib
import dataclasses
import datetime
import os
from typing import Any, Dict, List, Sequence

import numpy as np

from utils.compete.check import Checked, check_submission, refuse, told_team
from utils.compete.entries import (
    Entry,
    new_entry_folder,
    predictions_path,
    read_entries,
    result_name,
    run_folder,
    team_folder,
    write_entry,
)
from utils.compete.ladder import Rung, climb, mean_score
from utils.compete.manifest import Manifest
from utils.compete.names import require_team
from utils.compete.private import PRIVATE, PUBLIC, Private
from utils.compete.submission import SubmissionWriter
from utils.errors import UserError
from utils.evaluate.results import Result, save_result
from utils.measures.confusion import confusion_matrix
from utils.statistics.miou import METRICS
from utils.statistics.resampling import by_cluster

METRIC = METRICS["miou_d"]


@dataclasses.dataclass(frozen=True)
class Scored:
    """What came of a submission.

    Attributes:
      entry: as it is kept.
      rung: what the team is told.
      exact: {part: mean score over runs}, for the host; without a part that has no image.
    """
    entry: Entry
    rung: Rung
    exact: Dict[str, float]


def score_submission(manifest: Manifest, private: Private, paths: Sequence[str],
                     team: str = "") -> Scored:
    """Checks a submission, computes its confusion matrices, keeps both.

    Args:
      paths: a zip or folder for each run.
      team: its name; "" for that of submission.json.

    Raises:
      UserError: it has faults, or the team's name cannot be used. Nothing is kept then.
    """
    team = require_team(team or told_team(manifest, paths))
    with new_entry_folder(team_folder(private, team)) as (written, number):
        with _Runs(manifest, private, len(paths), written) as runs:
            checked = check_submission(manifest, paths, runs.take)
            refuse(checked, " ".join(paths))
        entry = _entry(written, team, number, checked)
        runs.save(entry)
        write_entry(written, entry)
    entries = read_entries(private)[team]
    place = [one.number for one in entries].index(number)
    matrices = entries[place].matrices(manifest)
    exact = {part: mean_score(unit_parts(private, part, matrices), METRIC.score)
             for part in (PUBLIC, PRIVATE) if private.part(part).any()}
    return Scored(entries[place], climb_entries(manifest, private, entries)[place], exact)


def _entry(folder: str, team: str, number: int, checked: Checked) -> Entry:
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return Entry(folder, team, number, checked.runs, now, checked.sha256,
                 checked.info["method"], checked.info["note"])


class _Runs:
    """Takes the predictions of the runs while they are looked through: counts them, and packs them
    anew into the folder of the entry."""

    def __init__(self, manifest: Manifest, private: Private, count: int, folder: str) -> None:
        self._manifest, self._private, self._folder = manifest, private, folder
        classes = manifest.num_classes
        self._matrices = np.zeros((count, len(manifest.images), classes, classes), np.int64)
        self._writers: List[SubmissionWriter] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "_Runs":
        for run in range(len(self._matrices)):
            os.makedirs(run_folder(self._folder, run))
            self._writers.append(self._stack.enter_context(SubmissionWriter(
                predictions_path(self._folder, run), self._manifest.class_names)))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def take(self, run: int, index: int, prediction: np.ndarray) -> None:
        """Counts and packs one prediction, uint8 [H, W]."""
        image = self._manifest.images[index]
        label = self._private.label(image.file)
        if label.shape != prediction.shape:
            raise UserError(f"{self._private.folder}: the label {image.file} is "
                            f"{label.shape[0]}x{label.shape[1]}, expected "
                            f"{image.height}x{image.width}: restore it from a copy")
        self._matrices[run, index] = confusion_matrix(label, prediction,
                                                      self._manifest.num_classes)
        self._writers[run].add(image.name, prediction)

    def save(self, entry: Entry) -> None:
        """Writes the matrices of each run, as `fcn_test.py` does."""
        manifest = self._manifest
        names = tuple(image.name for image in manifest.images)
        sizes = np.array([(image.height, image.width) for image in manifest.images], np.int32)
        for run, matrices in enumerate(self._matrices):
            save_result(run_folder(self._folder, run), result_name(manifest), Result(
                manifest.split, manifest.class_names, names, sizes, matrices,
                dict(split_sha256=manifest.split_sha256, images_in_split=len(names),
                     team=entry.team, method=entry.method, time=entry.time,
                     sha256=entry.sha256)))


def unit_parts(private: Private, part: str, matrices: np.ndarray) -> np.ndarray:
    """Makes what is summed over the images or scenes of a part: [S, U, P].

    Args:
      part: "public" or "private".
      matrices: [S, N, C, C] of all images.
    """
    chosen = private.part(part)
    return by_cluster(METRIC.parts(matrices[:, chosen]), private.clusters(chosen))


def climb_entries(manifest: Manifest, private: Private, entries: Sequence[Entry]) -> List[Rung]:
    """Answers a team's `entries` in order, by their scores on the public part: a `Rung` each."""
    return climb([unit_parts(private, PUBLIC, entry.matrices(manifest)) for entry in entries],
                 METRIC.score)
