# SPDX-License-Identifier: EUPL-1.2
"""Horizontal illuminance of point sources, cell by cell (exact inverse-square and cosine law).

Lamps are points: every cell, at its centre, receives E = I(C, γ) · h / (r² + h²)^{3/2} from each.
Work is cut into blocks of 256 × 256 cells, each filled by one thread with its lamps in a fixed
order, so that the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds, Progress, RasterWindow
from jumeau.base.errors import error
from jumeau.worksites.lighting.photometry import Photometry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UNTIL = 0.01
"""Illuminance below which a lamp no longer counts, where not all can count everywhere [lx]."""
MOST_CELLS = 2**30
"""Cells that one array may hold, 4 GiB; :func:`illuminance_tiles` has no such limit."""
COMPLETE_PAIRS = 2e9
"""Lamp–cell pairs up to which every lamp counts in every cell: about ten seconds of one core."""

_MAX_PLANES, _MAX_GAMMAS = 720, 900
# Heights and distances between which single precision neither overflows nor vanishes [m].
_LEAST_HEIGHT, _MOST_HEIGHT, _FAR = 1e-4, 1e6, 1e7


@dataclass(frozen=True)
class _Scene:
    """Lamps above the plane and their photometries, ready for the kernel."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height: NDArray[np.float64]
    radius: NDArray[np.float64]
    scale: NDArray[np.float64]
    sine: NDArray[np.float64]
    cosine: NDArray[np.float64]
    which: NDArray[np.int64]
    table: NDArray[np.float32]
    layout: NDArray[np.int64]
    per_radian: NDArray[np.float64]

    def fill(
        self, out: NDArray[np.float32], west: float, north: float, cell: float,
        candidates: NDArray[np.int64],
    ) -> int:  # fmt: skip
        """Fill one block from the candidate lamps that reach it; return the pairs computed."""
        from jumeau.worksites.lighting import kernels

        rows, columns = out.shape
        half_x, half_y = 0.5 * cell * (columns - 1), 0.5 * cell * (rows - 1)
        reach = self.radius[candidates]
        near = np.abs(self.x[candidates] - (west + half_x)) <= reach + half_x
        near &= np.abs(self.y[candidates] - (north - half_y)) <= reach + half_y
        return kernels.fill(
            out, west, north, cell, candidates[near], self.x, self.y, self.height, self.radius,
            self.scale, self.sine, self.cosine, self.which, self.table, self.layout,
            self.per_radian,
        )  # fmt: skip


def illuminance(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    bounds: Bounds,
    cell_size: float = 1.0,
    flux: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    height_above: float = 0.0,
    radius: ArrayLike | None = None,
    workers: int | None = None,
) -> NDArray[np.float32]:
    """Compute the horizontal illuminance of lamps on a plane (point-source inverse-square law).

    Parameters
    ----------
    positions : (n, 3) array_like
        x, y and height of the light source above the ground [m].
    photometries : sequence of Photometry
        Distributions that the lamps use.
    which : (n,) array_like of int, or int
        Index of each lamp's photometry.
    bounds : (xmin, ymin, xmax, ymax)
        Outer cell edges, taken as they are, without snapping [m].
    cell_size : float
        Side of a cell; there are round(extent / cell_size) of them each way, centres at half a
        cell, counted from the north-west corner (xmin, ymax) of the bounds [m].
    flux : float or (n,) array_like, optional
        Flux of each source, scaling its photometry; that of the photometry by default [lm].
    azimuth : float or (n,) array_like, optional
        Direction of C0, clockwise from north (y axis); 0 by default: C90 points west [°].
    height_above : float
        Height of the plane above the ground; lamps at it (to 0.1 mm) or below give
        nothing [m].
    radius : float or (n,) array_like, optional
        Horizontal distance up to which a lamp counts [m]. By default every lamp counts in every
        cell as long as that makes at most :data:`COMPLETE_PAIRS` lamp–cell pairs; beyond, each
        lamp counts until its illuminance stays below :data:`UNTIL`.
    workers : int, optional
        Threads; the machine's by default. The result is the same bit for bit.

    Returns
    -------
    (rows, columns) float32 array
        Horizontal illuminance, row 0 north [lx].

    Raises
    ------
    InvalidError
        ``JUM-L004`` when an argument has not the right shape or range, ``JUM-B010`` when bounds
        are not a rectangle.

    Notes
    -----
    E = I(C, γ) · (Φ/Φ₀) · h / (r² + h²)^{3/2}, γ = atan(r/h), I bilinear in C and γ. With a the
    azimuth of C0 and β the bearing of the cell from the lamp, C = a − β. Single precision; against
    the same sum in double precision the relative error is below 1e-5 in a lit cell.

    References
    ----------
    EN 13201-3:2015, horizontal illuminance; CIE 140:2019.

    Examples
    --------
    >>> from jumeau.worksites import lighting
    >>> lamp = lighting.generic_photometry("SHP 100")
    >>> e = lighting.illuminance([[50.0, 50.0, 8.0]], [lamp], [0], bounds=(0, 0, 100, 100))
    >>> e.shape
    (100, 100)
    """
    rows, columns = _shape(bounds, cell_size)
    cell_size, bounds = float(cell_size), grid.check(bounds)
    out = np.zeros((rows, columns), np.float32)
    lamps = _numbers("positions", positions)
    complete = radius is None and len(np.atleast_1d(lamps)) * out.size <= COMPLETE_PAIRS
    scene = _scene(
        lamps, photometries, which, flux, azimuth, height_above, math.inf if complete else radius
    )
    if scene is None or out.size == 0:
        return out
    from jumeau.worksites.lighting import kernels

    west, north = bounds[0] + 0.5 * cell_size, bounds[3] - 0.5 * cell_size
    order = np.argsort(scene.y, kind="stable")
    rising, reach = scene.y[order], float(scene.radius.max())
    jobs = []
    for row in range(0, rows, kernels.BLOCK):
        top = north - cell_size * row
        bottom = top - cell_size * kernels.BLOCK
        low, high = np.searchsorted(rising, (bottom - reach, top + reach))
        candidates = np.sort(order[low:high])
        for column in range(0, columns, kernels.BLOCK):
            block = out[row : row + kernels.BLOCK, column : column + kernels.BLOCK]
            jobs.append((block, west + cell_size * column, top, cell_size, candidates))
    _run(scene, jobs, workers)
    return out


