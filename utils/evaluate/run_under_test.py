"""The run that fcn_test.py tests: its folder, its flags, its classes and its checkpoint. No TensorFlow."""
import collections
import dataclasses
import os

from utils.errors import UserError
from utils.evaluate import seg_mentor
from utils.evaluate.results import format_size
from utils.runs import run_folder
from utils.runs.flags import from_dict, parse_size
from utils.runs.train_flags import ArchFlags, TrainFlags

#: folder: a `RunFolder`. args: its `TrainFlags`, with what the command line says of the net. classes:
#: (names, palette), or None where the run does not tell. variable_name: variable's name -> name in the
#: checkpoint. note: what was mapped, or "". changed: what differs from the run, for the result's name.
Run = collections.namedtuple("Run", "folder args classes variable_name note changed")
#: The flags that decide which net is built.
NET_FLAGS = frozenset(field.name for field in dataclasses.fields(ArchFlags))


def open_run(flags, given):
    """Finds the run that `flags.traindir` names.

    Args:
      flags: an object with traindir, pixels and the fields of `ArchFlags`.
      given: names of the flags that were on the command line; these win over the run's.

    Returns:
      `Run`.

    Raises:
      UserError: no such run (lists those there are), or its files are damaged.
    """
    if not flags.traindir:
        raise UserError("--traindir is missing: give the run's folder, as in --traindir=tmp/{}".format(
            "Nov20_resnet_v1_18__1"))
    folder = run_folder.find(flags.traindir)
    stored = folder.read_runargs()
    if seg_mentor.is_seg_mentor(stored):
        note, variable_name = seg_mentor.note(folder.path), seg_mentor.checkpoint_name
        classes, stored = seg_mentor.classes(stored), seg_mentor.map_runargs(stored)
    else:
        note, variable_name, classes = "", str, _recorded_classes(folder)
    run_args = from_dict(TrainFlags, stored)
    net_flags = sorted(given & NET_FLAGS)
    args = dataclasses.replace(run_args, **{name: getattr(flags, name) for name in net_flags})
    changed = ["{}-{}".format(name, getattr(args, name)) for name in net_flags
               if getattr(args, name) != getattr(run_args, name)]
    if flags.pixels:
        args = dataclasses.replace(args, pixels=flags.pixels)
        if parse_size(flags.pixels) != parse_size(run_args.pixels):
            changed.insert(0, format_size(parse_size(flags.pixels)))
    return Run(folder, args, classes, variable_name, note, tuple(changed))


def _recorded_classes(folder):
    info = folder.read_runinfo()
    if "class_names" not in info or "palette" not in info:
        return None
    return tuple(info["class_names"]), tuple(tuple(colour) for colour in info["palette"])


def choose_checkpoint(folder, afteriter=0, best=False):
    """The checkpoint to test.

    Args:
      folder: a `RunFolder`.
      afteriter: the iteration of a kept checkpoint, or 0.
      best: the best on validation instead of the newest.

    Returns:
      (prefix, its word in a result's name: "", "best" or the iteration).

    Raises:
      UserError: both are asked for, or there is no such checkpoint; lists those there are.
    """
    if afteriter and best:
        raise UserError("--afteriter={} and --checkpoint=best contradict each other: give one of "
                        "them".format(afteriter))
    word = "best" if best else str(afteriter or "")
    prefix = folder.checkpoint(word or None)
    if not os.path.isfile(prefix + ".index"):
        there = ["--checkpoint={}".format(text) for text, step in (("last", None), ("best", "best"))
                 if os.path.isfile(folder.checkpoint(step) + ".index")]
        there += ["--afteriter={}".format(step) for step in folder.kept_checkpoints()]
        raise UserError("no checkpoint {}: the run has {}".format(prefix, ", ".join(there) or "none"))
    return prefix, word


def require_classes(run, class_names, datapath):
    """Raises a `UserError` where a dataset's classes are not those that the run was trained on."""
    if run.classes is None or tuple(class_names) == run.classes[0]:
        return
    raise UserError("--datapath={}: {} classes ({}), but the run was trained on {} ({}): give the "
                    "dataset that it was trained on".format(
                        datapath, len(class_names), ", ".join(class_names), len(run.classes[0]),
                        ", ".join(run.classes[0])))
