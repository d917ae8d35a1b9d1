# SPDX-License-Identifier: EUPL-1.2
"""Which shapes and pyramids to build, open and let go while a server runs.

A thread looks at the latest version once a second. Large tables are laid out by another process
(:mod:`jumeau.interop.pyramid.build`), at a low priority; small ones in memory when they are first
asked for. Until shapes are there, tiles are drawn from the rows read in the twin.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base.errors import JumeauError
from jumeau.interop import builder, mosaic
from jumeau.interop.cache import Cache
from jumeau.interop.pyramid import build, files, state, warm
from jumeau.interop.pyramid.layers import Layer, layer
from jumeau.interop.pyramid.shapes import Shapes
from jumeau.twin import schema

if TYPE_CHECKING:
    from jumeau.interop.image.state import State
    from jumeau.interop.pyramid.pmtiles import Archive
    from jumeau.interop.served import Served, View

logger = logging.getLogger("jumeau")
SMALL = 20_000
"""Rows up to which a table is laid out in memory."""
MEMORY = 2**27
"""Bytes of the shapes in memory."""
EVERY = 1.0
"""Time between two looks [s]."""
REST = 5.0
"""Times its last building that a table is left in peace before the next one."""
AGAIN = 600.0
"""Time before a building that failed is tried again [s]."""
IDLE = 3.0
"""Time that the first answers have for themselves before the kernels are read [s]; a tile that is
asked for ends it."""
RESIDENT_LOOKS = 30
"""Looks between two times that mapped pages are let go."""


class Held(NamedTuple):
    """What is ready of a table: the name of its state, its shapes, its pyramid."""

    name: str
    shapes: Shapes
    archive: Archive | None


class Keeper:
    """The shapes and pyramids of a served territory.

    Parameters
    ----------
    served : Served
        Territory.
    """

    def __init__(self, served: Served) -> None:
        self.served = served
        self._folder: Path = served.live.path
        self._files: OrderedDict[str, files.Opened] = OrderedDict()
        self._small = Cache(MEMORY)
        self._layout = threading.Lock()
        self._builder: subprocess.Popen[bytes] | None = None
        self._building: tuple[str, ...] = ()
        self._begun = 0.0
        self._not_before: dict[str, float] = {}
        self._looks = 0
        self._gathered: State | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def get(self, view: View, drawn: Layer) -> Held | None:
        """Return what is ready of a table at the version of a view.

        Parameters
        ----------
        view : View
            Territory at one version.
        drawn : Layer
            How the table is drawn.
        """
        if not warm.ready.is_set():
            self._wake.set()
            return None
        name = state.of(view, drawn)
        if name is None:
            return None
        opened = self._files.get(name)
        if opened is not None:
            return Held(name, opened.shapes, opened.archive)
        if state.known(self.served, view.version)[drawn.table.name].rows > SMALL:
            return None
        found: Shapes | None = self._small.get(name)
        if found is None:
            with self._layout:  # once, whoever asks
                found = self._small.get(name)
                if found is None:
                    found = build.lay_out(view.sql, drawn, view.crs)
                    self._small.put(name, found, found.nbytes)
        return Held(name, found, None)

    # -- life ----------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to look after the tiles."""
        self._thread = threading.Thread(target=self._run, name="jumeau-tiles", daemon=True)
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

    def _run(self) -> None:
        if not warm.ready.is_set():
            self._wake.wait(IDLE)
            if not self._stop.is_set() and not warm.compiled():
                self._call()  # a process of its own compiles them
                while self._builder is not None and not self._ended() and not self._stop.is_set():
                    self._stop.wait(0.1)
            if not self._stop.is_set():
                warm.now()
        while not self._stop.is_set():
            try:
                self.look()
            except (JumeauError, OSError) as exc:
                logger.warning("tiles: %s", exc)
            self._stop.wait(EVERY)

    def settle(self, patience: float = 120.0) -> None:
        """Look until nothing remains to be built; for scripts and tests without :meth:`start`."""
        warm.now()
        end = time.monotonic() + patience
        while not self.look() and time.monotonic() < end:
            time.sleep(0.05)

    # -- one look ------------------------------------------------------------------------------
    def look(self) -> bool:
        """Open, build and let go what the latest version asks for; return whether all is there."""
        busy = self._builder is not None and not self._ended()
        wanted = self._wanted()
        for name in [name for name in self._files if name not in wanted]:
            del self._files[name]
        lacking = [table for name, table in wanted.items() if not self._open(name)]
        if not busy:
            lacking += self._rasters()
        now = time.monotonic()
        ready = tuple(item for item in lacking if self._not_before.get(item, 0.0) <= now)
        if ready and not busy:
            self._call(*ready)
        self._looks += 1
        if self._looks % RESIDENT_LOOKS == 0:
            for opened in self._files.values():
                opened.release()
        return not lacking and not busy

    def _wanted(self) -> dict[str, str]:
        """Return the states to hold: name → table."""
        with self.served.reading() as view:
            found = {}
            for table, known in state.known(self.served, view.version).items():
                declared = schema.table(table)
                if declared.geometry and known.rows > SMALL:
                    name = state.of(view, layer(declared))
                    if name is not None:
                        found[name] = table
            return found

    def _rasters(self) -> list[str]:
        """Return the raster layers that remain to be gathered at wide cells."""
        with self.served.reading() as view:
            known = state.known(self.served, view.version).get("raster_tile")
            if known is None or known.rows < mosaic.MANY:
                return []
            if self._gathered == known:
                return []
            lacking = [
                layer
                for layer in schema.layers()
                if mosaic.missing(self._folder, view.territory.raster(layer))
            ]
            if not lacking:
                self._gathered = known
            return lacking

    def _open(self, name: str) -> bool:
        """Open what is on the disk of a state; return whether all of it is there."""
        opened = self._files.get(name)
        if opened is None:
            folder = files.find(self._folder, name)
            if folder is None:
                return False
            try:
                opened = self._files[name] = files.Opened(folder)
            except files.FaultyError:
                logger.warning("tiles %s: faulty file, to be built again", name)
                (folder / files.MANIFEST).unlink(missing_ok=True)
                return False
        return opened.look()

    def _call(self, *tables: str) -> None:
        """Start to build in another process."""
        self._building, self._begun = tables, time.monotonic()
        self._builder = builder.start("jumeau.interop.pyramid.build", self._folder, tables)

    def _ended(self) -> bool:
        """Return whether the builder has ended, and note how it went."""
        if self._builder is None:
            return True
        code = self._builder.poll()
        if code is None:
            return False
        now = time.monotonic()
        rest = AGAIN if code else REST * (now - self._begun)
        for table in self._building:
            self._not_before[table] = now + rest
        self._builder = None
        return True
