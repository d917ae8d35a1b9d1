# SPDX-License-Identifier: EUPL-1.2
"""Height above the nearest drainage (HAND): how far the ground stands above its stream.

Rennó et al. 2008, *HAND, a new terrain descriptor using SRTM-DEM*, Remote Sensing of Environment
112; Nobre et al. 2011, *Height Above the Nearest Drainage*, Journal of Hydrology 404. As there,
heights are read on the filled terrain: water that stands in a depression drains from its pass, and
no height is negative. Streams are the cells through which at least `min_cells` cells drain. A cell
whose path leaves the domain before it meets one has no height (NaN): its stream lies outside,
unseen, and the altitude where the path is cut would say nothing of it.
"""

from __future__ import annotations

from concurrent.futures import Executor
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.base.errors import error
from jumeau.ground.terrain import depressions, downstream, paths, raster
from jumeau.ground.terrain.accumulation import accumulation_of
from jumeau.ground.terrain.directions import codes, directions_of, drained
from jumeau.ground.terrain.strips import strips
from jumeau.ground.terrain.surface import altitudes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def hand(
    dtm: ArrayLike | str | PathLike[str],
    min_cells: int,
    *,
    out: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    rows: int | None = None,
    progress: raster.Progress | None = None,
) -> Any:
    """Return the height above the nearest drainage, along the flow directions (HAND).

    Parameters
    ----------
    dtm : (ny, nx) array
        Altitude of the ground [m], row 0 north, NaN outside.
    min_cells : int
        Cells that drain through a cell, itself included, from which it is a stream.
    out : path, optional
        GeoTIFF to write when `dtm` is a path: the raster is then read by blocks.
    executor : concurrent.futures.Executor, optional
        Threads or processes that work on the blocks; the caller's thread by default.
    rows : int, optional
        Rows worked on at once; the answer is the same for any.
    progress : callable, optional
        Told the share done, from 0 to 1.

    Returns
    -------
    (ny, nx) float array, or Path
        Height [m]: altitude of the filled terrain minus that of the first stream cell downstream;
        0 on streams, NaN where no stream lies downstream and outside; float64 for a float64
        terrain, else float32. `out` when `dtm` is a path.

    Raises
    ------
    InvalidError
        JUM-G013 (`out`), JUM-G015 (`rows`), JUM-G030 to JUM-G032 (terrain), JUM-G037
        (`min_cells`).
    MissingFileError
        JUM-G012 when the raster cannot be read.
    StorageError
        JUM-G014 when the result cannot be written.
    """
    depressions.place(dtm, out)
    least = stream_size(min_cells)
    if out is not None:
        _by_strips(raster.terrain(dtm), least, Path(out), executor, rows, progress)
        return Path(out)
    z = altitudes(dtm)  # type: ignore[arg-type]
    filled = np.ascontiguousarray(depressions.fill(z))
    code = directions_of(filled.astype(np.float32, copy=False))
    low, known = streams(filled, code, accumulation_of(code, np.int64), least)
    beyond = np.full(filled.shape[1], np.nan, filled.dtype)
    downstream.follow(code, known, low, beyond, beyond, filled.dtype.type(np.nan))
    heights(filled, low)
    return low


def _by_strips(
    source: raster.Terrain,
    least: int,
    out: Path,
    executor: Executor | None,
    rows: int | None,
    progress: raster.Progress | None,
) -> None:
    ny, nx = source.ny, source.nx
    parts = list(strips(ny, nx, rows))
    told = progress or (lambda _: None)
    with raster.scratch(out) as folder:
        drained(source._replace(work=np.dtype(np.float32)), folder, executor)
        told(0.4)
        _keep_filled(source, folder, executor)
        told(0.7)
        jobs = [(folder, source.work, ny, nx, *part) for part in parts]
        counted = zip(*raster.spread(_count, jobs, executor), strict=True)
        enters = paths.join_rims(*(np.stack(item) for item in counted))
        whole = [(*job, least, enters[i]) for i, job in enumerate(jobs)]
        found = raster.watched(raster.spread(_meet, whole, executor), len(jobs), told, 0.75, 0.85)
        way, met = (np.stack(item) for item in zip(*found, strict=True))
        downstream.resolve(way, met, met.dtype.type(np.nan))
        last = ((*job, *downstream.beyond(met, i, np.nan)) for i, job in enumerate(whole))
        done = raster.watched(raster.spread(_above, last, executor), len(jobs), told, 0.85, 1.0)
        with raster.written(out, source, source.work, np.nan) as target:
            for height, (top, _) in zip(done, parts, strict=True):
                raster.put(target, height, top, 0)


