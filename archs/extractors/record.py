"""The record of a feature extractor, and the registry of all of them."""
import dataclasses
import functools
from typing import Callable, NamedTuple, Optional, Tuple

from archs.extractors.atrous import OUTPUT_STRIDES
from utils.errors import UserError
from utils.registry import Registry

EXTRACTORS = Registry("feature extractor")
#: The strides of the features that every record declares.
LEVELS = (2, 4, 8, 16, 32)


@dataclasses.dataclass(frozen=True)
class Feature:
    """A map of features for decoders: the last map of its level.

    Attributes:
      stride: input pixels from one place of the map to the next.
      end_point: its key among the net's end points.
      channels: of the map.
      offset: the receptive field of place (i, j) is centred at pixel (stride * i + offset,
        stride * j + offset), if the first pixel has its centre at 0. The padding decides it.
      level: its stride in the published classifier, by which decoders ask for it. It exceeds
        `stride` where the net is atrous. Left out, it is the stride.
      before_relu: the end point of the same map before its last ReLU, the sum of a residual unit;
        "" where there is none.
    """
    stride: int
    end_point: str
    channels: int
    offset: float
    level: int = 0
    before_relu: str = ""

    def __post_init__(self):
        if not self.level:
            object.__setattr__(self, "level", self.stride)


@dataclasses.dataclass(frozen=True)
class Pool:
    """A max pool of 2x2 windows and stride 2, which SegNet undoes.

    Attributes:
      end_point: of the map that is pooled.
      channels: of that map.
      convolutions: how many stand between the pool before (or the image) and this one.
    """
    end_point: str
    channels: int
    convolutions: int


class Accuracy(NamedTuple):
    """How well a published checkpoint classifies ImageNet's 50,000 validation images.

    Attributes:
      top1: share of images whose class comes first, in percent; one central crop of each.
      source: the page that publishes it, and where it stands there.
    """
    top1: float
    source: str


@dataclasses.dataclass(frozen=True)
class FeatureExtractor:
    """An ImageNet classifier used as the feature extractor of a segmentation net.

    tests/archs/test_extractors.py verifies what a record declares, on the built graph, at every
    output stride.

    Attributes:
      name: the value of --basenet; also the stem of the default checkpoint's file name.
      net: `net(images, is_training, num_classes=None, output_stride=32) -> (net, end_points)`;
        images float32 [N, H, W, 3], normalised, H and W multiples of 32. With `num_classes` the net
        has its classification head, and returns logits float32 [N, num_classes]. At output strides
        16 and 8 `archs.extractors.atrous.AtrousStrides` decides strides and rates.
      arg_scope: `arg_scope(weight_decay, bn_decay)`, the slim arg scope for `net`; its weight decay
        is `archs.extractors.common.l2`, for nets in float16 too.
      normalize: float32 [N, H, W, 3], RGB 0..255 -> what the net was trained on.
      features: a `Feature` for each of `LEVELS`, from fine to coarse. Records declare those at
        output stride 32; `at` works out the others.
      checkpoint_scope: first part of every variable's name, as in the published checkpoint.
      checkpoint_file: file name of the published checkpoint.
      published: where that file is found.
      paper: where the net is described.
      imagenet: `Accuracy` of the published checkpoint; None where none is published.
      head_scopes: scopes of the classifier's variables, which are not the feature extractor's.
      head_classes: classes of the published head (1001: background first).
      width: the depth multiplier of this record.
      widths: depth multipliers with a published checkpoint; () for a net of one width.
      of_width: `of_width(depth_multiplier) -> FeatureExtractor` where the net comes in widths.
      shortened: the record of this net without its last layers, where these do no more than make
        wide features for a classifier (MobileNet V2's layer_19, VGG's fc6 and fc7); else None.
      expansions: of a net of inverted residuals, a `Feature` for each of `LEVELS` but the last: the
        map that the next level's first unit expands to and filters, which has more channels than
        the feature of the level; () for others.
      pools: the pools between the image and level 32, where all of the net's striding is by 2x2 max
        pools; () for others.
      strided: the record at output stride 32, where this one is its atrous version; else None.
    """
    name: str
    net: Callable
    arg_scope: Callable
    normalize: Callable
    features: Tuple[Feature, ...]
    checkpoint_scope: str
    checkpoint_file: str
    published: str
    paper: str
    head_scopes: Tuple[str, ...]
    head_classes: int
    width: float = 1.0
    imagenet: Optional[Accuracy] = None
    widths: Tuple[float, ...] = ()
    of_width: Optional[Callable] = None
    shortened: Optional["FeatureExtractor"] = None
    expansions: Tuple[Feature, ...] = ()
    pools: Tuple[Pool, ...] = ()
    strided: Optional["FeatureExtractor"] = None

    @property
    def is_published(self) -> bool:
        """Tells whether a checkpoint is published at this width."""
        return not self.widths or self.width in self.widths

    @property
    def output_stride(self) -> int:
        """Stride of the last features: 32, or 16 or 8 where the net is atrous."""
        return self.features[-1].stride

    def feature(self, level: int) -> Feature:
        """Returns the feature of a level, one of `LEVELS`."""
        return self.features[LEVELS.index(level)]

    def at(self, width: float = 1.0, output_stride: int = 32) -> "FeatureExtractor":
        """Returns the record of this net at a depth multiplier and an output stride.

        Variables have the same names and shapes at every output stride, so that every checkpoint
        fits. At the places that the strided net has too, the features are equal.

        Raises:
          UserError: a width that the net does not come in, or an unknown output stride.
        """
        record = self.strided or self
        if width != record.width:
            record = record._at_width(width)
        if output_stride not in OUTPUT_STRIDES:
            raise UserError("output stride {}: choose one of {}".format(
                output_stride, ", ".join(map(str, OUTPUT_STRIDES))))
        if output_stride == record.output_stride:
            return record
        return dataclasses.replace(
            record, net=functools.partial(record.net, output_stride=output_stride),
            features=_atrous_features(record.features, output_stride),
            expansions=_atrous_features(record.expansions, output_stride), strided=record)

    def trunk(self) -> "FeatureExtractor":
        """The `shortened` record at this output stride; the record itself where there is none.

        For decoders with a context module on the deepest features, whose cost grows with their
        channels.
        """
        shortened = (self.strided or self).shortened
        return shortened.at(self.width, self.output_stride) if shortened else self

    def _at_width(self, width):
        if self.of_width is None:
            raise UserError(f"--depth_multiplier={width}: {self.name} comes in one width only; "
                            "leave it at 1, or choose a MobileNet")
        if width <= 0:
            raise UserError(f"--depth_multiplier={width}: expected a number above 0, as 0.25 or "
                            "1.4")
        return self.of_width(width)


