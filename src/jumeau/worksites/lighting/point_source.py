# SPDX-License-Identifier: EUPL-1.2
"""Illuminance of point sources, cell by cell: exact inverse-square and cosine law, line of sight.

Lamps are points: every cell, at its centre, receives E = I(C, γ)·cos θ/d² from each. Work is cut
into blocks of 256 × 256 cells, each filled by one thread with its lamps in a fixed order, so that
the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds, Progress, RasterWindow
from jumeau.base.errors import error
from jumeau.worksites.lighting import arguments
from jumeau.worksites.lighting import scene as scenes
from jumeau.worksites.lighting.cells import Cells, threads_for
from jumeau.worksites.lighting.filling import Light
from jumeau.worksites.lighting.photometry import Photometry
from jumeau.worksites.lighting.scene import UNTIL, Scene, reach
from jumeau.worksites.lighting.surfaces import UP, Surfaces, as_grid, unit_normal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

COMPLETE_PAIRS = 2e9
"""Lamp–cell pairs up to which every lamp counts in every cell: about ten seconds of one core."""
COMPLETE_RAYS = 3e8
"""The same where rays are looked along."""

__all__ = ["COMPLETE_PAIRS", "COMPLETE_RAYS", "UNTIL", "illuminance", "illuminance_tiles", "reach"]


def illuminance(
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
) -> NDArray[np.float32]:
    """Compute the illuminance of lamps on a grid (point-source inverse-square law, exact sight).

    Parameters
    ----------
    positions : (n, 3) array_like
        x, y and z of the light sources; z above the ground when it is level at 0 (no ``ground``),
        else on the datum of ``ground`` [m].
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
    tilt : float or (n,) array_like, optional
        Turn about the C0–C180 axis, positive lifts the C90 side; 0 by default [°]. Where the file
        of a photometry has a TILT table, it weakens the flux of the tilted lamp.
    azimuth : float or (n,) array_like, optional
        Direction of C0, clockwise from north (y axis); 0 by default: C90 points west [°].
    ground : (ny, nx) array_like, optional
        Altitude of the ground on the output grid, row 0 north [m]; level at 0 by default. Where it
        is NaN the answer is NaN. The ground alone hides nothing: what hides is in ``dsm``.
    dsm : (ny, nx) array_like, optional
        Top of what light does not cross, on the datum of the ground [m]; NaN where nothing stands.
        Each cell is a column with a flat top over its square. A cell whose column rises more than
        1 cm above the point asked (inside a building) receives 0, save from a lamp above it.
    canopy : (ny, nx) array_like, optional
        Top of tree crowns, likewise [m]; light that crosses any is multiplied by ``transmission``,
        once.
    transmission : float
        Share of light that crowns let through, 0 to 1 [-].
    height_above : float
        Height of what receives light above the ground [m].
    normal : (3,) array_like, or ``"slope"``
        Outward normal of what receives light: x east, y north, z up, of any length; light from
        behind gives 0. ``"slope"`` is the ground's own, by central differences (one-sided at the
        edges and beside NaN) [-].
    radius : float or (n,) array_like, optional
        Horizontal distance up to which a lamp counts [m]. By default every lamp counts in every
        cell as long as that makes at most :data:`COMPLETE_PAIRS` lamp–cell pairs (with obstacles,
        :data:`COMPLETE_RAYS`); beyond, each lamp counts until its illuminance of the level ground
        at its foot (of a surface that faces it, when ``normal`` is not vertical) stays below
        :data:`UNTIL`.
    workers : int, optional
        Threads; the machine's by default. The result is the same bit for bit.

    Returns
    -------
    (ny, nx) float32 array
        Illuminance, row 0 north [lx].

    Raises
    ------
    InvalidError
        ``JUM-L004`` when an argument has not the right shape or range, ``JUM-L050`` when the
        surface or the canopy lies wholly below the ground, ``JUM-L051`` for ``"slope"`` without a
        ground, ``JUM-B010`` when bounds are not a rectangle.

    Notes
    -----
    E = I(C, γ) · (Φ/Φ₀) · cos θ / d², I bilinear in C and γ and 0 beyond the last γ, θ between the
    normal and the direction of the lamp. On level ground E = I·h/(r² + h²)^{3/2}. With a the
    azimuth of C0, level axes are C0 = (sin a, cos a, 0) and C90 = (−cos a, sin a, 0); a tilt t
    turns C90 to cos t·C90 + sin t·up and the axis γ = 0 to sin t·C90 − cos t·up. Within 0.1 mm of
    a lamp nothing is lit. Single precision; against the same sum in double precision the relative
    error is below 1e-5 in a lit cell, grazing light apart.

    The ray runs from the head to the centre of the cell and is hidden when it runs lower than the
    top of a cell that it crosses. Its first metre, its last half metre and the column of the lamp's
    own cell (its mast) hide nothing. Outside the grid nothing stands.

    References
    ----------
    EN 13201-3:2015, horizontal and vertical illuminance; CIE 140:2019.

    Examples
    --------
    >>> from jumeau.worksites import lighting
    >>> lamp = lighting.generic_photometry("SHP 100")
    >>> e = lighting.illuminance([[50.0, 50.0, 8.0]], [lamp], [0], bounds=(0, 0, 100, 100))
    >>> e.shape
    (100, 100)
    """
    out = np.zeros(arguments.shape(bounds, cell_size), np.float32)
    given = Surfaces(as_grid("ground", ground), as_grid("dsm", dsm), as_grid("canopy", canopy))
    light = prepared(
        positions, photometries, which, bounds=bounds, cell_size=cell_size, flux=flux, tilt=tilt,
        azimuth=azimuth, surfaces=given, transmission=transmission, height_above=height_above,
        normal=normal, radius=radius,
    )  # fmt: skip
    if isinstance(light, Cells):
        part = light.part()
        if part is not None:
            out[~np.isfinite(part)] = np.nan
    elif out.size:
        light.fill(out, threads_for(workers))
    return out


def prepared(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    bounds: Bounds,
    cell_size: float,
    flux: ArrayLike | None,
    tilt: ArrayLike | None,
    azimuth: ArrayLike | None,
    surfaces: Surfaces,
    transmission: float,
    height_above: float,
    normal: ArrayLike | str,
    radius: ArrayLike | None,
) -> Light | Cells:
    """Check the arguments of :func:`illuminance`; only the cells when no lamp gives light.

    Parameters
    ----------
    positions, photometries, which, bounds, cell_size, flux, tilt, azimuth, transmission
        As for :func:`illuminance`.
    surfaces : Surfaces
        Ground, surface model and canopy as given.
    height_above, normal, radius
        As for :func:`illuminance`.
    """
    shape = arguments.shape(bounds, cell_size)
    side, edges = float(cell_size), grid.check(bounds)
    surfaces = surfaces.checked(shape)
    cells = Cells(
        shape, edges[0] + 0.5 * side, edges[3] - 0.5 * side, side, surfaces.ground,
        above=float(arguments.numbers("height_above", height_above, scalar=True)),
        normal=unit_normal(normal, ground=surfaces.ground is not None),
    )  # fmt: skip
    through = _share(transmission)
    lamps = arguments.numbers("positions", positions)
    hidden = surfaces.dsm is not None or surfaces.canopy is not None
    pairs = len(np.atleast_1d(lamps)) * shape[0] * shape[1]
    complete = radius is None and pairs <= (COMPLETE_RAYS if hidden else COMPLETE_PAIRS)
    scene = _scene(lamps, photometries, which, cells, flux=flux, tilt=tilt, azimuth=azimuth,
                   radius=math.inf if complete else radius)  # fmt: skip
    return cells if scene is None else Light.of(scene, cells, surfaces, through)


def _scene(
    lamps: NDArray[np.float64],
    photometries: Sequence[Photometry],
    which: ArrayLike,
    cells: Cells,
    *,
    flux: ArrayLike | None,
    tilt: ArrayLike | None,
    azimuth: ArrayLike | None,
    radius: ArrayLike | None,
) -> Scene | None:
    flat = cells.ground is None and cells.normal == UP
    plane: float | NDArray[np.float64] = cells.above
    right = lamps.ndim == 2 and lamps.shape[1:] == (3,) and bool(np.isfinite(lamps).all())
    if cells.ground is not None and right:
        plane = cells.under(lamps[:, 0], lamps[:, 1])
    return scenes.make(
        lamps, photometries, which, flux=flux, tilt=tilt, azimuth=azimuth, plane=plane, flat=flat,
        facing=cells.normal is None or cells.normal == UP, radius=radius,
    )  # fmt: skip


def _share(transmission: float) -> float:
    share = float(arguments.numbers("transmission", transmission, scalar=True))
    if not 0.0 <= share <= 1.0:
        raise error("JUM-L004", argument="transmission", value=str(transmission), expected="0 … 1")
    return share


def illuminance_tiles(
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
    progress: Progress | None = None,
) -> Iterator[RasterWindow]:
    """Yield the illuminance on the territory's grid, lit tile by lit tile (as :func:`illuminance`).

    Memory is that of one tile whatever the territory; tiles that no lamp reaches are not yielded.
    Each lamp counts until its illuminance stays below :data:`UNTIL`, or up to ``radius``.

    Parameters
    ----------
    positions, photometries, which, flux, tilt, azimuth, transmission, height_above, normal
        As for :func:`illuminance`. Without ``surfaces``, z is above the ground.
    surfaces : callable, optional
        Receives bounds on cell edges of the grid, those of a tile and of what lamps near it may
        look over, and returns the :class:`Surfaces` of just that window.
    radius, workers
        As for :func:`illuminance`.
    progress : callable, optional
        Called with ``"illuminance"`` and the share of tiles done.

    Yields
    ------
    RasterWindow
        A tile of 1000 × 1000 cells of 1 m, from north to south and west to east [lx].
    """
    threads = threads_for(workers)
    for tile, light, candidates, share in lit_tiles(
        positions, photometries, which, flux=flux, tilt=tilt, azimuth=azimuth, surfaces=surfaces,
        transmission=transmission, height_above=height_above, normal=normal, radius=radius,
    ):  # fmt: skip
        out = np.zeros((grid.TILE, grid.TILE), np.float32)
        light.fill(out, threads, candidates)
        if (out > 0).any():
            yield RasterWindow(tile.bounds, out)
        if progress is not None:
            progress("illuminance", share)


def lit_tiles(
    positions: ArrayLike,
    photometries: Sequence[Photometry],
    which: ArrayLike,
    *,
    flux: ArrayLike | None,
    tilt: ArrayLike | None,
    azimuth: ArrayLike | None,
    surfaces: Callable[[Bounds], Surfaces] | None,
    transmission: float,
    height_above: float,
    normal: ArrayLike | str,
    radius: ArrayLike | None,
) -> Iterator[tuple[grid.Tile, Light, NDArray[np.int64], float]]:
    """Yield the tiles that lamps reach, each with its light, its lamps and the share then done.

    Parameters
    ----------
    positions, photometries, which, flux, tilt, azimuth, surfaces, transmission, height_above
        As for :func:`illuminance_tiles`.
    normal, radius
        As for :func:`illuminance_tiles`.
    """
    lamps = arguments.numbers("positions", positions)
    above = float(arguments.numbers("height_above", height_above, scalar=True))
    vector = unit_normal(normal, ground=surfaces is not None)
    through = _share(transmission)
    around = _foot(lamps, surfaces) if surfaces is not None else None
    flat = around is None and vector == UP
    scene = scenes.make(
        lamps, photometries, which, flux=flux, tilt=tilt, azimuth=azimuth,
        plane=above if around is None else around + above, flat=flat,
        facing=vector is None or vector == UP, radius=radius,
    )  # fmt: skip
    if scene is None:
        return
    touched = _lamps_by_tile(scene)
    for done, (tile, candidates) in enumerate(touched):
        west, south, east, north = tile.bounds
        given, corner = Surfaces(), (0, 0)
        if surfaces is not None:
            place = scene.place[candidates]
            edges = (
                min(west, _edge(place[:, 0].min() - 2.0, west)) - 1.0,
                min(south, _edge(place[:, 1].min() - 2.0, south)) - 1.0,
                max(east, _edge(place[:, 0].max() + 2.0, east)) + 1.0,
                max(north, _edge(place[:, 1].max() + 2.0, north)) + 1.0,
            )
            shape = (round(edges[3] - edges[1]), round(edges[2] - edges[0]))
            given = surfaces(edges).checked(shape)
            corner = (round(edges[3] - north), round(west - edges[0]))
        cells = Cells((grid.TILE, grid.TILE), west + 0.5, north - 0.5, 1.0, given.ground, corner,
                      above, vector)  # fmt: skip
        yield tile, Light.of(scene, cells, given, through), candidates, (done + 1) / len(touched)


def _edge(value: float, edge: float) -> float:
    """Return the cell edge nearest to a value, on the grid that holds another edge [m]."""
    return edge + float(np.rint(value - edge))


def _foot(
    lamps: NDArray[np.float64], surfaces: Callable[[Bounds], Surfaces]
) -> NDArray[np.float64] | None:
    """Return the altitude of the ground under lamps, tile by tile; ``None`` without any ground."""
    if lamps.ndim != 2 or lamps.shape[1:] != (3,) or not np.isfinite(lamps).all():
        return None
    out, known = np.zeros(len(lamps)), False
    x, y = grid.tile_of(lamps[:, 0], lamps[:, 1])
    for tile in {*zip(x.tolist(), y.tolist(), strict=True)}:
        here = np.flatnonzero((x == tile[0]) & (y == tile[1]))
        west, south, east, north = grid.Tile(*tile).bounds
        low, high = lamps[here, :2].min(axis=0), lamps[here, :2].max(axis=0)
        edges = (
            max(west, _edge(low[0] - 1.0, west)), max(south, _edge(low[1] - 1.0, south)),
            min(east, _edge(high[0] + 1.0, east)), min(north, _edge(high[1] + 1.0, north)),
        )  # fmt: skip
        shape = (round(edges[3] - edges[1]), round(edges[2] - edges[0]))
        ground = surfaces(edges).checked(shape).ground
        if ground is not None:
            known = True
            cells = Cells(shape, edges[0] + 0.5, edges[3] - 0.5, 1.0, ground)
            out[here] = cells.under(lamps[here, 0], lamps[here, 1])
    return out if known else None


def _lamps_by_tile(scene: Scene) -> list[tuple[grid.Tile, NDArray[np.int64]]]:
    """Return the tiles that lamps reach, from north to south, each with its lamps in order."""
    x, y, radius = scene.place[:, 0], scene.place[:, 1], scene.place[:, 3]
    west, north = grid.tile_of(x - radius, y + radius)
    east, south = grid.tile_of(x + radius, y - radius)
    wide, high = east - west + 1, north - south + 1
    lamp = np.repeat(np.arange(x.size), wide * high)
    rank = np.arange(lamp.size) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    column, row = west[lamp] + rank % wide[lamp], north[lamp] - rank // wide[lamp]
    order = np.lexsort((lamp, column, -row))
    lamp, column, row = lamp[order], column[order], row[order]
    edges = np.flatnonzero(np.diff(column, prepend=column[0] - 1) | np.diff(row, prepend=row[0]))
    return [
        (grid.Tile(int(column[first]), int(row[first])), group)
        for first, group in zip(edges, np.split(lamp, edges[1:]), strict=True)
    ]
