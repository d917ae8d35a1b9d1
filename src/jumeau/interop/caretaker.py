# SPDX-License-Identifier: EUPL-1.2
"""How what is disposable beside a server is looked after: a thread looks, a process builds.

The thread looks at the latest version every second. What lacks is built by another process, at a
low priority, so that requests lose nothing but spare processor; a table that was just built is
left in peace for a while, and one that failed for longer.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from jumeau.base.errors import JumeauError
from jumeau.interop import builder

if TYPE_CHECKING:
    from jumeau.interop.served import Served

logger = logging.getLogger("jumeau")


class Caretaker(ABC):
    """Looks after what a served territory keeps in its cache.

    Parameters
    ----------
    served : Served
        Territory.
    """

    name: ClassVar[str]
    """What is looked after, for the journal."""
    module: ClassVar[str]
    """Our module that builds it, as a program."""
    every: ClassVar[float] = 1.0
    """Time between two looks [s]."""
    rest: ClassVar[float] = 5.0
    """Times its last building that a table is left in peace before the next one."""
    again: ClassVar[float] = 600.0
    """Time before a building that failed is tried again [s]."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._folder: Path = served.live.path
        self._builder: subprocess.Popen[bytes] | None = None
        self._building: tuple[str, ...] = ()
        self._begun = 0.0
        self._not_before: dict[str, float] = {}
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def look(self) -> bool:
        """Open, build and let go what the latest version asks for; return whether all is there."""

    # -- life ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name=f"jumeau-{self.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and stop the building that may be under way."""
        self._stop.set()
        self._wake.set()
        self._kill()
        if self._thread is not None:
            self._thread.join()
        self._kill()

    def _kill(self) -> None:
        process = self._builder
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _prepare(self) -> None:  # noqa: B027 - most have nothing to prepare
        """Do what comes before the first look."""

    def _run(self) -> None:
        self._prepare()
        while not self._stop.is_set():
            try:
                self.look()
            except (JumeauError, OSError) as exc:
                logger.warning("%s: %s", self.name, exc)
            self._wake.wait(self.every)
            self._wake.clear()

    def settle(self, patience: float = 120.0) -> None:
        """Look until nothing remains to be built; for scripts and tests without :meth:`start`."""
        end = time.monotonic() + patience
        while not self.look() and time.monotonic() < end:
            time.sleep(0.05)

    # -- building ------------------------------------------------------------------------------
    def _busy(self) -> bool:
        """Return whether a builder is at work; when it has just ended, note how it went."""
        process = self._builder
        if process is None:
            return False
        code = process.poll()
        if code is None:
            return True
        now = time.monotonic()
        spent = now - self._begun
        for table in self._building:
            wait = self.again if code else self.rest * spent if self._made(table) else self.every
            self._not_before[table] = now + wait
        logger.info(
            "%s of %s: %s after %.1f s",
            self.name, ", ".join(self._building), "given up" if code else "built", spent,
        )  # fmt: skip
        self._builder = None
        return False

    def _made(self, table: str) -> bool:
        """Return whether what a builder was asked for is there."""
        return True

    def _call(self, tables: Iterable[str]) -> None:
        """Start to build those of the tables that are not to be left in peace."""
        now = time.monotonic()
        ready = tuple(table for table in tables if self._not_before.get(table, 0.0) <= now)
        if ready:
            self._begin(ready)

    def _begin(self, tables: tuple[str, ...] = ()) -> None:
        self._building, self._begun = tables, time.monotonic()
        self._builder = builder.start(self.module, self._folder, tables)
