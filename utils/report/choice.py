"""Which configuration a user means: an id, a run, or any words that name one alone."""
import re

from utils.errors import UserError
from utils.report.labels import DECODER_FLAGS, flag_word

#: Configurations that an error lists.
_MOST_LISTED = 8
#: Shorter words must be written in full.
_SHORTEST_PREFIX = 2


def choose(configurations, text):
    """The configuration that a text names: see `candidates`.

    Raises:
      UserError: none or several; lists them.
    """
    return choose_all(configurations, [text])[0][0]


def choose_all(configurations, texts):
    """The configurations that texts name.

    A text that names several is taken for the one of the test set in which every text names one:
    configurations of another test set could not be compared with the rest.

    Returns:
      (configurations, notes): one for each text; a line for each that was told from others so.

    Raises:
      UserError: a text names none, or several; lists them.
    """
    found = [candidates(configurations, text) for text in texts]
    narrowed = _of_one_company(found)
    notes = []
    for text, wide, narrow in zip(texts, found, narrowed):
        if len(narrow) != 1:
            raise UserError(_complaint(configurations, text, narrow))
        if len(wide) > 1:
            notes.append("{!r} is taken for {} ({}), the only one on the same test set as the "
                         "others; on other data: {}".format(
                             text, narrow[0].label, narrow[0].id, _listed(
                                 [one for one in wide if one is not narrow[0]])))
    return [narrow[0] for narrow in narrowed], notes


def candidates(configurations, text):
    """The configurations that a text can mean, by the first of these that fits any: an id or a
    label; a run's name or path; the beginning of an id; words of a label or flags, in any order;
    beginnings of such words.
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


def names_of(configuration):
    """The words that name a configuration: of its label, parts of the extractor's name, its flags
    as "lr=0.01", "learnrate=0.01" and, of text, "enet:1.1", and what its data is called."""
    flags = configuration.flags
    words = set(configuration.label.split())
    words.update(re.split(r"[_\W]+", str(flags.get("basenet", ""))))
    words.update([configuration.id, configuration.place])
    for name, value in flags.items():
        if name in DECODER_FLAGS:
            continue
        words.update([flag_word(name, value), "{}={}".format(name, value)])
        if isinstance(value, str) and len(value) >= _SHORTEST_PREFIX and name != "data_sha256":
            words.add(value)
    return {word.lower() for word in words}


def _begins_one(word, names):
    return word in names or (len(word) >= _SHORTEST_PREFIX
                             and any(name.startswith(word) for name in names))


def _of_one_company(found):
    """The candidates of the only company in which all texts have one; else as they are."""
    if not any(len(one) > 1 for one in found):
        return found
    companies = [{configuration.company for configuration in one} for one in found]
    shared = set.intersection(*companies) if companies else set()
    narrowed = [[[one for one in own if one.company == company] for own in found]
                for company in shared]
    narrowed = [own for own in narrowed
                if len({one.id for found_ in own for one in found_}) >= len(found)]
    return narrowed[0] if len(narrowed) == 1 else found


def _complaint(configurations, text, found):
    if not found:
        return ("{!r} is no configuration and no run here: choose one of {} (an id, words of the "
                "label, or the name of a run; --runs= says where to look)".format(
                    text, _listed(configurations)))
    return ("{!r} names {} configurations: {}: give its id, or a word more that tells them apart"
            .format(text, len(found), _listed(found)))


def _listed(configurations):
    listed = ["{} ({})".format(one.id, one.label) for one in configurations[:_MOST_LISTED]]
    more = len(configurations) - len(listed)
    return ", ".join(listed) + (" and {} more".format(more) if more else "")
