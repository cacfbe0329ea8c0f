"""Tells a user of a script what Python lacks for it; each script imports this module first.

A missing package ends in one line in place of a traceback. Works on Python 3.6 too, which is too
old for the rest.
"""
import glob
import os
import sys
from typing import Optional, Tuple

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def advice(module: str, version: Optional[Tuple[int, int]] = None, root: str = _ROOT) -> str:
    """Writes the line for a module that cannot be found.

    Args:
      module: its name.
      version: (major, minor) of Python; None: of this one.
      root: the project's folder.
    """
    version = version or sys.version_info[:2]
    name = "Python {}.{}".format(*version)
    made = sorted(glob.glob(os.path.join(root, ".venv", "tf*", ".installed")),
                  key=lambda stamp: (len(stamp), stamp))  # tf1-cpu, a choice only, comes last
    if made:
        remedy = "run " + " or ".join(os.path.relpath(os.path.join(
            os.path.dirname(stamp), "bin", "python")) for stamp in made)
    else:
        remedy = "make an environment with `make environment`"
    if version != (3, 7) and not (3, 10) <= version <= (3, 13):
        return f"{name} does not do, expected Python 3.7 or 3.10 to 3.13: {remedy}"
    return ("{} ({}) has no package {}: {}, or pip install -r requirements.txt -c "
            "constraints/{}.txt".format(name, sys.executable, module, remedy,
                                        "tf1" if version == (3, 7) else "tf2"))


def _told(kind, error, traceback):
    """Tells of a missing package in a line; any other exception as ever."""
    if issubclass(kind, KeyboardInterrupt):  # before `run_script`, while modules are imported
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    module = (getattr(error, "name", None) or "").split(".")[0]
    own = not module or any(os.path.exists(os.path.join(_ROOT, module + ending))
                            for ending in ("", ".py"))
    if not issubclass(kind, ImportError) or own:
        sys.__excepthook__(kind, error, traceback)
    else:
        sys.stderr.write(f"error: {advice(module)}\n")
        sys.exit(2)


sys.excepthook = _told
