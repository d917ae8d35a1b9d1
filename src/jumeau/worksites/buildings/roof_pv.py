# SPDX-License-Identifier: EUPL-1.2
"""Photovoltaic yield of each roof, from the sun on its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.surface_model import surface_model

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from jumeau.ground.far_horizon import Skyline
    from jumeau.ground.horizon import Reading
    from jumeau.ground.weather import Weather

FLAT = 10.0
"""Tilt below which panels stand on racks, in rows apart [°]."""


@dataclass(frozen=True)
class Panels:
    """What turns the sun of a roof into electricity: value, low, high of each factor [-].

    Parameters
    ----------
    efficiency : tuple
        Of the modules: crystalline silicon on the market, 20 to 23 % (Fraunhofer ISE,
        Photovoltaics Report 2024).
    performance : tuple
        Performance ratio, inverters, wires, heat, dirt and age included: 0.75 to 0.85 (IEA PVPS
        Task 13; PVGIS supposes 14 % of losses besides heat).
    covered : tuple
        Panels over the suitable part of a pitched roof: edges, chimneys and windows taken off.
    covered_flat : tuple
        Panels over the suitable part of a flat roof: rows apart, paths and machines taken off.
    least_share : float
        Sun of a suitable cell over that of the open horizontal.
    steepest : float
        Tilt beyond which a cell is no roof for panels [°].
    least_area : float
        Suitable area under which a roof is left out [m²].
    """

    efficiency: tuple[float, float, float] = (0.21, 0.20, 0.23)
    performance: tuple[float, float, float] = (0.80, 0.75, 0.85)
    covered: tuple[float, float, float] = (0.65, 0.50, 0.80)
    covered_flat: tuple[float, float, float] = (0.50, 0.40, 0.60)
    least_share: float = 0.8
    steepest: float = 60.0
    least_area: float = 10.0


def roof_pv(
    dsm: ArrayLike,
    labels: ArrayLike,
    *,
    latitude: float,
    longitude: float,
    cell_size: float = 1.0,
    weather: Weather | None = None,
    panels: Panels | None = None,
    far: Skyline | None = None,
    surface: Reading = "linear",
    threads: int | None = None,
    received: ArrayLike | None = None,
) -> pd.DataFrame:
    """Compute what panels on each roof would yield in a year (irradiation × area × efficiency).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known.
    labels : (ny, nx) int array
        Number of the building of each cell, from 1; 0 where there is none.
    latitude, longitude : float
        Of the place [°].
    cell_size : float
        Side of a cell [m].
    weather : Weather, optional
        Hourly radiation of a year; without it the clear sky, which no year reaches: give one.
    panels : Panels, optional
        Factors and their spreads.
    far, surface, threads
        As :func:`jumeau.worksites.buildings.solar.solar`.
    received : (ny, nx) array, optional
        What each cell receives over the year of the weather, on its own slope, where it is known
        already: nothing is swept again [kWh/m²].

    Returns
    -------
    DataFrame
        One row a number from 1 to the greatest, index ``label``: ``roof_m2`` seen from above,
        ``unknown_share`` of its cells [-], ``suitable_m2`` of slope, ``tilt_deg`` and
        ``azimuth_deg`` of the suitable part (mean normal), ``irradiation_kwh_m2``, ``power_kw`` of
        the panels, ``yield_kwh`` with ``yield_low_kwh`` and ``yield_high_kwh``.

    Raises
    ------
    InvalidError
        ``JUM-G093`` for numbers that are not on the grid, and as
        :func:`jumeau.worksites.buildings.solar.solar`.

    Notes
    -----
    Only cells of roofs are computed. E = Σ H·A·c·η·PR over suitable cells: slope up to 60°, sun of
    at least 0.8 of the open horizontal, 10 m² in all. The interval multiplies the factors at their
    lows and at their highs; cells without altitude widen it upwards, as if they were suitable like
    the others.
    """
    import pandas as pd

    from jumeau.ground.irradiation import irradiation
    from jumeau.ground.slopes import normals
    from jumeau.worksites.buildings.solar import sun_year

    made = panels or Panels()
    model = surface_model(dsm, cell_size)
    marks = np.asarray(labels)
    if marks.shape != model.shape or marks.dtype.kind not in "iub" or marks.min(initial=0) < 0:
        raise error("JUM-G093", given=" × ".join(map(str, marks.shape)), wanted=str(model.shape))
    number = int(marks.max(initial=0))
    year = sun_year(model, latitude, longitude, weather)
    row, column = np.nonzero((marks > 0) & model.known)
    building = marks[row, column].astype(np.int64) - 1
    normal = normals(model)[:, row, column]
    if received is None:
        points = (row, column, model.z[row, column])
        got = irradiation(
            model, normal, year, observers=points, far=far, surface=surface, threads=threads
        ).total[:, 0].astype(np.float64)  # fmt: skip
    else:
        got = np.asarray(received)[row, column].astype(np.float64)
    tilt = np.degrees(np.arccos(np.clip(normal[2], 0.0, 1.0)))
    level = float(year.global_horizontal.sum()) * 1e-3
    good = (tilt <= made.steepest) & (got >= made.least_share * level)
    area = np.where(good, cell_size**2 / normal[2], 0.0)
    flat = tilt < FLAT

    def total(values: ArrayLike) -> np.ndarray:
        return np.bincount(building, np.asarray(values, np.float64), number)

    suitable = total(area)
    enough = suitable >= made.least_area
    cells = np.bincount(marks[marks > 0].astype(np.int64) - 1, minlength=number)
    unknown = 1.0 - total(np.ones(row.size)) / np.maximum(cells, 1)
    yields, power = [], np.zeros(number)
    for i in range(3):
        cover = np.where(flat, made.covered_flat[i], made.covered[i])
        peak = total(area * cover) * made.efficiency[i]
        yields.append(total(got * area * cover) * made.efficiency[i] * made.performance[i] * enough)
        power = peak * enough if i == 0 else power
    east, north, up = (total(area * part) for part in normal)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(enough, total(got * area) / suitable, np.nan)
        slope = np.where(enough, np.degrees(np.arctan2(np.hypot(east, north), up)), np.nan)
        facing = np.degrees(np.arctan2(east, north)) % 360.0
        wider = 1.0 / np.maximum(1.0 - unknown, 0.05)
    hidden = (cells > 0) & (unknown >= 0.95)  # nothing is known of these roofs: no figure
    frame = pd.DataFrame(
        {
            "roof_m2": cells * cell_size**2,
            "unknown_share": np.where(cells > 0, unknown, np.nan),
            "suitable_m2": np.where(enough, suitable, 0.0),
            "tilt_deg": slope,
            "azimuth_deg": np.where(enough & (slope >= 1.0), facing, np.nan),
            "irradiation_kwh_m2": mean,
            "power_kw": power,
            "yield_kwh": yields[0],
            "yield_low_kwh": yields[1],
            "yield_high_kwh": yields[2] * wider,
        },
        index=pd.RangeIndex(1, number + 1, name="label"),
    )  # fmt: skip
    known = ["suitable_m2", "power_kw", "yield_kwh", "yield_low_kwh", "yield_high_kwh"]
    frame.loc[hidden, known] = np.nan
    frame.attrs["findings"] = (*model.findings, *year.findings)
    return frame
