# SPDX-License-Identifier: EUPL-1.2
"""The weather of a territory: a file of its folder ``weather``, else the typical year of its zone.

Nothing is silent: a typical year comes with its finding and widens the heating needs by what the
mean temperature of a place may differ from that of its zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import crs, draws
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.worksites.buildings import archetypes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather import Weather
    from jumeau.twin.territory import Territory
    from jumeau.worksites.buildings.inventory import Inventory

FOLDER = "weather"
"""Folder of a territory that holds an hourly weather file."""
_SUPPOSED = "H2b"
"""Zone of a territory that does not say where it is."""
BASE_C = 17.0
"""Outdoor temperature under which buildings are heated, for the sensitivity to it [°C]."""


@dataclass(frozen=True)
class Climate:
    """Weather of a territory and what it may be wrong by.

    Parameters
    ----------
    weather : Weather
        Hours.
    zone : str
        Climate zone, ``H1a`` to ``H3`` or overseas.
    archetypes : str
        Zone of the archetypes, ``H1`` to ``H3``.
    file : str
        Name of the file; empty for a typical year.
    findings : tuple of Finding
        What the reader must know of it.
    """

    weather: Weather
    zone: str
    archetypes: str
    file: str
    findings: tuple[Finding, ...]

    def factor(self, seed: int, count: int) -> NDArray[np.float64]:
        """Return draws of the heating need over that of the weather, (count,) [-].

        Degree days of the weather shifted by its spread over its own: ΔT enters as a whole.
        """
        here = self.weather.degree_days(BASE_C, "hourly")
        spread = self.weather.spread_c
        if spread <= 0 or here < 100.0:
            return np.ones(count)
        low = self.weather.degree_days(BASE_C - spread, "hourly") / here
        high = self.weather.degree_days(BASE_C + spread, "hourly") / here
        share = draws.stratified(seed, "weather", "", count)
        return draws.between(share, 1.0, low, high)


def of_territory(territory: Territory, stock: Inventory) -> Climate:
    """Choose the weather of a territory.

    Parameters
    ----------
    territory : Territory
        Territory; its folder ``weather`` may hold a file.
    stock : Inventory
        Buildings: they say where the territory is.

    Returns
    -------
    Climate
        With findings when the year is typical, the file unreadable or the zone supposed.
    """
    from jumeau.ground import weather as ground

    found: list[Finding] = []
    zone = _SUPPOSED
    if territory.insee:
        zone = ground.climate_zone(territory.insee[0])
    else:
        found.append(finding("JUM-E051", "building", zone=zone))
    broad = zone[:2]
    if broad not in archetypes.ZONES:
        found.append(finding("JUM-E059", "building", zone=zone))
        broad = "H3"
    weather, name = _from_file(territory.path / FOLDER, found)
    if weather is None:
        known = np.isfinite(stock.x)
        x, y = float(np.median(stock.x[known])), float(np.median(stock.y[known]))
        longitude, latitude = crs.reproject([x], [y], territory.crs, crs.WGS84)
        weather = ground.typical(
            zone, round(float(latitude[0]), 3), round(float(longitude[0]), 3), _altitude(territory)
        )
    found += list(weather.findings)
    return Climate(weather, zone, broad, name, tuple(found))


def _from_file(folder: Path, found: list[Finding]) -> tuple[Weather | None, str]:
    """Return the weather of a folder and the name of its file; ``None`` when there is none."""
    from jumeau.ground.weather import Weather

    files = sorted(
        item
        for item in (folder.iterdir() if folder.is_dir() else ())
        if item.is_file() and not item.name.startswith(".")
    )
    if not files:
        return None, ""
    chosen = files[0]
    if len(files) > 1:
        found.append(finding("JUM-E064", "building", count=len(files), file=chosen.name))
    try:
        return Weather.from_file(chosen), chosen.name
    except JumeauError as problem:
        found.append(finding("JUM-E058", "building", file=chosen.name, detail=problem.what))
        return None, ""


def _altitude(territory: Territory) -> float | None:
    """Return the median altitude of the ground at buildings, when sources tell it [m]."""
    rows = territory.sql(
        "SELECT median(ground_m) AS z FROM building WHERE ground_m BETWEEN -10 AND 4000"
    ).to_pylist()
    value = rows[0]["z"]
    return None if value is None else round(float(value), 0)
