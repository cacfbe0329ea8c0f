"""Optimisers: how gradients become steps. A new one is one registered function.

    @OPTIMISERS.register("sgd", nesterov=False)
    def sgd(rate, name, momentum, nesterov): ...

It takes the learning rate, a float32 scalar tensor; the name of its variables in checkpoints; the
flags of fcn_train.py that it uses, by their names; and its own parameters. It returns a
`tf.train.Optimizer`. One that takes `weight_decay`, the flag or a parameter of its own, decays
weights itself; the loss then has no penalty.
"""
import inspect
from typing import Any, Callable, FrozenSet, List

from utils.errors import UserError
from utils.registry import Choice, Parameter, Registry
from utils.runs.roles import names
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.groups import is_convolution

OPTIMISERS = Registry("optimiser")
#: Flags that some optimisers take, and others do not.
OPTIMISER_FLAGS = names(TrainFlags, mark="optimiser")


@OPTIMISERS.register("adam")
def adam(rate: Any, name: str, momentum: float, adam_epsilon: float) -> Any:
    """Adam (Kingma and Ba, arXiv 1412.6980, end of section 2: epsilon is their "epsilon hat")."""
    return tf.train.AdamOptimizer(rate, beta1=momentum, epsilon=adam_epsilon, name=name)


@OPTIMISERS.register("adamw", weight_decay=Parameter(
    0.01, "share of a weight that a step takes off, times the rate", at_least=0))
def adamw(rate: Any, name: str, momentum: float, adam_epsilon: float, decayed: str,
          weight_decay: float) -> Any:
    """Adam with decoupled weight decay: weights times 1 - rate * weight_decay, then less Adam's
    step (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2; as PyTorch, the decay is times the
    rate). The gradients have no L2 penalty in them."""
    class AdamW(tf.train.AdamOptimizer):
        def apply_gradients(self, grads_and_vars, global_step=None, name=None):
            pairs = list(grads_and_vars)
            decays = [tf.assign(variable, variable.read_value() * (1.0 - rate * weight_decay))
                      for _, variable in pairs if decayed == "all" or is_convolution(variable)]
            with tf.control_dependencies(decays):
                return super().apply_gradients(pairs, global_step, name)
    return AdamW(rate, beta1=momentum, epsilon=adam_epsilon, name=name)


@OPTIMISERS.register("rmsprop",
                     decay=Parameter(0.9, "of the mean square", at_least=0, at_most=0.999999),
                     epsilon=Parameter(1.0, "added to the mean square", more_than=0))
def rmsprop(rate: Any, name: str, momentum: float, decay: float, epsilon: float) -> Any:
    """Steps of rate * gradient / sqrt(mean square + epsilon), with momentum (Tieleman and Hinton,
    2012; defaults as MobileNets were trained, arXiv 1801.04381, section 6.1, and tf_slim). Epsilon
    is inside the root, unlike in PyTorch; the mean square begins at 1."""
    return tf.train.RMSPropOptimizer(rate, decay, momentum, epsilon, name=name)


@OPTIMISERS.register("sgd", nesterov=Parameter(False, "Nesterov's momentum"))
def sgd(rate: Any, name: str, momentum: float, nesterov: bool) -> Any:
    """Gradient descent: v = momentum * v + gradient, weights less rate * v; with Nesterov's
    momentum less rate * (gradient + momentum * v) (Sutskever et al., ICML 2013, section 2)."""
    return tf.train.MomentumOptimizer(rate, momentum, name=name, use_nesterov=nesterov)


def _arguments(choice):
    """The names of the flags that an optimiser takes, and of its own parameters."""
    return list(inspect.signature(choice.entry).parameters)[2:]


def taken_flags(choice: Choice) -> List[str]:
    """The names of the flags that an optimiser takes."""
    return [name for name in _arguments(choice) if name not in choice.values]


def decays_itself(choice: Choice) -> bool:
    """Whether an optimiser decays weights, so that the loss must not."""
    return "weight_decay" in _arguments(choice)


def optimiser_maker(choice: Choice, flags: Any) -> Callable[[Any, str], Any]:
    """(rate, name) -> `tf.train.Optimizer` of a choice, with the values of fcn_train.py's flags."""
    values = {name: getattr(flags, name) for name in taken_flags(choice)}
    return lambda rate, name: choice.entry(rate, name, **values, **choice.values)


def require_taken(flags: TrainFlags, given: FrozenSet[str]) -> None:
    """Raises a UserError for a flag of optimisers that was given to one that does not take it, and
    for any that the optimiser has a parameter of its own in place of.

    Args:
      flags: `TrainFlags`.
      given: names of the flags that were on the command line.
    """
    choice = OPTIMISERS.choose(flags.optimiser)
    taken = taken_flags(choice)
    for name in sorted(given & set(choice.own)):
        raise UserError(f"--optimiser={flags.optimiser} has a {name} of its own, so --{name} "
                        f"cannot be given: write --optimiser={choice.name}:{name}=...")
    for name in OPTIMISER_FLAGS:
        if name in given and name not in taken:
            takers = [other for other in OPTIMISERS.names()
                      if name in taken_flags(OPTIMISERS.choose(other))]
            raise UserError(f"--optimiser={flags.optimiser} takes no --{name}: leave it out, or "
                            f"choose {' or '.join(takers)}")
