"""How weights learn: the optimiser, the groups of variables with their rates, weight decay,
clipping, moving averages, and the scale of gradients in float16."""
from typing import Any, Callable, Dict, List, Optional, Sequence

from utils.tf_compat import tf
from utils.train.averages import Averages
from utils.train.groups import Group, is_convolution, learned_variables, rate_groups
from utils.train.loss_scale import Unscaled, loss_scale
from utils.train.optimisers import OPTIMISERS, decays_itself, optimiser_maker
from utils.train.schedules import schedule_with_warmup
from utils.train.session import net_type


class Learner:
    """Takes steps of optimisation; made before the net, and asked once the net is built.

    Args:
      make_optimiser: (rate, name) -> `tf.train.Optimizer`.
      groups: () -> list of `Group`, those without variables among them; called after the net.
      rate: () -> float32 scalar tensor, the learning rate.
      step: the global step, int64 variable.
      scale: the `utils.train.loss_scale` of the net.
      penalty: () -> float32 scalar tensor, the weight decay's part of the loss; called after the
        net. By default that of its layers.
      clip_norm: the greatest norm of all gradients together; 0 for any.
      averages: () -> `Averages` of the net's variables, called after the net; or None.

    Attributes:
      averages: the `Averages` once a step is made, or None.
    """

    def __init__(self, make_optimiser: Callable[[Any, str], Any],
                 groups: Callable[[], List[Group]], rate: Callable[[], Any], step: Any,
                 scale: Unscaled, penalty: Optional[Callable[[], Any]] = None,
                 clip_norm: float = 0.0,
                 averages: Optional[Callable[[], Averages]] = None) -> None:
        self._make_optimiser, self._groups, self._rate = make_optimiser, groups, rate
        self.step, self.scale = step, scale
        self.penalty = penalty or tf.losses.get_regularization_loss
        self._clip_norm, self._make_averages = clip_norm, averages
        self.averages: Optional[Averages] = None

    def groups(self) -> List[Group]:
        """The groups that have variables."""
        return [group for group in self._groups() if group.variables]

    def variables(self) -> List[Any]:
        """The variables that learn, group by group: the order of all lists of gradients."""
        return [variable for group in self.groups() for variable in group.variables]

    def scaled_gradients(self, losses: Sequence[Any]) -> List[List[Any]]:
        """The gradients of scalars, times the net's loss scale: a list for each of them.

        They are zeros where a scalar does not depend on a variable but another does, as losses of
        two outputs of a net.

        Raises:
          ValueError: none of the scalars depends on one of the variables.
        """
        variables = self.variables()
        found = [tf.gradients(self.scale.scaled(loss), variables) for loss in losses]
        unreached = [variable.op.name for variable, *gradients in zip(variables, *found)
                     if all(gradient is None for gradient in gradients)]
        if unreached:
            raise ValueError("no gradient reaches {}".format(", ".join(unreached)))
        return [[tf.zeros(variable.shape) if gradient is None else gradient
                 for variable, gradient in zip(variables, gradients)] for gradients in found]

    def minimise(self, loss: Any) -> Dict[str, Any]:
        """One step on a loss, float32 scalar, after the update ops of batch norm; as `apply`."""
        scaled, = self.scaled_gradients([loss])
        return self.apply(self.scale.unscaled(scaled),
                          [loss] + tf.get_collection(tf.GraphKeys.UPDATE_OPS))

    def apply(self, gradients: List[Any], computed: List[Any]) -> Dict[str, Any]:
        """One step on given gradients; the global step advances by one.

        Args:
          gradients: of `variables()`, unscaled.
          computed: what has to be done before any weight changes, the gradients apart.

        Returns:
          what a step fetches: train_op, an operation; learning_rate; with a clip norm
          gradient_norm, that before clipping.
        """
        rate = self._rate()
        fetches = {"learning_rate": rate}
        clipped = gradients
        if self._clip_norm:
            fetches["gradient_norm"] = tf.global_norm(gradients)
            clipped, _ = tf.clip_by_global_norm(gradients, self._clip_norm,
                                                fetches["gradient_norm"])
        # Reading a reference variable gives its buffer, not a copy: an update that ran while the
        # loss or another gradient still reads the weights would race with it. So all is computed
        # first.
        updated = self.scale.where_finite(gradients, computed, self._update(rate, clipped))
        with tf.control_dependencies([self._averaged(updated)]):
            return dict(fetches, train_op=tf.assign_add(self.step, 1).op)

    def _update(self, rate, gradients):
        """A function that makes the operations of a step, group by group."""
        groups = [(group, rate if group.multiple == 1 else group.multiple * rate)
                  for group in self.groups()]

        def update():
            left = iter(gradients)
            return [self._make_optimiser(group_rate, group.name).apply_gradients(
                [(next(left), variable) for variable in group.variables])
                for group, group_rate in groups]
        return update

    def _averaged(self, updated):
        """The operation after which averages count the updated weights in, where there are any."""
        if self._make_averages is None:
            return updated
        self.averages = self._make_averages()
        with tf.control_dependencies([updated]):
            return self.averages.update(self.step)


def make_learner(arch: Any, flags: Any, step: Any, total_steps: int) -> Learner:
    """The `Learner` of a training.

    Args:
      arch: a `BaseArch`.
      flags: `fcn_train.py`'s flags.
      step: the global step variable.
      total_steps: length of the training, for the learning rate's schedule.
    """
    optimiser = OPTIMISERS.choose(flags.optimiser)
    schedule = schedule_with_warmup(flags.lr_schedule, flags)
    return Learner(optimiser_maker(optimiser, flags),
                   lambda: rate_groups(arch, flags, optimiser.name),
                   lambda: flags.learnrate * schedule(step, total_steps), step,
                   loss_scale(net_type(flags.precision)),
                   lambda: _penalty(arch, flags, optimiser), flags.clip_norm,
                   (lambda: _averages(arch, flags)) if flags.ema else None)


def _averages(arch, flags):
    return Averages(arch.tested_variables(), flags.ema)


def _penalty(arch, flags, optimiser):
    """Weight decay in the loss: of the net's layers, and of all else that learns with
    --decayed=all."""
    if not flags.weight_decay or decays_itself(optimiser):
        return tf.zeros([])
    penalty = tf.losses.get_regularization_loss()
    if flags.decayed == "all":
        others = [v for v in learned_variables(arch, flags) if not is_convolution(v)]
        penalty += flags.weight_decay * tf.add_n([tf.nn.l2_loss(v) for v in others])
    return penalty
