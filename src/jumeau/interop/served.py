# SPDX-License-Identifier: EUPL-1.2
"""A territory read by many requests at once, each at one version from beginning to end.

Requests run in a pool of threads, one cursor each. A request opens a read-only transaction: all
its queries see the same version, whatever is written meanwhile, and none pays for finding the
catalogue's state again.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from jumeau.base.errors import StorageError, error
from jumeau.interop.cache import Cache
from jumeau.interop.image.keeper import Keeper
from jumeau.interop.pyramid.keeper import Keeper as Pyramids
from jumeau.twin import history
from jumeau.twin import territory as twin

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from jumeau.twin.territory import Territory

T = TypeVar("T")
PAST_VERSIONS = 8
"""Past versions kept open."""
TILE_BYTES = 128 * 2**20
ROW_BYTES = 128 * 2**20
ANSWER_BYTES = 64 * 2**20
"""Answers that cost much, as they were sent."""
INDEX_BYTES = 2**30
"""Most memory of the indexes of identifiers: 16 bytes a row of the tables that are asked."""
MOST_WAITING = 1000
"""Requests that may be at work or wait for their turn; beyond, they are sent away at once."""
PATIENCE = 20.0
"""Time that an answer may take, its wait included [s]; beyond, its query is stopped."""


class Stop:
    """A request that can be stopped: its running query is interrupted, the next one refused."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.pulled = False
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._lock = Lock()

    def watch(self, cursor: duckdb.DuckDBPyConnection | None) -> None:
        """Say which connection works for the request; ``None`` when it has done."""
        with self._lock:
            self._cursor = cursor

    def pull(self) -> None:
        """Stop the request."""
        with self._lock:
            self.pulled = True
            if self._cursor is not None:
                self._cursor.interrupt()

    def check(self) -> None:
        """Refuse to go on once stopped.

        Raises
        ------
        BusyError
            ``JUM-I019``.
        """
        if self.pulled:
            raise error("JUM-I019", seconds=f"{self.patience:g}")


class View:
    """What one request sees: a territory at one version.

    The transaction begins when the territory is first touched, so that an answer found in memory
    costs nothing.

    Parameters
    ----------
    served : Served
        Where the caches are.
    version : int
        The version seen, whatever is committed before the territory is first touched.
    stop : Stop, optional
        What may interrupt it.
    """

    def __init__(self, served: Served, version: int, stop: Stop | None = None) -> None:
        self.served = served
        self.version = version
        self.stop = stop
        self._territory: Territory | None = None
        self._cursor: duckdb.DuckDBPyConnection

    @property
    def crs(self) -> str:
        """Projection of the territory."""
        return self.served.live.crs

    @property
    def territory(self) -> Territory:
        """The territory, live or past, inside the request's transaction."""
        if self._territory is not None:
            return self._territory
        found = self._begun(self.served.territory(self.version))
        if found.version != self.version:  # a commit came in between
            self._cursor.execute("ROLLBACK")
            found = self._begun(self.served.past(self.version))
        if self.stop is not None:
            self.stop.watch(self._cursor)
        return found

    def _begun(self, territory: Territory) -> Territory:
        self._cursor = self.served.cursor(territory)
        self._cursor.execute("BEGIN TRANSACTION READ ONLY")
        self._territory = territory
        return territory

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query of ours at this version.

        Raises
        ------
        BusyError
            ``JUM-I019`` when it was stopped.
        """
        territory = self.territory
        if self.stop is not None:
            self.stop.check()
        # No text of the twin holds a null byte; the catalogue's own queries cannot read one.
        given = [item.replace("\x00", "\ufffd") if isinstance(item, str) else item
                 for item in parameters]  # fmt: skip
        try:
            return territory.sql(query, given)
        except StorageError:
            if self.stop is not None:
                self.stop.check()
            raise

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a query of ours at this version; return its rows as dictionaries."""
        found: list[dict[str, Any]] = self.sql(query, parameters).to_pylist()
        return found

    def remember(self, key: str, build: Callable[[], T]) -> T:
        """Return something small that depends on the version alone, built once."""
        return self.served.facts.remember((self.version, key), build)

    def close(self) -> None:
        """End the transaction."""
        import duckdb

        if self.stop is not None:
            self.stop.watch(None)
        if self._territory is not None:
            # A failed query may have ended it already.
            with suppress(duckdb.Error):
                self._cursor.execute("ROLLBACK")


