"""What can be measured of a photograph and of its label, whatever net looks at them. numpy only."""
from typing import Dict, List, Optional, Sequence, Union

import numpy as np

from utils.measures.regions import SPECK, find_regions

Value = Union[int, float, str]

#: Weights of red, green and blue in luma (ITU-R BT.601).
_LUMA = np.array([.299, .587, .114], np.float32)
#: A pixel is grey where its greatest and least channel differ by no more than this, of 255.
_GREY = 8
#: A photograph is grey where at least this share of its pixels is.
_GREY_SHARE = .99


def photograph_measures(picture: np.ndarray) -> Dict[str, Value]:
    """Measures light and colour.

    Args:
      picture: uint8 [h, w, 3], RGB; all photographs shrunk to one longer side, or sharpness would
        depend on the camera's pixels.

    Returns:
      {column: value}:
        colour: "colour" or "grey"; grey where 99 % of the pixels are grey to 8 of 255 levels.
        brightness: mean luma, 0 (black) to 1 (white).
        contrast: standard deviation of luma, 0 to .5.
        sharpness: variance of the Laplacian (4 neighbours) of luma in 255 levels.
        saturation: mean of (greatest - least channel) / greatest, 0 to 1.
        hue variation: circular variance of the hue, each pixel weighted by greatest - least
          channel: 0 (one hue) to 1; NaN without colour.
    """
    luma = picture @ _LUMA
    greatest, least = picture.max(axis=-1).astype(np.float32), picture.min(axis=-1)
    chroma = greatest - least
    return {
        "colour": "grey" if np.mean(chroma <= _GREY) >= _GREY_SHARE else "colour",
        "brightness": float(luma.mean() / 255), "contrast": float(luma.std() / 255),
        "sharpness": _sharpness(luma),
        "saturation": float((chroma / np.maximum(greatest, 1)).mean()),
        "hue variation": _hue_variation(picture.astype(np.float32), chroma)}


def _sharpness(luma: np.ndarray) -> float:
    """Returns the variance of the Laplacian inside the rim; 0 where there is nothing inside."""
    if min(luma.shape) < 3:
        return 0.0
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float((around - 4 * luma[1:-1, 1:-1]).var())


def _hue_variation(picture: np.ndarray, chroma: np.ndarray) -> float:
    """Returns 1 - |mean direction| of the hue on the circle of colours, weighted by chroma."""
    red, green, blue = (picture[..., channel] for channel in range(3))
    across, up = red - .5 * (green + blue), np.float32(np.sqrt(.75)) * (green - blue)
    length = np.hypot(across, up)
    weight = np.divide(chroma, length, out=np.zeros_like(chroma), where=length > 0)
    whole = float(chroma.sum(dtype=np.float64))
    if whole < chroma.size:  # less than one level a pixel
        return float("nan")
    return 1 - float(np.hypot((across * weight).sum(dtype=np.float64),
                              (up * weight).sum(dtype=np.float64))) / whole


def label_measures(label: np.ndarray, class_names: Sequence[str],
                   instances: Optional[np.ndarray] = None) -> Dict[str, Value]:
    """Measures what is labelled.

    An object is an instance, or else an 8-connected region of one class, of more than `SPECK`
    pixels.

    Args:
      label: uint8 [H, W]; values that are no class are unlabelled.
      class_names: C names.
      instances: uint16 [H, W], 0 for none; or None where the records do not tell objects apart.

    Returns:
      {column: value}:
        unlabelled: share of the pixels without a class.
        classes: number of classes that occur.
        area of CLASS: its share of all pixels.
        objects of CLASS: their number.
        object size of CLASS: mean pixels of its objects; NaN where there are none.
    """
    pixels = np.bincount(label.ravel(), minlength=256)[:len(class_names)]
    regions = find_regions(label, len(class_names), instances)
    large = regions.area > SPECK
    count = np.bincount(regions.label[large], minlength=len(class_names))
    area = np.bincount(regions.label[large], regions.area[large], len(class_names))
    found: Dict[str, Value] = {"unlabelled": 1 - int(pixels.sum()) / label.size,
                               "classes": int((pixels > 0).sum())}
    for index, name in enumerate(class_names):
        found["area of " + name] = int(pixels[index]) / label.size
        found["objects of " + name] = int(count[index])
        found["object size of " + name] = (
            float(area[index] / count[index]) if count[index] else float("nan"))
    return found


def size_measures(height: int, width: int) -> Dict[str, Value]:
    """Returns {column: value}: height and width in pixels, megapixels."""
    return {"height": height, "width": width, "megapixels": height * width / 1e6}


def table_lines(rows: Sequence[Dict[str, Value]]) -> List[List[str]]:
    """Writes rows of one set of columns as text: the header, then each row; NaN is empty."""
    header = list(rows[0])
    return [header] + [[_text(row[column]) for column in header] for row in rows]


def _text(value: Value) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return str(value)
