"""What is taken as independent: images, or the scenes that --cluster takes from their names."""
from typing import TYPE_CHECKING, List

from utils.report.common import counted

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


def units_name(exploration: "Exploration") -> str:
    """Names the independent units: "images", "12 scenes"."""
    scenes = exploration.scenes
    return "images" if scenes is None else counted(len(set(scenes.tolist())), "scene")


def about_units(exploration: "Exploration") -> List[str]:
    """Tells what intervals take as independent, where that may be wrong."""
    if exploration.scenes is not None:
        return []
    return ["Images are taken as independent. Frames of a video, or of one place, are not: then "
            "intervals are too short, and --cluster names the scenes."]
