"""The card of an export: all that a user of the folder needs to know."""
import dataclasses
from typing import Any, Dict, List

from utils.evaluate.results import format_size
from utils.evaluate.trained_run import Run
from utils.export.outcome import Outcome
from utils.export.serving import Form
from utils.runs.info import now, surroundings

_VIEW = "float32 RGB, 0 to 255, not normalised (the net does that itself); {}"
_LETTERBOX = ("the image scaled by one factor, so that it just fits into {size} (height x width), "
              "antialiased bilinear, pixel centres at half pixels, centred between black bars")
_SAME = "of any size, each image as it is"
_IMAGE = "uint8 RGB, as decoded and upright; {}"
_OUTPUTS = {
    "scores": "float32, one score (logit) for each class at each pixel of the input; the greatest "
              "names the class",
    "labels": "uint8, the class at each pixel of the input"}


def make_card(run: Run, checkpoint: str, form: Form, flags: Any, outcomes: List[Outcome],
              argv: List[str]) -> Dict[str, Any]:
    """Makes the card, a dict that JSON can hold.

    Args:
      run: the run that was exported.
      checkpoint: the prefix of its weights.
      form: what the exported net takes and gives.
      flags: the command's, a dataclass.
      outcomes: what became of each format.
      argv: the command line, without the script.
    """
    names, palette = run.classes
    return {
        "run": run.folder.name,
        "checkpoint": checkpoint,
        "net": dataclasses.asdict(run.args),
        "data_sha256": run.folder.read_runinfo().get("data_sha256", ""),
        "class_names": list(names),
        "palette": [list(colour) for colour in palette],
        "input": {"name": "images", "type": form.input_type, "shape": form.input_shape,
                  "meaning": describe_input(form)},
        "output": {"name": form.output, "type": form.output_type, "shape": form.output_shape,
                   "meaning": _OUTPUTS[form.output]},
        "shapes": f"null is any; the TFLite files have a batch of {form.batch or 1}",
        "formats": [dataclasses.asdict(outcome) for outcome in outcomes],
        "flags": dataclasses.asdict(flags),
        "made": dict(surroundings(["fcn_export.py"] + list(argv)), time=now()),
    }


def describe_input(form: Form) -> str:
    """Describes the input in words."""
    if form.input == "view":
        return _VIEW.format(_LETTERBOX.format(size=format_size(form.size)) if form.size else _SAME)
    inside = ("inside, it is " + _LETTERBOX.format(size=format_size(form.size))
              if form.size else "the net sees it at its own size")
    return _IMAGE.format(inside)
