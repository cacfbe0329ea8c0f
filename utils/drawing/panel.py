"""One picture of an image and its labels: captioned parts above a legend. PIL only."""
import os
from typing import Optional, Sequence, Tuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from utils.drawing import colours

#: Sides of a part, in pixels: smaller images are enlarged by a whole factor, larger ones shrunk.
_LEAST_SIDE, _GREATEST_SIDE = 192, 1024
#: A row of more than three parts that is wider than this, in pixels, becomes two rows.
_GREATEST_WIDTH = 1280
_INK = (25, 25, 25)
_IGNORED = "not labelled"


def panel(image: np.ndarray, prediction: Optional[np.ndarray], truth: Optional[np.ndarray],
          class_names: Sequence[str], palette: Sequence[Tuple[int, int, int]], title: str = "",
          overlay: bool = False) -> np.ndarray:
    """Returns one picture: image, prediction, truth, the prediction over the image, and the errors.

    What needs a label that is not there is left out. Parts stand side by side, or in two rows where
    that would be too wide.

    Args:
      image: uint8 [H, W, 3].
      prediction: uint8 [H, W], or None.
      truth: uint8 [H, W], or None.
      class_names, palette: of the C classes.
      title: a line above; "" for none.
      overlay: lays prediction and truth over the image instead of drawing them plain.

    Returns:
      uint8 [height, width, 3]; the legend names the classes that occur.
    """
    labels = [(name, np.asarray(label)) for name, label in (("prediction", prediction),
                                                            ("truth", truth)) if label is not None]
    parts = [("image", _fit(image, Image.BILINEAR))]
    for name, label in labels:
        parts.append((name, _laid_over(image, label, palette) if overlay
                      else Image.fromarray(colours.colourise(_fit_label(label), palette))))
    if prediction is not None and not overlay:
        parts.append(("overlay", _laid_over(image, prediction, palette)))
    legends = [_class_entries([label for _, label in labels], class_names, palette)]
    if len(labels) == 2:
        errors, share = colours.error_map(prediction, truth, len(palette))
        parts.append(("errors: {}".format("nothing to compare" if share != share else
                                          f"{share:.1%} of the pixels"),
                      _fit(errors, Image.NEAREST)))
        legends.append([("right", _plain(colours.RIGHT)), ("wrong", _plain(colours.WRONG)),
                        (_IGNORED, _plain(colours.UNLABELLED))])
    return np.asarray(_compose(parts, legends, title))


def captioned(parts: Sequence[Tuple[str, np.ndarray]], labels: Sequence[np.ndarray],
              class_names: Sequence[str], palette: Sequence[Tuple[int, int, int]],
              title: str) -> np.ndarray:
    """Puts pictures of one image side by side, or in two rows where that would be too wide.

    Args:
      parts: (caption, uint8 [H, W, 3]); of a caption that is too long, what stands before ":".
      labels: uint8 [H, W]; the legend names the classes that occur in them.
      class_names, palette: of the C classes.
      title: a line above.

    Returns:
      uint8 [height, width, 3].
    """
    fitted = [(name, _fit(picture, Image.BILINEAR)) for name, picture in parts]
    return np.asarray(_compose(fitted, [_class_entries(labels, class_names, palette)], title))


def _class_entries(labels, class_names, palette):
    """Returns the legend's entries, (name, picture), of the classes that occur."""
    present = np.unique(np.concatenate([label.ravel() for label in labels])) if labels else []
    entries = [(class_names[index], _plain(palette[index])) for index in present
               if index < len(class_names)]
    if len(present) and present[-1] >= len(class_names):
        entries.append(_ignored_entry())
    return entries


def _ignored_entry():
    return _IGNORED, Image.fromarray(colours.hatch(64, 64))


def _plain(colour):
    return Image.new("RGB", (64, 64), tuple(colour))


