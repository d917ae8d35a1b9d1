# SPDX-License-Identifier: EUPL-1.2
"""Walls that a surface shows, and the sun on them at each height."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.irradiation import Surfaces, irradiation, irradiations
from jumeau.ground.slopes import normals
from jumeau.ground.sun_year import AZIMUTH_STEP, SunYear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from jumeau.ground.surface_model import SurfaceModel

LEAST = 2.0
"""Height from which a step between two cells is a wall [m]."""
STOREY = 3.0
"""Height of the slices of a wall that are computed apart [m]; eight slices at most."""
STRAIGHT = 6
"""Cells in a row from which the side of a wall is that of the grid; shorter, it is a staircase."""
_SIDES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # north, east, south, west


@dataclass(frozen=True, eq=False)
class Walls:
    """Pieces of wall, one for each side of a cell that stands above its neighbour.

    Parameters
    ----------
    row, column : (n,) int arrays
        Cell that carries the wall.
    side : (n,) int array
        Side of the cell: 0 north, 1 east, 2 south, 3 west.
    bottom, top : (n,) float32 arrays
        Feet and head, as the model's ``z`` [m].
    azimuth : (n,) float32 array
        That the wall faces, clockwise from north [°].
    area : (n,) float32 array
        Of the wall, a staircase of cells being brought back to its slant [m²].
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    side: NDArray[np.int64]
    bottom: NDArray[np.float32]
    top: NDArray[np.float32]
    azimuth: NDArray[np.float32]
    area: NDArray[np.float32]

    def slices(self) -> tuple[NDArray[np.int64], tuple[Any, Any, Any]]:
        """Return the wall of each slice, and the points (row, column, z) in front of its middle."""
        height = self.top - self.bottom
        count = np.clip(np.rint(height / STOREY).astype(np.int64), 1, 8)
        wall = np.repeat(np.arange(count.size), count)
        rank = np.arange(wall.size) - np.repeat(np.cumsum(count) - count, count)
        step = np.array(_SIDES)[self.side[wall]]
        z = self.bottom[wall] + (rank + 0.5) / count[wall] * height[wall]
        return wall, (self.row[wall] + step[:, 0], self.column[wall] + step[:, 1], z)


def walls(model: SurfaceModel, *, least: float = LEAST, carrying: ArrayLike | None = None) -> Walls:
    """Find the walls of a surface: steps between neighbouring cells.

    Parameters
    ----------
    model : SurfaceModel
        The surface.
    least : float
        Height from which a step is a wall [m].
    carrying : (ny, nx) bool array, optional
        Cells whose walls are wanted; all by default [-].

    Returns
    -------
    Walls
        Sorted by cell, then by side.

    Notes
    -----
    A wall along the grid faces a cardinal point. Where it makes steps of fewer than
    :data:`STRAIGHT` cells, it faces the mean of the sides within three cells of it, and each side
    counts for its share of the slanted length.
    """
    from scipy.ndimage import label, uniform_filter

    wanted = model.known if carrying is None else model.known & np.asarray(carrying, bool)
    z = np.where(model.known, model.z, np.float32(np.nan))
    ringed = np.pad(z, 1, constant_values=np.nan)
    ny, nx = model.shape
    masks, feet, short = [], [], []
    for i, j in _SIDES:
        beside = ringed[1 + i : 1 + i + ny, 1 + j : 1 + j + nx]
        with np.errstate(invalid="ignore"):
            mask = wanted & (z - beside >= least)
        masks.append(mask)
        feet.append(beside)
        along = np.zeros((3, 3), int)
        along[1, :] = 1
        runs, _ = label(mask, along if i else along.T)
        length = np.bincount(runs.ravel())
        short.append(mask & (length[runs] < STRAIGHT))
    sums = [uniform_filter(part.astype(np.float32), 7, mode="constant") for part in short]
    parts = []
    for around in range(4):
        row, column = np.nonzero(masks[around])
        own = sums[around][row, column]
        right, left = (around + 1) % 4, (around - 1) % 4
        lean = sums[right][row, column] - sums[left][row, column]
        lean = np.where(short[around][row, column], lean, 0.0)
        turn = np.degrees(np.arctan2(lean, np.where(lean == 0.0, 1.0, own)))
        top, bottom = z[row, column], feet[around][row, column]
        width = model.cell_size * np.cos(np.radians(turn))
        parts.append((row, column, np.full(row.size, around), bottom, top,
                      (90.0 * around + turn) % 360.0, (top - bottom) * width))  # fmt: skip
    merged = [np.concatenate(values) for values in zip(*parts, strict=True)]
    order = np.lexsort((merged[2], merged[1], merged[0]))
    row, column, side = (values[order].astype(np.int64) for values in merged[:3])
    low, high, faced, area = (values[order].astype(np.float32) for values in merged[3:])
    return Walls(row, column, side, low, high, faced, area)


