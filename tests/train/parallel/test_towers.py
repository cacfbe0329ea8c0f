"""Which devices a process uses, and what several of them share."""
import types

import pytest

from tests.train.parallel.nets import build
from utils.errors import UserError
from utils.tf_compat import slim, tf
from utils.train.parallel import towers


@pytest.mark.parametrize("first, count, local_rank, expected", [
    (0, 1, 0, "0"), (2, 1, 0, "2"), (-1, 1, 3, "-1"), (0, 1, 3, "3"), (0, 2, 1, "2,3"),
    (1, 2, 0, "1,2"), (-1, 2, 0, "-1")])
def test_each_process_sees_gpus_of_its_own(first, count, local_rank, expected):
    assert towers.visible_devices(first, count, local_rank) == expected


def test_gpus_or_without_any_virtual_cpus(monkeypatch):
    def pretend(gpus):
        monkeypatch.setattr(tf.config.experimental, "list_physical_devices",
                            lambda kind: [types.SimpleNamespace(device_type=kind)] * gpus)
    pretend(0)
    assert towers.device_names(2) == ["/cpu:0", "/cpu:1"]
    pretend(3)
    assert towers.device_names(2) == ["/gpu:0", "/gpu:1"]
    pretend(1)
    with pytest.raises(UserError, match="--devices=2, but TensorFlow sees 1 GPU from --gpu on"):
        towers.device_names(2)


def test_towers_share_variables_and_weight_decay():
    def names(devices):
        with tf.Graph().as_default() as graph:
            build(4, [slim.batch_norm], devices=devices)
            used = {op.device for op in graph.get_operations() if op.type == "Conv2D"}
            return (sorted(v.op.name for v in tf.global_variables()),
                    len(tf.losses.get_regularization_losses()), len(used))
    one, two = names(1), names(2)
    assert one[:2] == two[:2] and (one[2], two[2]) == (1, 2)


def test_updates_of_another_kind_are_refused():
    with tf.Graph().as_default():
        variable = tf.get_variable("average", initializer=1.0)

        def tower(index, part):
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign(variable, part[0]))
        with pytest.raises(ValueError, match="expected the towers' AssignSub"):
            towers.on_towers(tower, [tf.zeros([4])], 2)
