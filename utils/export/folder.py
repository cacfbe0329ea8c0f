"""The folder of an export: whole, or as it was before."""
import contextlib
import json
import os
import shutil

from utils.errors import UserError
from utils.files import beside, remove_leftovers, write_text

CARD = "card.json"


@contextlib.contextmanager
def written_beside(folder):
    """A folder beside `folder`, which takes its place when the block ends without an error.

    Raises:
      UserError: there is something under that name that is no export.
    """
    if os.path.lexists(folder) and not os.path.isfile(os.path.join(folder, CARD)):
        raise UserError(f"{folder} exists and is not an export (no {CARD} in it): give another "
                        "--outdir, or remove it")
    remove_leftovers(folder)
    written = beside(folder)
    shutil.rmtree(written, ignore_errors=True)
    os.makedirs(written)
    try:
        yield written
        old = written + ".old"
        if os.path.isdir(folder):
            os.rename(folder, old)
        os.rename(written, folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(written, ignore_errors=True)


def write_card(folder, card):
    """Writes the card, JSON, which says what an export was made from and how it compares."""
    write_text(os.path.join(folder, CARD), json.dumps(card, indent=2) + "\n")


def size_of(path):
    """Bytes of a file, or of all files in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(where, name))
               for where, _, names in os.walk(path) for name in names)


def remove(path):
    """Removes a file or a folder, where there is one."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)
