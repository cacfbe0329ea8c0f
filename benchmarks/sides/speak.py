"""How a side of compute_speed.py speaks: what it is, then for each number of steps its seconds."""
import json
import resource
import sys
import time
from typing import Any, Callable

WARM_UP = 4


def serve(step: Callable[[], Any], what: str, batch_size: int) -> None:
    """Warms up, then makes as many steps as each line of standard input asks for.

    Args:
      step: makes one training step, done when it returns.
      what: the software, for the table.
      batch_size: images in a step.
    """
    for _ in range(WARM_UP):
        step()
    print(json.dumps({"what": what, "batch_size": batch_size}), flush=True)
    for line in sys.stdin:
        begin = time.time()
        for _ in range(int(line)):
            step()
        seconds = time.time() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        print(json.dumps({"seconds": seconds, "peak_mb": peak}), flush=True)
