"""The runs of one configuration, image by image: what their tests and extract have stored."""
from typing import Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

import numpy as np

from utils.data.datasets.base import distinct_palette
from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse, load_coarse
from utils.evaluate.observers.error_types import ErrorTypes, load_error_types
from utils.evaluate.observers.features import Features, load_features
from utils.evaluate.observers.image_scores import ImageScores, load_image_scores
from utils.evaluate.observers.objects import Objects, load_objects
from utils.evaluate.observers.opinions import Opinions, load_opinions
from utils.evaluate.observers.thumbnails import Thumbnails, load_thumbnails
from utils.evaluate.observers.worst import Worst, load_worst
from utils.explore.dataset import ImageSet, Metadata, load_image_set
from utils.measures.confusion import class_iou, mean_of_present
from utils.report.advice import extract_command
from utils.report.collect import RunRecord
from utils.report.configurations import Configuration
from utils.report.study import Study

T = TypeVar("T")


class Exploration:
    """S runs of a configuration that differ in their seeds, tested on the same N images.

    Everything is read when it is first asked for.

    Args:
      study: the runs, and what was asked of them; only `Options.chosen`, or its one configuration.
      datapath: folder of the records, for pictures and metadata; "" for that of the runs.
      extra: more columns of metadata, for all N images in their order.
      layer: by which images are alike, of `layers.LAYERS`; "" for that on which the seeds agree.
      anyway: whether suspicious labels are listed though planted faults are not found.
      folds: whether configurations that differ in their training images alone count as one. The
        runs are those of all; matrices and scores are of the first configuration.

    Attributes:
      num_folds: configurations that count as one; what is told of single runs may be of images
        that these were trained on, where there are several.

    Raises:
      UserError: several configurations, or no tested run.
    """

    def __init__(self, study: Study, datapath: str = "",
                 extra: Optional[Metadata] = None, layer: str = "",
                 anyway: bool = False, folds: bool = False) -> None:
        self.study, self.asked_layer, self.anyway = study, layer, anyway
        configurations = study.chosen()
        if len(configurations) != 1 and not (folds and are_folds(configurations)):
            raise UserError("got {} configurations: {}; expected the runs of one, that differ in "
                            "their seeds only: give their folders, or one of these ids behind "
                            "--of".format(len(configurations), ", ".join(
                                f"{one.id} ({one.label})" for one in configurations)))
        samples = study.samples()
        self.num_folds = len(configurations)
        self.sample = samples[0]
        self.records: Tuple[RunRecord, ...] = tuple(
            record for sample in samples for record in sample.records)
        _require_same_images([sample.names for sample in samples])
        self.names, self.class_names = self.sample.names, self.sample.class_names
        self.matrices = study.matrices(self.sample)
        self._datapath, self._extra = datapath, extra
        self._kept: Dict[str, object] = {}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Returns what `make` returns, and what it returned before for the same key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[return-value]

    # ---- the runs ----

    @property
    def split(self) -> str:
        """The split that was tested."""
        return self.study.options.split

    @property
    def stem(self) -> str:
        """Begins the names of what is kept of these images."""
        return self.study.stem()

    @property
    def split_of_images(self) -> Optional[np.ndarray]:
        """The split of each image, [N] of text, where there are several; else None."""
        return None

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Extends the values of a panel to all images: here they are of all."""
        return values

    @property
    def palette(self) -> List[Tuple[int, int, int]]:
        """(r, g, b) of each class."""
        stored = self.records[0].info.get("palette") or [None] * len(self.class_names)
        return [tuple(colour or other) for colour, other in zip(
            stored, distinct_palette(len(self.class_names)))]

    @property
    def scenes(self) -> Optional[np.ndarray]:
        """The scene of each image, [N] of text, by --cluster; None without it."""
        return self.study.clusters(self.names)

    def extract_command(self, record: RunRecord) -> str:
        """Makes the command that stores what is missing of a run."""
        return extract_command(record, self.split, self.study.asked.rest)

    # ---- what each run found, [S] of the records ----

    @property
    def features(self) -> List[Features]:
        """What each run saw in the images."""
        return self._found("features", load_features, lambda found: len(found.embeddings32))

    @property
    def image_scores(self) -> List[ImageScores]:
        """How well each run's probabilities fit the labels."""
        return self._found("image_scores", load_image_scores, lambda found: len(found.loss))

    @property
    def coarse(self) -> List[Coarse]:
        """Each run's probabilities at 1/16."""
        return self._found("coarse", load_coarse, lambda found: len(found.grid))

    @property
    def error_types(self) -> List[ErrorTypes]:
        """Which kinds of error each run made."""
        return self._found("error_types", load_error_types, lambda found: len(found.counts))

    @property
    def objects(self) -> List[Objects]:
        """The objects of truth and prediction, of each run."""
        return self._found("objects", load_objects, None)

    @property
    def opinions(self) -> List[Opinions]:
        """The most probable classes of each pixel, of each run."""
        return self._found("opinions", load_opinions, lambda found: len(found.size),
                           " --parts=opinions")

    @property
    def predictions(self) -> List[Thumbnails]:
        """Thumbnails of each run's predictions."""
        return self._found("thumbnails", load_thumbnails, len)

    @property
    def worst(self) -> List[Worst]:
        """Pictures of each run's worst images."""
        return self._found("worst", load_worst, None)

    def _found(self, observer: str, load: Callable[[str], T],
               count: Optional[Callable[[T], int]], more: str = "") -> List[T]:
        """Reads what an observer has stored of every run; `more` goes into the command for it."""
        return self.once(observer, lambda: [self._load(record, observer, load, count, more)
                                            for record in self.records])

    def _load(self, record, observer, load, count, more):
        path = self.study.asked.path(record.folder.test, observer)
        try:
            found = load(path)
        except UserError as error:
            raise UserError(f"{error}: {self.extract_command(record)}{more}") from None
        if count is not None and count(found) != len(self.names):
            raise UserError(f"{path}: of {count(found)} images, expected {len(self.names)}: "
                            f"{self.extract_command(record)}{more}")
        return found

    # ---- values of each image ----

    @property
    def loss(self) -> np.ndarray:
        """Cross entropy of each image: float64 [S, N]; NaN where nothing is labelled."""
        return np.array([found.loss for found in self.image_scores], np.float64)

    @property
    def iou(self) -> np.ndarray:
        """Mean IoU over the classes that occur in each image's label: float64 [S, N]."""
        return mean_of_present(class_iou(self.matrices))

    @property
    def images(self) -> Optional[ImageSet]:
        """Pictures and metadata of the images; None where extract has not made them."""
        return self.once("images", lambda: load_image_set(
            self.datapath, self.split, self.sample.signature.sha256, self.names))

    @property
    def datapath(self) -> str:
        """The folder of the records: the one that was given, or the runs'; "" for none."""
        record = self.records[0]
        return str(self._datapath or record.info.get("datapath") or record.args.get("datapath")
                   or "")

    @property
    def metadata(self) -> Metadata:
        """Columns of values of the images, which no net had a part in."""
        found = self.images
        made = found.metadata if found else Metadata()
        return made.with_columns(self._extra) if self._extra else made

    def require_metadata(self) -> Metadata:
        """Returns the metadata.

        Raises:
          UserError: there is none; with the command that makes it.
        """
        found = self.metadata
        if not found.numbers and not found.categories:
            raise UserError(f"no metadata of these images: {self.extract_command(self.records[0])}")
        return found


def are_folds(configurations: Sequence[Configuration]) -> bool:
    """Tells whether configurations differ in nothing but the images that they are trained on."""
    rest = [{name: value for name, value in one.flags.items() if name != "subset_images"}
            for one in configurations]
    return bool(rest) and all(one == rest[0] for one in rest)


def _require_same_images(names):
    """Raises a `UserError` where folds were tested on different images."""
    if any(own != names[0] for own in names):
        raise UserError("the folds were tested on different images: extract the same split of all")
