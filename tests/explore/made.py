"""Runs made of numbers, with all that extract stores: what is true of them is known."""
import dataclasses
import os

import numpy as np
from PIL import Image

from tests.report import synthetic
from utils.drawing.colours import palette_png
from utils.evaluate.observers.coarse import Coarse, pack
from utils.evaluate.observers.error_types import ErrorTypes
from utils.evaluate.observers.features import Features
from utils.evaluate.observers.image_scores import ImageScores
from utils.evaluate.observers.objects import Objects
from utils.evaluate.observers.thumbnails import joined
from utils.evaluate.observers.worst import KINDS, Worst
from utils.evaluate.results import write_arrays
from utils.evaluate.unlabelled import unlabelled_path
from utils.explore.dataset import image_set_path, mark_image_set
from utils.explore.exploration import Exploration
from utils.files import write_text
from utils.report.collect import collect
from utils.report.study import Options, Study

CLASSES = ("road", "car", "tree")
PALETTE = ((128, 64, 128), (0, 0, 142), (107, 142, 35))
#: Scene of an image by its name: `synthetic.write_result` names them so.
CLUSTER = "^([0-9]+A)"


def embeddings(seed, images=24, groups=3, dimensions=16, noise=.2, rotated=True):
    """float32 [N, D]: image i is of group i % groups; each seed has axes of its own.

    Args:
      noise: sd beside distances of about 1.4 between groups; large for no groups at all.
    """
    truth = np.eye(groups, dimensions)[np.arange(images) % groups]
    random = np.random.RandomState(seed)
    axes = np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0] if rotated else (
        np.eye(dimensions))
    return ((truth + noise * random.standard_normal(truth.shape)) @ axes).astype(np.float32)


def features(values, classes=3, cells=(2, 3)):
    """`Features` of embeddings [N, D]: cells that sum to them, features of every class."""
    count, dimensions = values.shape
    mean = values.mean(0)
    basis = np.linalg.svd(values - mean, full_matrices=False)[2].T.astype(np.float32)
    projected = (values - mean) @ basis
    random = np.random.RandomState(0)
    weight = np.full((count,) + cells, 1 / (cells[0] * cells[1]), np.float32)
    spread = random.standard_normal((count,) + cells + (basis.shape[1],)) * .3
    spread -= spread.mean((1, 2), keepdims=True)
    whole = projected[:, np.newaxis, np.newaxis] + spread
    scale = np.float32(np.abs(whole).max() / 127)
    image = np.repeat(np.arange(count), classes)
    return Features(
        values.astype(np.float16), values.astype(np.float16), mean, basis,
        image.astype(np.int32), np.tile(np.arange(classes), count).astype(np.uint8),
        np.full(count * classes, 2, np.float32), projected[image].astype(np.float16),
        np.rint(whole / scale).astype(np.int8), scale, weight)


def image_scores(loss, classes=3, pixels=400):
    """`ImageScores` of losses [N]."""
    loss = np.asarray(loss, np.float32)
    mean = np.exp(-loss)
    return ImageScores(loss, np.tile(loss[:, np.newaxis] * pixels, (1, classes)), mean, mean,
                       1 - mean, mean / 2, loss / 2)


def coarse(seed, images=24, classes=3, grid=(3, 4)):
    """`Coarse` of random probabilities."""
    random = np.random.RandomState(seed)
    values = random.dirichlet(np.ones(classes), (images,) + grid).astype(np.float32)
    packed = [pack(one) for one in values]
    return Coarse(np.tile(grid, (images, 1)).astype(np.int32), np.stack([one for one, _ in packed]),
                  np.stack([one for _, one in packed]), np.int32(classes))


def error_types(matrices, seed=0, weights=(1, 1, 1)):
    """`ErrorTypes` that add up to the matrices [N, C, C].

    Args:
      weights: of boundary, extent and segment; the larger, the more pixels.
    """
    random = np.random.RandomState(seed)
    hit = np.diagonal(matrices, axis1=1, axis2=2)
    false, missed = matrices.sum(1) - hit, matrices.sum(2) - hit
    columns = [hit]
    shares = random.dirichlet(weights, hit.shape)
    parts = []
    for whole in (false, missed):
        first = np.floor(shares[..., 0] * whole).astype(int)
        second = np.minimum(np.floor(shares[..., 1] * whole).astype(int), whole - first)
        parts.append((first, second, whole - first - second))
    for one, other in zip(*parts):
        columns += [one, other]
    both = hit // 4
    return ErrorTypes(np.stack(columns, -1).astype(np.int32), np.stack(
        [both, both + 10], -1).astype(np.int32))


def objects(images=24, cut=(1,), merged=(), area=100, instances=False):
    """`Objects` with pairs: in each image two true objects of each class, found whole.

    Args:
      cut: classes whose first object is found in two halves.
      merged: classes whose two objects are found as one.
    """
    true, found, pairs = [], [], []
    for image in range(images):
        for label in range(len(CLASSES)):
            first = len(true)
            true += [(image, label)] * 2
            pieces = [[first], [first + 1]]
            pieces = [[first]] + pieces if label in cut else pieces
            pieces = [[first, first + 1]] if label in merged else pieces
            for wholes in pieces:
                share = area // (2 if label in cut and wholes == [first] else 1)
                pairs += [(whole, len(found), share) for whole in wholes]
                found.append((image, label, share * len(wholes)))
    i, j, pixels = np.array(pairs, np.int32).T
    image, label = np.array(true, np.int32).T
    found_image, found_label, found_area = np.array(found, np.int32).T
    whole = np.full(len(true), area, np.int32)
    return Objects(
        image, label.astype(np.uint8), whole, whole, whole,
        np.bincount(i).astype(np.int32), found_image, found_label.astype(np.uint8), found_area,
        found_area, np.bincount(j).astype(np.int32), i, j, pixels, np.array(instances))


