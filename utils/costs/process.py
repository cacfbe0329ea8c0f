"""Calls a function in a process of its own, so that its peak memory is its own, and so that a net
that takes too much of it, or crashes, takes nothing else along. Plain Python.

The process imports what the function needs and nothing else: `python -m utils.costs.process` reads
a pickled call from standard input and writes its outcome to standard output.
"""
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

from utils.costs import memory
from utils.errors import UserError

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: Seconds between two looks at the memory.
_TICK = .05


class Failed(Exception):
    """The call gave no value; the message is one line that says why."""


def call(function, *args, limit):
    """`function(*args)`, of a process of its own.

    Args:
      function: at the top level of a module that can be imported; so are the types of `args`.
      limit: bytes; a process whose memory grows beyond is ended.

    Returns:
      what the function returns.

    Raises:
      Failed: it raised an error, took more memory than allowed, or the process died.
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
    """One line on a process that ended without an answer."""
    if done.returncode == -signal.SIGKILL:
        return "does not fit into memory: ended by the system"
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    ended = f"ended by {signal.Signals(-done.returncode).name}" \
        if done.returncode < 0 else f"ended with code {done.returncode}"
    return "{}{}".format(ended, ": " + said[-1][:200] if said else "")


def one_line(error):
    """What an exception says, in a line: a `UserError`'s own, others with their type."""
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return first if isinstance(error, UserError) else f"{type(error).__name__}: {first}"


# ---- in the process ----

def _answer(out, value, reason):
    os.write(out, pickle.dumps((value, reason)))


def _watch(out, limit):
    """Ends the process: with an answer when its memory has grown beyond the limit, without one when
    nobody waits for it any more."""
    caller = os.getppid()
    while memory.peak_bytes() <= limit:
        if os.getppid() != caller:
            os._exit(1)
        time.sleep(_TICK)
    _answer(out, None, f"does not fit into memory: more than {limit / 1e9:.1f} GB")
    os._exit(1)


def main():
    """Answers a call: reads it from standard input, and writes what it found as bytes."""
    # What libraries print must not come between: standard output is for the answer alone.
    out = os.dup(1)
    os.dup2(2, 1)
    memory.die_first()
    try:
        limit, function, args = pickle.load(sys.stdin.buffer)
        threading.Thread(target=_watch, args=(out, limit), daemon=True).start()
        value, reason = function(*args), ""
    except Exception as error:  # whatever it is, it becomes a line of a table
        value, reason = None, one_line(error)
    _answer(out, value, reason)


if __name__ == "__main__":
    main()
