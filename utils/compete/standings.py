"""The standings of a part: a row for each team, its score with intervals, and its bracket."""
import dataclasses
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.compete.entries import Entry, read_entries
from utils.compete.ladder import Rung, climb
from utils.compete.manifest import Manifest
from utils.compete.private import PUBLIC, Private
from utils.compete.ranks import all_pairs, brackets
from utils.compete.score import METRIC, unit_parts
from utils.errors import UserError
from utils.measures.confusion import class_iou
from utils.statistics.intervals import Interval
from utils.statistics.seed_means import seed_mean


@dataclasses.dataclass(frozen=True)
class Standing:
    """A team's row.

    Attributes:
      team: its name.
      entry: the one that counts: that which moved the public score last.
      entries: how many it handed in.
      score: mean mIoU of the entry's runs; on the public part as the Ladder told it, rounded.
      runs: float64 [S], of each run.
      images, seeds: 95 % intervals over images (or scenes) and over seeds, or None.
      classes: float64 [C], IoU of each class, mean over runs; NaN where it does not occur.
      bracket: (best, worst) rank that it may have.
      rungs: what it was told of each entry.
    """
    team: str
    entry: Entry
    entries: int
    score: float
    runs: np.ndarray
    images: Optional[Interval]
    seeds: Optional[Interval]
    classes: np.ndarray
    bracket: Tuple[int, int]
    rungs: Tuple[Rung, ...]


@dataclasses.dataclass(frozen=True)
class Standings:
    """All teams on one part.

    Attributes:
      part: "public" or "private". images, units: how many it has; units are scenes or images.
      rows: a `Standing` for each team, the best score first.
      p: [K, K], Holm's p of each pair, in the order of the rows; NaN for none.
    """
    part: str
    images: int
    units: int
    by_scene: bool
    rows: Tuple[Standing, ...]
    p: np.ndarray

    @property
    def single_runs(self) -> bool:
        """Whether some team has one run only, so that luck of the seeds is in no comparison with
        it."""
        return any(row.entry.seeds < 2 for row in self.rows)


def standings(manifest: Manifest, private: Private, part: str) -> Standings:
    """Computes the `Standings` of a part.

    Raises:
      UserError: nobody has handed in anything, or the part has no image.
    """
    chosen = private.require_part(part)
    found = read_entries(private)
    if not found:
        raise UserError(f"{private.folder}: no entry yet; score the first with: python "
                        "fcn_compete.py score")
    rows, parts = [], []
    for team, entries in found.items():
        row, own = _standing(manifest, private, part, team, entries)
        rows.append(row)
        parts.append(own)
    order = sorted(range(len(rows)), key=lambda place: (-rows[place].score, rows[place].team))
    rows, parts = [rows[place] for place in order], [parts[place] for place in order]
    p = all_pairs(parts, METRIC.score)
    ranked = brackets([row.runs.mean() for row in rows], p)
    return Standings(part, int(chosen.sum()), parts[0].shape[-2], private.scenes is not None,
                     tuple(dataclasses.replace(row, bracket=bracket)
                           for row, bracket in zip(rows, ranked)), p)


def _standing(manifest: Manifest, private: Private, part: str, team: str,
              entries: Sequence[Entry]) -> Tuple[Standing, np.ndarray]:
    """Returns (a team's row without its bracket, [S, U, P] of the entry that counts)."""
    matrices = [entry.matrices(manifest) for entry in entries]
    rungs = climb([unit_parts(private, PUBLIC, own) for own in matrices], METRIC.score)
    standing = rungs[-1].standing
    own = unit_parts(private, part, matrices[standing])
    mean = seed_mean(own, METRIC.score)
    score = rungs[-1].released if part == PUBLIC else mean.value
    classes = class_iou(matrices[standing][:, private.part(part)].sum(1)).mean(0)
    return Standing(team, entries[standing], len(entries), score, mean.runs, mean.images,
                    mean.seeds, classes, (0, 0), tuple(rungs)), own


def copies(rows: Sequence[Standing]) -> List[Tuple[str, ...]]:
    """Lists teams whose entries that count hold the same predictions."""
    by_hash: Dict[str, List[str]] = {}
    for row in rows:
        by_hash.setdefault(row.entry.sha256, []).append(row.team)
    return [tuple(teams) for teams in by_hash.values() if len(teams) > 1]
