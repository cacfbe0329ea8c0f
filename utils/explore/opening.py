"""Opens the explorations that a command line names."""
import dataclasses
from typing import List, Sequence

from utils.errors import UserError
from utils.explore.dataset import read_metadata
from utils.explore.exploration import Exploration
from utils.explore.flags import Flags
from utils.report.advice import extract_command
from utils.report.collect import collect
from utils.report.study import Options, Study


def explore(flags: Flags, runs: Sequence[str], folds: bool = False) -> Exploration:
    """Opens the runs of one configuration, with `folds` those of its folds.

    Raises:
      UserError: several splits, which html alone can show, or nothing is stored of the runs.
    """
    if "," in flags.split:
        raise UserError(f"--split={flags.split}: expected one split; html and leaks take several")
    study = Study(collect(runs or ["tmp/*"]), Options(
        flags.split, flags.result, level=flags.level, cluster=flags.cluster,
        chosen=(flags.of,) if flags.of else (), command=extract_command))
    extra = read_metadata(flags.metadata, study.samples()[0].names) if flags.metadata else None
    return Exploration(study, flags.datapath, extra, flags.layer, flags.anyway, folds)


def explore_splits(flags: Flags, runs: Sequence[str], splits: Sequence[str],
                   folds: bool = False) -> List[Exploration]:
    """Opens the runs of one configuration, with `folds` those of its folds, on each of the
    splits."""
    return [explore(dataclasses.replace(flags, split=split), runs, folds) for split in splits]


def explore_two(flags: Flags, words: Sequence[str]) -> List[Exploration]:
    """Opens the two configurations that the first two words name, among the runs behind them.

    Raises:
      UserError: fewer words, or both name the same configuration.
    """
    if len(words) < 2:
        raise UserError(f"compare: got {', '.join(words) or 'none'}, expected two configurations "
                        "and then the runs: ids, labels or runs")
    opened = [explore(dataclasses.replace(flags, of=word), words[2:]) for word in words[:2]]
    if opened[0].sample.configuration.id == opened[1].sample.configuration.id:
        raise UserError(f"compare: {' and '.join(words[:2])} are runs of one configuration "
                        f"({opened[0].sample.label}): expected different ones")
    return opened
