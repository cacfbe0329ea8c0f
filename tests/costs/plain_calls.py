"""Functions for processes of their own, which import this module and no TensorFlow."""
import os
import signal
import time

from utils.costs import memory


def add(one, other):
    print("libraries print to standard output")
    return one + other


def fail():
    raise KeyError("no such thing")


def run_out_of_memory():
    raise MemoryError


def peak_after_growing(megabytes):
    """Takes memory and gives it back; the peak remains."""
    taken = bytearray(megabytes * 2 ** 20)
    del taken
    return memory.peak_bytes()


def hold(megabytes):
    """Takes memory for long."""
    taken = bytearray(megabytes * 2 ** 20)
    time.sleep(30)
    return len(taken)


def die():
    os.write(2, b"terminate called\nstd::bad_alloc\n")
    os.kill(os.getpid(), signal.SIGABRT)


def be_killed():
    """As the system does where memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
