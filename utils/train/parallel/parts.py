"""Computes the batch of an optimisation step in parts: micro-batches, devices and processes.

A term of the loss is total / weight over the whole batch. Hence each part computes the gradients of
each term's *total*. These are added up, as are the weights, and divided once; then the gradient of
the weight decay is added. To rounding that is the step of one batch. Only batch norm and dropout
differ, which see a part at a time.

The weights of the terms are known only after the last part. So a sum of k terms goes back through
the net k times, and micro-batches and processes add up k gradients of each variable.
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
    """The sums over parts.

    Attributes:
      names, factors: of the loss's terms.
      gradients: for each term the gradients of its total, times the net's loss scale.
      totals, weights: of the terms, divided by the pixels of a part, so that they are near 1.
    """
    names: Sequence[str]
    factors: Sequence[float]
    gradients: List[List[Any]]
    totals: List[Any]
    weights: List[Any]

    def tensors(self) -> List[Any]:
        """Lists all tensors that are added up."""
        return [g for same in self.gradients for g in same] + self.totals + self.weights

    def replaced(self, tensors: Sequence[Any]) -> "Sums":
        """Makes these sums of other tensors, in the order of `tensors()`."""
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
                        [learner.scaled_gradients(total) for total in totals], list(totals),
                        list(weights))

        towers, updates = on_towers(tower, [batch["image"], batch["label"]], self._devices)
        return _add(towers), updates

    def finish(self, sums: Sums, updates: List[Any], learner: Learner,
               reported: Dict[str, Any]) -> Dict[str, Any]:
        """Makes the fetches of the step's runs; returns those of its last run.

        Args:
          sums, updates: of one micro-batch.
          learner: the `Learner`.
          reported: {name: tensor} that every run fetches.
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
        """Adds up over the processes; returns its arguments where there is one process.

        Returns:
          (sums, updates by the mean of the processes' moving averages, {"stop": the number of
          processes that were asked to stop}).
        """
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
        """Gives every process rank 0's values of the variables."""
        if self._same_variables is not None:
            self._world.run(session, self._same_variables, {})

    def run_step(self, session: Any, fetches: Dict[str, Any], stop: bool) -> Dict[str, Any]:
        """Takes one optimisation step; see `TrainGraph.run_step`."""
        values = []
        for index in range(self._micro_batches):
            last = index == self._micro_batches - 1
            run = fetches if last else self._runs[min(index, 1)]
            values.append(self._world.run(session, run, {self._micro_batch: index,
                                                         self._stop: float(stop)}))
        return dict(values[-1], wait=sum(one["wait"] for one in values),
                    names=[name for one in values for name in one["names"]])


def _add(sums):
    """Adds up the `Sums` of several towers."""
    if len(sums) == 1:
        return sums[0]
    return sums[0].replaced([tf.add_n(same) for same in zip(*[one.tensors() for one in sums])])


def _mean_gradients(sums, learner, penalty):
    """Computes the unscaled gradients of the terms, factor * total / weight, and the penalty."""
    of_terms = [[gradient * inverse for gradient in learner.scale.unscaled(same)]
                for same, inverse in zip(sums.gradients, _inverses(sums))]
    of_penalty = tf.gradients(penalty, learner.variables())
    summed = [same[0] if len(same) == 1 else tf.add_n(same) for same in zip(*of_terms)]
    return [gradient if decay is None else gradient + decay
            for gradient, decay in zip(summed, of_penalty)]


def _inverses(sums):
    """Computes factor / weight of each term, by which the gradients of its total are multiplied."""
    return [tf.div_no_nan(factor, weight) for factor, weight in zip(sums.factors, sums.weights)]


def _updated_variables(updates):
    """Lists the variables that update operations change: batch norm's moving averages."""
    changed = {as_operation(update).inputs[0].op.name for update in updates}
    return [variable for variable in tf.global_variables() if variable.op.name in changed]
