# SPDX-License-Identifier: EUPL-1.2
"""What each lamp gives to each cell, kept so that dimming and relamping only re-weight.

All light is linear in the flux of lamps: E = Σ fᵢ·Eᵢ. Geometry and line of sight are computed once;
each new set of factors is one pass over what was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds, Progress
from jumeau.base.errors import error
from jumeau.worksites.lighting import arguments
from jumeau.worksites.lighting.cells import Cells, threads_for, together
from jumeau.worksites.lighting.filling import Light
from jumeau.worksites.lighting.photometry import Photometry
from jumeau.worksites.lighting.point_source import lit_tiles, prepared
from jumeau.worksites.lighting.surfaces import UP, Surfaces, as_grid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EXACT = 2**28
"""Lamp–cell pairs up to which contributions are kept in single precision, 1 GiB."""

MOST = 2**33
"""Memory that contributions may take, 8 GiB [B]."""
WIDE = (128, 1024)
"""Rows and columns of a block: long runs are summed faster."""


@dataclass(frozen=True, eq=False)
class Block:
    """Contributions to one block of cells.

    Parameters
    ----------
    where : (slice, slice)
        Its rows and columns in the grid.
    values : (q,) float32 or uint16 array
        Contributions, run after run, then zeros; 16 bits hold 5 of exponent and 11 of mantissa
        under the scale of the run, and zeros fill each run to whole steps [lx].
    runs : (r, 4) int32 array
        Lamp, row in the block, first column, number of cells; by rising row.
    scale : (r,) float32 array
        Scale of each run, when values have 16 bits.
    """

    where: tuple[slice, slice]
    values: NDArray[Any]
    runs: NDArray[np.int32]
    scale: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Contributions:
    """Illuminance of each lamp in each cell that it reaches, ready for re-weighting.

    Parameters
    ----------
    bounds : (xmin, ymin, xmax, ymax)
        Outer edges of the grid [m].
    shape : (int, int)
        Its rows and columns.
    lamps : int
        Number of lamps given.
    blocks : sequence of Block
        What was kept, north to south and west to east.
    unknown : (ny, nx) bool array, optional
        Cells whose ground is not known.
    """

    bounds: Bounds
    shape: tuple[int, int]
    lamps: int
    blocks: Sequence[Block]
    unknown: NDArray[np.bool_] | None = None

    @property
    def pairs(self) -> int:
        """Number of lamp–cell pairs kept."""
        return sum(int(block.runs[:, 3].sum()) for block in self.blocks)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept [B]."""
        return sum(b.values.nbytes + b.runs.nbytes + b.scale.nbytes for b in self.blocks)

    def weigh(self, factors: ArrayLike = 1.0, *, workers: int | None = None) -> NDArray[np.float32]:
        """Return the illuminance for factors on the lamps (linear re-weighting).

        Parameters
        ----------
        factors : float or (n,) array_like
            Factor on what each lamp gave: 0 when it is off, 0.5 when dimmed to half, the ratio of
            fluxes after a relamping with the same photometry.
        workers : int, optional
            Threads; the machine's by default. The result is the same bit for bit.

        Returns
        -------
        (ny, nx) float32 array
            Illuminance Σ fᵢ·Eᵢ, NaN where the ground is not known [lx].

        Raises
        ------
        InvalidError
            ``JUM-L004`` when factors are not one finite number a lamp.

        Examples
        --------
        >>> from jumeau.worksites import lighting
        >>> lamp = lighting.generic_photometry("SHP 100")
        >>> kept = lighting.contributions(
        ...     [[10, 10, 8.0], [40, 10, 8.0]], [lamp], 0, bounds=(0, 0, 50, 20)
        ... )
        >>> both, first = kept.weigh(), kept.weigh([1.0, 0.0])
        >>> bool((first < both).all())
        True
        """
        weights = arguments.per_lamp("factors", factors, self.lamps).astype(np.float64)
        out = np.zeros(self.shape, np.float32)
        if self.blocks:
            from jumeau.worksites.lighting import weighing_kernels as kernels

            def one(block: Block) -> None:
                if block.values.dtype == np.uint16:
                    kernels.weigh_short(out[block.where], block.values, block.runs, block.scale,
                                        weights)  # fmt: skip
                else:
                    kernels.weigh(out[block.where], block.values, block.runs, weights)

            together(one, self.blocks, min(threads_for(workers), len(self.blocks)))
        if self.unknown is not None:
            out[self.unknown] = np.nan
        return out


def contributions(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    bounds: Bounds,
    cell_size: float = 1.0,
    flux: ArrayLike | None = None,
    tilt: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    ground: ArrayLike | None = None,
    dsm: ArrayLike | None = None,
    canopy: ArrayLike | None = None,
    transmission: float = 0.0,
    height_above: float = 0.0,
    normal: ArrayLike | str = UP,
    radius: ArrayLike | None = None,
    workers: int | None = None,
    compact: bool | None = None,
) -> Contributions:
    """Compute what each lamp gives to each cell (point-source law, exact sight), and keep it.

    Parameters
    ----------
    positions, photometries, which, bounds, cell_size, flux, tilt, azimuth, ground, dsm, canopy
        As for :func:`~jumeau.worksites.lighting.point_source.illuminance`.
    transmission, normal
        Likewise [-].
    height_above, radius
        Likewise [m].
    workers
        Likewise.
    compact : bool, optional
        Whether to keep 16 bits a pair, exact to 2.5·10⁻⁴ each, instead of single precision; by
        default beyond :data:`EXACT` pairs.

    Returns
    -------
    Contributions
        With ``weigh(factors)``, the illuminance for any factors on the lamps.

    Raises
    ------
    InvalidError
        As :func:`~jumeau.worksites.lighting.point_source.illuminance`, and ``JUM-L052`` when they
        would take more than :data:`MOST`.
    """
    given = Surfaces(as_grid("ground", ground), as_grid("dsm", dsm), as_grid("canopy", canopy))
    lamps = arguments.numbers("positions", positions)
    light = prepared(
        lamps, photometries, which, bounds=bounds, cell_size=cell_size, flux=flux, tilt=tilt,
        azimuth=azimuth, surfaces=given, transmission=transmission, height_above=height_above,
        normal=normal, radius=radius,
    )  # fmt: skip
    return _kept(light, grid.check(bounds), _count(lamps), threads_for(workers), compact)


