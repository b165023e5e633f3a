"""Loops that are compiled when they are first called, and run in threads that never change a result.

numba takes longer to load than most of the package: a module that has a hot loop loads at once, and numba with the first call. The
machine code is kept on disk beside the source, so that only the first call ever waits for it.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Compiled(Generic[P, T]):
    """A function of arrays and numbers, compiled with its first call; ``plain`` is the same function as Python runs it.

    The body may call NumPy and its own inner loops, never another compiled function: numba would not see an edit of that one and
    would go on with the old machine code.
    """

    def __init__(self, plain: Callable[P, T]) -> None:
        self.plain = plain
        self._fast: Callable[P, T] | None = None
        update_wrapper(self, plain)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._fast is None:
            import numba

            self._fast = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"})(self.plain)
        return self._fast(*args, **kwargs)


def compiled(function: Callable[P, T]) -> Compiled[P, T]:
    """Compile a loop when it is first called."""
    return Compiled(function)


def threads() -> int:
    """How many threads a measure uses: the processors that this process may use, or fewer with ``SLPI_THREADS``."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("SLPI_THREADS", "")
    return max(1, min(usable, int(asked))) if asked.isdigit() else usable


def in_threads(work: Callable[..., T], tasks: Iterable[tuple[Any, ...]]) -> list[T]:
    """What ``work`` gives for each task, in their order.

    The work must release the interpreter (a compiled loop or NumPy) to gain from it, and draw no random number: draws are made before, in
    one thread, so that their number and order are the same on any machine.

    Examples
    --------
    >>> in_threads(pow, [(2, 3), (3, 2)])
    [8, 9]
    """
    tasks = list(tasks)
    workers = min(threads(), len(tasks))
    if workers < 2:
        return [work(*task) for task in tasks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda task: work(*task), tasks))
