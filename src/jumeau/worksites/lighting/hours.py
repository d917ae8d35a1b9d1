# SPDX-License-Identifier: EUPL-1.2
"""Burning hours: when lamps burn in a year, from the sun, the clock and the regime.

Lamps light some time after the sun goes below an elevation and go out some time before it comes
back. A regime cuts or dims them in windows of the local clock, summer time included. Intervals are
intersected exactly; nothing is sampled.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import time
from jumeau.base.errors import error
from jumeau.ground import sun

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLOCK = r"(\d{1,2})\s*(?:[hH:]\s*(\d{2})?)?"
_WINDOW = re.compile(rf"{_CLOCK}\s*(?:-|–|—|/|à|a|au|to|et|→)\s*{_CLOCK}")
_PART_NIGHT = re.compile(
    r"coup|extinc|éteint|eteint|part|semi|switch|\boff\b|\bsp\b", re.IGNORECASE
)
_DIMMED = re.compile(r"abaiss|grad|dim|réduc|reduc|bi.?puissance|vari", re.IGNORECASE)
_ALWAYS = re.compile(r"24\s*h?\s*/\s*24|24\s*h\b|jour et nuit|always|day and night", re.IGNORECASE)
_FULL = re.compile(r"perman|nuit enti|full|\bhoraire ep\b|\bnuit\b|night", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,3})\s*%")


@dataclass(frozen=True)
class Regime:
    """How lamps are switched in a night.

    Parameters
    ----------
    name : str
        Name of the regime.
    windows : tuple of (start, end, share)
        Windows of the local clock, in hours from midnight (23.0, 5.0), and the share of the power
        that remains in them: 0 when lamps are off. They must not overlap.
    always : bool
        Whether lamps burn day and night.
    """

    name: str
    windows: tuple[tuple[float, float, float], ...] = ()
    always: bool = False

    def __post_init__(self) -> None:
        for start, end, share in self.windows:
            if not (0 <= start < 24 and 0 <= end <= 24 and start != end and 0 <= share <= 1):
                raise error("JUM-L005", regime=self.name, window=f"{start}–{end} × {share}")


FULL_NIGHT = Regime("full_night")


def part_night(start: float = 23.0, end: float = 5.0) -> Regime:
    """Return the regime that switches lamps off between two local hours [h]."""
    return Regime("part_night", ((start, end, 0.0),))


def dimmed(start: float = 23.0, end: float = 5.0, share: float = 0.5) -> Regime:
    """Return the regime that keeps a share of the power between two local hours [h]."""
    return Regime("dimmed", ((start, end, share),))


def parse(text: str | None) -> Regime | None:
    """Read the regime an inventory writes, such as « coupure 23h-5h » or « abaissement 50 % ».

    Returns
    -------
    Regime or None
        ``None`` when the text says nothing that is understood.
    """
    if not text or not str(text).strip():
        return None
    words = re.sub(r"minuit|midnight", "0h", str(text), flags=re.IGNORECASE)
    if _ALWAYS.search(words):
        return Regime("always", always=True)
    share = _SHARE.search(words)
    clock = _WINDOW.search(_SHARE.sub(" ", words))
    hours = (23.0, 5.0)
    if clock:
        h1, m1, h2, m2 = (int(part or 0) for part in clock.groups())
        if h1 < 24 and h2 <= 24 and max(m1, m2) < 60:
            hours = ((h1 + m1 / 60) % 24, h2 + m2 / 60)
    if hours[0] == hours[1]:
        return None
    if _DIMMED.search(words):
        return dimmed(*hours, 1.0 - min(int(share[1]), 100) / 100 if share else 0.5)
    if _PART_NIGHT.search(words):
        return part_night(*hours)
    return FULL_NIGHT if _FULL.search(words) else None


@lru_cache(maxsize=256)
def lit(
    year: int,
    latitude: float,
    longitude: float,
    time_zone: str,
    elevation: float = sun.SUNRISE,
    delay: float = 900.0,
) -> NDArray[np.float64]:
    """Return the intervals when lamps are asked to burn in a local year.

    Parameters
    ----------
    year : int
        Year of the place's calendar.
    latitude, longitude : float
        Of the place [°].
    time_zone : str
        IANA name.
    elevation : float
        Of the sun, under which lamps are wanted [°].
    delay : float
        After the sun goes below, and before it comes back [s]; negative to burn longer.

    Returns
    -------
    (n, 2) array
        Beginnings and ends, cut at the year's ends [s since 1970].
    """
    first, last = (moment.timestamp() for moment in time.year_bounds(year, time_zone))
    dark = sun.dark(first - sun.DAY, last + sun.DAY, latitude, longitude, elevation)
    spans = np.clip(dark + np.array([delay, -delay]), first, last)
    burning: NDArray[np.float64] = spans[spans[:, 1] > spans[:, 0]]
    burning.setflags(write=False)
    return burning


def burning_hours(
    regime: Regime, year: int, latitude: float, longitude: float, time_zone: str,
    elevation: float = sun.SUNRISE, delay: float = 900.0,
) -> tuple[float, float]:  # fmt: skip
    """Return the hours of a year that lamps burn, and the same weighted by their power.

    Parameters
    ----------
    regime : Regime
        How lamps are switched.
    year, latitude, longitude, time_zone, elevation, delay
        As for :func:`lit`.

    Returns
    -------
    on : float
        Hours with some light [h/yr].
    equivalent : float
        Hours at full power that use the same energy [h/yr].
    """
    spans = lit(year, latitude, longitude, time_zone, elevation, delay)
    if regime.always:
        first, last = (moment.timestamp() for moment in time.year_bounds(year, time_zone))
        spans = np.array([[first, last]])
    on = equivalent = float(np.diff(spans).sum())
    for start, end, share in regime.windows:
        inside = overlap(spans, windows(year, start, end, time_zone))
        equivalent -= (1.0 - share) * inside
        on -= inside if share == 0.0 else 0.0
    return on / 3600.0, equivalent / 3600.0


def windows(year: int, start: float, end: float, time_zone: str) -> NDArray[np.float64]:
    """Return a daily window of the local clock over a year, summer time included.

    Parameters
    ----------
    year : int
        Year; the window that begins on the eve of it is included.
    start, end : float
        Local hours; past midnight when the end is not after the start [h].
    time_zone : str
        IANA name.

    Returns
    -------
    (n, 2) array
        [s since 1970].
    """
    zone = time.zone(time_zone)
    eve = dt.datetime(year - 1, 12, 31)
    nights = (dt.datetime(year + 1, 1, 1) - eve).days

    def instant(day: int, hour: float) -> float:
        local = eve + dt.timedelta(days=day, minutes=round(60 * hour))
        return local.replace(tzinfo=zone).timestamp()

    later = end if end > start else end + 24.0
    return np.array([(instant(day, start), instant(day, later)) for day in range(nights)])


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the total time common to two sets of disjoint intervals [s]."""
    if not (len(a) and len(b)):
        return 0.0
    shared = np.minimum(a[:, None, 1], b[None, :, 1]) - np.maximum(a[:, None, 0], b[None, :, 0])
    return float(np.maximum(shared, 0.0).sum())