def illuminance_tiles(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    height_above: float = 0.0,
    radius: ArrayLike | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Iterator[RasterWindow]:
    """Yield the illuminance on the territory's grid, lit tile by lit tile (as :func:`illuminance`).

    Memory is that of one tile whatever the territory; tiles that no lamp reaches are not yielded.
    Each lamp counts until its illuminance stays below :data:`UNTIL`, or up to ``radius``.

    Parameters
    ----------
    positions, photometries, which, flux, azimuth, height_above, radius, workers
        As for :func:`illuminance`.
    progress : callable, optional
        Called with ``"illuminance"`` and the share of tiles done.

    Yields
    ------
    RasterWindow
        A tile of 1000 × 1000 cells of 1 m, from north to south and west to east [lx].
    """
    scene = _scene(_numbers("positions", positions), photometries, which, flux, azimuth,
                   height_above, radius)  # fmt: skip
    if scene is None:
        return
    from jumeau.worksites.lighting import kernels

    touched = _lamps_by_tile(scene)
    for done, (tile, candidates) in enumerate(touched):
        out = np.zeros((grid.TILE, grid.TILE), np.float32)
        west, _, _, north = tile.bounds
        jobs = [
            (
                out[row : row + kernels.BLOCK, column : column + kernels.BLOCK],
                west + column + 0.5, north - row - 0.5, 1.0, candidates,
            )
            for row in range(0, grid.TILE, kernels.BLOCK)
            for column in range(0, grid.TILE, kernels.BLOCK)
        ]  # fmt: skip
        _run(scene, jobs, workers)
        if out.any():
            yield RasterWindow(tile.bounds, out)
        if progress is not None:
            progress("illuminance", (done + 1) / len(touched))


def reach(
    height: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None = None,
    until: float = UNTIL,
) -> NDArray[np.float64]:
    """Return the distance beyond which a lamp's illuminance stays below a value, all round.

    Parameters
    ----------
    height : (n,) array_like
        Heights above the plane [m].
    photometries, which, flux
        As for :func:`illuminance`.
    until : float
        Illuminance [lx].

    Returns
    -------
    (n,) array
        Horizontal distance, 0 for lamps that never reach the value [m].

    Raises
    ------
    InvalidError
        ``JUM-L004`` for the same inputs as :func:`illuminance`.

    Notes
    -----
    On each photometry's upper envelope over C, E h²/Φ depends on r/h only: one decreasing table of
    it is inverted for all lamps. The answer is rounded up, by 1 % at most.
    """
    heights = np.atleast_1d(_numbers("height", height))
    if heights.ndim != 1 or not np.isfinite(heights).all():
        raise error("JUM-L004", argument="height", value=f"shape {heights.shape}",
                    expected="(n,), finite")  # fmt: skip
    _check_photometries(photometries)
    index = _indices(which, heights.size)
    factor = _scales(photometries, index, flux)
    ratio = np.geomspace(1e-3, 1e4, 1620)
    gamma = np.degrees(np.arctan(ratio))
    out = np.zeros(heights.shape)
    above = heights > 0
    for number, photometry in enumerate(photometries):
        lamps = np.flatnonzero(above & (index == number))
        envelope = np.interp(gamma, photometry.gamma_angles, photometry.candela.max(axis=0),
                             right=0.0)  # fmt: skip
        falling = np.maximum.accumulate((envelope * (1 + ratio**2) ** -1.5)[::-1])
        wanted = until * heights[lamps] ** 2 / np.maximum(factor[lamps], 1e-300)
        beyond = np.searchsorted(falling, wanted, side="left")  # samples that stay below
        last = ratio.size - beyond
        out[lamps] = np.where(
            last > 0, heights[lamps] * ratio[np.minimum(last, ratio.size - 1)], 0.0
        )
    return out


def _shape(bounds: Bounds, cell_size: float) -> tuple[int, int]:
    xmin, ymin, xmax, ymax = grid.check(bounds)
    side = float(_numbers("cell_size", cell_size, scalar=True))
    if not side > 0:
        raise error("JUM-L004", argument="cell_size", value=str(cell_size), expected="> 0")
    rows, columns = round((ymax - ymin) / side), round((xmax - xmin) / side)
    if rows * columns > MOST_CELLS:
        raise error("JUM-L004", argument="bounds", value=f"{rows} × {columns}",
                    expected=f"≤ {MOST_CELLS} (illuminance_tiles)")  # fmt: skip
    return rows, columns


def _numbers(name: str, value: ArrayLike, *, scalar: bool = False) -> NDArray[np.float64]:
    """Return an argument as numbers, or refuse what is not made of them."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    single = numbers.ndim == 0
    if (single and np.isnan(numbers)) or (scalar and not (single and np.isfinite(numbers))):
        raise error("JUM-L004", argument=name, value=repr(value)[:60],
                    expected="a finite number" if scalar else "numbers")  # fmt: skip
    return numbers


def _check_photometries(photometries: Sequence[Photometry]) -> None:
    fits = isinstance(photometries, Collection | np.ndarray)
    if not (fits and all(isinstance(item, Photometry) for item in photometries)):
        raise error("JUM-L004", argument="photometries", value=type(photometries).__name__,
                    expected="[Photometry, …]")  # fmt: skip


def _indices(which: ArrayLike, count: int) -> NDArray[np.int64]:
    """Return the index of each lamp's photometry; whole numbers of any type are taken."""
    numbers = _numbers("which", which)
    whole = np.isfinite(numbers) & (numbers == np.rint(numbers))
    if numbers.shape not in ((), (1,), (count,)) or not whole.all():
        raise error("JUM-L004", argument="which", value=f"shape {numbers.shape}",
                    expected=f"({count},), int")  # fmt: skip
    return np.broadcast_to(numbers.astype(np.int64), (count,))


def _scales(
    photometries: Sequence[Photometry], which: NDArray[np.int64], flux: ArrayLike | None
) -> NDArray[np.float64]:
    """Return the factor on each lamp's photometry, its indices and fluxes once checked."""
    if which.size and not (which.min() >= 0 and which.max() < len(photometries)):
        last = len(photometries) - 1
        expected = f"0 … {last}" if last >= 0 else "no lamp, since there is no photometry"
        raise error("JUM-L004", argument="which", value=f"{which.min()} … {which.max()}",
                    expected=expected)  # fmt: skip
    if flux is None:
        return np.ones(which.shape)
    lumens = _per_lamp("flux", flux, which.size)
    if not (lumens >= 0).all():
        raise error("JUM-L004", argument="flux", value=str(lumens.min()), expected="≥ 0 lm")
    nominal = np.array([photometry.flux_lm for photometry in photometries] or [1.0])
    return np.asarray(lumens / nominal[which])


def _per_lamp(name: str, value: ArrayLike, count: int) -> NDArray[np.float64]:
    values = _numbers(name, value)
    if values.shape not in ((), (1,), (count,)) or not np.isfinite(values).all():
        raise error("JUM-L004", argument=name, value=f"shape {values.shape}",
                    expected=f"({count},), finite")  # fmt: skip
    return np.broadcast_to(values, (count,))


def _scene(
    lamps: NDArray[np.float64],
    photometries: Sequence[Photometry],
    which: ArrayLike,
    flux: ArrayLike | None,
    azimuth: ArrayLike | None,
    height_above: float,
    radius: ArrayLike | None,
) -> _Scene | None:
    """Check the arguments and keep the lamps that give light; ``None`` when there are none."""
    if lamps.size == 0:
        lamps = lamps.reshape(0, 3)
    if lamps.ndim != 2 or lamps.shape[1] != 3 or not np.isfinite(lamps).all():
        raise error("JUM-L004", argument="positions", value=f"shape {lamps.shape}",
                    expected="(n, 3), finite")  # fmt: skip
    count = len(lamps)
    _check_photometries(photometries)
    index = _indices(which, count)
    scale = _scales(photometries, index, flux)
    turn = np.radians(_per_lamp("azimuth", 0.0 if azimuth is None else azimuth, count))
    height = lamps[:, 2] - _numbers("height_above", height_above, scalar=True)
    if radius is None:
        limit = reach(height, photometries, index, flux=flux)
    else:
        limit = np.minimum(_numbers("radius", radius), _FAR)
        limit = _per_lamp("radius", limit, count)
        if not (limit >= 0).all():
            raise error("JUM-L004", argument="radius", value=str(limit.min()), expected="≥ 0 m")
    if height.size and height.max() > _MOST_HEIGHT:
        raise error("JUM-L004", argument="positions", value=f"z = {height.max():g}",
                    expected=f"z ≤ {_MOST_HEIGHT:g} m")  # fmt: skip
    keep = (height > _LEAST_HEIGHT) & (scale > 0)
    if not keep.any():
        return None
    table, layout, per_radian = _pack(photometries)
    return _Scene(
        x=lamps[keep, 0].copy(),
        y=lamps[keep, 1].copy(),
        height=height[keep],
        radius=np.minimum(limit[keep], _FAR),
        scale=scale[keep],
        sine=np.sin(turn[keep]),
        cosine=np.cos(turn[keep]),
        which=index[keep],
        table=table,
        layout=layout,
        per_radian=per_radian,
    )


def _pack(
    photometries: Sequence[Photometry],
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """Put the lower hemispheres in one table on even steps that hold every node of theirs.

    One more plane and one more γ than needed are appended, so that rounding at 360° and 90° stays
    inside. Distributions too fine for the table are resampled at 0.5° in C and 0.1° in γ.
    """
    pieces, layout, per_radian, start = [], [], [], 0
    for photometry in photometries:
        planes = _even_steps(photometry.c_angles, 360.0, _MAX_PLANES)
        gammas = _even_steps(photometry.gamma_angles, 90.0, _MAX_GAMMAS)
        c = np.arange(planes + 2) * (360.0 / planes)
        gamma = np.arange(gammas + 2) * (90.0 / gammas)
        piece = photometry.intensity(c[:, None], gamma[None, :])
        pieces.append(piece.astype(np.float32).ravel())
        layout.append((start, gamma.size))
        per_radian.append((planes / (2 * math.pi), gammas / (0.5 * math.pi)))
        start += piece.size
    return np.concatenate(pieces), np.array(layout, np.int64), np.array(per_radian)


def _even_steps(nodes: NDArray[np.float64], span: float, most: int) -> int:
    """Return the number of even steps over a span that holds every node, or the most allowed."""
    thousandths = np.rint(1000.0 * nodes[nodes <= span]).astype(np.int64)
    step = math.gcd(round(1000.0 * span), *thousandths.tolist())
    exact = np.abs(1000.0 * nodes[nodes <= span] - thousandths).max() < 1e-6
    return min(most, round(1000.0 * span) // step) if exact else most


def _lamps_by_tile(scene: _Scene) -> list[tuple[grid.Tile, NDArray[np.int64]]]:
    """Return the tiles that lamps reach, from north to south, each with its lamps in order."""
    west, north = grid.tile_of(scene.x - scene.radius, scene.y + scene.radius)
    east, south = grid.tile_of(scene.x + scene.radius, scene.y - scene.radius)
    wide, high = east - west + 1, north - south + 1
    lamp = np.repeat(np.arange(scene.x.size), wide * high)
    rank = np.arange(lamp.size) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    x, y = west[lamp] + rank % wide[lamp], north[lamp] - rank // wide[lamp]
    order = np.lexsort((lamp, x, -y))
    lamp, x, y = lamp[order], x[order], y[order]
    edges = np.flatnonzero(np.diff(x, prepend=x[0] - 1) | np.diff(y, prepend=y[0]))
    return [
        (grid.Tile(int(x[first]), int(y[first])), group)
        for first, group in zip(edges, np.split(lamp, edges[1:]), strict=True)
    ]


def _run(
    scene: _Scene,
    jobs: list[tuple[NDArray[np.float32], float, float, float, NDArray[np.int64]]],
    workers: int | None,
) -> None:
    threads = min(workers or _threads(), len(jobs))
    if threads <= 1:
        for job in jobs:
            scene.fill(*job)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda job: scene.fill(*job), jobs):
            pass


def _threads() -> int:
    """Return the threads to use: the cores given to this process, unless NUMBA_NUM_THREADS."""
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else len(os.sched_getaffinity(0))
