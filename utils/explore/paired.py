"""Two configurations, or two label systems, on the same images."""
from typing import TYPE_CHECKING, List, NamedTuple, Optional

import numpy as np

from utils.errors import UserError
from utils.explore.dataset import Metadata
from utils.measures.confusion import mean_of_present
from utils.statistics.miou import miou_d

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


class SharedClass(NamedTuple):
    """A class that both have: its name, and its index in the matrices of A and of B."""
    name: str
    a: int
    b: int


class Paired:
    """The images and classes that two explorations share.

    Args:
      a, b: `Exploration`s. Images go by their names, classes too.

    Attributes:
      of_a, of_b: int [M], places of the common images in both.
      classes: `SharedClass`es in the order of A, those that occur in both labels.
      same_classes: whether both have the same classes in the same order.

    Raises:
      UserError: no common image, or no common class.
    """

    def __init__(self, a: "Exploration", b: "Exploration") -> None:
        self.a, self.b = a, b
        place = {name: index for index, name in enumerate(b.names)}
        self.of_a = np.array([index for index, name in enumerate(a.names) if name in place], int)
        if not len(self.of_a):
            raise UserError(f"{a.sample.label} and {b.sample.label} were tested on other images "
                            f"({a.names[0]!r} ..., {b.names[0]!r} ...): expected the same names; "
                            "test both on the same split")
        self.of_b = np.array([place[a.names[index]] for index in self.of_a], int)
        named = [SharedClass(name, index, b.class_names.index(name))
                 for index, name in enumerate(a.class_names) if name in b.class_names]
        self.classes = [one for one in named if all(self._labelled(one))]
        if not self.classes:
            raise UserError("no labelled class of both: {} against {}".format(
                ", ".join(a.class_names), ", ".join(b.class_names)))
        self.same_classes = a.class_names == b.class_names

    def _labelled(self, one):
        """Tells whether a class occurs in the labels of A, of B."""
        return (self.a.matrices[0, self.of_a, one.a].any(),
                self.b.matrices[0, self.of_b, one.b].any())

    @property
    def scenes(self) -> Optional[np.ndarray]:
        """The scene of each common image, [M], or None."""
        scenes = self.a.scenes
        return None if scenes is None else scenes[self.of_a]

    @property
    def metadata(self) -> Metadata:
        """The metadata of the common images, as A's data has it."""
        found = self.a.metadata
        return Metadata(*[{name: values[self.of_a] for name, values in one.items()}
                          for one in (found.numbers, found.categories)])

    @property
    def loss_difference(self) -> np.ndarray:
        """Loss of each run of A minus the mean of B's runs: float64 [Sa, M]."""
        return self.a.loss[:, self.of_a] - self.b.loss[:, self.of_b].mean(0)

    @property
    def iou_difference(self) -> np.ndarray:
        """Mean IoU of an image's shared classes, mean of A's runs minus that of B's: [M]."""
        both = [mean_of_present(_iou(parts)).mean(0) for parts in self.parts()]
        return both[0] - both[1]

    def parts(self, classes: Optional[List[SharedClass]] = None) -> List[np.ndarray]:
        """Takes the parts of `miou_d` of shared classes: of A and B, [S, M, 3 K] each."""
        classes = self.classes if classes is None else classes
        found = []
        for exploration, places, own in ((self.a, self.of_a, [one.a for one in classes]),
                                         (self.b, self.of_b, [one.b for one in classes])):
            whole = miou_d.parts(exploration.matrices[:, places])
            count = len(exploration.class_names)
            found.append(whole[..., np.concatenate([np.array(own) + count * part
                                                    for part in range(3)])])
        return found

    def other_labels(self) -> List[str]:
        """Names the shared classes whose true pixels differ between both in some image."""
        count, (a, b) = len(self.classes), self.parts()
        apart = (a[0, :, count:2 * count] != b[0, :, count:2 * count]).any(0)
        return [one.name for one, differs in zip(self.classes, apart) if differs]


def _iou(parts):
    """Returns the IoU of each class of each image, [S, M, K]; NaN where it is not in the label."""
    hit, truth, predicted = np.split(parts, 3, -1)
    union = truth + predicted - hit
    return np.divide(hit, union, out=np.full(hit.shape, np.nan), where=truth > 0)
