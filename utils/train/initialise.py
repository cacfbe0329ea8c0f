"""Restores starting weights: a published checkpoint's, or those of another run.

Both functions return a `Coverage`, and fail where it is low. They add no operation to the graph.
"""
import glob
import os
from typing import Any, Dict, Optional, Sequence

from utils.checkpoints.files import checkpoint_exists, named_checkpoint
from utils.checkpoints.restore import Coverage, assign, restore_variables
from utils.errors import UserError
from utils.tf_compat import tf

# ---- checkpoints on disk ----

def locate_checkpoint(modelspath: str, extractor: Any) -> Optional[str]:
    """Finds the prefix of a feature extractor's checkpoint under `modelspath`, or None.

    Looks in the folder itself and in its sub-folders: the published archives unpack to
    mobilenet_v1_1.0_224/mobilenet_v1_1.0_224.ckpt. `modelspath` may also name a checkpoint by its
    prefix or one of its files.
    """
    for folder in [modelspath] + sorted(glob.glob(os.path.join(glob.escape(modelspath), "*", ""))):
        prefix = os.path.join(folder, extractor.checkpoint_file)
        if checkpoint_exists(prefix):
            return prefix
    return None if os.path.isdir(modelspath) else named_checkpoint(modelspath) or None


def find_checkpoint(modelspath: str, extractor: Any) -> str:
    """Finds a checkpoint as `locate_checkpoint`; a `UserError` says where to get a missing one."""
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


# ---- restoring ----

def copy_initial_values(session: Any, graph: Any) -> None:
    """Gives the trainable variables the first values that they have in another graph.

    TensorFlow draws a variable's first value by the seed and by a number: it counts the graph's
    earlier operations (TF 1.15) or random operations (TF 2.x). So the same net has other first
    values in another graph.

    Args:
      session: of the variables' graph.
      graph: of variables of the same names.
    """
    with tf.Session(graph=graph) as other:
        values = other.run({variable.op.name: variable.initializer.inputs[1]
                            for variable in tf.trainable_variables()})
    variables = session.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    assign(session, {variable: values[variable.op.name] for variable in variables})


def restore_extractor(session: Any, extractor: Any, checkpoint: str, variables: Sequence[Any],
                      min_coverage: float = .95) -> Coverage:
    """Restores a feature extractor from its published checkpoint.

    Args:
      session: of the graph.
      extractor: a `FeatureExtractor`.
      checkpoint: prefix, as from `find_checkpoint`.
      variables: of the feature extractor, moving averages included.
      min_coverage: least share of them that the checkpoint must have.

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


def restore_init_from(session: Any, checkpoint: str, variables: Sequence[Any],
                      names: Optional[Dict[str, str]] = None, min_coverage: float = .5) -> Coverage:
    """Restores all matching variables from another run's checkpoint (--init_from).

    The last layer of a run with another number of classes differs in shape: it keeps its first
    values, and counts as mismatched.

    Raises:
      UserError: a missing or damaged file, or coverage below `min_coverage`.
    """
    coverage = restore_variables(session, variables, checkpoint, names=names)
    if coverage.fraction < min_coverage:
        raise UserError(f"--init_from: {coverage}: that is {coverage.fraction:.0%}, expected at "
                        f"least {min_coverage:.0%}; was that run trained with other --basenet or "
                        "--extended_arch?")
    return coverage
