"""Tells which cores this process may use, and what the machine has."""
import os
from typing import List, Optional


def usable_cores() -> List[int]:
    """Lists the numbers of the cores that this process may use.

    They are the machine's, or fewer where it is bound to some (`taskset`, fcn_sweep.py, batch
    systems).
    """
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def usable_cpus() -> int:
    """Counts the cores that this process may use."""
    return len(usable_cores())


def is_alive(pid: int) -> bool:
    """Tells whether a process with this number runs on this machine."""
    if not 0 < pid < 2 ** 31:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def has_bfloat16() -> Optional[bool]:
    """Tells whether the processor itself multiplies bfloat16 (AVX-512 BF16 or AMX); None where it
    does not say (no Linux, no x86)."""
    words = set(_cpuinfo("flags").split())
    return bool(words & {"avx512_bf16", "amx_bf16"}) if words else None


def processor_name() -> str:
    """Names the processor's model; "" where it does not say (no Linux, no x86)."""
    return _cpuinfo("model name")


def _cpuinfo(key: str) -> str:
    """What Linux says of the first core under `key`; "" where it says nothing."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                name, colon, value = line.partition(":")
                if colon and name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return ""
