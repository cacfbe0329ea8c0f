"""Named things that users choose by flag: extractors, decoders, datasets, losses, schedules."""
from utils.errors import UserError


class Registry(object):
    """A mapping from a flag's value to what it stands for.

    Args:
      kind: what is registered, as it reads in an error: "feature extractor".
    """

    def __init__(self, kind):
        self.kind = kind
        self._entries = {}
        self._aliases = {}

    def register(self, name, entry=None, aliases=()):
        """Registers `entry` under `name`; without `entry`, a decorator that does so."""
        if entry is None:
            return lambda decorated: self.register(name, decorated, aliases)
        for key in (name,) + tuple(aliases):
            if key in self._entries or key in self._aliases:
                raise ValueError("{} {!r} is registered twice".format(self.kind, key))
        self._entries[name] = entry
        self._aliases.update({alias: name for alias in aliases})
        return entry

    def canonical(self, name):
        """The full name behind a name or an alias; a `UserError` lists all names for others."""
        name = self._aliases.get(name, name)
        if name not in self._entries:
            raise UserError("unknown {} {!r}: choose one of {}".format(
                self.kind, name, ", ".join(self.names())))
        return name

    def get(self, name):
        """The entry registered under a name or an alias."""
        return self._entries[self.canonical(name)]

    def names(self):
        """Sorted full names."""
        return sorted(self._entries)

    def aliases(self):
        """{alias: full name}."""
        return dict(self._aliases)
