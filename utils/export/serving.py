"""The graph that is exported: what goes in, the net, what comes out."""
import dataclasses
from typing import Any, Callable, List, Optional, Tuple

from utils.errors import UserError
from utils.export.geometry import letterbox_batch, native_scores
from utils.tf_compat import tf

INPUT = "images"


@dataclasses.dataclass(frozen=True)
class Form:
    """What an exported net takes and gives.

    Attributes:
      input: "view", float32 [N, h, w, 3] RGB 0..255, prepared by the user; or "image", uint8
        [N, H, W, 3] RGB, letterboxed inside.
      output: "scores", float32 [N, .., .., C] (logits); or "labels", uint8 [N, .., ..]. They have
        the size of what went in, the view or the image.
      size: (h, w) of what the net sees, or None for the input's own.
      image_size: (H, W) of all images, where it is fixed; input "image" only.
      batch: N, or 0 for any.
      num_classes: C.
    """
    input: str
    output: str
    size: Optional[Tuple[int, int]]
    image_size: Optional[Tuple[int, int]]
    batch: int
    num_classes: int

    @property
    def input_size(self) -> Optional[Tuple[int, int]]:
        """(height, width) of the input tensor, or None for any."""
        return self.size if self.input == "view" else self.image_size

    @property
    def input_shape(self) -> List[Optional[int]]:
        """[N, height, width, 3], None where it is free."""
        return [self.batch or None] + list(self.input_size or (None, None)) + [3]

    @property
    def output_shape(self) -> List[Optional[int]]:
        """Shape of the output, None where it is free."""
        channels = [self.num_classes] if self.output == "scores" else []
        return self.input_shape[:3] + channels

    @property
    def input_type(self) -> str:
        """Numpy's name of the input's type."""
        return "uint8" if self.input == "image" else "float32"

    @property
    def output_type(self) -> str:
        """Numpy's name of the output's type."""
        return "uint8" if self.output == "labels" else "float32"

    def __str__(self):
        return (f"{self.input} {self.input_type} {_shape_text(self.input_shape)} -> {self.output} "
                f"{self.output_type} {_shape_text(self.output_shape)}")

    def fixed(self, what: str) -> "Form":
        """Sets the batch to one where any was allowed, for formats of fixed shapes.

        Args:
          what: the format, for errors.

        Raises:
          UserError: the size of the input is free.
        """
        if self.input_size is None:
            raise UserError("{} has a fixed size, but this export takes any: give {}, or leave "
                            "{} out of --formats".format(
                                what, "a size, as in --pixels=256" if self.input == "view"
                                else "a size, as in --image_size=360x480", what))
        return dataclasses.replace(self, batch=self.batch or 1)


def _shape_text(shape):
    return "[{}]".format(", ".join("any" if side is None else str(side) for side in shape))


def build_serving(build_net: Callable[..., Any], form: Form) -> Tuple[Any, Any]:
    """Builds placeholder, preparation, net and way back in the current graph.

    Args:
      build_net: (images float32 [N, H, W, 3] in 0..255, is_training) -> logits [N, H, W, C].
      form: what the net takes and gives.

    Returns:
      (input, output) tensors, named "images" and as `form.output`.
    """
    images = tf.placeholder(form.input_type, form.input_shape, INPUT)
    letterboxed = form.input == "image" and form.size is not None
    views = tf.cast(images, tf.float32)
    if letterboxed:
        views = tf.ensure_shape(letterbox_batch(views, form.size),
                                [form.batch or None] + list(form.size) + [3])
    scores = build_net(views, is_training=False)
    if letterboxed:
        source = form.image_size or (tf.shape(images)[1], tf.shape(images)[2])
        scores = native_scores(scores, source, form.size)
    if form.output == "scores":
        return images, tf.identity(scores, form.output)
    classes = tf.argmax(scores, axis=-1, output_type=tf.int32)
    return images, tf.cast(classes, tf.uint8, name=form.output)
