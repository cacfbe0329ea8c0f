"""`manifest.json`: what a competition tells its teams. Nothing in it depends on a label.

    {format, family, split, split_sha256, class_names, palette, ignore_label, rules,
     images: [{name, file, image, height, width}]}
"""
import dataclasses
import hashlib
import json
import os
import re
from typing import Any, Dict, Tuple

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.files import write_text
from utils.stored import COLOUR, COUNT, OBJECT, TEXT, many, object_problem, read_object

MANIFEST = "manifest.json"
_FORMAT = 1
_KINDS = {"family": TEXT, "split": TEXT, "split_sha256": TEXT, "class_names": many(TEXT),
          "palette": many(COLOUR), "ignore_label": COUNT, "rules": many(TEXT),
          "images": many(OBJECT)}
_IMAGE_KINDS = {"name": TEXT, "file": TEXT, "image": TEXT, "height": COUNT, "width": COUNT}
#: Names of files as `names.safe_stem` makes them.
_SAFE_FILE = re.compile(r"[A-Za-z0-9_%~-][A-Za-z0-9_.%~-]*\.png$")
_REMEDY = "copy it again, or create the competition again"


@dataclasses.dataclass(frozen=True)
class CompetitionImage:
    """An image of a competition.

    Attributes:
      name: in the records.
      file: name of its prediction in a submission, as "0001TP_008550.png".
      image: path of the image in the competition's folder.
      height, width: pixels.
    """
    name: str
    file: str
    image: str
    height: int
    width: int

    @property
    def greatest_file(self) -> int:
        """Bytes that a PNG of its class indices takes at most: pixels that nothing packs, with room
        for notes."""
        pixels = self.height * (self.width + 1)
        return pixels + pixels // 100 + 65536


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a competition is about.

    Attributes:
      family, split, split_sha256: of the records that it was made from.
      class_names: C names. palette: (r, g, b) of each.
      images: in the order of the records.
      rules: sentences for the teams.
    """
    family: str
    split: str
    split_sha256: str
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    images: Tuple[CompetitionImage, ...]
    rules: Tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @property
    def sha256(self) -> str:
        """Hash of all that a score depends on: the split, its images in order, and the classes."""
        values = self.as_json()
        told = {key: values[key] for key in ("split", "split_sha256", "class_names", "images")}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> Dict[str, Any]:
        """Returns what `manifest.json` holds."""
        return dict(dataclasses.asdict(self), format=_FORMAT, ignore_label=IGNORE_LABEL)


def write_manifest(folder: str, manifest: Manifest) -> None:
    """Writes `manifest.json`, whole or not at all."""
    write_text(os.path.join(folder, MANIFEST), json.dumps(manifest.as_json(), indent=1) + "\n")


def read_manifest(folder: str) -> Manifest:
    """Reads the manifest of a competition's folder.

    Raises:
      UserError: the folder is no competition, or its manifest is damaged or of a newer version.
    """
    path = os.path.join(folder, MANIFEST)
    if not os.path.isfile(path):
        raise UserError(f"{folder}: no competition ({MANIFEST} is missing); make one with: python "
                        f"fcn_compete.py create {folder} --datapath=RECORDS")
    values = read_object(path, dict(_KINDS, format=COUNT), _REMEDY, ("format",) + tuple(_KINDS))
    if values["format"] > _FORMAT:
        raise UserError(f"{path}: written by a newer version (format {values['format']}, this one "
                        f"reads {_FORMAT}); update")
    problem = _problem(values)
    if problem:
        raise UserError(f"{path} is damaged, {problem}: {_REMEDY}")
    return Manifest(
        class_names=tuple(values["class_names"]), palette=tuple(map(tuple, values["palette"])),
        images=tuple(CompetitionImage(**{key: image[key] for key in _IMAGE_KINDS})
                     for image in values["images"]),
        rules=tuple(values["rules"]), **{key: values[key] for key in (
            "family", "split", "split_sha256")})


def _problem(values):
    if not values["class_names"] or len(values["palette"]) != len(values["class_names"]):
        return f"{len(values['class_names'])} classes and {len(values['palette'])} colours"
    for image in values["images"]:
        problem = object_problem(image, _IMAGE_KINDS, tuple(_IMAGE_KINDS))
        if problem:
            return f"an image, {problem}"
        if not _SAFE_FILE.match(image["file"]):
            return f"{image['file']!r} is no name of a PNG"
    return "" if values["images"] else "no images"
