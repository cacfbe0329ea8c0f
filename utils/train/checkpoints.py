"""Writes checkpoints, whole or not at all, and the states that killed runs go on from.

A checkpoint is two files, so no single rename makes it. A new checkpoint is written under another
name. Then the old index is removed first, and the new index is renamed last. Hence at every moment
the name leads to a whole checkpoint or to none.

A run does not resume from that name: each state has a name of its own step. `resume.json` names the
newest state, and is replaced by one rename. `resume.before.json` names the state before it: where
the newest is damaged, a run repeats the steps since then.
"""
import contextlib
import glob
import hashlib
import json
import os
import shutil
from typing import Any, Callable, Dict, Optional

from utils import files
from utils.checkpoints.files import index_problem
from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.stored import COUNT, NUMBER, TEXT, Kind, named, object_problem, read_object
from utils.tf_compat import error_reason, tf

_SUFFIX = ".part"
_NO_SPACE = ("cannot write the checkpoint {}: {}: free some space, or choose a folder that you may "
             "write to")


def _files(prefix):
    return glob.glob(glob.escape(prefix) + ".data-*") + glob.glob(glob.escape(prefix) + ".index")


def remove(prefix: str) -> None:
    """Removes a checkpoint's files, the index first; does nothing where there are none."""
    for path in sorted(_files(prefix), key=lambda path: not path.endswith(".index")):
        os.remove(path)


def _discard_parts(start):
    """Removes unfinished files of checkpoints whose paths begin with `start`.

    TensorFlow appends to the names of its unfinished files.
    """
    for path in glob.glob(glob.escape(start) + "*" + _SUFFIX + ".*"):
        os.remove(path)


def remove_leftovers(folder: RunFolder) -> None:
    """Removes half-written files of killed processes from a run's folder; nobody may train it."""
    _discard_parts(os.path.join(folder.path, ""))
    for path in (folder.path, folder.test):
        files.remove_leftovers(os.path.join(path, ""))


