# SPDX-License-Identifier: EUPL-1.2
"""Depressions filled up to their lowest way out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import error
from jumeau.ground.terrain import raster, spill
from jumeau.ground.terrain.raster import Piece, Progress, Terrain

Grid = NDArray[Any]
SIDE = 512
"""Side of the blocks in memory [cells]: their basins and passes stay near the processor."""
SIDE_ON_DISK = 1024
"""Side of the blocks on disk [cells]: fewer openings of the raster."""


class Rim(NamedTuple):
    """What a block tells the others: its open basins, and the cells of its four sides.

    Parameters
    ----------
    opens : int
        Open basins of the block, the outside (0) among them.
    pair, level : arrays
        Passes between them: basins and elevation [m].
    homes, heights : tuple of 4 arrays
        Of the cells of the top, bottom, left and right side: the open basin that they spill
        into, and the level at which they do [m]; NaN where there is no terrain.
    """

    opens: int
    pair: Grid
    level: Grid
    homes: tuple[Grid, Grid, Grid, Grid]
    heights: tuple[Grid, Grid, Grid, Grid]


class _Blocks:
    """Division of a terrain into blocks, with the solved levels of each one's open basins."""

    def __init__(self, source: Terrain, side: int) -> None:
        self.source = source
        self.tops = range(0, source.ny, side)
        self.lefts = range(0, source.nx, side)
        self.side = side
        self.count = len(self.tops) * len(self.lefts)

    def windows(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield the top, bottom, left and right of each block, row by row."""
        for top in self.tops:
            for left in self.lefts:
                bottom = min(top + self.side, self.source.ny)
                yield top, bottom, left, min(left + self.side, self.source.nx)

    def pieces(self) -> Iterator[Piece]:
        """Yield the blocks, row by row."""
        return (raster.piece(self.source, *window) for window in self.windows())


def survey(block: Piece) -> tuple[Rim, Grid, Grid, Grid]:
    """Return the rim of a block, and the basin of its cells with their rise and home.

    Parameters
    ----------
    block : Piece
        Block of terrain.

    Returns
    -------
    rim : Rim
        What the other blocks must know.
    label, rise, home : arrays
        See :class:`~jumeau.ground.terrain.spill.Block`; rise in [m].
    """
    ringed = raster.ringed(block)
    found = spill.basins(ringed)
    z, of = ringed[1:-1, 1:-1], found.label[1:-1, 1:-1]
    homes, heights = [], []
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        homes.append(found.home[of[side]])
        heights.append(np.maximum(z[side], found.rise[of[side]]))
    rim = Rim(found.opens, found.pair, found.level, tuple(homes), tuple(heights))  # type: ignore[arg-type]
    return rim, found.label, found.rise, found.home


def survey_rim(block: Piece) -> Rim:
    """Return the rim of a block alone.

    Parameters
    ----------
    block : Piece
        Block of terrain.

    Returns
    -------
    Rim
        What the other blocks must know.
    """
    return survey(block)[0]


def _level(z: Grid, label: Grid, rise: Grid, home: Grid, solved: Grid, out: Grid) -> None:
    spill.raised(z, label, np.maximum(rise, solved[home]), out)


def settle(block: Piece, solved: Grid) -> Grid:
    """Return the filled elevations of a block, given the levels of its open basins.

    Parameters
    ----------
    block : Piece
        Block of terrain.
    solved : array, shape (opens,)
        Level of each of its open basins [m]; −inf outside.

    Returns
    -------
    array (rows, columns)
        Filled elevation [m], NaN where there is no terrain.
    """
    ringed = raster.ringed(block)
    found = spill.basins(ringed)
    out = np.empty((ringed.shape[0] - 2, ringed.shape[1] - 2), ringed.dtype)
    _level(ringed, found.label, found.rise, found.home, solved, out)
    return out


def _seam(one: tuple[Grid, Grid], two: tuple[Grid, Grid]) -> tuple[Grid, Grid]:
    """Return the passes across two lines of cells that face each other, diagonals included."""
    (near, low), (far, high) = one, two
    pair = np.concatenate(
        [(near, far), (near[1:], far[:-1]), (near[:-1], far[1:])], axis=1, dtype=np.int32
    )
    level = np.concatenate(
        [np.fmax(low, high), np.fmax(low[1:], high[:-1]), np.fmax(low[:-1], high[1:])]
    )
    return _lowest(pair, level)


def _lowest(pair: Grid, level: Grid) -> tuple[Grid, Grid]:
    """Keep the lowest pass of each two basins."""
    pair = np.sort(pair, axis=0)
    apart = np.flatnonzero(pair[0] != pair[1])
    order = apart[np.argsort(level[apart], kind="stable")]
    key = pair[0, order].astype(np.int64) << 32 | pair[1, order]
    order = order[np.unique(key, return_index=True)[1]]
    return pair[:, order], level[order]


def solve(blocks: _Blocks, rims: list[Rim]) -> list[Grid]:
    """Return the levels of the open basins of each block.

    Parameters
    ----------
    blocks : _Blocks
        Division of the terrain.
    rims : list of Rim
        What each block says of itself, row by row.

    Returns
    -------
    list of array
        Of each block, the levels of its open basins [m]; −inf outside.
    """
    start = np.cumsum([1, *(rim.opens - 1 for rim in rims)])
    across = len(blocks.lefts)

    def node(k: int, homes: Grid) -> Grid:
        # The outside is one and the same for all blocks.
        return np.where(homes == spill.OUTSIDE, 0, homes + (start[k] - 1)).astype(np.int32)

    def line(numbers: Any, side: int) -> tuple[Grid, Grid]:
        parts = [(node(k, rims[k].homes[side]), rims[k].heights[side]) for k in numbers]
        return np.concatenate([part[0] for part in parts]), np.concatenate(
            [part[1] for part in parts]
        )

    rows = [range(k, k + across) for k in range(0, len(rims), across)]
    columns = [range(k, len(rims), across) for k in range(across)]
    passes = [(node(k, rim.pair), rim.level) for k, rim in enumerate(rims)]
    for lines, before, after in ((rows, 0, 1), (columns, 2, 3)):
        for numbers in (lines[0], lines[-1]):
            side = before if numbers is lines[0] else after
            nodes, heights = line(numbers, side)
            passes.append(_lowest(np.stack([np.zeros_like(nodes), nodes]), heights))
        if len(lines) == 1:
            nodes, heights = line(lines[0], after)
            passes.append(_lowest(np.stack([np.zeros_like(nodes), nodes]), heights))
        for one, two in pairwise(lines):
            passes.append(_seam(line(one, after), line(two, before)))
    pair = np.concatenate([item[0] for item in passes], axis=1)
    level = np.concatenate([item[1] for item in passes])
    opened = np.zeros(start[-1], np.bool_)
    opened[spill.OUTSIDE] = True
    rise = spill.joined(pair, level, opened)[0]
    low = rise[:1]
    return [np.concatenate([low, rise[start[k] : start[k + 1]]]) for k in range(len(rims))]


def fill(
    dtm: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """Fill depressions up to their lowest way out, by basins and passes.

    The filled elevation of a cell is the lowest, over the ways from it to an outlet by 8
    neighbours, of the highest elevation met on the way. Outlets are the edges of the raster and
    the cells that touch NaN. The answer is exact, and the same for any side and any number of
    workers: it is made of elevations of the terrain, never of sums.

    Parameters
    ----------
    dtm : array (ny, nx) or path
        Elevation [m], NaN where there is none. Or a raster that GDAL reads (GeoTIFF, VRT), whose
        first band is taken and read by blocks.
    out : path, optional
        GeoTIFF to write when `dtm` is a path; in the type of the raster read, with its NODATA.
    executor : concurrent.futures.Executor, optional
        Threads or processes that work on the blocks; the caller's thread by default.
    side : int, optional
        Side of the blocks [cells]; by default 512 in memory and 1024 on disk.
    progress : callable, optional
        Told the share done, from 0 to 1.

    Returns
    -------
    array (ny, nx) of float32 or float64, or Path
        Filled elevation [m], NaN kept; `out` when `dtm` is a path.

    Raises
    ------
    InvalidError
        JUM-G030 to JUM-G032 when it is not a terrain; JUM-G013 when `out` lacks or should not be
        given; JUM-G015 when `side` is not a size.
    MissingFileError
        JUM-G012 when the raster cannot be read.
    StorageError
        JUM-G014 when the result cannot be written.

    References
    ----------
    Barnes, R. (2016), Parallel priority-flood depression filling for trillion cell digital
    elevation models on desktops or clusters, doi:10.1016/j.cageo.2016.07.001. Cordonnier, G.,
    Bovy, B., Braun, J. (2019), A versatile, linear complexity algorithm for flow routing in
    topographies with depressions, doi:10.5194/esurf-7-549-2019.

    Examples
    --------
    >>> import numpy as np
    >>> fill(np.array([[3, 3, 3, 3], [3, 0, 1, 2], [3, 3, 3, 3]], np.float32))[1]
    array([3., 2., 2., 2.], dtype=float32)
    """
    place(dtm, out)
    source = raster.terrain(dtm)
    if out is None:
        return filled(source, executor, side, progress)
    nodata = source.profile["nodata"]
    with raster.written(out, source, source.dtype, nodata) as target:
        for (top, _, left, _), values in settled(source, executor, side, progress):
            values[np.isnan(values)] = np.nan if nodata is None else nodata
            raster.put(target, values.astype(source.dtype, copy=False), top, left)
    return Path(out)


def place(dtm: Any, out: Any) -> None:
    """Check that a result has a place on disk when, and only when, the terrain has one.

    Parameters
    ----------
    dtm : array or path
        Terrain.
    out : path or None
        Place of the result.

    Raises
    ------
    InvalidError
        JUM-G013 when one is on disk and the other is not.
    """
    if raster.is_path(dtm) != (out is not None):
        given = str(dtm) if raster.is_path(dtm) else "an array"
        raise error("JUM-G013", given=given, out=None if out is None else str(out))


def filled(
    source: Terrain,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
) -> Grid:
    """Return the filled elevations of a terrain in memory.

    Parameters
    ----------
    source : Terrain
        Terrain, in memory.
    executor, side, progress
        As for :func:`fill`.

    Returns
    -------
    array (ny, nx)
        Filled elevation [m], in the type of work of the terrain.
    """
    blocks = _checked(source, side)
    out = np.empty((source.ny, source.nx), source.work)
    jobs = ((block,) for block in blocks.pieces())
    found = list(
        raster.watched(raster.spread(survey, jobs, executor), blocks.count, progress, 0, 0.8)
    )
    levels = solve(blocks, [item[0] for item in found])
    work = zip(blocks.windows(), blocks.pieces(), found, levels, strict=True)
    for (top, bottom, left, right), block, (_, label, rise, home), solved in work:
        part = out[top:bottom, left:right]
        _level(raster.ringed(block), label, rise, home, solved, part)
    if progress is not None:
        progress(1.0)
    return out


def settled(
    source: Terrain,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[tuple[int, int, int, int], Grid]]:
    """Yield the filled elevations of each block; the terrain is read twice.

    Parameters
    ----------
    source : Terrain
        Terrain, in memory or on disk.
    executor, side, progress
        As for :func:`fill`.

    Yields
    ------
    window : tuple of 4 int
        Top, bottom, left and right of the block.
    values : array
        Filled elevation [m].
    """
    blocks = _checked(source, side)
    jobs = ((block,) for block in blocks.pieces())
    surveys = raster.spread(survey_rim, jobs, executor)
    levels = solve(blocks, list(raster.watched(surveys, blocks.count, progress, 0, 0.5)))
    again = raster.spread(settle, zip(blocks.pieces(), levels, strict=True), executor)
    values = raster.watched(again, blocks.count, progress, 0.5, 1)
    yield from zip(blocks.windows(), values, strict=True)


def _checked(source: Terrain, side: int | None) -> _Blocks:
    if side is None:
        side = SIDE_ON_DISK if source.array is None else SIDE
    if side < 1:
        raise error("JUM-G015", side=side)
    return _Blocks(source, int(side))
