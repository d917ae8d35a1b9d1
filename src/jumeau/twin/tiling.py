# SPDX-License-Identifier: EUPL-1.2
"""Writing of raster layers: blocks placed anywhere on the grid become immutable tiles of 1 km."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid, workers
from jumeau.base.contract import Bounds, RasterWindow
from jumeau.base.errors import error
from jumeau.base.grid import TILE, Tile
from jumeau.twin import cog, disk
from jumeau.twin.cog import TileFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALONE = 12
"""Tiles of a layer that are encoded in this process before others are called."""
HELD = 64
"""Unfinished tiles kept in memory while layers are assembled: 256 MB."""


class Assembly:
    """Merges blocks placed anywhere on the grid into tiles, in bounded memory.

    Where blocks overlap, the later one wins wherever it is not NaN. A tile that leaves memory and
    is touched again comes again, more complete: ``current`` must then return what came before,
    and the last one counts.

    Parameters
    ----------
    current : callable
        Tile → (1000, 1000) array that the blocks complete, or ``None``.
    layer : str
        Layer, for messages.
    held : int
        Tiles kept in memory.
    """

    def __init__(
        self,
        current: Callable[[Tile], NDArray[np.float32] | None],
        *,
        layer: str = "",
        held: int = HELD,
    ) -> None:
        self.current, self.layer, self.held = current, layer, held
        self._open: OrderedDict[Tile, NDArray[np.float32]] = OrderedDict()

    def push(self, window: RasterWindow) -> Iterator[tuple[Tile, NDArray[np.float32]]]:
        """Take a block; yield the tiles that have to wait for no other.

        Parameters
        ----------
        window : RasterWindow
            Its bounds are cell edges (n + 0.5).

        Yields
        ------
        tile : Tile
            Place.
        values : (1000, 1000) float32 array
            Row 0 north, NaN for no data; it belongs to the caller.

        Raises
        ------
        InvalidError
            ``JUM-T103`` when a block is off the grid, ``JUM-T104`` when its array is not of the
            size of its bounds.
        """
        bounds = _on_grid(window, self.layer)
        for tile in grid.tiles_of(bounds):
            common = grid.intersection(bounds, tile.bounds)
            if common is None:
                continue
            part = window.values[grid.slices(common, bounds)]
            known = ~np.isnan(part)
            if not known.any():
                continue
            values = self._open.pop(tile, None)
            if part.shape == (TILE, TILE) and known.all():  # complete: nothing to wait for
                yield tile, np.array(part, dtype=np.float32)
                continue
            if values is None:
                values = self.current(tile)
            if values is None:
                values = np.full((TILE, TILE), np.nan, dtype=np.float32)
            np.copyto(
                values[grid.slices(common, tile.bounds)], part, where=known, casting="same_kind"
            )
            if window.last:
                yield tile, values
                continue
            self._open[tile] = values
            while len(self._open) > self.held:
                yield self._open.popitem(last=False)

    def rest(self) -> Iterator[tuple[Tile, NDArray[np.float32]]]:
        """Yield the tiles still in memory."""
        while self._open:
            yield self._open.popitem(last=False)


def _on_grid(window: RasterWindow, layer: str) -> Bounds:
    bounds = grid.snap(window.bounds)
    gaps = (abs(a - b) for a, b in zip(bounds, window.bounds, strict=True))
    if max(gaps) > grid.TOLERANCE:
        raise error("JUM-T103", layer=layer, bounds=str(tuple(window.bounds)))
    expected = grid.shape(bounds)
    if window.values.shape != expected:
        raise error("JUM-T104", layer=layer, found=str(window.values.shape), expected=str(expected))
    return bounds


class LayerWriter:
    """Writes the tiles of a layer as blocks come; the caller records them in its transaction.

    The VRT is left alone until the transaction is committed (:func:`write_vrt`). If the
    transaction fails, give the list that :meth:`close` returns to :func:`discard`.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    layer : str
        Raster layer.
    crs : str
        CRS of the territory.
    current : mapping, optional
        {tile name: path} of the version that is being changed.
    replace : bool
        ``True`` when the blocks are the whole layer: the cells they do not fill become empty, and
        the tiles absent from the result are no longer part of the layer. ``False`` when they
        update it.
    held : int
        Tiles kept in memory.
    """

    def __init__(
        self,
        folder: Path,
        layer: str,
        crs: str,
        *,
        current: Mapping[str, str] | None = None,
        replace: bool = False,
        held: int = HELD,
    ) -> None:
        self.folder, self.layer, self.crs = folder, layer, crs
        self._base = {} if replace else dict(current or {})
        self._assembly = Assembly(self._known, layer=layer, held=held)
        self._written: dict[Tile, Future[TileFile | None]] = {}
        self._created: set[str] = set()
        self._pending: list[Future[TileFile | None]] = []
        self._workers = workers.current()
        self._threads = max(min(4, os.cpu_count() or 1), workers.width(self._workers))
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="jumeau-tile")

    def put(self, window: RasterWindow) -> None:
        """Take a block; see :class:`Assembly`."""
        for tile, values in self._assembly.push(window):
            self._submit(tile, values)

    def close(self) -> list[TileFile]:
        """Write what is left and return the tiles touched, by name.

        A tile whose content did not change keeps its path.

        Raises
        ------
        StorageError
            ``JUM-T101`` when the disk is full, ``JUM-T102``.
        """
        for tile, values in self._assembly.rest():
            self._submit(tile, values)
        files = [done for done in (item.result() for item in self._written.values()) if done]
        if self._created:
            disk.sync_folder(self.folder / cog.FOLDER / self.layer)
        self._pool.shutdown()
        return sorted(files, key=lambda item: item.tile)

    def abort(self) -> None:
        """Stop, and remove the files written meanwhile."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for path in self._created:
            (self.folder / path).unlink(missing_ok=True)

    def _submit(self, tile: Tile, values: NDArray[np.float32]) -> None:
        former = self._written[tile].result() if tile in self._written else None
        path = former.path if former else None
        alone = self._workers is None or len(self._written) < ALONE
        self._written[tile] = self._pool.submit(self._write, tile, values, path, alone)
        self._pending.append(self._written[tile])
        if len(self._pending) > self._threads:
            self._pending.pop(0).result()

    def _known(self, tile: Tile) -> NDArray[np.float32] | None:
        if tile in self._written:
            done = self._written[tile].result()
            return cog.read_tile(self.folder / done.path) if done else None
        path = self._base.get(tile.name)
        return cog.read_tile(self.folder / path) if path else None

    def _write(
        self, tile: Tile, values: NDArray[np.float32], former: str | None, alone: bool
    ) -> TileFile | None:
        """Write a tile, encoded here or by the workers in force: the bytes are the same."""
        task = (tile, values, self.crs, self.layer)
        content: bytes | memoryview | None
        if alone or self._workers is None:
            content = cog.encoded(*task)
        else:
            content = self._workers.submit(cog.encoded_bytes, *task).result()
        done = cog.store_tile(self.folder, self.layer, tile, content, durable_name=False)
        if done and done.created:
            self._created.add(done.path)
        if former in self._created and not (done and done.path == former):
            (self.folder / str(former)).unlink(missing_ok=True)
            self._created.discard(str(former))
        return done


