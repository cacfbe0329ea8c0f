"""Ranks suspicious regions and images, and measures on planted faults how well that works."""
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from utils.explore.labels.evidence import PIXELS, PLANTED, REGION, SEEDS, WRONG, Evidence
from utils.measures.planted import KINDS
from utils.statistics.detection import Detection, decide, detection, precision_of_first

#: Columns that the score of a region is made of.
_SCORED = ("image", "given", "seen", "pixels", "given_probability", "seen_probability")
#: Powers of the difference of the probabilities, and of the pixels.
_SURENESS, _SIZE = 1.5, .25
#: Share of a region's pixels that are changed where it counts as a planted fault.
_INSIDE = .5


def region_scores(rows: np.ndarray, images: int, classes: int) -> np.ndarray:
    """Scores regions: high where a label looks wrong.

    The score is (p_seen - p_given)^1.5 pixels^.25 surprise, of mean probabilities. The surprise is
    -log of the share of images with a region of the same two classes: what nets often confuse says
    little against a label.

    Args:
      rows: float64 [R, 6], of `_SCORED`, of all images.
      images: N.
      classes: C.

    Returns:
      float64 [R].
    """
    image, given, seen, pixels, given_probability, seen_probability = rows.T
    pair = (given * classes + seen).astype(np.intp)
    pairs = classes * classes
    once_an_image = np.unique(image.astype(np.int64) * pairs + pair)
    having = np.bincount(once_an_image % pairs, minlength=pairs)[pair]
    sure = np.maximum(seen_probability - given_probability, 0)
    return sure ** _SURENESS * pixels ** _SIZE * np.log((images + 1) / np.maximum(having, 1))


def wrong_regions(evidence: Evidence, classes: int) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (regions whose label looks wrong, the most suspicious first: [R, columns] of
    `REGION`; their scores)."""
    rows = evidence.regions[evidence.regions[:, REGION.index("list")] == WRONG]
    scores = region_scores(_columns(rows, REGION), len(evidence.softmin), classes)
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order]


def _columns(rows, names):
    return rows[:, [names.index(name) for name in _SCORED]]


class Finding(NamedTuple):
    """How well planted faults of one kind are found.

    Attributes:
      kind: index of `KINDS`.
      regions, images: `Detection` of faulty images by their worst region, and by softmin; decided
        together for all kinds.
      first: [plantings], share of planted faults among the first k regions.
      count: [plantings], k: as many as there are faults.
      chance: share of the regions that are planted faults.
      flagged: {"one", "all"}: (precision, recall) of pixels, all plantings together.
    """
    kind: int
    regions: Detection
    images: Detection
    first: List[float]
    count: List[int]
    chance: float
    flagged: List[Tuple[float, float]]


def findings(evidence: Evidence, classes: int, scenes: Optional[np.ndarray],
             level: float) -> List[Finding]:
    """Measures how well planted faults are found, kind by kind.

    Args:
      evidence: of the split.
      classes: C.
      scenes: [N], or None where images are independent.
      level: confidence level.
    """
    wrong, _ = wrong_regions(evidence, classes)
    measured = [_finding(evidence, wrong, kind, classes, scenes, level)
                for kind in range(len(KINDS)) if evidence.faulty[kind].any(-1).all()]
    decided = iter(decide([found for one in measured for found in (one.regions, one.images)]))
    return [one._replace(regions=next(decided), images=next(decided)) for one in measured]


def _finding(evidence, wrong, kind, classes, scenes, level):
    faulty = evidence.faulty[kind]
    worst, first, counts, hits, seen = [], [], [], 0, 0
    for place in range(len(SEEDS)):
        rows, hit = _with_planted(evidence, wrong, kind, place)
        scores = region_scores(rows, faulty.shape[1], classes)
        worst.append(np.zeros(faulty.shape[1]))
        np.maximum.at(worst[-1], rows[:, 0].astype(np.intp), scores)
        counts.append(int(faulty[place].sum()))
        first.append(precision_of_first(scores, hit, counts[-1]))
        hits, seen = hits + hit.sum(), seen + len(hit)
    suspicion = -np.nan_to_num(evidence.planted_softmin[kind], nan=1.0)
    return Finding(kind, detection(np.array(worst), faulty, scenes, level, evidence.fit),
                   detection(suspicion, faulty, scenes, level, evidence.fit), first, counts,
                   float(hits / max(seen, 1)), _pixels(evidence.pixels[kind].sum(0)))


def _with_planted(evidence, wrong, kind, place):
    """Returns (rows of `_SCORED`, which are planted faults) of the labels with one planting."""
    clean = wrong[~evidence.faulty[kind, place][wrong[:, 0].astype(np.intp)]]
    planted = evidence.planted[(evidence.planted[:, 0] == kind) & (evidence.planted[:, 1] == place)]
    rows = np.concatenate([_columns(clean, REGION), _columns(planted, PLANTED)])
    inside = planted[:, PLANTED.index("inside")] >= _INSIDE
    return rows, np.append(np.zeros(len(clean), bool), inside)


def _pixels(counts):
    """Returns [(precision, recall)] of the pixels that one run, and that all, hold for wrong."""
    of = dict(zip(PIXELS, counts.tolist()))
    return [(of[name + "_hit"] / max(of[name], 1), of[name + "_hit"] / max(of["changed"], 1))
            for name in ("one", "all")]
