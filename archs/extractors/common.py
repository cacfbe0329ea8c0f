"""Parts that feature extractors share: pixel ranges, arg scopes, the classification head."""
from typing import Any, Callable, Optional

from utils.tf_compat import slim, tf

#: Where slim publishes its checkpoints with their accuracies; MobileNets have pages of their own.
SLIM_PAGE = "https://github.com/tensorflow/models/blob/master/research/slim/"
#: RGB means of ImageNet, 0..255, as slim's VGG and ResNet checkpoints want them subtracted.
IMAGENET_MEAN = (123.68, 116.78, 103.94)
#: Mean and deviation of ImageNet, 0..1, as torchvision's weights want them.
TORCH_MEAN, TORCH_STD = (.485, .456, .406), (.229, .224, .225)


def normalize_symmetric(images: Any) -> Any:
    """Maps float32 [N, H, W, 3] of 0..255 to -1..1 (Inception, MobileNets)."""
    return images / 127.5 - 1.0


def normalize_mean(images: Any) -> Any:
    """Subtracts ImageNet's mean from float32 [N, H, W, 3], RGB 0..255 (VGG, slim's ResNets)."""
    return images - tf.constant(IMAGENET_MEAN, tf.float32)


def normalize_torch(images: Any) -> Any:
    """Maps float32 [N, H, W, 3] of 0..255 to mean 0 and deviation 1, by torchvision's figures."""
    return (images / 255.0 - tf.constant(TORCH_MEAN)) / tf.constant(TORCH_STD)


def l2(weight_decay: float) -> Optional[Callable[[Any], Any]]:
    """Makes slim's L2 regulariser of float32 variables; None without weight decay."""
    if not weight_decay:
        return None
    regularize = slim.l2_regularizer(weight_decay)

    def of_variable(weights):
        """Regularises the variable; a layer in float16 hands over its cast of the variable."""
        return regularize(weights if weights.dtype.base_dtype == tf.float32
                          else weights.op.inputs[0])
    return of_variable


def conv_bn_arg_scope(weight_decay: float, bn_decay: float, epsilon: float, scale: bool = True,
                      activation: Optional[Callable[[Any], Any]] = None,
                      initializer: Any = None) -> Any:
    """Makes the arg scope of a net in which batch norm follows every convolution.

    Args:
      weight_decay: L2 on the weights of `slim.conv2d`; depthwise weights have none, as published.
      bn_decay: decay of batch norm's moving averages.
      epsilon: batch norm's, which has to be that of the checkpoint's training.
      scale: whether batch norm has a gamma.
      activation: after each batch norm; None for ReLU.
      initializer: of the weights; None for that of He et al. (arXiv 1502.01852).
    """
    initializer = initializer or slim.variance_scaling_initializer()
    convolutions = [slim.conv2d, slim.separable_conv2d]
    with slim.arg_scope([slim.batch_norm], decay=bn_decay, epsilon=epsilon, scale=scale,
                        fused=True), \
            slim.arg_scope(convolutions, activation_fn=activation or tf.nn.relu,
                           normalizer_fn=slim.batch_norm,
                           weights_initializer=initializer, padding="SAME"), \
            slim.arg_scope([slim.conv2d], weights_regularizer=l2(weight_decay)), \
            slim.arg_scope([slim.max_pool2d], padding="SAME") as scope:
        return scope


def classification_head(features: Any, num_classes: int, scope: str) -> Any:
    """Adds a classifier: global average pool and a 1x1 convolution.

    Args:
      features: float32 [N, H, W, C].
      num_classes: ImageNet's 1000, or 1001 with a background class first.
      scope: name of the convolution, as in the published checkpoint.

    Returns:
      float32 [N, num_classes] logits.
    """
    pooled = tf.reduce_mean(features, axis=[1, 2], keepdims=True)
    logits = slim.conv2d(pooled, num_classes, [1, 1], activation_fn=None, normalizer_fn=None,
                         scope=scope)
    return tf.squeeze(logits, axis=[1, 2])
