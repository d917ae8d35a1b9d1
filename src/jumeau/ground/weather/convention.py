# SPDX-License-Identifier: EUPL-1.2
"""Whether the hours of radiation are those of the sun: hour convention, time zone, summer time.

Each day, light comes and goes at moments that the sun fixes. Clouds dim the day, they move
neither its beginning nor its end: the mean of both gaps tells by how much a series is late, to a
few minutes over a year, whatever the weather.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground.weather.planes import Sunlit, sunlit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather.hours import Weather

TOLERATED = 0.35
"""Lateness that says nothing: what fog, relief and twilight may do [h]."""
REFUSED = 1.5
"""Lateness from which the series is of another place or of another time zone [h]."""
SPREAD = 0.05
"""Half width of the 90 % interval of radiation on planes, when hours are doubtful [ratio]."""
_THRESHOLD = 5.0  # light from which it is day [W/m²]
_FEWEST = 20  # days with both ends needed to judge
_NIGHT = 0.01  # part of the radiation that may come while the sun is down [ratio]


class Lateness(NamedTuple):
    """How late the radiation is on the sun, day by day.

    Parameters
    ----------
    overall : float
        Median over the days; NaN when too few can be judged [h].
    days : (days,) array
        Of each day, NaN where it cannot be judged [h].
    """

    overall: float
    days: NDArray[np.float64]


def lateness(weather: Weather) -> Lateness:
    """Measure by how much the radiation comes after the sun.

    Parameters
    ----------
    weather : Weather
        Series and place.

    Returns
    -------
    Lateness
        Over the series and of each day, −12 to 12 [h].

    Notes
    -----
    A first guess is the phase of the daily wave of radiation against that of the sun's height.
    Then, in days counted from the sun's lowest, the moments when light passes 5 W/m² are
    compared with those of a reference, 100 W/m² times the sine of the elevation.
    """
    light = weather.diffuse_horizontal_w_m2 + 0.1 * weather.direct_normal_w_m2
    lit = sunlit(weather)
    height = np.sin(np.radians(np.maximum(lit.elevation, 0.0)))
    reference = np.where(lit.share > 0.0, 100.0 * height, 0.0)
    whole = light.size // 24 * 24
    none = Lateness(float("nan"), np.full(whole // 24, np.nan))
    if whole == 0 or not light.any() or not reference.any():
        return none
    turn = np.exp(2j * np.pi * np.arange(whole) / 24)
    wave, sun_wave = (light[:whole] * turn).sum(), (reference[:whole] * turn).sum()
    if abs(wave) < 0.1 * light[:whole].sum() or abs(sun_wave) < 1e-9:
        return none  # no day and no night in it
    guess = round(float(np.angle(wave / sun_wave)) * 24 / (2 * np.pi))
    lowest = (-weather.longitude * 240.0 - weather.times_utc[0] + 1800.0) % 86400.0 / 3600.0
    first = round(lowest) % 24
    rising, falling, known = (
        np.array(column)
        for column in zip(_edges(np.roll(light, -guess), first), _edges(reference, first),
                          strict=True)
    )  # fmt: skip
    late = guess + 0.5 * (rising[0] - rising[1] + falling[0] - falling[1])
    late[~(known[0] & known[1])] = np.nan
    if np.count_nonzero(~np.isnan(late)) < min(_FEWEST, max(3, whole // 48)):
        return none
    return Lateness(float((np.nanmedian(late) + 12.0) % 24.0 - 12.0), late)


def _edges(
    light: NDArray[np.float64], first: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return when light comes and goes each day, in hours from its lowest, and whether it does."""
    days = light[first:]
    days = days[: days.size // 24 * 24].reshape(-1, 24)
    row = np.arange(len(days))
    bright = days > _THRESHOLD
    begin, end = bright.argmax(axis=1), 23 - bright[:, ::-1].argmax(axis=1)
    known = bright.any(axis=1) & (begin > 0) & (end < 23)
    before, at = days[row, np.maximum(begin - 1, 0)], days[row, begin]
    rising = begin - (at - _THRESHOLD) / np.maximum(at - before, 1e-9)
    at, after = days[row, end], days[row, np.minimum(end + 1, 23)]
    falling = end + (at - _THRESHOLD) / np.maximum(at - after, 1e-9)
    return rising, falling, known


def summer_time(weather: Weather, late: Lateness) -> float:
    """Return how much later the radiation of summer is than that of winter.

    Parameters
    ----------
    weather : Weather
        Series and place.
    late : Lateness
        What :func:`lateness` measured.

    Returns
    -------
    float
        About 1 when a summer time was left in the hours, about 0 otherwise; NaN when the series
        lacks one of the seasons [h].
    """
    starts = weather.local_starts[: late.days.size * 24 : 24][: late.days.size]
    month = (starts.astype("datetime64[M]").astype(np.int64) % 12) + 1
    warm, cold = np.isin(month, (5, 6, 7, 8, 9)), np.isin(month, (11, 12, 1, 2))
    if weather.latitude < 0.0:
        warm, cold = np.isin(month, (11, 12, 1, 2)), np.isin(month, (5, 6, 7, 8, 9))
    sides = [late.days[side & ~np.isnan(late.days)] for side in (warm, cold)]
    if min(side.size for side in sides) < _FEWEST:
        return float("nan")
    return float(np.median(sides[0]) - np.median(sides[1]))


def judge(weather: Weather) -> Iterator[Finding]:
    """Yield what the radiation tells about its hours and its columns.

    Parameters
    ----------
    weather : Weather
        Series and place.

    Yields
    ------
    Finding
        ``JUM-G058`` (late or early), ``JUM-G059`` (summer time), ``JUM-G064`` (radiation at
        night), ``JUM-G066`` (global, direct and diffuse disagree).

    Raises
    ------
    InvalidError
        ``JUM-G057`` when the radiation is an hour and a half or more from the sun; ``JUM-G065``
        when direct and diffuse seem to stand in each other's column.
    """
    entity = weather.source or weather.name
    late = lateness(weather)
    season = summer_time(weather, late) if np.isfinite(late.overall) else float("nan")
    summer = abs(season - 1.0) < TOLERATED
    if abs(late.overall) >= REFUSED:
        raise error("JUM-G057", entity=entity, shift=round(late.overall, 1),
                    fix=f"{-round(late.overall):d}", latitude=weather.latitude,
                    longitude=weather.longitude, offset=f"{weather.utc_offset_h:+g}")  # fmt: skip
    if summer:
        yield finding("JUM-G059", entity=entity, shift=round(season, 1))
    elif abs(late.overall) >= TOLERATED:
        yield finding("JUM-G058", entity=entity, shift=round(late.overall, 1),
                      fix=f"{-round(late.overall):d}")  # fmt: skip
    else:
        lit = sunlit(weather)
        _refuse_swapped(weather, lit, entity)
        yield from _disagreement(weather, lit, entity)
    yield from _at_night(weather, entity)


def _at_night(weather: Weather, entity: str) -> Iterator[Finding]:
    light = weather.diffuse_horizontal_w_m2 + weather.direct_normal_w_m2
    total = float(light.sum())
    night = float(light[sunlit(weather).share == 0.0].sum())
    if night > _NIGHT * total:
        yield finding("JUM-G064", entity=entity, percent=round(100.0 * night / total, 1))


def _refuse_swapped(weather: Weather, lit: Sunlit, entity: str) -> None:
    """Refuse a diffuse that passes what reaches the top of the air, where direct would not."""
    day = lit.share > 0.0
    ceiling = 1_412.0 * np.sin(np.radians(np.maximum(lit.elevation[day], 0.0))) + 30.0
    diffuse, direct = weather.diffuse_horizontal_w_m2[day], weather.direct_normal_w_m2[day]
    beyond = float(np.maximum(diffuse - ceiling, 0.0).sum())
    other = float(np.maximum(direct - ceiling, 0.0).sum())
    if beyond > 0.01 * float(diffuse.sum()) and other < 0.01 * float(direct.sum()):
        raise error("JUM-G065", entity=entity)


def _disagreement(weather: Weather, lit: Sunlit, entity: str) -> Iterator[Finding]:
    level = weather.global_horizontal_w_m2
    if level is None or not level.any():
        return
    height = np.where(lit.share > 0.0, np.sin(np.radians(np.maximum(lit.elevation, 0.0))), 0.0)
    direct, diffuse = weather.direct_normal_w_m2, weather.diffuse_horizontal_w_m2
    built = direct * height + diffuse
    gap = float(np.abs(built - level).sum() / level.sum())
    if gap > 0.1 and np.abs(diffuse * height + direct - level).sum() < 0.3 * gap * level.sum():
        raise error("JUM-G065", entity=entity)
    bias = float(built.sum() / level.sum() - 1.0)
    if abs(bias) > 0.03 or gap > 0.15:
        yield finding("JUM-G066", entity=entity, percent=round(100 * bias, 1),
                      hourly=round(100 * gap, 1))  # fmt: skip
