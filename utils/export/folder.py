"""The folder of an export: whole, or as it was before."""
import json
import os
import shutil
from typing import Any, ContextManager, Dict

from utils.errors import UserError
from utils.files import write_text
from utils.whole_folder import whole_folder

CARD = "card.json"


def new_export_folder(folder: str) -> ContextManager[str]:
    """Gives a new folder to write in, which takes the place of `folder` when the block ends well.

    Raises:
      UserError: something stands under that name that is no export.
    """
    return whole_folder(folder, lambda: check_target(folder))


def check_target(folder: str) -> None:
    """Raises a `UserError` where `folder` holds what an export must not replace."""
    if os.path.lexists(folder) and not os.path.isfile(os.path.join(folder, CARD)):
        raise UserError(f"--outdir={folder}: exists and is not an export (no {CARD} in it): give "
                        "another folder, or remove it")


def write_card(folder: str, card: Dict[str, Any]) -> None:
    """Writes the card, JSON, which says what an export was made from and how it compares."""
    write_text(os.path.join(folder, CARD), json.dumps(card, indent=2) + "\n")


def size_of(path: str) -> int:
    """Bytes of a file, or of all files in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(where, name))
               for where, _, names in os.walk(path) for name in names)


def remove(path: str) -> None:
    """Removes a file or a folder, where there is one."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)