def worst(images=(3, 1)):
    """`Worst` with one picture of each kind and image: of class 1, of 100, 99 .. pixels."""
    count = len(KINDS) * len(images)
    pictures = joined([webp(picture(index)) for index in images] * len(KINDS))
    return Worst(np.repeat(np.arange(len(KINDS)), len(images)).astype(np.uint8),
                 np.tile(images, len(KINDS)).astype(np.int32), np.ones(count, np.uint8),
                 np.tile(100 - np.arange(len(images)), len(KINDS)).astype(np.int32),
                 pictures.data, pictures.ends)


def picture(index, side=16):
    """A picture of one colour for each index: the thumbnail proves which image it is of."""
    colour = (index % 7 * 36, index // 7 % 7 * 36, index // 49 % 7 * 36)
    return np.full((side, side, 3), colour, np.uint8)


def webp(array):
    """Encodes uint8 [H, W, 3] without loss."""
    import io
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="WEBP", lossless=True)
    return buffer.getvalue()


def write_found(path, observer, found, stem="test"):
    """Stores what an observer found of the run at `path`."""
    write_arrays(os.path.join(str(path), "test", f"{stem}.{observer}.npz"),
                 dataclasses.asdict(found))


def write_runs(root, seeds=3, images=24, noise=.2, loss=None, name="run", matrices=None, **flags):
    """Makes runs with all that extract stores; returns their paths.

    Args:
      noise: of the embeddings; images of one residue modulo 3 are one group.
      loss: seed -> [N]; None for random ones.
      matrices: seed -> [N, 3, 3]; None for random ones.
    """
    paths = []
    for seed in range(1, seeds + 1):
        own = matrices(seed) if matrices else synthetic.draw_matrices(seed, images=images)
        path = synthetic.write_run(
            root, f"{name}__{seed}", seed, own, objects=True, class_names=CLASSES,
            info=dict(palette=[list(colour) for colour in PALETTE]), datapath=str(root / "data"),
            **flags)
        random = np.random.RandomState(seed)
        write_found(path, "features", features(embeddings(seed, images, noise=noise)))
        write_found(path, "image_scores", image_scores(
            loss(seed) if loss else random.gamma(4, .1, images)))
        write_found(path, "coarse", coarse(seed, images))
        write_found(path, "error_types", error_types(own, seed))
        write_found(path, "objects", objects(images))
        write_found(path, "worst", worst((seed, 0)))
        label = np.arange(64).reshape(8, 8).astype(np.uint8) % 3
        write_found(path, "thumbnails", joined([palette_png(label, PALETTE)] * images))
        paths.append(path)
    return paths


def write_images(root, names, columns=None, sha256="5p1it" * 8):
    """Makes the pictures and the metadata of a split.

    Args:
      columns: {column: [N] values} of the CSV.
    """
    folder = str(root / "data")
    os.makedirs(os.path.join(folder, "explore"), exist_ok=True)
    pictures = joined([webp(picture(index)) for index in range(len(names))])
    for what in ("thumbnails.npz", "labels.npz"):
        write_arrays(image_set_path(folder, "test", what), dataclasses.asdict(pictures))
    columns = columns or {"brightness": np.linspace(0, 1, len(names))}
    lines = [",".join(["name"] + list(columns))]
    lines += [",".join([name] + [str(values[place]) for values in columns.values()])
              for place, name in enumerate(names)]
    write_text(image_set_path(folder, "test", "metadata.csv"), "\n".join(lines) + "\n")
    mark_image_set(folder, "test", sha256)


def write_unlabelled(path, names, values, folder="photos"):
    """Stores images without labels of the run at `path`: embeddings [N, D], no colours."""
    count = len(names)
    parts = {"": dict(names=np.array(names), sizes=np.full((count, 2), 16, np.int32),
                      entropy=np.ones(count, np.float32)),
             "features.npz": dataclasses.asdict(features(values)),
             "coarse.npz": dataclasses.asdict(coarse(0, count))}
    for what in ("thumbnails.npz", "images.npz"):
        parts[what] = dataclasses.asdict(joined([webp(picture(one)) for one in range(count)]))
    os.makedirs(os.path.join(path, "explore"), exist_ok=True)
    for what, arrays in parts.items():
        write_arrays(unlabelled_path(path, folder, what), arrays)
    write_text(unlabelled_path(path, folder, "metadata.csv"),
               "name,light\n" + "".join(f"{name},1\n" for name in names))


def explore(paths, cluster="", layer="", **options):
    """Opens the `Exploration` of runs."""
    return Exploration(Study(collect(list(map(str, paths))), Options(cluster=cluster, **options)),
                       layer=layer)
