"""Advises what to run next, as commands that can be pasted into a shell."""
import dataclasses
import re
import shlex
from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Tuple

from utils.evaluate.refinement import refinement_flags
from utils.report.collect import RunRecord
from utils.report.configurations import Configuration
from utils.report.section import Advice
from utils.runs import seg_mentor
from utils.runs.result_name import AVERAGED, ResultName, parse_rest
from utils.runs.roles import names
from utils.runs.runargs import from_dict
from utils.runs.train_flags import SEED_FLAGS, TrainFlags

if TYPE_CHECKING:
    from utils.report.study import Study

#: Flags that name one run, are recorded by the run itself, or are set by what starts it.
_SIZE = re.compile(r"(?:^|_)(\d+x\d+|native)(?=_|$)")
_NOT_GIVEN = names(TrainFlags, ("seed", "run", "derived")) + names(TrainFlags, mark="launcher")


def test_command(record: RunRecord, split: str, result: str = "") -> str:
    """Makes the fcn_test.py command that makes a result.

    Args:
      split: that is tested.
      result: the rest of its file's name: "", "best", "kept", "3000", "best_384x384", "native",
        "first20", "ema_scales-0.75-1_flip".
    """
    name = parse_rest(split, result)
    words = [f"python fcn_test.py --traindir={shlex.quote(record.folder.path)} --split={split}",
             *_net_flags(name), *refinement_flags(name.changes)]
    if name.images:
        words.append(f"--num_images={name.images}")
    return " ".join(words)


def extract_command(record: RunRecord, split: str, result: str = "") -> str:
    """Makes the fcn_explore.py command that stores a result with what its images look like.

    Args:
      split, result: as of `test_command`; other checkpoints than the best, a part of the images and
        refinements are not for fcn_explore.py, and are left out.
    """
    flags = [word for word in _net_flags(parse_rest(split, result))
             if word.startswith(("--pixels=", "--weights=")) or word == "--checkpoint=best"]
    return " ".join([f"python fcn_explore.py extract {shlex.quote(record.folder.path)} "
                     f"--split={split}", *flags])


def _net_flags(name: ResultName) -> List[str]:
    """Lists the flags of the weights and the size that a result is of."""
    words = []
    if name.checkpoint:
        words.append(("--afteriter=" if name.checkpoint.isdigit() else "--checkpoint=")
                     + name.checkpoint)
    size = _SIZE.search(name.changes)
    if size:
        words.append("--pixels=" + size.group(1).replace("native", "0"))
    if AVERAGED in name.changes.split("_"):
        words.append("--weights=ema")
    return words


def report_command(study: "Study", command: str) -> str:
    """Makes the fcn_report.py command that prints an analysis of a study's runs."""
    return " ".join([f"python fcn_report.py {command}"]
                    + list(map(shlex.quote, study.collection.words)) + _report_flags(study))


def compare_command(study: "Study", configurations: Sequence[Configuration]) -> str:
    """Makes the fcn_report.py command that prints the verdicts on configurations of a study."""
    runs = ",".join(study.collection.words)
    return " ".join(["python fcn_report.py compare"] + [one.id for one in configurations]
                    + ([f"--runs={shlex.quote(runs)}"] if runs else []) + _report_flags(study))


def _report_flags(study):
    """Lists the flags of fcn_report.py that are not at their defaults."""
    usual = type(study.options)()
    names = ("split", "result", "metric", "level", "cluster", "last", "looks", "base")
    words = [_flag(name, getattr(study.options, name)) for name in names
             if getattr(study.options, name) != getattr(usual, name)]
    if study.options.margin != usual.margin:
        words.append(_flag("margin", f"{100 * study.options.margin:g}"))
    return words


def resume_command(record: RunRecord) -> str:
    """Makes the fcn_train.py command that goes on with a killed run."""
    return f"python fcn_train.py --resume={shlex.quote(record.folder.path)}"


def more_seeds(configuration: Configuration, **changes: Any) -> Optional[Advice]:
    """Makes the `Advice` that adds a run with a new seed to a configuration.

    A configuration of seg-mentor has none: training it here would be another one.

    Args:
      changes: flags that the new run is to have besides.
    """
    record = configuration.records[-1]
    # Training a run of seg-mentor here would be another configuration.
    if seg_mentor.is_seg_mentor_runargs(record.args):
        return None
    args = dataclasses.replace(from_dict(TrainFlags, record.args), **changes)
    words = [_flag(field.name, getattr(args, field.name)) for field in dataclasses.fields(args)
             if field.name not in _NOT_GIVEN and getattr(args, field.name) != field.default]
    start = [f"horovodrun -np {args.processes}"] if args.processes > 1 else []
    return Advice("One more seed of " + configuration.label, " ".join(
        start + ["python fcn_train.py"] + words + _seeds(configuration)))


def _seeds(configuration):
    """Returns a new seed for the sources that varied among the runs, all where none did."""
    columns = dict(zip(SEED_FLAGS, zip(*[record.seeds for record in configuration.records])))
    used = [seed for column in columns.values() for seed in column if seed is not None]
    fresh = max(used + [0]) + 1
    varied = [name for name, column in columns.items() if len(set(column)) > 1]
    if len(varied) in (0, len(SEED_FLAGS)):
        return [_flag("seed", fresh)]
    return [_flag(name, fresh if name in varied else column[0])
            for name, column in columns.items() if name in varied or column[0] is not None]


def more_seeds_of(configurations: Sequence[Configuration]) -> Tuple[Advice, ...]:
    """Makes the `Advice`s of `more_seeds` for the configurations that can have them."""
    return tuple(filter(None, map(more_seeds, configurations)))


def _flag(name, value):
    if isinstance(value, bool):
        return "--{}{}".format("" if value else "no-", name)
    return f"--{name}={shlex.quote(str(value))}"
