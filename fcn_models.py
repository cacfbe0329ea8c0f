"""Feature extractors: list them, check that a checkpoint classifies, convert torchvision's weights.

    python fcn_models.py list
    python fcn_models.py classify --basenet=mobilenet_v1 --imagepath=photo.jpg
    python fcn_models.py from_torchvision --weights=resnet18-f37072fd.pth
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
from typing import Any, Callable, List, Optional

import numpy as np
from PIL import Image, ImageOps

from archs import EXTRACTORS, get_extractor
from archs.extractors import class_names
from archs.extractors.record import FeatureExtractor
from utils.data.image_files import image_files, load_images
from utils.errors import UserError, run_script
from utils.runs.commands import split_command
from utils.runs.flags import flag, parse_flags
from utils.texts import read_lines
from utils.tf_compat import slim, tf
from utils.train import from_torchvision, initialise

#: Side of the images that the ImageNet checkpoints were trained on, pixels.
SIDE = 224


def names() -> List[str]:
    """Lists the values of --basenet."""
    return EXTRACTORS.names() + sorted(EXTRACTORS.aliases())


@dataclasses.dataclass(frozen=True)
class ListFlags:
    """Where the checkpoints are looked for."""
    modelspath: str = flag("models", "folder of the checkpoints, or one of them", path="from")


@dataclasses.dataclass(frozen=True)
class ClassifyFlags:
    """Which images to classify, with which feature extractor."""
    basenet: str = flag("mobilenet_v1", "feature extractor", choices=names)
    depth_multiplier: float = flag(1.0, "width of a MobileNet", more_than=0, at_most=8)
    modelspath: str = flag("models", "folder of the checkpoints, or one of them", path="from")
    imagepath: str = flag("", "an image, or a folder of them", path="from")
    labels: str = flag("", "file of class names, one a line, in the order of the 1000 classes "
                       "(default: ImageNet's)", path="from")
    top: int = flag(5, "classes to print", at_least=1, at_most=1000)


@dataclasses.dataclass(frozen=True)
class TorchFlags:
    """Which weights to convert, and where the checkpoint goes."""
    weights: str = flag("", "torchvision's ResNet-18 or 34: .pth (takes PyTorch) or .npz",
                        path="from")
    out: str = flag("models", "folder to write the checkpoint to", path="folder")


# ---- list ----

def list_models(flags: ListFlags) -> None:
    """Prints what every record declares, and where its checkpoint is."""
    aliases = EXTRACTORS.aliases()
    for name in EXTRACTORS.names():
        extractor = get_extractor(name)
        found = initialise.locate_checkpoint(flags.modelspath, extractor)
        shown = [alias for alias, full in sorted(aliases.items()) if full == name]
        print("{}   (also: {})".format(name, ", ".join(shown) or "-"))
        print(f"  paper       {extractor.paper}")
        print("  features    " + ", ".join(f"stride {feature.stride}: {feature.channels} "
                                           "channels" for feature in extractor.features))
        if extractor.widths:
            print("  widths      --depth_multiplier=" + ", ".join(
                f"{width:g}" for width in extractor.widths))
        print("  checkpoint  {}: "
              "{}".format(extractor.checkpoint_file, found or f"not in {flags.modelspath}"))
        print(f"  published   {extractor.published}")


# ---- classify ----

def middle(image: np.ndarray) -> np.ndarray:
    """Cuts the middle out of an image uint8 [H, W, 3], at ImageNet's size: uint8 [224, 224, 3]."""
    return np.asarray(ImageOps.fit(Image.fromarray(image), (SIDE, SIDE), Image.BILINEAR,
                                   bleed=1 / 16))


