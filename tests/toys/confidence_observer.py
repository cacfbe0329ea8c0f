"""A toy observer: keeps how sure the net is, and how many pixels of each image it labels."""
import numpy as np

from utils.evaluate.observers import OBSERVERS, Observer


@OBSERVERS.register("toy_confidences", power=2.0)
class Confidences(Observer):
    """Stores confidence float [N] and pixels int [N]."""

    def __init__(self, num_classes, power):
        self.reads = (f"toy_confidence:{power}", "toy_confidence")
        self._rows = []

    def add(self, item):
        """Takes in one image."""
        powered, plain = (float(item.outputs[name]) for name in self.reads)
        self._rows.append((powered, plain, item.prediction.size))

    def arrays(self):
        """What to store."""
        powered, plain, pixels = np.array(self._rows).T
        return {"powered": powered, "plain": plain, "pixels": pixels.astype(int)}
