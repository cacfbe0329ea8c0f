"""The training graph: batch -> net -> loss -> train op, and what a step reports."""
import dataclasses
from typing import Any, Dict, Optional

from utils.data.distance_maps import map_key
from utils.data.pipeline import timed_next
from utils.errors import UserError
from utils.tf_compat import tf
from utils.train.averages import Averages
from utils.train.learner import make_learner
from utils.train.losses.term import Truth
from utils.train.losses.total import (
    choose_losses,
    loss_terms,
    map_strides,
    term_value,
    total_loss,
)
from utils.train.parallel.parts import Parts
from utils.train.parallel.world import ALONE, World
from utils.train.session import net_type


@dataclasses.dataclass(frozen=True)
class TrainGraph:
    """What runs a training.

    Attributes:
      fetches: dict of tensors of a step (train_op, loss, terms, learning_rate, wait, names, in
        float16 loss_scale); of its last run where it takes several. terms: {name: tensor} of the
        loss's terms, each without its factor and the weight decay.
      iterator: to initialise.
      step: the global step variable.
      parts: the `Parts` of a step that is computed in parts, or None.
      averages: the moving `Averages` of the net's variables, or None.
    """
    fetches: Dict[str, Any]
    iterator: Any
    step: Any
    parts: Optional[Parts] = None
    averages: Optional[Averages] = None

    def begin(self, session: Any) -> None:
        """To be called once the variables have their values, rank 0's at least."""
        if self.parts is not None:
            self.parts.begin(session)
        session.run(self.iterator.initializer)

    def run_step(self, session: Any, stop: bool = False) -> Dict[str, Any]:
        """One optimisation step: the values of `fetches`, wait and names those of all its runs.

        Args:
          stop: whether this process was asked to stop; with several processes the values have
            "stop", whether any was.
        """
        if self.parts is None:
            return session.run(self.fetches)
        return self.parts.run_step(session, self.fetches, stop)


def build_train_graph(arch: Any, dataset: Any, flags: Any, class_weights: Any, total_steps: int,
                      world: World = ALONE) -> TrainGraph:
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

    Raises:
      UserError: a loss that cannot be computed in parts, of a batch in parts; --bn for a feature
        extractor without batch norm.
    """
    step = tf.train.get_or_create_global_step()
    iterator, batch, wait = timed_next(dataset)
    # The seeds of the first values count the operations made before: a new one comes after the net.
    learner = make_learner(arch, flags, step, total_steps)
    losses = choose_losses(flags.loss)
    level = flags.aux_stride if flags.aux_loss_weight else 0

    def terms_of(part, noise_step=None):
        net = arch.build(part["image"], is_training=True, freeze_fe=flags.freeze_fe,
                         noise_step=noise_step, dtype=net_type(flags.precision),
                         auxiliary_level=level, freeze_bn=flags.bn != "train")
        _require_batch_norm(arch, flags)
        truth = _truth(part, losses, flags, step)
        terms = loss_terms(losses, net.logits, truth, class_weights)
        for name, logits in net.auxiliary.items():
            terms += loss_terms(losses, logits, truth, class_weights, name, flags.aux_loss_weight)
        return terms

    reported = dict(learner.scale.reported, wait=wait, names=batch["name"])
    if flags.accumulate * flags.devices * world.size == 1:
        fetches = _whole_batch(terms_of(batch), learner, reported)
        return TrainGraph(fetches, iterator, step, averages=learner.averages)
    parts = Parts(flags, world)
    sums, updates = parts.sums(batch, terms_of, learner)
    fetches = parts.finish(sums, updates, learner, reported)
    return TrainGraph(fetches, iterator, step, parts, learner.averages)


def _require_batch_norm(arch, flags):
    if flags.bn != "train" and not any(
            variable.op.name.endswith("/moving_mean") for variable in arch.encoder_variables()):
        raise UserError(f"--bn={flags.bn}: {flags.basenet} has no batch norm: leave the flag out")


def _truth(batch, losses, flags, step):
    """The `Truth` of a batch, or of a part of it."""
    maps = {stride: batch[map_key(stride)] for stride in map_strides(losses)}
    if not flags.hard_example_mining_steps:
        return Truth(batch["label"], maps)
    done = tf.cast(step, tf.float32) / flags.hard_example_mining_steps
    return Truth(batch["label"], maps, tf.minimum(done, 1.0))


def _whole_batch(terms, learner, reported):
    """What a step fetches whose batch is computed at once."""
    values = [term_value(term.part) for term in terms]
    loss = total_loss([term.factor for term in terms], values) + learner.penalty()
    return dict(reported, loss=loss, terms={term.name: value for term, value in zip(terms, values)},
                **learner.minimise(loss))
