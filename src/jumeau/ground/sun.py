# SPDX-License-Identifier: EUPL-1.2
"""Position of the sun and the hours when it is down.

Own vectorised implementation after Meeus with the leading terms of VSOP87, as in NREL's algorithm:
0.001° of it over 1950–2100, so that lighting, heat and solar gains share one sun. Times are UTC,
either ``datetime64`` or seconds since 1970-01-01T00:00Z (POSIX, leap seconds not counted).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SUNRISE = -0.8333
"""Elevation of the sun's centre at sunrise and sunset: refraction 34′ and semi-diameter 16′ [°]."""
CIVIL, NAUTICAL, ASTRONOMICAL = -6.0, -12.0, -18.0
"""Elevations that end civil, nautical and astronomical twilight [°]."""
DAY = 86400.0
DELTA_T = 69.0
"""Terrestrial time minus universal time, value of 2020–2025 [s]; ±100 s moves the sun 0.001°."""

_J2000 = 946728000.0  # 2000-01-01T12:00Z [s]
_PARALLAX = 8.794 / 3600.0  # horizontal parallax at 1 au [°]
_ABERRATION = 20.4898 / 3600.0  # constant of annual aberration [°]

# Leading terms of VSOP87D for the Earth: amplitude [1e-8 rad or au], phase [rad], rate [rad/ka].
_L0 = np.array(
    [
        (175347046, 0, 0),
        (3341656, 4.6692568, 6283.07585),
        (34894, 4.6261, 12566.1517),
        (3497, 2.7441, 5753.3849),
        (3418, 2.8289, 3.5231),
        (3136, 3.6277, 77713.7715),
        (2676, 4.4181, 7860.4194),
        (2343, 6.1352, 3930.2097),
        (1324, 0.7425, 11506.7698),
        (1273, 2.0371, 529.691),
        (1199, 1.1096, 1577.3435),
        (990, 5.233, 5884.927),
        (902, 2.045, 26.298),
        (857, 3.508, 398.149),
        (780, 1.179, 5223.694),
        (753, 2.533, 5507.553),
        (505, 4.583, 18849.228),
        (492, 4.205, 775.523),
        (357, 2.92, 0.067),
        (317, 5.849, 11790.629),
    ]
)
_L1 = np.array(
    [
        (628331966747, 0, 0),
        (206059, 2.678235, 6283.07585),
        (4303, 2.6351, 12566.1517),
        (425, 1.59, 3.523),
    ]
)
_L2 = np.array([(52919, 0, 0), (8720, 1.0721, 6283.0758), (309, 0.867, 12566.152)])
_R0 = np.array(
    [
        (100013989, 0, 0),
        (1670700, 3.0984635, 6283.07585),
        (13956, 3.05525, 12566.1517),
        (3084, 5.1985, 77713.7715),
        (1628, 1.1739, 5753.3849),
        (1576, 2.8469, 7860.4194),
    ]
)


def posix(time: ArrayLike) -> NDArray[np.float64]:
    """Return times as seconds since 1970-01-01T00:00Z.

    Parameters
    ----------
    time : array_like of datetime64 or float
        UTC instants; numbers are taken to be POSIX seconds already [s].

    Returns
    -------
    array
        POSIX time [s].
    """
    values = np.asarray(time)
    if values.dtype.kind in "OMU":
        return values.astype("datetime64[us]").astype(np.int64) / 1e6
    return values.astype(np.float64)


