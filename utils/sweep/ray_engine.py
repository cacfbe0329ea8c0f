"""Runs trainings on a Ray cluster: the same subprocesses, on whichever node has room.

Every node must see the project's folder, the data and the Python under the same paths (one
machine, or a shared file system). Ray is optional: pip install "ray[default]" (2.7.2 is the last
for Python 3.7).
"""
import os
import sys
from typing import Any, Dict, List, Sequence, Tuple

from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.sweep import remote

#: How long runs may take to save after they were asked to stop.
_PATIENCE_SECONDS = 300
#: What a run's exit code is called when its worker or its node was lost.
_LOST = -9


class RayEngine:
    """The engine of `--engine=ray`, with the interface of `utils.sweep.local.LocalEngine`.

    Args:
      script: path of fcn_train.py.
      address: of the cluster; "" starts or finds one on this machine.
      cpus, gpus: of each run.

    Raises:
      UserError: Ray is not installed, the cluster cannot be reached, or no node is large enough.
    """

    def __init__(self, script: str, address: str = "", cpus: float = 1.0,
                 gpus: float = 0.0) -> None:
        self._ray = _import_ray()
        try:
            self._ray.init(address=address or None, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise UserError(f"--address={address}: no Ray cluster there "
                            f"({str(error).splitlines()[0][:150]}): start one with ray start "
                            "--head, or leave the flag out") from error
        self._script, self._cpus, self._gpus = script, cpus, gpus
        self._ray.cloudpickle.register_pickle_by_value(remote)
        # A lost run is not simply run again: the scheduler resumes it where it was.
        self._train = self._ray.remote(remote.train).options(
            num_cpus=cpus, num_gpus=gpus, max_retries=0)
        self._index_of: Dict[Any, int] = {}
        if self.capacity < 1:
            raise UserError("a run wants {:g} cores and {:g} GPUs, but the cluster has {:g} and "
                            "{:g}: lower --cpus_per_run or --gpus_per_run".format(
                                cpus, gpus, self._total("CPU"), self._total("GPU")))

    def _total(self, resource):
        return self._ray.cluster_resources().get(resource, 0)

    @property
    def capacity(self) -> int:
        """Runs that the cluster has room for, now: nodes come and go."""
        room = self._total("CPU") // self._cpus if self._cpus else float("inf")
        return int(min(room, self._total("GPU") // self._gpus if self._gpus else room))

    def start(self, index: int, words: Sequence[str], log_path: str) -> None:
        """Starts a training, as `LocalEngine.start`."""
        command = [sys.executable, self._script] + list(words)
        reference = self._train.remote(command, os.getcwd(), os.path.abspath(log_path),
                                       max(int(self._cpus), 1), bool(self._gpus))
        self._index_of[reference] = index

    def finished(self) -> List[Tuple[int, int]]:
        """Lists what has ended, as `LocalEngine.finished`."""
        if not self._index_of:
            return []
        ready, _ = self._ray.wait(list(self._index_of), num_returns=len(self._index_of), timeout=0)
        return [(self._index_of.pop(reference), self._code(reference)) for reference in ready]

    def _code(self, reference):
        try:
            return self._ray.get(reference)
        except (self._ray.exceptions.RayError, KeyboardInterrupt):
            return _LOST

    def shares_place_with(self, folder: RunFolder) -> bool:
        """Says no: a run of another process takes no place that Ray would hand out."""
        return False

    def terminate(self) -> None:
        """Asks every run to save and end, waits for it, and leaves the cluster."""
        for reference in self._index_of:
            self._ray.cancel(reference)
        if self._index_of:
            self._ray.wait(list(self._index_of), num_returns=len(self._index_of),
                           timeout=_PATIENCE_SECONDS)
        self._index_of.clear()
        self._ray.shutdown()


def _import_ray():
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise UserError(f"--engine=ray needs Ray: pip install ray, or leave the flag out ({error})"
                        ) from error
    return ray
