"""Runs trainings as processes of this machine, each on cores (or a GPU) of its own."""
import os
import platform
import subprocess
import sys
from typing import Any, Dict, List, Sequence, Tuple

from utils.machine import usable_cores
from utils.runs.run_folder import RunFolder

#: How long a run may take to save after it was asked to stop.
_PATIENCE_SECONDS = 300


def split_cores(available: Sequence[int], jobs: int) -> List[Sequence[int]]:
    """Shares cores among so many jobs; all share all where there are more jobs than cores.

    >>> split_cores([0, 1, 2, 3], 2)
    [[0, 1], [2, 3]]
    """
    count = len(available)
    if jobs >= count:
        return [[available[job % count]] for job in range(jobs)]
    return [available[job * count // jobs:(job + 1) * count // jobs] for job in range(jobs)]


def count_gpus() -> int:
    """Counts the GPUs that nvidia-smi lists; 0 where there is none."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


class LocalEngine:
    """Starts processes and tells which have ended.

    Args:
      script: path of fcn_train.py.
      jobs: processes at once.
      gpus: GPUs to hand out in turn; 0 for none.
    """

    def __init__(self, script: str, jobs: int, gpus: int = 0) -> None:
        self.capacity, self._script, self._gpus = jobs, script, gpus
        self._places = list(enumerate(split_cores(usable_cores(), jobs)))
        self._processes: Dict[Any, Tuple[Any, Any]] = {}

    def start(self, index: int, words: Sequence[str], log_path: str) -> None:
        """Starts a training.

        Args:
          index: the run's number; `finished` tells it again.
          words: flags for fcn_train.py.
          log_path: file that what it prints is added to.
        """
        number, own_cores = place = self._places.pop(0)
        if self._gpus and not any(word.startswith("--gpu") for word in words):
            words = list(words) + [f"--gpu={number % self._gpus}"]
        with open(log_path, "ab") as log:
            # A session of its own: it outlives this process, and a Ctrl-C here reaches it as one
            # SIGTERM, after which it saves.
            process = subprocess.Popen(
                [sys.executable, self._script] + list(words), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)
        if hasattr(os, "sched_setaffinity"):  # before TensorFlow counts the cores
            os.sched_setaffinity(process.pid, own_cores)
        self._processes[index] = process, place

    def finished(self) -> List[Tuple[int, int]]:
        """Lists [(run's number, exit code)] of the processes that have ended since the last
        call."""
        ended = [(index, process.returncode) for index, (process, _) in self._processes.items()
                 if process.poll() is not None]
        for index, _ in ended:
            self._places.append(self._processes.pop(index)[1])
        return ended

    def shares_place_with(self, folder: RunFolder) -> bool:
        """Tells whether the process of a run folder, not one of ours, uses this machine's cores."""
        return folder.read_runinfo().get("host") == platform.node()

    def terminate(self) -> None:
        """Asks every process to save and end, and waits for it."""
        for process, _ in self._processes.values():
            process.terminate()
        for process, _ in self._processes.values():
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes.clear()
