"""What a refined test gains over the plain one on the same images, and what it costs."""
import os
import time
from typing import Callable, Optional

from utils.errors import UserError
from utils.evaluate.results import Result, load_result
from utils.statistics.intervals import Interval
from utils.statistics.miou import METRICS
from utils.statistics.pair_intervals import image_interval

#: Images of the plain test that are timed where its result is stored already.
TIMED_IMAGES = 16


class Stopwatch:
    """Times a test; called with (images done, images in all) after each image.

    The first image is left out: with it the graph is built, and the input begins.

    Args:
      progress: called likewise.
    """

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress, self._times, self._done = progress, (0.0, 0.0), 0

    def __call__(self, done: int, total: int) -> None:
        now = time.perf_counter()
        self._times, self._done = (self._times[0] if done > 1 else now, now), done
        self._progress(done, total)

    @property
    def seconds(self) -> Optional[float]:
        """Seconds an image took; None for less than two."""
        if self._done < 2:
            return None
        return (self._times[1] - self._times[0]) / (self._done - 1)


def stored_result(path: str, checkpoint: str, split_sha256: str) -> Optional[Result]:
    """Reads a result, where it is of these images and not older than the checkpoint.

    Args:
      path: of its matrices.
      checkpoint: prefix of the checkpoint's files.
      split_sha256: of the images.

    Returns:
      the `Result`; None where there is no such one.
    """
    if not os.path.isfile(path) or os.path.getmtime(path) < os.path.getmtime(checkpoint + ".index"):
        return None
    try:
        result = load_result(path)
    except UserError:
        return None
    fits = (result.meta.get("split_sha256") == split_sha256
            and result.meta.get("checkpoint") == os.path.basename(checkpoint))
    return result if fits else None


def gain_lines(refined: Result, plain: Result, seconds: Optional[float],
               plain_seconds: Optional[float]) -> str:
    """Returns two lines: the difference in mIoU with its interval over images, and the cost.

    Args:
      refined, plain: of one checkpoint on the same images.
      seconds, plain_seconds: that an image took; None where that is not known.
    """
    scores = [result.scores.mean_iou for result in (plain, refined)]
    interval = _interval(refined, plain)
    between = interval and f" [{100 * interval.low:+.2f}, {100 * interval.high:+.2f}]"
    gain = (f"gain: {100 * (scores[1] - scores[0]):+.2f} points of mIoU{between or ''}, "
            f"{scores[0]:.4f} -> {scores[1]:.4f} (this checkpoint; interval over "
            f"{len(plain.names)} images)")
    if seconds is None or plain_seconds is None:
        return gain + "\ncost: not known of a single image"
    return gain + (f"\ncost: {1000 * seconds:.0f} ms an image, plain {1000 * plain_seconds:.0f} "
                   f"ms: {seconds / plain_seconds:.1f} times as long")


def _interval(refined: Result, plain: Result) -> Optional[Interval]:
    """Returns the paired interval over images of the difference; None where it cannot be told."""
    if len(plain.names) < 2:
        return None
    metric = METRICS["miou_d"]
    return image_interval(*[metric.parts(result.matrices[None]) for result in (refined, plain)],
                          metric.score)
