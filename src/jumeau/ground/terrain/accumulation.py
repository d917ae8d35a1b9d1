# SPDX-License-Identifier: EUPL-1.2
"""How many cells drain through each cell."""

from __future__ import annotations

import math
import os
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.ground.terrain import depressions, directions, paths, raster
from jumeau.ground.terrain.raster import Progress

Grid = NDArray[Any]


def flow_accumulation(
    dtm: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    executor: Executor | None = None,
    side: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """Count the cells that drain through each cell (D8), itself included.

    Depressions are filled and directions taken as by
    :func:`~jumeau.ground.terrain.flow_directions`; the counts of all outlets add up to the number
    of cells. The answer is the same for any side and any number of workers.

    Parameters
    ----------
    dtm, out, executor, side, progress
        As for :func:`~jumeau.ground.terrain.fill`; elevations are rounded to float32.

    Returns
    -------
    array (ny, nx) of int32 (int64 from 2³¹ cells on), or Path
        Cells; 0 on NaN, which is the NODATA of the raster written. `out` when `dtm` is a path.

    Raises
    ------
    InvalidError, MissingFileError, StorageError
        As :func:`~jumeau.ground.terrain.fill`.

    References
    ----------
    Barnes, R. (2017), Parallel non-divergent flow accumulation for trillion cell digital
    elevation models on desktops or clusters, doi:10.1016/j.envsoft.2017.02.022.

    Examples
    --------
    >>> import numpy as np
    >>> flow_accumulation(np.array([[3, 3, 3, 3], [3, 0, 1, 2], [3, 3, 3, 3]], np.float32))[1]
    array([ 3,  6,  9, 12], dtype=int32)
    """
    depressions.place(dtm, out)
    source = raster.terrain(dtm, np.float32)
    kind = np.dtype(np.int32 if source.ny * source.nx < 2**31 else np.int64)
    if out is None:
        filled = depressions.filled(source, executor, side, progress)
        return accumulation_of(directions.directions_of(filled), kind)
    ny, nx = source.ny, source.nx
    told = progress or (lambda _: None)
    with raster.scratch(out) as folder:
        directions.drained(source, folder, executor, side, lambda share: told(0.7 * share))
        bands = _bands(ny, side)
        alone = [(folder, ny, nx, kind, *band) for band in bands]
        rims = raster.watched(raster.spread(_rim, alone, executor), len(bands), told, 0.7, 0.8)
        count, link, shift = (np.stack(item) for item in zip(*rims, strict=True))
        enters = paths.join_rims(count, link, shift)
        whole = ((*job, enters[b]) for b, job in enumerate(alone))
        counted = raster.spread(_whole, whole, executor)
        with raster.written(out, source, kind, 0) as target:
            done = raster.watched(counted, len(bands), told, 0.8, 1.0)
            for (top, _), total in zip(bands, done, strict=True):
                raster.put(target, total, top, 0)
    return Path(out)


def accumulation_of(code: NDArray[np.uint8], kind: Any = np.int32) -> Grid:
    """Count the cells that drain through each cell, given the directions.

    Parameters
    ----------
    code : array (ny, nx) of uint8
        D8 codes [-], see :func:`~jumeau.ground.terrain.flow_directions`.
    kind : dtype
        Integers in which to count.

    Returns
    -------
    array (ny, nx) of `kind`
        Cells, itself included; 0 on NaN.
    """
    total = (code != paths.NODATA).astype(kind)
    paths.count_cells(code, total)
    return total


def _bands(ny: int, side: int | None) -> list[tuple[int, int]]:
    """Return the first and last rows of the bands: few rims in all, and little in each band."""
    rows = side or max(raster.TILE, math.isqrt(5 * ny) // raster.TILE * raster.TILE)
    return [(top, min(top + rows, ny)) for top in range(0, ny, rows)]


def _rim(
    folder: Path, ny: int, nx: int, kind: Any, top: int, bottom: int
) -> tuple[Grid, Grid, Grid]:
    """Return the rim of a band counted alone."""
    code = directions.codes(folder, ny, nx, top, bottom)
    return paths.rim_of(code, accumulation_of(code, kind))


def _whole(folder: Path, ny: int, nx: int, kind: Any, top: int, bottom: int, enters: Grid) -> Grid:
    """Return the totals of a band, given what enters it."""
    code = directions.codes(folder, ny, nx, top, bottom)
    total = (code != paths.NODATA).astype(kind)
    total[0] += enters[:nx].astype(kind)
    total[-1] += enters[nx:].astype(kind)
    paths.count_cells(code, total)
    return total