def on_walls(
    model: SurfaceModel,
    found: Walls,
    year: SunYear,
    *,
    groups: NDArray[np.int64] | None = None,
    **options: Any,
) -> NDArray[np.float32]:
    """Compute what each wall receives, the mean over its height.

    Parameters
    ----------
    model : SurfaceModel
        What stands around.
    found : Walls
        Walls of this surface.
    year : SunYear
        Hours of sun and sky.
    groups : (hours,) int array, optional
        Group of each hour; one group by default [-].
    **options
        As :func:`jumeau.ground.irradiation.irradiation`.

    Returns
    -------
    (n, groups) float32 array
        Beam, sky and ground together [kWh/m² of wall].
    """
    wall, surfaces = _sliced(found, groups)
    got = irradiation(
        model, surfaces.normal, year, observers=surfaces.observers, groups=groups, **options
    )
    return _over_height(found, wall, got.total)


def _sliced(found: Walls, groups: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], Surfaces]:
    """Return the wall of each slice, and the slices as surfaces."""
    wall, points = found.slices()
    facing = np.radians(found.azimuth[wall])
    normal = np.stack((np.sin(facing), np.cos(facing), np.zeros_like(facing))).astype(np.float32)
    return wall, Surfaces(normal, points, groups)


def _over_height(
    found: Walls, wall: NDArray[np.int64], got: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mean of the slices of each wall, (n, groups)."""
    count = np.maximum(np.bincount(wall, minlength=found.row.size), 1)
    total = np.zeros((found.row.size, got.shape[1]))
    for g in range(got.shape[1]):
        total[:, g] = np.bincount(wall, got[:, g], found.row.size) / count
    return total.astype(np.float32)


def facade_shading(
    model: SurfaceModel,
    labels: ArrayLike,
    year: SunYear,
    *,
    least: float = LEAST,
    **options: Any,
) -> NDArray[np.float32]:
    """Compute what the surroundings leave of the light on the façades of buildings, by month.

    Parameters
    ----------
    model : SurfaceModel
        The surface.
    labels : (ny, nx) int array
        Number of the building of each cell, from 1; 0 where there is none.
    year : SunYear
        Hours of sun and sky.
    least : float
        Height from which a step is a wall [m].
    **options
        As :func:`jumeau.ground.irradiation.irradiation`.

    Returns
    -------
    (n, 4, 12) float32 array
        Light received over light received with nothing around, 0 to 1, for n the greatest number;
        façades to the north, east, south, west; months from January [-]. NaN where the building
        shows no wall that way, or where the month has no light.

    Raises
    ------
    InvalidError
        ``JUM-G093`` when the numbers are not on the grid of the surface.
    """
    marks = _marks(model, labels)
    found = walls(model, least=least, carrying=marks > 0)
    if not found.row.size:
        return np.full((int(marks.max(initial=0)), 4, 12), np.nan, np.float32)
    return _shading(marks, found, on_walls(model, found, year, groups=year.month, **options), year)


def cells_and_facades(
    model: SurfaceModel,
    labels: ArrayLike,
    year: SunYear,
    *,
    least: float = LEAST,
    **options: Any,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute the light on every cell and the shading of façades, the horizon being swept once.

    Parameters
    ----------
    model : SurfaceModel
        The surface.
    labels : (ny, nx) int array
        Number of the building of each cell, from 1; 0 where there is none.
    year : SunYear
        Hours of sun and sky.
    least : float
        Height from which a step is a wall [m].
    **options
        As :func:`jumeau.ground.irradiation.irradiation`.

    Returns
    -------
    (ny, nx) float32 array
        What each cell receives over the year, on its own slope [kWh/m²].
    (n, 4, 12) float32 array
        As :func:`facade_shading`.

    Raises
    ------
    InvalidError
        ``JUM-G093`` when the numbers are not on the grid of the surface.
    """
    marks = _marks(model, labels)
    found = walls(model, least=least, carrying=marks > 0)
    cells = Surfaces(normals(model))
    if not found.row.size:
        (light,) = irradiations(model, year, [cells], **options)
        shading = np.full((int(marks.max(initial=0)), 4, 12), np.nan, np.float32)
        return light.total[:, 0].reshape(model.shape), shading
    wall, surfaces = _sliced(found, year.month)
    light, got = irradiations(model, year, [cells, surfaces], **options)
    shading = _shading(marks, found, _over_height(found, wall, got.total), year)
    return light.total[:, 0].reshape(model.shape), shading


def _marks(model: SurfaceModel, labels: ArrayLike) -> NDArray[Any]:
    marks = np.asarray(labels)
    if marks.shape != model.shape or marks.dtype.kind not in "iub" or marks.min(initial=0) < 0:
        raise error("JUM-G093", given=" × ".join(map(str, marks.shape)), wanted=str(model.shape))
    return marks


def _shading(
    marks: NDArray[Any], found: Walls, got: NDArray[np.float32], year: SunYear
) -> NDArray[np.float32]:
    """Return the share of light left to façades by building, side and month, (n, 4, 12)."""
    number = int(marks.max(initial=0))
    result = np.full((number, 4, 12), np.nan, np.float32)
    best = open_walls(year, found.azimuth, year.month)[:, : got.shape[1]]
    side = (np.rint(found.azimuth / 90.0).astype(np.int64)) % 4
    key = (marks[found.row, found.column].astype(np.int64) - 1) * 4 + side
    for m in range(got.shape[1]):
        light = np.bincount(key, got[:, m] * found.area, number * 4)
        full = np.bincount(key, best[:, m] * found.area, number * 4)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(full > 0.0, light / full, np.nan)
        result[:, :, m] = np.minimum(share, 1.0).reshape(number, 4)
    return result


def open_walls(
    year: SunYear, azimuth: NDArray[Any], groups: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Compute what upright walls receive with nothing around (Perez 1990).

    Parameters
    ----------
    year : SunYear
        Hours of sun and sky.
    azimuth : (n,) array
        That they face, clockwise from north [°].
    groups : (hours,) int array, optional
        Group of each hour; one group by default [-].

    Returns
    -------
    (n, groups) array
        Beam, sky and ground together [kWh/m²].
    """
    group = np.zeros(year.month.size, np.int64) if groups is None else groups
    number = int(group.max(initial=0)) + 1
    east, north, _ = year.vectors
    level = 0.5 * year.albedo * year.global_horizontal
    steps = round(360.0 / AZIMUTH_STEP)
    table = np.empty((steps + 1, number))
    for j in range(steps):
        facing = math.radians(j * AZIMUTH_STEP)
        beam = np.maximum(east * math.sin(facing) + north * math.cos(facing), 0.0)
        light = beam + year.sky(90.0, j * AZIMUTH_STEP) + level
        table[j] = np.bincount(group, light, number) * 1e-3
    table[steps] = table[0]
    place = np.asarray(azimuth, np.float64) % 360.0 / AZIMUTH_STEP
    low = np.minimum(place.astype(np.int64), steps - 1)
    part = (place - low)[:, None]
    return table[low] * (1.0 - part) + table[low + 1] * part
