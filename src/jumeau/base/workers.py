# SPDX-License-Identifier: EUPL-1.2
"""Processes for work on tiles: a ``concurrent.futures.Executor``, local ones by default.

Any executor serves: ``with workers.using(client.get_executor()): …`` gives the tiles to a Dask
cluster. Tasks are functions of a module, their arguments and results are plain arrays and bytes;
files are written by the process that asked, so that workers need not share its disk. What a tile
holds never depends on who computed it.

Local workers are interpreters of their own that read tasks from a pipe: nothing of the calling
program is run again (unlike ``spawn``), no lock is inherited (unlike ``fork``), and they end when
it ends, however it ends.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any, TypeVar

T = TypeVar("T")

MOST = 8
"""Local processes at most, unless ``JUMEAU_WORKERS`` says more: each holds some 100 MB."""
_FRAME = 8
_chosen: ContextVar[Executor | None] = ContextVar("jumeau_workers", default=None)
_local: dict[int, Processes] = {}
_lock = threading.Lock()


def count() -> int:
    """Return the number of local workers: ``JUMEAU_WORKERS``, else the cores given to us."""
    asked = os.environ.get("JUMEAU_WORKERS", "")
    if asked.isdigit() and int(asked):
        return int(asked)
    return min(MOST, len(os.sched_getaffinity(0)))


def current() -> Executor | None:
    """Return the executor in force; ``None`` when work is to be done in place, by one worker."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    number = count()
    if number < 2:
        return None
    with _lock:
        if number not in _local:
            _local[number] = Processes(number)
            atexit.register(_local[number].shutdown)
        return _local[number]


def width(executor: Executor | None) -> int:
    """Return how many tasks to keep under way so that no worker waits."""
    if executor is None:
        return 1
    known = getattr(executor, "_max_workers", 0) or count()
    return 2 * int(known)


@contextmanager
def using(executor: Executor) -> Iterator[Executor]:
    """Give the work on tiles to an executor for the time of a block.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Threads, processes, ``Client.get_executor()`` of Dask…; it is left open.
    """
    token = _chosen.set(executor)
    try:
        yield executor
    finally:
        _chosen.reset(token)


class Processes(Executor):
    """Local processes, started when there is work for them.

    Parameters
    ----------
    number : int
        Processes at most.
    """

    def __init__(self, number: int) -> None:
        self._max_workers = number
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="jumeau-worker")
        self._own = threading.local()
        self._started: list[_Process] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn(*args, **kwargs)`` in a process; ``fn`` must be a function of a module."""
        return self._pool.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop the processes."""
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        for process in self._started:
            process.stop()

    def _run(self, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
        process: _Process | None = getattr(self._own, "process", None)
        if process is None or not process.alive:
            process = _Process()
            self._own.process = process
            self._started.append(process)
        result: T = process.ask(fn, args, kwargs)
        return result


class _Process:
    """One interpreter and its two pipes."""

    def __init__(self) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._popen = subprocess.Popen(
            [sys.executable, "-c", "from jumeau.base.workers import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths, "JUMEAU_WORKERS": "1", "OMP_NUM_THREADS": "1"},
        )

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def ask(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        writer, reader = self._popen.stdin, self._popen.stdout
        assert writer is not None and reader is not None  # noqa: S101 - both are pipes
        try:
            _send(writer, (fn, args, kwargs))
            done, value = _receive(reader)
        except (OSError, EOFError) as exc:
            self.stop()
            raise BrokenPipeError(f"a worker process ended ({self._popen.returncode})") from exc
        if not done:
            raise value
        return value

    def stop(self) -> None:
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        self._popen.terminate()
        self._popen.wait()


def _send(pipe: IO[bytes], message: Any) -> None:
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(content).to_bytes(_FRAME, "big"))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(_FRAME)
    if len(head) < _FRAME:
        raise EOFError
    size = int.from_bytes(head, "big")
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return pickle.loads(content)  # noqa: S301 - between a process and its own children


def serve() -> None:
    """Run tasks read from standard input until it closes: the main of a worker process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that asked
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a task prints goes to standard error
    while True:
        try:
            fn, args, kwargs = _receive(reader)
        except EOFError:
            return
        try:
            answer = (True, fn(*args, **kwargs))
        except Exception as exc:
            answer = (False, exc)
        try:
            _send(writer, answer)
        except (pickle.PicklingError, TypeError, AttributeError) as exc:
            _send(writer, (False, RuntimeError(f"{answer[1]!r}: {exc}")))
