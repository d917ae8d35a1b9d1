# SPDX-License-Identifier: EUPL-1.2
"""Catchments: which cells drain to each of some outlets, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.terrain import downstream, raster
from jumeau.ground.terrain.depressions import place
from jumeau.ground.terrain.directions import codes, drained, flow_directions
from jumeau.ground.terrain.strips import strips
from jumeau.ground.terrain.surface import altitudes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Catchments(NamedTuple):
    """Catchments of outlets 1, 2, … in the order given."""

    labels: Any
    """First outlet downstream of each cell, the outlet's own cell included, 0 where none is:
    (ny, nx) int32 array, or the path of the raster."""
    own_m2: NDArray[np.float64]
    """Area of each label [m²]: what meets this outlet before any other."""
    areas_m2: NDArray[np.float64]
    """Whole area that drains to each outlet, through others too [m²]."""
    downstream: NDArray[np.int32]
    """Next outlet below each one; 0 where there is none."""


def catchments(
    terrain: ArrayLike | str | PathLike[str],
    outlets: Sequence[tuple[int, int]],
    cell_size: float = 1.0,
    *,
    out: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    rows: int | None = None,
) -> Catchments:
    """Return the catchments of outlets, along the flow directions.

    Parameters
    ----------
    terrain : (ny, nx) array or path
        Altitude of the ground [m], row 0 north, NaN outside; or uint8 directions of
        :func:`jumeau.ground.terrain.flow_directions`.
    outlets : sequence of (row, column)
        Cells where water is looked at, each once; one may lie upstream of another.
    cell_size : float, default 1.0
        Side of a cell [m].
    out : path, optional
        GeoTIFF of the labels to write when `terrain` is a path: the raster is then read by blocks.
    executor : concurrent.futures.Executor, optional
        Threads or processes that work on the blocks; the caller's thread by default.
    rows : int, optional
        Rows worked on at once; the answer is the same for any.

    Returns
    -------
    Catchments
        Labels and areas; the labels are `out` when `terrain` is a path.

    Raises
    ------
    InvalidError
        JUM-G013 (`out`), JUM-G015 (`rows`), JUM-G030 to JUM-G032 (terrain), JUM-G038 and
        JUM-G039 (outlets), JUM-G040 and JUM-G041 (directions).
    MissingFileError
        JUM-G012 when the raster cannot be read.
    StorageError
        JUM-G014 when the result cannot be written.
    """
    place(terrain, out)
    labels: Any
    if out is not None:
        source = raster.terrain(terrain)
        where = places(outlets, source.ny, source.nx)
        labels = Path(out)
        cells, after = _by_strips(source, where, labels, executor, rows)
        nx = source.nx
    else:
        code = _directions(terrain)  # type: ignore[arg-type]
        where = places(outlets, *code.shape)
        nx = code.shape[1]
        labels, known = seeds(code, where, 0)
        beyond = np.zeros(nx, np.int32)
        turning = downstream.follow(code, known, labels, beyond, beyond, np.int32(0))
        if turning >= 0:
            raise error("JUM-G041", row=turning // nx, column=turning % nx)
        cells = np.bincount(labels.reshape(-1), minlength=where.size + 1)[1:]
        after = np.zeros(where.size, np.int32)
        below(code, where, labels, 0, after)
    whole, circle = whole_cells(cells, after)
    if circle >= 0:
        row, column = divmod(int(where[circle]), nx)
        raise error("JUM-G041", row=row, column=column)
    area = float(cell_size) ** 2
    own_m2, areas_m2 = (np.multiply(count, area, dtype=np.float64) for count in (cells, whole))
    return Catchments(labels, own_m2, areas_m2, after)


def _by_strips(
    source: raster.Terrain,
    where: NDArray[np.int64],
    out: Path,
    executor: Executor | None,
    rows: int | None,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Write the labels; return the cells of each and the next outlet downstream."""
    ny, nx = source.ny, source.nx
    with raster.scratch(out) as folder:
        if source.dtype == np.uint8:
            held: raster.Terrain | Path = source
        else:
            drained(source._replace(work=np.dtype(np.float32)), folder, executor)
            held = folder
        jobs = [(held, ny, nx, *part, where) for part in strips(ny, nx, rows)]
        way, met = (
            np.stack(item) for item in zip(*raster.spread(_meet, jobs, executor), strict=True)
        )
        turning = downstream.resolve(way, met, np.int32(0))
        if turning >= 0:
            strip, at = divmod(turning, 2 * nx)
            row = jobs[strip][3] if at < nx else jobs[strip][4] - 1
            raise error("JUM-G041", row=row, column=at % nx)
        last = ((*job, *downstream.beyond(met, i, 0)) for i, job in enumerate(jobs))
        cells, after = np.zeros(where.size, np.int64), np.zeros(where.size, np.int32)
        with raster.written(out, source, np.int32, 0) as target:
            done = raster.spread(_labelled, last, executor)
            for (labels, own, then), job in zip(done, jobs, strict=True):
                raster.put(target, labels, job[3], 0)
                cells += own
                after = np.maximum(after, then)
    return cells, after


