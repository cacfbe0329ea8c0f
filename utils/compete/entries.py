"""What teams handed in, kept by the host.

    <private>/entries/<team>/<number>/entry.json               {team, number, time, method, ...}
    <private>/entries/<team>/<number>/seed_1/<split>.npz .json as fcn_test.py stores a result
    <private>/entries/<team>/<number>/seed_1/predictions.zip   class indices, packed anew
"""
import contextlib
import dataclasses
import json
import os
import zipfile
import zlib
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from utils.compete.archive import Refused
from utils.compete.index_png import read_indices
from utils.compete.manifest import CompetitionImage, Manifest
from utils.compete.names import safe_stem
from utils.compete.private import Private
from utils.errors import UserError
from utils.evaluate.results import load_result
from utils.files import write_text
from utils.runs.result_name import ResultName
from utils.stored import COUNT, TEXT, TIME, read_object
from utils.whole_folder import whole_folder

_ENTRIES, _FILE, _PREDICTIONS = "entries", "entry.json", "predictions.zip"
_KINDS = {"team": TEXT, "number": COUNT, "seeds": COUNT, "time": TIME, "sha256": TEXT,
          "method": TEXT, "note": TEXT}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A scored submission.

    Attributes:
      folder: where it is kept.
      team, number: whose it is, and which of the team's, from 1.
      seeds: runs. time: when it was scored, ISO 8601 with its zone.
      sha256: of the predictions. method, note: what the team says of it.
    """
    folder: str
    team: str
    number: int
    seeds: int
    time: str
    sha256: str
    method: str = ""
    note: str = ""

    def matrices(self, manifest: Manifest) -> np.ndarray:
        """Reads the confusion matrices: int64 [S, N, C, C].

        Raises:
          UserError: they are damaged, or of other images.
        """
        names = tuple(image.name for image in manifest.images)
        found = []
        for run in range(self.seeds):
            path = result_name(manifest).path(run_folder(self.folder, run))
            try:
                result = load_result(path)
            except UserError:
                raise UserError(f"{path} is missing or damaged: {_remedy(self.folder)}") from None
            if result.names != names or result.class_names != manifest.class_names:
                raise UserError(f"{self.folder}: results of other images or classes than those of "
                                f"manifest.json: {_remedy(self.folder)}")
            found.append(result.matrices)
        return np.stack(found)

    @contextlib.contextmanager
    def predictions(self, manifest: Manifest, run: int = 0) -> Iterator["Predictions"]:
        """Opens the predictions of one run for the length of a block."""
        path = predictions_path(self.folder, run)
        try:
            archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise UserError(f"{path}: cannot be read ({error}): {_remedy(self.folder)}"
                            ) from None
        with archive:
            yield Predictions(self.folder, path, archive, manifest)


class Predictions:
    """The stored predictions of one run; call it with an image for uint8 [H, W]."""

    def __init__(self, entry: str, path: str, archive: zipfile.ZipFile, manifest: Manifest
                 ) -> None:
        self._entry, self._path, self._archive = entry, path, archive
        self._classes = manifest.num_classes

    def __call__(self, image: CompetitionImage) -> np.ndarray:
        try:
            return read_indices(self._archive.read(image.file), (image.height, image.width),
                                self._classes)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, Refused) as error:
            raise UserError(f"{self._path}: {image.file} is damaged ({error}): "
                            f"{_remedy(self._entry)}") from None


def _remedy(folder):
    """What to do about a damaged entry; while its folder stands, every command meets it again."""
    return f"remove the folder {folder}, then score the submission again"


def run_folder(folder: str, run: int) -> str:
    """Names the folder of a run of an entry; `run` counts from 0."""
    return os.path.join(folder, f"seed_{run + 1}")


def predictions_path(folder: str, run: int) -> str:
    """Names the zip of a run's predictions."""
    return os.path.join(run_folder(folder, run), _PREDICTIONS)


def result_name(manifest: Manifest) -> ResultName:
    """Names the result of a run."""
    return ResultName(manifest.split)


def write_entry(folder: str, entry: Entry) -> None:
    """Writes `entry.json` into a folder, which may be another than that where it will be kept."""
    values: Dict[str, Any] = dataclasses.asdict(entry)
    del values["folder"]
    write_text(os.path.join(folder, _FILE), json.dumps(values, indent=1) + "\n")


def team_folder(private: Private, team: str) -> str:
    """Names the folder of a team.

    Raises:
      UserError: a team of nearly that name exists, which some file systems and all people confuse.
    """
    same = [name for name in teams(private) if name != team and name.lower() == team.lower()]
    if same:
        raise UserError(f"--team={team}: there is a team {same[0]}: use that spelling, or another "
                        "name")
    return os.path.join(private.folder, _ENTRIES, safe_stem(team))


@contextlib.contextmanager
def new_entry_folder(team: str) -> Iterator[Tuple[str, int]]:
    """Gives (a new folder to write a team's next entry in, its number); it is kept when the block
    ends.

    The empty folder of the number is made first: of two that score at once, one takes the next.

    Args:
      team: path of `team_folder`.
    """
    while True:
        os.makedirs(team, exist_ok=True)
        with contextlib.suppress(FileExistsError, FileNotFoundError):  # another was faster
            number = max([int(name) for name in os.listdir(team) if name.isdigit()] + [0]) + 1
            folder = os.path.join(team, str(number))
            os.mkdir(folder)
            break
    try:
        with whole_folder(folder) as written:
            yield written, number
    finally:
        for one in (folder, team):  # after a refusal; the team's only where it has no other entry
            with contextlib.suppress(OSError):
                os.rmdir(one)


def read_entries(private: Private) -> Dict[str, List[Entry]]:
    """Reads what every team handed in: {team: its `Entry`s in order}, teams by name."""
    found: Dict[str, List[Entry]] = {}
    root = os.path.join(private.folder, _ENTRIES)
    for team in _listed(root):
        folders = [os.path.join(root, team, number) for number in _listed(os.path.join(root, team))
                   if number.isdigit()]
        for folder in sorted(folders, key=lambda path: int(os.path.basename(path))):
            path = os.path.join(folder, _FILE)
            if not os.path.isfile(path):
                continue  # it is being scored
            values = read_object(path, _KINDS, _remedy(folder), tuple(_KINDS))
            entry = Entry(folder, **{key: values[key] for key in _KINDS})
            found.setdefault(entry.team, []).append(entry)
    return dict(sorted(found.items()))


def teams(private: Private) -> List[str]:
    """Lists the teams that handed something in."""
    return list(read_entries(private))


def _listed(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
