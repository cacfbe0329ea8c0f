"""An optimisation step whose batch is computed in parts: by micro-batches, one after the other, by
devices, and by processes.

The loss of a batch is sum / weight over all of its pixels, whoever computes them. Hence each part
computes the gradients of its *sum*, all of them are added up, with the weights, and are divided
once; the gradient of the weight decay comes on top, once. But for batch norm and dropout, which see
a part at a time, that is the step of one batch, to rounding.
"""
import collections

from utils.tf_compat import tf
from utils.train.parallel.accumulate import Accumulator
from utils.train.parallel.towers import as_operation, on_towers
from utils.train.train_op import apply_gradients, loss_gradients

#: What parts add up. gradients: of `total`, a list, times the net's loss scale; total: sum of the
#: weighted losses of the pixels; weight: sum of their weights; both by the pixels of a part, which
#: keeps them near 1.
Sums = collections.namedtuple("Sums", "gradients total weight")


class Parts:
    """Builds the step in parts, `sums` first and `finish` last, and runs it.

    Args:
      flags: `fcn_train.py`'s flags (accumulate, devices).
      world: the `World`.
    """

    def __init__(self, flags, world):
        self._micro_batches, self._devices, self._world = flags.accumulate, flags.devices, world
        self._micro_batch = tf.placeholder_with_default(tf.zeros([], tf.int64), [], "micro_batch")
        self._stop = tf.placeholder_with_default(tf.zeros([]), [], "stop")
        self._same_variables, self._runs = None, []

    # ---- building ----

    def sums(self, batch, loss_sums, variables, step, scale):
        """The `Sums` of one micro-batch of this process, and batch norm's updates by it.

        Args:
          batch: dict with image and label.
          loss_sums: (images, labels, noise_step) -> (sum, weight), as of `LOSSES`.
          variables: function; the list that gradients are of, once the net is built.
          step: the global step.
          scale: the `utils.train.loss_scale` of the net.
        """
        part = step * self._micro_batches + self._micro_batch
        part = (part * self._world.size + self._world.rank) * self._devices

        def tower(index, images, labels):
            total, weight = loss_sums(images, labels, part + index)
            pixels = tf.cast(tf.size(labels), tf.float32)
            total, weight = total / pixels, weight / pixels
            return Sums(loss_gradients(scale.scaled(total), variables()), total, weight)

        towers, updates = on_towers(tower, [batch["image"], batch["label"]], self._devices)
        return _add(towers), updates

    def finish(self, sums, updates, penalty, adam, reported):
        """What the step's last run fetches; makes those before it.

        Args:
          sums, updates: of one micro-batch.
          penalty: the weight decay's loss, float32 scalar.
          adam: dict of `apply_gradients`' settings.
          reported: {name: tensor} of what every run fetches.
        """
        tensors = sums.gradients + [sums.total, sums.weight]
        if self._micro_batches > 1:
            accumulator = Accumulator(tensors)
            self._runs = [dict(reported, sums=tf.group(operation, *updates))
                          for operation in (accumulator.begin, accumulator.add)]
            tensors = accumulator.total()
        tensors, updates, stop = self._over_processes(tensors, updates)
        gradients, total, weight = adam["scale"].unscaled(tensors[:-2]), tensors[-2], tensors[-1]
        cross_entropy = tf.div_no_nan(total, weight)
        loss = cross_entropy + penalty
        gradients = _mean_gradients(gradients, weight, penalty, adam["slow"] + adam["fast"])
        train_op = apply_gradients(gradients, computed=[loss] + updates, **adam)
        self._same_variables = self._world.same_variables(tf.global_variables())
        return dict(reported, train_op=train_op, loss=loss, cross_entropy=cross_entropy,
                    learning_rate=adam["learning_rate"], **stop)

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

    def begin(self, session):
        """Gives every process the variables' values of rank 0."""
        if self._same_variables is not None:
            self._world.run(session, self._same_variables, {})

    def run_step(self, session, fetches, stop):
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
    return Sums([tf.add_n(same) for same in zip(*[one.gradients for one in sums])],
                tf.add_n([one.total for one in sums]), tf.add_n([one.weight for one in sums]))


def _mean_gradients(gradients, weight, penalty, variables):
    """Gradients of sum / weight + penalty, from those of the sum."""
    inverse = tf.div_no_nan(1.0, weight)
    of_penalty = tf.gradients(penalty, variables)
    return [gradient * inverse if decay is None else gradient * inverse + decay
            for gradient, decay in zip(gradients, of_penalty)]


def _updated_variables(updates):
    """The variables that update operations change: batch norm's moving averages."""
    changed = {as_operation(update).inputs[0].op.name for update in updates}
    return [variable for variable in tf.global_variables() if variable.op.name in changed]
