# SPDX-License-Identifier: EUPL-1.2
"""Schedules: when heating, cooling, people and air are there, shared by all buildings of a use.

A schedule says, for each hour, five shares: ``heat`` and ``cool`` (1 the set-point, 0 the
set-back), ``occupancy`` (of the internal gains), ``ventilation`` and ``night`` (of the air
changes of these names). Those of the package are rows of ``schedules.csv``; what no row says is 0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.worksites.buildings.engine import STATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.weather import Weather

QUANTITIES = ("heat", "cool", "occupancy", "ventilation", "night")
"""What a schedule says."""
DEFAULT = "constant"
"""Schedule of a building that names none."""


class Profile(NamedTuple):
    """A schedule over the hours of a weather.

    Parameters
    ----------
    heat, cool : (h, 2) arrays
        Share of the set-point when the hour begins and ends [-].
    occupancy : (h,) array
        Share of the internal gains [-].
    present : (h,) uint8 array
        Whether people are there: gains above half of the greatest.
    state : (h,) int64 array
        Row of ``air``.
    air : (states, 3) array
        Factors of infiltration, ventilation and night ventilation [-].
    """

    heat: NDArray[np.float64]
    cool: NDArray[np.float64]
    occupancy: NDArray[np.float64]
    present: NDArray[np.uint8]
    state: NDArray[np.int64]
    air: NDArray[np.float64]


def names() -> list[str]:
    """Return the names of the package's schedules."""
    return list(dict.fromkeys(row["schedule"] for row in rows()))


def profile(name: str, weather: Weather, own: Mapping[str, Any] | None = None) -> Profile:
    """Lay a schedule over the hours of a weather.

    Parameters
    ----------
    name : str
        Of the package, or of ``own``.
    weather : Weather
        Gives the hours, local standard time.
    own : mapping, optional
        Schedules of the caller by name: each a mapping of quantities to shares, an array of 24
        hours, of a week of 168 from Monday, or of every hour of the weather; (…, 2) arrays give
        the beginning and the end of each hour. What it does not say is 1, ``night`` is 0.

    Returns
    -------
    Profile
        Shares hour by hour.

    Raises
    ------
    UnknownNameError
        JUM-E007: no schedule of that name.
    InvalidError
        JUM-E008: a share that is no number, below 0, of another length, or too many states.
    """
    if own is not None and name in own:
        shares = _given(name, own[name], weather)
    elif name in names():
        shares = _listed(name, weather)
    else:
        known = [*(own or ()), *names()]
        raise error("JUM-E007", name=name, suggestion=did_you_mean(name, known), known=known)
    occupancy = shares["occupancy"].mean(axis=1)
    air = np.stack([shares["ventilation"].mean(axis=1), shares["night"].mean(axis=1)])
    firsts, state = kinds(*air)
    if len(firsts) > STATES:
        raise error("JUM-E008", name=name, quantity="ventilation", fault=_too_many(len(firsts)))
    top = occupancy.max(initial=0.0)
    return Profile(
        np.ascontiguousarray(shares["heat"]),
        np.ascontiguousarray(shares["cool"]),
        np.ascontiguousarray(occupancy),
        (occupancy > 0.5 * top).astype(np.uint8) if top > 0.0 else np.ones(len(state), np.uint8),
        state,
        np.column_stack([np.ones(len(firsts)), *air[:, firsts]]),
    )


