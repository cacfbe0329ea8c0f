"""A dataset of FiftyOne: images with masks of truth and predictions, and a field for each column.

FiftyOne reads files, so images and masks are written to a folder first. It shows the value 0 of a
mask as background, so that masks hold the class + 1, and 0 where there is no label.

    explore_fiftyone/
        images/<name>.jpg                   as in the records
        truth/<name>.png                    masks
        <run>/<name>.png                    predictions at the size of thumbnails, stretched there
"""
import io
import os
import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Tuple

import numpy as np
from PIL import Image

from utils.data.images import encode_png
from utils.data.record_files import read_examples, split_files
from utils.errors import UserError
from utils.explore.exports.images import image_columns
from utils.explore.exports.record import EXPORTS, require_package
from utils.files import write_bytes
from utils.whole_folder import whole_folder

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Where it is written without --out.
FOLDER = "explore_fiftyone"
TRUTH, IMAGES = "truth", "images"


@EXPORTS.register("fiftyone")
def write_fiftyone(exploration: "Exploration", out: str, candidates: str) -> List[str]:
    """Makes the dataset in FiftyOne's database; returns lines for the user.

    A dataset of the same name is replaced.

    Raises:
      UserError: fiftyone is missing, or the folder, the records or predictions do not serve.
    """
    fiftyone = require_package("fiftyone", "fiftyone")
    folder = out or FOLDER
    with whole_folder(folder, lambda: _require_own(folder)) as written:
        found = list(_write_files(exploration, written))
    name = os.path.basename(os.path.abspath(folder))
    dataset = fiftyone.Dataset(name, persistent=True, overwrite=True)
    dataset.default_mask_targets = dict(enumerate(exploration.class_names, 1))
    columns = image_columns(exploration)
    masks = [TRUTH] + [record.name for record in exploration.records]
    fields = field_names(masks + list(columns))
    dataset.add_samples([
        _sample(fiftyone, os.path.abspath(folder), files, {
            column: values[index] for column, values in columns.items()}, fields)
        for index, files in enumerate(found)])
    dataset.save()
    return [f"{folder}: {len(found)} images, in FiftyOne as {name!r}; look at it with: "
            f"fiftyone app launch {name}"]


def _require_own(folder):
    if os.path.isdir(folder) and os.listdir(folder) \
            and not os.path.isdir(os.path.join(folder, IMAGES)):
        raise UserError(f"--out={folder}: this folder holds something else: expected a new folder, "
                        "or one that this command wrote")


def _write_files(exploration, folder) -> Iterator[Dict[str, str]]:
    """Writes images and masks; yields {field: path below the folder} of each image, in order."""
    predictions = [(record.name, found) for record, found in zip(
        exploration.records, exploration.predictions)]
    for index, (name, example) in enumerate(_examples(exploration)):
        ending = "jpg" if example["image"][:2] == b"\xff\xd8" else "png"
        files = {IMAGES: os.path.join(IMAGES, f"{name}.{ending}"),
                 TRUTH: os.path.join(TRUTH, name + ".png")}
        data = {IMAGES: example["image"], TRUTH: _mask(example["label"], exploration)}
        for run, pictures in predictions:
            files[run] = os.path.join(run, name + ".png")
            data[run] = _mask(pictures[index], exploration)
        for field, path in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            write_bytes(os.path.join(folder, path), data[field])
        yield files


def _examples(exploration) -> Iterator[Tuple[str, Dict[str, bytes]]]:
    """Yields (name, record) of each image.

    Raises:
      UserError: the records are of other images, or of raw pixels.
    """
    files = split_files(exploration.datapath, exploration.split)
    examples = (example for path in files for example in read_examples(path))
    count = 0
    for count, example in enumerate(examples, 1):
        name = example.get("name", b"").decode("utf-8", "replace")
        if count > len(exploration.names) or name != exploration.names[count - 1]:
            raise UserError(f"{exploration.datapath}: image {count} of {exploration.split} is "
                            f"{name!r}: expected the records that were extracted, from fcn_data.py "
                            "convert")
        yield name, example
    if count < len(exploration.names):
        raise UserError(f"{exploration.datapath}: {count} images, expected "
                        f"{len(exploration.names)}: give the records that were extracted")


def _mask(picture: bytes, exploration) -> bytes:
    """Returns a PNG of classes + 1, from one of classes; 0 for values that are no class."""
    with Image.open(io.BytesIO(picture)) as opened:
        label = np.asarray(opened)
    known = label < len(exploration.class_names)
    return encode_png(np.where(known, label + 1, 0).astype(np.uint8))


def _sample(fiftyone, folder, files, values, fields) -> Any:
    sample = fiftyone.Sample(filepath=os.path.join(folder, files[IMAGES]),
                             tags=[str(values.pop("split"))])
    for field, path in files.items():
        if field != IMAGES:
            sample[fields[field]] = fiftyone.Segmentation(mask_path=os.path.join(folder, path))
    for column, value in values.items():
        plain = value.item() if hasattr(value, "item") else value
        if plain == plain and plain != "":  # NaN and "" are unknown: the field stays empty
            sample[fields[column]] = plain
    return sample


def field_names(names: Iterable[str]) -> Dict[str, str]:
    """Makes the name of a field of FiftyOne for each name, no two alike.

    Fields hold letters, digits and "_"; `id` and the like are FiftyOne's own, and its queries take
    "__" for a dot. Of names that become one field, the second ends in _2, and so on.
    """
    fields: Dict[str, str] = {}
    for name in dict.fromkeys(names):
        stem = "_".join(re.findall(r"[^\W_]+", name)).lower()
        if stem in _OWN or not stem[:1].isalpha():
            stem = f"image_{stem}".rstrip("_")
        made, number = stem, 1
        while made in fields.values():
            number += 1
            made = f"{stem}_{number}"
        fields[name] = made
    return fields


#: What a sample has already: its fields, and what FiftyOne's classes of documents call their own.
_OWN = ("", "id", "pk", "filepath", "tags", "metadata", "created_at", "last_modified_at", "clean",
        "fields", "field_names", "dataset", "save", "reload")
