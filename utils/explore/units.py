"""What is taken as independent: images, or the scenes that --cluster takes from their names."""
from typing import TYPE_CHECKING, List, Optional

from utils.report.common import counted
from utils.statistics.slices import FEWEST_SCENES

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


def units_name(exploration: "Exploration") -> str:
    """Names the independent units: "images", "12 scenes"."""
    scenes = exploration.scenes
    return "images" if scenes is None else counted(len(set(scenes.tolist())), "scene")


def few_scenes(exploration: "Exploration") -> Optional[str]:
    """Tells why nothing is claimed of other scenes; None where there are enough of them."""
    scenes = exploration.scenes
    count = FEWEST_SCENES if scenes is None else len(set(scenes.tolist()))
    if count >= FEWEST_SCENES:
        return None
    return (f"{counted(count, 'scene')}: what hangs together here need not elsewhere, so no "
            f"finding is claimed; expected {FEWEST_SCENES} or more.")


def about_units(exploration: "Exploration") -> List[str]:
    """Tells what intervals take as independent, where that may be wrong."""
    if exploration.scenes is not None:
        return []
    return ["Images are taken as independent. Frames of a video, or of one place, are not: then "
            "intervals are too short, and --cluster names the scenes."]