def kinds(*keys: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sort hours in kinds within which no key varies.

    Parameters
    ----------
    *keys : (h,) arrays
        Values by hour.

    Returns
    -------
    firsts : (kinds,) int64 array
        First hour of each kind.
    kind : (h,) int64 array
        Row of ``firsts``.
    """
    import pandas as pd

    kind = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        if (key != key[:1]).any():
            code, values = pd.factorize(key)
            kind = pd.factorize(kind * len(values) + code)[0].astype(np.int64)
    firsts = np.empty(kind.max(initial=-1) + 1, np.int64)
    firsts[kind[::-1]] = np.arange(len(kind))[::-1]
    return firsts, kind


@cache
def rows() -> tuple[dict[str, str], ...]:
    """Return the rows of ``schedules.csv``, schedule by schedule."""
    file = resources.files(__package__) / "schedules.csv"
    with io.StringIO(file.read_text(encoding="utf-8")) as text:
        return tuple(csv.DictReader(text))


def _span(text: str) -> tuple[int, int]:
    first, last = text.split("-")
    return int(first), int(last)


def _listed(name: str, weather: Weather) -> dict[str, NDArray[np.float64]]:
    hour, day, month = _clock(weather)
    found = {quantity: np.zeros((weather.hours, 2)) for quantity in QUANTITIES}
    for row in rows():
        if row["schedule"] != name:
            continue
        days, months, hours = _span(row["days"]), _span(row["months"]), _span(row["hours"])
        there = (day >= days[0]) & (day <= days[1])
        there &= (month >= months[0]) & (month <= months[1])
        there &= (hour >= hours[0]) & (hour < hours[1])
        found[row["quantity"]][there] = float(row["begin"]), float(row["end"])
    return found


def _clock(weather: Weather) -> tuple[NDArray[np.int64], ...]:
    """Return hour of the day 0–23, day of the week 1–7 from Monday, month 1–12."""
    starts = weather.local_starts
    days = starts.astype("datetime64[D]")
    hour = (starts - days).astype("timedelta64[h]").astype(np.int64)
    weekday = (days.astype(np.int64) + 3) % 7 + 1  # 1970-01-01 was a Thursday
    month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return hour, weekday, month


def _given(name: str, said: Any, weather: Weather) -> dict[str, NDArray[np.float64]]:
    hour, day, _ = _clock(weather)
    if not isinstance(said, Mapping) or not set(said) <= set(QUANTITIES):
        raise error("JUM-E008", name=name, quantity=str(said)[:60], fault=_quantities())
    found = {}
    for quantity in QUANTITIES:
        default = 0.0 if quantity == "night" else 1.0
        try:
            shares = np.asarray(said.get(quantity, np.full(24, default)), np.float64)
        except (TypeError, ValueError):
            shares = np.empty(0)
        if shares.ndim == 1:
            shares = np.stack([shares, shares], axis=1)
        good = shares.ndim == 2 and shares.shape[1:] == (2,)
        if not good or len(shares) not in (24, 168, weather.hours):
            raise error("JUM-E008", name=name, quantity=quantity, fault=_length(weather.hours))
        if not (np.isfinite(shares).all() and (shares >= 0.0).all()):
            raise error("JUM-E008", name=name, quantity=quantity, fault=_BELOW)
        if quantity in ("heat", "cool") and (shares > 1.0).any():
            raise error("JUM-E008", name=name, quantity=quantity, fault=_ABOVE)
        if len(shares) == weather.hours:
            found[quantity] = shares
        else:
            found[quantity] = shares[hour if len(shares) == 24 else 24 * (day - 1) + hour]
    return found


def _too_many(count: int) -> dict[str, str]:
    return {
        "en": f"{count} different air changes, at most {STATES} fit",
        "fr": f"{count} renouvellements d'air différents, {STATES} au plus",
    }


def _quantities() -> dict[str, str]:
    listed = ", ".join(QUANTITIES)
    return {"en": f"it may only say {listed}", "fr": f"seuls sont admis {listed}"}


def _length(hours: int) -> dict[str, str]:
    return {
        "en": f"24, 168 or {hours} numbers are expected",
        "fr": f"24, 168 ou {hours} nombres sont attendus",
    }


_BELOW = {
    "en": "a share is negative or not a number",
    "fr": "une part est négative ou n'est pas un nombre",
}
_ABOVE = {"en": "a share is above 1", "fr": "une part dépasse 1"}
