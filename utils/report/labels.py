"""Names configurations by net, decoder and the flags that tell them apart.

A label tells what differs among the configurations of one test set, which can be compared; runs on
other data beside them change nothing. Where labels would get long they leave out flags at their
default, or net and decoder where all have the same. Those whose label is too long even so get a
number in its place: "C3", with net and decoder where these differ, and the name of a list of
--subset. The table of configurations has every flag in full.
"""
import collections
import dataclasses
import json
import os
from typing import Any, Dict, Hashable, List, NamedTuple, Sequence

from utils.errors import UserError
from utils.report.collect import key_flags
from utils.runs import roles, seg_mentor
from utils.runs.train_flags import DECODER_FLAGS, TrainFlags

#: Flags that say little to a reader: they stand in labels only where nothing else differs.
_MINOR = roles.names(TrainFlags, mark="minor")
#: Short forms in labels.
_SHORT = dict(roles.labels(TrainFlags), data_sha256="data")
DEFAULTS = {field.name: field.default for field in dataclasses.fields(TrainFlags)}
#: Characters of a label, and of a value in it.
LONGEST, _LONGEST_VALUE = 48, 20
#: What `reading_flags` adds for runs of seg-mentor.
FRAMEWORK = "framework"
#: The decoder whose flags of strides are part of its name; it is there where none is named.
FCN = "FCN"

Flags = Dict[str, Any]


class Label(NamedTuple):
    """What a configuration is called.

    Attributes:
      text: the label.
      flags: {name: value} of all that differs within its test set.
      cut: whether the text leaves some of them out.
      number: that the text begins with, "C3"; 0 for none.
    """
    text: str
    flags: Flags
    cut: bool
    number: int


def reading_flags(key: str) -> Flags:
    """Reads the flags in a group key as slimseg names them; those of seg-mentor are mapped.

    Args:
      key: `RunFolder.group_key()`.
    """
    stored = json.loads(key)
    if not seg_mentor.is_seg_mentor_runargs(stored):
        return key_flags(key)
    try:
        flags = seg_mentor.map_runargs(stored)
    except UserError:  # its LinkNet and learned upsampling: the names mean the same
        flags = stored
    known = {name: value for name, value in flags.items() if name in DEFAULTS}
    return dict(known, data_sha256=stored.get("data_sha256", ""), **{FRAMEWORK: "seg-mentor"})


def decoder_name(args: Flags) -> str:
    """Names the decoder: "FCN32", "FCN16", "FCN8:random", or the name of another decoder."""
    text = args.get("extended_arch") or FCN
    if not is_fcn(args):
        return text
    stride = next((name for name in ("fcn4", "fcn8", "fcn16") if args.get(name)), "fcn32")
    return stride.upper() + text[len(FCN):]


def is_fcn(args: Flags) -> bool:
    """Tells whether the decoder is FCN, whose flags of strides are part of its name."""
    return (args.get("extended_arch") or FCN).partition(":")[0] == FCN


def net_label(flags: Flags) -> str:
    """Names extractor and decoder: "mobilenet_v1 fcn16"."""
    words = [flags.get("basenet", "?"), decoder_name(flags).lower()]
    return " ".join(words + ([flags[FRAMEWORK]] if flags.get(FRAMEWORK) else []))


def differing_flags(flags: Sequence[Flags]) -> Dict[str, List[Any]]:
    """Finds what is not equal among dicts: {name: [value of each]}; None where one lacks it."""
    names = sorted(set().union(*flags)) if flags else []
    values = {name: [one.get(name) for one in flags] for name in names}
    return {name: found for name, found in values.items()
            if any(value != found[0] for value in found)}


def flag_word(name: str, value: Any) -> str:
    """Writes a flag as labels have it: "lr=0.001", "no-flip"."""
    name = _SHORT.get(name, name)
    if isinstance(value, bool):
        return name if value else "no-" + name
    return f"{name}={_short_value(name, value)}"


def _short_value(name, value):
    if isinstance(value, float):
        return f"{value:g}"
    text = "none" if value in ("", None) else str(value)
    if name == "data":
        return text[:6]
    if name == "subset":
        return text.partition(",")[0]  # without its hash
    if name == "init_from":
        text = os.path.basename(text.rstrip("/"))
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE - 2].rstrip(",") + ".."


