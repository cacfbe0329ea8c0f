"""What teams must not see: labels, which images are public, and what was handed in.

    <private>/private.json           {format, split_sha256, manifest_sha256, public, scenes, seed}
    <private>/labels/<file>          a PNG for each image, as the records have it
    <private>/entries/...            see `entries`
"""
import dataclasses
import json
import os
from typing import Optional, Sequence, Tuple

import numpy as np

from utils.compete.manifest import MANIFEST, Manifest
from utils.data.image_opening import read_bytes
from utils.data.masks.files import mask_from_bytes
from utils.errors import UserError
from utils.files import write_text
from utils.stored import BOOL, COUNT, TEXT, many, optional, read_object

LABELS = "labels"
_FILE, _FORMAT = "private.json", 1
_REMEDY = "restore it from a copy"
_KINDS = {"format": COUNT, "split_sha256": TEXT, "public": many(BOOL),
          "scenes": optional(many(TEXT))}
#: Of competitions since 2026-11-28.
_LATER = {"manifest_sha256": TEXT}
#: The two parts of the images: scores of the one are told to teams, of the other at the end.
PUBLIC, PRIVATE = "public", "private"


@dataclasses.dataclass(frozen=True)
class Private:
    """The private folder of a competition.

    Attributes:
      folder: its path.
      public: bool [N], which images count for the public score.
      scenes: scene of each image; None where images are independent.
    """
    folder: str
    public: np.ndarray
    scenes: Optional[Tuple[str, ...]]

    def part(self, name: str) -> np.ndarray:
        """Tells which images belong to the part `PUBLIC` or `PRIVATE`: bool [N]."""
        return self.public if name == PUBLIC else ~self.public

    def clusters(self, part: np.ndarray) -> Optional[np.ndarray]:
        """Returns the scenes of the images of a part, or None."""
        return None if self.scenes is None else np.array(self.scenes)[part]

    def label(self, file: str) -> np.ndarray:
        """Reads a label: uint8 [H, W]; values that are no class are ignored."""
        path = os.path.join(self.folder, LABELS, file)
        return mask_from_bytes(read_bytes(path), path)

    def require_part(self, name: str) -> np.ndarray:
        """Returns `part`; a `UserError` where no image belongs to it."""
        chosen = self.part(name)
        if not chosen.any():
            raise UserError(f"all images of this competition are {PUBLIC}: expected "
                            f"--part={PUBLIC}")
        return chosen


def write_private(folder: str, manifest: Manifest, public: np.ndarray,
                  scenes: Optional[Sequence[str]], seed: int) -> None:
    """Writes `private.json`, whole or not at all; the folder is the owner's alone from then on."""
    values = dict(format=_FORMAT, split_sha256=manifest.split_sha256,
                  manifest_sha256=manifest.sha256, public=[bool(one) for one in public],
                  scenes=None if scenes is None else list(scenes), seed=seed)
    write_text(os.path.join(folder, _FILE), json.dumps(values) + "\n")
    os.chmod(folder, 0o700)


def read_private(folder: str, manifest: Manifest) -> Private:
    """Reads the private folder that belongs to a manifest.

    Raises:
      UserError: it is not there, is damaged, or belongs to another competition; or the manifest
        was changed since, and public images would be others.
    """
    path = os.path.join(folder, _FILE)
    if not os.path.isfile(path):
        raise UserError(f"{folder}: no private folder of a competition ({_FILE} is missing); name "
                        "it with --private=FOLDER; only its host has it")
    values = read_object(path, dict(_KINDS, **_LATER), _REMEDY, tuple(_KINDS))
    if values["split_sha256"] != manifest.split_sha256:
        raise UserError(f"{folder} belongs to another competition: split "
                        f"{values['split_sha256'][:8]}, expected {manifest.split_sha256[:8]}")
    if values.get("manifest_sha256", manifest.sha256) != manifest.sha256:
        raise UserError(f"{MANIFEST} was changed after {path} was written: its images, their order "
                        f"or its classes are others; {_REMEDY}")
    count = len(manifest.images)
    lengths = {len(values["public"]), count, len(values["scenes"] or values["public"])}
    if len(lengths) > 1 or not any(values["public"]):
        raise UserError(f"{path} does not fit the {count} images of manifest.json: {_REMEDY}")
    scenes = values["scenes"]
    return Private(folder, np.array(values["public"], bool), scenes and tuple(scenes))
