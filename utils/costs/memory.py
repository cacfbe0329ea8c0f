"""Memory of this process and of the machine, in bytes. Plain Python."""
import os
import resource
import sys


def peak_bytes():
    """The most memory that this process has had resident since it began.

    Linux tells it in /proc; `ru_maxrss` there begins with what the parent process had, and is the
    fallback for other systems.
    """
    peak = _kilobytes("/proc/self/status", "VmHWM:")
    if peak is not None:
        return peak * 1024
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resident if sys.platform == "darwin" else resident * 1024


def available_bytes():
    """What may still be allocated without swapping; all of the memory where no one tells."""
    available = _kilobytes("/proc/meminfo", "MemAvailable:")
    if available is not None:
        return available * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def die_first():
    """Asks Linux to end this process, and no other, where memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:  # another system, or one that forbids it
        pass


def _kilobytes(path, name):
    """The number of a line "name  123 kB", or None."""
    try:
        with open(path) as file:
            return next((int(line.split()[1]) for line in file if line.startswith(name)), None)
    except OSError:
        return None
