"""Candidates for wrong labels as COCO's JSON of instances, whose masks are run lengths.

The category is the class that the nets see; attributes tell the given one and the score.
"""
import json
from typing import TYPE_CHECKING, Any, Dict, List, Sequence

from utils.explore.exports.candidates import Candidate, images_of, read_candidates, runs_of
from utils.explore.exports.record import EXPORTS
from utils.files import write_text

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


@EXPORTS.register("coco")
def write_coco(exploration: "Exploration", out: str, candidates: str) -> List[str]:
    """Writes candidates as COCO's JSON; returns lines for the user.

    Raises:
      UserError: there is no file of candidates.
    """
    found = read_candidates(candidates)
    path = out or "candidates.json"
    write_text(path, json.dumps(coco(found, exploration.class_names)))
    return [f"{path}: {len(found)} regions of {len(images_of(found))} images, for COCO's tools and "
            "for CVAT (import as COCO 1.0)"]


def coco(candidates: Sequence[Candidate], class_names: Sequence[str]) -> Dict[str, Any]:
    """Makes the object of the JSON; ids count from 1."""
    images = images_of(candidates)
    numbers = {image: number for number, image in enumerate(images, 1)}
    categories = {name: number for number, name in enumerate(class_names, 1)}
    return dict(
        info=dict(description="candidates for wrong labels"),
        images=[dict(id=numbers[image], file_name=image[0], height=image[1][0], width=image[1][1])
                for image in images],
        categories=[dict(id=number, name=name, supercategory="")
                    for name, number in categories.items()],
        annotations=[_annotation(number, one, numbers[one.image, one.size], categories[one.seen])
                     for number, one in enumerate(candidates, 1)])


def _annotation(number, candidate, image, category):
    counts = runs_of(candidate.whole_mask.ravel(order="F"))  # COCO counts down the columns
    return dict(
        id=number, image_id=image, category_id=category, iscrowd=0, area=int(candidate.mask.sum()),
        bbox=[float(value) for value in candidate.box], score=candidate.score,
        segmentation=dict(size=list(candidate.size), counts=counts),
        attributes=dict(given=candidate.given, seen=candidate.seen, score=candidate.score))
