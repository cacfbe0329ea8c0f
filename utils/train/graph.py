"""The training graph: batch -> net -> loss -> train op, and what a step reports."""
import dataclasses
from typing import Any, Dict, Optional

from utils.data.pipeline import timed_next
from utils.tf_compat import tf
from utils.train.loss_scale import loss_scale
from utils.train.losses import LOSSES
from utils.train.parallel.parts import Parts
from utils.train.parallel.world import ALONE
from utils.train.schedules import SCHEDULES
from utils.train.session import net_type
from utils.train.train_op import build_train_op


@dataclasses.dataclass(frozen=True)
class TrainGraph:
    """What runs a training.

    Attributes:
      fetches: dict of tensors of a step (train_op, loss, cross_entropy, learning_rate, wait,
        names, in float16 loss_scale); of its last run where it takes several.
      iterator: to initialise.
      step: the global step variable.
      parts: the `Parts` of a step that is computed in parts, or None.
    """
    fetches: Dict[str, Any]
    iterator: Any
    step: Any
    parts: Optional[Parts] = None

    def begin(self, session):
        """To be called once the variables have their values, rank 0's at least."""
        if self.parts is not None:
            self.parts.begin(session)
        session.run(self.iterator.initializer)

    def run_step(self, session, stop=False):
        """One optimisation step: the values of `fetches`, wait and names those of all its runs.

        Args:
          stop: whether this process was asked to stop; with several processes the values have
            "stop", whether any was.
        """
        if self.parts is None:
            return session.run(self.fetches)
        return self.parts.run_step(session, self.fetches, stop)


def build_train_graph(arch, dataset, flags, class_weights, total_steps, world=ALONE):
    """Builds the training graph in the default graph.

    Args:
      arch: a `BaseArch`.
      dataset: batches of `utils.data.pipeline.training_batches`.
      flags: `fcn_train.py`'s flags.
      class_weights: float [C].
      total_steps: length of the training, for the learning rate's schedule.
      world: the processes that train together.

    Returns:
      a `TrainGraph`.
    """
    step = tf.train.get_or_create_global_step()
    iterator, batch, wait = timed_next(dataset)
    dtype = net_type(flags.precision)
    scale = loss_scale(dtype)

    def loss_sums(images, labels, noise_step=None):
        logits = arch.build_net(images, is_training=True, freeze_fe=flags.freeze_fe,
                                noise_step=noise_step, dtype=dtype)
        return LOSSES.get(flags.loss)(logits, labels, class_weights)

    def adam():
        slow, fast = _learners(arch, flags)
        rate = flags.learnrate * SCHEDULES.get(flags.lr_schedule)(step, total_steps)
        return dict(learning_rate=rate, momentum=flags.momentum, epsilon=flags.adam_epsilon,
                    slow=slow, fast=fast, global_step=step, scale=scale)

    reported = dict(scale.reported, wait=wait, names=batch["name"])
    if flags.accumulate * flags.devices * world.size == 1:
        total, weight = loss_sums(batch["image"], batch["label"])
        fetches = _whole_batch(total, weight, _penalty(flags), adam(), reported)
        return TrainGraph(fetches, iterator, step)
    parts = Parts(flags, world)
    sums, updates = parts.sums(batch, loss_sums, lambda: sum(_learners(arch, flags), []), step,
                               scale)
    fetches = parts.finish(sums, updates, _penalty(flags), adam(), reported)
    return TrainGraph(fetches, iterator, step, parts)


def _whole_batch(total, weight, penalty, adam, reported):
    """What a step fetches whose batch is computed at once."""
    cross_entropy = tf.div_no_nan(total, weight)
    loss = cross_entropy + penalty
    train_op = build_train_op(loss, **adam)
    return dict(reported, train_op=train_op, loss=loss, cross_entropy=cross_entropy,
                learning_rate=adam["learning_rate"])


def _penalty(flags):
    return tf.losses.get_regularization_loss() if flags.weight_decay else tf.zeros([])


def _learners(arch, flags):
    """(slow, fast): lists of the variables that learn at the rate, and ten times faster."""
    trainable = tf.trainable_variables()
    decoder = [v for v in arch.decoder_variables() if v in trainable]
    encoder = [v for v in arch.encoder_variables() if v in trainable]
    encoder = [] if flags.freeze_fe else encoder
    return (encoder, decoder) if flags.difflr else (encoder + decoder, [])
