"""The registry of exports, and what they share."""
import importlib
from typing import Any

from utils.errors import UserError
from utils.registry import Registry

#: (exploration, path or "" for the usual one, path of candidates or "") -> lines for the user.
EXPORTS = Registry("export")


def require_package(name: str, form: str) -> Any:
    """Imports an optional package.

    Args:
      name: of the package or of a module in it.
      form: the export that needs it, for the error.

    Raises:
      UserError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.split(".")[0]
        raise UserError(f"--to={form} needs {package} ({error}): pip install {package}") from error
