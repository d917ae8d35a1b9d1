# SPDX-License-Identifier: EUPL-1.2
"""Local-inertial solver in two dimensions, for rivers, runoff and slow coastal floods.

Shallow-water equations without the advection of momentum (Bates, Horritt & Fewtrell 2010, J.
Hydrol. 387, 33–45; de Almeida & Bates 2013, Water Resour. Res. 49, 4833–4844), on a staggered
grid: depths in cells, discharges on faces, friction of Manning taken semi-implicitly. It is wrong
for dam breaks and fast flow on steep ground: see :meth:`Inertial.froude`.

Water is conserved by construction: a cell's outgoing discharges are scaled by one factor when
they would take more than it holds, and what float32 rounds off a depth is carried to the next
step. Steps are as long as α·Δx/√(g·h) with the greatest depth h; the scheme is stable for α up to
√(θ/2), θ ≥ 0.75.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.climate import inertial_cells as cells
from jumeau.worksites.climate.engine import (
    FREE,
    FREE_SLOPE,
    GRAVITY,
    STAGE,
    Domain,
    Forcing,
    Sides,
    Stepped,
)
from jumeau.worksites.climate.inertial_grid import Grid, Outside, Pace, Walls, Weather
from jumeau.worksites.climate.inertial_rows import DRY, OPEN, THETA, F
from jumeau.worksites.climate.inertial_sweep import NOTHING, PAD, SCRATCH, SEAM, seam, sweep
from jumeau.worksites.climate.tiles import COLS, ROWS, Tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ALPHA = 0.6
"""Courant number of :meth:`Inertial.largest_step`."""
SHALLOW = 1e-2
"""Steps are never longer than this depth allows [m]: a film obeys friction, not waves."""
PER_THREAD = 50_000
"""Active cells below which a thread more costs more than it brings."""


class Inertial:
    """Local-inertial engine (see :class:`~jumeau.worksites.climate.engine.Engine`).

    The state takes 28 bytes a cell with the outputs; bed and friction, 4 each, are the caller's.
    The answer, to the last bit, depends neither on ``threads`` nor on ``skip``.

    Parameters
    ----------
    domain, sides
        Kept, not copied.
    depth : (ny, nx) float32 or float64 array
        Water at the start [m]; copied. What float32 cannot hold of a float64 is kept beside it, so
        that a deep lake is level to its last bit.
    threads : int
        Threads at most.
    skip : bool
        Leave out the tiles in which nothing can change.
    """

    name = "inertial"
    settings = {"alpha": ALPHA, "theta_min": float(THETA), "dry_m": float(DRY)}  # noqa: RUF012

    def __init__(
        self,
        domain: Domain,
        sides: Sides,
        depth: NDArray[np.float32] | NDArray[np.float64],
        threads: int,
        skip: bool = True,
    ) -> None:
        self.domain, self.sides = domain, sides
        ny, nx = domain.bed.shape
        self._depth, self._owed, self._qx, self._qy, self._deepest, self._fastest, self._arrival = (
            _field(ny, nx, place) for place in range(7)
        )
        self._depth[:] = depth
        if depth.dtype == np.float64:
            np.subtract(depth, self._depth, out=self._owed, casting="same_kind")
        self._deepest[:] = depth
        self._arrival[:] = np.nan
        for first, row in zip(self._arrival, self._depth, strict=True):  # no field beside
            first[row > F(0.01)] = 0.0
        self._west, self._north = np.zeros(ny, np.float32), np.zeros(nx, np.float32)
        friction, stride = _rows(domain.friction, nx)
        walls, normals = _walls(domain), _normals(domain, sides)
        self._kept = (domain.bed, friction, *sides, *normals, *walls)  # their addresses are used
        self._grid = Grid(
            ny, nx, _address(domain.bed), _address(self._depth), _address(self._owed),
            _address(self._qx), _address(self._qy), _address(self._west), _address(self._north),
            _address(friction), stride, _address(self._deepest), _address(self._fastest),
            _address(self._arrival),
        )  # fmt: skip
        self._walls = Walls(*[_address(array) for array in walls])
        self._outside = Outside(*[_address(array) for array in (*sides, *normals)])
        self._tiles = Tiles(ny, nx, skip)
        self._shores = self._stage_tiles()
        self._lost = np.zeros(ny)
        self._open = int(cells.open_cells(domain.bed))
        self._top = float(self._depth.max(initial=0.0))
        self._rain = _Rates(domain.bed, self._tiles.changed.shape)
        self._loss = _Rates(domain.bed, self._tiles.changed.shape)
        pitch = -(-(nx + 2 * PAD) // 16)
        self._pitch = 64 * (pitch + 1 - pitch % 2)  # rows of scratch begin in different sets
        self._threads = max(1, threads)
        self._scratch = np.ones((self._threads, SCRATCH, self._pitch // 4), np.float32)
        self._scratch[:, NOTHING:] = 0.0
        self._seams = np.zeros((self._threads + 1, SEAM, self._pitch // 4), np.float32)
        self._pool: ThreadPoolExecutor | None = None
        self._cuts: tuple[tuple[int, int], list[int]] = ((-1, 0), [])

    @property
    def depth(self) -> NDArray[np.float32]:
        """(ny, nx) depth now [m]; the state itself."""
        return self._depth

    @property
    def depth_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest depth since the start [m]."""
        return self._deepest

    @property
    def speed_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest speed since the start, where deeper than 1 mm [m/s]."""
        return self._fastest

    @property
    def arrival(self) -> NDArray[np.float32]:
        """(ny, nx) first time with a depth above 0.01 m [s]; NaN if never."""
        return self._arrival

    def largest_step(self) -> float:
        """Return α·Δx/√(g·h) with the greatest depth h, stages beside open faces included [s]."""
        top = max(self._top, self._stage_depth())
        if top <= 0.0:
            return math.inf
        return ALPHA * self.domain.cell / math.sqrt(GRAVITY * max(top, SHALLOW))

    def step(self, dt: float, time: float, forcing: Forcing) -> Stepped:
        """Advance by ``dt`` [s]; ``time`` is that at the end of the step [s].

        A step that is too long for the depths there are, or whose forcing is not finite, is
        refused before anything is touched (``stable=False``).
        """
        rained = self._rain.read(forcing.rain)
        lossy = self._loss.read(forcing.loss)
        if not self._possible(dt, forcing):
            return Stepped(np.zeros(4), 0.0, 0.0, 0.0, 0.0, False)
        tiles = self._tiles
        area = self.domain.cell**2
        dtdx = F(dt / self.domain.cell)
        pace = Pace(dtdx, F(GRAVITY) * dtdx, F(dt), F(time))
        unmet = 0.0
        if forcing.cells.size:
            unmet = cells.take(
                self._depth, self._owed, tiles.changed, forcing.cells, forcing.volumes
            )
        watch = tiles.begin(self._rain.everywhere, self._forced(forcing, lossy))
        weather = Weather(
            _address(self._rain.rows), self._rain.stride, _address(self._loss.rows),
            self._loss.stride, int(lossy),
        )  # fmt: skip
        bits = self._sweep(weather, pace, watch)
        if watch and lossy:
            tiles.changed |= tiles.tops > 0
        bits = max(bits, tiles.rest)
        imposed = 0.0
        outputs = (self._deepest, self._arrival, tiles.changed, tiles.tops)
        if forcing.cells.size:
            given = cells.give(
                self._depth, self._owed, *outputs, forcing.cells, forcing.volumes, pace.time
            )
            bits = max(bits, given)
        if forcing.imposed.size:
            highest, imposed = cells.impose(
                self.domain.bed, self._depth, self._owed, *outputs, forcing.imposed,
                forcing.levels, pace.time,
            )  # fmt: skip
            bits = max(bits, highest)
        tiles.end()
        self._top = float(np.int32(bits).view(np.float32))
        through = np.array(
            [
                self._west.sum(dtype=np.float64),
                -self._qx[:, -1].sum(dtype=np.float64),
                self._north.sum(dtype=np.float64),
                -self._qy[-1].sum(dtype=np.float64),
            ]
        )
        fallen = (
            self._rain.total * float(pace.dt)
            if self._rain.raster
            else self._open * float(self._rain.rows[0] * pace.dt)
        )
        return Stepped(
            through * (float(dtdx) * area),
            fallen * area if rained else 0.0,
            float(self._lost.sum()) * area if lossy else 0.0,
            float(imposed) * area,
            float(unmet) * area,
            True,
        )

    def undo(self) -> None:
        """Do nothing: a step that is not stable was refused before anything changed."""

    def storage(self) -> float:
        """Return the volume of water, what rounding owes included [m³]."""
        return float(cells.storage(self._depth, self._owed)) * self.domain.cell**2

    def froude(self) -> tuple[int, int]:
        """Return how many cells are deeper than 0.05 m, and how many of them run fast."""
        wet, fast = cells.froude(
            self.domain.bed, self._depth, self._qx, self._qy, self._west, self._north,
            self.domain.cell,
        )  # fmt: skip
        return int(wet), int(fast)

    def speed(self) -> NDArray[np.float32]:
        """Return the (ny, nx) speed now [m/s], 0 below 1 mm of water."""
        out: NDArray[np.float32] = cells.speed(
            self._depth, self._qx, self._qy, self._west, self._north, self._fastest
        )
        return out

    def close(self) -> None:
        """Release the threads; the state can still be read."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _sweep(self, weather: Weather, pace: Pace, watch: bool) -> int:
        tiles, pitch = self._tiles, self._pitch
        threads = min(self._threads, 1 + tiles.cells // PER_THREAD)
        if self._cuts[0] != (tiles.version, threads):
            self._cuts = ((tiles.version, threads), tiles.bands(threads))
        rows = self._cuts[1]
        seams, scratch = _address(self._seams), _address(self._scratch)
        for k, line in enumerate(rows):
            seam(
                self._grid, self._outside, self._walls, pace, line, seams + k * SEAM * pitch,
                pitch, scratch + 4 * PAD, _address(tiles.starts), _address(tiles.runs),
            )  # fmt: skip
        self._north[:] = self._seams[0, 1, : self._north.size]

        def band(k: int) -> int:
            above = seams + k * SEAM * pitch
            return int(
                sweep(
                    self._grid, weather, self._outside, self._walls, pace, rows[k], rows[k + 1],
                    above, above + SEAM * pitch, pitch,
                    scratch + k * SCRATCH * pitch + 4 * PAD, _address(tiles.starts),
                    _address(tiles.runs), watch, tiles.changed, tiles.tops, self._lost,
                )
            )  # fmt: skip

        return max(self._each(band, len(rows) - 1))

    def _each(self, band: Callable[[int], int], count: int) -> list[int]:
        # Run the bands; leave only when all have ended, whatever happens here.
        if count == 1:
            return [band(0)]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads - 1, thread_name_prefix="inertial")
        futures = [self._pool.submit(band, k) for k in range(1, count)]
        try:
            first = band(0)
        finally:
            wait(futures)
        return [first, *(future.result() for future in futures)]

    def _possible(self, dt: float, forcing: Forcing) -> bool:
        finite = (
            math.isfinite(self._rain.total)
            and math.isfinite(self._loss.total)
            and bool(np.isfinite(forcing.volumes).all())
            and bool(np.isfinite(forcing.levels).all())
        )
        longest = self.domain.cell * math.sqrt(THETA / (2.0 * GRAVITY * max(self._top, SHALLOW)))
        return finite and dt > 0.0 and (self._top <= 0.0 or dt <= longest)

    def _forced(self, forcing: Forcing, lossy: bool) -> NDArray[np.uint8] | None:
        # Tiles in which water may appear, move or go by what comes from outside.
        if not self._tiles.skip or self._rain.everywhere:
            return None
        parts = [self._shores] if self._shores is not None else []
        if self._rain.raster and self._rain.total != 0.0:
            parts.append(self._rain.tiles)
        if lossy:
            parts.append(self._loss.tiles & (self._tiles.tops > 0))
        nx = self._grid.nx
        for group in (forcing.cells, forcing.imposed):
            if group.size:
                touched = np.zeros(self._tiles.changed.shape, np.uint8)
                touched[group // (nx * ROWS), group % nx // COLS] = 1
                parts.append(touched)
        if not parts:
            return None
        forced = parts[0]
        for part in parts[1:]:
            forced = forced | part
        return forced

    def _stage_tiles(self) -> NDArray[np.uint8] | None:
        sides = self.sides
        touched = np.zeros(self._tiles.changed.shape, np.uint8)
        for index, kind in ((0, sides.kind_west), (-1, sides.kind_east)):
            touched[np.flatnonzero(kind == STAGE) // ROWS, index] = 1
        for index, kind in ((0, sides.kind_north), (-1, sides.kind_south)):
            touched[index, np.flatnonzero(kind == STAGE) // COLS] = 1
        return touched if touched.any() else None

    def _stage_depth(self) -> float:
        if self._shores is None:
            return 0.0
        sides, bed = self.sides, self.domain.bed
        deepest = 0.0
        for kind, level, edge in (
            (sides.kind_west, sides.level_west, bed[:, 0]),
            (sides.kind_east, sides.level_east, bed[:, -1]),
            (sides.kind_north, sides.level_north, bed[0]),
            (sides.kind_south, sides.level_south, bed[-1]),
        ):
            beyond = np.where(kind == STAGE, level - edge, F(0.0))
            deepest = max(deepest, float(beyond.max(initial=0.0)))
        return deepest


class _Rates:
    """Rain or infiltration of a step, as rows that the sweep can read."""

    def __init__(self, bed: NDArray[np.float32], shape: tuple[int, int]) -> None:
        self._bed = bed
        self.raster = False
        self.rows: NDArray[np.float32] = np.zeros(bed.shape[1], np.float32)
        self.stride = 0
        self.total = 0.0
        self.tiles = np.zeros(shape, np.uint8)
        self._row = self.rows

    def read(self, rate: np.float32 | NDArray[np.float32]) -> bool:
        """Take the rate of a step; return whether there is any.

        A raster is summed at each step, unless it is the same one and cannot be written to.
        """
        if not isinstance(rate, np.ndarray):
            if self.raster or self._row[0] != rate:
                self._row[:] = rate
                self.tiles[:] = 1
            self.raster, self.rows, self.stride = False, self._row, 0
            self.total = float(rate)
            return self.total != 0.0
        if rate is not self.rows or rate.flags.writeable:
            self.total = float(cells.gauge(rate, self._bed, self.tiles))
        self.raster, self.rows, self.stride = True, rate, rate.strides[0]
        return self.total != 0.0

    @property
    def everywhere(self) -> bool:
        """Whether it is the same everywhere, and not 0."""
        return not self.raster and self.total != 0.0


def _field(ny: int, nx: int, place: int) -> NDArray[np.float32]:
    # Each field begins at another offset of a page, so that rows of several do not evict each
    # other from the cache; 16 cells before the first may be read.
    first = 16 + 160 * place
    return np.zeros(first + ny * nx + 16, np.float32)[first : first + ny * nx].reshape(ny, nx)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _rows(values: NDArray[np.float32] | float, nx: int) -> tuple[NDArray[np.float32], int]:
    if isinstance(values, np.ndarray):
        return values, values.strides[0]
    return np.full(nx + 1, values, np.float32), 0


def _walls(domain: Domain) -> list[NDArray[Any]]:
    # Crests sorted by the row of their face: east face of (row, col − 1), south of (row − 1, col).
    ny = domain.bed.shape[0]
    row, col = np.asarray(domain.crests.row), np.asarray(domain.crests.col)
    parts: list[NDArray[Any]] = []
    for axis, up, left in ((1, 0, 1), (0, 1, 0)):
        chosen = np.flatnonzero(np.asarray(domain.crests.axis) == axis)
        chosen = chosen[np.argsort(row[chosen], kind="stable")]
        starts = np.searchsorted(row[chosen] - up, np.arange(ny + 1))
        level = np.asarray(domain.crests.level, np.float32)[chosen]
        parts += [starts.astype(np.int64), (col[chosen] - left).astype(np.int64), level]
    return parts


def _normals(domain: Domain, sides: Sides) -> list[NDArray[np.float32]]:
    # √S/n of the free faces of the four sides; −1 where n = 0 (critical outflow).
    bed = domain.bed
    friction = np.broadcast_to(np.asarray(domain.friction, np.float32), bed.shape)
    found = []
    for kind, edge, inner, rough in (
        (sides.kind_west, bed[:, 0], bed[:, min(1, bed.shape[1] - 1)], friction[:, 0]),
        (sides.kind_east, bed[:, -1], bed[:, max(-2, -bed.shape[1])], friction[:, -1]),
        (sides.kind_north, bed[0], bed[min(1, bed.shape[0] - 1)], friction[0]),
        (sides.kind_south, bed[-1], bed[max(-2, -bed.shape[0])], friction[-1]),
    ):
        drop = (inner.astype(np.float64) - edge) / domain.cell
        slope = np.where((inner < OPEN) & (edge < OPEN), np.maximum(drop, FREE_SLOPE), FREE_SLOPE)
        with np.errstate(divide="ignore"):
            normal = np.sqrt(slope * GRAVITY / rough)
        found.append(np.where((kind == FREE) & (rough > 0), normal, -1.0).astype(np.float32))
    return found