def _fit_size(width, height):
    longest = max(width, height)
    if longest > _GREATEST_SIDE:
        return [max(int(round(side * _GREATEST_SIDE / float(longest))), 1)
                for side in (width, height)]
    factor = -(-_LEAST_SIDE // longest)
    return [width * factor, height * factor]


def _fit(image, resample):
    picture = Image.fromarray(np.asarray(image))
    size = _fit_size(*picture.size)
    grows = size[0] > picture.size[0]
    return picture.resize(size, Image.NEAREST if grows else resample)


def _fit_label(label):
    return np.asarray(_fit(label, Image.NEAREST))


def _laid_over(image, label, palette):
    return _fit(colours.blend(image, label, palette), Image.BILINEAR)


def _compose(parts, legends, title):
    """Puts captioned pictures side by side, a title above and legends below, each on new lines."""
    width, height = parts[0][1].size
    columns = len(parts)
    if columns > 3 and columns * width > _GREATEST_WIDTH:
        columns = -(-columns // 2)
    font = _font(min(max(columns * width // 75, 13), 26))
    line, gap = _line_height(font), font.size // 2
    whole = columns * width + gap * (columns + 1)
    lines = [row for entries in legends for row in _legend_lines(entries, whole - 2 * gap, font)]
    top = line if title else 0
    rows = -(-len(parts) // columns)
    below = top + rows * (line + height + gap)
    sheet = Image.new("RGB", (whole, below + line * len(lines)), colours.PAPER)
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((gap, gap // 2), title, _INK, font)
    for index, (name, picture) in enumerate(parts):
        left = gap + index % columns * (width + gap)
        upper = top + index // columns * (line + height + gap)
        if font.getlength(name) > width:
            name = name.split(":")[0]
        pen.text((left, upper + gap // 2), name, _INK, font)
        sheet.paste(picture, (left, upper + line))
    _draw_legend(sheet, lines, gap, below, font)
    return sheet


# ---- legends ----

def legend_strip(class_names: Sequence[str], palette: Sequence[Tuple[int, int, int]],
                 width: int, ignored: bool = False, text_size: int = 0) -> np.ndarray:
    """Returns a legend of all classes, to be put below a picture: uint8 [height, width, 3].

    Args:
      class_names, palette: of the classes.
      width: of the picture, pixels.
      ignored: whether the pattern of ignored pixels is named, too.
      text_size: of the letters, pixels; 0 for one that suits the width.
    """
    font = _font(text_size or min(max(width // 45, 12), 26))
    gap = font.size // 2
    entries = [(name, _plain(colour)) for name, colour in zip(class_names, palette)]
    if ignored:
        entries.append(_ignored_entry())
    lines = _legend_lines(entries, width - 2 * gap, font)
    strip = Image.new("RGB", (width, _line_height(font) * len(lines) + gap), colours.PAPER)
    _draw_legend(strip, lines, gap, gap, font)
    return np.asarray(strip)


def text_strip(lines: Sequence[str], width: int, text_size: int) -> np.ndarray:
    """Returns lines of text, to be put above or below a picture: uint8 [height, width, 3].

    Args:
      lines: those that are too long for the width end in dots.
      width: of the picture, pixels.
      text_size: of the letters, pixels.
    """
    font = _font(text_size)
    gap = font.size // 2
    strip = Image.new("RGB", (width, _line_height(font) * len(lines) + gap), colours.PAPER)
    pen = ImageDraw.Draw(strip)
    for row, line in enumerate(lines):
        pen.text((gap, gap // 2 + row * _line_height(font)), _shortened(line, width - gap, font),
                 _INK, font)
    return np.asarray(strip)


def _shortened(line, width, font):
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "...") > width:
        line = line[:-1]
    return line.rstrip() + "..."


def _line_height(font):
    return font.size + font.size // 2


def _entry_width(name, font):
    return 3 * font.size + int(font.getlength(name))


def _legend_lines(entries, width, font):
    """Breaks the legend into lines that fit."""
    lines, used = [], width + 1
    for entry in entries:
        needed = _entry_width(entry[0], font)
        if used + needed > width:
            lines.append([])
            used = 0
        lines[-1].append(entry)
        used += needed
    return lines


def _draw_legend(sheet, lines, left, top, font):
    pen = ImageDraw.Draw(sheet)
    for row, entries in enumerate(lines):
        _draw_legend_line(sheet, pen, entries, left, top + row * _line_height(font), font)


def _draw_legend_line(sheet, pen, entries, left, top, font):
    side = font.size
    for name, swatch in entries:
        sheet.paste(swatch.crop((0, 0, side, side)), (left, top))
        pen.rectangle([left, top, left + side - 1, top + side - 1], outline=_INK)
        pen.text((left + side + side // 2, top - side // 8), name, _INK, font)
        left += _entry_width(name, font)


def _font(size):
    """Returns DejaVu Sans, which matplotlib ships."""
    import matplotlib  # here: it is slow to import, and needed for its data alone
    path = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(path, size)
