"""Teams that climb on the noise of a public score, on numbers."""
import numpy as np

from utils.compete.ladder import climb, mean_score
from utils.statistics.miou import METRICS

METRIC = METRICS["miou_d"]


def alternatives(random, images, classes=5):
    """Two predictors that are equally good, and differ in every image: [N, P] each."""
    truth = random.randint(100, 1000, (images, classes))
    made = []
    for _ in range(2):
        share = np.clip(.7 + .08 * random.standard_normal((images, classes)), 0, 1)
        matrices = np.zeros((images, classes, classes), np.int64)
        for label in range(classes):
            hits = np.round(truth[:, label] * share[:, label]).astype(np.int64)
            matrices[:, label, label] = hits
            matrices[:, label, (label + 1) % classes] = truth[:, label] - hits
        made.append(METRIC.parts(matrices))
    return made


class Attack:
    """A team that takes one of two predictors in each image: none of its entries is truly better.

    Args:
      seed: of the images and of the team. images: of the public part.
    """

    def __init__(self, seed, images):
        self._random, self._images = np.random.RandomState(seed), images
        self._one, self._other = alternatives(self._random, images)

    def mixed(self, bits):
        """What is summed over the images, [1, N, P], of the choices bits [N]."""
        return np.where(bits[:, np.newaxis], self._one, self._other)[np.newaxis]

    def score(self, bits):
        """The exact public score, in points."""
        return 100 * mean_score(self.mixed(bits), METRIC.score)

    def boosting(self, entries):
        """Points that the boosting attack gains (Blum & Hardt 2015, section 5).

        Entries are random; the last one takes what most of those took that scored well.

        Returns:
          (with all scores told exactly, with those that the Ladder told).
        """
        chosen = self._random.rand(entries, self._images) < .5
        exact = np.array([self.score(bits) for bits in chosen])
        moved = np.array([rung.moved for rung in climb(
            [self.mixed(bits) for bits in chosen], METRIC.score)])

        def gained(kept):
            share = chosen[kept].mean(0)
            return self.score(np.where(share == .5, chosen[0], share > .5)) - exact.mean()
        return gained(exact > np.median(exact)), gained(moved)

    def climbing(self, entries, changed=.1):
        """Points that small steps gain: each entry changes a share of the images of the best one.

        Returns:
          (with all scores told exactly, with those that the Ladder told).
        """
        start = self._random.rand(self._images) < .5
        steps = self._random.rand(entries, self._images) < changed
        best = [start, start]
        for step in steps:
            tried = [bits ^ step for bits in best]
            better = [self.score(tried[0]) > self.score(best[0]), climb(
                [self.mixed(best[1]), self.mixed(tried[1])], METRIC.score)[1].moved]
            best = [new if one else old for new, old, one in zip(tried, best, better)]
        return tuple(self.score(bits) - self.score(start) for bits in best)
