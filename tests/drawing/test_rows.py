"""Rows of images above their labels: what stands where."""
import numpy as np

from utils.drawing.colours import PAPER, colourise
from utils.drawing.rows import Cell, draw_rows

NAMES, PALETTE = ("sky", "road", "car"), ((0, 0, 255), (90, 90, 90), (255, 0, 0))


def cells(count, height, width):
    rng = np.random.RandomState(0)
    return [Cell(f"view {number}", rng.randint(0, 256, (height, width, 3)).astype(np.uint8),
                 rng.choice([0, 1, 255], (height, width)).astype(np.uint8))
            for number in range(count)]


def draw(rows, side, below=("flip: mirrors",)):
    return draw_rows(rows, NAMES, PALETTE, ["training"], below, side)


def place(sheet, part):
    """(top, left) of a part in the sheet, which is there once."""
    height, width = part.shape[:2]
    corners = np.argwhere((sheet[:-height + 1, :-width + 1] == part[0, 0]).all(axis=2))
    (found,) = [(top, left) for top, left in corners
                if np.array_equal(sheet[top:top + height, left:left + width], part)]
    return found


def test_images_stand_above_their_labels_in_rows():
    rows = [cells(3, 40, 60)[:2], cells(3, 40, 60)[1:]]
    rows[1][1] = Cell("last", 255 - rows[1][1].image, rows[1][1].label)
    sheet = draw(rows, 60)
    assert sheet.dtype == np.uint8
    top, left = place(sheet, rows[0][0].image)
    label = place(sheet, colourise(rows[0][0].label, PALETTE))
    assert label[1] == left and top + 40 < label[0] < top + 60
    below, beside = place(sheet, rows[1][1].image)
    assert beside == left + 66 and below > label[0] + 40
    assert (sheet[:, :left] == PAPER).all()


def test_small_pictures_are_enlarged_and_large_ones_shrunk():
    (cell,) = cells(1, 5, 8)
    place(draw([[cell]], 26), cell.image.repeat(3, axis=0).repeat(3, axis=1))
    (cell,) = cells(1, 100, 300)
    assert draw([[cell]], 150).shape[1] == 150 + 12


def test_the_legend_names_classes_that_occur_and_ignored_pixels():
    (cell,) = cells(1, 40, 600)
    rest = [len(draw([[Cell("", cell.image, label)]], 600)) for label in (
        cell.label, np.minimum(cell.label, 1))]
    assert rest[0] == rest[1]  # the legend has one line
    sheet = draw([[cell]], 600)
    colours = set(map(tuple, sheet[-50:].reshape(-1, 3).tolist()))
    assert {PALETTE[0], PALETTE[1]} < colours and PALETTE[2] not in colours
    taller = draw([[cell]], 600, below=["one", "a line that is too long " * 20])
    assert len(taller) > len(sheet) and taller.shape[1] == sheet.shape[1]
