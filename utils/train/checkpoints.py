"""Checkpoints that are whole or absent.

A checkpoint is two files, so no single rename makes it. A new one is written beside; then the old
index goes away first and the new index comes last, so that at every moment there is a whole
checkpoint under the name, or none. What a run resumes from never depends on that moment: its state
has a name of its own per step, and `resume.json`, which names it, is replaced by one rename.

The state before the newest is kept too, named by `resume.before.json`: a damaged newest one costs
the steps since then, and not the run.
"""
import contextlib
import glob
import hashlib
import json
import os
import shutil

from utils import files
from utils.checkpoints.files import index_problem
from utils.errors import UserError
from utils.stored import COUNT, NUMBER, TEXT, Kind, named, object_problem, read_object
from utils.tf_compat import error_reason, tf

_SUFFIX = ".part"
_NO_SPACE = ("cannot write the checkpoint {}: {}: free some space, or choose a folder that you may "
             "write to")


def _files(prefix):
    return glob.glob(glob.escape(prefix) + ".data-*") + glob.glob(glob.escape(prefix) + ".index")


def remove(prefix):
    """Removes a checkpoint's files, the index first; a missing one is no fault."""
    for path in sorted(_files(prefix), key=lambda path: not path.endswith(".index")):
        os.remove(path)


def _discard_parts(start):
    """Removes all that stands beside checkpoints whose paths begin with `start`; TensorFlow adds
    names of its own to those of unfinished files."""
    for path in glob.glob(glob.escape(start) + "*" + _SUFFIX + ".*"):
        os.remove(path)


def remove_leftovers(folder):
    """Removes half-written files that killed processes left in a `RunFolder` that nobody runs."""
    _discard_parts(os.path.join(folder.path, ""))
    for path in (folder.path, folder.test):
        files.remove_leftovers(os.path.join(path, ""))


def save(saver, session, prefix):
    """Saves the saver's variables under `prefix`, whole or not at all.

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    _discard_parts(prefix)
    try:
        saver.save(session, prefix + _SUFFIX, write_meta_graph=False, write_state=False)
        _rename(prefix + _SUFFIX, prefix)
    # ValueError: the folder has gone.
    except (tf.errors.OpError, ValueError, OSError) as error:
        _discard_parts(prefix)
        raise UserError(_NO_SPACE.format(prefix, error_reason(error).split("; ")[-1])) from error


def copy(source, target):
    """Copies a checkpoint, whole or not at all.

    Both names lead to the same bytes where the file system has hard links: a checkpoint is
    replaced, never written into.

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
    """Moves a whole checkpoint over another: at no moment do two halves stand under the name."""
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


def save_resume_state(saver, session, folder, step, window):
    """Saves all that a killed run needs to go on from `step`; keeps the state before it.

    Args:
      saver: of every variable, the optimiser's included.
      folder: a `RunFolder`.
      step: training steps done.
      window: JSON-able state of what is measured between two lines of the metrics.

    Raises:
      UserError, OSError: the disk is full; the states that there were are untouched.
    """
    prefix = folder.resume_checkpoint(step)
    state = {"step": step, "checkpoint": os.path.basename(prefix), "window": window}
    save(saver, session, prefix)
    try:
        _name_state(folder, dict(state, sha256=_checksum(state)))
    except OSError:
        remove(prefix)  # nothing names it, and its space is wanted
        raise
    _remove_other_states(folder)


def _name_state(folder, state):
    """Writes resume.json; what it was becomes resume.before.json."""
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


def has_resume_state(folder):
    """Whether a run has saved a state, be it whole or damaged."""
    return os.path.exists(folder.resume_state) or os.path.exists(folder.earlier_state)


def load_resume_state(folder, tell=lambda line: None):
    """{"step", "checkpoint", "window"} of the newest whole state, or None before the first.

    Where the newest is damaged and the one before it is whole, that one becomes the newest.

    Args:
      folder: a `RunFolder`.
      tell: called with a line that names what is damaged.

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
    raise UserError(f"{problems[0]}, and there is no whole state before it: start a new run with "
                    f"--init_from={folder.path}")


def _read_state(folder, path):
    """The state that a file names; a `UserError` where the file is damaged."""
    state = read_object(path, _STATE, required=tuple(_STATE))
    checksum = state.pop("sha256", None)  # older versions of the project wrote none
    expected = os.path.basename(folder.resume_checkpoint(state["step"]))
    if checksum not in (None, _checksum(state)) or state["checkpoint"] != expected:
        raise UserError(f"{path} is damaged (it fails its checksum)")
    return state


def _require_whole(prefix):
    """Reads a checkpoint through, whose checksums TensorFlow verifies; a `UserError` names the
    damaged file."""
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


def restore(saver, session, prefix):
    """Restores a whole state's variables.

    Raises:
      UserError: the state is of another net.
    """
    try:
        saver.restore(session, prefix)
    except (tf.errors.OpError, ValueError) as error:
        raise UserError(f"{prefix} does not fit the net that the run's flags make here "
                        f"({error_reason(error)}): resume with the version of the project that "
                        "wrote it, or start a new run with "
                        f"--init_from={os.path.dirname(prefix)}") from error
