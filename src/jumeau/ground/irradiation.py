# SPDX-License-Identifier: EUPL-1.2
"""Sun and sky that surfaces receive over a year: beam behind the horizon, sky by what is seen.

The physics, hour by hour: beam DNI·cos θ when the sun stands above the horizon and in front of the
surface; sky light of Perez (1990) on the open plane, times the share of its sky that the horizon
leaves; light of the ground ρ·GHI·(1 − cos β)/2. Light that walls send on is not counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.ground.horizon import LINES, Reading, Sweeps, checked_directions
from jumeau.ground.sun_year import AZIMUTH_STEP, STEPS, TILT_STEP, SunYear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.far_horizon import Skyline
    from jumeau.ground.surface_model import SurfaceModel

DIRECTIONS = 144
"""Directions swept: each 2.5°, the sun's hours being shared between the two nearest."""
POINTS = tuple[Any, Any, Any]


@dataclass(frozen=True, eq=False)
class Irradiation:
    """Energy received by surfaces, by group of hours.

    Parameters
    ----------
    beam, sky, ground : (n, groups) float32 arrays
        Direct, from the sky, from the ground [kWh/m² of the surface].
    view : (n,) float32 array
        Share of an even sky that the surface sees, its tilt included [-].
    """

    beam: NDArray[np.float32]
    sky: NDArray[np.float32]
    ground: NDArray[np.float32]
    view: NDArray[np.float32]

    @property
    def total(self) -> NDArray[np.float32]:
        """Beam, sky and ground together, (n, groups) [kWh/m²]."""
        return self.beam + self.sky + self.ground


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Surfaces whose light is wanted, by group of hours.

    Parameters
    ----------
    normal : (3, n) or (3, ny, nx) float32 array
        East, north and up of each surface, length 1 [-].
    observers : tuple of (n,) arrays, optional
        Rows, columns and heights [m, as ``model.z``; NaN: on the surface] of the surfaces; every
        cell by default.
    groups : (hours,) int array, optional
        Group of each hour, such as ``year.month``; one group by default.
    """

    normal: NDArray[np.float32]
    observers: POINTS | None = None
    groups: NDArray[np.int64] | None = None


def irradiation(
    model: SurfaceModel,
    normal: NDArray[np.float32],
    year: SunYear,
    *,
    observers: POINTS | None = None,
    groups: NDArray[np.int64] | None = None,
    directions: int = DIRECTIONS,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> Irradiation:
    """Compute what surfaces receive, every hour at its true place behind the horizon.

    Parameters
    ----------
    model : SurfaceModel
        What stands around.
    normal : (3, n) or (3, ny, nx) float32 array
        East, north and up of each surface, length 1 [-].
    year : SunYear
        Hours of sun and sky.
    observers, groups
        As :class:`Surfaces`.
    directions, surface, lines, threads
        As :func:`jumeau.ground.horizon.horizon`.
    far : Skyline, optional
        Relief beyond the raster.

    Returns
    -------
    Irradiation
        By surface, in the order of the observers or of the cells (row by row).

    Notes
    -----
    In each direction the beam that passes above a slope is read from
    :meth:`~jumeau.ground.sun_year.SunYear.beam_table`. The view factor sums, over the directions,
    ∫ cos θ·cos h dh from the horizon up: ½·n_z·cos²h + ½·n_h·(π/2 − h − sin h·cos h), over π.
    """
    (found,) = irradiations(
        model, year, [Surfaces(normal, observers, groups)],
        directions=directions, far=far, surface=surface, lines=lines, threads=threads,
    )  # fmt: skip
    return found


def irradiations(
    model: SurfaceModel,
    year: SunYear,
    wanted: Sequence[Surfaces],
    *,
    directions: int = DIRECTIONS,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> list[Irradiation]:
    """Compute what several sets of surfaces receive, the horizon being swept once for all.

    Parameters
    ----------
    model : SurfaceModel
        What stands around.
    year : SunYear
        Hours of sun and sky.
    wanted : sequence of Surfaces
        Sets of surfaces.
    directions, far, surface, lines, threads
        As :func:`irradiation`, whose answer for each set this is, bit for bit.

    Returns
    -------
    list of Irradiation
        One a set, in the same order.
    """
    from jumeau.ground.irradiation_kernels import add_direction

    azimuths = checked_directions(directions)
    tables = [year.beam_table(directions, item.groups) for item in wanted]
    height = np.arctan(_slopes())
    gap = (0.5 * np.pi - height - np.sin(height) * np.cos(height)).astype(np.float32)
    flat = [np.ascontiguousarray(item.normal.reshape(3, -1), np.float32) for item in wanted]
    beam = [
        np.zeros((normal.shape[1], table.shape[1]), np.float32)
        for normal, table in zip(flat, tables, strict=True)
    ]
    view = [np.zeros(normal.shape[1], np.float32) for normal in flat]
    keep, weight = _kept(tables[0])
    observers = _together(model, wanted)
    sweeps = Sweeps(model, surface=surface, lines=lines, threads=threads, observers=observers)
    heights = None
    if observers is not None:
        row, column, asked = observers
        heights = np.where(np.isnan(asked), model.z[row, column], asked)
    first = np.cumsum([0, *(normal.shape[1] for normal in flat)])
    jobs = [
        (s, slice(a, b))
        for s, normal in enumerate(flat)
        for a, b in itertools.pairwise(
            np.linspace(0, normal.shape[1], sweeps.threads + 1).astype(int).tolist()
        )
    ]
    with ThreadPoolExecutor(sweeps.threads) as pool:
        for i, slope in sweeps.slopes(azimuths[keep]):
            d = int(keep[i])
            if far is not None:
                far.raise_slopes(slope, d, model, directions, heights)
            line = slope.reshape(-1)
            azimuth = azimuths[d]

            def add(
                job: tuple[int, slice],
                line: Any = line,
                d: int = d,
                azimuth: float = azimuth,
                i: int = i,
            ) -> None:
                s, part = job
                own = line[first[s] : first[s + 1]]
                add_direction(
                    own[part], flat[s][:, part], tables[s][d], gap,
                    np.sin(azimuth), np.cos(azimuth), weight[i], beam[s][part], view[s][part],
                )  # fmt: skip

            list(pool.map(add, jobs))
    found = []
    for item, normal, direct, seen in zip(wanted, flat, beam, view, strict=True):
        sky, ground = _open_light(year, normal, item.groups)
        share = seen / np.maximum(0.5 * (1.0 + normal[2]), 1e-6)
        found.append(Irradiation(direct, sky * np.minimum(share, 1.0)[:, None], ground, seen))
    return found


def _together(model: SurfaceModel, wanted: Sequence[Surfaces]) -> POINTS | None:
    """Return the observers of all sets one after the other; ``None`` for every cell alone."""
    if len(wanted) == 1:
        return wanted[0].observers
    row, column = np.indices(model.shape).reshape(2, -1)
    cells = (row, column, np.full(row.size, np.nan, np.float32))
    parts = [item.observers or cells for item in wanted]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]


def _slopes() -> NDArray[np.float64]:
    """Return the slope of the horizon at each step of the tables [-]."""
    u = np.arange(STEPS + 1) / STEPS
    return u / np.maximum(1.0 - u, 1e-9)


def _kept(table: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the directions to sweep, one in two where the sun never is, and their weights."""
    count = table.shape[0]
    sunny = np.abs(table[:, :, 0]).sum(axis=(1, 2)) > 0.0
    keep = sunny.copy()
    for d in range(count):  # a direction is left out between two that are kept
        keep[d] |= not (keep[d - 1] and d < count - 1) or count < 16
    weight = np.where(keep, 1.0, 0.0)
    for d in np.flatnonzero(~keep).tolist():
        weight[d - 1] += 0.5
        weight[(d + 1) % count] += 0.5
    chosen = np.flatnonzero(keep)
    return chosen, weight[chosen] / count


def _open_light(
    year: SunYear, normal: NDArray[np.float32], groups: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the light of an open sky and of the ground on planes, (n, groups) [kWh/m²]."""
    table = year.open_table(groups).astype(np.float32)
    tilt = np.degrees(np.arccos(np.clip(normal[2], 0.0, 1.0))) / TILT_STEP
    azimuth = np.degrees(np.arctan2(normal[0], normal[1])) % 360.0 / AZIMUTH_STEP
    i = np.minimum(tilt.astype(np.int64), table.shape[2] - 2)
    j = np.minimum(azimuth.astype(np.int64), table.shape[3] - 2)
    f, g = (tilt - i).astype(np.float32), (azimuth - j).astype(np.float32)
    both = (
        table[:, :, i, j] * (1 - f) * (1 - g)
        + table[:, :, i + 1, j] * f * (1 - g)
        + table[:, :, i, j + 1] * (1 - f) * g
        + table[:, :, i + 1, j + 1] * f * g
    )
    return both[0].T, both[1].T
