"""The training loop: steps, what is measured between two log lines, and when to stop."""
import math
import signal
import time
from typing import Any, Dict, Optional, Tuple

from tqdm import tqdm

from utils.errors import UserError


def due(step: int, every: int, total: int) -> bool:
    """Whether something periodic happens at `step`: every so often and at the end; never for 0."""
    return every > 0 and (step % every == 0 or step == total)


class StopRequest:
    """Turns Ctrl-C and SIGTERM into a flag, so that a step in flight ends first.

    A second Ctrl-C interrupts at once.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before = {}

    def _request(self, number, frame):
        self.requested = True
        signal.signal(number, self._before[number])

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(self, *exc_info):
        for number, handler in self._before.items():
            signal.signal(number, handler)


class Window:
    """Means of what was measured since the last log line; its state survives a resume."""

    def __init__(self, state: Optional[Dict[str, Any]] = None) -> None:
        self.steps, self.sums = 0, {}
        if state:
            self.steps, self.sums = state["steps"], dict(state["sums"])
        self.restart_clock()

    def restart_clock(self) -> None:
        """Begins the timing anew, after something that is not training."""
        self.timed_steps, self.wait, self._begin = 0, 0.0, time.time()

    def add(self, wait: float, **values: float) -> None:
        """Counts a step in."""
        self.steps += 1
        self.timed_steps += 1
        self.wait += wait
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)

    def means(self) -> Dict[str, float]:
        """{name: mean over the window's steps}."""
        return {name: total / self.steps for name, total in self.sums.items()}

    def speed(self, batch_size: int) -> Tuple[float, float]:
        """(images per second, share of the time that was spent waiting for data)."""
        elapsed = max(time.time() - self._begin, 1e-9)
        return self.timed_steps * batch_size / elapsed, min(self.wait / elapsed, 1.0)

    def state(self) -> Dict[str, Any]:
        """JSON-able state for `Window(state)`."""
        return {"steps": self.steps, "sums": self.sums}


def require_finite(step: int, out: Dict[str, Any]) -> None:
    """Stops a training whose loss is no longer a number, or whose gradients are beyond float16 at
    the least loss scale, so that no step would change a weight any more.

    Args:
      step: its number.
      out: what the step reported.

    Raises:
      UserError: names the step, the images and the remedies.
    """
    if math.isfinite(out["loss"]) and out.get("loss_scale", 2) > 1:
        return
    names = ", ".join(name.decode("utf-8", "replace") for name in out["names"])
    if math.isfinite(out["loss"]):
        raise UserError(f"gradients overflow float16, by step {step} at a loss scale of 1 (images: "
                        f"{names}): lower --learnrate, or train with --precision=float32")
    raise UserError("the loss is {} at step {} (images: {}): lower --learnrate, or look for bad "
                    "labels with fcn_data.py check".format(out["loss"], step, names))


def progress_bar(first_step: int, total_steps: int) -> tqdm:
    """The bar on the terminal; silent where nobody watches. Its line fits into 80 columns."""
    return tqdm(total=total_steps, initial=first_step, dynamic_ncols=True, disable=None,
                smoothing=0.1, bar_format="{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}, "
                                          "{remaining} left{postfix}")
