"""Calls a function in a process of its own. Plain Python.

So the peak of memory is that of the function alone, and a net that takes too much memory or crashes
ends nothing else. `python -m utils.costs.process` reads a pickled call from standard input, and
writes its outcome to standard output. It imports only the modules that the function needs.
"""
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from typing import Any, Callable

from utils.costs import memory
from utils.errors import UserError

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: Seconds between two readings of the memory.
_TICK = .05


class Failed(Exception):
    """The call gave no value; the message is one line that says why."""


def call(function: Callable[..., Any], *args: Any, limit: float) -> Any:
    """Calls `function(*args)` in a process of its own, and returns its value.

    Args:
      function: at the top level of a module that can be imported.
      args: of types that can be pickled.
      limit: bytes of memory; a process that takes more is ended.

    Raises:
      Failed: the function raised an error or took too much memory, or the process died.
    """
    done = subprocess.run([sys.executable, "-m", __name__], cwd=_ROOT, capture_output=True,
                          input=pickle.dumps((limit, function, args)))
    if not done.stdout:
        raise Failed(_why_it_died(done))
    value, reason = pickle.loads(done.stdout)
    if reason:
        raise Failed(reason)
    return value


def _why_it_died(done):
    """Says in one line why a process ended without an answer."""
    if done.returncode == -signal.SIGKILL:
        return "does not fit into memory: ended by the system"
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    ended = f"ended by {signal.Signals(-done.returncode).name}" \
        if done.returncode < 0 else f"ended with code {done.returncode}"
    return "{}{}".format(ended, ": " + said[-1][:200] if said else "")


def one_line(error: BaseException) -> str:
    """Writes an exception in a line: the text of a `UserError`, the type and text of others."""
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return first if isinstance(error, UserError) else f"{type(error).__name__}: {first}"


# ---- in the process ----

def _answer(out, value, reason):
    os.write(out, pickle.dumps((value, reason)))


def _watch(out, limit):
    """Ends the process when its memory exceeds the limit, or when its caller has ended.

    Only the first gives an answer.
    """
    caller = os.getppid()
    while memory.peak_bytes() <= limit:
        if os.getppid() != caller:
            os._exit(1)
        time.sleep(_TICK)
    _answer(out, None, f"does not fit into memory: more than {limit / 1e9:.1f} GB")
    os._exit(1)


def main() -> None:
    """Answers a call: reads it from standard input, and writes its outcome as bytes."""
    # Standard output is for the answer alone: what libraries print goes to standard error.
    out = os.dup(1)
    os.dup2(2, 1)
    memory.die_first()
    try:
        limit, function, args = pickle.load(sys.stdin.buffer)
        threading.Thread(target=_watch, args=(out, limit), daemon=True).start()
        value, reason = function(*args), ""
    except Exception as error:  # any error becomes a line of the table
        value, reason = None, one_line(error)
    _answer(out, value, reason)


if __name__ == "__main__":
    main()
