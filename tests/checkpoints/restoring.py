"""Restores two variables from a checkpoint that a test writes."""
import numpy as np

from utils.checkpoints.restore import restore_variables
from utils.tf_compat import tf
from utils.train.from_torchvision import write_checkpoint


def two_variables(session):
    variables = [tf.get_variable(name, shape) for name, shape in (("a/w", [2, 3]), ("a/b", [3]))]
    session.run(tf.global_variables_initializer())
    return variables


def restore(tmp_path, arrays, function=restore_variables, **arguments):
    """(coverage, values) of a/w and a/b restored from a checkpoint with `arrays`."""
    prefix = str(tmp_path / "some.ckpt")
    write_checkpoint({name: np.float32(value) for name, value in arrays.items()}, prefix)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        variables = two_variables(session)
        graph.finalize()  # restoring adds no ops
        arguments.setdefault("variables", variables)
        coverage = function(session=session, checkpoint=prefix, **arguments)
        return coverage, session.run(variables)
