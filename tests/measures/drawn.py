"""Pictures of classes that are drawn at random, and predictions that are wrong in many ways."""
import numpy as np
from scipy import ndimage

CLASSES = 4


def draw_case(seed, shape=(72, 100), classes=CLASSES):
    """(truth, prediction), uint8 [H, W]: smooth regions, shifted, with holes, blobs and noise.

    Half of the seeds have ignored pixels.
    """
    random = np.random.RandomState(seed)
    fields = np.stack([ndimage.gaussian_filter(random.standard_normal(shape), 5)
                       for _ in range(classes)])
    truth = fields.argmax(0).astype(np.uint8)
    shift = random.randint(-3, 4, 2)
    prediction = np.roll(truth, shift, (0, 1))
    for _ in range(4):  # invented blobs, which also make holes
        row, column, side = random.randint(0, shape[0]), random.randint(0, shape[1]), 12
        prediction[row:row + side, column:column + side] = random.randint(classes)
    noise = random.rand(*shape) < .01 * (seed % 3)
    prediction[noise] = random.randint(0, classes, noise.sum())
    if seed % 2:
        truth[:, 30:34] = 255
        truth[random.rand(*shape) < .02] = 255
    return truth, prediction.astype(np.uint8)
