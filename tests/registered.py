"""Registers that get back what a test registers in them."""
import contextlib


@contextlib.contextmanager
def registered(*registries):
    """Takes away what is registered meanwhile."""
    before = [(registry, name, dict(getattr(registry, name))) for registry in registries
              for name in ("_entries", "_parameters", "_aliases")]
    try:
        yield
    finally:
        for registry, name, entries in before:
            setattr(registry, name, entries)
