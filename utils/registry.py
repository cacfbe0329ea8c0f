"""Named things that users choose by flag, and the one way to write such a choice.

    LOSSES = Registry("loss", weight=1.0)               # every loss has a weight

    @LOSSES.register("focal", gamma=Parameter(2.0, "how much easy pixels are left out", at_least=0))
    def focal(logits, label, class_weights, gamma): ...

    LOSSES.choose("focal:1.5").make(logits, label, weights)      calls focal(..., gamma=1.5)
    LOSSES.choose_all("cross_entropy+dice:weight=0.5", "+")      a list of two choices

A choice is a name, and values behind colons: `name:VALUE:PARAMETER=VALUE`. Values without a name
are those of the parameters in the order of their registration; `sgd:nesterov` turns on a parameter
that is true or false.
"""
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.names import alike, unknown_name
from utils.values import parse_bool, parse_number, parse_whole

_CONVERTERS = {bool: (parse_bool, "true or false"), int: (parse_whole, "a whole number"),
               float: (parse_number, "a number"), str: (str, "text")}


@dataclass(frozen=True)
class Parameter:
    """A parameter of something registered.

    Attributes:
      default: its value where none is given; the type of it is that of all values.
      help: what it does, for help pages.
      at_least, more_than, at_most: bounds of a number.
      choices: the values allowed, of a text.
    """
    default: Any
    help: str = ""
    at_least: Optional[float] = None
    more_than: Optional[float] = None
    at_most: Optional[float] = None
    choices: Tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """Returns the value that a text means; a ValueError that says what was expected."""
        convert, expected = _CONVERTERS[type(self.default)]
        try:
            value = convert(text)
        except ValueError:
            raise ValueError(f"got {text!r}, expected {expected}") from None
        if self.choices and value not in self.choices:
            raise ValueError(f"got {text!r}, expected one of {', '.join(self.choices)}")
        if self.at_least is not None and value < self.at_least:
            raise ValueError(f"got {text}, expected at least {self.at_least}")
        if self.more_than is not None and value <= self.more_than:
            raise ValueError(f"got {text}, expected more than {self.more_than}")
        if self.at_most is not None and value > self.at_most:
            raise ValueError(f"got {text}, expected at most {self.at_most}")
        return value


@dataclass(frozen=True)
class Choice:
    """Something registered, with values for all of its parameters.

    Attributes:
      name: the full name that it is registered under.
      entry: what is registered.
      values: {parameter: value}, its own and those that all of its kind have.
      shared: {parameter: value} of the latter alone.
      text: how the choice is written, the same for all of its spellings.
    """
    name: str
    entry: Any
    values: Mapping[str, Any]
    shared: Mapping[str, Any]
    text: str

    @property
    def own(self) -> Dict[str, Any]:
        """The values of the parameters that were registered with the entry."""
        return {name: value for name, value in self.values.items() if name not in self.shared}

    def make(self, *args: Any) -> Any:
        """Calls the entry with its own parameters as keywords."""
        return self.entry(*args, **self.own)


