"""Optimisers: how gradients become steps. A new one is one registered function.

    @OPTIMISERS.register("sgd", nesterov=False)
    def sgd(rate, name, momentum, nesterov): ...

It takes the learning rate, a float32 scalar tensor; the name of its variables in checkpoints; the
flags of fcn_train.py that it uses, by their names; and its own parameters. It returns a
`tf.train.Optimizer`. One that takes `weight_decay` decays weights itself; the loss then has none.
"""
import inspect
from typing import Any, Callable, FrozenSet, List

from utils.errors import UserError
from utils.registry import Choice, Parameter, Registry
from utils.runs.roles import names
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf

OPTIMISERS = Registry("optimiser")
#: Flags that some optimisers take, and others do not.
OPTIMISER_FLAGS = names(TrainFlags, mark="optimiser")


@OPTIMISERS.register("adam")
def adam(rate: Any, name: str, momentum: float, adam_epsilon: float) -> Any:
    """Adam (Kingma and Ba, arXiv 1412.6980, end of section 2: epsilon is their "epsilon hat")."""
    return tf.train.AdamOptimizer(rate, beta1=momentum, epsilon=adam_epsilon, name=name)


@OPTIMISERS.register("sgd", nesterov=Parameter(False, "Nesterov's momentum"))
def sgd(rate: Any, name: str, momentum: float, nesterov: bool) -> Any:
    """Gradient descent: v = momentum * v + gradient, weights less rate * v; with Nesterov's
    momentum less rate * (gradient + momentum * v) (Sutskever et al., ICML 2013, section 2)."""
    return tf.train.MomentumOptimizer(rate, momentum, name=name, use_nesterov=nesterov)


def taken_flags(choice: Choice) -> List[str]:
    """The names of the flags that an optimiser takes."""
    arguments = list(inspect.signature(choice.entry).parameters)[2:]
    return [name for name in arguments if name not in choice.values]


def optimiser_maker(choice: Choice, flags: Any) -> Callable[[Any, str], Any]:
    """(rate, name) -> `tf.train.Optimizer` of a choice, with the values of fcn_train.py's flags."""
    values = {name: getattr(flags, name) for name in taken_flags(choice)}
    return lambda rate, name: choice.entry(rate, name, **values, **choice.values)


def require_taken(flags: TrainFlags, given: FrozenSet[str]) -> None:
    """A UserError for a flag of optimisers that was given to one that does not take it.

    Args:
      flags: `TrainFlags`.
      given: names of the flags that were on the command line.
    """
    choice = OPTIMISERS.choose(flags.optimiser)
    taken = taken_flags(choice)
    for name in OPTIMISER_FLAGS:
        if name in given and name not in taken:
            takers = [other for other in OPTIMISERS.names()
                      if name in taken_flags(OPTIMISERS.choose(other))]
            raise UserError(f"--optimiser={flags.optimiser} takes no --{name}: leave it out, or "
                            f"choose {' or '.join(takers)}")
