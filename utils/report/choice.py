"""Finds the configuration that a user names by an id, a run, or words of its label or flags."""
import re
from typing import List, Sequence, Set, Tuple

from utils.errors import UserError
from utils.report.configurations import Configuration
from utils.report.labels import flag_word, net_label
from utils.runs.train_flags import DECODER_FLAGS

#: Configurations that an error lists.
_MOST_LISTED = 8
#: Characters of the flags that it tells of each.
_MOST_TOLD = 60
#: Shorter words must be written in full.
_SHORTEST_PREFIX = 2


def choose(configurations: Sequence[Configuration], text: str) -> Configuration:
    """Chooses the configuration that a text names by itself: see `candidates`.

    Raises:
      UserError: none or several; lists them.
    """
    found = candidates(configurations, text)
    if len(found) != 1:
        raise UserError(_complaint(configurations, text, found))
    return found[0]


def choose_all(configurations: Sequence[Configuration],
               texts: Sequence[str]) -> Tuple[List[Configuration], List[str]]:
    """Chooses the configurations that texts name together.

    They are of one test set, for others cannot be compared. So where only one test set has a
    configuration for each text, the texts name those of that test set.

    Returns:
      (configurations, notes): one for each text; a line for each that could mean another as well.

    Raises:
      UserError: a text names none, or several; lists them.
    """
    wide = [candidates(configurations, text) for text in texts]
    found = _of_one_company(configurations, texts) or wide
    notes = []
    for text, own, others in zip(texts, found, wide):
        if len(own) != 1:
            raise UserError(_complaint(configurations, text, own))
        others = [one for one in others if one is not own[0]]
        if others:
            notes.append(f"{text!r} is taken for {own[0].label} ({own[0].id}), of the same test "
                         f"set as the others; on other data: {_listed(others)}")
    return [own[0] for own in found], notes


def _of_one_company(configurations, texts):
    """Lists of candidates in the only company that has another one for each text; else None."""
    companies, found = {}, []
    for configuration in configurations:
        companies.setdefault(configuration.company, []).append(configuration)
    for members in companies.values():
        own = [candidates(members, text) for text in texts]
        if all(own) and len({one.id for some in own for one in some}) >= max(len(texts), 2):
            found.append(own)
    return found[0] if len(found) == 1 else None


def candidates(configurations: Sequence[Configuration], text: str) -> List[Configuration]:
    """Lists the configurations that a text can mean, by the first of these that fits any.

    A text is an id or a label; or a run's name or path; or the beginning of an id. Else it is words
    of a label or flags, in any order, or beginnings of such words.
    """
    words, path = set(text.lower().split()), text.rstrip("/")
    for match in (lambda one: text == one.id or words == set(one.label.lower().split()),
                  lambda one: any(path in (record.name, record.folder.name, record.folder.path)
                                  for record in one.records),
                  lambda one: len(text) >= 3 and one.id.startswith(text),
                  lambda one: words and words <= names_of(one),
                  lambda one: words and all(_begins_one(word, names_of(one)) for word in words)):
        found = [one for one in configurations if match(one)]
        if found:
            return found
    return []


def names_of(configuration: Configuration) -> Set[str]:
    """Lists the words that name a configuration.

    Those of its label, net and data, parts of the extractor's name, its flags as "lr=0.01" and
    "learnrate=0.01", and values that are text, as "enet:1.1".
    """
    flags = configuration.flags
    words = set(configuration.label.split() + net_label(flags).split())
    words.update(re.split(r"[_\W]+", str(flags.get("basenet", ""))))
    words.update([configuration.id, configuration.place])
    for name, value in flags.items():
        if name in DECODER_FLAGS:
            continue
        words.update([flag_word(name, value), f"{name}={value}"])
        if isinstance(value, str) and len(value) >= _SHORTEST_PREFIX and name != "data_sha256":
            words.add(value)
    return {word.lower() for word in words}


def _begins_one(word, names):
    return word in names or (len(word) >= _SHORTEST_PREFIX
                             and any(name.startswith(word) for name in names))


def _complaint(configurations, text, found):
    if not found:
        return (f"{text!r} is no configuration and no run here: choose one of "
                f"{_listed(configurations)} (an id, words of the label, or the name of a run; "
                "--runs= says where to look)")
    return (f"{text!r} names {len(found)} configurations: {_listed(found)}: give its id, or a word "
            "more that tells them apart")


def _listed(configurations):
    listed = [f"{one.id} ({_told(one)})" for one in configurations[:_MOST_LISTED]]
    more = len(configurations) - len(listed)
    return ", ".join(listed) + (f" and {more} more" if more else "")


def _told(configuration):
    """Returns the label, with the beginning of the flags that it leaves out."""
    setting = configuration.setting if configuration.cut else ""
    if not setting:
        return configuration.label
    short = setting[:_MOST_TOLD].rsplit(" ", 1)[0] + " ..."
    return f"{configuration.label}: {setting if len(setting) <= _MOST_TOLD else short}"
