# SPDX-License-Identifier: EUPL-1.2
"""From drawn buildings to their hourly thermal model: one row a building and a draw.

Only draws with a heated floor are computed; the others need nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.buildings import archetypes, engine
from jumeau.worksites.buildings.basis import Basis
from jumeau.worksites.buildings.energy import Needs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather import Weather
    from jumeau.worksites.buildings.drawing import Drawn
    from jumeau.worksites.buildings.engine import Stock

    Floats = NDArray[np.float64]

LEAST_FLOOR = 1.0
"""Heated floor from which a draw is computed [m²]."""
NET = 0.85
"""Net floor over gross floor: below it, part of the envelope encloses unheated rooms [-]."""
SLAB = 0.3
"""Height of a storey that is no air [m]."""
GLAZING = (1.0, -0.189, 0.644, -0.596)
"""Transmittance of a double glazing over that at normal incidence, powers of the angle [rad]."""
ABSORPTANCE, ROOF_ABSORPTANCE, EMISSIVITY = 0.6, 0.7, 0.9
"""Usual outside surfaces [-]."""
NEIGHBOURS = 0.85
"""Share of the sun that neighbours usually leave, within the archetypes' shading [-]."""
SUMMER = slice(5, 9)
"""Months in which shutters and blinds are used, June to September."""
INNER_AREA, INNER_H = 4.5, 3.45
"""Inner surfaces over floor [-] and their coefficient to the air [W/(m²·K)] (ISO 13790, 7.2.2)."""


def needs(
    drawn: Drawn,
    walls: Floats,
    height: Floats,
    footprint: Floats,
    weather: Weather,
    *,
    shading: Floats | None = None,
    set_change: float = 0.0,
    threads: int | None = None,
) -> Needs:
    """Compute the hourly needs of drawn buildings with the 5R1C of ISO 13790.

    Parameters
    ----------
    drawn : Drawn
        n buildings × d draws.
    walls : (n, 4) array
        Walls in the open by façade n, e, s, w at ``height``, windows included [m²].
    height : (n,) array
        Height for which the walls were measured [m].
    footprint : (n,) array
        Ground area [m²].
    weather : Weather
        Hours of the year.
    shading : (n, 4, 12) array, optional
        Share of the sun that neighbours and relief leave to each façade, by month; NaN where it
        is not known [-].
    set_change : float
        Added to every heating set-point [K].
    threads : int, optional
        Threads; those of the machine by default. The answer does not depend on them.

    Returns
    -------
    Needs
        By month and draw; zeros where nothing is heated.
    """
    from jumeau.worksites.buildings.five_r_one_c import MODEL

    shape = drawn.use.shape
    row, column = np.nonzero(drawn.gross * drawn.values["heated_share"] >= LEAST_FLOOR)
    heating, cooling = np.zeros((*shape, 12)), np.zeros((*shape, 12))
    peaks = np.zeros((3, *shape))
    if len(row):
        basis = Basis(weather, [GLAZING], [item.schedule for item in archetypes.uses()])
        stock = _stock(drawn, walls, height, footprint, row, column, shading, set_change)
        out = engine.run(MODEL, stock, basis, False, threads)
        year = 8760.0 / weather.hours
        heating[row, column], cooling[row, column] = (
            out.heating * year / 1000.0,
            out.cooling * year / 1000.0,
        )
        peaks[:, row, column] = (
            out.heating_peak / 1000.0,
            out.cooling_peak / 1000.0,
            out.warm_28 * year,
        )
    return Needs(heating, cooling, *peaks)


def _stock(
    drawn: Drawn,
    walls: Floats,
    height: Floats,
    footprint: Floats,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    shading: Floats | None,
    set_change: float,
) -> Stock:
    """Return the struct of arrays of the draws that are computed."""
    values = {name: array[row, column] for name, array in drawn.values.items()}
    gross = drawn.gross[row, column]
    floor = gross * values["heated_share"]
    part = np.minimum(values["heated_share"] * values["outline_share"] / NET, 1.0)
    tall = drawn.height[row, column] / np.maximum(height[row], 0.1)
    facade = walls[row] * (tall * part)[:, None]
    window = facade * values["window_ratio"][:, None]
    ground = footprint[row] * part
    opaque = facade - window
    bridges = (values["bridge_factor"] - 1.0) * (
        values["wall_u"] * opaque.sum(axis=1) + values["roof_u"] * ground
    )
    sun = np.repeat(values["shading"][:, None, None], 4, axis=1)
    sun = np.repeat(sun, 12, axis=2)
    if shading is not None:  # the neighbours that are seen take the place of the usual ones
        seen = shading[row]
        sun = np.where(np.isfinite(seen), np.minimum(sun / NEIGHBOURS, 1.0) * seen, sun)
    sun[:, :, SUMMER] *= values["summer_shading"][:, None, None]
    count = len(row)
    full = np.full(count, 1.0)
    set_point = values["heating_set"] + set_change
    cool = np.where(drawn.cooled[row, column], values["cooling_set"], engine.OFF)
    cool = np.where(cool < engine.OFF, np.maximum(cool, set_point + 1.0), cool)
    return engine.Stock(
        floor_area=floor,
        volume=floor * np.maximum(values["floor_height"] - SLAB, 2.0),
        window=window,
        wall=opaque,
        window_u=values["window_u"],
        wall_u=values["wall_u"],
        roof=ground,
        roof_u=values["roof_u"],
        ground=ground,
        ground_u=values["floor_u"],
        ground_factor=values["ground_factor"],
        extra_ua=bridges,
        window_g=values["window_g"],
        frame=values["frame_fraction"],
        wall_absorptance=ABSORPTANCE * full,
        roof_absorptance=ROOF_ABSORPTANCE * full,
        emissivity=EMISSIVITY * full,
        capacity=1000.0 * values["capacity"] * floor,
        mass_area=values["mass_area"] * floor,
        inner_area=INNER_AREA * floor,
        gain_area=INNER_AREA * floor,
        inner_h=INNER_H * full,
        infiltration=values["infiltration_ach"],
        ventilation=values["ventilation_ach"],
        night=values["night_ach"],
        gains=values["gains"] * floor,
        heat_set=set_point,
        heat_back=set_point - values["setback"],
        cool_set=cool,
        cool_back=np.full(count, engine.OFF),
        heat_max=np.full(count, np.inf),
        cool_max=np.full(count, np.inf),
        shading=sun,
        roof_shading=np.ones((count, 12)),
        rotation=np.zeros(count, dtype=np.int64),
        glazing=np.zeros(count, dtype=np.int64),
        schedule=drawn.use[row, column],
    )
