"""Metadata against the loss: how often something is found where nothing is, and where something
is."""
import numpy as np

from benchmarks.claims.frame import SHOWN, Claim, Outcomes, Table, at_most, share, study
from utils.explore.dataset import Metadata
from utils.explore.effects import number_rows

#: Columns of a table; the first has an effect where there is one.
_COLUMNS = 20
#: What columns and losses share within a scene, of their variance.
_SHARED = .3


def found(trials: int, random: np.random.RandomState, scenes: int, images: int,
          correlation: float = 0.0, seeds: int = 3) -> Outcomes:
    """Draws columns and losses, and looks for effects.

    Args:
      images: of each scene.
      correlation: of the first column with the loss, both normal.

    Returns:
      any: a column without an effect is found; alone: the same where scenes are not told; first:
      the column with an effect is found.
    """
    scene, outcomes = np.repeat(np.arange(scenes), images), []

    def draw(count):
        return np.sqrt(_SHARED) * random.standard_normal((count, scenes))[:, scene] + np.sqrt(
            1 - _SHARED) * random.standard_normal((count, len(scene)))
    for _ in range(trials):
        columns, own = draw(_COLUMNS), draw(1)[0]
        loss = np.exp(.4 * (correlation * columns[0] + np.sqrt(1 - correlation ** 2) * own
                            + .2 * random.standard_normal((seeds, len(scene)))))
        metadata = Metadata({str(index): values for index, values in enumerate(columns)})
        named = [{row.column for row in number_rows(loss, metadata, clusters) if row.found}
                 for clusters in (scene, None)]
        null = {"0"} if correlation else set()
        outcomes.append((bool(named[0] - null), bool(named[1] - null), "0" in named[0]))
    shares = [share(column) for column in np.array(outcomes).T]
    return dict(zip(("any", "alone", "first") if correlation else ("any", "alone"), shares))


def _found(scenes, images, correlation=0.0, trials=150):
    return study(found, trials, scenes=scenes, images=images, correlation=correlation)


_NULL = tuple(((f"{scenes} scenes of {images}",), _found(scenes, images))
              for scenes, images in ((6, 40), (40, 12)))
_TRUE = tuple((("40 scenes of 12", correlation), _found(40, 12, correlation, 60))
              for correlation in (.1, .2))

CLAIMS = (
    Claim("columns.few-scenes", "Of 20 columns that have nothing to do with the loss, one is "
          "found (q up to .1).", "6 scenes of 40 images", at_most(.1), _NULL[0][1], "any"),
    Claim("columns.level", "Of 20 columns that have nothing to do with the loss, one is found (q "
          "up to .1).", "40 scenes of 12 images", at_most(.1), _NULL[1][1], "any"),
    Claim("columns.alone", "The same where images are taken as independent, and are not.",
          "40 scenes of 12 images", SHOWN, _NULL[1][1], "alone"),
)

TABLES = (
    Table("columns.null", "20 columns that have nothing to do with the loss: how often one is "
          "found", ("images",), _NULL, (("any", "by scenes"), ("alone", "by images"))),
    Table("columns.true", "One of 20 columns has an effect", ("images", "correlation"), _TRUE,
          (("first", "it is found"), ("any", "another is found"))),
)
