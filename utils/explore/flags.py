"""Flags of fcn_explore.py: those of all commands that look, and what single commands add."""
import dataclasses

from utils.explore.exports import EXPORTS
from utils.explore.layers import LAYERS
from utils.explore.several_splits import canonical_splits
from utils.runs.flags import flag
from utils.values import LARGEST


@dataclasses.dataclass(frozen=True)
class Flags:
    """What to look at; the same for every command but extract."""
    split: str = flag("test", "the split that was tested: training, validation or test; "
                      "html, leaks: several with commas between, the page's sections are of the "
                      "first",
                      "results", convert=canonical_splits, marks="usual")
    result: str = flag("", "another result than that of the newest checkpoint at the size of "
                       "training: best, 384x384 (the rest of the files' names in <run>/test)",
                       "results")
    of: str = flag("", "the configuration, where the runs are of several: an id, or words of its "
                   "label", "results", marks="usual")
    datapath: str = flag("", "folder of the records, for pictures and metadata (default: the "
                         "runs')", "results", path="from")
    metadata: str = flag("", "CSV with more columns of metadata: a row for each image, its name in "
                         "the column 'name'", "results", path="from")
    layer: str = flag("", "by which images are alike (default: that on which the seeds agree "
                      "most)", "statistics", choices=("",) + tuple(LAYERS))
    anyway: bool = flag(False, "labels: list suspicious labels even where planted faults are not "
                        "found more often than by chance", "statistics")
    level: float = flag(.95, "confidence level of intervals", "statistics", at_least=.5,
                        at_most=.999, marks="usual")
    cluster: str = flag("", "regular expression with one group that takes the scene, video or city "
                        "from an image's name: '^(.*)_[0-9]+'; whole scenes are the independent "
                        "units", "statistics", marks="usual")
    out: str = flag("", "html, export: the file; projector: the folder; compare: a page too; "
                    "select, prune, leaks: the list of names (default: explore.html, one that "
                    "export tells, tboards/projector, none)",
                    "output", marks="usual")
    page_mb: float = flag(40., "html: millions of bytes above which pictures stand in a folder "
                          "beside the page", "output", more_than=0)
    outdir: str = flag("", "folder for every table as CSV and JSON and every plot as SVG", "output",
                       path="folder", marks="usual")


@dataclasses.dataclass(frozen=True)
class ExportFlags(Flags):
    """What to write for another program."""
    to: str = flag("parquet", "for which program: a table of the images (embedding-atlas, pandas), "
                   "candidates for wrong labels (coco, cvat), or a dataset of FiftyOne", "output",
                   choices=EXPORTS.names, marks="usual")
    candidates: str = flag("", "coco, cvat: the .npz of candidates for wrong labels", "output",
                           path="from")


@dataclasses.dataclass(frozen=True)
class SelectFlags(Flags):
    """Chooses images to label next; --out writes their names for fcn_train.py --subset."""
    split: str = flag("training", "the split that was tested; what is not labelled of it is chosen "
                      "from", "results", convert=canonical_splits, marks="usual")
    n: int = flag(50, "how many images", "choice", at_least=1, marks="usual")
    imagepath: str = flag("", "folder of images without labels that extract has stored, to choose "
                          "from", "choice", marks="usual")
    labelled: str = flag("", "file of names of the images that are labelled (default: those that "
                         "the runs were trained on)", "choice", path="from", marks="usual")
    method: str = flag("kcentre", "how; with parameters behind colons", "choice", marks="usual")
    seed: int = flag(1, "of what is drawn", "choice", at_least=0, at_most=LARGEST)


@dataclasses.dataclass(frozen=True)
class PruneFlags(Flags):
    """Chooses training images to leave out; --out writes the others for fcn_train.py --subset."""
    split: str = flag("training", "the split that was tested; images of no other may be left out",
                      "results", convert=canonical_splits)
    keep: float = flag(.7, "share of the images to keep", "choice", more_than=0, at_most=1,
                       marks="usual")
    labelled: str = flag("", "file of names of the images that count (default: those that the runs "
                         "were trained on)", "choice", path="from", marks="usual")
    method: str = flag("semdedup", "how; with parameters behind colons", "choice", marks="usual")
    seed: int = flag(1, "of what is drawn", "choice", at_least=0, at_most=LARGEST)
