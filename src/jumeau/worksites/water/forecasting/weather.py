# SPDX-License-Identifier: EUPL-1.2
"""Weather as the forecast reads it: daily means, sums and what exceeds a comfort.

Columns are known by their name in French or English. Hours that nobody gives after the last known
one hold the mean of the week before: then the forecast says so.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jumeau.worksites.water.forecasting import clock as clocks
from jumeau.worksites.water.forecasting.cleaning import median

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

NAMES = {
    "rain": ("rain", "precip", "pluie", "pluvio", "rr", "tp"),
    "temperature": ("temp", "t2m", "tas", "t"),
    "humidity": ("humid", "hr", "rh", "hurs", "u"),
    "wind": ("wind", "vent", "ff", "ws"),
}
"""Weather → how a word of its column begins; one or two letters must be the whole name."""
WARM_C, HOT_C, COLD_C = 18.0, 23.0, 5.0
"""Above them gardens are watered, below the last one pipes freeze [°C]."""
WET = np.log1p(3.5)
"""Logarithm of a daily rain that waters a garden."""
RECENT = 7
"""Days whose mean stands for the days to come when nobody gives them."""


@dataclass(frozen=True)
class Weather:
    """Daily weather of the grid."""

    daily: Array
    """(days + ahead, quantities)."""
    wet: int | None
    """Which quantity is the rain."""
    warm: int | None
    """Which quantity is the mean temperature."""
    known: tuple[str, ...]
    """Columns understood."""
    unknown: tuple[str, ...]
    """Columns set aside."""
    missing: int
    """Hours to come that nobody gives."""


def kind_of(name: object) -> str | None:
    """Return which weather a column holds, None when its name tells nothing."""
    text = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode().casefold()
    words = re.split("[^a-z0-9_]+|_", text)
    for kind, starts in NAMES.items():
        if text.strip() in starts:
            return kind
        if any(word.startswith(it) for word in words for it in starts if len(it) > 2):
            return kind
    return None


def read(weather: pd.DataFrame | None, at: clocks.Clock, zone: str | None) -> Weather:
    """Return the daily weather of the days of a grid.

    Parameters
    ----------
    weather : DataFrame or None
        Rain [mm], temperature [°C], humidity [%], wind, by hour; any of them.
    at : Clock
        Hours around the origin.
    zone : str or None
        Zone of the local clock.
    """
    total = at.days + at.ahead
    nothing = Weather(np.zeros((total, 0)), None, None, (), (), 0)
    if weather is None or weather.empty:
        return nothing
    kinds = {name: kind_of(name) for name in weather.columns}
    used: dict[str, object] = {}
    for name, kind in kinds.items():
        if kind:
            used.setdefault(kind, name)
    unknown = tuple(str(name) for name in weather.columns if name not in used.values())
    if not used:
        return Weather(nothing.daily, None, None, (), unknown, 0)
    table = weather[list(used.values())]
    hourly = clocks.grid(table, at, zone, at.ahead)
    gap = np.isnan(hourly[at.days :]).all(2).ravel()
    missing = int(gap[at.slots].sum())
    hourly = completed(hourly, list(used).index("rain") if "rain" in used else None)
    daily: list[Array] = []
    wet = warm = None
    for column, kind in enumerate(used):
        values = hourly[..., column]
        mean = values.mean(1)
        if kind == "temperature":
            warm = len(daily)
            daily += [mean, values.max(1), np.maximum(mean - WARM_C, 0.0)]
            daily += [np.maximum(mean - HOT_C, 0.0), np.minimum(mean, COLD_C)]
        elif kind == "rain":
            wet = len(daily)
            rain = np.log1p(np.maximum(values, 0.0).sum(1))
            daily += [rain, np.maximum(rain - WET, 0.0)]
        elif kind == "humidity":
            daily += [mean]
    table_of_days = np.stack(daily, 1) if daily else nothing.daily
    return Weather(table_of_days, wet, warm, tuple(used), unknown, missing)


def completed(hourly: Array, rain: int | None) -> Array:
    """Return hours without holes: drawn straight inside, the mean of the last week after."""
    import pandas as pd

    shape = hourly.shape
    frame = pd.DataFrame(hourly.reshape(-1, shape[2])).interpolate(limit_area="inside")
    out = frame.to_numpy().copy()
    for column in range(shape[2]):
        known = np.flatnonzero(np.isfinite(out[:, column]))
        if not len(known):
            out[:, column] = 0.0
            continue
        last = int(known[-1]) + 1
        past = out[max(last - 24 * RECENT, 0) : last, column]
        hours = np.arange(len(past)) - len(past)
        usual = np.array([median(past[hours % 24 == h], 0) for h in range(24)])
        usual = np.where(np.isnan(usual), np.nanmean(past), usual)
        if column == rain:
            usual = np.full(24, float(np.nanmean(past)))
        out[last:, column] = usual[np.arange(len(out) - last) % 24]
        out[: known[0], column] = out[known[0], column]
    return out.reshape(shape)
