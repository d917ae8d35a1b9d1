# SPDX-License-Identifier: EUPL-1.2
"""Sea-connected level: what lies below a level of the sea and is joined to it.

A static picture for screening: no tide that comes and goes, no wave, no friction. Cells are joined
by their eight neighbours, as water goes everywhere in :mod:`jumeau.ground.terrain`: a dyke of one
metre drawn along a diagonal holds only if it is drawn without holes, and what the picture may err
on is water too many. With the sea along all edges, a cell is flooded exactly where
``fill(dtm) < level``.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.terrain import connected, raster
from jumeau.ground.terrain.depressions import place
from jumeau.ground.terrain.strips import strips
from jumeau.ground.terrain.surface import altitudes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_NONE = (False, False, False, False)


def sea_flood(
    dtm: ArrayLike | str | PathLike[str],
    level_m: float,
    sea: ArrayLike | None = None,
    *,
    out: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    rows: int | None = None,
    progress: raster.Progress | None = None,
) -> Any:
    """Return the depth of the sea-connected flood at a level (static, "bathtub").

    Parameters
    ----------
    dtm : (ny, nx) array
        Altitude of the ground [m], row 0 north, NaN outside.
    level_m : float
        Level of the sea [m], on the datum of the terrain.
    sea : (ny, nx) bool array, optional
        Where the sea is [-], whatever the altitude there. By default it lies beyond the edges of
        the domain and in the cells without altitude; with a mask it is nowhere else.
    out : path, optional
        GeoTIFF to write when `dtm` is a path: the raster is then read by strips of rows.
    executor : concurrent.futures.Executor, optional
        Threads or processes that work on the strips; the caller's thread by default.
    rows : int, optional
        Rows of a strip; the answer is the same for any.
    progress : callable, optional
        Told the share done, from 0 to 1.

    Returns
    -------
    (ny, nx) float array, or Path
        Depth [m]: level − altitude where the ground is below the level and joined to the sea by
        cells below the level, 0 elsewhere, NaN where there is no altitude; float64 for a float64
        terrain, else float32. `out` when `dtm` is a path.

    Raises
    ------
    InvalidError
        JUM-G013 (`out`), JUM-G015 (`rows`), JUM-G030 to JUM-G032 (terrain), JUM-G035 (level),
        JUM-G036 (mask).
    MissingFileError
        JUM-G012 when the raster cannot be read.
    StorageError
        JUM-G014 when the result cannot be written.
    """
    place(dtm, out)
    level = sea_level(level_m)
    if out is None:
        z = altitudes(dtm)  # type: ignore[arg-type]
        mask = _mask(sea, z.shape)
        return _flooded(z, level, connected.runs(z, level, mask, _sides(mask, True, True)))
    source = raster.terrain(dtm)
    mask = _mask(sea, (source.ny, source.nx))
    jobs = list(_jobs(source, level, mask, rows))
    surveys = raster.spread(_survey, ((job,) for job in jobs), executor)
    wet = _joined(list(raster.watched(surveys, len(jobs), progress, 0, 0.4)))
    depths = raster.spread(_settle, zip(jobs, wet, strict=True), executor)
    with raster.written(out, source, source.work, np.nan) as target:
        watched = raster.watched(depths, len(jobs), progress, 0.4, 1)
        for depth, job in zip(watched, jobs, strict=True):
            raster.put(target, depth, job.block.window[0], 0)
    return Path(out)


def _mask(sea: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    if sea is None:
        return None
    mask = np.asarray(sea)
    if mask.shape != shape or mask.dtype.kind not in "biu":
        given = f"{mask.dtype} {mask.shape}"
        raise error("JUM-G036", given=given, shape=" × ".join(str(n) for n in shape))
    return np.ascontiguousarray(mask, np.bool_)


def _sides(mask: Any, north: bool, south: bool) -> tuple[bool, bool, bool, bool]:
    return (north, south, True, True) if mask is None else _NONE


def _flooded(z: NDArray[Any], level: float, runs: connected.Runs) -> NDArray[Any]:
    depth = np.empty_like(z)
    connected.flood(z, level, *runs, depth)
    return depth


class _Job(NamedTuple):
    """A strip to flood."""

    block: raster.Piece
    level: float
    sea: NDArray[np.bool_] | None
    sides: tuple[bool, bool, bool, bool]


def _jobs(
    source: raster.Terrain, level: float, mask: NDArray[np.bool_] | None, rows: int | None
) -> Iterator[_Job]:
    for top, bottom in strips(source.ny, source.nx, rows):
        block = raster.piece(source, top, bottom, 0, source.nx)
        part = None if mask is None else mask[top:bottom]
        yield _Job(block, level, part, _sides(mask, top == 0, bottom == source.ny))


class _Rims(NamedTuple):
    """First and last rows of a strip: runs and their groups, and which groups touch the sea."""

    first: connected.Rim
    last: connected.Rim
    wet: NDArray[np.bool_]


def _read(job: _Job) -> tuple[NDArray[Any], connected.Runs]:
    z = np.ascontiguousarray(raster.ringed(job.block)[1:-1, 1:-1])
    return z, connected.runs(z, job.level, job.sea, job.sides)


def _survey(job: _Job) -> _Rims:
    _, runs = _read(job)
    groups, first, last = connected.rims(runs)
    return _Rims(first, last, runs.wet[groups])


def _joined(strip: list[_Rims]) -> list[NDArray[np.bool_]]:
    """Return which groups of each strip the sea reaches through the others."""
    offset = np.cumsum([0, *(item.wet.size for item in strip)])
    root = np.arange(offset[-1], dtype=np.int32)
    for k in range(1, len(strip)):
        connected.touch(strip[k - 1].last, strip[k].first, offset[k - 1], offset[k], root)
    wet = np.concatenate([item.wet for item in strip])
    connected.share(root, wet)
    return [wet[low:high] for low, high in pairwise(offset)]


def _settle(job: _Job, wet: NDArray[np.bool_]) -> NDArray[Any]:
    z, runs = _read(job)
    groups, _, _ = connected.rims(runs)
    runs.wet[groups] = wet
    return _flooded(z, job.level, runs)


def sea_level(level_m: float) -> float:
    """Return a level of the sea [m], checked.

    Parameters
    ----------
    level_m : float
        Level given [m].

    Raises
    ------
    InvalidError
        JUM-G035 when it is not a finite number.
    """
    try:
        level = float(level_m)
    except (TypeError, ValueError):
        level = np.nan
    if not np.isfinite(level):
        raise error("JUM-G035", given=str(level_m))
    return level
