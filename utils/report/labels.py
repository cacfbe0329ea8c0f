"""What configurations are called: net and decoder, and the flags that tell them apart.

A label tells what differs among the configurations of one test set, which can be compared; runs on
other data beside them change nothing. Where labels would get long they leave out flags at their
default, then all but those that tell the configurations apart; the table of configurations has
every flag in full.
"""
import collections
import dataclasses
import json
import os

from utils.errors import UserError
from utils.report.collect import key_flags
from utils.runs import legacy, roles
from utils.runs.train_flags import DECODER_FLAGS, TrainFlags

#: Flags that say little to a reader: they stand in labels only where nothing else differs.
_MINOR = roles.names(TrainFlags, mark="minor")
#: Short forms in labels.
_SHORT = dict(roles.labels(TrainFlags), data_sha256="data")
DEFAULTS = {field.name: field.default for field in dataclasses.fields(TrainFlags)}
#: Characters of a label, and of a value in it.
LONGEST, _LONGEST_VALUE = 60, 20
#: What `reading_flags` adds for runs of seg-mentor.
FRAMEWORK = "framework"

#: text: the label; flags: {name: value} of all that differs within its test set; cut: whether the
#: label leaves some of them out.
Label = collections.namedtuple("Label", "text flags cut")


def reading_flags(key):
    """The flags in a group key as slimseg names them; those of seg-mentor are mapped.

    Args:
      key: `RunFolder.group_key()`.
    """
    stored = json.loads(key)
    if not legacy.is_legacy_runargs(stored):
        return key_flags(key)
    try:
        flags = legacy.map_runargs(stored)
    except UserError:  # its LinkNet and learned upsampling: the names mean the same
        flags = stored
    known = {name: value for name, value in flags.items() if name in DEFAULTS}
    return dict(known, data_sha256=stored.get("data_sha256", ""), **{FRAMEWORK: "seg-mentor"})


def decoder_name(args):
    """"FCN32", "FCN16", "FCN8", "FCN4", or the name of another decoder."""
    if args.get("extended_arch"):
        return args["extended_arch"]
    stride = next((name for name in ("fcn4", "fcn8", "fcn16") if args.get(name)), "fcn32")
    return stride.upper()


def net_label(flags):
    """"mobilenet_v1 fcn16"."""
    words = [flags.get("basenet", "?"), decoder_name(flags).lower()]
    return " ".join(words + ([flags[FRAMEWORK]] if flags.get(FRAMEWORK) else []))


def differing_flags(flags):
    """{name: [value of each]} of what is not equal among dicts; None where one has no such flag."""
    names = sorted(set().union(*flags)) if flags else []
    values = {name: [one.get(name) for one in flags] for name in names}
    return {name: found for name, found in values.items()
            if any(value != found[0] for value in found)}


def flag_word(name, value):
    """"lr=0.001", "no-flip": a flag as labels have it."""
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
    if name == "init_from":
        text = os.path.basename(text.rstrip("/"))
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE - 2].rstrip(",") + ".."


def make_labels(flags, ids, companies, places):
    """The `Label`s of configurations, each another text.

    Args:
      flags: `reading_flags` of each. ids: of each.
      companies: of each something hashable; those with the same one can be compared.
      places: of each what its data is called, for labels that would be equal otherwise.
    """
    members = collections.OrderedDict()
    for index, company in enumerate(companies):  # seg-mentor has flags of its own
        members.setdefault((company, flags[index].get(FRAMEWORK)), []).append(index)
    found = {}
    for indices in members.values():
        labels = _of_company([flags[i] for i in indices], [ids[i] for i in indices])
        found.update(zip(indices, labels))
    found = [found[index] for index in range(len(flags))]
    for words in (["on " + place for place in places],
                  [flag_word("data_sha256", one.get("data_sha256")) for one in flags],
                  [f"({one})" for one in ids]):
        found = _told_apart(found, words)
    return found


def _told_apart(labels, words):
    """Adds a word to labels that several have, where the word differs among them."""
    added = collections.defaultdict(set)
    for label, word in zip(labels, words):
        added[label.text].add(word)
    return [label if len(added[label.text]) < 2 else label._replace(
        text=f"{label.text} {word}") for label, word in zip(labels, words)]


def _of_company(flags, ids):
    """`Label`s of configurations that can be compared."""
    differing = differing_flags(flags)
    shown = [{name: one.get(name) for name in differing} for one in flags]
    names = [name for name in differing if name not in DECODER_FLAGS + _MINOR + ("basenet",)]
    texts = _texts(flags, names)
    if len(set(texts)) < len(texts):
        names += [name for name in differing if name in _MINOR]
        texts = _texts(flags, names)
    if max(map(len, texts)) > LONGEST:
        texts = _texts(flags, names, without_defaults=True)
    names.sort(key=lambda name: -len(set(map(str, differing[name]))))
    names += [name for name in differing if name in _MINOR and name not in names]
    if max(map(len, texts)) > LONGEST:
        texts = next((brief for brief in (_brief(flags, names, True), _brief(flags, names, False))
                      if len(set(brief)) == len(brief)), texts)
    texts = [text if len(text) <= LONGEST else _cut(one, names, id_)
             for text, one, id_ in zip(texts, flags, ids)]
    return [Label(text, own, not _tells(text, own)) for text, own in zip(texts, shown)]


def _tells(text, flags):
    """Whether a label has all flags, and in full."""
    words = [flag_word(name, value) for name, value in flags.items()
             if name not in DECODER_FLAGS + ("basenet",)]
    return all(word in text.split(" ") and not word.endswith("..") for word in words)


def _texts(flags, names, without_defaults=False):
    return [" ".join([net_label(one)] + _words(one, names, without_defaults)) for one in flags]


def _words(flags, names, without_defaults):
    return [flag_word(name, flags.get(name)) for name in names
            if not (without_defaults and flags.get(name) == DEFAULTS.get(name, ()))]


def _brief(flags, names, without_defaults):
    """Labels of the flags that tell configurations apart, and how many others each has besides.

    The flags are chosen one by one: the one that tells most pairs apart that are alike so far.
    """
    chosen = []
    while len(chosen) < len(names):
        alike = collections.defaultdict(list)
        for one in flags:
            alike[" ".join([net_label(one)] + _words(one, chosen, False))].append(one)
        gains = {name: sum(len(members) ** 2 - sum(count ** 2 for count in collections.Counter(
            str(one.get(name)) for one in members).values()) for members in alike.values())
            for name in names if name not in chosen}
        best = max(gains, key=lambda name: (gains[name], name not in _MINOR))
        if not gains[best]:
            break
        chosen = sorted(chosen + [best])
    others = [name for name in names if name not in chosen + list(_MINOR)]
    return [" ".join([net_label(one)] + _words(one, chosen, without_defaults) + _and_more(
        len(_words(one, others, True)))) for one in flags]


def _and_more(count):
    return [f"+{count}"] if count else []


def _cut(flags, names, id_):
    """The words of a label that fit, how many flags more there are, and its id."""
    words, text, left = _words(flags, names, True), net_label(flags), 0
    for word in words:
        if len(text) + len(word) + 1 <= LONGEST - len(" +99 ") - len(id_):
            text += " " + word
        else:
            left += 1
    return f"{text} +{left} {id_}"
