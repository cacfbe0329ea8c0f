"""Several processes through Horovod (Sergeev and Del Balso, arXiv 1802.05799).

Import it only where horovod is installed: it is not among the requirements.
"""
import contextlib
import os
from typing import Any, List, Sequence

import horovod.tensorflow as hvd

from utils.errors import UserError
from utils.tf_compat import tf
from utils.train.parallel.world import World

#: While rank 0 evaluates, the others wait. Horovod shall not warn of that, nor give up while the
#: machine is paused. It notices a dead process at once all the same.
_PATIENCE = {"HOROVOD_STALL_CHECK_DISABLE": "1", "HOROVOD_GLOO_TIMEOUT_SECONDS": "600"}


class HorovodWorld(World):
    """The process among those that horovodrun started."""

    def __init__(self) -> None:
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        hvd.init()
        self.rank, self.size = hvd.rank(), hvd.size()
        self.local_rank, self.local_size = hvd.local_rank(), hvd.local_size()

    def sum(self, tensors: Sequence[Any]) -> List[Any]:
        return [hvd.allreduce(tensor, op=hvd.Sum, name=f"sum_{index}")
                for index, tensor in enumerate(tensors)]

    def same_variables(self, variables: Sequence[Any]) -> Any:
        return hvd.broadcast_variables(variables, root_rank=0)

    def share(self, value: Any) -> Any:
        # It has its own threads: a process's first session decides on those that sessions share.
        config = tf.ConfigProto(use_per_session_threads=True, device_count={"GPU": 0})
        with tf.Graph().as_default(), tf.Session(config=config) as session, self._told():
            return hvd.broadcast_object(value, root_rank=0, session=session, name="shared")

    def run(self, session: Any, fetches: Any, feed: Any) -> Any:
        with self._told():
            return session.run(fetches, feed)

    @contextlib.contextmanager
    def _told(self):
        """Turns Horovod's error on a process that has ended into a `UserError`."""
        try:
            yield
        except tf.errors.OpError as error:
            if "orovod" not in error.message:
                raise
            raise UserError(f"another of the {self.size} processes has ended: see what it said, "
                            "and go on with --resume") from error
