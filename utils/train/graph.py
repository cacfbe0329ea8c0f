"""The training graph: batch -> net -> loss -> train op, and what a step reports."""
import collections

from utils.data.pipeline import timed_next
from utils.tf_compat import tf
from utils.train.losses import LOSSES
from utils.train.schedules import SCHEDULES
from utils.train.train_op import build_train_op

#: fetches: dict of tensors of one step (train_op, loss, cross_entropy, learning_rate, wait, names);
#: iterator: to initialise; step: the global step variable.
TrainGraph = collections.namedtuple("TrainGraph", "fetches iterator step")


def build_train_graph(arch, dataset, flags, class_weights, total_steps):
    """Builds the training graph in the default graph.

    Args:
      arch: a `BaseFcnArch`.
      dataset: batches of `utils.data.pipeline.training_batches`.
      flags: `fcn_train.py`'s flags.
      class_weights: float [C].
      total_steps: length of the training, for the learning rate's schedule.

    Returns:
      a `TrainGraph`.
    """
    step = tf.train.get_or_create_global_step()
    iterator, batch, wait = timed_next(dataset)
    logits = arch.build_net(batch["image"], is_training=True, freeze_fe=flags.freeze_fe)
    cross_entropy = LOSSES.get(flags.loss)(logits, batch["label"], class_weights)
    penalty = tf.losses.get_regularization_loss() if flags.weight_decay else tf.zeros([])
    loss = cross_entropy + penalty
    rate = flags.learnrate * SCHEDULES.get(flags.lr_schedule)(step, total_steps)
    decoder = [v for v in arch.decoder_variables() if v in tf.trainable_variables()]
    encoder = [v for v in arch.encoder_variables() if v in tf.trainable_variables()]
    encoder = [] if flags.freeze_fe else encoder
    slow, fast = (encoder, decoder) if flags.difflr else (encoder + decoder, [])
    train_op = build_train_op(loss, rate, flags.momentum, flags.adam_epsilon, slow, fast, step)
    fetches = {"train_op": train_op, "loss": loss, "cross_entropy": cross_entropy,
               "learning_rate": rate, "wait": wait, "names": batch["name"]}
    return TrainGraph(fetches, iterator, step)
