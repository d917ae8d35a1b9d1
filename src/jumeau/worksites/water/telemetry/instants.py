# SPDX-License-Identifier: EUPL-1.2
"""Times as files write them brought to UTC: the clock of the street, winter time, or UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from jumeau.worksites.water.telemetry import axis

if TYPE_CHECKING:
    import pandas as pd

CLOCKS = {
    "utc": {"en": "UTC", "fr": "UTC"},
    "street": {"en": "the clock of the street, with summer time",
               "fr": "l'horloge de la rue, avec l'heure d'été"},
    "winter": {"en": "winter time all the year", "fr": "l'heure d'hiver toute l'année"},
}  # fmt: skip
"""Clocks of files, for sentences."""
HOUR_S = 3600


def to_utc(values: pd.DataFrame, zone: str, *, utc: bool = False) -> tuple[pd.DatetimeIndex, str]:
    """Return the times of a frame in UTC, and the clock that they followed.

    Naive times that span a day of change tell their clock: an hour given twice in autumn or
    lacking in spring is that of the street; that hour told as any other is winter time. Where
    they span none, they are those of the street.

    Parameters
    ----------
    values : DataFrame
        Indexed by time, in the order of the file.
    zone : str
        Time zone of the place.
    utc : bool
        Whether naive times are UTC.

    Returns
    -------
    times : DatetimeIndex
        UTC.
    clock : str
        Key of :data:`CLOCKS`.
    """
    import pandas as pd

    index: Any = values.index
    if index.tz is not None:
        return index.tz_convert("UTC"), "utc"
    if utc:
        return index.tz_localize("UTC"), "utc"
    stamps, _ = axis.seconds(index, "time")
    moved, days = axis.winter({"": stamps}, [], {"": values})
    clock = "street" if days else "winter" if _spans(stamps) else "street"
    if days or clock == "winter":
        offset = _offset(zone, int(stamps.min()))
        return pd.DatetimeIndex((moved[""] - offset).view("M8[s]"), tz="UTC", name="time"), clock
    local = index.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    if local.isna().any():
        first = np.ones(len(index), bool)
        local = index.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return local.tz_convert("UTC"), clock


def _spans(stamps: Any) -> bool:
    """Tell whether readings run through the hour of a change of clock."""
    first, last = int(stamps.min()), int(stamps.max())
    years = range(*(int(str(np.datetime64(it, "s"))[:4]) + k for k, it in ((0, first), (1, last))))
    for year in years:
        for _, day in axis.changes(year):
            hour = (stamps >= day + 2 * HOUR_S) & (stamps < day + 3 * HOUR_S)
            if first < day < last - 6 * HOUR_S and bool(hour.any()):
                return True
    return False


def _offset(zone: str, stamp: int) -> int:
    """Return the offset of winter time of a zone [s]."""
    from datetime import UTC, datetime

    year = datetime.fromtimestamp(stamp, UTC).year
    offset = datetime(year, 1, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