class Served:
    """A territory open for reading by many requests.

    Parameters
    ----------
    path : str or Path
        Folder of the territory.
    workers : int, optional
        Threads that read; twice the processors by default.
    patience : float
        Time that an answer may take [s].
    """

    def __init__(
        self, path: str | Path, workers: int | None = None, patience: float = PATIENCE
    ) -> None:
        self.live = twin.open(path)
        self.patience = patience
        workers = workers or min(8, 2 * (os.cpu_count() or 1))
        self.waiting = 0
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="jumeau-read")
        # Requests are many and short: one thread each, rather than all threads for one.
        threads = max(1, (os.cpu_count() or 1) // workers)
        settings = {"threads": str(threads), "parquet_metadata_cache": "true"}
        if "://" not in self.live.store.address.data:
            settings["disable_parquet_prefetching"] = "true"  # on a disk, a loss of time
        for name, value in settings.items():
            self.live.store.cursor.execute(f"SET GLOBAL {name} = {value}")
        self._settings = tuple(settings)
        self.tiles = Cache(TILE_BYTES)
        self.answers = Cache(ANSWER_BYTES)
        self.blocks = Cache(ROW_BYTES)
        self.facts = Cache(4096)
        self.indexes = Cache(INDEX_BYTES)
        self.images = Keeper(self)
        self.pyramids = Pyramids(self)
        self._past: OrderedDict[int, Territory] = OrderedDict()
        self._known: tuple[Any, int] | None = None
        address = self.live.store.address
        file = str(address.sqlite_path)
        self._catalogue = None if address.shared else (file, f"{file}-wal")
        # What is answered also depends on the program: a restart makes clients ask again.
        self._birth = os.urandom(4).hex()
        self._lock = Lock()

    def tag(self, version: int, lang: str) -> str:
        """Return the validator (``ETag``) of any answer at a version, in a language."""
        return f'W/"{version}-{self._birth}-{lang}"'

    def close(self) -> None:
        """Let the running requests end, then close the territory."""
        self.images.close()
        self.pyramids.close()
        self.pool.shutdown(wait=True, cancel_futures=True)
        for name in self._settings:
            self.live.store.cursor.execute(f"RESET GLOBAL {name}")
        for territory in self._past.values():
            territory.close()
        self.live.close()

    def version(self, at: str | None = None) -> int:
        """Return the version that a request will see, without asking the catalogue twice.

        Parameters
        ----------
        at : str, optional
            Version number, or ISO date or time; the latest by default.

        Raises
        ------
        InvalidError
            ``JUM-T031``, ``JUM-T032`` or ``JUM-T036``.
        """
        latest = self._latest()
        if not at:
            return latest
        number = int(at) if at.isdecimal() and len(at) < 18 else None
        if number == latest:
            return latest
        key = (latest, at)
        return self.facts.remember(
            ("at", *key),
            lambda: history.resolve(self.live, number, None if number is not None else at),
        )

    def known(self, at: str | None = None) -> int | None:
        """Return the version that a request will see if no reading is needed to know it."""
        mark, known = self._mark(), self._known
        if mark is None or known is None or known[0] != mark:
            return None
        if not at or at == str(known[1]):
            return known[1]
        found: int | None = self.facts.get(("at", known[1], at))
        return found

    def _latest(self) -> int:
        """Return the latest version; the catalogue is asked only when its file has changed."""
        mark = self._mark()
        known = self._known
        if mark is None or known is None or known[0] != mark:
            known = self._known = (mark, self.live.version)
        return known[1]

    def _mark(self) -> tuple[int, ...] | None:
        """Return what changes with every commit of an embedded catalogue, ``None`` if shared."""
        if self._catalogue is None:
            return None
        found: list[int] = []
        for path in self._catalogue:
            try:
                state = os.stat(path)  # noqa: PTH116 - at every request
            except FileNotFoundError:
                continue
            if state.st_size:  # readers too create and remove an empty journal
                found += [state.st_mtime_ns, state.st_size, state.st_ino]
        return tuple(found)

    def territory(self, version: int) -> Territory:
        """Return the territory to read: live, or as it was at a version."""
        return self.live if version == self._latest() else self.past(version)

    def past(self, version: int) -> Territory:
        """Return the territory as it was at a version, be it the latest."""
        with self._lock:
            if version in self._past:
                self._past.move_to_end(version)
                return self._past[version]
        past = self.live.at(version=version)
        with self._lock:
            self._past[version] = past
            while len(self._past) > PAST_VERSIONS:
                # Not closed here: a request may still be reading it.
                self._past.popitem(last=False)
        return past

    @contextmanager
    def reading(self, at: str | None = None, stop: Stop | None = None) -> Iterator[View]:
        """Read the territory at one version, in the calling thread.

        Parameters
        ----------
        at : str, optional
            Version number, or ISO date or time; the latest by default.
        stop : Stop, optional
            What may interrupt it.

        Yields
        ------
        View
        """
        view = View(self, self.version(at), stop)
        try:
            yield view
        finally:
            view.close()

    def cursor(self, territory: Territory) -> duckdb.DuckDBPyConnection:
        """Return the calling thread's connection to a territory."""
        with self._lock:
            return territory.store.cursor

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Run blocking work in the pool, in the language and context of the request.

        Raises
        ------
        BusyError
            ``JUM-I022`` when too many requests wait already.
        """
        if self.waiting >= MOST_WAITING:
            raise error("JUM-I022", seconds="0")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        self.waiting += 1
        try:
            return await loop.run_in_executor(self.pool, lambda: context.run(work, *args))
        finally:
            self.waiting -= 1
