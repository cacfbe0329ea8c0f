"""Flags of optimisation beyond the rate itself: rates by group, warm-up, clipping, averages, the
early stop, and the check that a net can learn a few images by heart."""
import dataclasses
from typing import Any, Collection

from utils.errors import UserError
from utils.runs.flags import flag

#: What --warmup takes.
WARMUPS = ("linear", "constant")
#: What --decayed takes: the weights of convolutions, or every variable that learns.
DECAYED = ("convolutions", "all")
#: What --bn takes. freeze: moving averages in place of the batch's statistics, gamma and beta
#: learn; freeze_all: these do not either.
BATCH_NORMS = ("train", "freeze", "freeze_all")
#: `--difflr`: how much faster the decoder's variables learn (seg-mentor's factor).
DECODER_SPEEDUP = 10.0
#: Steps of --overfit where neither --steps nor --epochs says it.
OVERFIT_STEPS = 300
#: --bn_decay of --overfit where it is not given: at .99 the averages lag a hundred steps behind,
#: and a net that knows its images by heart may be tested as one that does not.
OVERFIT_BN_DECAY = 0.9
#: What changes images at random: --overfit turns it off.
_AUGMENTATIONS = {"flip": False, "random_scale": "", "augment": ""}
_NEW = "2026-11-26"


@dataclasses.dataclass(frozen=True)
class OptimisationFlags:
    """How fast which weights learn, and when that is enough."""

    lr_extractor: float = flag(1.0, "the feature extractor's rate, as a multiple of --learnrate",
                               "training", more_than=0, role="learning", since=_NEW)
    lr_decoder: float = flag(1.0, "the decoder's (10: as --difflr)", "training", more_than=0,
                             role="learning", since=_NEW)
    lr_last: float = flag(1.0, "that of layers of class scores, times the decoder's", "training",
                          more_than=0, role="learning", since=_NEW)
    lr_biases: float = flag(1.0, "that of biases, times their layer's", "training", more_than=0,
                            role="learning", since=_NEW)
    warmup_steps: int = flag(0, "steps before the schedule begins, at smaller rates; 0 for none",
                             "training", at_least=0, role="learning", since=_NEW)
    warmup_from: float = flag(0.1, "the first rate of the warm-up, as a share of --learnrate",
                              "training", more_than=0, at_most=1, role="learning", since=_NEW)
    warmup: str = flag("linear", "linear: from the first rate to --learnrate; constant: the first "
                       "rate throughout (slow start)", "training", choices=WARMUPS,
                       role="learning", since=_NEW)
    clip_norm: float = flag(0.0, "clip gradients to this global norm; 0 does not", "training",
                            at_least=0, role="learning", since=_NEW, marks="cost")
    decayed: str = flag("convolutions", "which weights decay: those of convolutions (depthwise "
                        "ones not), or all, biases and batch norm too", "training", choices=DECAYED,
                        role="learning", since=_NEW)
    ema: float = flag(0.0, "keep a moving average of the weights with this decay (0.999) as "
                      "ema.ckpt; 0 for none", "training", at_least=0, at_most=0.999999,
                      role="learning", since=_NEW, marks="cost")
    bn: str = flag("train", "batch norm of the feature extractor: by the batch; freeze: by its "
                   "moving averages, gamma and beta learn; freeze_all: nor do these", "training",
                   choices=BATCH_NORMS, role="learning", since=_NEW, marks="cost")
    early_stop: int = flag(0, "stop after so many evaluations, each of the whole validation split, "
                           "without a better mIoU; 0 never", "training", at_least=0,
                           role="learning", since=_NEW)
    overfit: int = flag(0, "check that the net can learn: train on the first so many images, "
                        f"without augmentation, {OVERFIT_STEPS} steps by default, with "
                        f"--bn_decay={OVERFIT_BN_DECAY}; 0 trains as "
                        "usual", "training", at_least=0, role="data", since=_NEW)


def settle_optimisation(flags: Any, given: Collection[str], processes: int) -> Any:
    """Returns the flags with what follows from those of optimisation.

    Args:
      flags: `TrainFlags` as parsed.
      given: names of the flags that were on the command line.
      processes: how many train together.

    Raises:
      UserError: flags contradict each other.
    """
    if flags.difflr and "lr_decoder" in given:
        raise UserError(f"--difflr is --lr_decoder={DECODER_SPEEDUP:g}, and "
                        f"--lr_decoder={flags.lr_decoder:g} was given too: give one of them")
    useless = [name for name in ("warmup_from", "warmup") if name in given]
    if useless and not flags.warmup_steps:
        raise UserError(f"--{useless[0]} has no effect without a warm-up: give --warmup_steps too, "
                        "or leave it out")
    if flags.freeze_fe:
        _require_a_trained_extractor(given)
    return _settle_overfit(_settle_early_stop(flags, given, processes), given)


def _require_a_trained_extractor(given):
    for name, does in (("bn", "freezes batch norm of the feature extractor too"),
                       ("lr_extractor", "trains nothing of the feature extractor")):
        if name in given:
            raise UserError(f"--freeze_fe {does}: leave out --{name}")


def _settle_early_stop(flags, given, processes):
    """--early_stop judges by the whole validation split."""
    if not flags.early_stop:
        return flags
    if "eval_fraction" in given and flags.eval_fraction < 1:
        raise UserError(f"--early_stop judges by the whole validation split, but --eval_fraction="
                        f"{flags.eval_fraction:g} was given: leave it out")
    if processes > 1:
        raise UserError(f"--early_stop and {processes} processes: a run of several cannot "
                        "stop early: leave it out, or train with one process")
    return dataclasses.replace(flags, eval_fraction=1.0)


def _settle_overfit(flags, given):
    """--overfit=N trains on N images as they are, at most all of them in a step."""
    if not flags.overfit:
        return flags
    changing = [name for name, off in _AUGMENTATIONS.items()
                if name in given and getattr(flags, name) != off]
    if changing:
        raise UserError(f"--overfit trains on images as they are, but --{changing[0]} changes "
                        "them: give one of the two")
    changes = dict(_AUGMENTATIONS)
    if "batch_size" not in given:
        changes["batch_size"] = min(flags.batch_size, flags.overfit)
    if not given & {"steps", "epochs"}:
        changes["steps"] = OVERFIT_STEPS
    if "bn_decay" not in given:
        changes["bn_decay"] = OVERFIT_BN_DECAY
    return dataclasses.replace(flags, **changes)