def make_labels(flags: Sequence[Flags], ids: Sequence[str], companies: Sequence[Hashable],
                places: Sequence[str], lists: Sequence[str] = ()) -> List[Label]:
    """Names configurations, each by another text.

    Args:
      flags: `reading_flags` of each.
      ids: of each.
      companies: of each something hashable; those with the same one can be compared.
      places: of each what its data is called, for labels that would be equal otherwise.
      lists: of each what its file of --subset is called, for the same; () where none has one.
    """
    members: Dict[Hashable, List[int]] = collections.OrderedDict()
    for index, company in enumerate(companies):  # seg-mentor has flags of its own
        members.setdefault((company, flags[index].get(FRAMEWORK)), []).append(index)
    found: Dict[int, Label] = {}
    numbered = 0
    for indices in sorted(members.values(), key=len, reverse=True):
        labels = _of_company([flags[index] for index in indices], numbered)
        numbered += sum(label.number > 0 for label in labels)
        found.update(zip(indices, labels))
    made = [found[index] for index in range(len(flags))]
    lists = lists or [""] * len(flags)
    made = [label._replace(text=f"{label.text} list={one}") if label.number and one else label
            for label, one in zip(made, lists)]
    for words in ([f"list={one or 'none'}" for one in lists],
                  ["on " + place for place in places],
                  [flag_word("data_sha256", one.get("data_sha256")) for one in flags],
                  [f"({one})" for one in ids]):
        made = _told_apart(made, words)
    return made


def _told_apart(labels, words):
    """Adds a word to labels that several have, where the word differs among them."""
    added = collections.defaultdict(set)
    for label, word in zip(labels, words):
        added[label.text].add(word)
    return [label if len(added[label.text]) < 2 else label._replace(
        text=f"{label.text} {word}") for label, word in zip(labels, words)]


def _of_company(flags, numbered):
    """Returns `Label`s of configurations that can be compared.

    Args:
      numbered: how many configurations of other test sets have a number already.
    """
    differing = differing_flags(flags)
    shown = [{name: one.get(name) for name in differing} for one in flags]
    names = [name for name in differing if name not in DECODER_FLAGS + _MINOR + ("basenet",)]
    texts = _texts(flags, names)
    if len(set(texts)) < len(texts):
        names += [name for name in differing if name in _MINOR]
        texts = _texts(flags, names)
    if not _fit(texts):
        texts = _texts(flags, names, without_defaults=True)
    one_net = len(set(map(net_label, flags))) == 1
    if not _fit(texts) and one_net:
        without_net = [" ".join(_words(one, names, False)) for one in flags]
        texts = without_net if _fit(without_net) else texts
    numbers = _numbers(flags, names, texts, numbered)
    for index, number in numbers.items():
        texts[index] = f"C{number}" if one_net else f"C{number} {net_label(flags[index])}"
    return [Label(text, own, not _tells(text, own), numbers.get(index, 0))
            for index, (text, own) in enumerate(zip(texts, shown))]


def _numbers(flags, names, texts, numbered):
    """Returns {index: number} of those whose text does not fit; a net's plain settings come
    first."""
    words = [_words(one, names, True) for one in flags]
    order = sorted((index for index, text in enumerate(texts) if not _fit([text])),
                   key=lambda index: (net_label(flags[index]), len(words[index]), words[index]))
    return {index: number for number, index in enumerate(order, numbered + 1)}


def _fit(texts):
    return max(map(len, texts)) <= LONGEST


def _tells(text, flags):
    """Tells whether a label has all flags, and in full."""
    words = [flag_word(name, value) for name, value in flags.items()
             if name not in DECODER_FLAGS + ("basenet",)]
    return all(f" {word} " in f" {text} " and not word.endswith("..") for word in words)


def _texts(flags, names, without_defaults=False):
    return [" ".join([net_label(one)] + _words(one, names, without_defaults)) for one in flags]


def _words(flags, names, without_defaults):
    return [flag_word(name, flags.get(name)) for name in names
            if not (without_defaults and flags.get(name) == DEFAULTS.get(name, ()))]
