"""Starting weights: a published checkpoint for the encoder, or another run's for the whole net.

Nothing is restored in silence: both functions return a `Coverage`, and fail where it is low. They
add no ops to the graph.
"""
import contextlib
import dataclasses
import glob
import os
from typing import Optional, Tuple

from utils.checkpoint_files import checkpoint_exists, index_problem, named_checkpoint
from utils.errors import UserError
from utils.tf_compat import error_reason, tf

#: What trainers leave in a checkpoint beside the net: of no use to anybody else.
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
        optimizers leave behind.
    """
    checkpoint: str
    restored: Tuple[str, ...]
    missing: Tuple[str, ...]
    mismatched: Tuple[tuple, ...]
    unused: Tuple[str, ...]

    @property
    def fraction(self):
        """Share of the variables that were restored, 0..1; 1 where none were asked for."""
        asked = len(self.restored) + len(self.missing) + len(self.mismatched)
        return len(self.restored) / asked if asked else 1.0

    def __str__(self):
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


# ---- checkpoints on disk ----

def locate_checkpoint(modelspath: str, extractor) -> Optional[str]:
    """Prefix of an extractor's checkpoint under `modelspath`, or None.

    It is looked for in the folder itself and in its sub-folders, since the published archives
    unpack to mobilenet_v1_1.0_224/mobilenet_v1_1.0_224.ckpt. A `modelspath` that names a checkpoint
    itself, by its prefix or one of its files, is that checkpoint.
    """
    for folder in [modelspath] + sorted(glob.glob(os.path.join(glob.escape(modelspath), "*", ""))):
        prefix = os.path.join(folder, extractor.checkpoint_file)
        if checkpoint_exists(prefix):
            return prefix
    return None if os.path.isdir(modelspath) else named_checkpoint(modelspath) or None


def find_checkpoint(modelspath: str, extractor) -> str:
    """`locate_checkpoint`; where there is none, a `UserError` that says where to get it."""
    prefix = locate_checkpoint(modelspath, extractor)
    if prefix is not None:
        return prefix
    if not extractor.is_published:
        raise UserError("no checkpoint {} in {}, and none is published at this width: choose a "
                        "--depth_multiplier of {}, or train with --from_scratch".format(
                            extractor.checkpoint_file, modelspath,
                            ", ".join(f"{width:g}" for width in extractor.widths)))
    where = modelspath if os.path.isdir(modelspath) else "{}, {}".format(
        modelspath, "which is no checkpoint" if os.path.isfile(modelspath)
        else "a folder that is not there")
    raise UserError(
        f"no checkpoint {extractor.checkpoint_file} for {extractor.name} in {where}: get it from "
        f"{extractor.published} and unpack it there (or give --modelspath=FOLDER that has it, or "
        "--from_scratch to train without)")


def open_checkpoint(prefix):
    """A checkpoint reader; a `UserError` where the file is missing or damaged."""
    if not checkpoint_exists(prefix):
        raise UserError(f"no checkpoint at {prefix}: expected {prefix}.index and its data file")
    with _told_as_damage(prefix):
        problem = index_problem(prefix + ".index")
        if problem:
            raise ValueError(problem)
        return tf.train.load_checkpoint(prefix)


@contextlib.contextmanager
def _told_as_damage(prefix):
    """Turns what a checkpoint reader raises for a damaged file into a `UserError`."""
    try:
        yield
    # On TF 2.x the reader raises IndexError and others of Python's own in place of an OpError.
    except (tf.errors.OpError, ValueError, IndexError, RuntimeError) as error:
        raise UserError(f"{prefix} cannot be read as a checkpoint ({error_reason(error)}): copy or "
                        "download it again")


# ---- restoring ----

def restore_variables(session, variables, checkpoint, names=None, ignore=()):
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
    _assign(session, values)
    asked = {names.get(variable.op.name, variable.op.name) for variable in variables}
    return Coverage(checkpoint, tuple(sorted(variable.op.name for variable in sources)),
                    tuple(sorted(missing)), tuple(sorted(mismatched)),
                    tuple(sorted(name for name in shapes if name not in asked
                                 and not _is_expected(name, ignore))))


def _assign(session, values):
    """Runs the variables' own initializers with other values: no new ops, final graphs too."""
    session.run([variable.initializer for variable in values],
                {variable.initializer.inputs[1]: value for variable, value in values.items()})


def copy_initial_values(session, graph):
    """Gives the trainable variables the values that they would begin with in another graph.

    TensorFlow draws a variable's first value by the seed and by how many operations (TF 1.15) or
    random operations (TF 2.x) its graph had before: the same net in another graph may begin
    elsewhere.

    Args:
      session: of the variables' graph.
      graph: of variables of the same names.
    """
    with tf.Session(graph=graph) as other:
        values = other.run({variable.op.name: variable.initializer.inputs[1]
                            for variable in tf.trainable_variables()})
    variables = session.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    _assign(session, {variable: values[variable.op.name] for variable in variables})


def _is_expected(name, ignore):
    return bool(set(name.split("/")) & set(_LEFTOVERS)) or \
        any(name.startswith(scope + "/") for scope in ignore)


def restore_extractor(session, extractor, checkpoint, variables, min_coverage=.95):
    """Restores an encoder from its published checkpoint.

    Args:
      session: of the graph.
      extractor: a `FeatureExtractor`.
      checkpoint: prefix, as from `find_checkpoint`.
      variables: the encoder's variables, moving averages included.
      min_coverage: share of them that must be found.

    Returns:
      `Coverage`; the classification head in the checkpoint does not count as unused.

    Raises:
      UserError: a missing or damaged file, or coverage below `min_coverage`.
    """
    coverage = restore_variables(session, variables, checkpoint, ignore=extractor.head_scopes)
    if coverage.fraction < min_coverage:
        raise UserError(f"{coverage}: that is {coverage.fraction:.0%}, expected at least "
                        f"{min_coverage:.0%}; is it the checkpoint of {extractor.name} "
                        f"({extractor.published})?")
    return coverage


def restore_init_from(session, checkpoint, variables, names=None, min_coverage=.5):
    """Restores all that matches from another run's checkpoint (--init_from).

    The last layer of a run with another number of classes differs in shape; it is left as it was
    initialised and stands in the coverage as mismatched.

    Raises:
      UserError: a missing or damaged file, or coverage below `min_coverage`.
    """
    coverage = restore_variables(session, variables, checkpoint, names=names)
    if coverage.fraction < min_coverage:
        raise UserError(f"--init_from: {coverage}: that is {coverage.fraction:.0%}, expected at "
                        f"least {min_coverage:.0%}; was that run trained with other --basenet or "
                        "--extended_arch?")
    return coverage
