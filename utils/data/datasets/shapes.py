"""Shapes: the project draws them itself, for a first look and for tests, laid out as a `folder`.

`fcn_data.py convert` draws it where the source folder is missing or empty.
"""
from utils.data.datasets.base import DATASETS, SegDataset
from utils.data.datasets.folder import list_pairs, source_findings
from utils.data.masks.files import read_index_mask
from utils.data.render_shapes import CLASS_NAMES, PALETTE, render

DATASETS.register("shapes", SegDataset(
    name="shapes", class_names=CLASS_NAMES, palette=PALETTE,
    layout="images/<split>/*.jpg and masks/<split>/*.png, or an empty folder to draw them in",
    list_pairs=list_pairs, decode_label=read_index_mask, source_findings=source_findings,
    render=render))
