"""Translates the names of variables in seg-mentor's checkpoints. Plain Python.

In seg-mentor (TF 1.x, 2018) the feature extractor's variables stand under `base_fe_scope/`, and the
decoder's at the top.
"""
from typing import Dict, Iterable, Optional

from utils.errors import UserError

_EXTRACTOR = "base_fe_scope/"
#: First parts of the names of its decoder's variables.
_DECODER = tuple(f"1x1_fcn{stride}_logits" for stride in (32, 16, 8, 4))


def is_of_seg_mentor(names: Iterable[str]) -> bool:
    """Tells whether variable names are those of a seg-mentor checkpoint."""
    return any(name.startswith(_EXTRACTOR) for name in names)


def map_variable_names(checkpoint_names: Iterable[str]) -> Optional[Dict[str, str]]:
    """Maps our names to those of a seg-mentor checkpoint; None for other checkpoints.

    Leaves out the variables of its optimiser and its counters.

    Raises:
      UserError: the decoder is not its plain FCN with fixed upsampling, the only one that has a
        counterpart here.
    """
    if not is_of_seg_mentor(checkpoint_names):
        return None
    names = {}
    for theirs in checkpoint_names:
        scope = theirs.split("/")[0]
        if theirs.startswith(_EXTRACTOR):
            names[theirs[len(_EXTRACTOR):]] = theirs
        elif scope in _DECODER:
            names["decoder/" + theirs] = theirs
        elif "deconv" in scope or scope.startswith(("Conv", "Conv2d_transpose")):
            raise UserError(f"the seg-mentor checkpoint has the layer {scope!r}: expected FCN with "
                            "fixed upsampling; its LinkNet and learned upsampling have no "
                            "counterpart here, train those again")
    slots = tuple("/" + slot for slot in ("Adam", "Adam_1", "Momentum"))
    return {ours: theirs for ours, theirs in names.items() if not theirs.endswith(slots)}
