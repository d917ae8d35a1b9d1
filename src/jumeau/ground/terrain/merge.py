# SPDX-License-Identifier: EUPL-1.2
"""Fill–spill–merge: the water that stands on the ground after a depth of rain has run off.

Rain goes down the steepest slope to the pit of its basin, fills it, spills over the lowest pass
into the neighbour, and merges with it when both are full (Barnes, Callaghan & Wickert 2020, 2021;
see :mod:`jumeau.ground.terrain.hierarchy`). No time, no friction, no infiltration: what stands when
everything has stopped. The edge of the domain and cells without altitude are outlets, at the
altitude of the cell beside them: a cell of the edge that has a lower neighbour sends its rain
inwards, and water leaves by it when it reaches its altitude.
"""

from __future__ import annotations

from concurrent.futures import Executor
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.terrain import descents, hierarchy, pouring, raster
from jumeau.ground.terrain.depressions import place
from jumeau.ground.terrain.merge_strips import by_strips
from jumeau.ground.terrain.surface import altitudes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class StandingWater(NamedTuple):
    """Water that stands, and where the rest went."""

    depth: Any
    """Depth of water [m], NaN outside: an array like the terrain, or the path of the raster."""
    rain: float
    """Volume of rain [m³]."""
    stored: float
    """Volume that stands in depressions [m³]."""
    left: float
    """Volume that left by the edge or into cells without altitude [m³]."""
    relative_error: float
    """|rain − stored − left| ÷ rain; 0 without rain, or with endless rain."""


def fill_spill_merge(
    dtm: ArrayLike | str | PathLike[str],
    rain_m: ArrayLike,
    *,
    out: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    rows: int | None = None,
    progress: raster.Progress | None = None,
) -> Any:
    """Return the depth of standing water after a rain, by fill–spill–merge.

    Parameters
    ----------
    dtm : (ny, nx) array or path
        Altitude of the ground [m], row 0 north, NaN outside; or a raster that GDAL reads.
    rain_m : float or (ny, nx) array
        Depth of rain [m], ≥ 0; infinity fills every depression.
    out : path, optional
        GeoTIFF to write when `dtm` is a path: the raster is then read by strips of rows, and the
        memory needed grows with the number of depressions, not of cells.
    executor : concurrent.futures.Executor, optional
        Threads or processes that work on the strips; the caller's thread by default.
    rows : int, optional
        Rows of a strip; the answer is the same for any.
    progress : callable, optional
        Told the share done, from 0 to 1.

    Returns
    -------
    (ny, nx) float array, or Path
        Depth of water [m], 0 where it is dry, NaN outside; float64 for a float64 terrain, else
        float32. It grows with the rain, from 0 to ``fill(dtm) − dtm``. `out` when `dtm` is a path.

    Raises
    ------
    InvalidError
        JUM-G013 (`out`), JUM-G015 (`rows`), JUM-G030 to JUM-G032 (terrain), JUM-G033 and JUM-G034
        (rain), JUM-G042 (too many depressions).
    MissingFileError
        JUM-G012 when the raster cannot be read.
    StorageError
        JUM-G014 when the result cannot be written.

    Notes
    -----
    Barnes, Callaghan & Wickert 2021, *Computing water flow through complex landscapes – Part 3:
    Fill–Spill–Merge*, Earth Surf. Dynam. 9, 105–121. Among equal slopes, the first neighbour in the
    order of rows wins; among passes of the same level, the steepest.
    """
    found = standing_water(dtm, rain_m, out=out, executor=executor, rows=rows, progress=progress)
    return found.depth


