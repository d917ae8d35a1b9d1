# SPDX-License-Identifier: EUPL-1.2
"""The finite-volume engine: full shallow-water equations, for breaches, steep streets and run-up.

Godunov scheme in one pass: HLLC fluxes with the wave speeds of two rarefactions and the dry-bed
forms (Toro 2001), hydrostatic reconstruction (Audusse et al. 2004), friction implicit in the square
of the velocity. It is of second order (MUSCL with minmod slopes, Hancock's half step) where the
grid resolves the flow, of first order where bed or depth change by more than a tenth of the depth
from cell to cell; films that friction rules keep the slope of their surface. It is written in
differences from rest, so that a lake at rest stays exactly at rest.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.climate.engine import GRAVITY, STAGE, Domain, Forcing, Sides, Stepped
from jumeau.worksites.climate.hllc_bands import (
    HALO,
    SCRATCH,
    TILE_COLUMNS,
    TILE_ROWS,
    Band,
    Fields,
    Tally,
    activity,
    sweep,
)
from jumeau.worksites.climate.hllc_edges import edges
from jumeau.worksites.climate.hllc_rows import CEILING, fast, total, velocity

if TYPE_CHECKING:
    from numpy.typing import NDArray

COURANT = 0.9
"""Share of a cell that waves may cross in a step, both directions added [-]."""

LARGEST = 1.0
"""Courant number beyond which a step is refused [-]."""

SMALL = 65_536
"""Domains of fewer cells run in one thread."""

_F = np.float32


class Hllc:
    """Full shallow-water equations by finite volumes, well balanced.

    Parameters
    ----------
    domain, sides, depth, threads, skip
        See :class:`~jumeau.worksites.climate.engine.Engine`.

    Notes
    -----
    ∂h/∂t + ∇·q = rain − loss; ∂q/∂t + ∇·(q⊗q/h + ½·g·h²) = −g·h·∇z − g·n²·|q|·q/h^(7/3).
    A step is refused before it is done when waves would cross more than a cell in it: the state is
    then as it was, and :meth:`undo` has nothing to restore. Within that bound depths stay positive
    and velocities bounded.

    References
    ----------
    Audusse et al. (2004), SIAM J. Sci. Comput. 25(6); Toro (2001), *Shock-capturing methods for
    free-surface shallow flows*; van Leer (1984), SIAM J. Sci. Stat. Comput. 5(1).
    """

    name = "hllc"

    def __init__(
        self,
        domain: Domain,
        sides: Sides,
        depth: NDArray[np.float32] | NDArray[np.float64],
        threads: int,
        skip: bool = True,
    ) -> None:
        ny, nx = domain.bed.shape
        self._domain, self._sides, self._skip = domain, sides, skip
        self._area = domain.cell * domain.cell
        self._open = sum(int(np.count_nonzero(row < CEILING)) for row in domain.bed)
        none = np.zeros((1, nx), _F)
        self._fields = Fields(
            domain.bed,
            _raster(domain.friction, nx),
            none,
            none,
            np.array(depth, _F, order="C"),
            np.zeros((ny, nx), _F),
            np.zeros((ny, nx), _F),
            np.zeros((ny, nx), _F),
            np.array(depth, _F, order="C"),
            np.zeros((ny, nx), _F),
            np.full((ny, nx), np.nan, _F),
        )
        self._edges = edges(sides, domain.crests, ny, domain.cell)
        tiles = (-(-ny // TILE_ROWS), -(-nx // TILE_COLUMNS))
        self._wet, self._near, self._far = (np.ones(tiles, np.uint8) for _ in range(3))
        self._always = np.zeros(tiles, np.uint8)
        for k, (kinds, width) in enumerate(
            zip(sides[:4], (TILE_ROWS, TILE_ROWS, TILE_COLUMNS, TILE_COLUMNS), strict=True)
        ):
            staged = np.logical_or.reduceat(kinds == STAGE, np.arange(0, kinds.size, width))
            where = (np.s_[:, 0], np.s_[:, -1], np.s_[0], np.s_[-1])[k]
            self._always[where] |= staged
        self._tally = Tally(*(np.zeros(n) for n in (ny, ny, nx, nx, ny, ny)))
        threads = 1 if ny * nx < SMALL else min(max(threads, 1), tiles[0])
        self._bands = [_band(k, threads, tiles[0], ny, nx) for k in range(threads)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        for row, arrival in zip(self._fields.h, self._fields.arrival, strict=True):
            arrival[row > _F(0.01)] = 0.0
        self._fastest = 0.0
        for i in range(tiles[0]):
            rows = self._fields.h[i * TILE_ROWS : (i + 1) * TILE_ROWS]
            deepest = np.maximum.reduceat(rows.max(axis=0), np.arange(0, nx, TILE_COLUMNS))
            self._wet[i] = deepest > 0.0
            self._fastest = max(self._fastest, 2.0 * float(np.sqrt(GRAVITY * deepest.max())))
        self._seen: object = None
        self._falls = False

    @property
    def depth(self) -> NDArray[np.float32]:
        """(ny, nx) depth now [m], the state itself."""
        return self._fields.h

    @property
    def depth_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest depth since the start [m]."""
        return self._fields.depth_max

    @property
    def speed_max(self) -> NDArray[np.float32]:
        """(ny, nx) greatest speed of water deeper than a millimetre since the start [m/s]."""
        return self._fields.speed_max

    @property
    def arrival(self) -> NDArray[np.float32]:
        """(ny, nx) first time with a depth above ``ARRIVED`` [s]; NaN if never."""
        return self._fields.arrival

    def largest_step(self) -> float:
        """Return the longest stable step [s]: Δt·(|u| + |v| + 2·√(g·h)) ≤ 0.9·Δx everywhere."""
        fastest = max(self._fastest, 2.0 * float(np.sqrt(GRAVITY * self._outside())))
        return COURANT * self._domain.cell / fastest if fastest > 0.0 else np.inf

    def _outside(self) -> float:
        """Return the greatest depth beyond the outer faces whose level is imposed [m]."""
        bed, sides = self._domain.bed, self._sides
        deepest = 0.0
        for edge, kinds, levels in zip(
            (bed[:, 0], bed[:, -1], bed[0], bed[-1]), sides[:4], sides[4:], strict=True
        ):
            staged = kinds == STAGE
            if staged.any():
                deepest = max(deepest, float((levels[staged] - edge[staged]).max()))
        return deepest

    def step(self, dt: float, time: float, forcing: Forcing) -> Stepped:
        """Advance by ``dt`` [s]; ``time`` is that at the end of the step [s].

        Parameters
        ----------
        dt, time : float
            Step and its end [s].
        forcing : Forcing
            See :class:`~jumeau.worksites.climate.engine.Forcing`.

        Returns
        -------
        Stepped
            Volumes [m³]; ``stable`` is False, and nothing done, when waves would cross a cell.
        """
        cell = self._domain.cell
        if not dt * self._fastest <= LARGEST * cell:
            return Stepped(np.zeros(4), 0.0, 0.0, 0.0, 0.0, False)
        step, ratio = _F(dt), _F(dt / cell)
        unmet = self._take(forcing)
        rained, lost = self._rain(forcing.rain), _some(forcing.loss)
        fields = self._fields._replace(
            rain=_raster(forcing.rain, self._fields.h.shape[1]),
            loss=_raster(forcing.loss, self._fields.h.shape[1]),
        )
        if rained or not self._skip:
            self._near[:] = self._far[:] = 1
        else:
            activity(self._wet, self._always, self._near, self._far)
        for counted in self._tally:
            counted[:] = 0.0
        self._fastest = self._sweep(fields, ratio, step, _F(time), rained, lost)
        self._give(forcing, time)
        imposed = self._impose(forcing, time)
        tally = self._tally
        if fields.rain.shape[0] > 1 or fields.h.shape[0] == 1:
            fallen = float(tally.given.sum())
        else:
            fallen = float(step * fields.rain[0, 0]) * self._open
        faces = np.array([tally.west.sum(), tally.east.sum(), tally.north.sum(), tally.south.sum()])
        return Stepped(
            faces * float(ratio) * self._area,
            fallen * self._area,
            float(tally.taken.sum()) * self._area,
            imposed,
            unmet,
            True,
        )

    def _sweep(
        self,
        fields: Fields,
        ratio: np.float32,
        dt: np.float32,
        time: np.float32,
        rained: bool,
        lost: bool,
    ) -> float:
        """Advance all bands, each after a copy of its neighbours' rows; return the top speed."""
        ny = fields.h.shape[0]
        for band in self._bands:
            for part, first in ((band.north, band.first - HALO), (band.south, band.last)):
                for k in range(HALO):
                    if 0 <= first + k < ny:
                        part[0, k] = fields.h[first + k]
                        part[1, k] = fields.u[first + k]
                        part[2, k] = fields.v[first + k]

        def work(band: Band) -> float:
            return float(
                sweep(
                    fields, self._edges, band, self._tally, self._near, self._far, self._wet,
                    ratio, dt, time, rained, lost,
                )
            )  # fmt: skip

        if self._pool is None:
            return work(self._bands[0])
        return max(self._pool.map(work, self._bands))

    def _rain(self, rain: np.float32 | NDArray[np.float32]) -> bool:
        """Return whether it rains anywhere; a raster is looked at once."""
        if self._seen is not rain:
            self._seen, self._falls = rain, _some(rain)
        return self._falls

    def _take(self, forcing: Forcing) -> float:
        """Take from the cells what is asked, as far as it is there; return what is not [m³]."""
        asked = forcing.volumes < 0.0
        if not asked.any():
            return 0.0
        at = np.unravel_index(forcing.cells[asked], self._fields.h.shape)
        there = self._fields.h[at].astype(np.float64)
        wanted = -forcing.volumes[asked]
        taken = np.minimum(wanted, there)
        self._set(at, there - taken)
        return float((wanted - taken).sum()) * self._area

    def _give(self, forcing: Forcing, time: float) -> None:
        """Give to the cells what enters them, without momentum."""
        given = forcing.volumes > 0.0
        if not given.any():
            return
        f = self._fields
        at = np.unravel_index(forcing.cells[given], f.h.shape)
        before = f.h[at].astype(np.float64)
        self._set(at, before + forcing.volumes[given])
        kept = (before / np.maximum(f.h[at], 1e-30)).astype(_F)
        f.u[at] *= kept
        f.v[at] *= kept
        self._note(at, time)

    def _impose(self, forcing: Forcing, time: float) -> float:
        """Impose the surface of cells, still as a reservoir; return the volume added [m³]."""
        if not forcing.imposed.size:
            return 0.0
        f = self._fields
        at = np.unravel_index(forcing.imposed, f.h.shape)
        before = f.h[at].astype(np.float64) + f.owed[at]
        f.h[at] = np.maximum(forcing.levels - f.bed[at], _F(0.0))
        f.owed[at] = 0.0
        f.u[at] = f.v[at] = 0.0  # a reservoir: else its speed grows without end
        self._note(at, time)
        return float((f.h[at].astype(np.float64) - before).sum()) * self._area

    def _set(self, at: tuple[NDArray[np.intp], ...], depth: NDArray[np.float64]) -> None:
        """Set depths, what float32 cannot hold going to the debt."""
        f = self._fields
        wanted = depth + f.owed[at]
        now = np.maximum(wanted, 0.0).astype(_F)
        f.owed[at] = (wanted - now).astype(_F)
        f.h[at] = now

    def _note(self, at: tuple[NDArray[np.intp], ...], time: float) -> None:
        """Raise what follows from depths that were set: outputs, wet tiles, the next step."""
        f = self._fields
        h = f.h[at]
        f.depth_max[at] = np.maximum(f.depth_max[at], h)
        f.arrival[at] = np.where((h > _F(0.01)) & np.isnan(f.arrival[at]), _F(time), f.arrival[at])
        self._wet[at[0][h > 0.0] // TILE_ROWS, at[1][h > 0.0] // TILE_COLUMNS] = 1
        speeds = np.abs(f.u[at]) + np.abs(f.v[at]) + 2.0 * np.sqrt(GRAVITY * h)
        self._fastest = max(self._fastest, float(speeds.max()))

    def undo(self) -> None:
        """Restore the state before a refused step: it is that already."""

    def storage(self) -> float:
        """Return the volume of water, what float32 still owes included [m³]."""
        f = self._fields
        rows = np.array([total(h) + total(c) for h, c in zip(f.h, f.owed, strict=True)])
        return float(rows.sum()) * self._area

    def froude(self) -> tuple[int, int]:
        """Return how many cells are deeper than 0.05 m, and how many of them run fast."""
        f = self._fields
        wet, quick = fast(f.bed, f.h, f.u, f.v, _F(self._domain.cell))
        return int(wet), int(quick)

    def speed(self) -> NDArray[np.float32]:
        """Return the (ny, nx) speed now [m/s], 0 where dry."""
        f = self._fields
        out = np.empty_like(f.h)
        velocity(f.u, f.v, out)
        return out

    def close(self) -> None:
        """Release the threads; the state can still be read."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
            self._bands = [_band(0, 1, self._wet.shape[0], *self._fields.h.shape)]


def _band(k: int, count: int, tiles: int, ny: int, nx: int) -> Band:
    """Return band k of ``count``, of whole rows of tiles."""
    first, last = (min(tiles * i // count * TILE_ROWS, ny) for i in (k, k + 1))
    halo = np.zeros((2, 3, HALO, nx), _F)
    saved = np.zeros((2, 3, last - first, HALO), _F)
    return Band(first, last, halo[0], halo[1], saved, np.zeros(SCRATCH, _F))


def _raster(value: float | np.float32 | NDArray[np.float32], nx: int) -> NDArray[np.float32]:
    """Return a raster as it is, and a number as one row that serves all."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return value
    return np.full((1, nx), value, _F)


def _some(value: np.float32 | NDArray[np.float32]) -> bool:
    """Return whether something is above 0."""
    return bool(np.max(value) > 0.0)
