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

from jumeau.interop.cache import Cache
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
ROW_BYTES = 64 * 2**20


class View:
    """What one request sees: a territory at one version.

    The transaction begins when the territory is first touched, so that an answer found in memory
    costs nothing.

    Parameters
    ----------
    served : Served
        Where the caches are.
    version : int
        The version seen. If a commit came in between, it becomes the one that was read.
    """

    def __init__(self, served: Served, version: int) -> None:
        self.served = served
        self.version = version
        self._territory: Territory | None = None

    @property
    def crs(self) -> str:
        """Projection of the territory."""
        return self.served.live.crs

    @property
    def territory(self) -> Territory:
        """The territory, live or past, inside the request's transaction."""
        if self._territory is None:
            self._territory = self.served.territory(self.version)
            self.served.cursor(self._territory).execute("BEGIN TRANSACTION READ ONLY")
            self.version = self._territory.version
        return self._territory

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query of ours at this version."""
        return self.territory.sql(query, parameters)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a query of ours at this version; return its rows as dictionaries."""
        found: list[dict[str, Any]] = self.territory.sql(query, parameters).to_pylist()
        return found

    def remember(self, key: str, build: Callable[[], T]) -> T:
        """Return something small that depends on the version alone, built once."""
        return self.served.facts.remember((self.version, key), build)

    def close(self) -> None:
        """End the transaction."""
        import duckdb

        if self._territory is not None:
            # A failed query may have ended it already.
            with suppress(duckdb.Error):
                self.served.cursor(self._territory).execute("ROLLBACK")


class Served:
    """A territory open for reading by many requests.

    Parameters
    ----------
    path : str or Path
        Folder of the territory.
    workers : int, optional
        Threads that read; twice the processors by default.
    """

    def __init__(self, path: str | Path, workers: int | None = None) -> None:
        self.live = twin.open(path)
        self.pool = ThreadPoolExecutor(
            workers or min(8, 2 * (os.cpu_count() or 1)), thread_name_prefix="jumeau-read"
        )
        self.tiles = Cache(TILE_BYTES)
        self.blocks = Cache(ROW_BYTES)
        self.facts = Cache(512)
        self._past: OrderedDict[int, Territory] = OrderedDict()
        self._known: tuple[Any, int] | None = None
        # What is answered also depends on the program: a restart makes clients ask again.
        self._birth = os.urandom(4).hex()
        self._lock = Lock()

    def tag(self, version: int, lang: str) -> str:
        """Return the validator (``ETag``) of any answer at a version, in a language."""
        return f'W/"{version}-{self._birth}-{lang}"'

    def close(self) -> None:
        """Let the running requests end, then close the territory."""
        self.pool.shutdown(wait=True, cancel_futures=True)
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

    def _latest(self) -> int:
        """Return the latest version; the catalogue is asked only when its file has changed."""
        mark = self._mark()
        known = self._known
        if mark is None or known is None or known[0] != mark:
            known = self._known = (mark, self.live.version)
        return known[1]

    def _mark(self) -> tuple[int, ...] | None:
        """Return what changes with every commit of an embedded catalogue, ``None`` if shared."""
        address = self.live.store.address
        if address.shared:
            return None
        found: list[int] = []
        for tail in ("", "-wal"):
            try:
                state = Path(f"{address.sqlite_path}{tail}").stat()
            except FileNotFoundError:
                continue
            if state.st_size:  # readers too create and remove an empty journal
                found += [state.st_mtime_ns, state.st_size, state.st_ino]
        return tuple(found)

    def territory(self, version: int) -> Territory:
        """Return the territory to read: live, or as it was at a version."""
        if version == self._latest():
            return self.live
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
    def reading(self, at: str | None = None) -> Iterator[View]:
        """Read the territory at one version, in the calling thread.

        Parameters
        ----------
        at : str, optional
            Version number, or ISO date or time; the latest by default.

        Yields
        ------
        View
        """
        view = View(self, self.version(at))
        try:
            yield view
        finally:
            view.close()

    def cursor(self, territory: Territory) -> duckdb.DuckDBPyConnection:
        """Return the calling thread's connection to a territory."""
        with self._lock:
            return territory.store.cursor

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Run blocking work in the pool, in the language and context of the request."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: context.run(work, *args))
