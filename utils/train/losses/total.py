"""The sum of losses that --loss asks for: its terms, what they need of the input, and whether they
can be computed as the flags say."""
from typing import Any, List, Sequence, Tuple, Union

import numpy as np

from utils.data.distance_maps import DistanceMaps, grid
from utils.errors import UserError
from utils.registry import Choice
from utils.tf_compat import tf
from utils.train.losses import LOSSES, Mean, Whole
from utils.train.losses.term import Term, Truth


def choose_losses(text: str) -> List[Choice]:
    """The losses of a sum, as --loss writes it: "cross_entropy+dice:weight=0.5"."""
    return LOSSES.choose_all(text, "+")


def map_strides(losses: Sequence[Choice]) -> Tuple[int, ...]:
    """The strides of the distance maps that losses need, each once."""
    return tuple(sorted({loss.entry.stride(loss.own) for loss in losses} - {0}))


def input_maps(flags: Any, num_classes: int) -> DistanceMaps:
    """The `DistanceMaps` that the input has to make for --loss."""
    return DistanceMaps(map_strides(choose_losses(flags.loss)), num_classes)


def loss_terms(losses: Sequence[Choice], logits: Any, truth: Truth, class_weights: Any,
               name: str = "", factor: float = 1.0) -> List[Term]:
    """The terms of the logits of a net, one for each of the losses.

    Args:
      losses: of `choose_losses`.
      logits: float32 [N, H, W, C].
      truth: with maps of all `map_strides`.
      class_weights: float [C].
      name: of the logits, where they are not those of the net's decoder: "aux".
      factor: of all terms, times their own.
    """
    before = name and name + "_"
    return [Term(before + loss.name, factor * loss.values["weight"],
                 loss.make(logits, truth.label, class_weights,
                           *loss.entry.further(truth, loss.own)),
                 _by_image(loss)) for loss in losses]


def _by_image(loss):
    """A loss of the whole batch by images, as --loss writes it; "" where there is none."""
    return LOSSES.choose(loss.text + ":over=image").text if loss.own.get("over") == "batch" else ""


def term_value(part: Union[Mean, Whole]) -> Any:
    """The float32 scalar of a `Mean` or a `Whole`."""
    return part.value if isinstance(part, Whole) else tf.div_no_nan(part.total, part.weight)


def total_loss(factors: Sequence[float], values: Sequence[Any]) -> Any:
    """The float32 scalar sum of values times their factors; a factor of 1 adds no operation."""
    scaled = [value if factor == 1 else factor * value for factor, value in zip(factors, values)]
    return scaled[0] if len(scaled) == 1 else tf.add_n(scaled)


def require_means(terms: Sequence[Term], flags: Any) -> None:
    """A UserError where a term cannot be computed in parts of a batch.

    Args:
      terms: of `loss_terms`.
      flags: `fcn_train.py`'s flags, of a batch in parts.
    """
    for term in terms:
        if isinstance(term.part, Whole):
            instead = term.instead and f"choose {term.instead}, or "
            raise UserError(f"--loss={flags.loss}: {term.name} is one value of the whole batch, "
                            f"which does not add up from parts ({_parts(flags)}): {instead}train "
                            "with the batch in one part")


def require_loss(flags: Any, class_weights: Any) -> None:
    """A UserError where --loss cannot be computed with the batch in the parts that flags say, or
    has no use for --hard_example_mining_steps.

    The losses tell by what they return for four pixels, in a graph of its own.
    """
    losses = choose_losses(flags.loss)
    if flags.hard_example_mining_steps and not any(loss.entry.mines for loss in losses):
        miners = [name for name in LOSSES.names() if LOSSES.get(name).mines]
        raise UserError(f"--loss={flags.loss} mines no hard examples, so that "
                        "--hard_example_mining_steps has no effect: leave it out, or choose "
                        + " or ".join(miners))
    if not in_parts(flags):
        return
    classes = len(class_weights)
    with tf.Graph().as_default():
        maps = {stride: tf.zeros([1, classes] + [len(range(2)[grid(stride)])] * 2)
                for stride in map_strides(losses)}
        truth = Truth(tf.zeros([1, 2, 2], tf.uint8), maps)
        require_means(loss_terms(losses, tf.zeros([1, 2, 2, classes]), truth,
                                 np.asarray(class_weights)), flags)


def loss_note(flags: Any) -> str:
    """A line for the log on a loss that does not train a decoder by itself; "" for others.

    Args:
      flags: `fcn_train.py`'s flags (loss, init_from).
    """
    losses = choose_losses(flags.loss)
    if flags.init_from or not all(loss.entry.alone for loss in losses):
        return ""
    return (f"note: --loss={flags.loss} does not train a decoder from random weights: "
            f"{losses[0].entry.alone}; choose cross_entropy+{flags.loss}, or give --init_from")


def in_parts(flags: Any) -> bool:
    """Whether a step computes its batch in several parts."""
    return flags.accumulate * flags.devices * flags.processes > 1


def _parts(flags):
    found = [f"--{name}={getattr(flags, name)}" for name in ("accumulate", "devices")
             if getattr(flags, name) > 1]
    return ", ".join(found + [f"{flags.processes} processes"] * (flags.processes > 1))