def contributions_tiles(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None = None,
    tilt: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    surfaces: Callable[[Bounds], Surfaces] | None = None,
    transmission: float = 0.0,
    height_above: float = 0.0,
    normal: ArrayLike | str = UP,
    radius: ArrayLike | None = None,
    workers: int | None = None,
    compact: bool | None = None,
    progress: Progress | None = None,
) -> Iterator[Contributions]:
    """Yield what each lamp gives on the territory's grid, tile by tile (as :func:`contributions`).

    Several ``weigh`` of a tile before the next one cost the memory of one tile.

    Parameters
    ----------
    positions, photometries, which, flux, tilt, azimuth, surfaces, transmission, height_above
        As for :func:`~jumeau.worksites.lighting.point_source.illuminance_tiles`.
    normal
        Likewise [-].
    radius
        Likewise [m].
    workers
        Likewise.
    compact : bool, optional
        As for :func:`contributions`.
    progress : callable, optional
        Called with ``"illuminance"`` and the share of tiles done.

    Yields
    ------
    Contributions
        Those of a tile of 1000 × 1000 cells of 1 m, from north to south and west to east; factors
        are those of all lamps.
    """
    lamps = arguments.numbers("positions", positions)
    threads = threads_for(workers)
    for tile, light, candidates, share in lit_tiles(
        lamps, photometries, which, flux=flux, tilt=tilt, azimuth=azimuth, surfaces=surfaces,
        transmission=transmission, height_above=height_above, normal=normal, radius=radius,
    ):  # fmt: skip
        yield _kept(light, tile.bounds, _count(lamps), threads, compact, candidates)
        if progress is not None:
            progress("illuminance", share)


def _count(lamps: NDArray[np.float64]) -> int:
    return len(lamps) if lamps.ndim == 2 else 0


def _kept(
    light: Light | Cells,
    bounds: Bounds,
    count: int,
    threads: int,
    compact: bool | None,
    candidates: NDArray[np.int64] | None = None,
) -> Contributions:
    cells = light if isinstance(light, Cells) else light.cells
    part = cells.part()
    unknown = None if part is None or np.isfinite(part).all() else ~np.isfinite(part)
    if isinstance(light, Cells):
        return Contributions(bounds, cells.shape, count, (), unknown)
    pairs = _pairs(light, candidates)
    if compact is None:
        compact = pairs > EXACT
    size = pairs * (2.0 if compact else 4.0)
    if size > MOST:
        raise error("JUM-L052", size=size / 2**30, most=MOST / 2**30)
    blocks: list[Block] = []
    for places, chosen, sight in light.strips(threads, candidates, WIDE):

        def one(
            where: tuple[slice, slice],
            chosen: NDArray[np.int64] = chosen,
            sight: tuple[NDArray[np.uint8], NDArray[np.int64]] = sight,
        ) -> Block | None:
            return _block(light, where, chosen, sight, compact=compact)

        found = together(one, places, min(threads, len(places)))
        blocks.extend(block for block in found if block is not None)
    return Contributions(bounds, cells.shape, count, blocks, unknown)


def _pairs(light: Light, candidates: NDArray[np.int64] | None) -> float:
    """Return about how many pairs of lamp and cell there are, at most."""
    place = light.scene.place if candidates is None else light.scene.place[candidates]
    cells = light.cells
    disc = np.pi * (place[:, 3] / cells.cell) ** 2
    side = 2.0 * place[:, 3] / cells.cell
    window = np.minimum(side, cells.shape[0]) * np.minimum(side, cells.shape[1])
    return float(np.minimum(disc, window).sum())


def _block(
    light: Light,
    where: tuple[slice, slice],
    chosen: NDArray[np.int64],
    sight: tuple[NDArray[np.uint8], NDArray[np.int64]],
    *,
    compact: bool,
) -> Block | None:
    from jumeau.worksites.lighting import surface_kernels, weighing_kernels

    shape = (where[0].stop - where[0].start, where[1].stop - where[1].start)
    west, north = light.corner(where)
    near = light.scene.near(shape, west, north, light.cells.cell, chosen)
    most, count = surface_kernels.measure(*shape, west, north, light.cells.cell, near,
                                          light.scene.place)  # fmt: skip
    if not most:
        return None
    values, runs = np.empty(most, np.float32), np.empty((count, 4), np.int32)
    most, count = light.block(np.empty(shape, np.float32), where, chosen, sight, values, runs)
    most, count = weighing_kernels.trim(values, runs, count, light.scene.lamp)
    if not most:
        return None
    runs = runs[:count].copy()
    if not compact:
        kept = np.zeros(most + weighing_kernels.WHOLE, np.float32)
        kept[:most] = values[:most]
        return Block(where, kept, runs, np.empty(0, np.float32))
    short = np.zeros(weighing_kernels.steps(runs), np.uint16)
    scale = np.empty(count, np.float32)
    weighing_kernels.shorten(values, runs, short, scale)
    return Block(where, short, runs, scale)
