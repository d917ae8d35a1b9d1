# SPDX-License-Identifier: EUPL-1.2
"""Clouds and tiles spread over the workers, results in the order of the jobs, few in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

from jumeau.base import workers

Job = TypeVar("Job")
Done = TypeVar("Done")

MEMORY = 1 << 30
"""Memory that a cloud or a tile may need [bytes]."""
FEW = 3_000_000
"""Points below which workers would take longer to start than to work."""


def executor(jobs: int, points: int) -> Executor | None:
    """Return the executor for some jobs; ``None`` to do them here."""
    return workers.current() if jobs > 1 and points > FEW else None


def each(
    function: Callable[[Job], Done], jobs: Sequence[Job], pool: Executor | None
) -> Iterator[Done]:
    """Yield the result of each job, in order.

    Parameters
    ----------
    function : callable
        Function of a module, of one job.
    jobs : sequence
        Jobs, picklable.
    pool : Executor or None
        Where to work; here when there is none.

    Yields
    ------
    object
        What the function returns.
    """
    if pool is None:
        for job in jobs:
            yield function(job)
        return
    most = max(1, min(workers.width(pool), _free() // MEMORY))
    waiting: deque[Future[Done]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(function, job))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for item in waiting:
            item.cancel()


def _free() -> int:
    """Return the memory that is free [bytes], or enough for a few workers where it is not told."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 4 * MEMORY
