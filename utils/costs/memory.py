"""Memory of this process and of the machine, in bytes. Plain Python."""
import os
import resource
import sys


def peak_bytes() -> int:
    """Reads the most memory that this process has had resident since it began.

    Linux has it in /proc; its `ru_maxrss` counts the parent process too. Other systems have
    `ru_maxrss` only.
    """
    peak = _kilobytes("/proc/self/status", "VmHWM:")
    if peak is not None:
        return peak * 1024
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resident if sys.platform == "darwin" else resident * 1024


def available_bytes() -> int:
    """Reads how much can be allocated without swapping; all memory where no system file says so."""
    available = _kilobytes("/proc/meminfo", "MemAvailable:")
    if available is not None:
        return available * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def die_first() -> None:
    """Asks Linux to end this process, and no other, where memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:  # the system is another, or forbids it
        pass


def _kilobytes(path, name):
    """Reads the number of a line "name  123 kB" of a file, or None."""
    try:
        with open(path) as file:
            return next((int(line.split()[1]) for line in file if line.startswith(name)), None)
    except OSError:
        return None
