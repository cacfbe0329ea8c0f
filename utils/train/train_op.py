"""The train op: gradients, Adam, batch norm statistics, and a faster rate for the decoder."""
from utils.tf_compat import tf

#: `--difflr`: how much faster the decoder's variables learn (seg-mentor's factor).
DECODER_SPEEDUP = 10.0


def build_train_op(loss, learning_rate, momentum, epsilon, slow, fast, global_step, scale):
    """One optimisation step on a loss.

    Args:
      loss: float32 scalar.
      learning_rate: float32 scalar tensor.
      momentum: Adam's beta1.
      epsilon: Adam's epsilon.
      slow: variables that learn at `learning_rate`.
      fast: variables that learn at `DECODER_SPEEDUP * learning_rate`; may be empty.
      global_step: int64 variable, advanced by one.
      scale: the `utils.train.loss_scale` of the net.

    Returns:
      an operation; it runs after the update ops of batch norm.
    """
    gradients = scale.unscaled(loss_gradients(scale.scaled(loss), slow + fast))
    computed = [loss] + tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    return apply_gradients(gradients, learning_rate, momentum, epsilon, slow, fast, global_step,
                           scale, computed)


def loss_gradients(loss, variables):
    """The gradients of a scalar; a ValueError where one of the variables is out of its reach."""
    gradients = tf.gradients(loss, variables)
    unreached = [v.op.name for v, g in zip(variables, gradients) if g is None]
    if unreached:
        raise ValueError("no gradient reaches {}".format(", ".join(unreached)))
    return gradients


def apply_gradients(gradients, learning_rate, momentum, epsilon, slow, fast, global_step, scale,
                    computed):
    """Adam's step on given gradients, unscaled, those of `slow` first; arguments as of
    `build_train_op`.

    Args:
      computed: what has to be done before any weight changes, the gradients apart.
    """
    pairs = list(zip(gradients, slow + fast))
    groups = [("adam", pairs[:len(slow)], learning_rate),
              ("adam_fast", pairs[len(slow):], DECODER_SPEEDUP * learning_rate)]

    def adam():
        return [tf.train.AdamOptimizer(rate, beta1=momentum, epsilon=epsilon, name=name)
                .apply_gradients(group) for name, group, rate in groups if group]

    # Reading a reference variable gives its buffer, not a copy: an update that ran while the loss
    # or another gradient still reads the weights would race with it. So all is computed first.
    with tf.control_dependencies([scale.where_finite(gradients, computed, adam)]):
        return tf.assign_add(global_step, 1).op