def standing_water(
    dtm: ArrayLike | str | PathLike[str],
    rain_m: ArrayLike,
    cell_size: float = 1.0,
    *,
    out: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    rows: int | None = None,
    progress: raster.Progress | None = None,
) -> StandingWater:
    """Return the standing water after a rain and its balance, by fill–spill–merge.

    Parameters
    ----------
    dtm, rain_m, out, executor, rows, progress
        As for :func:`fill_spill_merge`.
    cell_size : float, default 1.0
        Side of a cell [m].

    Returns
    -------
    StandingWater
        Depth [m] and volumes [m³], summed in float64.

    Raises
    ------
    InvalidError, MissingFileError, StorageError
        As :func:`fill_spill_merge`.
    """
    place(dtm, out)
    if out is not None:
        source = raster.terrain(dtm)
        rain = rainfall(rain_m, (source.ny, source.nx))
        written = by_strips(source, rain, Path(out), executor, rows, progress)
        return balance(Path(out), *written, cell_size)
    z = altitudes(dtm)  # type: ignore[arg-type]
    rain = rainfall(rain_m, z.shape)
    code = descents.descents(z)
    descents.drain_level_ground(z, code)
    label, cells = descents.basins(code)
    del code
    inflow = _inflow(rain, label, cells)
    passes = hierarchy.in_order(hierarchy.all_passes(z, label))
    tree = hierarchy.tree(passes, cells.size - 1)
    scales = pouring.scales(tree)
    pouring.weigh(z, label, tree, scales)
    buckets = pouring.buckets(tree, scales.sums)
    poured = pouring.pour(inflow, tree, buckets)
    partial = pouring.partly_full(tree, buckets, poured)
    shore = pouring.shores(z, label, partial, tree.base, tree.spill)
    depth = np.empty_like(z)
    pouring.depths(z, label, pouring.levels(tree, buckets, poured, shore), depth)
    return balance(depth, inflow, poured, cell_size)


def rainfall(rain_m: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a rain as a float64 number or a float array of the terrain's shape, checked.

    Parameters
    ----------
    rain_m : float or (ny, nx) array
        Depth of rain [m].
    shape : tuple of int
        Shape of the terrain.

    Raises
    ------
    InvalidError
        JUM-G033 when it has another shape or is not made of numbers; JUM-G034 when it is
        negative or not a number.
    """
    try:
        rain = np.asarray(rain_m)
        rain = rain if rain.dtype in (np.float32, np.float64) else rain.astype(np.float64)
    except (TypeError, ValueError):
        raise error("JUM-G033", given=type(rain_m).__name__, shape=_size(shape)) from None
    if rain.ndim and rain.shape != shape:
        raise error("JUM-G033", given=_size(rain.shape), shape=_size(shape))
    if not rain.ndim and not rain >= 0:
        raise error("JUM-G034", given=float(rain))
    return rain


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in shape)


def _inflow(
    rain: NDArray[Any], label: NDArray[np.int32], cells: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the rain of each basin [m × cells]; of the outside at 0."""
    if not rain.ndim:
        return pouring.uniform(rain, cells)
    sums, huge = pouring.no_sums(cells.size), np.zeros(cells.size)
    if not pouring.collect(rain, label, *sums, huge):
        raise error("JUM-G034", given=float(rain[~(rain >= 0) & (label >= 0)][0]))
    return pouring.values(sums) + huge


def balance(
    depth: Any,
    inflow: NDArray[np.float64],
    poured: pouring.Poured,
    cell_size: float,
) -> StandingWater:
    """Return depths with the balance of the water poured [m³].

    Parameters
    ----------
    depth : array or Path
        Depth of water [m].
    inflow : (leaves + 1,) float64 array
        Rain of each basin [m × cells]; of the outside at 0.
    poured : pouring.Poured
        Where it ended.
    cell_size : float
        Side of a cell [m].
    """
    area = float(cell_size) ** 2
    rain = float(inflow.sum())
    stored = float(poured.held.sum())
    left = float(inflow[0]) + poured.left
    missing = abs(rain - stored - left) / rain if 0.0 < rain < np.inf else 0.0
    return StandingWater(depth, rain * area, stored * area, left * area, missing)
