# SPDX-License-Identifier: EUPL-1.2
"""One writer at a time: a folder lock, or an advisory lock when the catalogue is PostgreSQL.

WAL lets readers read while somebody writes; it does not order the writers. The lock wraps each
whole transaction and all maintenance. The second writer waits, and is told for whom.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from jumeau.base.errors import error

logger = logging.getLogger("jumeau")
_threads: dict[str, threading.RLock] = {}
_held: dict[str, int] = {}
_guard = threading.Lock()


def timeout_s() -> float:
    """Return how long a writer waits [s]: ``JUMEAU_LOCK_TIMEOUT``, 300 s by default."""
    return float(os.environ.get("JUMEAU_LOCK_TIMEOUT", "300"))


def _holder(file: IO[str]) -> dict[str, str]:
    try:
        file.seek(0)
        return dict(json.loads(file.read() or "{}"))
    except (ValueError, OSError):
        return {}


def _sign(file: IO[str], purpose: str) -> None:
    """Say who holds the lock; a full disk does not prevent holding it."""
    told = {
        "pid": str(os.getpid()),
        "host": socket.gethostname(),
        "purpose": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), json.dumps(told).encode())


@contextmanager
def folder_lock(folder: Path, purpose: str, wait: float | None = None) -> Iterator[None]:
    """Hold the folder's lock for a whole transaction or a maintenance.

    Parameters
    ----------
    folder : Path
        Folder of the territory; the lock is its file ``.lock``.
    purpose : str
        What the holder does, shown to those who wait.
    wait : float, optional
        Longest wait [s]; 0 gives up at once; :func:`timeout_s` by default.

    Raises
    ------
    BusyError
        ``JUM-T010`` when the wait is over, naming the holder.
    """
    key = str(folder.resolve())
    limit = timeout_s() if wait is None else wait
    with _guard:
        lock = _threads.setdefault(key, threading.RLock())
    if not lock.acquire(timeout=max(limit, 0.001)):
        raise error("JUM-T010", folder=folder, holder=f"pid {os.getpid()}", purpose="?", since="?")
    try:
        if _held.get(key):  # the same thread already holds it
            _held[key] += 1
            try:
                yield
            finally:
                _held[key] -= 1
            return
        with (folder / ".lock").open("a+", encoding="utf-8") as file:
            _wait(file, folder, limit)
            _held[key] = 1
            try:
                _sign(file, purpose)
                yield
            finally:
                _held[key] = 0
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), 0)
                fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        lock.release()


def _wait(file: IO[str], folder: Path, limit: float) -> None:
    start, told = time.monotonic(), False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            waited = time.monotonic() - start
            holder = _holder(file)
            facts = {
                "folder": folder,
                "holder": f"pid {holder.get('pid', '?')} ({holder.get('host', '?')})",
                "purpose": holder.get("purpose", "?"),
                "since": holder.get("since", "?"),
            }
            if waited >= limit:
                raise error("JUM-T010", **facts) from None
            if waited > 1 and not told:
                told = True
                logger.warning(str(error("JUM-T011", **facts)))
            time.sleep(0.02 if waited < 1 else 0.2)


def is_free(folder: Path) -> bool:
    """Return whether nobody writes in the folder just now."""
    path = folder / ".lock"
    if not path.exists():
        return True
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
        return True
