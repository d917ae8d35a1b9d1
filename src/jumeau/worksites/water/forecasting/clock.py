# SPDX-License-Identifier: EUPL-1.2
"""Series laid on days of 24 hours of the local clock, counted back from the forecast's origin.

Row ``days`` of a grid begins at the origin, whatever its hour. The hour that the change to winter
time repeats is the mean of both, the hour that summer time skips is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import error

if TYPE_CHECKING:
    import pandas as pd

HOURS = 24
MOST_DAYS = 1100
"""History used at most: three years tell every season and every feast."""
HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Clock:
    """Hours of the local clock around an origin."""

    origin: np.datetime64
    """First hour that is forecast, as the clock shows it."""
    days: int
    """Days before the origin."""
    ahead: int
    """Days from the origin."""
    times: pd.DatetimeIndex
    """(hours,) what is forecast, as the answer names it."""
    slots: NDArray[np.int64]
    """(hours,) place of these hours among those from the origin."""

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """(days + ahead, 24) date of every hour."""
        first = self.origin - HOUR * HOURS * self.days
        count = HOURS * (self.days + self.ahead)
        hours = first + HOUR * np.arange(count)
        return hours.astype("datetime64[D]").reshape(-1, HOURS)


def wall(times: pd.DatetimeIndex, zone: str | None) -> NDArray[np.datetime64]:
    """Return what the local clock shows, in whole hours; naive times are taken as they are."""
    if times.tz is not None:
        times = (times.tz_convert(zone) if zone else times).tz_localize(None)
    return times.to_numpy().astype("datetime64[h]")


def indexed(history: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return a history as a table indexed by times, which texts may write."""
    import pandas as pd

    table = history.to_frame() if isinstance(history, pd.Series) else history
    index = table.index
    if isinstance(index, pd.DatetimeIndex) or pd.api.types.is_numeric_dtype(index.dtype):
        return table
    try:
        times = pd.to_datetime(index, format="ISO8601")
    except (TypeError, ValueError):
        raise error("JUM-H191") from None
    return table.set_axis(pd.DatetimeIndex(times, name=index.name), axis=0)


def clock(
    history: pd.DataFrame, origin: pd.Timestamp, horizon_h: int, zone: str | None
) -> tuple[Clock, pd.DataFrame]:
    """Return the hours around an origin, and the history before it.

    Parameters
    ----------
    history : DataFrame
        Indexed by time.
    origin : Timestamp
        First hour that is forecast; naive: on the clock of the history.
    horizon_h : int
        Hours to forecast [h].
    zone : str or None
        IANA name of the local clock; None: that of the history.

    Raises
    ------
    InvalidError
        ``JUM-H191`` when the index is no time, ``JUM-H192`` when nothing comes before the origin.
    """
    import pandas as pd

    index = history.index
    if not isinstance(index, pd.DatetimeIndex) or isinstance(origin, type(pd.NaT)):
        raise error("JUM-H191")
    if index.tz is None:
        start = origin.tz_localize(None).floor("h")
        times = pd.date_range(start, periods=horizon_h, freq="h")
    else:
        place = zone or index.tz
        if origin.tz is None:
            origin = origin.tz_localize(place, ambiguous=True, nonexistent="shift_forward")
        origin = origin.tz_convert(place)
        start = origin - (origin.tz_localize(None) - origin.tz_localize(None).floor("h"))
        times = pd.date_range(start.tz_convert("UTC"), periods=horizon_h, freq="h")
        times = times.tz_convert(place)
    times.name = index.name
    known = history[index < start]
    known = known[known.index.notna()].dropna(how="all")
    if known.empty:
        raise error("JUM-H192", origin=str(origin))
    shown = wall(times, None)
    slots = (shown - shown[0]).astype(np.int64)
    hours = int((shown[0] - wall(pd.DatetimeIndex(known.index), zone).min()).astype(np.int64))
    days = min(max(-(-hours // HOURS), 1), MOST_DAYS)
    ahead = int(slots.max()) // HOURS + 1
    return Clock(shown[0], days, ahead, times, slots), known


def grid(frame: pd.DataFrame, at: Clock, zone: str | None, ahead: int = 0) -> NDArray[np.float64]:
    """Return a table as (days + ahead, 24, columns), means by hour, NaN where nothing is."""
    import pandas as pd

    values = frame.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    shown = wall(pd.DatetimeIndex(frame.index), zone)
    rows = (shown - at.origin).astype(np.int64) + HOURS * at.days
    count = HOURS * (at.days + ahead)
    inside = (rows >= 0) & (rows < count)
    rows, values = rows[inside], values[inside]
    ok = np.isfinite(values)
    total, number = np.zeros((count, values.shape[1])), np.zeros((count, values.shape[1]))
    np.add.at(total, rows, np.where(ok, values, 0.0))
    np.add.at(number, rows, ok)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return mean.reshape(-1, HOURS, values.shape[1])
