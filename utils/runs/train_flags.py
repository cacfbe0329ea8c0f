"""The flags of a run. fcn_train.py records them in `runargs`; fcn_test.py builds the net from them.

The choices of --basenet, --extended_arch, --loss and --lr_schedule come from the registries that
the scripts know; the scripts hand them to `parse_flags`.
"""
import collections
import dataclasses
import os
import random

from utils.checkpoint_files import prefix_of
from utils.errors import UserError
from utils.runs.flags import flag, parse_range, parse_size

#: The largest factor of --random_scale: beyond it a window shows a few pixels of an image.
MOST_SCALE = 16
#: What --precision takes.
PRECISIONS = ("float32", "mixed", "float16")


@dataclasses.dataclass(frozen=True)
class ArchFlags(object):
    """What is needed to build a net, apart from the number of classes."""

    basenet: str = flag("vgg_16", "the feature extractor", "net")
    extended_arch: str = flag("", "the decoder; \"\" is FCN", "net")
    trainable_upsampling: bool = flag(
        False, "learn the x2 upsampling of an FCN instead of keeping it bilinear", "net")
    fcn16: bool = flag(True, "add the skip from stride 16 (--no-fcn16: FCN32)", "net")
    fcn8: bool = flag(False, "add the skip from stride 8 too", "net")
    fcn4: bool = flag(False, "add the skips from strides 8 and 4 too", "net")
    align: str = flag(
        "centers", "where upsampled scores stand: on the centres of the receptive fields, on plain "
        "half-pixel centres, or as a transposed convolution (seg-mentor's)", "net",
        choices=("centers", "half_pixel", "transposed"))
    depth_multiplier: float = flag(1.0, "width of a MobileNet", "net", more_than=0, at_most=8)
    weight_decay: float = flag(4e-5, "L2 penalty on convolution weights", "training", at_least=0)
    bn_decay: float = flag(0.99, "decay of batch norm's moving averages", "training",
                           more_than=0, at_most=1)

    @property
    def noise_seed(self):
        """Seed of dropout; of no effect where nothing is trained."""
        return 0


@dataclasses.dataclass(frozen=True)
class TrainFlags(ArchFlags):
    """Everything that decides what a run computes; written to `runargs`."""

    datapath: str = flag("data", "folder of the records that fcn_data.py wrote", "data",
                         path="from")
    dataset_family: str = flag("", "the dataset (default: as the records say)", "data")
    num_classes: int = flag(0, "number of classes (default: as the records say)", "data",
                            at_least=0)
    pixels: str = flag("512", "size that the net sees: 512 (a letterboxed square) or 360x480 "
                       "(height x width)", "data")
    flip: bool = flag(True, "mirror training images at random", "data")
    random_scale: str = flag("1,1.6", "LO,HI: scale training images by a random factor, then crop "
                             "or pad; \"\" for none", "data")
    threads: int = flag(0, "threads that decode the input (default: one per core)", "data",
                        at_least=0, at_most=1024)
    cache_mb: int = flag(512, "keep decoded training images in memory where all of them take no "
                         "more than so many MB; 0 decodes them anew in each epoch", "data",
                         at_least=0)
    modelspath: str = flag("models", "folder of ImageNet checkpoints, or one of them", "start",
                           path="from")
    from_scratch: bool = flag(False, "start from random weights, without a checkpoint", "start")
    init_from: str = flag("", "start from the weights of another run (its folder or checkpoint)",
                          "start", path="from")
    freeze_fe: bool = flag(False, "train the decoder alone", "start")
    batch_size: int = flag(16, "images in a step", "training", at_least=1, at_most=65536)
    accumulate: int = flag(1, "micro-batches of --batch_size whose gradients make one step",
                           "training", at_least=1)
    devices: int = flag(1, "GPUs of this machine that share each --batch_size", "training",
                        at_least=1, at_most=1024)
    processes: int = flag(1, "processes that train together, a --batch_size each: recorded, and "
                          "set by horovodrun -np", "training", at_least=1)
    global_batch: int = flag(0, "images in a step of all of them: recorded (batch_size x "
                             "accumulate x processes)", "training", at_least=0)
    epochs: float = flag(30.0, "passes over the training split", "training", more_than=0,
                         at_most=1000000)
    steps: int = flag(0, "training steps (default: as --epochs says)", "training", at_least=0)
    learnrate: float = flag(1e-3, "learning rate", "training", more_than=0)
    lr_schedule: str = flag("poly", "what the learning rate does", "training")
    decaylr: bool = flag(False, "short for --lr_schedule=staircase", "training")
    difflr: bool = flag(False, "let the decoder learn ten times faster", "training")
    momentum: float = flag(0.9, "Adam's beta1", "training", at_least=0, at_most=0.9999)
    adam_epsilon: float = flag(1e-8, "Adam's epsilon", "training", more_than=0)
    loss: str = flag("cross_entropy", "the loss", "training")
    class_weights: str = flag("none", "none, enet, enet:K, median, or a number for each class",
                              "training")
    precision: str = flag("float32", "what convolutions compute in; mixed: bfloat16 through oneDNN "
                          "on CPUs (TF 2.x), float16 with loss scaling on GPUs; float16: so "
                          "everywhere, slow on CPUs", "training", choices=PRECISIONS)
    repeatable: bool = flag(True, "the same seed gives the same bits (TF 1.15: with one inter-op "
                            "thread)", "training")
    seed: int = flag(-1, "seed of everything random (default: drawn, and recorded)", "seeds",
                     at_least=0)
    seed_init: int = flag(-1, "seed of the initial weights (default: --seed)", "seeds", at_least=0)
    seed_order: int = flag(-1, "seed of the order of images (default: --seed)", "seeds", at_least=0)
    seed_augment: int = flag(-1, "seed of augmentation and dropout (default: --seed)", "seeds",
                             at_least=0)
    eval_every: int = flag(100, "steps between evaluations, each with a checkpoint", "run",
                           at_least=1)
    eval_fraction: float = flag(0.25, "share of the validation split in a periodic evaluation; the "
                                "final test takes it whole", "run", more_than=0, at_most=1)
    keep_every: int = flag(3000, "steps between checkpoints that are kept as fcn.ckpt_<iter>; 0 "
                           "for none", "run", at_least=0)
    test_kept: int = flag(0, "the final test scores the last so many kept checkpoints too (for "
                          "fcn_report.py checkpoints)", "run", at_least=0)
    log_every: int = flag(10, "steps between lines of the metrics", "run", at_least=1)
    name: str = flag("", "name of the run folder (default: <MmmDD>_<basenet>)", "run")
    gpu: int = flag(0, "the GPU to use; -1 for none", "run", short="g", at_least=-1)
    resume: str = flag("", "run folder of a killed run to go on with; its flags are kept", "run",
                       path="from")

    @property
    def noise_seed(self):
        """Seed of dropout."""
        return self.seed_augment

    @property
    def images_per_step(self):
        """What `global_batch` records; runs from before it have the default there."""
        return self.batch_size * self.accumulate * self.processes