def write_layers(
    folder: Path,
    windows: Iterable[RasterWindow],
    crs: str,
    *,
    layer: str = "",
    current: Callable[[str], Mapping[str, str]] = lambda _: {},
    replace: bool = False,
    held: int = HELD,
) -> dict[str, list[TileFile]]:
    """Write the tiles that the blocks of one or several layers touch.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    windows : iterable of RasterWindow
        Blocks on the grid, each naming its layer, in any order.
    crs : str
        CRS of the territory.
    layer : str
        Layer of the blocks that name none.
    current : callable
        Layer → {tile name: path} of the version that is being changed.
    replace, held
        As in :class:`LayerWriter`; ``held`` is shared by the layers.

    Returns
    -------
    dict of list of TileFile
        {layer: tiles touched}.

    Raises
    ------
    InvalidError
        ``JUM-T103``, ``JUM-T104``; see :class:`Assembly`.
    StorageError
        ``JUM-T101``, ``JUM-T102``. Whatever is raised, also by ``windows``, the files written
        meanwhile are removed.
    """
    writers: dict[str, LayerWriter] = {}
    try:
        for window in windows:
            name = window.layer or layer
            if name not in writers:
                writers[name] = LayerWriter(
                    folder, name, crs, current=current(name), replace=replace, held=held
                )
                for writer in writers.values():
                    writer._assembly.held = max(1, held // len(writers))
            writers[name].put(window)
        return {name: writer.close() for name, writer in writers.items()}
    except BaseException:
        for writer in writers.values():
            writer.abort()
        raise


def write_layer(
    folder: Path,
    layer: str,
    windows: Iterable[RasterWindow],
    crs: str,
    *,
    current: Mapping[str, str] | None = None,
    replace: bool = False,
    held: int = HELD,
) -> list[TileFile]:
    """Write the tiles of one layer; see :func:`write_layers`."""
    known = dict(current or {})
    done = write_layers(
        folder, windows, crs, layer=layer, current=lambda _: known, replace=replace, held=held
    )
    return done.get(layer, [])
