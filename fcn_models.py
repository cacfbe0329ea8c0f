"""Feature extractors: list them, check that a checkpoint classifies, convert torchvision's weights.

    python fcn_models.py list
    python fcn_models.py classify --basenet=mobilenet_v1 --imagepath=photo.jpg
    python fcn_models.py from_torchvision --weights=resnet18-f37072fd.pth --out=models
"""
import dataclasses
import glob
import os

import numpy as np
from PIL import Image, ImageOps

from archs import EXTRACTORS, get_extractor
from utils.errors import UserError, run_script
from utils.runs.flags import flag, parse_flags, split_command
from utils.tf_compat import tf, slim
from utils.train import from_torchvision, initialise

SIDE = 224  # of the images that ImageNet checkpoints were trained on
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


@dataclasses.dataclass(frozen=True)
class ListFlags(object):
    modelspath: str = flag("models", "folder of the checkpoints")


@dataclasses.dataclass(frozen=True)
class ClassifyFlags(object):
    basenet: str = flag("mobilenet_v1", "feature extractor: " + ", ".join(EXTRACTORS.names()))
    depth_multiplier: float = flag(1.0, "width of a MobileNet", more_than=0)
    modelspath: str = flag("models", "folder of the checkpoints")
    imagepath: str = flag("", "an image, or a folder of them")
    labels: str = flag("", "file of class names, one a line, in the order of the 1000 classes")
    top: int = flag(5, "classes to print", at_least=1)


@dataclasses.dataclass(frozen=True)
class TorchFlags(object):
    weights: str = flag("", "torchvision's ResNet-18 or 34: .pth (takes PyTorch) or .npz")
    out: str = flag("models", "folder to write the checkpoint to")


# ---- list ----

def list_models(flags):
    """Prints what every record declares, and whether its checkpoint is there."""
    aliases = EXTRACTORS.aliases()
    for name in EXTRACTORS.names():
        extractor = get_extractor(name)
        found = initialise.locate_checkpoint(flags.modelspath, extractor)
        shown = [alias for alias, full in sorted(aliases.items()) if full == name]
        print("{}   (also: {})".format(name, ", ".join(shown) or "-"))
        print("  paper       {}".format(extractor.paper))
        print("  features    " + ", ".join("stride {}: {} channels".format(
            stride, extractor.channels[stride]) for stride in sorted(extractor.channels)))
        if extractor.at_depth:
            print("  widths      --depth_multiplier=0.25 ... 1.4")
        print("  checkpoint  {}: {}".format(extractor.checkpoint_file, found or "not in {}".format(
            flags.modelspath)))
        print("  published   {}".format(extractor.published))


# ---- classify ----

def list_images(path):
    """Paths of an image or of the images in a folder."""
    if os.path.isfile(path):
        return [path]
    paths = sorted(file for file in glob.glob(os.path.join(glob.escape(path), "*"))
                   if file.lower().endswith(SUFFIXES))
    if not paths:
        raise UserError("--imagepath: got {!r}, expected an image or a folder with {}".format(
            path, ", ".join(SUFFIXES)))
    return paths


def read_image(path):
    """The middle of an upright image at the size of ImageNet nets, uint8 [224, 224, 3] RGB."""
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("RGB")
    except (OSError, ValueError) as error:
        raise UserError("{} cannot be read as an image ({}): convert it to JPEG or PNG".format(
            path, error))
    return np.asarray(ImageOps.fit(image, (SIDE, SIDE), Image.BILINEAR, bleed=1 / 16))


def read_labels(path):
    """The 1000 class names of a file, or None without one."""
    if not path:
        return None
    if not os.path.isfile(path):
        raise UserError("--labels: no file {}: expected one class name a line".format(path))
    with open(path) as file:
        names = [line.strip() for line in file if line.strip()]
    names = names[1:] if len(names) == 1001 else names  # a background class first
    if len(names) != 1000:
        raise UserError("--labels: {} has {} lines, expected 1000 class names, or 1001 with the "
                        "background first".format(path, len(names)))
    return names


def classify(flags):
    """Prints the likeliest ImageNet classes of images."""
    extractor = get_extractor(flags.basenet, flags.depth_multiplier)
    checkpoint = initialise.find_checkpoint(flags.modelspath, extractor)
    paths, names = list_images(flags.imagepath), read_labels(flags.labels)
    with tf.Graph().as_default(), tf.Session() as session:
        image = tf.placeholder(tf.float32, [1, SIDE, SIDE, 3])
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            logits, _ = extractor.net(extractor.normalize(image), False, extractor.head_classes)
        # Without ImageNet's background class, where the net has one.
        likelihoods = tf.nn.softmax(logits)[0, extractor.head_classes - 1000:]
        print(initialise.restore_extractor(session, extractor, checkpoint, tf.global_variables(),
                                           min_coverage=1.0))
        for path in paths:
            found = session.run(likelihoods, {image: read_image(path)[None]})
            best = found.argsort()[::-1][:flags.top]
            print("{}: {}".format(os.path.basename(path), ", ".join("{} {:.3f}".format(
                names[index] if names else "class {}".format(index), found[index])
                for index in best)))


# ---- from_torchvision ----

def convert(flags):
    """Writes torchvision's weights as a slim checkpoint, and checks that the net takes it."""
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


def main(argv):
    """`argv`: a command and its flags."""
    name, words = split_command(argv, COMMANDS, __doc__)
    flags_type, command, description = COMMANDS[name]
    flags, _ = parse_flags(flags_type, words, description)
    command(flags)


if __name__ == "__main__":
    run_script(main)