def position(
    time: ArrayLike, latitude: ArrayLike, longitude: ArrayLike, *, delta_t: float = DELTA_T
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the sun's elevation and azimuth (Meeus, VSOP87), broadcasting its arguments.

    Parameters
    ----------
    time : array_like of datetime64 or float
        UTC instants, or POSIX seconds [s].
    latitude, longitude : array_like
        Geographic coordinates, north and east positive [°].
    delta_t : float
        Terrestrial minus universal time [s].

    Returns
    -------
    elevation : array
        Of the sun's centre above the horizon, topocentric, without refraction [°].
    azimuth : array
        Clockwise from north, 0 to 360 [°].

    Notes
    -----
    sin h = sin φ sin δ + cos φ cos δ cos H, with the right ascension and declination δ of the
    apparent sun (nutation and aberration included), H the local hour angle; parallax is taken off.

    References
    ----------
    J. Meeus, *Astronomical Algorithms*, 2nd ed., 1998, ch. 13, 22, 25, 40. I. Reda and A. Andreas,
    *Solar Position Algorithm*, NREL/TP-560-34302, 2008.
    """
    seconds = posix(time)
    right_ascension, declination, radius, sidereal = _apparent(seconds, delta_t)
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    hour = np.radians(sidereal + np.asarray(longitude, dtype=np.float64)) - right_ascension
    sin_h = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour)
    elevation = np.degrees(np.arcsin(np.clip(sin_h, -1.0, 1.0)))
    elevation -= _PARALLAX / radius * np.cos(np.radians(elevation))
    azimuth = np.degrees(
        np.arctan2(
            -np.cos(declination) * np.sin(hour),
            np.sin(declination) * np.cos(phi) - np.cos(declination) * np.sin(phi) * np.cos(hour),
        )
    )
    return elevation, azimuth % 360.0


def elevation(
    time: ArrayLike, latitude: ArrayLike, longitude: ArrayLike, *, delta_t: float = DELTA_T
) -> NDArray[np.float64]:
    """Return the sun's elevation alone, as :func:`position` computes it [°]."""
    return position(time, latitude, longitude, delta_t=delta_t)[0]


def dark(
    start: ArrayLike,
    end: ArrayLike,
    latitude: float,
    longitude: float,
    below: float = SUNRISE,
) -> NDArray[np.float64]:
    """Return the intervals when the sun is below an elevation, by root finding.

    Parameters
    ----------
    start, end : datetime64 or float
        UTC instants that bound the answer, or POSIX seconds [s].
    latitude, longitude : float
        Of the place [°].
    below : float
        Elevation of the sun's centre under which it is dark [°].

    Returns
    -------
    (n, 2) array
        Beginning and end of each dark interval, clipped to the bounds, in order [s since 1970].
        Empty when the sun never goes below (polar day); one interval when it never rises above.

    Raises
    ------
    InvalidError
        ``JUM-G001`` when the place is not on Earth, ``JUM-G002`` when the end precedes the start.

    Notes
    -----
    Elevation is monotonic between its daily extrema, found from the sun's transit and one parabola;
    a sign change between two of them holds one crossing, bisected to less than a millisecond.
    """
    if not (-90.0 <= latitude <= 90.0 and -360.0 <= longitude <= 360.0):
        raise error("JUM-G001", latitude=latitude, longitude=longitude)
    first, last = float(posix(start)), float(posix(end))
    if not first <= last:
        raise error("JUM-G002", start=str(start), end=str(end))

    def gap(time: NDArray[np.float64]) -> NDArray[np.float64]:
        return elevation(time, latitude, longitude) - below

    nodes = _extrema(first, last, latitude, longitude)
    nodes = np.concatenate(([first], nodes[(nodes > first) & (nodes < last)], [last]))
    above = gap(nodes) >= 0.0
    change = np.flatnonzero(above[1:] != above[:-1])
    low, high, rising = nodes[change], nodes[change + 1], above[change + 1]
    for _ in range(28):
        middle = 0.5 * (low + high)
        past = (gap(middle) >= 0.0) == rising
        low, high = np.where(past, low, middle), np.where(past, middle, high)
    roots = 0.5 * (low + high)
    begins = np.concatenate(([] if above[0] else [first], roots[~rising]))
    ends = np.concatenate((roots[rising], [] if above[-1] else [last]))
    return np.column_stack((begins, ends))


def nights(
    year: int, latitude: float, longitude: float, below: float = SUNRISE
) -> NDArray[np.float64]:
    """Return the dark intervals of a calendar year (UTC), cut at its two ends.

    Parameters
    ----------
    year : int
        Calendar year.
    latitude, longitude : float
        Of the place [°].
    below : float
        Elevation under which it is dark [°].

    Returns
    -------
    (n, 2) array
        As :func:`dark` [s since 1970].
    """
    return dark(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"), latitude,
                longitude, below)  # fmt: skip


def _apparent(
    seconds: NDArray[np.float64], delta_t: float
) -> tuple[NDArray[np.float64], ...]:  # fmt: skip
    """Return right ascension, declination [rad], distance [au], apparent sidereal time [°]."""
    century = (seconds + delta_t - _J2000) / (36525.0 * DAY)
    millennium = century / 10.0
    longitude = 180.0 + np.degrees(
        _series(_L0, millennium)
        + millennium * (_series(_L1, millennium) + millennium * _series(_L2, millennium))
    )
    radius = _series(_R0, millennium)
    node = np.radians(125.04452 - 1934.136261 * century)
    sun2 = np.radians(2.0 * (280.4665 + 36000.7698 * century))
    moon2 = np.radians(2.0 * (218.3165 + 481267.8813 * century))
    nutation = (
        -17.20 * np.sin(node) - 1.32 * np.sin(sun2) - 0.23 * np.sin(moon2) + 0.21 * np.sin(2 * node)
    ) / 3600.0
    obliquity = (
        84381.448
        - 46.815 * century
        + 9.20 * np.cos(node)
        + 0.57 * np.cos(sun2)
        + 0.10 * np.cos(moon2)
        - 0.09 * np.cos(2 * node)
    ) / 3600.0
    apparent = np.radians(longitude + nutation - _ABERRATION / radius - 0.0000251)
    tilt = np.radians(obliquity)
    right_ascension = np.arctan2(np.sin(apparent) * np.cos(tilt), np.cos(apparent))
    declination = np.arcsin(np.sin(apparent) * np.sin(tilt))
    days = (seconds - _J2000) / DAY
    sidereal = 280.46061837 + 360.98564736629 * days + nutation * np.cos(tilt)
    return right_ascension, declination, radius, sidereal


def _series(terms: NDArray[np.float64], millennium: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros_like(millennium)
    for amplitude, phase, rate in terms:
        total = total + amplitude * np.cos(phase + rate * millennium)
    return 1e-8 * total


def _extrema(first: float, last: float, latitude: float, longitude: float) -> NDArray[np.float64]:
    """Return the times when the sun is highest and lowest, from a day before to a day after."""
    half = DAY / 2.0
    noon = first - first % DAY - longitude * 240.0
    times = noon + half * np.arange(-4, (last - first) / half + 6)
    for _ in range(2):  # the upper transit is where the hour angle is 0, the lower where it is 180°
        right_ascension, _, _, sidereal = _apparent(times, DELTA_T)
        hour = sidereal + longitude - np.degrees(right_ascension)
        times = times - ((hour + 90.0) % 180.0 - 90.0) * 240.0 * 0.99727
    step = 900.0  # then one parabola, since declination drifts
    before, here, after = (
        elevation(times + shift, latitude, longitude) for shift in (-step, 0.0, step)
    )
    bend = before - 2.0 * here + after
    shift = np.divide(0.5 * step * (before - after), bend, out=np.zeros_like(bend), where=bend != 0)
    return np.unique(times + np.clip(shift, -half / 3, half / 3))
