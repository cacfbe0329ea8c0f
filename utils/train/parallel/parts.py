"""An optimisation step whose batch is computed in parts: by micro-batches, one after the other, by
devices, and by processes.

A term of the loss is total / weight over the whole batch, whoever computes it. Hence each part
computes the gradients of each term's *total*, all of them are added up, with the weights, and are
divided once; the gradient of the weight decay comes on top, once. But for batch norm and dropout,
which see a part at a time, that is the step of one batch, to rounding.

Terms have weights of their own, which no part knows before the last. So a sum of k terms goes back
through the net k times, and micro-batches and processes add up k gradients of each variable.
"""
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

from utils.tf_compat import tf
from utils.train.learner import Learner
from utils.train.losses.term import Term
from utils.train.losses.total import require_means, total_loss
from utils.train.parallel.accumulate import Accumulator
from utils.train.parallel.towers import as_operation, on_towers
from utils.train.parallel.world import World


class Sums(NamedTuple):
    """What parts add up.

    Attributes:
      names, factors: of the loss's terms.
      gradients: for each term the list of those of its total, times the net's loss scale.
      totals, weights: of the terms; by the pixels of a part, which keeps them near 1.
    """
    names: Sequence[str]
    factors: Sequence[float]
    gradients: List[List[Any]]
    totals: List[Any]
    weights: List[Any]

    def tensors(self) -> List[Any]:
        """All that is added up, in one list."""
        return [g for same in self.gradients for g in same] + self.totals + self.weights

    def replaced(self, tensors: Sequence[Any]) -> "Sums":
        """These sums, of other tensors in the order of `tensors()`."""
        left = iter(tensors)
        gradients = [[next(left) for _ in same] for same in self.gradients]
        return Sums(self.names, self.factors, gradients, [next(left) for _ in self.totals],
                    [next(left) for _ in self.weights])


class Parts:
    """Builds the step in parts, `sums` first and `finish` last, and runs it.

    Args:
      flags: `fcn_train.py`'s flags (accumulate, devices).
      world: the `World`.
    """

    def __init__(self, flags: Any, world: World) -> None:
        self._flags, self._world = flags, world
        self._micro_batches, self._devices = flags.accumulate, flags.devices
        self._micro_batch = tf.placeholder_with_default(tf.zeros([], tf.int64), [], "micro_batch")
        self._stop = tf.placeholder_with_default(tf.zeros([]), [], "stop")
        self._same_variables: Any = None
        self._runs: List[Dict[str, Any]] = []

    # ---- building ----

    def sums(self, batch: Dict[str, Any], terms_of: Callable[..., List[Term]],
             learner: Learner) -> Tuple[Sums, List[Any]]:
        """The `Sums` of one micro-batch of this process, and batch norm's updates by it.

        Args:
          batch: dict with image and label.
          terms_of: (images, labels, noise_step) -> list of `Term`, each a `Mean`.
          learner: the `Learner`.

        Raises:
          UserError: a term is no `Mean`.
        """
        part = learner.step * self._micro_batches + self._micro_batch
        part = (part * self._world.size + self._world.rank) * self._devices

        def tower(index, images, labels):
            terms = terms_of(images, labels, part + index)
            require_means(terms, self._flags)
            pixels = tf.cast(tf.size(labels), tf.float32)
            totals, weights = zip(*[(term.part.total / pixels, term.part.weight / pixels)
                                    for term in terms])
            return Sums([term.name for term in terms], [term.factor for term in terms],
                        learner.scaled_gradients(totals), list(totals), list(weights))

        towers, updates = on_towers(tower, [batch["image"], batch["label"]], self._devices)
        return _add(towers), updates

    def finish(self, sums: Sums, updates: List[Any], learner: Learner,
               reported: Dict[str, Any]) -> Dict[str, Any]:
        """What the step's last run fetches; makes those before it.

        Args:
          sums, updates: of one micro-batch.
          learner: the `Learner`.
          reported: {name: tensor} of what every run fetches.
        """
        tensors = sums.tensors()
        if self._micro_batches > 1:
            accumulator = Accumulator(tensors)
            self._runs = [dict(reported, sums=tf.group(operation, *updates))
                          for operation in (accumulator.begin, accumulator.add)]
            tensors = accumulator.total()
        tensors, updates, stop = self._over_processes(tensors, updates)
        sums, penalty = sums.replaced(tensors), learner.penalty()
        values = [tf.div_no_nan(*pair) for pair in zip(sums.totals, sums.weights)]
        loss = total_loss(sums.factors, values) + penalty
        gradients = _mean_gradients(sums, learner, penalty)
        step = learner.apply(gradients, [loss] + updates)
        self._same_variables = self._world.same_variables(tf.global_variables())
        return dict(reported, loss=loss, terms=dict(zip(sums.names, values)), **step, **stop)

    def _over_processes(self, tensors, updates):
        """(sums over the processes, updates that average batch norm's averages over them, {"stop":
        how many were asked to stop}); as they are where there is one process."""
        if self._world.size == 1:
            return tensors, updates, {}
        averages = _updated_variables(updates)
        with tf.control_dependencies(updates):
            updated = [variable.read_value() for variable in averages]
        summed = self._world.sum(tensors + updated + [self._stop])
        means = [total / self._world.size for total in summed[len(tensors):-1]]
        updates = [tf.assign(variable, mean) for variable, mean in zip(averages, means)]
        return summed[:len(tensors)], updates, {"stop": summed[-1]}

    # ---- running ----

    def begin(self, session: Any) -> None:
        """Gives every process the variables' values of rank 0."""
        if self._same_variables is not None:
            self._world.run(session, self._same_variables, {})

    def run_step(self, session: Any, fetches: Dict[str, Any], stop: bool) -> Dict[str, Any]:
        """One optimisation step; see `TrainGraph.run_step`."""
        values = []
        for index in range(self._micro_batches):
            last = index == self._micro_batches - 1
            run = fetches if last else self._runs[min(index, 1)]
            values.append(self._world.run(session, run, {self._micro_batch: index,
                                                         self._stop: float(stop)}))
        return dict(values[-1], wait=sum(one["wait"] for one in values),
                    names=[name for one in values for name in one["names"]])


def _add(sums):
    """One `Sums` from several."""
    if len(sums) == 1:
        return sums[0]
    return sums[0].replaced([tf.add_n(same) for same in zip(*[one.tensors() for one in sums])])


def _mean_gradients(sums, learner, penalty):
    """Gradients of the loss, unscaled: of total / weight of each term times its factor, and of the
    penalty."""
    of_terms = [[gradient * inverse for gradient in learner.scale.unscaled(same)]
                for same, inverse in zip(sums.gradients, _inverses(sums))]
    of_penalty = tf.gradients(penalty, learner.variables())
    summed = [same[0] if len(same) == 1 else tf.add_n(same) for same in zip(*of_terms)]
    return [gradient if decay is None else gradient + decay
            for gradient, decay in zip(summed, of_penalty)]


def _inverses(sums):
    """For each term what the gradients of its total are multiplied by: factor / weight."""
    return [tf.div_no_nan(factor, weight) for factor, weight in zip(sums.factors, sums.weights)]


def _updated_variables(updates):
    """The variables that update operations change: batch norm's moving averages."""
    changed = {as_operation(update).inputs[0].op.name for update in updates}
    return [variable for variable in tf.global_variables() if variable.op.name in changed]
