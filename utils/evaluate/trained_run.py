"""The run that fcn_test.py tests: its folder, its flags, its classes and its checkpoint."""
import collections
import dataclasses
import os
from typing import AbstractSet, Any, List, Sequence

from utils.data import resize
from utils.data.datasets.base import distinct_palette
from utils.data.split import Split
from utils.errors import UserError
from utils.evaluate.results import Result, format_size
from utils.evaluate.seg_mentor import letterbox as nearest_letterbox
from utils.runs import run_folder, seg_mentor
from utils.runs.flags import parse_size
from utils.runs.result_name import AVERAGED, ResultName
from utils.runs.roles import names
from utils.runs.runargs import from_dict
from utils.runs.train_flags import ArchFlags, TrainFlags

#: folder: a `RunFolder`. args: its `TrainFlags`, with what the command line says of the net.
#: classes: (names, palette), or None where the run does not tell. letterbox: how the net's images
#: are made. note: what was mapped, or "". changed: what differs from the run, for a result's name.
Run = collections.namedtuple("Run", "folder args classes letterbox note changed")
#: prefix: of its files. word: in a result's name, "", "best" or the iteration.
Checkpoint = collections.namedtuple("Checkpoint", "prefix word")
_NOTE = ("{}: a run of seg-mentor; mapped: variables base_fe_scope/* to the feature extractor and "
         "the others to decoder/*, its upsampling to --align=transposed, its feature extractor to "
         "--basenet={}; images are resized by nearest neighbour, as it did")
#: The flags that decide which net is built.
NET_FLAGS = frozenset(names(ArchFlags))


def open_run(flags: Any, given: AbstractSet[str]) -> Run:
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
        raise UserError("--traindir is missing: give the run's folder, as in "
                        "--traindir=tmp/Nov20_resnet_v1_18__1")
    folder = run_folder.find(flags.traindir)
    stored = folder.read_runargs()
    letterbox, note = resize.letterbox, ""
    if seg_mentor.is_seg_mentor_runargs(stored):
        run_args = from_dict(TrainFlags, seg_mentor.map_runargs(stored), folder.runargs)
        letterbox, note = nearest_letterbox, _NOTE.format(folder.path, run_args.basenet)
        classes = _named_classes(seg_mentor.named_classes(stored))
    else:
        classes, run_args = _named_classes(folder.read_runinfo()), folder.read_flags()
    net_flags = sorted(given & NET_FLAGS)
    args = dataclasses.replace(run_args, **{name: getattr(flags, name) for name in net_flags})
    changed = [f"{name}-{getattr(args, name)}" for name in net_flags
               if getattr(args, name) != getattr(run_args, name)]
    if flags.pixels:
        args = dataclasses.replace(args, pixels=flags.pixels)
        if parse_size(flags.pixels) != parse_size(run_args.pixels):
            changed.insert(0, format_size(parse_size(flags.pixels)))
    return Run(folder, args, classes, letterbox, note, tuple(changed))


def _named_classes(record):
    """(class names, palette) out of a dict with class_names and palette, or None."""
    if not record.get("class_names"):
        return None
    names = tuple(record["class_names"])
    colours = zip(record.get("palette") or [None] * len(names), distinct_palette(len(names)))
    return names, tuple(tuple(colour or other) for colour, other in colours)


def choose_checkpoints(folder: run_folder.RunFolder, afteriter: int = 0, which: str = "last",
                       weights: str = "raw") -> List[Checkpoint]:
    """The checkpoints to test.

    Args:
      folder: a `RunFolder`.
      afteriter: the iteration of a kept checkpoint, or 0.
      which: "last", the newest; "best" on validation; "kept", each kept one.
      weights: "raw", or "ema" for their moving averages at that time.

    Returns:
      list of `Checkpoint`, the newest last.

    Raises:
      UserError: contradicting wishes, or there is no such checkpoint; lists those there are.
    """
    if afteriter and which != "last":
        raise UserError(f"--afteriter={afteriter} and --checkpoint={which} contradict each other: "
                        "give one of them")
    if which == "kept" and folder.kept_checkpoints():
        return [_checkpoint(folder, str(step), weights) for step in folder.kept_checkpoints()]
    return [_checkpoint(folder, str(afteriter or "") if which == "last" else which, weights)]


def _checkpoint(folder, word, weights):
    prefix = (folder.averages if weights == "ema" else folder.checkpoint)(word or None)
    if not os.path.isfile(prefix + ".index"):
        if weights == "ema" and not folder.read_flags().ema:
            raise UserError(f"--weights=ema: {folder.path} keeps no averages: train with --ema, or "
                            "leave the flag out")
        there = [f"--checkpoint={text}" for text, step in (("last", None), ("best", "best"))
                 if os.path.isfile(folder.checkpoint(step) + ".index")]
        there += [f"--afteriter={step}" for step in folder.kept_checkpoints()]
        raise UserError("no checkpoint {}: the run has {}".format(
            prefix, ", ".join(there) or "none"))
    return Checkpoint(prefix, word)


def on_records(run: Run, split: Split) -> Run:
    """Returns the run with a word for the names of results where a split is not that of its own
    records: a test on other images does not replace that of its own."""
    own = run.folder.read_runinfo().get("splits_sha256", {}).get(split.name, split.sha256)
    if own == split.sha256:
        return run
    return run._replace(changed=(*run.changed, f"data-{split.sha256[:8]}"))


def result_name(run: Run, split: str, checkpoint: Checkpoint, weights: str = "raw",
                num_images: int = 0, refinement: Sequence[str] = ()) -> ResultName:
    """Names the result of testing a checkpoint.

    Args:
      split: that is tested.
      weights: "raw" or "ema".
      num_images: how many of the first images; 0 for all.
      refinement: the words of a `Refinement`.
    """
    changes = ((AVERAGED,) if weights == "ema" else ()) + run.changed + tuple(refinement)
    return ResultName(split, checkpoint.word, "_".join(changes), num_images)


def named_result(result: Result, run: Run, checkpoint: Checkpoint,
                 refinement: Sequence[str] = ()) -> Result:
    """Says in a result of which run, checkpoint and refinement of the test it is."""
    return result.with_meta(run=run.folder.name, checkpoint=os.path.basename(checkpoint.prefix),
                            changed=[*run.changed, *refinement])


def require_classes(run: Run, class_names: Sequence[str], datapath: str) -> None:
    """Raises a `UserError` where a dataset's classes are not those that the run was trained on."""
    if run.classes is None or tuple(class_names) == run.classes[0]:
        return
    raise UserError("--datapath={}: {} classes ({}), but the run was trained on {} ({}): give the "
                    "dataset that it was trained on".format(
                        datapath, len(class_names), ", ".join(class_names), len(run.classes[0]),
                        ", ".join(run.classes[0])))
