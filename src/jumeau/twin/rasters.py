# SPDX-License-Identifier: EUPL-1.2
"""Raster layers: blocks placed anywhere on the grid in, windows of any size out.

A layer is a set of immutable 1 km tiles (:mod:`jumeau.twin.cog`); the table ``raster_tile`` says
which files make it at each version. Functions here take folder, layer and tiles explicitly and
know nothing of tables or transactions; :mod:`jumeau.twin.tiling` writes the tiles.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.base.grid import TILE, Tile
from jumeau.twin import cog, disk
from jumeau.twin.cog import TileFile, write_tile, write_vrt

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CELLS",
    "Raster",
    "TileFile",
    "clean",
    "discard",
    "verify",
    "write_tile",
    "write_vrt",
]

CELLS = (1, *cog.OVERVIEWS, 40, 200, 1000)
"""Sides of the cells that a layer can be read at [m]; each divides the side of a tile."""
LIMIT = 2_000_000_000
"""Cells read at once, at most: 8 GB."""
_OURS = re.compile(r"-?\d{3,}_-?\d{3,}-[0-9a-f]{12}\.tif")


# -- files -------------------------------------------------------------------------------------
def discard(folder: Path, files: Iterable[TileFile]) -> None:
    """Remove the files that a transaction created and that it finally did not commit."""
    for item in files:
        if item.created:
            (folder / item.path).unlink(missing_ok=True)


def clean(folder: Path, referenced: Collection[str]) -> list[str]:
    """Remove the tiles that no version refers to, and unfinished files; the caller has the lock.

    Only files named as this module names them are removed.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    referenced : collection of str
        Paths that **any** version of ``raster_tile`` refers to, relative to ``folder``.

    Returns
    -------
    list of str
        Paths removed.
    """
    kept = frozenset(referenced)
    removed = []
    for path in sorted((folder / cog.FOLDER).rglob("*")):
        name = path.relative_to(folder).as_posix()
        orphan = _OURS.fullmatch(path.name) is not None and name not in kept
        if path.is_file() and (orphan or path.name.startswith(disk.TEMPORARY)):
            path.unlink(missing_ok=True)
            removed.append(name)
    return removed


def verify(
    folder: Path, rows: Iterable[Mapping[str, Any]], *, content: bool = True
) -> list[Finding]:
    """Find the tiles that are missing or have changed since they were written.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    rows : iterable of mapping
        Rows of ``raster_tile``: ``layer``, ``tile``, ``path``, ``sha256``.
    content : bool
        Whether to compute the digests (0.5 s for 1,000 tiles in the page cache), or only look
        whether the files are there.

    Returns
    -------
    list of Finding
        ``JUM-T106`` for a missing file, ``JUM-T107`` for an altered one.
    """

    def judge(row: Mapping[str, Any]) -> Finding | None:
        path = folder / str(row["path"])
        facts = {"table": str(row["layer"]), "entity": str(row["tile"]), "path": str(row["path"])}
        if not path.is_file():
            return finding("JUM-T106", **facts)
        try:
            altered = content and disk.digest(path) != row["sha256"]
        except OSError:
            altered = True
        return finding("JUM-T107", **facts) if altered else None

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return [item for item in pool.map(judge, rows) if item is not None]


# -- reading -----------------------------------------------------------------------------------
class Raster:
    """A raster layer at one version.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    crs : str
        CRS of the territory.
    layer : str
        Raster layer.
    tiles : mapping
        {tile name: path relative to ``folder``} of this version.
    """

    def __init__(self, folder: Path, crs: str, layer: str, tiles: Mapping[str, str]) -> None:
        self.folder, self.crs, self.layer = Path(folder), crs, layer
        self.files = dict(tiles)
        places = [Tile.parse(name) for name in self.files]
        self._places = np.array(places, dtype=np.int64).reshape(-1, 2)

    def __repr__(self) -> str:
        return f"<Raster {self.layer}: {len(self.files)} tiles, {self.crs}>"

    def tiles(self) -> list[str]:
        """Return the names of the tiles that hold data, sorted."""
        return sorted(self.files)

    @property
    def bounds(self) -> Bounds | None:
        """Outer edges of the rectangle that holds the tiles [m]; ``None`` when there is none."""
        return cog.extent(self.files) if self.files else None

    def read(
        self, bounds: Bounds | None = None, *, resolution: float = 1.0
    ) -> tuple[NDArray[np.float32], Affine]:
        """Return the cells of a rectangle.

        Parameters
        ----------
        bounds : tuple of 4 float, optional
            (xmin, ymin, xmax, ymax) [m]; snapped outward to cell edges; the whole layer by
            default.
        resolution : float
            Coarsest cell wanted [m]. Cells are of the largest side in :data:`CELLS` that does not
            exceed it, and each is the mean of the cells below it that hold data.

        Returns
        -------
        values : (rows, columns) float32 array
            Row 0 north, NaN where there is no data, also outside the layer.
        transform : affine.Affine
            From (column, row) to (x, y); column 0, row 0 is the north-west corner.

        Raises
        ------
        InvalidError
            ``JUM-T105`` above :data:`LIMIT` cells; ``JUM-T109`` when the resolution is not
            positive; ``JUM-B010`` when the bounds are not a rectangle.
        StorageError
            ``JUM-T108`` when a tile is missing or damaged.
        """
        from affine import Affine

        cell = cell_side(resolution)
        bounds = bounds if bounds is not None else self.bounds
        window = _Lattice(cell, 0, 0, 0, 0) if bounds is None else _Lattice.over(bounds, cell)
        rows, columns = window.shape
        if rows * columns > LIMIT:
            raise error("JUM-T105", cells=rows * columns, limit=LIMIT)
        values = np.full((rows, columns), np.nan, dtype=np.float32)
        jobs = [(tile, common) for tile in self._near(window) if (common := window.within(tile))]

        def fill(job: tuple[Tile, _Lattice]) -> None:
            tile, common = job
            inside = common.slices(_Lattice.over(tile.bounds, cell))
            part = _read_cells(self.folder / self.files[tile.name], inside, cell)
            values[common.slices(window)] = part

        if len(jobs) > 1:
            with ThreadPoolExecutor(min(4, os.cpu_count() or 1, len(jobs))) as pool:
                list(pool.map(fill, jobs))
        else:
            for job in jobs:
                fill(job)
        west, north = window.west * cell - 0.5, 0.5 - window.north * cell
        return values, Affine(float(cell), 0.0, west, 0.0, -float(cell), north)

    def _near(self, window: _Lattice) -> list[Tile]:
        """Return the tiles that a rectangle may touch."""
        side = TILE // window.cell
        x, y = self._places[:, 0], self._places[:, 1]
        touched = (x * side < window.east) & ((x + 1) * side > window.west)
        touched &= (-y * side < window.south) & ((1 - y) * side > window.north)
        return [Tile(east, north) for east, north in self._places[touched].tolist()]

    def value(self, x: float, y: float) -> float:
        """Return the value of the cell that holds a point; NaN where there is no data.

        Parameters
        ----------
        x, y : float
            Coordinates in the territory's CRS [m].
        """
        return float(self.sample([x], [y])[0])

    def sample(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float32]:
        """Return the values of the cells that hold points; NaN where there is no data.

        Parameters
        ----------
        x, y : (n,) array_like
            Coordinates in the territory's CRS [m]; finite.

        Returns
        -------
        (n,) float32 array
            Values.
        """
        cx, cy = grid.cell_of(np.atleast_1d(x), np.atleast_1d(y))
        tx, ty = cx // TILE, -(-cy // TILE)
        found = np.full(len(cx), np.nan, dtype=np.float32)
        places, which = np.unique(np.column_stack([tx, ty]), axis=0, return_inverse=True)
        order = np.argsort(which, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(which, minlength=len(places)))[:-1])
        for (east, north), chosen in zip(places.tolist(), groups, strict=True):
            path = self.files.get(Tile(east, north).name)
            if path is None:
                continue
            rows, columns = TILE * north - cy[chosen], cx[chosen] - TILE * east
            top, left = int(rows.min()), int(columns.min())
            window = (slice(top, int(rows.max()) + 1), slice(left, int(columns.max()) + 1))
            part = cog.read_tile(self.folder / path, window)
            found[chosen] = part[rows - top, columns - left]
        return found


def cell_side(resolution: float) -> int:
    """Return the largest side of :data:`CELLS` that does not exceed a resolution [m].

    Raises
    ------
    InvalidError
        ``JUM-T109`` when the resolution is not a positive number.
    """
    if not (math.isfinite(resolution) and resolution > 0):
        raise error("JUM-T109", value=str(resolution))
    return max((side for side in CELLS if side <= resolution + grid.TOLERANCE), default=1)


class _Lattice(NamedTuple):
    """A rectangle counted in cells of a given side from the grid's origin, rows from the north."""

    cell: int
    west: int
    north: int
    east: int
    south: int

    @classmethod
    def over(cls, bounds: Bounds, cell: int) -> _Lattice:
        xmin, ymin, xmax, ymax = (round(edge + 0.5) for edge in grid.snap(bounds))
        # Edges n − 0.5 in x are multiples of the side; in y, edges n + 0.5 are.
        return cls(cell, xmin // cell, -(ymax - 1) // cell, -(-xmax // cell), -((ymin - 1) // cell))

    @property
    def shape(self) -> tuple[int, int]:
        return (self.south - self.north, self.east - self.west)

    def within(self, tile: Tile) -> _Lattice | None:
        """Return the part of a tile that lies in this rectangle, or ``None``."""
        side = TILE // self.cell
        west, north = max(self.west, tile.x * side), max(self.north, -tile.y * side)
        east = min(self.east, (tile.x + 1) * side)
        south = min(self.south, (1 - tile.y) * side)
        if west >= east or north >= south:
            return None
        return _Lattice(self.cell, west, north, east, south)

    def slices(self, outer: _Lattice) -> tuple[slice, slice]:
        return (
            slice(self.north - outer.north, self.south - outer.north),
            slice(self.west - outer.west, self.east - outer.west),
        )


def _read_cells(path: Path, window: tuple[slice, slice], cell: int) -> NDArray[np.float32]:
    """Return a window of a tile at a cell side, from the finest overview that it needs."""
    if cell == 1 or cell in cog.OVERVIEWS:
        return cog.read_tile(path, window, cell)
    finest = cog.OVERVIEWS[-1]
    step = cell // finest
    side = TILE // cell
    blocks = cog.read_tile(path, None, finest).reshape(side, step, side, step)
    known = ~np.isnan(blocks)
    count = known.sum(axis=(1, 3))
    total = np.where(known, blocks, 0.0).sum(axis=(1, 3), dtype=np.float64)
    mean = np.full((side, side), np.nan, dtype=np.float32)
    np.divide(total, count, out=mean, where=count > 0, casting="same_kind")
    return mean[window]
