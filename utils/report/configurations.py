"""Runs that are equal but for the seed are one configuration; what a configuration is called."""
import collections
import dataclasses
import hashlib
from typing import Tuple

from utils.errors import UserError
from utils.report.collect import RunRecord, key_flags

#: Flags that the name of the decoder already tells.
_DECODER_FLAGS = ("extended_arch", "fcn16", "fcn8", "fcn4")
#: Short forms in labels.
_SHORT = {"data_sha256": "data", "batch_size": "batch", "learnrate": "lr",
          "class_weights": "weights", "trainable_upsampling": "learned_upsampling"}


@dataclasses.dataclass(frozen=True)
class Configuration(object):
    """Runs that differ in seeds and paths only.

    Attributes:
      id: six hexadecimal digits of the flags' hash, the same in every report.
      label: net, and the flags that differ among the configurations at hand.
      records: its runs, by seed.
    """
    id: str
    label: str
    records: Tuple[RunRecord, ...]

    @property
    def flags(self):
        """The flags that its runs share, and data_sha256."""
        return key_flags(self.records[0].key)


def decoder_name(args):
    """"FCN32", "FCN16", "FCN8", "FCN4", or the name of another decoder."""
    if args.get("extended_arch"):
        return args["extended_arch"]
    stride = next((name for name in ("fcn4", "fcn8", "fcn16") if args.get(name)), "fcn32")
    return stride.upper()


def group(records):
    """The `Configuration`s of runs, sorted by label."""
    runs = collections.OrderedDict()
    for record in records:
        runs.setdefault(record.key, []).append(record)
    labels = _labels([key_flags(key) for key in runs])
    found = [Configuration(_id(key), label, tuple(sorted(members, key=_seed_order)))
             for (key, members), label in zip(runs.items(), labels)]
    counts = collections.Counter(configuration.label for configuration in found)
    found = [configuration if counts[configuration.label] == 1 else
             dataclasses.replace(configuration,
                                 label="{} ({})".format(configuration.label, configuration.id))
             for configuration in found]
    return sorted(found, key=lambda configuration: (configuration.label, configuration.id))


def _id(key):
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:6]


def _seed_order(record):
    return [-1 if seed is None else seed for seed in record.seeds], record.folder.path


def differing_flags(flags):
    """{name: [value of each]} of what is not equal among dicts; None where one has no such flag."""
    names = sorted(set().union(*flags)) if flags else []
    values = {name: [one.get(name) for one in flags] for name in names}
    return {name: found for name, found in values.items()
            if any(value != found[0] for value in found)}


def _labels(flags):
    differing = differing_flags(flags)
    names = [name for name in differing if name != "basenet" and name not in _DECODER_FLAGS]
    return [" ".join([net_label(one)] + [_short(name, one.get(name)) for name in names])
            for one in flags]


def net_label(flags):
    """"mobilenet_v1 fcn16"."""
    return "{} {}".format(flags.get("basenet", "?"), decoder_name(flags).lower())


def _short(name, value):
    name = _SHORT.get(name, name)
    if isinstance(value, bool):
        return name if value else "no-" + name
    if name == "data":
        value = str(value)[:6]
    if isinstance(value, float):
        value = "{:g}".format(value)
    return "{}={}".format(name, "none" if value in ("", None) else value)


def choose(configurations, word):
    """The configuration that a word names: an id, a label, or one of its runs.

    Raises:
      UserError: none or several; lists what there is.
    """
    path = word.rstrip("/")
    for match in (lambda one: word in (one.id, one.label),
                  lambda one: any(path in (record.name, record.folder.name, record.folder.path)
                                  for record in one.records),
                  lambda one: len(word) >= 3 and one.id.startswith(word)):
        found = [one for one in configurations if match(one)]
        if len(found) == 1:
            return found[0]
    raise UserError("{!r} is {} configuration and no run here: choose one of {} (or the name of a "
                    "run; --runs= says where to look)".format(
                        word, "more than one" if found else "no",
                        ", ".join("{} ({})".format(one.id, one.label) for one in configurations)))


def varied(records):
    """What differs among the runs of one configuration, in words.

    Returns:
      (varied, held): two lists, as (["initialisation, order, augmentation together (5 values)"],
      ["data", "flags", "TensorFlow version"]).
    """
    names = ("initialisation", "order", "augmentation")
    columns = dict(zip(names, zip(*[record.seeds for record in records])))
    changed = [name for name in names if len(set(columns[name])) > 1]
    together = len(changed) > 1 and len({columns[name] for name in changed}) == 1
    varied_, held = [], ["flags", "data"]
    if changed:
        values = len(set(zip(*[columns[name] for name in changed])))
        varied_.append("seed of {}{} ({} values)".format(
            ", ".join(changed), " together" if together else "", values))
    held += ["seed of " + name for name in names if name not in changed]
    for name, values in surroundings(records):
        if len(values) > 1:
            varied_.append("{} ({})".format(name, ", ".join(values)))
        else:
            held.append(name)
    return varied_, held


def surroundings(records):
    """[(what, sorted different values)] of what runinfo tells of a run's surroundings."""
    git = {str(record.info.get("git", {}).get("commit", "?"))[:7] for record in records}
    found = [("TensorFlow", "tensorflow"), ("Python", "python"), ("host", "host")]
    return [(what, sorted({str(record.info.get(name, "?")) for record in records}))
            for what, name in found] + [("commit", sorted(git))]
