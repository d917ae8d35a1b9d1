# SPDX-License-Identifier: EUPL-1.2
"""A year of sun and sky, hour by hour, and the tables by which a horizon meets it.

The beam of each hour is shared between the two swept directions nearest to its azimuth; in each
direction what remains above any horizon is a cumulative sum over the hours, so that a cell costs
one look-up a direction and every hour counts at its true elevation and on its true incidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground import sun
from jumeau.ground.clear_sky import LINKE, clear_sky

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather import Weather

STEPS = 512
"""Steps of the tables in u = s/(1 + s), s the slope of the horizon: 0.2° near the horizontal."""
TILT_STEP, AZIMUTH_STEP = 3.0, 10.0
"""Planes on which the diffuse light of an open sky is computed; between them it is linear [°]."""
ALBEDO = 0.2
"""Reflectance of the ground [ratio]."""


@dataclass(frozen=True, eq=False)
class SunYear:
    """Hours of sun and sky of a place.

    Parameters
    ----------
    elevation, azimuth : (n,) arrays
        Of the sun, azimuth clockwise from north [°].
    direct_normal, diffuse_horizontal : (n,) arrays
        Mean of each hour [W/m²].
    day : (n,) array
        Day of the year, 1 on 1 January [d].
    month : (n,) int array
        Month of each hour, 0 to 11.
    albedo : float
        Reflectance of the ground [ratio].
    findings : tuple of Finding
        What was noticed in the radiation.
    """

    elevation: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    direct_normal: NDArray[np.float64]
    diffuse_horizontal: NDArray[np.float64]
    day: NDArray[np.float64]
    month: NDArray[np.int64]
    albedo: float = ALBEDO
    findings: tuple[Finding, ...] = field(default=())

    def __post_init__(self) -> None:
        wanted = np.size(self.elevation)
        for name in ("azimuth", "direct_normal", "diffuse_horizontal", "day", "month"):
            if np.shape(getattr(self, name)) != (wanted,):
                given = np.size(getattr(self, name))
                raise error("JUM-G092", name=name, given=given, wanted=wanted)
        least, most = 0.0, 1.0
        if not least <= self.albedo <= most:
            raise error("JUM-G094", name="albedo", given=self.albedo, least=least, most=most)

    @property
    def global_horizontal(self) -> NDArray[np.float64]:
        """Beam and sky on an open horizontal plane [W/m²]."""
        sine = np.sin(np.radians(np.maximum(self.elevation, 0.0)))
        return self.direct_normal * sine + self.diffuse_horizontal

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """East, north and up of the beam of each hour, (3, n) [W/m²]."""
        height, azimuth = np.radians(self.elevation), np.radians(self.azimuth)
        beam = np.where(self.elevation > 0.0, self.direct_normal, 0.0)
        level = np.cos(height) * beam
        return np.stack((level * np.sin(azimuth), level * np.cos(azimuth), np.sin(height) * beam))

    def beam_table(
        self, directions: int, groups: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Sum the beam that comes from above each slope of the horizon, direction by direction.

        Parameters
        ----------
        directions : int
            Number of directions, the first to the north, then clockwise.
        groups : (n,) int array, optional
            Group of each hour, such as its month; one group by default [-].

        Returns
        -------
        (directions, groups, STEPS + 1, 3) float32 array
            East, north and up of the beam [kWh/m²], by slope in steps of u = s/(1 + s).
        """
        group = np.zeros(self.elevation.size, np.int64) if groups is None else groups
        number = int(group.max(initial=0)) + 1
        lit = np.flatnonzero((self.elevation > 0.0) & (self.direct_normal > 0.0))
        s = np.tan(np.radians(np.minimum(self.elevation[lit], 89.99)))
        place = STEPS * s / (1.0 + s)
        low = np.floor(place).astype(np.int64)
        turn = self.azimuth[lit] * directions / 360.0
        first = np.floor(turn).astype(np.int64)
        share = turn - first
        if directions < 4:  # too few to speak of a nearest one: all the hours in each
            first, share = np.rint(turn).astype(np.int64), np.zeros(lit.size)
        # An hour is lost gradually between the two steps around its slope.
        table = np.zeros((directions, number, STEPS + 2, 3))
        for d, part in ((first, 1.0 - share), (first + 1, share)):
            value = (self.vectors[:, lit] * part).T * 1e-3
            rise = (place - low)[:, None]
            np.add.at(table, (d % directions, group[lit], low), value * (1.0 - rise))
            np.add.at(table, (d % directions, group[lit], low + 1), value * rise)
        total = np.cumsum(table[:, :, ::-1], axis=2)[:, :, ::-1]
        return (total - 0.5 * table)[:, :, : STEPS + 1].astype(np.float32)

    def open_table(self, groups: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Sum sky and ground light on planes with nothing around (Perez 1990, through pvlib).

        Parameters
        ----------
        groups : (n,) int array, optional
            Group of each hour; one group by default [-].

        Returns
        -------
        (2, groups, tilts, azimuths) array
            Light of the sky, of the ground [kWh/m²], on planes each :data:`TILT_STEP` from 0 to 90
            and each :data:`AZIMUTH_STEP` from 0 to 360.
        """
        tilts = np.arange(0.0, 90.0 + TILT_STEP, TILT_STEP)
        azimuths = np.arange(0.0, 360.0 + AZIMUTH_STEP, AZIMUTH_STEP)
        group = np.zeros(self.elevation.size, np.int64) if groups is None else groups
        number = int(group.max(initial=0)) + 1
        result = np.zeros((2, number, tilts.size, azimuths.size))
        level = np.bincount(group, self.global_horizontal, number) * 1e-3
        lit = np.flatnonzero(self.diffuse_horizontal > 0.0)
        belongs = (group[lit][:, None] == np.arange(number)) * self.diffuse_horizontal[lit, None]
        for i, tilt in enumerate(tilts):
            light = self._share(tilt, azimuths[:, None], lit) @ belongs
            result[0, :, i] = 1e-3 * light.T
            reflected = self.albedo * 0.5 * (1.0 - math.cos(math.radians(tilt)))
            result[1, :, i] = (reflected * level)[:, None]
        return result

    def sky(self, tilt: float, azimuth: float) -> NDArray[np.float64]:
        """Return the light of an open sky on a plane, hour by hour (Perez 1990) [W/m²].

        Parameters
        ----------
        tilt, azimuth : float
            Of the plane: from the horizontal, and clockwise from north [°].

        Notes
        -----
        DHI·[(1 − F₁)(1 + cos β)/2 + F₁·a/b + F₂·sin β] with a = max(0, cos θ) and
        b = max(cos 85°, sin h); with the sun down, an even sky.

        References
        ----------
        R. Perez et al., *Modeling daylight availability and irradiance components from direct and
        global irradiance*, Solar Energy 44(5), 1990.
        """
        every = np.arange(self.elevation.size)
        return self.diffuse_horizontal * self._share(tilt, azimuth, every)

    def _share(self, tilt: float, azimuth: Any, hours: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the light of the open sky on planes over that on the horizontal, some hours."""
        slope, turn = math.radians(tilt), np.radians(self.azimuth[hours] - azimuth)
        height = np.radians(np.maximum(self.elevation[hours], 0.0))
        ring, band = (part[hours] for part in self._brightness)
        around = ring / np.maximum(math.cos(math.radians(85.0)), np.sin(height))
        ahead, above = around * np.cos(height) * math.sin(slope), around * np.sin(height)
        share = np.maximum(ahead * np.cos(turn) + above * math.cos(slope), 0.0)
        share += (1.0 - ring) * (0.5 * (1.0 + math.cos(slope))) + band * math.sin(slope)
        result: NDArray[np.float64] = np.maximum(share, 0.0)
        return result

    @cached_property
    def _brightness(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """F₁ and F₂ of Perez: the ring around the sun, the band along the horizon [-]."""
        from pvlib.atmosphere import get_relative_airmass
        from pvlib.irradiance import get_extra_radiation, perez

        ring, band = np.zeros(self.elevation.size), np.zeros(self.elevation.size)
        day = np.flatnonzero((self.elevation > 0.0) & (self.diffuse_horizontal > 0.0))
        if day.size:
            zenith = 90.0 - self.elevation[day]
            diffuse = self.diffuse_horizontal[day]
            outside, mass = get_extra_radiation(self.day[day]), get_relative_airmass(zenith)

            def parts(tilt: float) -> Any:
                return perez(
                    tilt, self.azimuth[day], diffuse, self.direct_normal[day], outside, zenith,
                    self.azimuth[day], mass, return_components=True,
                )  # fmt: skip

            ring[day] = 1.0 - np.asarray(parts(0.0)["poa_isotropic"]) / diffuse
            band[day] = np.asarray(parts(90.0)["poa_horizon"]) / diffuse
        return ring, band


def from_weather(weather: Weather, *, albedo: float | None = None) -> SunYear:
    """Take the sun and the radiation of a weather, hour by hour.

    Parameters
    ----------
    weather : Weather
        Hourly direct and diffuse radiation of a place.
    albedo : float, optional
        Reflectance of the ground; that of the weather by default [ratio].

    Returns
    -------
    SunYear
        With ``JUM-G095`` among its findings when radiation is not a number, or negative.
    """
    from jumeau.ground.weather.planes import sunlit

    lit = sunlit(weather)
    direct = np.asarray(weather.direct_normal_w_m2, np.float64)
    diffuse = np.asarray(weather.diffuse_horizontal_w_m2, np.float64)
    wrong = ~(direct >= 0.0) | ~(diffuse >= 0.0)
    found = list(weather.findings)
    if wrong.any():
        found.append(finding("JUM-G095", count=int(wrong.sum())))
        direct, diffuse = (np.where(values >= 0.0, values, 0.0) for values in (direct, diffuse))
    starts = weather.local_starts
    days = starts.astype("datetime64[D]")
    months = starts.astype("datetime64[M]").astype(np.int64) % 12
    return SunYear(
        np.where(lit.share > 0.0, lit.elevation, -90.0),
        lit.azimuth, direct, diffuse,
        (days - days.astype("datetime64[Y]")).astype(np.float64) + 1.0,
        months,
        weather.albedo if albedo is None else albedo,
        tuple(found),
    )  # fmt: skip


def clear_year(
    latitude: float,
    longitude: float,
    *,
    altitude: float = 0.0,
    linke: float = LINKE,
    albedo: float = ALBEDO,
    year: int = 2001,
) -> SunYear:
    """Compute the sun and a clear sky at the middle of every hour of a year (ESRA).

    Parameters
    ----------
    latitude, longitude : float
        Of the place, north and east positive [°].
    altitude : float
        Above the sea [m].
    linke : float
        Linke turbidity for an air mass of 2 [-].
    albedo : float
        Reflectance of the ground [ratio].
    year : int
        Calendar year (UTC).

    Returns
    -------
    SunYear
        Every hour of the year (UTC).

    Raises
    ------
    InvalidError
        ``JUM-G001`` when the place is not on Earth, ``JUM-G094`` for a turbidity out of 1 to 10.
    """
    if not (-90.0 <= latitude <= 90.0 and -360.0 <= longitude <= 360.0):
        raise error("JUM-G001", latitude=latitude, longitude=longitude)
    if not 1.0 <= linke <= 10.0:
        raise error("JUM-G094", name="linke", given=linke, least=1, most=10)
    begin = float(sun.posix(np.datetime64(f"{year}-01-01")))
    end = float(sun.posix(np.datetime64(f"{year + 1}-01-01")))
    times = np.arange(begin, end, 3600.0) + 1800.0
    elevation, azimuth = sun.position(times, latitude, longitude)
    dates = times.astype("datetime64[s]")
    days = dates.astype("datetime64[D]")
    day = (days - days.astype("datetime64[Y]")).astype(np.float64) + 1.0
    direct, diffuse = clear_sky(elevation, day, altitude=altitude, linke=linke)
    months = dates.astype("datetime64[M]").astype(np.int64) % 12
    return SunYear(elevation, azimuth, direct, diffuse, day, months, albedo)
