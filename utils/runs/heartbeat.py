"""Writes and reads a run's sign of life: a small file that its process writes every few seconds.

runinfo says "running" of a killed run too, and a process id means nothing on another machine. The
time in this file tells whether the run is alive.
"""
import contextlib
import json
import threading
import time
from typing import Any, Dict

from utils.errors import UserError
from utils.files import write_text
from utils.stored import COUNT, NUMBER, read_object

EVERY_SECONDS = 10
#: A run that has been silent for longer is taken for dead.
SILENT_SECONDS = 60
_KINDS = {"time": NUMBER, "step": COUNT, "seconds": NUMBER}


def read(folder: Any) -> Dict[str, Any]:
    """Reads the file: {"time": Unix seconds, "step": int, "seconds": worked in all, resumes
    included}. It is {} where there is no file, or a damaged one. Only the look of a run depends on
    it, and a living run writes it anew."""
    try:
        return read_object(folder.heartbeat, _KINDS, required=tuple(_KINDS))
    except UserError:
        return {}


class Heartbeat:
    """Writes the file from a thread of its own, so that long evaluations do not look like death.

    Args:
      folder: a `RunFolder`.
      every: seconds between two writings.
    """

    def __init__(self, folder: Any, every: float = EVERY_SECONDS) -> None:
        self._folder, self._every = folder, every
        last = read(folder)
        self.step = last.get("step", 0)
        self._seconds, self._last = last.get("seconds", 0.0), time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def write(self) -> None:
        """Writes the file now.

        Of a longer silence `SILENT_SECONDS` count as worked: the process was stopped, or its
        machine asleep.
        """
        now = time.time()
        self._seconds += min(max(now - self._last, 0), SILENT_SECONDS)
        self._last = now
        write_text(self._folder.heartbeat, json.dumps(
            {"time": round(now, 1), "step": self.step, "seconds": round(self._seconds, 1)}) + "\n")

    def _beat(self):
        while not self._stop.wait(self._every):
            self._write_if_possible()

    def _write_if_possible(self):
        """A full disk must not end a run that may well finish."""
        with contextlib.suppress(OSError):
            self.write()

    def __enter__(self):
        self.write()
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stop.set()
        self._thread.join()
        self._write_if_possible()
