"""Checkpoints read into variables: nothing is restored in silence, and no ops are added."""
import contextlib
import dataclasses
import os
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from utils.checkpoints.files import checkpoint_exists, index_problem
from utils.checkpoints.seg_mentor import map_variable_names
from utils.errors import UserError
from utils.tf_compat import error_reason, tf

#: Variables of a training in a checkpoint, beside those of its net; they are not restored.
_LEFTOVERS = ("ExponentialMovingAverage", "RMSProp", "RMSProp_1", "Momentum", "Adam", "Adam_1",
              "beta1_power", "beta2_power", "global_step", "mean_rgb")


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What a checkpoint had for a list of variables.

    Attributes:
      checkpoint: the checkpoint's prefix.
      restored: names of the variables that were restored.
      missing: names of variables that the checkpoint has not.
      mismatched: (name, shape of the variable, shape in the checkpoint) where the two differ.
      unused: names in the checkpoint that nothing asked for, without classification heads and what
        optimisers leave behind.
    """
    checkpoint: str
    restored: Tuple[str, ...]
    missing: Tuple[str, ...]
    mismatched: Tuple[tuple, ...]
    unused: Tuple[str, ...]

    @property
    def fraction(self) -> float:
        """Share of the variables that were restored, 0..1; 1 where none were asked for."""
        asked = len(self.restored) + len(self.missing) + len(self.mismatched)
        return len(self.restored) / asked if asked else 1.0

    def __str__(self) -> str:
        asked = len(self.restored) + len(self.missing) + len(self.mismatched)
        text = f"restored {len(self.restored)} of {asked} variables from {self.checkpoint}"
        if self.missing:
            text += f"; missing in the checkpoint: {_some(self.missing)}"
        if self.mismatched:
            text += "; of another shape: {}".format(_some([
                f"{name} {_shape(here)} here, {_shape(there)} there"
                for name, here, there in self.mismatched]))
        if self.unused:
            text += f"; unused: {_some(self.unused)}"
        return text


def _shape(shape):
    return "x".join(str(side) for side in shape) or "scalar"


def _some(names, limit=4):
    shown = ", ".join(list(names)[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")


def open_checkpoint(prefix: str) -> Any:
    """Returns a checkpoint reader; a `UserError` where the file is missing or damaged."""
    if not checkpoint_exists(prefix):
        raise UserError(f"no checkpoint at {prefix}: expected {prefix}.index and its data file")
    with _told_as_damage(prefix):
        index = prefix + ".index"
        problem = index_problem(index) if os.path.isfile(index) else ""  # one file has none
        if problem:
            raise ValueError(problem)
        return tf.train.load_checkpoint(prefix)


@contextlib.contextmanager
def _told_as_damage(prefix: str) -> Iterator[None]:
    """Turns what a checkpoint reader raises for a damaged file into a `UserError`."""
    try:
        yield
    # On TF 2.x the reader raises IndexError and others of Python's own in place of an OpError.
    except (tf.errors.OpError, ValueError, IndexError, RuntimeError) as error:
        raise UserError(f"{prefix} cannot be read as a checkpoint ({error_reason(error)}): copy or "
                        "download it again") from error


# ---- restoring ----

def restore_variables(session: Any, variables: Sequence[Any], checkpoint: str,
                      names: Optional[Dict[str, str]] = None, ignore: Sequence[str] = ()
                      ) -> Coverage:
    """Restores what a checkpoint has under the right name and shape.

    Args:
      session: of the variables' graph.
      variables: list of variables.
      checkpoint: prefix.
      names: {variable's name: name in the checkpoint}; a variable not in it is looked for under its
        own name.
      ignore: scopes whose variables in the checkpoint do not count as unused.

    Returns:
      `Coverage`.
    """
    reader = open_checkpoint(checkpoint)
    shapes = reader.get_variable_to_shape_map()
    names = names or {}
    sources, missing, mismatched = {}, [], []
    for variable in variables:
        name = variable.op.name
        source = names.get(name, name)
        if source not in shapes:
            missing.append(name)
        elif list(shapes[source]) != variable.shape.as_list():
            mismatched.append((name, tuple(variable.shape.as_list()), tuple(shapes[source])))
        else:
            sources[variable] = source
    with _told_as_damage(checkpoint):
        values = {variable: reader.get_tensor(source) for variable, source in sources.items()}
    assign(session, values)
    asked = {names.get(variable.op.name, variable.op.name) for variable in variables}
    return Coverage(checkpoint, tuple(sorted(variable.op.name for variable in sources)),
                    tuple(sorted(missing)), tuple(sorted(mismatched)),
                    tuple(sorted(name for name in shapes if name not in asked
                                 and not _is_expected(name, ignore))))


def assign(session: Any, values: Dict[Any, Any]) -> None:
    """Gives variables other values by their own initializers: no new ops, final graphs too."""
    session.run([variable.initializer for variable in values],
                {variable.initializer.inputs[1]: value for variable, value in values.items()})


def restore_run(session: Any, variables: Sequence[Any], checkpoint: str) -> Coverage:
    """Restores a run's net; where seg-mentor wrote the checkpoint, under seg-mentor's names.

    Args:
      session: of the variables' graph.
      variables: list of variables.
      checkpoint: prefix.

    Returns:
      `Coverage`.

    Raises:
      UserError: a missing or damaged file, or a net of seg-mentor's that has no counterpart.
    """
    stored = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return restore_variables(session, variables, checkpoint, map_variable_names(stored))


def _is_expected(name, ignore):
    return bool(set(name.split("/")) & set(_LEFTOVERS)) or \
        any(name.startswith(scope + "/") for scope in ignore)
