"""A Ray worker's work for a run. Standard library only: Ray carries this file to its workers."""
import ctypes
import fcntl
import os
import signal
import subprocess
import tempfile
from typing import IO, List, Optional, Sequence, Tuple

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def claim_cores(count: int, folder: Optional[str] = None) -> Tuple[List[int], List[IO[str]]]:
    """Takes cores of this machine that no other run has taken.

    Ray counts cores but binds nobody to them, and TensorFlow takes all that it sees. A lock on a
    file stands for a core; it is gone with the process that holds it.

    Args:
      count: how many.
      folder: where the files are; the same for all runs of a machine.

    Returns:
      (list of cores, list of open files that hold them); all cores and no files where there are not
      so many left.
    """
    folder = folder or os.path.join(tempfile.gettempdir(), f"slimseg-cores-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    every = sorted(os.sched_getaffinity(0))
    taken: List[int] = []
    files: List[IO[str]] = []
    for core in every:
        if len(taken) < count:
            file = open(os.path.join(folder, str(core)), "w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                taken.append(core)
                files.append(file)
            except OSError:
                file.close()
    if len(taken) == count:
        return taken, files
    for file in files:
        file.close()
    return every, []


def _die_with_parent():
    """Makes the child end with its worker; called in the child before it becomes the training.

    The run of a killed worker is resumed elsewhere; it must not go on unseen.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def train(command: Sequence[str], cwd: str, log_path: str, cores: int, on_gpu: bool = False) -> int:
    """Runs a training to its end.

    Args:
      command: words; the same paths must be there on every node.
      cwd: the project's folder.
      log_path: file that what it prints is added to.
      cores: how many it may use.
      on_gpu: whether Ray has given it a GPU, which fcn_train.py is then told.

    Returns:
      its exit code.
    """
    own, files = claim_cores(cores)
    if on_gpu:
        command = list(command) + ["--gpu=" + os.environ["CUDA_VISIBLE_DEVICES"].split(",")[0]]
    with open(log_path, "ab") as log:
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, preexec_fn=_die_with_parent)
        os.sched_setaffinity(process.pid, own)
        try:
            return process.wait()
        except KeyboardInterrupt:  # the sweep is stopped: let the run save
            process.terminate()
            return process.wait()
        finally:
            for file in files:
                file.close()
