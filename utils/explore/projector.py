"""`projector`: what the seeds see in each image, for TensorBoard's embedding projector.

    tboards/projector/
        projector_config.pbtxt      what the page reads first
        all_seeds.tsv seed_1.tsv    vectors, one image a line
        metadata.tsv                name, loss, IoU, class, cluster, scene, metadata
        sprite.png                  thumbnails, row by row
        events.out.tfevents...      makes the folder a run of TensorBoard
"""
import io
import os
import re
from typing import Dict, List, Sequence, Tuple

import numpy as np
from PIL import Image

from utils.errors import UserError
from utils.evaluate.observers.thumbnails import SIDE, Thumbnails
from utils.explore.agreement import evenly, layer, layer_units
from utils.explore.clusters import clusters
from utils.explore.exploration import Exploration
from utils.explore.layers import LAYERS, principal
from utils.explore.projection import mean_kernel_vectors
from utils.files import write_bytes, write_text
from utils.lazy import lazy_module
from utils.whole_folder import whole_folder

events = lazy_module("utils.report.events")

#: Where it is written without --out.
FOLDER = os.path.join("tboards", "projector")
#: Thumbnails of a sprite, whose longest side TensorBoard limits to 8192 pixels.
MOST_IMAGES = (8192 // SIDE) ** 2
_CONFIG = "projector_config.pbtxt"


def write_projector(exploration: Exploration, folder: str = FOLDER) -> List[str]:
    """Writes the folder, whole or not at all; what an earlier call wrote is replaced.

    Returns:
      lines for the user.

    Raises:
      UserError: the folder holds something else, or nothing is extracted.
    """
    chosen = evenly(len(exploration.names), MOST_IMAGES)
    with whole_folder(folder, lambda: _require_own(folder)) as written:
        tensors = _write_tensors(exploration, chosen, written)
        columns = _columns(exploration, chosen)
        write_text(os.path.join(written, "metadata.tsv"), _tsv_of(columns))
        pictures = exploration.images.thumbnails if exploration.images else None
        if pictures is not None:
            write_bytes(os.path.join(written, "sprite.png"), sprite(pictures, chosen))
        write_text(os.path.join(written, _CONFIG), _config(tensors, pictures is not None))
        with events.EventFile(written, 0) as file:
            file.text("projector", f"{len(chosen)} images, {LAYERS[layer(exploration)]}")
    return list(_lines(exploration, folder, len(chosen), pictures is not None))


def _require_own(folder):
    if os.path.isdir(folder) and os.listdir(folder) \
            and not os.path.isfile(os.path.join(folder, _CONFIG)):
        raise UserError(f"--out={folder}: this folder holds something else: expected a new folder, "
                        "or one that this command wrote")


def _lines(exploration, folder, count, has_sprite):
    yield (f"{folder}: {count} images, {len(exploration.records)} runs; look at it with: "
           f"tensorboard --logdir={folder}")
    if count < len(exploration.names):
        yield (f"{count} of {len(exploration.names)} images, evenly spaced: a sprite holds no more "
               f"thumbnails of {SIDE} pixels")
    if not has_sprite:
        yield ("no thumbnails of these images: "
               + exploration.extract_command(exploration.records[0]))


def _write_tensors(exploration, chosen, folder) -> List[Tuple[str, str, Tuple[int, int]]]:
    """Writes the vectors; returns [(name, file, (images, components))]."""
    units = layer_units(exploration)
    found = [("all seeds", mean_kernel_vectors(units))]
    if len(units) > 1:
        found += [(f"{record.name} (seed {record.seed_text})", principal(own))
                  for record, own in zip(exploration.records, units)]
    made = []
    for place, (name, vectors) in enumerate(found):
        file = f"seed_{place}.tsv" if place else "all_seeds.tsv"
        write_text(os.path.join(folder, file), "".join(
            "\t".join(f"{value:.6g}" for value in row) + "\n" for row in vectors[chosen]))
        made.append((name, file, (len(chosen), vectors.shape[1])))
    return made


def _columns(exploration, chosen) -> Dict[str, Sequence[object]]:
    """Returns {heading: values} of the chosen images."""
    loss, iou = exploration.loss.mean(0), exploration.iou.mean(0)
    main = np.asarray(exploration.class_names)[exploration.matrices[0].sum(-1).argmax(-1)]
    made: Dict[str, np.ndarray] = {"name": np.array(exploration.names), "loss": loss, "IoU": iou,
                                   "class": main}
    try:
        made["cluster"] = clusters(exploration).image_names()
    except UserError:  # too few images
        pass
    if exploration.scenes is not None:
        made["scene"] = exploration.scenes
    metadata = exploration.metadata
    for name, values in list(metadata.numbers.items()) + list(metadata.categories.items()):
        made.setdefault(name, np.asarray(values))
    return {name: values[chosen].tolist() for name, values in made.items()}


def _tsv_of(columns: Dict[str, Sequence[object]]) -> str:
    """Writes a table with tabs; a tab or a line end within a text becomes a blank."""
    lines = [list(columns)] + [list(row) for row in zip(*columns.values())]
    return "".join("\t".join(map(_cell, line)) + "\n" for line in lines)


def _cell(value):
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return re.sub(r"[\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", str(value))


def sprite(pictures: Thumbnails, chosen: Sequence[int]) -> bytes:
    """Draws thumbnails side by side, row by row, in a square grid: an encoded PNG.

    Args:
      pictures: of all images.
      chosen: those to draw, in order; at most `MOST_IMAGES`.
    """
    columns = int(np.ceil(np.sqrt(len(chosen))))
    sheet = Image.new("RGB", (columns * SIDE, columns * SIDE))
    for place, index in enumerate(chosen):
        with Image.open(io.BytesIO(pictures[int(index)])) as picture:
            small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE))
        row, column = divmod(place, columns)
        sheet.paste(small, (column * SIDE + (SIDE - small.width) // 2,
                            row * SIDE + (SIDE - small.height) // 2))
    out = io.BytesIO()
    sheet.save(out, format="PNG")
    return out.getvalue()


def _config(tensors, has_sprite) -> str:
    """Writes the ProjectorConfig as protocol buffer text; paths are relative to the folder."""
    picture = ("  sprite {\n    image_path: \"sprite.png\"\n"
               f"    single_image_dim: {SIDE}\n    single_image_dim: {SIDE}\n  }}\n"
               ) if has_sprite else ""
    return "".join(
        f"embeddings {{\n  tensor_name: {_quoted(name)}\n  tensor_path: \"{file}\"\n"
        f"  tensor_shape: {shape[0]}\n  tensor_shape: {shape[1]}\n"
        f"  metadata_path: \"metadata.tsv\"\n{picture}}}\n" for name, file, shape in tensors)


def _quoted(text):
    return '"{}"'.format(re.sub(r'["\\\n]', " ", text))
