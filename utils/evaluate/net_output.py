"""What a net returns to a test: logits, and what was computed on the way to them."""
from typing import Any, Callable, Dict, NamedTuple, Optional


class NetOutput(NamedTuple):
    """A net's output for a batch of views.

    Attributes:
      logits: float32 [N, H, W, C], of the views' own size.
      features: {level: float32 [N, h, w, D]} of the feature extractor; {} where not known.
      penultimate: float32 [N, h, w, D], the map that the last layer reads, or None.
      auxiliary: {name: logits} of heads that help in training; {} in a test.
    """
    logits: Any
    features: Dict[int, Any]
    penultimate: Optional[Any]
    auxiliary: Dict[str, Any]


def as_output(found: Any) -> Any:
    """The output of a net that may return its logits alone."""
    return found if hasattr(found, "logits") else NetOutput(found, {}, None, {})


def with_features(arch: Any) -> Callable[..., NetOutput]:
    """The builder of a net that returns its features beside its logits.

    Args:
      arch: has `encode(images, ...) -> {level: features}`, and `build_net`, which calls it.
    """
    def build(images: Any, is_training: bool) -> NetOutput:
        features, encode = {}, arch.encode

        def recorded(*args, **kwargs):
            features.update(encode(*args, **kwargs))
            return dict(features)
        arch.encode = recorded
        try:
            logits = arch.build_net(images, is_training=is_training)
        finally:
            del arch.encode  # the class's own is seen again
        return NetOutput(logits, features, features[max(features)], {})
    return build
