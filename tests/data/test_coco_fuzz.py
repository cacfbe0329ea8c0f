"""No value in a COCO file ends in a traceback: it is read, or told in one line."""
import copy
import json
import os
import random

from tests.data.coco_sources import CATS, cat, content, dog, write_set
from tests.data.sources import write_text
from utils.data.datasets import open_source
from utils.errors import UserError

#: What a tool, a script or a hand may leave in the place of any value.
_VALUES = (None, True, 0, 1, -1, 3.5, float("nan"), float("inf"), 10 ** 30, "", "x", "1", " 2 ",
           "\0", [], [[]], [1], [1, 2, 3], ["a"], [None], {}, {"id": 1}, {"counts": "x"},
           {"size": [6, 8], "counts": [48]}, {"size": None, "counts": ["a", None]},
           {"size": [6, 8], "counts": "`"}, [[1, 2, 3, 4, 5, 6], None], [[[1, 2], [3, 4], [5, 6]]])


def places(value, path=()):
    """The paths of all values within a JSON value."""
    items = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    for key, below in items:
        yield path + (key,)
        yield from places(below, path + (key,))


def mutated(value, number):
    """The value with one to three of its parts replaced or removed."""
    chosen = random.Random(number)
    value = copy.deepcopy(value)
    for _ in range(chosen.randint(1, 3)):
        path = chosen.choice(list(places(value)) or [()])
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        if path and chosen.random() < .2:
            del holder[path[-1]]
        elif path:
            holder[path[-1]] = copy.deepcopy(chosen.choice(_VALUES))
    return value


def test_any_value_is_read_or_told(tmp_path):
    source = write_set(tmp_path)
    path = os.path.join(source, "annotations", "instances.json")
    code = {"size": [6, 8], "counts": [10, 4, 34]}
    whole = content(categories=[dict(id=0, name="pet", supercategory="none")] + CATS,
                    annotations=[dog(1), cat(1), cat(2, segmentation=code, iscrowd=1)])
    told = is_told(write_set(tmp_path, **whole))
    assert not told
    for number in range(300):
        write_text(path, json.dumps(mutated(whole, number)))
        told += is_told(source)
    assert 100 < told < 300


def is_told(source):
    """Whether a line says that something of a source is wrong or doubtful."""
    try:
        dataset = open_source("coco", source)
        for pairs in dataset.list_pairs(source).values():
            for pair in pairs:
                label = dataset.decode_label(pair.label)
                assert ((label < dataset.num_classes) | (label == 255)).all()
        found = dataset.source_findings(source)
        assert all("\n" not in one.text for one in found)
        return any(one.severity != "note" for one in found)
    except UserError as problem:
        assert "\n" not in str(problem)
        return True
