"""Work done in parallel whose results come in the order of the tasks. Plain Python."""
import collections
import concurrent.futures
import contextlib
from typing import Callable, Deque, Generator, Iterable, Iterator, Tuple, TypeVar

from utils.machine import usable_cpus

#: Tasks that `ordered_map` starts ahead, for each of its threads.
_AHEAD_PER_WORKER = 4
Task = TypeVar("Task")
Result = TypeVar("Result")


def run_ahead(pool: concurrent.futures.Executor, work: Callable[[Task], Result],
              tasks: Iterable[Task], ahead: int) -> Generator[Tuple[Task, Result], None, None]:
    """Yields (task, work(task)) in the order of the tasks, while a pool does those that follow.

    An error of a task is raised where its result would stand. Tasks that have not begun by then, or
    when the caller stops early, are cancelled.

    Args:
      pool: where the work is done.
      work: a function of one task.
      tasks: what to work on; they are taken as they are needed.
      ahead: tasks that are under way beyond the one whose result is next.
    """
    pending: Deque[Tuple[Task, concurrent.futures.Future[Result]]] = collections.deque()
    try:
        for task in tasks:
            pending.append((task, pool.submit(work, task)))
            if len(pending) > ahead:
                done, future = pending.popleft()
                yield done, future.result()
        while pending:
            done, future = pending.popleft()
            yield done, future.result()
    finally:
        for _, future in pending:
            future.cancel()


def ordered_map(function: Callable[[Task], Result], items: Iterable[Task],
                workers: int = 0) -> Iterator[Result]:
    """Yields function(item) in the order of the items, computed by threads a little ahead.

    Decoding and compressing release the interpreter's lock, so threads use every core. Only a few
    results are held at once.

    Args:
      function: a function of one item.
      items: what to work on.
      workers: threads; 0 for one per core.
    """
    workers = workers or usable_cpus()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool, contextlib.closing(
            run_ahead(pool, function, items, _AHEAD_PER_WORKER * workers)) as results:
        for _, result in results:
            yield result
