"""Threads that read and encode files."""
import collections
import concurrent.futures

from utils.machine import usable_cpus


def ordered_map(function, items, workers=0):
    """Yields function(item) in the order of the items, computed by threads a little ahead.

    Decoding and compressing release the interpreter's lock, so threads use every core; only a few
    results are held at once.
    """
    workers = workers or usable_cpus()
    waiting = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