def _strip(
    held: raster.Terrain | Path, ny: int, nx: int, top: int, bottom: int
) -> NDArray[np.uint8]:
    """Return the directions of a strip."""
    if isinstance(held, Path):
        return codes(held, ny, nx, top, bottom)
    values = raster.ringed(raster.piece(held, top, bottom, 0, nx))[1:-1, 1:-1]
    code = np.where(np.isnan(values), downstream.NODATA, values).astype(np.uint8)
    _check(code)
    return code


def _meet(
    held: raster.Terrain | Path, ny: int, nx: int, top: int, bottom: int, where: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return where paths that enter a strip leave it, or which outlet they meet there."""
    code = _strip(held, ny, nx, top, bottom)
    labels, known = seeds(code, where, top * nx)
    way, met, turning = downstream.rim(code, known, labels, 0)
    if turning >= 0:
        raise error("JUM-G041", row=top + turning // nx, column=turning % nx)
    return way, met


def _labelled(
    held: raster.Terrain | Path,
    ny: int,
    nx: int,
    top: int,
    bottom: int,
    where: NDArray[np.int64],
    above: NDArray[np.int32],
    under: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Return the labels of a strip, the cells of each, and what its outlets drain to."""
    code = _strip(held, ny, nx, top, bottom)
    labels, known = seeds(code, where, top * nx)
    downstream.follow(code, known, labels, above, under, np.int32(0))
    after = np.zeros(where.size, np.int32)
    below(code, where, labels, top * nx, after, above, under)
    return labels, np.bincount(labels.reshape(-1), minlength=where.size + 1)[1:], after


def seeds(
    code: NDArray[np.uint8], where: NDArray[np.int64], first: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the labels of the outlets of a strip, and where a path ends.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Directions of the strip [-].
    where : (n,) int64 array
        Cells of the outlets in the whole raster [-].
    first : int
        Index of the first cell of the strip.

    Raises
    ------
    InvalidError
        JUM-G038 when an outlet has no altitude.
    """
    labels = np.zeros(code.shape, np.int32)
    known = (code == downstream.OUTLET) | (code == downstream.NODATA)
    here = np.flatnonzero((where >= first) & (where < first + code.size))
    at = where[here] - first
    lost = np.flatnonzero(code.reshape(-1)[at] == downstream.NODATA)
    if lost.size:
        row, column = divmod(int(where[here[lost[0]]]), code.shape[1])
        raise error("JUM-G038", outlet=f"({row}, {column})")
    labels.reshape(-1)[at] = here + 1
    known.reshape(-1)[at] = True
    return labels, known


def _directions(terrain: ArrayLike) -> NDArray[np.uint8]:
    given = np.asarray(terrain)
    if given.dtype != np.uint8:
        return flow_directions(altitudes(terrain))
    if given.ndim != 2 or not given.size:
        raise error("JUM-G031", given=" × ".join(str(n) for n in given.shape) or "0")
    _check(given)
    return np.ascontiguousarray(given)


def _check(code: NDArray[np.uint8]) -> None:
    wrong = downstream.wrong(code)
    if wrong.size:
        raise error("JUM-G040", count=wrong.size, given=int(wrong[0]))


def places(outlets: Sequence[tuple[int, int]], ny: int, nx: int) -> NDArray[np.int64]:
    """Return the index of the cell of each outlet, checked.

    Parameters
    ----------
    outlets : sequence of (row, column)
        Outlets.
    ny, nx : int
        Rows and columns of the raster.

    Raises
    ------
    InvalidError
        JUM-G038 when one is outside; JUM-G039 when they are not distinct pairs of whole numbers.
    """
    pairs: NDArray[Any]
    try:
        pairs = np.asarray(outlets)
    except ValueError:
        pairs = np.empty(0)
    whole = pairs.ndim == 2 and pairs.shape[1] == 2 and pairs.dtype.kind in "iu"
    if not whole or len(np.unique(pairs, axis=0)) < len(pairs):
        raise error("JUM-G039", given=str(outlets)[:80])
    listed: list[Any] = pairs.tolist()
    for row, column in listed:
        if not (0 <= row < ny and 0 <= column < nx):
            raise error("JUM-G038", outlet=f"({row}, {column})")
    cells: NDArray[np.int64] = pairs[:, 0].astype(np.int64) * nx + pairs[:, 1].astype(np.int64)
    return cells


def below(
    code: NDArray[np.uint8],
    where: NDArray[np.int64],
    labels: NDArray[np.int32],
    first: int,
    after: NDArray[np.int32],
    above: NDArray[np.int32] | None = None,
    under: NDArray[np.int32] | None = None,
) -> None:
    """Write the next outlet downstream of each outlet of a strip.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Directions of the strip [-].
    where : (n,) int64 array
        Cells of the outlets in the whole raster [-].
    labels : (ny, nx) int32 array
        Labels of the strip [-].
    first : int
        Index of the first cell of the strip.
    after : (n,) int32 array
        Result [-]; 0 where there is none.
    above, under : (nx,) int32 array, optional
        Labels met beyond the first and the last row [-]; none by default.
    """
    south, east = downstream.moves()
    ny, nx = code.shape
    for i in np.flatnonzero((where >= first) & (where < first + code.size)):
        row, column = divmod(int(where[i]) - first, nx)
        k = code[row, column]
        y, x = row + int(south[k]), column + int(east[k])
        if (y, x) == (row, column) or not 0 <= x < nx:
            continue
        if 0 <= y < ny:
            after[i] = labels[y, x]
        elif above is not None and under is not None:
            after[i] = above[x] if y < 0 else under[x]


def whole_cells(
    cells: NDArray[np.int64], after: NDArray[np.int32]
) -> tuple[NDArray[np.int64], int]:
    """Return the cells that drain to each outlet, through others too.

    Parameters
    ----------
    cells : (n,) int array
        Cells of each label [-].
    after : (n,) int32 array
        Next outlet downstream [-]; 0 where there is none.

    Returns
    -------
    tuple
        Cells, and −1 or an outlet that drains into itself through others.
    """
    whole = cells.astype(np.int64)
    waits = np.bincount(after, minlength=len(cells) + 1)[1:]
    ready = [int(i) for i in np.flatnonzero(waits == 0)]
    for i in ready:
        below_it = int(after[i]) - 1
        if below_it >= 0:
            whole[below_it] += whole[i]
            waits[below_it] -= 1
            if waits[below_it] == 0:
                ready.append(below_it)
    return whole, int(np.argmax(waits)) if len(ready) < len(cells) else -1
