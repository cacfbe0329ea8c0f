"""The sum of losses that --loss asks for: its terms, and which of them parts of a batch allow."""
from typing import Any, List, Sequence, Union

import numpy as np

from utils.errors import UserError
from utils.registry import Choice
from utils.tf_compat import tf
from utils.train.losses import LOSSES, Mean, Whole
from utils.train.losses.term import Term


def choose_losses(text: str) -> List[Choice]:
    """The losses of a sum, as --loss writes it: "cross_entropy+dice:weight=0.5"."""
    return LOSSES.choose_all(text, "+")


def loss_terms(losses: Sequence[Choice], logits: Any, label: Any, class_weights: Any,
               name: str = "", factor: float = 1.0) -> List[Term]:
    """The terms of the logits of a net, one for each of the losses.

    Args:
      losses: of `choose_losses`.
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      name: of the logits, where they are not those of the net's decoder: "aux".
      factor: of all terms, times their own.
    """
    before = name and name + "_"
    return [Term(before + loss.name, factor * loss.values["weight"],
                 loss.make(logits, label, class_weights)) for loss in losses]


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
            instead = term.part.instead and f"choose {term.part.instead}, or "
            raise UserError(f"--loss={flags.loss}: {term.name} is one value of the whole batch, "
                            f"which does not add up from parts ({_parts(flags)}): {instead}train "
                            "with the batch in one part")


def require_loss(flags: Any, class_weights: Any) -> None:
    """A UserError where --loss cannot be computed with the batch in the parts that flags say.

    The losses tell by what they return for four pixels, in a graph of its own.
    """
    if not in_parts(flags):
        return
    with tf.Graph().as_default():
        logits = tf.zeros([1, 2, 2, len(class_weights)])
        label = tf.zeros([1, 2, 2], tf.uint8)
        require_means(loss_terms(choose_losses(flags.loss), logits, label,
                                 np.asarray(class_weights)), flags)


def in_parts(flags: Any) -> bool:
    """Whether a step computes its batch in several parts."""
    return flags.accumulate * flags.devices * flags.processes > 1


def _parts(flags):
    found = [f"--{name}={getattr(flags, name)}" for name in ("accumulate", "devices")
             if getattr(flags, name) > 1]
    return ", ".join(found + [f"{flags.processes} processes"] * (flags.processes > 1))
