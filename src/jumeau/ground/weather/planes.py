# SPDX-License-Identifier: EUPL-1.2
"""Irradiance on planes from direct and diffuse radiation (Perez 1990, through pvlib).

The sun of an hour is taken at mid-hour; in the hour of sunrise or sunset, at the middle of the
part of the hour when it is up, since the hour's radiation came from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.ground import sun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather.hours import Weather


class Plane(NamedTuple):
    """Irradiance on a plane, hour by hour.

    Parameters
    ----------
    beam : (n,) array
        Direct [W/m²].
    sky_diffuse : (n,) array
        From the sky, its bright ring around the sun included [W/m²].
    ground : (n,) array
        Reflected by the ground [W/m²].
    cos_incidence : (n,) array
        Cosine of the angle between the sun and the normal, 0 when the plane does not see the sun.
    """

    beam: NDArray[np.float64]
    sky_diffuse: NDArray[np.float64]
    ground: NDArray[np.float64]
    cos_incidence: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """Beam, sky and ground together [W/m²]."""
        return self.beam + self.sky_diffuse + self.ground


class Sunlit(NamedTuple):
    """The sun as an hour of radiation saw it.

    Parameters
    ----------
    elevation : (n,) array
        Apparent, with refraction, at the middle of the sunlit part of the hour [°].
    azimuth : (n,) array
        At the same time [°].
    share : (n,) array
        Part of the hour when the sun is up, 0 to 1 [ratio].
    """

    elevation: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    share: NDArray[np.float64]


def sunlit(weather: Weather) -> Sunlit:
    """Return the sun at the middle of the sunlit part of each hour, computed once and kept.

    Parameters
    ----------
    weather : Weather
        Place and hours.

    Returns
    -------
    Sunlit
        Apparent elevation, azimuth [°], share of the hour with sun [ratio].
    """
    if "sunlit" not in weather._kept:
        weather._kept["sunlit"] = course(weather.times_utc, weather.latitude, weather.longitude)
    found: Sunlit = weather._kept["sunlit"]
    return found


def course(middle: NDArray[np.float64], latitude: float, longitude: float) -> Sunlit:
    """Compute the sun at the middle of the sunlit part of hours.

    Parameters
    ----------
    middle : (n,) array
        Middle of each hour [s since 1970].
    latitude, longitude : float
        Of the place [°].

    Returns
    -------
    Sunlit
        Apparent elevation, azimuth [°], share of the hour with sun [ratio].

    Notes
    -----
    Within the hour of a sunrise or sunset the elevation is taken as linear to find the moment.
    """
    half = 1800.0
    before = sun.elevation(middle - half, latitude, longitude) - sun.SUNRISE
    after = sun.elevation(middle + half, latitude, longitude) - sun.SUNRISE
    height, azimuth = sun.position(middle, latitude, longitude)
    share = np.where((before > 0.0) & (after > 0.0), 1.0, 0.0)
    share[(share == 0.0) & (before <= 0.0) & (after <= 0.0) & (height > sun.SUNRISE)] = 0.5
    edge = np.flatnonzero((before > 0.0) != (after > 0.0))
    if edge.size:
        low, high = before[edge], after[edge]
        part = np.maximum(low, high) / np.abs(high - low)
        share[edge] = np.clip(part, 1e-6, 1.0)
        moment = middle[edge] + np.sign(high - low) * half * (1.0 - part)
        height[edge], azimuth[edge] = sun.position(moment, latitude, longitude)
    return Sunlit(height + refraction(height), azimuth, share)


def refraction(elevation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much the air lifts the sun (Bennett, as in NREL's algorithm, 1010 hPa, 10 °C).

    Parameters
    ----------
    elevation : (n,) array
        Without refraction [°].

    Returns
    -------
    (n,) array
        To add to it; 0 when the sun is down [°].
    """
    seen = np.maximum(elevation, sun.SUNRISE)
    lift = 1.02 / (60.0 * np.tan(np.radians(seen + 10.3 / (seen + 5.11))))
    return np.where(elevation >= sun.SUNRISE, lift, 0.0)


def on_plane(weather: Weather, tilt: float, azimuth: float, albedo: float) -> Plane:
    """Compute the irradiance on a plane (Perez 1990).

    Parameters
    ----------
    weather : Weather
        Hourly direct and diffuse irradiance of a place.
    tilt, azimuth : float
        Of the plane: from horizontal, and clockwise from north [°].
    albedo : float
        Reflectance of the ground [ratio].

    Returns
    -------
    Plane
        Irradiance [W/m²] and cosine of incidence.

    Raises
    ------
    InvalidError
        ``JUM-G074`` when an angle or the albedo is not possible.

    Notes
    -----
    Beam: DNI·cos θ. Sky: pvlib's ``perez`` with the composite coefficients of 1990; with the sun
    down, an even sky, DHI·(1 + cos β)/2. Ground: ρ·GHI·(1 − cos β)/2.

    References
    ----------
    R. Perez et al., *Modeling daylight availability and irradiance components from direct and
    global irradiance*, Solar Energy 44(5), 1990.
    """
    if not (0.0 <= tilt <= 180.0 and np.isfinite(azimuth) and 0.0 <= albedo <= 1.0):
        raise error("JUM-G074", tilt=tilt, azimuth=azimuth, albedo=albedo)
    lit = sunlit(weather)
    direct, diffuse = weather.direct_normal_w_m2, weather.diffuse_horizontal_w_m2
    slope = np.radians(tilt)
    height = np.radians(np.maximum(lit.elevation, 0.0))
    facing = np.cos(height) * np.sin(slope) * np.cos(np.radians(lit.azimuth - azimuth))
    facing += np.sin(height) * np.cos(slope)
    cosine = np.where(lit.share > 0.0, np.clip(facing, 0.0, 1.0), 0.0)
    beam = direct * cosine
    sky = diffuse * (0.5 * (1.0 + np.cos(slope)))
    day = np.flatnonzero((lit.share > 0.0) & (diffuse > 0.0))
    if day.size:
        sky[day] = _perez(weather, lit, day, tilt, azimuth)
    level = weather.global_horizontal_w_m2
    if level is None:
        level = np.where(lit.share > 0.0, direct * np.sin(height), 0.0) + diffuse
    ground = albedo * level * (0.5 * (1.0 - np.cos(slope)))
    for values in (beam, sky, ground, cosine):
        values.setflags(write=False)
    return Plane(beam, sky, ground, cosine)


def _perez(
    weather: Weather, lit: Sunlit, day: NDArray[np.intp], tilt: float, azimuth: float
) -> NDArray[np.float64]:
    """Return the diffuse irradiance of the sky on the plane, in the hours given [W/m²]."""
    from pvlib.atmosphere import get_relative_airmass
    from pvlib.irradiance import get_extra_radiation, perez

    zenith = np.minimum(90.0 - lit.elevation[day], 90.0)
    dates = weather.local_starts[day].astype("datetime64[D]")
    year_day = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
    sky: NDArray[np.float64] = perez(
        tilt,
        azimuth,
        weather.diffuse_horizontal_w_m2[day],
        weather.direct_normal_w_m2[day],
        get_extra_radiation(year_day),
        zenith,
        lit.azimuth[day],
        get_relative_airmass(zenith),
    )
    return sky
