"""Outputs that a test fetches of a net for each image; each is a registered function.

    @OUTPUTS.register("margin")
    def margin(seen):
        return Pixels(...)            a value per pixel, or PerImage(...): one value per image

An output reads what the net saw and answered, in the graph. Its values come back image by image.
A file in this folder is found by itself and registers its outputs.
"""
import importlib
import pkgutil

from utils.evaluate.outputs.record import OUTPUTS, PerImage, Pixels, Seen  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
