"""Translates the flags and classes of seg-mentor's runs (TF 1.x, 2018). Plain Python.

seg-mentor upsamples by fixed bilinear transposed convolutions. It fits images into letterbox
squares, and pools with SAME padding in ResNet-18. utils/checkpoints/seg_mentor.py translates the
names of its variables.
"""
import dataclasses
from typing import Any, Dict, List, Mapping

from utils.errors import UserError
from utils.runs.roles import shared_with_seg_mentor
from utils.runs.train_flags import TrainFlags
from utils.stored import BOOL, COLOUR, COUNT, NUMBER, TEXT, Kind, named, object_problem, optional

#: seg-mentor's flags that mean the same here.
_SAME_FLAGS = shared_with_seg_mentor(TrainFlags)
#: {seg-mentor's feature extractor: ours with its features}, where the same name means another net.
_EXTRACTORS = {"resnet_v1_18": "resnet_v1_18_same"}
_KINDS_OF_TYPES: Dict[Any, Kind] = {str: optional(TEXT), bool: BOOL, int: COUNT, float: NUMBER}
_KINDS = dict(
    {field.name: _KINDS_OF_TYPES[field.type] for field in dataclasses.fields(TrainFlags)
     if field.name in _SAME_FLAGS},
    basenet=TEXT, clabel2cname=named(TEXT), od_class2color=named(optional(COLOUR)))
_UNLABELLED = ("unlabeled", "unlabelled", "void", "ignore", "ambiguous")


def is_seg_mentor_runargs(runargs: Mapping[str, Any]) -> bool:
    """Tells whether a `runargs` dict was written by seg-mentor."""
    return "clabel2cname" in runargs and "seed" not in runargs


def runargs_problem(runargs: Mapping[str, Any]) -> str:
    """Says what is wrong with the values of a seg-mentor `runargs` dict, or ""."""
    labels = runargs.get("clabel2cname")
    if isinstance(labels, dict) and not all(label.isdigit() for label in labels):
        return "a label of 'clabel2cname' is no number"
    return object_problem(runargs, _KINDS)


def map_runargs(runargs: Mapping[str, Any]) -> Dict[str, Any]:
    """Translates the flags of a seg-mentor run into ours, as a dict.

    Adds align="transposed", its upsampling. basenet is "resnet_v1_18_same" for its ResNet-18, and
    pixels is text. Its other flags (the GPU, counts of images) have no effect here.

    Raises:
      UserError: the run used a decoder that has no counterpart here.
    """
    if runargs.get("trainable_upsampling") or runargs.get("extended_arch"):
        raise UserError("this seg-mentor run used {}: expected FCN with fixed upsampling; the "
                        "others have no counterpart here, train it again".format(
                            "--trainable_upsampling" if runargs.get("trainable_upsampling")
                            else "--extended_arch=" + runargs["extended_arch"]))
    flags = {name: runargs[name] for name in _SAME_FLAGS if runargs.get(name) is not None}
    if "basenet" in flags:
        flags["basenet"] = _EXTRACTORS.get(flags["basenet"], flags["basenet"])
    flags["pixels"] = str(runargs.get("pixels", 512))
    flags["align"] = "transposed"
    return flags


def named_classes(runargs: Mapping[str, Any]) -> Dict[str, List[Any]]:
    """Lists the classes of a seg-mentor run, in the form of runinfo.

    Returns:
      dict of class_names, a list, and palette: a list of [r, g, b], or None without a colour.
    """
    names = _class_names(runargs)
    colours = {name.lower(): colour
               for name, colour in runargs.get("od_class2color", {}).items()}
    return {"class_names": names, "palette": [colours.get(name.lower()) for name in names]}


def other_features(basenet: str) -> str:
    """Warns of seg-mentor's weights in a feature extractor that computes others; else ""."""
    if basenet not in _EXTRACTORS:
        return ""
    return (f"; warning: seg-mentor's {basenet} pads its max pool otherwise, so that these weights "
            f"gave other features there: --basenet={_EXTRACTORS[basenet]} computes them")


def _class_names(runargs):
    """Names classes 0 .. num_classes - 1; other and unlabelled labels are no classes."""
    names = {int(label): name for label, name in runargs.get("clabel2cname", {}).items()}
    count = runargs.get("num_classes", 0) or sum(
        name.lower() not in _UNLABELLED for name in names.values())
    return [names.get(label, f"class {label}") for label in range(count)]
