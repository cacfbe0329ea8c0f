"""One process at a time makes the runs of a sweep; others can see it and stop it."""
import contextlib
import fcntl
import json
import os
import platform
import signal
from typing import Any, Dict, Optional

from utils.errors import UserError
from utils.files import remove_leftovers, write_text
from utils.machine import is_alive
from utils.stored import TEXT, WHOLE, read_object

_STATE = {"pid": WHOLE, "host": TEXT, "jobs": WHOLE}


def running_process(folder: Any) -> Optional[Dict[str, Any]]:
    """Reads {"pid", "host", "jobs"} of the process that makes a sweep's runs; None where there is
    none.

    A process of another machine is believed in as long as its file is there.
    """
    try:
        process = read_object(folder.state, _STATE, required=tuple(_STATE))
    except UserError:
        return None
    return process if process["host"] != platform.node() or is_alive(process["pid"]) else None


class Claim:
    """Holds a sweep while its runs are made.

    Args:
      folder: a `SweepFolder`; made where it is missing.

    Raises:
      UserError: another process holds it.
    """

    def __init__(self, folder: Any) -> None:
        self._folder = folder

    def __enter__(self):
        os.makedirs(self._folder.path, exist_ok=True)
        self._lock = open(self._folder.lock, "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process
        except OSError:
            self._lock.close()
            process = running_process(self._folder) or {"pid": "?", "host": "another machine"}
            raise UserError("the sweep {} is being run by process {pid} on {host}: wait for it, or "
                            "stop it with: python fcn_sweep.py stop {}".format(
                                self._folder.name, self._folder.name, **process)) from None
        remove_leftovers(os.path.join(self._folder.path, ""))
        self.record(jobs=1)
        return self

    def record(self, jobs: int) -> None:
        """Tells others how many runs are made at once."""
        write_text(self._folder.state, json.dumps(
            {"pid": os.getpid(), "host": platform.node(), "jobs": jobs}) + "\n")

    def __exit__(self, *exc_info):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._folder.state)
        self._lock.close()


def stop_process(folder: Any) -> str:
    """Asks the process of a sweep to stop; returns a line that says so.

    Raises:
      UserError: there is none, or it is another machine's.
    """
    process = running_process(folder)
    if process is None:
        raise UserError(f"the sweep {folder.name} is not being run: nothing to stop")
    if process["host"] != platform.node():
        raise UserError("the sweep {} is run by process {} on {}: stop it there".format(
            folder.name, process["pid"], process["host"]))
    os.kill(process["pid"], signal.SIGTERM)
    return "process {} was asked to stop; each run saves first".format(process["pid"])