def _atrous_features(features, output_stride):
    """Declares the features of a strided net at a smaller output stride.

    A strided layer moves the centre by whole places of its input, as its padding decides, and by
    half a place if its window is even. Without its stride a layer computes
    all whole places, so that only the half still moves the map.
    """
    found = list(features[:1])
    for finer, feature in zip(features, features[1:]):
        offset = feature.offset
        if feature.level > output_stride:
            offset = found[-1].offset + (feature.offset - finer.offset) % finer.stride
        found.append(dataclasses.replace(feature, stride=min(feature.level, output_stride),
                                         offset=offset))
    return tuple(found)


def with_shortened(record: FeatureExtractor, net: Callable, last: Feature,
                   left_out: Tuple[str, ...]) -> FeatureExtractor:
    """Adds to a record the one of its net without the last layers.

    Args:
      record: at output stride 32.
      net: as the record's, without the layers; it has no classification head.
      last: the feature of level 32 then.
      left_out: names of the layers' scopes.
    """
    of_width = record.of_width
    return dataclasses.replace(record, shortened=dataclasses.replace(
        record, net=net, features=record.features[:-1] + (last,),
        head_scopes=record.head_scopes + left_out,
        of_width=of_width and (lambda width: of_width(width).shortened)))


def get_extractor(name: str, depth_multiplier: float = 1.0,
                  output_stride: int = 32) -> FeatureExtractor:
    """Returns the record of a name or alias, at a width and an output stride.

    Raises:
      UserError: an unknown name, a width other than 1 of a net that has one width only, or an
        unknown output stride.
    """
    return EXTRACTORS.get(name).at(depth_multiplier, output_stride)


def imagenet_accuracy(name: str, depth_multiplier: float = 1.0) -> Optional[Accuracy]:
    """Looks up the ImageNet accuracy of a published checkpoint, as stored runs name their net.

    Returns:
      `Accuracy`; None where none is published at this width, and for a net that is not known here.
    """
    try:
        return get_extractor(name, depth_multiplier).imagenet
    except UserError:
        return None
