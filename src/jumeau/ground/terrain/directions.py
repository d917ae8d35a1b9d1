# SPDX-License-Identifier: EUPL-1.2
"""Where each cell drains: one of its eight neighbours (D8)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.ground.terrain import depressions, raster
from jumeau.ground.terrain.raster import Progress, Terrain
from jumeau.ground.terrain.sweep import HALO, prepare, sweep

Grid = NDArray[Any]
NODATA = 247
"""Code of a cell that has no elevation."""
BAND = 64
"""Rows compared at once, few enough to stay in the processor's cache."""
HELD = 2**30
"""Memory for the rows among which the sweep moves on disk [byte]."""


def flow_directions(
    dtm: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """Give each cell the neighbour it drains to (D8) on the filled surface, flats resolved.

    A cell drains to its lowest neighbour. Equally low ones and flats are settled by the order of
    a priority flood that takes cells inside before those of the edge, then by row, then by
    column: the rule of pyflwdir, in single precision as there. Depressions are those of
    :func:`~jumeau.ground.terrain.fill`, so that every path ends at an outlet.

    Parameters
    ----------
    dtm, out, executor, side, progress
        As for :func:`~jumeau.ground.terrain.fill`; elevations are rounded to float32.

    Returns
    -------
    array (ny, nx) of uint8, or Path
        East 1, south-east 2, south 4, south-west 8, west 16, north-west 32, north 64, north-east
        128; 0 where water leaves; 247 on NaN. `out` when `dtm` is a path.

    Raises
    ------
    InvalidError, MissingFileError, StorageError
        As :func:`~jumeau.ground.terrain.fill`.

    References
    ----------
    Eilander, D. et al. (2021), doi:10.5194/hess-25-5287-2021 (pyflwdir).

    Examples
    --------
    >>> import numpy as np
    >>> flow_directions(np.array([[3, 3, 3, 3], [3, 0, 1, 2], [3, 3, 3, 3]], np.float32))[1]
    array([ 1,  1,  1,  0], dtype=uint8)
    """
    depressions.place(dtm, out)
    source = raster.terrain(dtm, np.float32)
    if out is None:
        return directions_of(depressions.filled(source, executor, side, progress))
    with raster.scratch(out) as folder:
        drained(source, folder, executor, side, progress)
        with raster.written(out, source, np.uint8, NODATA) as target:
            for top in range(0, source.ny, raster.TILE):
                bottom = min(top + raster.TILE, source.ny)
                raster.put(target, codes(folder, source.ny, source.nx, top, bottom), top, 0)
    return Path(out)


def directions_of(filled: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give each cell of a filled surface in memory the neighbour it drains to (D8).

    Parameters
    ----------
    filled : array (ny, nx) of float32
        Elevation [m] without depressions, NaN where there is none.

    Returns
    -------
    array (ny, nx) of uint8
        Codes of :func:`flow_directions`.
    """
    ny, nx = filled.shape
    to, same = np.empty((ny, nx), np.uint8), np.empty((ny, nx), np.uint8)
    opened, edges = np.empty((2, ny, _words(nx)), np.uint64)
    counts, first = np.zeros((2, ny), np.int32)
    for low, start, end, high in _bands(ny, BAND):
        part = slice(start, end)
        prepare(
            filled[low:high], start - low, high - end,
            to[part], same[part], opened[part], edges[part], counts[part],
        )  # fmt: skip
    state = np.array([0, counts.sum(dtype=np.int64), -1])
    sweep(to, same, opened, edges, counts, first, state, 0, ny)
    to[np.isnan(filled)] = NODATA
    return to


def _words(nx: int) -> int:
    return (nx + 63) // 64


def _bands(ny: int, rows: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield bands of rows: start and end, between the limits of what they must see."""
    for start in range(0, ny, rows):
        end = min(start + rows, ny)
        yield max(0, start - HALO), start, end, min(ny, end + HALO)


def _planes(folder: Path, ny: int, nx: int, mode: str) -> dict[str, Grid]:
    """Map the planes of a sweep, kept in a folder."""
    shapes = {
        "to": (np.uint8, nx), "same": (np.uint8, nx),
        "opened": (np.uint64, _words(nx)), "edges": (np.uint64, _words(nx)),
    }  # fmt: skip
    return {
        name: raster.plane(folder / name, dtype, (ny, width), mode)
        for name, (dtype, width) in shapes.items()
    }


def _prepare_band(folder: Path, ny: int, nx: int, rows: tuple[int, int, int, int]) -> Grid:
    """Compare the cells of a band kept on disk; return the open cells of its rows."""
    low, start, end, high = rows
    filled = raster.plane(folder / "filled", np.float32, (ny, nx), "r")
    planes = _planes(folder, ny, nx, "r+")
    counts = np.zeros(end - start, np.int32)
    parts = [planes[name][start:end] for name in ("to", "same", "opened", "edges")]
    made = [np.empty(part.shape, part.dtype) for part in parts]
    to, same, opened, edges = made
    prepare(np.array(filled[low:high]), start - low, high - end, to, same, opened, edges, counts)
    for part, values in zip(parts, made, strict=True):
        part[...] = values
    return counts


class _Window:
    """Rows of the planes held in memory, moved to where the sweep asks."""

    moving = ("to", "opened")

    def __init__(self, folder: Path, ny: int, nx: int, rows: int) -> None:
        self.folder, self.ny, self.nx = folder, ny, nx
        self.rows = min(ny, max(4, rows))
        self.top = -1
        self.held: dict[str, Grid] = {}

    def move(self, wanted: int) -> None:
        """Hold the row wanted and its neighbours, with more rows ahead than behind."""
        self.save()
        down = wanted > self.top
        behind = self.rows // 8 if down else self.rows // 2
        self.top = max(0, min(wanted - 1 - behind, self.ny - self.rows))
        planes = _planes(self.folder, self.ny, self.nx, "r")
        for name, values in planes.items():
            self.held[name] = np.array(values[self.top : self.top + self.rows])

    def save(self) -> None:
        """Write back what the sweep changed."""
        if self.held:
            planes = _planes(self.folder, self.ny, self.nx, "r+")
            for name in self.moving:
                planes[name][self.top : self.top + self.rows] = self.held[name]
            self.held.clear()


def drained(
    source: Terrain,
    folder: Path,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
    held: int = HELD,
) -> None:
    """Leave the directions of a terrain in the planes of a folder; read them with :func:`codes`.

    Parameters
    ----------
    source : Terrain
        Terrain, on disk or in memory, opened in float32.
    folder : Path
        Folder for the planes: 7 bytes a cell at most.
    executor, side, progress
        As for :func:`~jumeau.ground.terrain.fill`.
    held : int
        Memory for the rows among which the sweep moves [byte].
    """
    ny, nx = source.ny, source.nx

    def told(low: float, high: float) -> Progress | None:
        return None if progress is None else lambda share: progress(low + (high - low) * share)

    filled = raster.plane(folder / "filled", np.float32, (ny, nx), "w+")
    del filled
    for (top, bottom, left, right), values in depressions.settled(
        source, executor, side, told(0.0, 0.7)
    ):
        filled = raster.plane(folder / "filled", np.float32, (ny, nx))
        filled[top:bottom, left:right] = values
        del filled  # what is mapped counts as memory
    _planes(folder, ny, nx, "w+")
    rows = max(1, min(ny, 2**22 // nx))
    jobs = [(folder, ny, nx, band) for band in _bands(ny, rows)]
    ready = raster.watched(
        raster.spread(_prepare_band, jobs, executor), len(jobs), told(0.7, 0.85), 0, 1
    )
    counts = np.concatenate(list(ready))
    (folder / "filled").unlink()
    first, state = np.zeros(ny, np.int32), np.array([0, counts.sum(dtype=np.int64), -1])
    window = _Window(folder, ny, nx, held // (2 * nx + 16 * _words(nx)))
    wanted = 0
    while wanted >= 0:
        window.move(wanted)
        planes = window.held
        wanted = sweep(
            planes["to"], planes["same"], planes["opened"], planes["edges"],
            counts, first, state, window.top, ny,
        )  # fmt: skip
    window.save()
    for name in ("same", "opened"):
        (folder / name).unlink()
    if progress is not None:
        progress(1.0)


def codes(folder: Path, ny: int, nx: int, top: int, bottom: int) -> NDArray[np.uint8]:
    """Return the D8 codes of some rows of a terrain drained in a folder.

    Parameters
    ----------
    folder : Path
        Folder given to :func:`drained`.
    ny, nx : int
        Rows and columns of the terrain.
    top, bottom : int
        First row, and the one after the last.

    Returns
    -------
    array (bottom − top, nx) of uint8
        Codes of :func:`flow_directions`.
    """
    to = np.array(raster.plane(folder / "to", np.uint8, (ny, nx), "r")[top:bottom])
    words = raster.plane(folder / "edges", np.uint64, (ny, _words(nx)), "r")[top:bottom]
    edge = np.unpackbits(np.array(words).view(np.uint8), axis=1, bitorder="little")[:, :nx]
    # A cell of the terrain that drains nowhere is of the edge.
    to[(to == 0) & (edge == 0)] = NODATA
    return to
