"""Runs that are equal but for the seed are one configuration; what varied among its runs."""
import collections
import dataclasses
import hashlib
import os
from typing import Any, Callable, Dict, Hashable, Iterable, List, Optional, Sequence, Tuple

from utils.report.collect import RunRecord
from utils.report.labels import DEFAULTS, Flags, is_fcn, make_labels, reading_flags
from utils.runs import roles
from utils.runs.train_flags import DECODER_FLAGS, SEED_FLAGS, TrainFlags

#: What stands for an entry that a runinfo lacks.
_UNKNOWN = "?"
#: (lists of runs, each of one configuration) -> of each something hashable.
Companies = Callable[[Sequence[Sequence[RunRecord]]], Sequence[Hashable]]


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Runs that differ in seeds and paths only.

    Attributes:
      id: six hexadecimal digits of the flags' hash, the same in every report.
      label: net, and the flags that differ among the configurations of its test set.
      records: its runs, by seed.
      company: equal for configurations that can be compared.
      differing: {flag: value} of all that differs among those.
      cut: whether the label leaves some of it out.
    """
    id: str
    label: str
    records: Tuple[RunRecord, ...]
    company: Hashable = None
    differing: Dict[str, Any] = dataclasses.field(default_factory=dict, compare=False)
    cut: bool = False

    @property
    def flags(self) -> Flags:
        """The flags that its runs share, and data_sha256."""
        return reading_flags(self.records[0].key)

    @property
    def place(self) -> str:
        """What its data is called: the family that was asked for, or the records' folder."""
        return data_name(self.records[0].args)

    @property
    def setting(self) -> str:
        """What differs from the others of its test set besides net and decoder.

        As "learnrate=0.01 batch_size=8"; flags at their default are left out.
        """
        told = ("basenet", "extended_arch") + (DECODER_FLAGS if is_fcn(self.flags) else ())
        words = ["{}={}".format(name, "none" if value in ("", None) else value)
                 for name, value in self.differing.items()
                 if name not in told and value != DEFAULTS.get(name, ())]
        return " ".join(words)


def data_name(args: Flags) -> str:
    """Names the data: "camvid" for --dataset_family=camvid or --datapath=data/camvid, or "?"."""
    family = str(args.get("dataset_family") or "")
    return family or os.path.basename(str(args.get("datapath") or "").rstrip("/")) or "?"


def subset_name(args: Flags) -> str:
    """Names the list of --subset: "kcentre" for lists/kcentre.txt; "" without one."""
    return os.path.splitext(os.path.basename(str(args.get("subset") or "")))[0]


def group(records: Iterable[RunRecord],
          companies: Optional[Companies] = None) -> List[Configuration]:
    """Makes the `Configuration`s of runs, in the order of their labels; numbered ones last.

    Args:
      companies: gives equal values where results can be compared; None where all can.
    """
    runs: Dict[str, List[RunRecord]] = collections.OrderedDict()
    for record in records:
        runs.setdefault(record.key, []).append(record)
    members = [tuple(sorted(found, key=_seed_order)) for found in runs.values()]
    ids = [_id(key) for key in runs]
    together = companies(members) if companies else [None] * len(members)
    labels = make_labels([reading_flags(key) for key in runs], ids, together,
                         [data_name(found[0].args) for found in members],
                         [subset_name(found[0].args) for found in members])
    order = sorted(range(len(ids)), key=lambda one: (
        labels[one].number, labels[one].text, ids[one]))
    return [Configuration(ids[one], labels[one].text, members[one], together[one],
                          labels[one].flags, labels[one].cut) for one in order]


def _id(key):
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:6]


def _seed_order(record):
    return [-1 if seed is None else seed for seed in record.seeds], record.folder.path


def varied(records: Sequence[RunRecord]) -> Tuple[List[str], List[str]]:
    """Tells what differs among the runs of one configuration.

    Returns:
      (varied, held): two lists, as (["initialisation, order, augmentation together (5 values)"],
      ["data", "flags", "TensorFlow version"]).
    """
    names = [roles.labels(TrainFlags)[flag] for flag in SEED_FLAGS]
    columns = dict(zip(names, zip(*[record.seeds for record in records])))
    changed = [name for name in names if len(set(columns[name])) > 1]
    together = len(changed) > 1 and len({columns[name] for name in changed}) == 1
    varied_, held = [], ["flags", "data"]
    if changed:
        varied_.append("seed of {}{} ({} values)".format(
            ", ".join(changed), " together" if together else "",
            len(set(zip(*[columns[name] for name in changed])))))
    held += ["seed of " + name for name in names if name not in changed]
    for name, values in surroundings(records):
        if len(values) > 1:
            varied_.append("{} ({})".format(name, ", ".join(values)))
        elif values != [_UNKNOWN]:
            held.append(name)
    return varied_, held


def surroundings(records: Sequence[RunRecord]) -> List[Tuple[str, List[str]]]:
    """Lists what runinfo tells of runs' surroundings: [(what, sorted different values)]."""
    git = {str(record.info.get("git", {}).get("commit", _UNKNOWN))[:7] for record in records}
    # The number of cores and the processor change the rounding, and with it every later bit.
    found = [("version", "version"), ("TensorFlow", "tensorflow"), ("NumPy", "numpy"),
             ("Python", "python"), ("host", "host"), ("processor", "processor"), ("cores", "cpus")]
    return [(what, sorted({str(record.info.get(name, _UNKNOWN)) for record in records}))
            for what, name in found] + [("commit", sorted(git))]