class Registry:
    """A mapping from a flag's value to what it stands for.

    Args:
      kind: what is registered, as it reads in an error: "feature extractor".
      **shared: parameters that everything registered here has; given by name alone.
    """

    def __init__(self, kind: str, **shared: Any) -> None:
        self.kind = kind
        self._shared = _parameters(shared)
        self._entries: Dict[str, Any] = {}
        self._parameters: Dict[str, Dict[str, Parameter]] = {}
        self._aliases: Dict[str, str] = {}

    def register(self, name: str, entry: Any = None, aliases: Sequence[str] = (),
                 **parameters: Any) -> Any:
        """Registers `entry` under `name`; without `entry`, a decorator that does so.

        Args:
          name: what users write.
          entry: what it stands for.
          aliases: other names of it.
          **parameters: its parameters in order, each a default value or a `Parameter`. One that
            all have may be among them, with another default for this entry.
        """
        if entry is None:
            return lambda decorated: self.register(name, decorated, aliases, **parameters)
        for key in (name, *aliases):
            if key in self._entries or key in self._aliases:
                raise ValueError(f"{self.kind} {key!r} is registered twice")
        self._entries[name] = entry
        self._parameters[name] = _parameters(parameters)
        self._aliases.update({alias: name for alias in aliases})
        return entry

    # ---- names ----

    def canonical(self, name: str) -> str:
        """Returns the full name behind a name or an alias; a `UserError` lists all names for
        others."""
        name = self._aliases.get(name, name)
        if name not in self._entries:
            raise UserError(unknown_name(self.kind, name, self.names()))
        return name

    def get(self, name: str) -> Any:
        """Returns the entry registered under a name or an alias."""
        return self._entries[self.canonical(name)]

    def names(self) -> List[str]:
        """Lists the full names, sorted."""
        return sorted(self._entries)

    def aliases(self) -> Dict[str, str]:
        """Returns {alias: full name}."""
        return dict(self._aliases)

    def parameters(self, name: str) -> Dict[str, Parameter]:
        """Returns {parameter: `Parameter`} of an entry's own, in order."""
        return dict(self._parameters[self.canonical(name)])

    def form(self, name: str) -> str:
        """Writes an entry with its parameters and their defaults: "focal:gamma=2"."""
        found = self.parameters(name)
        return ":".join([self.canonical(name)] + [_named(key, parameter.default)
                                                  for key, parameter in found.items()])

    # ---- choices ----

    def choose(self, text: str) -> Choice:
        """Returns the `Choice` that a text means.

        Raises:
          UserError: an unknown name or parameter, or a value that the parameter cannot have.
        """
        word, *given = text.split(":")
        name = self.canonical(word)
        given_here = self._parameters[name]
        own = {key: found for key, found in given_here.items() if key not in self._shared}
        known = {**own, **self._shared, **given_here}
        values: Dict[str, Any] = {}
        for part in given:
            key, value = self._split(name, part, own, known, values)
            if key in values:
                raise UserError(f"{self.kind} {text}: {key} is given twice: leave one out")
            try:
                values[key] = known[key].parse(value)
            except ValueError as error:
                raise UserError(f"{self.kind} {text}: {key}: {error}") from None
        filled = {key: values.get(key, parameter.default) for key, parameter in known.items()}
        shared = {key: filled[key] for key in self._shared}
        return Choice(name, self._entries[name], filled, shared,
                      ":".join([name] + _spelled(filled, known, own)))

    def choose_all(self, text: str, separator: str) -> List[Choice]:
        """Returns the choices of a text with separators between them; [] for an empty text.

        Raises:
          UserError: as `choose`, and for a name that is there twice.
        """
        found = [self.choose(part.strip()) for part in text.split(separator)] if text else []
        names = [choice.name for choice in found]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise UserError(f"{self.kind} {text}: {twice[0]} is given twice: leave one out")
        return found

    def _split(self, name, part, own, known, values):
        """Returns (parameter, text of its value) of one part of a choice."""
        key, mark, value = part.partition("=")
        if mark:
            if key not in known:
                near = alike(key, known)
                raise UserError(f"{self.kind} {name} has no parameter {key!r}"
                                + (f": did you mean {near[0]}?" if near else ": it has "
                                   + (", ".join(known) or "none")))
            return key, value
        if part in own and isinstance(own[part].default, bool):
            return part, "true"
        free = [key for key, parameter in own.items()
                if key not in values and not isinstance(parameter.default, bool)]
        if not free:
            raise UserError(f"{self.kind} {name}: got {part!r}, expected "
                            + (f"no more than {self.form(name)}" if own else "no parameter"))
        return free[0], part


@dataclass(frozen=True)
class Spelling:
    """What a flag takes whose value is one choice of a registry, or several.

    Attributes:
      registry: what to choose from.
      separator: between several choices; "" where the flag takes one.
      empty: whether the flag may be empty.
    """
    registry: Registry
    separator: str = ""
    empty: bool = False

    def names(self) -> List[str]:
        """Lists each name with its parameters, for help pages."""
        return [self.registry.form(name) for name in self.registry.names()]

    def spelled(self, text: str) -> str:
        """Returns the one spelling of a choice; a `UserError` for what is none."""
        if not text and self.empty:
            return ""
        if not text or not self.separator:
            return self.registry.choose(text).text
        return self.separator.join(choice.text for choice in self.registry.choose_all(
            text, self.separator))


def _parameters(given):
    return {name: value if isinstance(value, Parameter) else Parameter(value)
            for name, value in given.items()}


def _spelled(values, known, own):
    """Returns the parts of a choice's text: what differs from the defaults, by place while none is
    left out, by name behind."""
    parts, by_place = [], True
    for key, parameter in known.items():
        if values[key] == parameter.default:
            by_place = by_place and isinstance(parameter.default, bool)
        elif isinstance(parameter.default, bool) and values[key]:
            parts.append(key)
        else:
            parts.append(_plain(values[key]) if by_place and key in own
                         and not isinstance(parameter.default, bool) else _named(key, values[key]))
    return parts


def _named(key, value):
    return f"{key}={_plain(value)}"


def _plain(value):
    """Returns a value as people write it: 2 for 2.0, true for True."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, float):
        return str(value)
    text = f"{value:g}" if float(f"{value:g}") == value else str(value)
    return text.replace("e+", "e")  # a plus parts the operations of a chain, and losses
