"""Writes a run's surroundings and its log: runinfo and runlog."""
import contextlib
import datetime
import fcntl
import logging
import os
import platform
import subprocess
import sys
from typing import Any, Dict, Iterator, Optional, Sequence

import numpy as np

from utils.errors import Interrupted, UserError, describe_os_error
from utils.files import Reserve
from utils.machine import processor_name, usable_cpus
from utils.runs.heartbeat import Heartbeat
from utils.runs.run_folder import RunFolder
from utils.version import VERSION


def surroundings(argv: Sequence[str]) -> Dict[str, Any]:
    """Collects versions, host, command line and git state, for `runinfo`.

    Args:
      argv: the command line, script first.
    """
    from utils.tf_compat import slim, tf
    return {
        "argv": list(argv),
        "version": VERSION,
        "host": platform.node(),
        "platform": platform.platform(),
        "cpus": usable_cpus(),
        "processor": processor_name(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "tf_slim": getattr(slim, "__version__", ""),
        "numpy": np.__version__,
        "git": git_state(),
    }


def git_state(folder: Optional[str] = None) -> Dict[str, Any]:
    """Reads {"commit", "dirty"} of the source tree; empty where it is no checkout."""
    folder = folder or os.path.dirname(os.path.abspath(sys.argv[0] or "."))
    try:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        changes = subprocess.run(["git", "status", "--porcelain"], cwd=folder, check=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"commit": commit.stdout.decode().strip(), "dirty": bool(changes.stdout.strip())}


def now() -> str:
    """Tells the local time to the second, ISO 8601 with the zone."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


@contextlib.contextmanager
def claimed(folder: RunFolder) -> Iterator[None]:
    """Keeps a run's folder to this process for the length of a block, by a lock on it.

    What `runinfo` says of a running process is written seconds after that process has looked.

    Raises:
      UserError: another process of this machine has it.
    """
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process
        except BlockingIOError:
            raise UserError(f"{folder.path} is being trained by another process: nothing to "
                            "resume") from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(descriptor)


def open_runlog(path: str) -> logging.Logger:
    """Opens a logger whose lines go to the terminal and, with times, to `runlog`.

    Below a progress bar the terminal lines are written by tqdm, so that the bar stays whole.
    """
    from tqdm import tqdm

    class Terminal(logging.Handler):
        def emit(self, record):
            tqdm.write(record.getMessage())

    class File(logging.FileHandler):
        def handleError(self, record):
            """Returns a full disk must not end a run that may well finish, nor fill the
            terminal."""

    logger = logging.getLogger("slimseg.run")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    file = File(path)
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(file)
    logger.addHandler(Terminal())
    return logger


@contextlib.contextmanager
def recorded(folder: RunFolder, argv: Sequence[str], **entries: Any) -> Iterator[Heartbeat]:
    """Keeps `runinfo` of what happens inside: surroundings, begin, end, and status.

    status: running; then finished, interrupted, or failed with the error's line. Yields the
    run's `Heartbeat`.
    """
    begun = folder.read_runinfo().get("begun", now())
    folder.update_runinfo(status="running", begun=begun, error="", pid=os.getpid(),
                          **dict(surroundings(argv), **entries))
    reserve = Reserve(folder.reserve)
    try:
        reserve.take()
        with Heartbeat(folder) as heartbeat:
            yield heartbeat
    except (Interrupted, KeyboardInterrupt, BrokenPipeError) as error:  # a reader, as head, left
        _record_end(folder, reserve, "interrupted", error)
        raise
    except BaseException as error:
        _record_end(folder, reserve, "failed", error)
        raise
    reserve.release()
    folder.update_runinfo(status="finished", ended=now())


def _record_end(folder, reserve, status, error):
    """Says in runinfo how the run ended; where even that cannot be written, `error`, which tells
    why, must not be lost for it."""
    reserve.release()
    told = describe_os_error(error) if isinstance(error, OSError) else None
    with contextlib.suppress(OSError):
        folder.update_runinfo(status=status, ended=now(), error=told or str(error))