def read_labels(path: str) -> List[str]:
    """Reads the 1000 class names of a file; without a file they are ImageNet's."""
    if not path:
        return class_names()
    if not os.path.isfile(path):
        raise UserError(f"--labels: no file {path}: expected one class name a line")
    lines = [line.strip() for line in read_lines(path) if line.strip()]
    lines = lines[1:] if len(lines) == 1001 else lines  # a background class first
    if len(lines) != 1000:
        raise UserError(f"--labels: {path} has {len(lines)} lines, expected 1000 class names, or "
                        "1001 with the background first")
    return lines


def classify(flags: ClassifyFlags) -> int:
    """Prints the likeliest ImageNet classes of images; 1 where one could not be read."""
    if not flags.imagepath:
        raise UserError("--imagepath is missing: give an image, or a folder of them")
    extractor = get_extractor(flags.basenet, flags.depth_multiplier)
    checkpoint = initialise.find_checkpoint(flags.modelspath, extractor)
    paths, labels = image_files(flags.imagepath), read_labels(flags.labels)
    with tf.Graph().as_default(), tf.Session() as session:
        likelihoods = open_classifier(session, extractor, checkpoint)
        left_out = []
        for path, image in load_images(paths, left_out):
            found = likelihoods(middle(image))
            print("{}: {}".format(os.path.basename(path), ", ".join(
                f"{labels[index]} {found[index]:.3f}"
                for index in found.argsort()[::-1][:flags.top])))
    for line in left_out:
        print(line)
    return 1 if left_out else 0


def open_classifier(session: Any, extractor: FeatureExtractor,
                    checkpoint: str) -> Callable[[np.ndarray], np.ndarray]:
    """Restores a classifier into the session.

    Returns:
      a function: image uint8 [224, 224, 3] -> likelihoods float32 [1000].
    """
    image = tf.placeholder(tf.float32, [1, SIDE, SIDE, 3])
    with slim.arg_scope(extractor.arg_scope(0.0, .99)):
        logits, _ = extractor.net(extractor.normalize(image), False, extractor.head_classes)
    # ImageNet's background class, where the net has one, is left out.
    likelihoods = tf.nn.softmax(logits)[0, extractor.head_classes - 1000:]
    print(initialise.restore_extractor(session, extractor, checkpoint, tf.global_variables(),
                                       min_coverage=1.0))
    return lambda pixels: session.run(likelihoods, {image: pixels[None]})


# ---- from_torchvision ----

def convert(flags: TorchFlags) -> None:
    """Writes torchvision's weights as a slim checkpoint, and checks that the net restores it."""
    if not flags.weights:
        raise UserError("--weights is missing: give torchvision's .pth, or its tensors as a .npz")
    if flags.out.endswith(".ckpt"):
        raise UserError("--out={}: expected a folder, the checkpoint has a name of its own: give "
                        "{}".format(flags.out, os.path.dirname(flags.out) or "."))
    arrays = from_torchvision.to_slim(from_torchvision.load_state_dict(flags.weights))
    name = next(iter(arrays)).split("/")[0]
    extractor = get_extractor(name)
    os.makedirs(flags.out, exist_ok=True)
    prefix = os.path.join(flags.out, extractor.checkpoint_file)
    from_torchvision.write_checkpoint(arrays, prefix)
    with tf.Graph().as_default(), tf.Session() as session:
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            extractor.net(tf.zeros([1, SIDE, SIDE, 3]), False, extractor.head_classes)
        print(initialise.restore_extractor(session, extractor, prefix, tf.global_variables(),
                                           min_coverage=1.0))


COMMANDS = {"list": (ListFlags, list_models, "Lists the feature extractors."),
            "classify": (ClassifyFlags, classify, "Classifies photos, to check a checkpoint."),
            "from_torchvision": (TorchFlags, convert, "Converts ResNet-18 or 34 of torchvision.")}


def main(argv: List[str]) -> Optional[int]:
    """Runs a command; `argv` holds its name and its flags."""
    name, words = split_command(argv, COMMANDS, __doc__)
    flags_type, command, description = COMMANDS[name]
    flags, _ = parse_flags(flags_type, words, description)
    return command(flags)


if __name__ == "__main__":
    run_script(main)
