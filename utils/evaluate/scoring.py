"""Scores a checkpoint on a split and stores what is found: plain, and refined beside it."""
from typing import Any, List, NamedTuple, Optional, Tuple

from utils.data.split import Split
from utils.evaluate import results
from utils.evaluate.bar import Bar
from utils.evaluate.evaluator import evaluate
from utils.evaluate.gain import TIMED_IMAGES, Stopwatch, stored_result
from utils.evaluate.observers import open_observers
from utils.evaluate.refinement import PLAIN, Refinement
from utils.evaluate.segmenter import Segmenter
from utils.evaluate.several_views import require_classes_alone
from utils.evaluate.trained_run import Checkpoint, Run, named_result, result_name


class Scored(NamedTuple):
    """A test that is stored.

    Attributes:
      result: its `Result`.
      seconds: that an image took, or None.
      path: of its scores.
      notes: what observers tell, a line each.
    """
    result: results.Result
    seconds: Optional[float]
    path: str
    notes: List[str]


def require_observers(observe: str, num_classes: int, refinement: Refinement) -> None:
    """Raises a `UserError` where an observer reads more of the net than several views tell."""
    for observer in open_observers(observe, num_classes) if refinement.several_views else ():
        require_classes_alone(observer.reads, f"--observe={observer.name}")


def score_split(segmenter: Segmenter, split: Split, flags: Any, run: Run, checkpoint: Checkpoint,
                refinement: Refinement = PLAIN) -> Scored:
    """Scores a split, and stores the result and the observers' findings.

    Args:
      segmenter: has the checkpoint's weights, and the refinement.
      flags: has split, weights, num_images, batch_size and observe.
    """
    observers = open_observers(flags.observe, split.info.num_classes, split.info.palette)
    result, seconds = _timed(segmenter, split, flags, flags.num_images, observers)
    result = named_result(result, run, checkpoint, refinement.words)
    name = result_name(run, flags.split, checkpoint, flags.weights, flags.num_images,
                       refinement.words)
    path = results.save_result(run.folder.test, name, result, observers)
    return Scored(result, seconds, path,
                  [note for observer in observers for note in observer.notes])


def plain_scores(segmenter: Segmenter, split: Split, flags: Any, run: Run, checkpoint: Checkpoint
                 ) -> Tuple[results.Result, Optional[float], str]:
    """Finds the plain test of a checkpoint: the stored one, or else makes and stores it.

    Where it is stored, some images are tested for the time they take.

    Args:
      segmenter: the plain one, with the checkpoint's weights.
      flags: as of `score_split`.

    Returns:
      (`Result`, seconds that an image took, path of the scores).
    """
    name = result_name(run, flags.split, checkpoint, flags.weights, flags.num_images)
    stored = stored_result(name.path(run.folder.test), checkpoint.prefix, split.sha256)
    if stored is None:
        made = score_split(segmenter, split, flags, run, checkpoint)
        return made.result, made.seconds, made.path
    seconds = _timed(segmenter, split, flags, min(flags.num_images or TIMED_IMAGES, TIMED_IMAGES),
                     ())[1]
    return stored, seconds, name.path(run.folder.test, ending=".json")


def _timed(segmenter: Segmenter, split: Split, flags: Any, num_images: int,
           observers: Any) -> Tuple[results.Result, Optional[float]]:
    """Returns a `Result` and the seconds that an image took."""
    with Bar("image") as bar:
        watch = Stopwatch(bar)
        result = evaluate(segmenter, split, num_images=num_images, batch_size=flags.batch_size,
                          progress=watch, observers=observers)
    return result, watch.seconds
