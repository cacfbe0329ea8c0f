"""Sets of masks as people make them, drawn by chance: read rightly, or refused; never otherwise."""
import collections
import random

import numpy as np
import pytest
from PIL import Image

from tests.data.raw_files import png
from tests.data.test_masks import palette_image
from utils.data.datasets.base import distinct_palette
from utils.data.masks.mask_set import MaskSet
from utils.data.masks.reading import MaskClasses
from utils.errors import UserError

VOC = distinct_palette(256)
#: How the files of a set store the same labels.
COLOURED = (("rgb",), ("palette",), ("rgb", "grey"), ("palette", "rgb", "grey"))
INDICES = (("index",), ("voc",), ("index", "voc"), ("index", "bits"), ("index", "equal", "deep"))


def class_colours(chance, count):
    """Different colours; often black first, as of a background, and often greys."""
    greys = [(value,) * 3 for value in range(0, 256, 5)]
    others = [tuple(chance.choice((0, 64, 128, 255)) for _ in range(3)) for _ in range(99)]
    pool = list(dict.fromkeys(chance.choice((greys, others, VOC[1:90]))))
    chance.shuffle(pool)
    pool = [colour for colour in pool if colour != (0, 0, 0)]
    return tuple(([(0, 0, 0)] if chance.random() < .7 else []) + pool)[:count]


def save_coloured(chance, form, label, colours, path):
    shown = np.array(colours, np.uint8)[label]
    used = [int(value) for value in np.unique(label)]
    if form == "palette":  # each file in its own order
        chance.shuffle(used)
        palette_image(np.argsort(used)[np.searchsorted(np.sort(used), label)],
                      [colours[value] for value in used]).save(path)
    elif form == "grey" and (shown == shown[:, :, :1]).all():
        Image.fromarray(shown[:, :, 0].copy()).save(path)
    else:
        Image.fromarray(shown).save(path)


def save_indices(form, label, path):
    if form == "bits" and label.max() < 16:
        with open(path, "wb") as file:
            file.write(png(label, 4))
    elif form == "voc":
        palette_image(label, VOC).save(path)
    elif form == "equal":
        Image.fromarray(np.repeat(label[:, :, None], 3, axis=2).astype(np.uint8)).save(path)
    else:
        Image.fromarray(label.astype(np.uint16 if form == "deep" else np.uint8)).save(path)


def outcome(folder, seed, coloured):
    """"right", "warned", "refused" or "wrong" for one set of masks."""
    chance = random.Random(seed)
    count = chance.choice((2, 3, 5, 11))
    colours, forms = class_colours(chance, count), chance.choice(COLOURED if coloured else INDICES)
    ignored = (1, 2, 3) if coloured else None
    truth = {}
    for index in range(chance.randint(1, 6)):
        present = chance.sample(range(count), chance.randint(1, count))
        present += [255] if chance.random() < .3 else []
        label = np.array([[chance.choice(present) for _ in range(9)] for _ in range(4)])
        path = str(folder / f"{seed}_{index}.png")
        if coloured:
            shown = np.where(label == 255, count, label)
            save_coloured(chance, chance.choice(forms), shown, colours + (ignored,), path)
        else:
            save_indices(chance.choice(forms), label, path)
        truth[path] = label
    masks = MaskSet(MaskClasses(tuple(map(str, range(count))), colours, ignored), lambda: truth)
    severities = {one.severity for one in masks.findings()}
    try:
        right = all(np.array_equal(masks(path), label) for path, label in truth.items())
    except UserError:
        return "refused"
    return "refused" if "error" in severities else "warned" if "warning" in severities else (
        "right" if right else "wrong")


@pytest.mark.parametrize("coloured", [True, False], ids=["colours", "indices"])
def test_sets_are_read_rightly_or_refused(tmp_path, coloured):
    found = collections.Counter(outcome(tmp_path, seed, coloured) for seed in range(120))
    assert found["wrong"] == 0
    assert found["right"] > 95, found
