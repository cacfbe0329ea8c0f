"""Which variables learn at which rate, and which of them decay. Rules go by the names that layers
of tf_slim give their variables."""
from typing import Any, Dict, List, NamedTuple

from utils.runs.train_flags.optimisation import DECODER_SPEEDUP
from utils.tf_compat import tf

#: What batch norm learns.
_SCALE_AND_SHIFT = ("gamma", "beta")
#: Layers whose scope ends so make scores of the classes: the last ones of a net.
_LAST_LAYER = "logits"


class Group(NamedTuple):
    """Variables that learn at one rate.

    Attributes:
      name: of the optimiser's variables for them: "adam", "adam_fast". Checkpoints to resume from
        hold it.
      variables: list.
      multiple: of the learning rate. It is no factor on gradients, which Adam would undo.
    """
    name: str
    variables: List[Any]
    multiple: float


def rate_groups(arch: Any, flags: Any, optimiser: str) -> List[Group]:
    """Sorts what learns by its rate, a product of multiples as DeepLab has them.

    That of the feature extractor or the decoder, times that of the last layers, times that of
    biases. A batch norm's beta is no bias.

    Args:
      arch: a `BaseArch` whose net is built.
      flags: `fcn_train.py`'s flags.
      optimiser: its name.
    """
    groups: Dict[float, Group] = {}
    decoder = arch.decoder_variables()
    for variable in learned_variables(arch, flags):
        multiple = _multiple(variable, variable in decoder, flags)
        group = groups.setdefault(multiple, Group(_name(optimiser, multiple), [], multiple))
        group.variables.append(variable)
    return list(groups.values())


def learned_variables(arch: Any, flags: Any) -> List[Any]:
    """Lists what --freeze_fe and --bn leave to learn, the feature extractor's first."""
    trainable = tf.trainable_variables()
    extractor = [] if flags.freeze_fe else arch.encoder_variables()
    if flags.bn == "freeze_all":
        extractor = [v for v in extractor if not _is_named(v, *_SCALE_AND_SHIFT)]
    return [v for v in extractor + arch.decoder_variables() if v in trainable]


def is_convolution(variable: Any) -> bool:
    """Tells the weights of convolutions from biases, batch norm and depthwise weights: the former
    decay in any case, as in tf_slim's nets."""
    return _is_named(variable, "weights")


def _multiple(variable, in_decoder, flags):
    multiple = flags.lr_extractor
    if in_decoder:
        multiple = DECODER_SPEEDUP if flags.difflr else flags.lr_decoder
        if variable.op.name.rpartition("/")[0].endswith(_LAST_LAYER):
            multiple *= flags.lr_last
    return multiple * flags.lr_biases if _is_named(variable, "biases") else multiple


def _name(optimiser, multiple):
    """The name that runs with --difflr have had from the first on, and others like it."""
    known = {1.0: optimiser, DECODER_SPEEDUP: optimiser + "_fast"}
    return known.get(multiple, f"{optimiser}_x{multiple!r}")


def _is_named(variable, *names):
    return variable.op.name.rpartition("/")[2] in names
