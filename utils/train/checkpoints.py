"""Checkpoints that are whole or absent.

A checkpoint is two files, so no single rename makes it. A new one is written beside; then the old
index goes away first and the new index comes last, so that at every moment there is a whole
checkpoint under the name, or none. What a run resumes from never depends on that moment: its state
has a name of its own per step, and `resume.json`, which names it, is replaced by one rename.
"""
import glob
import json
import os
import shutil

from utils.errors import UserError
from utils.files import write_text
from utils.tf_compat import tf

_SUFFIX = ".part"


def _files(prefix):
    return glob.glob(glob.escape(prefix) + ".data-*") + glob.glob(glob.escape(prefix) + ".index")


def remove(prefix):
    """Removes a checkpoint's files, the index first; a missing one is no fault."""
    for path in sorted(_files(prefix), key=lambda path: not path.endswith(".index")):
        os.remove(path)


def save(saver, session, prefix):
    """Saves the saver's variables under `prefix`, whole or not at all.

    Raises:
      UserError: the disk is full or the folder cannot be written.
    """
    remove(prefix + _SUFFIX)
    try:
        saver.save(session, prefix + _SUFFIX, write_meta_graph=False, write_state=False)
    except (tf.errors.OpError, ValueError) as error:  # ValueError: the folder has gone
        raise UserError("cannot write the checkpoint {}: {}: free some space, or choose a folder "
                        "that you may write to".format(prefix, str(error).splitlines()[0][:150]))
    _rename(prefix + _SUFFIX, prefix)


def copy(source, target):
    """Copies a checkpoint, whole or not at all.

    Both names lead to the same bytes where the file system has hard links: a checkpoint is
    replaced, never written into.
    """
    remove(target + _SUFFIX)
    for path in _files(source):
        _link_or_copy(path, target + _SUFFIX + path[len(source):])
    _rename(target + _SUFFIX, target)


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


def save_resume_state(saver, session, folder, step, window):
    """Saves all that a killed run needs to go on from `step`.

    Args:
      saver: of every variable, the optimiser's included.
      folder: a `RunFolder`.
      step: training steps done.
      window: JSON-able state of what is measured between two lines of the metrics.
    """
    prefix = folder.resume_checkpoint(step)
    save(saver, session, prefix)
    write_text(folder.resume_state, json.dumps(
        {"step": step, "checkpoint": os.path.basename(prefix), "window": window}) + "\n")
    for path in glob.glob(glob.escape(os.path.join(folder.path, "resume.ckpt-")) + "*.index"):
        if path != prefix + ".index":
            remove(path[:-len(".index")])


def load_resume_state(folder):
    """{"step", "checkpoint", "window"} of the newest resume state, or None before the first."""
    if not os.path.exists(folder.resume_state):
        return None
    with open(folder.resume_state) as file:
        return json.load(file)
