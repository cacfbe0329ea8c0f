"""The train op: gradients, Adam, batch norm statistics, and a faster rate for the decoder."""
from utils.tf_compat import tf

#: `--difflr`: how much faster the decoder's variables learn (the seed's factor).
DECODER_SPEEDUP = 10.0


def build_train_op(loss, learning_rate, momentum, epsilon, slow, fast, global_step):
    """One optimisation step.

    Args:
      loss: float32 scalar.
      learning_rate: float32 scalar tensor.
      momentum: Adam's beta1.
      epsilon: Adam's epsilon.
      slow: variables that learn at `learning_rate`.
      fast: variables that learn at `DECODER_SPEEDUP * learning_rate`; may be empty.
      global_step: int64 variable, advanced by one.

    Returns:
      an operation; it runs after the update ops of batch norm.
    """
    gradients = tf.gradients(loss, slow + fast)
    unreached = [v.op.name for v, g in zip(slow + fast, gradients) if g is None]
    if unreached:
        raise ValueError("no gradient reaches {}".format(", ".join(unreached)))
    pairs = list(zip(gradients, slow + fast))
    groups = [("adam", pairs[:len(slow)], learning_rate),
              ("adam_fast", pairs[len(slow):], DECODER_SPEEDUP * learning_rate)]
    # Reading a reference variable gives its buffer, not a copy: an update that ran while the loss
    # or another gradient still reads the weights would race with it. So all is computed first.
    computed = [loss] + gradients + tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(computed):
        steps = []
        for name, group, rate in groups:
            if group:
                optimizer = tf.train.AdamOptimizer(rate, beta1=momentum, epsilon=epsilon, name=name)
                steps.append(optimizer.apply_gradients(group))
    with tf.control_dependencies(steps):
        return tf.assign_add(global_step, 1).op
