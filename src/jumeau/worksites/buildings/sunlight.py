# SPDX-License-Identifier: EUPL-1.2
"""What the surface model of a territory says of the sun: roofs, façades, photovoltaic yields.

The finest cells of 1, 2, 4 or 8 m that fit the budget are computed; the raster is written on the
1 m grid, each cell repeated on the metres that it covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds, RasterWindow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.findings import Finding
    from jumeau.base.parameters import Parameters
    from jumeau.ground.weather import Weather
    from jumeau.twin.territory import Territory
    from jumeau.worksites.buildings.inventory import Inventory

    Floats = NDArray[np.float64]

LAYER = "solar_irradiation"
"""Raster layer written."""
CELLS = (1, 2, 4, 8)
"""Sides of the cells [m]."""


@dataclass(frozen=True)
class Sunlight:
    """Sun on a territory and on its n buildings.

    Parameters
    ----------
    bounds : tuple of 4 float
        Outer edges of the raster [m].
    cell : int
        Side of the cells [m].
    irradiation : (ny, nx) float32 array
        Yearly irradiation of what is seen from above, on its own slope [kWh/m²].
    shading : (n, 4, 12) array
        Share of the light that the surroundings leave to each façade, by month; NaN when not
        known [-].
    pv, pv_low, pv_high : (n,) arrays
        Yearly yield of photovoltaic roofs; NaN when not known [kWh].
    findings : tuple of Finding
        What was wrong in the surface.
    """

    bounds: Bounds
    cell: int
    irradiation: NDArray[np.float32]
    shading: Floats
    pv: Floats
    pv_low: Floats
    pv_high: Floats
    findings: tuple[Finding, ...]


def cell_of(bounds: Bounds, budget: float) -> int | None:
    """Return the finest cell whose number fits a budget; ``None`` when none does.

    Parameters
    ----------
    bounds : tuple of 4 float
        Rectangle [m].
    budget : float
        Cells at most, in millions.
    """
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    return next((cell for cell in CELLS if area / cell**2 <= 1e6 * budget), None)


def of_territory(
    territory: Territory, stock: Inventory, weather: Weather, given: Parameters
) -> Sunlight | None:
    """Compute the sun on roofs and façades from the surface model.

    Parameters
    ----------
    territory : Territory
        Territory: its raster ``dsm``.
    stock : Inventory
        n buildings.
    weather : Weather
        Hourly radiation.
    given : Parameters
        Parameters of the worksite.

    Returns
    -------
    Sunlight or None
        ``None`` without a surface model, or when it does not fit the budget.
    """
    raster = territory.raster("dsm")
    if raster.bounds is None:
        return None
    cell = cell_of(raster.bounds, given["buildings_sun_mcells"].value)
    if cell is None:
        return None
    surface, transform = raster.read(raster.bounds, resolution=cell)
    known = np.isfinite(surface)
    if not known.any():
        return None
    from jumeau.ground.facades import cells_and_facades
    from jumeau.ground.surface_model import surface_model
    from jumeau.worksites.buildings.roof_pv import roof_pv
    from jumeau.worksites.buildings.solar import sun_year

    side = abs(transform.a)
    model = surface_model(surface, side)
    year = sun_year(model, weather.latitude, weather.longitude, weather)
    labels = _labels(stock, surface.shape, transform)
    light, shaded = cells_and_facades(model, labels, year)
    light[~model.known] = np.nan
    count = len(stock)
    shading = np.full((count, 4, 12), np.nan)
    yields = np.full((3, count), np.nan)
    seen = int(labels.max(initial=0))
    if seen:
        shading[:seen] = shaded
        roofs = roof_pv(
            surface, labels, latitude=weather.latitude, longitude=weather.longitude,
            cell_size=side, weather=weather, received=light,
        )  # fmt: skip
        for row, name in enumerate(("yield_kwh", "yield_low_kwh", "yield_high_kwh")):
            yields[row, :seen] = roofs[name].to_numpy(np.float64)
        away = np.bincount(labels[known], minlength=count + 1)[1:] == 0
        yields[:, away] = np.nan
    west, north = transform.c, transform.f
    bounds = (
        west,
        north - side * surface.shape[0],
        west + side * surface.shape[1],
        north,
    )
    pv, low, high = yields
    found = (*model.findings, *year.findings)
    return Sunlight(bounds, round(side), light, shading, pv, low, high, found)


def _labels(stock: Inventory, shape: tuple[int, ...], transform: object) -> NDArray[np.int32]:
    """Return the rank from 1 of the building of each cell; 0 where there is none."""
    from rasterio import features

    shapes = [(item, rank) for rank, item in enumerate(stock.shapes, 1) if not item.is_empty]
    if not shapes:
        return np.zeros(shape, dtype=np.int32)
    found: NDArray[np.int32] = features.rasterize(
        shapes, out_shape=shape, transform=transform, dtype="int32"
    )
    return found


def windows(found: Sunlight) -> Iterator[RasterWindow]:
    """Yield the irradiation on the 1 m grid, tile by tile."""
    west, _, _, north = found.bounds
    cell = found.cell
    for tile in grid.tiles_of(found.bounds):
        common = grid.intersection(found.bounds, tile.bounds)
        if common is None:
            continue
        rows, columns = (
            (np.arange(round(common[3] - common[1])) + round(north - common[3])) // cell,
            (np.arange(round(common[2] - common[0])) + round(common[0] - west)) // cell,
        )
        part = np.round(found.irradiation[np.ix_(rows, columns)], 0)
        yield RasterWindow(common, part, last=True)
