"""What a net sees of an image, in the graph: fitted into a size, at other scales, mirrored."""
from typing import Any, Callable, NamedTuple, Optional, Tuple

from utils.evaluate.native_size import image_positions, scaled_size
from utils.tf_compat import tf


class ScaledView(NamedTuple):
    """An image at one scale.

    Attributes:
      pixels: float32 [K, h, w, 3]: the image and, where K is 2, its mirror image.
      rows, columns: (low, high, part) of the image's own pixels, as `image_positions`; they are
        also those of the mirror image, whose columns stand the other way round in the image.
    """
    pixels: Any
    rows: Tuple[Any, Any, Any]
    columns: Tuple[Any, Any, Any]


def fitted(image: Any, size: Tuple[int, int], letterbox: Callable[..., Any]) -> Any:
    """Fits an image into a size.

    Args:
      image: uint8 [H, W, 3].
      size: (height, width).
      letterbox: how, as `utils.data.resize.letterbox`.

    Returns:
      float32 [height, width, 3].
    """
    # Fitting an image into its own size changes nothing, and would take longer than decoding.
    view = tf.cond(tf.reduce_all(tf.equal(tf.shape(image)[:2], size)),
                   lambda: tf.cast(image, tf.float32), lambda: letterbox(image, *size)[0])
    return tf.ensure_shape(view, tuple(size) + (3,))


def scaled_view(image: Any, scale: float, size: Optional[Tuple[int, int]],
                letterbox: Callable[..., Any], flip: bool) -> ScaledView:
    """Makes the view of an image at a scale.

    The image is mirrored before it is fitted, not the view: so the views of a mirror image are
    those of the image, also where a letterbox's bars differ by a pixel.

    Args:
      image: uint8 [H, W, 3].
      scale: of `size`, or of the image.
      size: (height, width) that images are fitted into at scale 1, or None for their own.
      letterbox: as of `fitted`.
      flip: whether the mirror image is seen too.
    """
    images = [image, tf.reverse(image, [1])] if flip else [image]
    shape = tf.shape(image)[:2]
    if size is None:
        return ScaledView(tf.stack([_resized(one, scale) for one in images]),
                          *image_positions(shape, None, scale))
    window = int(max(round(size[0] * scale), 1)), int(max(round(size[1] * scale), 1))
    return ScaledView(tf.stack([fitted(one, window, letterbox) for one in images]),
                      *image_positions(shape, window))


def _resized(image: Any, scale: float) -> Any:
    """Returns an image times a scale: float32, antialiased as `resize.view_image`."""
    image = tf.cast(image, tf.float32)
    if scale == 1:
        return image
    return tf.raw_ops.ScaleAndTranslate(
        images=image[tf.newaxis], size=scaled_size(tf.shape(image)[:2], scale),
        scale=[scale, scale], translation=[0.0, 0.0], kernel_type="triangle", antialias=True)[0]
