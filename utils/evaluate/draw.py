"""Pictures of labels: image | prediction | truth, with a legend. PIL only, no display needed."""
import io
import os

import numpy as np
from PIL import Image, ImageDraw, ImageFont

#: Sides of a panel, in pixels: smaller images are enlarged by a whole factor, larger ones shrunk.
_LEAST_SIDE, _GREATEST_SIDE = 192, 1024
_PAPER, _INK = (255, 255, 255), (25, 25, 25)
_HATCH = np.array([[28, 30, 34], [96, 100, 108]], np.uint8)
_STRIPE = 4
_IGNORED = "not labelled"


# ---- colours ----

def colourise(label, palette):
    """Class indices to colours.

    Args:
      label: uint8 [H, W]; values that are no class are hatched.
      palette: (r, g, b) of each class.

    Returns:
      uint8 [H, W, 3].
    """
    label = np.asarray(label)
    colours = np.array(palette, np.uint8).reshape(-1, 3)
    ignored = label >= len(colours)
    return np.where(ignored[..., np.newaxis], _hatch(*label.shape),
                    colours[np.where(ignored, 0, label)])


def _hatch(height, width):
    rows, columns = np.ogrid[:height, :width]
    return _HATCH[(rows + columns) // _STRIPE % 2]


def blend(image, label, palette, alpha=0.55):
    """The colours of a label laid over its image; ignored pixels show the image.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      alpha: share of the label's colour.

    Returns:
      uint8 [H, W, 3].
    """
    mixed = (1 - alpha) * image + alpha * colourise(label, palette)
    seen = (np.asarray(label) < len(palette))[..., np.newaxis]
    return np.where(seen, np.rint(mixed).astype(np.uint8), image)


def palette_png(label, palette):
    """PNG bytes of a label that keep its class indices and show its colours.

    Args:
      label: uint8 [H, W], class indices.
    """
    picture = Image.fromarray(np.ascontiguousarray(label)).convert("L")
    picture.putpalette([channel for colour in palette for channel in colour])
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


# ---- panels ----

def panel(image, prediction, truth, class_names, palette, title="", overlay=False):
    """One picture: image | prediction | truth, each with its caption, above a legend.

    Args:
      image: uint8 [H, W, 3].
      prediction: uint8 [H, W], or None.
      truth: uint8 [H, W], or None.
      class_names, palette: of the C classes.
      title: a line above; "" for none.
      overlay: lays the colours over the image instead of drawing them plain.

    Returns:
      uint8 [height, width, 3]; the legend names the classes that occur.
    """
    labels = [(name, np.asarray(label)) for name, label in (("prediction", prediction),
                                                            ("truth", truth)) if label is not None]
    pictures = [("image", _fit(image, Image.BILINEAR))]
    for name, label in labels:
        shown = blend(image, label, palette) if overlay else None
        pictures.append((name, _fit(shown, Image.BILINEAR) if overlay
                         else Image.fromarray(colourise(_fit_label(label), palette))))
    present = np.unique(np.concatenate([label.ravel() for _, label in labels])) if labels else []
    entries = [(class_names[index], Image.new("RGB", (1, 1), tuple(palette[index])))
               for index in present if index < len(class_names)]
    if len(present) and present[-1] >= len(class_names):
        entries.append((_IGNORED, Image.fromarray(_hatch(64, 64))))
    return np.asarray(_compose(pictures, entries, title))


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


def _compose(pictures, entries, title):
    """Puts captioned pictures side by side, a title above and a legend below."""
    width = sum(picture.width for _, picture in pictures)
    font = _font(min(max(width // 75, 13), 26))
    line, gap = font.size + font.size // 2, font.size // 2
    width += gap * (len(pictures) + 1)
    lines = _legend_lines(entries, width - 2 * gap, font)
    top = line * (2 if title else 1)
    below = top + pictures[0][1].height + gap
    sheet = Image.new("RGB", (width, below + line * len(lines)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((gap, gap // 2), title, _INK, font)
    left = gap
    for name, picture in pictures:
        pen.text((left, top - line + gap // 2), name, _INK, font)
        sheet.paste(picture, (left, top))
        left += picture.width + gap
    for row, entries_of_row in enumerate(lines):
        _draw_legend_line(sheet, pen, entries_of_row, gap, below + row * line, font)
    return sheet


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


def _draw_legend_line(sheet, pen, entries, left, top, font):
    side = font.size
    for name, swatch in entries:
        plain = swatch.width == 1
        sheet.paste(swatch.resize((side, side)) if plain else swatch.crop((0, 0, side, side)),
                    (left, top))
        pen.rectangle([left, top, left + side - 1, top + side - 1], outline=_INK)
        pen.text((left + side + side // 2, top - side // 8), name, _INK, font)
        left += _entry_width(name, font)


def _font(size):
    """DejaVu Sans, which matplotlib ships."""
    import matplotlib  # here: it is slow to import, and needed for its data alone
    path = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(path, size)


# ---- sheets ----

def contact_sheet(pictures, columns=1):
    """Pictures in rows, each cell as large as the largest.

    Args:
      pictures: list of uint8 [H, W, 3] of any sizes.
      columns: pictures in a row.

    Returns:
      uint8 [height, width, 3].
    """
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * height, columns * width, 3), _PAPER, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * height, index % columns * width
        sheet[top:top + picture.shape[0], left:left + picture.shape[1]] = picture
    return sheet
