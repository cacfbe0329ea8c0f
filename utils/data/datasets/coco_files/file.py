"""One COCO file as any tool writes it: read whole, told apart from other JSON, ids made plain.

    {"images": [{"id", "file_name", "height", "width"}],
     "categories": [{"id", "name", "supercategory"}],
     "annotations": [{"id", "image_id", "category_id", "segmentation", "area", "iscrowd"}]}

Height, width, supercategory, area, iscrowd and an annotation's id may be missing.
"""
import collections
import dataclasses
import json
import re
from typing import Any, List, Tuple

from utils.errors import UserError
from utils.texts import read_text

#: supercategory: None where the file gives none.
Category = collections.namedtuple("Category", "id name supercategory")
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?$", re.ASCII)
_EXPECTED = "expected a COCO instances file: an object with images, categories and annotations"
#: What marks the annotations of a file for another task: (key, its name).
_OTHER_TASKS = (("segments_info", "panoptic"), ("caption", "captions"))


@dataclasses.dataclass(frozen=True)
class CocoFile:
    """What a file holds; images and annotations are as they stand in it.

    Attributes:
      path: the file.
      categories: tuple of `Category`, in the order of the file.
      images: list of the file's entries.
      annotations: list of the file's entries; None where the file has no such list.
    """
    path: str
    categories: Tuple[Category, ...]
    images: List[Any]
    annotations: Any


def same_id(value: Any) -> Any:
    """Returns one form of an id: 3 for 3, 3.0, "3" and " 3.0 "; the bare text of any other."""
    if type(value) is int:
        return value
    text = str(value).strip()
    return int(text.split(".")[0]) if _WHOLE.match(text) else text


def read_json(path: str, unique: bool = False) -> Any:
    """Returns the content of a JSON file.

    Args:
      path: the file.
      unique: whether a key that stands twice in an object is a mistake; JSON keeps the last.

    Raises:
      UserError: no such file, no Unicode, no JSON, or a key twice.
    """
    try:
        return json.loads(read_text(path), object_pairs_hook=_unique if unique else None)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error}); copy or mend it") from error


def _unique(pairs):
    for key, count in collections.Counter(key for key, _ in pairs).items():
        if count > 1:
            raise ValueError(f"{key!r} stands {count} times")
    return collections.OrderedDict(pairs)


def read_coco(path: str) -> CocoFile:
    """Reads an instances file.

    Raises:
      UserError: no JSON, a file of another kind or task, or without images or categories.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise UserError("{}: holds a {} and no images; {} (results of a detector have none)".format(
            path, "list" if isinstance(content, list) else "single value", _EXPECTED))
    for key in ("images", "categories"):
        if not isinstance(content.get(key), list) or not content[key]:
            raise UserError("{}: has no {} (it has {}); {}".format(
                path, key, ", ".join(sorted(map(str, content))[:8]) or "nothing", _EXPECTED))
    annotations = content.get("annotations")
    if not isinstance(annotations, list):
        annotations = None
    _refuse_other_tasks(path, annotations)
    return CocoFile(path, _categories(path, content["categories"]), content["images"], annotations)


def _refuse_other_tasks(path, annotations):
    first = annotations[0] if annotations else None
    for key, task in _OTHER_TASKS:
        if isinstance(first, dict) and key in first:
            raise UserError(f"{path}: a COCO file of the task {task}, which has no outlines of "
                            "objects; expected an instances file")


def _categories(path, entries):
    found = []
    for number, entry in enumerate(entries, 1):
        entry = entry if isinstance(entry, dict) else {"entry": entry}
        name = "" if entry.get("name") is None else str(entry["name"]).strip()
        if not name or entry.get("id") is None:
            raise UserError(f"{path}: category number {number} has no name or no id "
                            f"({str(entry)[:60]}); expected " '{"id": 1, "name": "cat"}')
        above = entry.get("supercategory")
        found.append(Category(same_id(entry["id"]), name, above and str(above).strip() or None))
    return tuple(found)
