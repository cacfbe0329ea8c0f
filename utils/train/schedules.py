"""Learning rate schedules: factors on `--learnrate`. A new one is one registered function of the
step, int64 scalar tensor; the training's steps, int; and its own parameters. It returns a float32
scalar tensor.

The first step has number 0, the last one number total - 1.
"""
import math
from typing import Any, Callable

from utils.errors import UserError
from utils.registry import Parameter, Registry
from utils.tf_compat import tf

SCHEDULES = Registry("learning rate schedule")


@SCHEDULES.register("constant")
def constant(step: Any, total_steps: int) -> Any:
    """1 throughout."""
    del total_steps
    return tf.ones_like(step, tf.float32)


@SCHEDULES.register("staircase")
def staircase(step: Any, total_steps: int) -> Any:
    """Divided by ten after each third of the training (seg-mentor's `--decaylr`)."""
    third = tf.floor(3.0 * tf.cast(step, tf.float32) / total_steps)
    return tf.pow(0.1, third)


@SCHEDULES.register("poly", power=Parameter(0.9, "the exponent", more_than=0))
def poly(step: Any, total_steps: int, power: float) -> Any:
    """(1 - step / total)^power (Liu et al., ParseNet, arXiv 1506.04579, section 4.1; DeepLab)."""
    return tf.pow(tf.maximum(1.0 - tf.cast(step, tf.float32) / total_steps, 0.0), power)


@SCHEDULES.register("exponential",
                    factor=Parameter(0.01, "what it comes down to", more_than=0, at_most=1),
                    steps=Parameter(0, "in so many steps; 0: in the training", at_least=0))
def exponential(step: Any, total_steps: int, factor: float, steps: int) -> Any:
    """factor^(step / steps), without stairs (`tf.train.exponential_decay`)."""
    return tf.pow(factor, tf.cast(step, tf.float32) / (steps or total_steps))


@SCHEDULES.register("cosine", floor=Parameter(0.0, "what it ends at", at_least=0, at_most=1))
def cosine(step: Any, total_steps: int, floor: float) -> Any:
    """From 1 to the floor by half a cosine (Loshchilov and Hutter, SGDR, arXiv 1608.03983, eq. 5,
    without restarts)."""
    return _cosine(1.0, floor, tf.cast(step, tf.float32) / total_steps)


@SCHEDULES.register("one_cycle",
                    up=Parameter(0.3, "share of the steps on the way up", more_than=0, at_most=1),
                    start=Parameter(25.0, "the first factor is 1 / start", at_least=1),
                    end=Parameter(1e4, "the last factor is 1 / (start * end)", at_least=1))
def one_cycle(step: Any, total_steps: int, up: float, start: float, end: float) -> Any:
    """Up and down, by half a cosine each, with the greatest rate at step up * total - 1 and the
    least at the last one (Smith and Topin, Super-Convergence, arXiv 1708.07120; PyTorch's
    `OneCycleLR`). The momentum does not cycle, as it would there."""
    now, last, top = tf.cast(step, tf.float32), total_steps - 1.0, up * total_steps - 1.0
    rising = _cosine(1.0 / start, 1.0, tf.div_no_nan(now, top))
    falling = _cosine(1.0, 1.0 / (start * end), tf.div_no_nan(now - top, last - top))
    return tf.where(now <= top, rising, falling)


def _cosine(begin, end, share):
    """From `begin` at share 0 to `end` at 1."""
    return end + (begin - end) * .5 * (1.0 + tf.cos(math.pi * tf.clip_by_value(share, 0.0, 1.0)))


def schedule_with_warmup(text: str, flags: Any) -> Callable[[Any, int], Any]:
    """Makes the schedule that begins after the warm-up, as if the training did.

    Step t of T, with a warm-up of S steps, is step t - S of T - S (as DeepLab's slow start), so
    that step S is the first at the schedule's own first rate.

    Args:
      text: the choice of `SCHEDULES`.
      flags: with warmup, warmup_steps and warmup_from.

    Returns:
      (step, total steps) -> float32 scalar tensor.
    """
    schedule, warm = SCHEDULES.choose(text), flags.warmup_steps
    if not warm:
        return schedule.make

    def warmed_up(step, total_steps):
        share = tf.cast(step, tf.float32) / warm if flags.warmup == "linear" else 0.0
        rising = flags.warmup_from + (1.0 - flags.warmup_from) * share
        after = schedule.make(tf.maximum(step - warm, 0), total_steps - warm)
        return tf.where(step < warm, rising, after)
    return warmed_up


def require_warmup(flags: Any, total_steps: int) -> None:
    """Raises a UserError for a warm-up that takes the whole training."""
    if flags.warmup_steps >= total_steps:
        raise UserError(f"--warmup_steps={flags.warmup_steps}, but the training has {total_steps} "
                        "steps: choose fewer")
