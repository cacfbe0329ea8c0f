"""Candidates for wrong labels as CVAT's own XML ("CVAT for images 1.1"), as masks.

The label is the class that the nets see; attributes tell the given one and the score.
"""
from typing import TYPE_CHECKING, List, Sequence
from xml.etree import ElementTree

from utils.explore.exports.candidates import Candidate, images_of, read_candidates, runs_of
from utils.explore.exports.record import EXPORTS
from utils.files import write_bytes

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


@EXPORTS.register("cvat")
def write_cvat(exploration: "Exploration", out: str, candidates: str) -> List[str]:
    """Writes candidates as CVAT's XML; returns lines for the user.

    Raises:
      UserError: there is no file of candidates.
    """
    found = read_candidates(candidates)
    path = out or "annotations.xml"
    write_bytes(path, ElementTree.tostring(cvat(found, exploration.class_names), "utf-8"))
    return [f"{path}: {len(found)} regions of {len(images_of(found))} images; a task in CVAT needs "
            "labels of these names with the text attributes given and score"]


def cvat(candidates: Sequence[Candidate], class_names: Sequence[str]) -> ElementTree.Element:
    """Makes the root of the XML."""
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    task = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
    labels = ElementTree.SubElement(task, "labels")
    for name in class_names:
        _describe(ElementTree.SubElement(labels, "label"), name)
    for number, (name, size) in enumerate(images_of(candidates)):
        image = ElementTree.SubElement(root, "image", id=str(number), name=name,
                                       width=str(size[1]), height=str(size[0]))
        for one in candidates:
            if (one.image, one.size) == (name, size):
                _add_mask(image, one)
    return root


def _describe(label, name):
    ElementTree.SubElement(label, "name").text = name
    attributes = ElementTree.SubElement(label, "attributes")
    for own in ("given", "score"):
        attribute = ElementTree.SubElement(attributes, "attribute")
        for tag, text in (("name", own), ("mutable", "False"), ("input_type", "text"),
                          ("default_value", ""), ("values", "")):
            ElementTree.SubElement(attribute, tag).text = text


def _add_mask(image, candidate):
    left, top, width, height = map(str, candidate.box)
    mask = ElementTree.SubElement(
        image, "mask", label=candidate.seen, source="manual", occluded="0", z_order="0", left=left,
        top=top, width=width, height=height,
        rle=", ".join(map(str, runs_of(candidate.mask.ravel()))))  # along the rows of the box
    for name, text in (("given", candidate.given), ("score", f"{candidate.score:.6g}")):
        ElementTree.SubElement(mask, "attribute", name=name).text = text
