"""Run folders of seg-mentor (TF 1.x, 2018): names and flags in ours. Plain Python.

There, the encoder's variables stand under `base_fe_scope/` and the decoder's at the top; upsampling
is by fixed bilinear transposed convolutions; sizes are letterbox squares; ResNet-18 pools with SAME
padding.
"""
import dataclasses
from typing import Any, Dict, List, Mapping

from utils.errors import UserError
from utils.runs.roles import shared_with_seg_mentor
from utils.runs.train_flags import TrainFlags
from utils.stored import BOOL, COLOUR, COUNT, NUMBER, TEXT, Kind, named, object_problem, optional

#: Its flags that mean here what they meant there.
_SAME_FLAGS = shared_with_seg_mentor(TrainFlags)
#: Its feature extractors that are others here, although the variables have the same names.
_EXTRACTORS = {"resnet_v1_18": "resnet_v1_18_same"}
_KINDS_OF_TYPES: Dict[Any, Kind] = {str: optional(TEXT), bool: BOOL, int: COUNT, float: NUMBER}
_KINDS = dict(
    {field.name: _KINDS_OF_TYPES[field.type] for field in dataclasses.fields(TrainFlags)
     if field.name in _SAME_FLAGS},
    basenet=TEXT, clabel2cname=named(TEXT), od_class2color=named(optional(COLOUR)))
_UNLABELLED = ("unlabeled", "unlabelled", "void", "ignore", "ambiguous")


def is_legacy_runargs(runargs: Mapping[str, Any]) -> bool:
    """Tells whether a `runargs` dict was written by seg-mentor."""
    return "clabel2cname" in runargs and "seed" not in runargs


def runargs_problem(runargs: Mapping[str, Any]) -> str:
    """Says what is wrong with the values of a seg-mentor `runargs` dict, in words, or ""."""
    labels = runargs.get("clabel2cname")
    if isinstance(labels, dict) and not all(label.isdigit() for label in labels):
        return "a label of 'clabel2cname' is no number"
    return object_problem(runargs, _KINDS)


def map_runargs(runargs: Mapping[str, Any]) -> Dict[str, Any]:
    """Translates the flags of a seg-mentor run into ours, as a dict.

    Beside its own flags: align="transposed", its upsampling; basenet="resnet_v1_18_same" for its
    ResNet-18; pixels as text. What else it stored (the GPU, counts of images) decides nothing here.

    Raises:
      UserError: it used what has no counterpart here.
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
    """Lists the classes of a seg-mentor run as runinfo has them. class_names: a list; palette: a
    list of [r, g, b], or of None where a class has no colour."""
    names = _class_names(runargs)
    colours = {name.lower(): colour
               for name, colour in runargs.get("od_class2color", {}).items()}
    return {"class_names": names, "palette": [colours.get(name.lower()) for name in names]}


def other_features(basenet: str) -> str:
    """Warns before weights of seg-mentor are taken into a feature extractor; "" where all is
    well."""
    if basenet not in _EXTRACTORS:
        return ""
    return (f"; warning: seg-mentor's {basenet} pads its max pool otherwise, so that these weights "
            f"gave other features there: --basenet={_EXTRACTORS[basenet]} computes them")


def _class_names(runargs):
    """Names of classes 0 .. num_classes - 1; labels beyond, and unlabelled ones, are no classes."""
    names = {int(label): name for label, name in runargs.get("clabel2cname", {}).items()}
    count = runargs.get("num_classes", 0) or sum(
        name.lower() not in _UNLABELLED for name in names.values())
    return [names.get(label, f"class {label}") for label in range(count)]
