# SPDX-License-Identifier: EUPL-1.2
"""Which shapes and pyramids to build, open and let go while a server runs.

A thread looks at the latest version once a second. Large tables are laid out by another process
(:mod:`jumeau.interop.pyramid.build`), at a low priority; small ones in memory when they are first
asked for. Until shapes are there, tiles are drawn from the rows read in the twin.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from jumeau.interop import mosaic
from jumeau.interop.cache import Cache
from jumeau.interop.caretaker import Caretaker
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


class Keeper(Caretaker):
    """The shapes and pyramids of a served territory.

    Parameters
    ----------
    served : Served
        Territory.
    """

    name = "tiles"
    module = "jumeau.interop.pyramid.build"

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._files: OrderedDict[str, files.Opened] = OrderedDict()
        self._small = Cache(MEMORY)
        self._layout = threading.Lock()
        self._looks = 0
        self._gathered: State | None = None

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
    def _prepare(self) -> None:
        """Have the kernels compiled by another process, then read them."""
        if warm.ready.is_set():
            return
        self._wake.wait(IDLE)
        if not self._stop.is_set() and not warm.compiled():
            self._begin()
            while self._busy() and not self._stop.is_set():
                self._stop.wait(0.1)
        if not self._stop.is_set():
            warm.now()

    def settle(self, patience: float = 120.0) -> None:
        """Look until nothing remains to be built; for scripts and tests without :meth:`start`."""
        warm.now()
        super().settle(patience)

    # -- one look ------------------------------------------------------------------------------
    def look(self) -> bool:
        """Open, build and let go what the latest version asks for; return whether all is there."""
        busy = self._busy()
        wanted = self._wanted()
        for name in [name for name in self._files if name not in wanted]:
            del self._files[name]
        lacking = [table for name, table in wanted.items() if not self._open(name)]
        if not busy:
            lacking += self._rasters()
            self._call(lacking)
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
