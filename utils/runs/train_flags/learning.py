"""Flags of learning: the start, the batch of a step, the steps."""
import dataclasses
from typing import Any, Collection

from utils.errors import UserError
from utils.runs.flags import flag
from utils.runs.roles import SEG_MENTOR

#: What --precision takes.
PRECISIONS = ("float32", "mixed", "float16")
#: What --aux_stride takes: the levels of the feature extractors' records.
AUX_STRIDES = (4, 8, 16, 32)


@dataclasses.dataclass(frozen=True)
class StartFlags:
    """Where the weights come from, and which of them learn."""

    modelspath: str = flag("models", "folder of ImageNet checkpoints, or one of them", "start",
                           path="from", role="path", since=SEG_MENTOR)
    from_scratch: bool = flag(False, "start from random weights, without a checkpoint", "start",
                              role="learning")
    init_from: str = flag("", "start from the weights of another run (its folder or checkpoint)",
                          "start", path="from", role="learning")
    freeze_fe: bool = flag(False, "train the decoder alone", "start", role="learning",
                           marks="cost")


@dataclasses.dataclass(frozen=True)
class BatchFlags:
    """The images of a step, and what shares them."""

    batch_size: int = flag(16, "images in a step", "training", at_least=1, at_most=65536,
                           role="learning", since=SEG_MENTOR, marks="cost headline usual",
                           label="batch")
    accumulate: int = flag(1, "micro-batches of --batch_size whose gradients make one step",
                           "training", at_least=1, role="learning", since="2026-11-21")
    devices: int = flag(1, "GPUs of this machine that share each --batch_size", "training",
                        at_least=1, at_most=1024, role="learning", since="2026-11-21",
                        marks="minor")
    processes: int = flag(1, "processes that train together, a --batch_size each: recorded, and "
                          "set by horovodrun -np", "training", at_least=1, role="learning",
                          since="2026-11-21", marks="minor launcher")
    global_batch: int = flag(0, "images in a step of all of them: recorded (batch_size x "
                             "accumulate x processes)", "training", at_least=0, role="derived",
                             since="2026-11-21")

    @property
    def images_per_step(self) -> int:
        """What `global_batch` records; runs from before it have the default there."""
        return self.batch_size * self.accumulate * self.processes

    def in_one_part(self) -> "BatchFlags":
        """These flags, for steps of as many images in a single batch."""
        return dataclasses.replace(self, batch_size=self.images_per_step, accumulate=1, devices=1,
                                   processes=1)


@dataclasses.dataclass(frozen=True)
class LearningFlags:
    """How many steps, and what each does."""

    epochs: float = flag(30.0, "passes over the training split", "training", more_than=0,
                         at_most=1000000, role="learning", since=SEG_MENTOR, marks="length usual")
    steps: int = flag(0, "training steps (default: as --epochs says)", "training", at_least=0,
                      role="learning", marks="length")
    learnrate: float = flag(1e-3, "learning rate", "training", more_than=0, role="learning",
                            since=SEG_MENTOR, marks="headline usual", label="lr")
    lr_schedule: str = flag("poly", "what the learning rate does", "training", role="learning")
    decaylr: bool = flag(False, "short for --lr_schedule=staircase", "training", role="learning",
                         since=SEG_MENTOR, marks="minor")
    difflr: bool = flag(False, "let the decoder learn ten times faster", "training",
                        role="learning", since=SEG_MENTOR, marks="cost")
    optimiser: str = flag("adam", "how gradients become steps", "training", role="learning",
                          since="2026-11-26", marks="cost")
    momentum: float = flag(0.9, "momentum; Adam's beta1", "training", at_least=0, at_most=0.9999,
                           role="learning", since=SEG_MENTOR, marks="optimiser")
    adam_epsilon: float = flag(1e-8, "Adam's epsilon", "training", more_than=0, role="learning",
                               marks="optimiser")
    loss: str = flag("cross_entropy", "the loss, or several with + between, each with a weight in "
                     "the sum (cross_entropy+dice:weight=0.5)", "training", role="learning",
                     marks="cost usual", separator="+")
    hard_example_mining_steps: int = flag(
        0, "steps over which ohem goes from all pixels to its share of them; 0: at once",
        "training", at_least=0, role="learning", since="2026-11-26")
    aux_loss_weight: float = flag(
        0.0, "factor of the same loss of scores from the middle of the feature extractor (deep "
        "supervision; PSPNet has 0.4); they are there in training only", "training", at_least=0,
        role="learning", since="2026-11-26", marks="cost")
    aux_stride: int = flag(16, "stride of the features that these scores are of, in a net of "
                           "output stride 32", "training", choices=AUX_STRIDES, role="learning",
                           since="2026-11-26", marks="cost")
    class_weights: str = flag("none", "what classes weigh in the loss: one of those named here, a "
                              "number for each class with commas between them, or a file of lines "
                              "\"name: value\"", "training", role="learning", label="weights")
    precision: str = flag("float32", "what convolutions compute in; mixed: bfloat16 through oneDNN "
                          "on CPUs (TF 2.x), float16 with loss scaling on GPUs; float16: so "
                          "everywhere, slow on CPUs", "training", choices=PRECISIONS,
                          role="learning", since="2026-11-21", marks="cost")
    repeatable: bool = flag(True, "the same seed gives the same bits (TF 1.15: with one inter-op "
                            "thread)", "training", role="watch", marks="cost")


def settle_start(flags: StartFlags) -> None:
    """UserError where flags name two starts."""
    if flags.from_scratch and flags.init_from:
        raise UserError("--from_scratch and --init_from contradict each other: give one of them")


def settle_deep_supervision(flags: Any, given: Collection[str]) -> None:
    """UserError where flags of deep supervision are of no effect."""
    if "aux_stride" in given and not flags.aux_loss_weight:
        raise UserError(f"--aux_stride={flags.aux_stride} is of no effect without "
                        "--aux_loss_weight: give that too, as --aux_loss_weight=0.4")
    if flags.freeze_fe and flags.aux_loss_weight:
        raise UserError(f"--aux_loss_weight={flags.aux_loss_weight:g} trains the feature extractor "
                        "alone, which --freeze_fe keeps as it is: leave one of them out")


def settle_batch(flags: Any, given: Collection[str], processes: int) -> Any:
    """The flags with what follows from those that make up the batch of a step.

    Args:
      flags: `TrainFlags` as parsed.
      given: names of the flags that were on the command line.
      processes: how many train together.

    Raises:
      UserError: the flags contradict each other.
    """
    if "processes" in given and flags.processes != processes:
        raise UserError(f"--processes={flags.processes}, but horovodrun started {processes}: leave "
                        f"the flag out, and give horovodrun -np {flags.processes}")
    if flags.batch_size % flags.devices:
        raise UserError(f"--batch_size={flags.batch_size} cannot be shared by "
                        f"--devices={flags.devices}: choose a multiple of {flags.devices}")
    flags = dataclasses.replace(flags, processes=processes)
    images = flags.images_per_step
    if flags.global_batch not in (0, images):
        raise UserError("--global_batch={}, but --batch_size={} x --accumulate={} x {} process{} "
                        "are {}: leave the flag out, or change one of them".format(
                            flags.global_batch, flags.batch_size, flags.accumulate, processes,
                            "" if processes == 1 else "es", images))
    return dataclasses.replace(flags, global_batch=images)
