"""Views by albumentations 2.0.8, for benchmarks/augment_speed.py --albumentations.

Its resize is OpenCV's, without antialiasing. Its random numbers are its own.
"""
import albumentations
import cv2

cv2.setNumThreads(1)


def _chain(window, low, high, *more):
    height, width = window
    compose = albumentations.Compose([
        albumentations.RandomScale((low - 1, high - 1), p=1),
        albumentations.PadIfNeeded(height, width, fill_mask=255),
        albumentations.RandomCrop(height, width), albumentations.HorizontalFlip(), *more], seed=0)

    def view(image, label, numbers):
        return compose(image=image, mask=label)
    return view


def _jitter():
    return albumentations.ColorJitter((.8, 1.2), (.8, 1.2), (.8, 1.2), (0, 0), p=1)


#: {what it does: window -> view}. Factors are of 360x480 in 288x384: .8 times those of the project.
CHAINS = {
    "scale 1 to 1.6, flip": lambda window: _chain(window, .8, 1.28),
    "scale .75 to 2, flip": lambda window: _chain(window, .6, 1.6),
    "scale .75 to 2, flip, colour": lambda window: _chain(window, .6, 1.6, _jitter()),
    "scale 1 to 1.6, flip, Gaussian blur": lambda window: _chain(
        window, .8, 1.28, albumentations.GaussianBlur((0, 0), (0, 1.5), p=1)),
    "scale 1 to 1.6, flip, JPEG": lambda window: _chain(
        window, .8, 1.28, albumentations.ImageCompression(quality_range=(40, 95), p=1))}