#: Flags that may change on --resume: they do not touch what is computed. The records at another
#: --datapath have to be the same ones.
FREE_ON_RESUME = frozenset(["resume", "gpu", "threads", "cache_mb", "datapath", "modelspath"])


def settle(flags, given, processes=1):
    """Fills in what follows from other flags.

    Args:
      flags: `TrainFlags` as parsed.
      given: names of the flags that were on the command line.
      processes: how many train together.

    Raises:
      UserError: flags contradict each other, or a value cannot be used.
    """
    if flags.decaylr and "lr_schedule" in given and flags.lr_schedule != "staircase":
        raise UserError("--decaylr is short for --lr_schedule=staircase, but --lr_schedule={} was "
                        "given too: give one of them".format(flags.lr_schedule))
    _random_scale(flags)
    if parse_size(flags.pixels) is None:
        raise UserError("--pixels=0 is for testing: training needs one size for all images, 512 or "
                        "360x480 say")
    require_plain_name(flags.name)
    if flags.from_scratch and flags.init_from:
        raise UserError("--from_scratch and --init_from contradict each other: give one of them")
    flags = _settle_batch(flags, given, processes)
    seed = flags.seed if flags.seed >= 0 else random.SystemRandom().randrange(2 ** 31)
    seeds = {name: getattr(flags, name) if getattr(flags, name) >= 0 else seed
             for name in ("seed_init", "seed_order", "seed_augment")}
    schedule = "staircase" if flags.decaylr else flags.lr_schedule
    # Whichever of a checkpoint's files named it, the configuration is one.
    return dataclasses.replace(flags, seed=seed, lr_schedule=schedule,
                               init_from=prefix_of(flags.init_from), **seeds)


def require_plain_name(name):
    """UserError where --name is no name for a run folder; "" leaves the choice to the script."""
    if os.path.basename(name) != name or name in (".", "..") or len(name) > 200:
        raise UserError("--name: got {!r}, expected a plain name without slashes, of up to 200 "
                        "letters".format(name))


def _settle_batch(flags, given, processes):
    """`settle` for the flags that make up the batch of a step."""
    if "processes" in given and flags.processes != processes:
        raise UserError("--processes={}, but horovodrun started {}: leave the flag out, and give "
                        "horovodrun -np {}".format(flags.processes, processes, flags.processes))
    if flags.batch_size % flags.devices:
        raise UserError("--batch_size={} cannot be shared by --devices={}: choose a multiple of "
                        "{}".format(flags.batch_size, flags.devices, flags.devices))
    flags = dataclasses.replace(flags, processes=processes)
    images = flags.images_per_step
    if flags.global_batch not in (0, images):
        raise UserError("--global_batch={}, but --batch_size={} x --accumulate={} x {} process{} "
                        "are {}: leave the flag out, or change one of them".format(
                            flags.global_batch, flags.batch_size, flags.accumulate, processes,
                            "" if processes == 1 else "es", images))
    return dataclasses.replace(flags, global_batch=images)


#: What happens to training images. scale: (low, high) factor on the letterbox's scale, or None;
#: flip: bool; seed: int.
Augmentation = collections.namedtuple("Augmentation", "scale flip seed")


def augmentation(flags):
    """The `Augmentation` that the flags ask for."""
    return Augmentation(_random_scale(flags), flags.flip, flags.seed_augment)


def _random_scale(flags):
    """(low, high) of --random_scale, or None."""
    if not flags.random_scale:
        return None
    return parse_range(flags.random_scale, "random_scale", greatest=MOST_SCALE)