def save(saver: Any, session: Any, prefix: str) -> None:
    """Saves the saver's variables under `prefix`, whole or not at all.

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    _discard_parts(prefix)
    try:
        saver.save(session, prefix + _SUFFIX, write_meta_graph=False, write_state=False)
        _rename(prefix + _SUFFIX, prefix)
    # ValueError: the folder is missing.
    except (tf.errors.OpError, ValueError, OSError) as error:
        _discard_parts(prefix)
        raise UserError(_NO_SPACE.format(prefix, error_reason(error).split("; ")[-1])) from error


def copy(source: str, target: str) -> None:
    """Copies a checkpoint, whole or not at all.

    Where the file system has hard links, both names lead to the same bytes: checkpoints are
    replaced, and never written into.

    Args:
      source, target: prefixes.

    Raises:
      UserError: the disk is full.
    """
    _discard_parts(target)
    try:
        for path in _files(source):
            _link_or_copy(path, target + _SUFFIX + path[len(source):])
        _rename(target + _SUFFIX, target)
    except OSError as error:
        _discard_parts(target)
        raise UserError(_NO_SPACE.format(target, error.strerror or error)) from error


def _link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _rename(source, target):
    """Moves a whole checkpoint over another; at no moment does the name lead to two halves."""
    written = sorted(_files(source))  # .data-... before .index
    for path in written:
        _flush(path)
    remove(target)
    for path in written:
        os.rename(path, target + path[len(source):])


def _flush(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


# ---- the state that a killed run goes on from ----

_STATE = {
    "step": COUNT, "checkpoint": TEXT,
    "window": Kind("steps and sums", lambda value: not object_problem(
        value, {"steps": COUNT, "sums": named(NUMBER)}, ("steps", "sums")))}


def save_resume_state(saver: Any, session: Any, folder: RunFolder, step: int,
                      window: Dict[str, Any]) -> None:
    """Saves all that a killed run needs to go on from `step`; keeps the state before it.

    Args:
      saver: of every variable, the optimiser's included.
      folder: the run's.
      step: training steps done.
      window: the state of `utils.train.loop.Window`, as JSON has it.

    Raises:
      UserError, OSError: the disk is full; the earlier states are untouched.
    """
    prefix = folder.resume_checkpoint(step)
    state = {"step": step, "checkpoint": os.path.basename(prefix), "window": window}
    save(saver, session, prefix)
    try:
        _name_state(folder, dict(state, sha256=_checksum(state)))
    except OSError:
        remove(prefix)  # nothing names it, and it takes space
        raise
    _remove_other_states(folder)


def _name_state(folder, state):
    """Writes resume.json; the content it had becomes resume.before.json."""
    if os.path.exists(folder.resume_state):
        with open(folder.resume_state, "rb") as file:
            files.write_bytes(folder.earlier_state, file.read())
    files.write_text(folder.resume_state, json.dumps(state) + "\n")


def _remove_other_states(folder):
    """Removes the checkpoints of states that neither file names."""
    kept = set()
    for path in (folder.resume_state, folder.earlier_state):
        with contextlib.suppress(UserError):  # missing, or damaged and of no use
            kept.add(_read_state(folder, path)["checkpoint"])
    for path in glob.glob(glob.escape(os.path.join(folder.path, "resume.ckpt-")) + "*"):
        prefix = path.split(".data-")[0].split(".index")[0]
        if os.path.basename(prefix) not in kept:
            remove(prefix)


def _checksum(state):
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode("utf-8")).hexdigest()


def has_resume_state(folder: RunFolder) -> bool:
    """Tells whether a run has saved a state, whole or damaged."""
    return os.path.exists(folder.resume_state) or os.path.exists(folder.earlier_state)


def load_resume_state(folder: RunFolder,
                      tell: Callable[[str], None] = lambda line: None
                      ) -> Optional[Dict[str, Any]]:
    """Reads the newest whole state, or None before the first.

    Where the newest state is damaged and the state before it is whole, that becomes the newest.

    Args:
      folder: the run's.
      tell: called with a line that names the damaged file.

    Returns:
      dict of step, checkpoint (its file name) and window, as `save_resume_state` got them.

    Raises:
      UserError: no state is whole.
    """
    if not has_resume_state(folder):
        return None
    problems = []
    for path in (folder.resume_state, folder.earlier_state):
        try:
            state = _read_state(folder, path)
            _require_whole(os.path.join(folder.path, state["checkpoint"]))
        except UserError as error:
            problems.append(str(error))
            continue
        if problems:
            tell("{}; going on from the state before it, of step {}".format(
                problems[0], state["step"]))
            with open(path, "rb") as file:
                files.write_bytes(folder.resume_state, file.read())
        return state
    weights = os.path.isfile(folder.checkpoint() + ".index")
    raise UserError(f"{problems[0]}, and there is no whole state before it: start a new run"
                    + (f" with --init_from={folder.path}" if weights else ""))


def _read_state(folder, path):
    """Reads the state that a file names; a `UserError` where the file is damaged."""
    state = read_object(path, _STATE, required=tuple(_STATE))
    checksum = state.pop("sha256", None)  # older runs have none
    expected = os.path.basename(folder.resume_checkpoint(state["step"]))
    if checksum not in (None, _checksum(state)) or state["checkpoint"] != expected:
        raise UserError(f"{path} is damaged (it fails its checksum)")
    return state


def _require_whole(prefix):
    """Reads a whole checkpoint, so that TensorFlow verifies its checksums.

    Raises:
      UserError: names the damaged or missing file.
    """
    path = prefix + ".index"
    try:
        problem = index_problem(path)
        if problem:
            raise ValueError(problem)
        reader = tf.train.load_checkpoint(prefix)
        names = sorted(reader.get_variable_to_shape_map())
        path = prefix + ".data-00000-of-00001"
        for name in names:
            reader.get_tensor(name)
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    # On TF 2.x the reader raises IndexError and others of Python's own in place of an OpError.
    except (tf.errors.OpError, OSError, ValueError, IndexError, RuntimeError) as error:
        raise UserError(f"{path} is damaged ({error_reason(error)})") from error


def restore(saver: Any, session: Any, prefix: str) -> None:
    """Restores the variables of a state from its checkpoint.

    Raises:
      UserError: the checkpoint is of another net.
    """
    try:
        saver.restore(session, prefix)
    except (tf.errors.OpError, ValueError) as error:
        raise UserError(f"{prefix} does not fit the net that the run's flags make here "
                        f"({error_reason(error)}): resume with the version of the project that "
                        "wrote it, or start a new run with "
                        f"--init_from={os.path.dirname(prefix)}") from error
