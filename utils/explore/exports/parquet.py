"""All images as a parquet file, with the map and the nearest images, as embedding-atlas reads it.

    embedding-atlas explore.parquet --x x --y y --neighbors neighbors --image image

A row of `neighbors` is {"ids": rows of the nearest images, "distances": 1 - cosine}; one of `image`
is {"bytes": the thumbnail, "path": the image's name}. Further columns are those of
`exports.images`.
"""
import io
from typing import TYPE_CHECKING, Any, Dict, List

import numpy as np

from utils.explore.agreement import layer, layer_units
from utils.explore.exports.images import image_columns
from utils.explore.exports.record import EXPORTS, require_package
from utils.explore.layers import unit_vectors
from utils.explore.neighbours import nearest
from utils.explore.projection import map_coordinates, mean_kernel_vectors
from utils.files import write_bytes

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Nearest images that a row names.
NEIGHBOURS = 15


@EXPORTS.register("parquet")
def write_parquet(exploration: "Exploration", out: str, candidates: str) -> List[str]:
    """Writes a row for each image; returns lines for the user.

    Raises:
      UserError: pyarrow is missing, or nothing is extracted.
    """
    arrow = require_package("pyarrow", "parquet")
    parquet = require_package("pyarrow.parquet", "parquet")
    path = out or "explore.parquet"
    columns = {**image_columns(exploration), **_places(exploration), **_pictures(exploration)}
    table = arrow.table({name: arrow.array(_plain(values), from_pandas=True)
                         for name, values in columns.items()})
    buffer = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata(_described(exploration)), buffer)
    write_bytes(path, buffer.getvalue())
    return [f"{path}: {len(exploration.names)} images, {len(columns)} columns; look at it with: "
            f"embedding-atlas {path} --x x --y y --neighbors neighbors"
            + (" --image image" if "image" in columns else "")]


def _described(exploration):
    return {"runs": ", ".join(record.name for record in exploration.records),
            "configuration": exploration.sample.label, "layer": layer(exploration)}


def _places(exploration) -> Dict[str, Any]:
    """Returns x, y and the nearest images, by the mean over seeds of the cosine."""
    vectors = mean_kernel_vectors(layer_units(exploration))
    units = unit_vectors(vectors, np.zeros(vectors.shape[1]))
    near = nearest(units, min(NEIGHBOURS, len(units) - 1))
    places = map_coordinates(exploration)
    distances = [1 - units[rows] @ own for own, rows in zip(units, near)]
    return {"x": places[:, 0], "y": places[:, 1],
            "neighbors": [{"ids": rows.tolist(), "distances": own.tolist()}
                          for rows, own in zip(near, distances)]}


def _pictures(exploration) -> Dict[str, Any]:
    """Returns the thumbnails, where extract has made them."""
    pictures = exploration.images.thumbnails if exploration.images else None
    if pictures is None:
        return {}
    return {"image": [{"bytes": pictures[index], "path": name}
                      for index, name in enumerate(exploration.names)]}


def _plain(values):
    """Returns a column as arrow takes it."""
    return values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind in "UO" else (
        values)
