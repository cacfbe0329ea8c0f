"""How weights learn: the optimiser, the groups of variables with their rates, weight decay, and the
scale of gradients in float16."""
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

from utils.tf_compat import tf
from utils.train.loss_scale import Unscaled, loss_scale
from utils.train.optimisers import OPTIMISERS, optimiser_maker, taken_flags
from utils.train.schedules import SCHEDULES
from utils.train.session import net_type

#: `--difflr`: how much faster the decoder's variables learn (seg-mentor's factor).
DECODER_SPEEDUP = 10.0


class Group(NamedTuple):
    """Variables that learn at one rate.

    Attributes:
      name: of the optimiser's variables for them: "adam", "adam_fast". Checkpoints to resume from
        hold it.
      variables: list.
      multiple: of the learning rate. It is no factor on gradients, which Adam would undo.
    """
    name: str
    variables: List[Any]
    multiple: float


class Learner:
    """Takes steps of optimisation; made before the net, and asked once the net is built.

    Args:
      make_optimiser: (rate, name) -> `tf.train.Optimizer`.
      groups: () -> list of `Group`, those without variables among them; called after the net.
      rate: () -> float32 scalar tensor, the learning rate.
      step: the global step, int64 variable.
      scale: the `utils.train.loss_scale` of the net.
      decays: whether the loss has the net's weight decay.
    """

    def __init__(self, make_optimiser: Callable[[Any, str], Any],
                 groups: Callable[[], List[Group]], rate: Callable[[], Any], step: Any,
                 scale: Unscaled, decays: bool = True) -> None:
        self._make_optimiser, self._groups, self._rate = make_optimiser, groups, rate
        self.step, self.scale, self._decays = step, scale, decays

    def groups(self) -> List[Group]:
        """The groups that have variables."""
        return [group for group in self._groups() if group.variables]

    def variables(self) -> List[Any]:
        """The variables that learn, group by group: the order of all lists of gradients."""
        return [variable for group in self.groups() for variable in group.variables]

    def penalty(self) -> Any:
        """The weight decay's part of the loss, float32 scalar."""
        return tf.losses.get_regularization_loss() if self._decays else tf.zeros([])

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

        What changes all gradients together, as clipping by their norm does, belongs here.

        Args:
          gradients: of `variables()`, unscaled.
          computed: what has to be done before any weight changes, the gradients apart.

        Returns:
          what a step fetches: train_op, an operation, and learning_rate.
        """
        rate = self._rate()
        groups = [(group, rate if group.multiple == 1 else group.multiple * rate)
                  for group in self.groups()]

        def update():
            left = iter(gradients)
            return [self._make_optimiser(group_rate, group.name).apply_gradients(
                [(next(left), variable) for variable in group.variables])
                for group, group_rate in groups]

        # Reading a reference variable gives its buffer, not a copy: an update that ran while the
        # loss or another gradient still reads the weights would race with it. So all is computed
        # first.
        with tf.control_dependencies([self.scale.where_finite(gradients, computed, update)]):
            return {"train_op": tf.assign_add(self.step, 1).op, "learning_rate": rate}


def make_learner(arch: Any, flags: Any, step: Any, total_steps: int) -> Learner:
    """The `Learner` of a training.

    Args:
      arch: a `BaseFcnArch`.
      flags: `fcn_train.py`'s flags.
      step: the global step variable.
      total_steps: length of the training, for the learning rate's schedule.
    """
    optimiser = OPTIMISERS.choose(flags.optimiser)
    schedule = SCHEDULES.choose(flags.lr_schedule)
    decays = bool(flags.weight_decay) and "weight_decay" not in taken_flags(optimiser)
    return Learner(optimiser_maker(optimiser, flags),
                   lambda: _groups(arch, flags, optimiser.name),
                   lambda: flags.learnrate * schedule.make(step, total_steps), step,
                   loss_scale(net_type(flags.precision)), decays)


def _groups(arch, flags, name):
    """The feature extractor's variables and the decoder's; in one group without --difflr."""
    trainable = tf.trainable_variables()
    decoder = [v for v in arch.decoder_variables() if v in trainable]
    encoder = [v for v in arch.encoder_variables() if v in trainable]
    encoder = [] if flags.freeze_fe else encoder
    if flags.difflr:
        return [Group(name, encoder, 1.0), Group(name + "_fast", decoder, DECODER_SPEEDUP)]
    return [Group(name, encoder + decoder, 1.0)]
