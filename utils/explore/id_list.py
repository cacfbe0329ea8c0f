"""A list of images' names as `fcn_train.py --subset` takes it, headed by how it was made."""
import dataclasses
import hashlib
import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Sequence, Tuple

from utils.errors import UserError
from utils.files import write_text
from utils.texts import read_lines

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


def origin(command: str, exploration: "Exploration", flags: Any) -> Dict[str, str]:
    """Tells what a list was made by: the command with its flags, the runs, the split.

    Args:
      flags: a dataclass; those at their defaults are left out but for method and seed.
    """
    given = [f"--{field.name}={getattr(flags, field.name)}" for field in dataclasses.fields(flags)
             if field.name not in ("out", "outdir", "datapath") and (
                 field.name in ("method", "seed") or getattr(flags, field.name) != field.default)]
    names = [record.name for record in exploration.records]
    return {"made by": " ".join(["fcn_explore.py", command, *names, *given]),
            "configuration": f"{exploration.sample.configuration.id} {exploration.sample.label}",
            "split": f"{exploration.split} {exploration.sample.signature.sha256[:12]}"}


def names_sha256(names: Iterable[str]) -> str:
    """Computes the SHA-256 of a set of names, whatever their order."""
    return hashlib.sha256("".join(f"{len(name)}:{name}" for name in sorted(set(names))).encode(
        "utf-8")).hexdigest()


def write_ids(path: str, names: Sequence[str], header: Dict[str, Any]) -> str:
    """Writes names, one a line, each once; returns the sentence that tells of it.

    Args:
      path: of the file; its folder exists.
      header: {word: value} for the comment above the names.

    Raises:
      UserError: the file cannot be written.
    """
    once = list(dict.fromkeys(names))
    lines = [f"# {word}: {' '.join(str(value).split())}" for word, value in dict(
        header, images=len(once), sha256_of_names=names_sha256(once)).items()]
    try:
        write_text(path, "\n".join(lines + once) + "\n")
    except OSError as error:
        raise UserError(f"--out={path}: cannot be written ({error.strerror})") from None
    return f"Wrote {len(once)} names: {os.path.normpath(path)}"


def read_ids(path: str, names: Sequence[str], flag: str) -> List[int]:
    """Reads which images a list names.

    Args:
      path: of the file; lines that begin with # are comments unless an image is called so.
      names: of the images; where several are called the same, all are meant.
      flag: how the file was given, for errors.

    Returns:
      Their places, rising.

    Raises:
      UserError: no such file, or a name of no image.
    """
    try:
        wanted = [line.strip() for line in read_lines(path)]
    except FileNotFoundError:
        raise UserError(f"{flag}={path}: no such file; expected names of images, one a line"
                        ) from None
    known = frozenset(names)
    unknown = [one for one in wanted if one and not one.startswith("#") and one not in known]
    if unknown:
        raise UserError(f"{flag}={path}: {len(unknown)} names are of none of the {len(names)} "
                        f"images, the first is {unknown[0]!r}; expected names as {names[0]!r}")
    chosen = frozenset(wanted)
    return [place for place, name in enumerate(names) if name in chosen]


def first_of_each(names: Sequence[str]) -> Tuple[List[int], int]:
    """Returns (places of the first image of each name, how many others there are)."""
    places: Dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)
    return list(places.values()), len(names) - len(places)
