"""The board as one offline page."""
import datetime
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.compete.disagreement import Disagreement, differing
from utils.compete.manifest import CompetitionImage, Manifest
from utils.data.image_opening import read_bytes
from utils.data.images import load_image
from utils.drawing.colours import RIGHT, WRONG
from utils.drawing.thumbnails import image_thumbnail, label_thumbnail
from utils.explore.page.blocks import data_address
from utils.files import write_text
from utils.page import shell
from utils.report.common import counted
from utils.report.section import Section
from utils.report.section_values import MOST_ROWS, section_values

_FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Images shown, and the longer side of each picture in pixels.
_SHOWN, _SIDE = 6, 240


def write_page(path: str, folder: str, manifest: Manifest, made: Sequence[Section],
               differ: Optional[Disagreement]) -> None:
    """Writes the page of a board.

    Args:
      path: the file.
      folder: of the competition, for its images.
      made: of `board.sections`; the first is the ranking.
      differ: of the leading entries; None where fewer than two teams have entered.
    """
    teams = counted(len(made[0].tables[0].rows), "team")
    title = f"{manifest.family} {manifest.split}: {teams}"
    write_text(path, shell.render(
        os.path.join(_FOLDER, "board.html.jinja"), title, [shell.own("board.css", _FOLDER)],
        facts=_facts(manifest), verdict=made[0].text,
        sections=[section_values(one) for one in made], most_rows=MOST_ROWS,
        legend=[(name, "rgb({}, {}, {})".format(*colour))
                for name, colour in zip(manifest.class_names, manifest.palette)],
        examples=_examples(folder, manifest, differ) if differ else ()))


def _facts(manifest: Manifest) -> List[str]:
    today = datetime.date.today().isoformat()
    return [f"{counted(len(manifest.images), 'image')} of {manifest.family}, split "
            f"{manifest.split} ({manifest.split_sha256[:8]}), {manifest.num_classes} classes.",
            f"Made by fcn_compete.py on {today}. mIoU: matrices summed over images, mean over the "
            "classes that occur."]


def _examples(folder: str, manifest: Manifest, differ: Disagreement) -> List[Dict[str, Any]]:
    """Makes the pictures of the images in which the leading entries disagree most."""
    worst = differ.worst(_SHOWN)
    columns = [_predictions(manifest, entry, worst) for entry in differ.entries]
    examples = []
    for place, index in enumerate(worst):
        image, seen = manifest.images[index], [column[place] for column in columns]
        examples.append(dict(
            name=image.name, share=f"{100 * differ.shares[index]:.1f}",
            pictures=_pictures(folder, manifest, image,
                               [entry.team for entry in differ.entries], seen)))
    return examples


def _predictions(manifest: Manifest, entry: Any, indices: Sequence[int]) -> List[np.ndarray]:
    with entry.predictions(manifest) as predictions:
        return [predictions(manifest.images[index]) for index in indices]


def _pictures(folder: str, manifest: Manifest, image: CompetitionImage, teams: Sequence[str],
              seen: Sequence[np.ndarray]) -> List[Tuple[str, str]]:
    """Makes (caption, address) of an image, of each prediction, and of where they differ."""
    path = os.path.join(folder, image.image)
    made = [("image", image_thumbnail(load_image(read_bytes(path), path), _SIDE))]
    made += [(team, label_thumbnail(one, manifest.palette, _SIDE))
             for team, one in zip(teams, seen)]
    made.append(("disagreement", label_thumbnail(differing(seen).astype(np.uint8), (RIGHT, WRONG),
                                                 _SIDE)))
    return [(caption, data_address(picture)) for caption, picture in made]