def _keep_filled(source: raster.Terrain, folder: Path, executor: Executor | None) -> None:
    """Leave the filled terrain in a plane of the folder."""
    shape = (source.ny, source.nx)
    raster.plane(folder / "heights", source.work, shape, "w+")
    for (top, bottom, left, right), values in depressions.settled(source, executor):
        plane = raster.plane(folder / "heights", source.work, shape)
        plane[top:bottom, left:right] = values
        del plane  # what is mapped counts as memory


def _count(
    folder: Path, work: Any, ny: int, nx: int, top: int, bottom: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the rim of a strip whose cells are counted alone."""
    code = codes(folder, ny, nx, top, bottom)
    counted: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    counted = paths.rim_of(code, accumulation_of(code, np.int64))
    return counted


def _streams_of(
    folder: Path,
    work: Any,
    ny: int,
    nx: int,
    top: int,
    bottom: int,
    least: int,
    enters: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[np.uint8], NDArray[Any], NDArray[np.bool_]]:
    """Return the filled terrain, the directions and the streams of a strip."""
    code = codes(folder, ny, nx, top, bottom)
    total = (code != downstream.NODATA).astype(np.int64)
    total[0] += enters[:nx]
    total[-1] += enters[nx:]
    paths.count_cells(code, total)
    filled = np.array(raster.plane(folder / "heights", work, (ny, nx), "r")[top:bottom])
    low, known = streams(filled, code, total, least)
    return filled, code, low, known


def _meet(*strip: Any) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return where paths that enter a strip leave it, or which stream they meet there."""
    _, code, low, known = _streams_of(*strip)
    way, met, _ = downstream.rim(code, known, low, np.nan)
    return way, met


def _above(*strip: Any) -> NDArray[Any]:
    """Return the heights of a strip, given what lies beyond it."""
    *described, above, below = strip
    filled, code, low, known = _streams_of(*described)
    downstream.follow(code, known, low, above, below, low.dtype.type(np.nan))
    heights(filled, low)
    return low


def stream_size(min_cells: int) -> int:
    """Return the size from which a cell is a stream [cells], checked.

    Parameters
    ----------
    min_cells : int
        Size given [cells].

    Raises
    ------
    InvalidError
        JUM-G037 when it is not a whole number of at least 1.
    """
    whole = isinstance(min_cells, Integral) or (
        isinstance(min_cells, float | np.floating) and float(min_cells).is_integer()
    )
    if not whole or isinstance(min_cells, bool) or min_cells < 1:
        raise error("JUM-G037", given=str(min_cells))
    return int(min_cells)


@njit(cache=True, nogil=True, error_model="numpy")
def streams(
    filled: NDArray[Any], code: NDArray[np.uint8], total: NDArray[Any], least: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the altitude of streams (NaN elsewhere), and where a path ends: there or outside.

    Parameters
    ----------
    filled : (ny, nx) float array
        Altitude of the filled terrain [m].
    code : (ny, nx) uint8 array
        Directions [-].
    total : (ny, nx) int array
        Cells that drain through each [-].
    least : int
        Cells from which it is a stream.
    """
    low = np.empty_like(filled)
    known = np.empty(filled.shape, np.bool_)
    for r in range(filled.shape[0]):
        for c in range(filled.shape[1]):
            stream = total[r, c] >= least and code[r, c] != downstream.NODATA
            low[r, c] = filled[r, c] if stream else np.nan
            known[r, c] = stream or code[r, c] in (downstream.OUTLET, downstream.NODATA)
    return low, known


@njit(cache=True, nogil=True, error_model="numpy")
def heights(filled: NDArray[Any], low: NDArray[Any]) -> None:
    """Replace the altitude of streams by the height above them, never negative [m].

    Directions are told apart in float32: in float64 a path may rise by less than that sees.

    Parameters
    ----------
    filled : (ny, nx) float array
        Altitude of the filled terrain [m].
    low : (ny, nx) float array
        Altitude of the stream of each cell [m]; rewritten.
    """
    for r in range(filled.shape[0]):
        for c in range(filled.shape[1]):
            above = filled[r, c] - low[r, c]
            low[r, c] = 0.0 if above < 0.0 else above
