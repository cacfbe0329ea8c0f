"""What happens to training images: operations on image and label, drawn at random, by Pillow.

    @AUGMENTATIONS.register("rotate", degrees=10.0)
    @operation("geometry", draws=1)
    def rotate(geometry, numbers, degrees): ...

An operation is a registered function in a file of this package; every file here is imported.
`registry` says what an operation gets and returns, `chain` applies several to an image, and `graph`
is where tf.data enters. Imports `utils.data` modules of plain Python; `graph` alone TensorFlow.
"""
import importlib
import pkgutil

from utils.data.augment.chain import Augmentation
from utils.data.augment.registry import AUGMENTATIONS, operation

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["AUGMENTATIONS", "Augmentation", "operation"]
