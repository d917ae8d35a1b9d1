# SPDX-License-Identifier: EUPL-1.2
"""Time: instants are aware and in UTC, days and years are those of the territory's time zone.

Files write dates in many ways; `parse_date` and `parse_time` read the French and ISO ones, day
before month, and repair seconds written ``:60``.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from jumeau.base.errors import error
from jumeau.base.units import MISSING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UTC = dt.UTC
PIVOT = 69
"""Years written with two digits: 00–68 are 2000–2068, 69–99 are 1969–1999 (as POSIX)."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "février fevrier févr fevr fév fev feb february",
            "mars mar march",
            "avril avr apr april",
            "mai may",
            "juin jun june",
            "juillet juil jul july",
            "août aout aou aug august",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "décembre decembre déc dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_DATE = (
    r"(?:(?P<y1>\d{4})(?P<s1>[-/.])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})"
    r"|(?P<y2>\d{4})(?P<m2>\d{2})(?P<d2>\d{2})"
    r"|(?P<d3>\d{1,2})(?P<s3>[-/. ])(?P<m3>\d{1,2})(?P=s3)(?P<y3>\d{4}|\d{2})"
    r"|(?P<d4>\d{1,2})(?:er)?[- ](?P<m4>[^\W\d_]{3,9})\.?[- ](?P<y4>\d{4}|\d{2}))"
)
_TIME = (
    r"(?P<hour>\d{1,2})[:hH](?P<minute>\d{2})?(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r" ?(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?"
)
_MOMENT = re.compile(rf"{_DATE}(?:(?:[T ,]| à )+{_TIME})?")


class Moment(NamedTuple):
    """An instant read from text."""

    time: dt.datetime
    """Aware, in UTC."""
    repaired: bool
    """True when the text wrote an impossible second or hour (``:60``, ``24:00``)."""


class Times(NamedTuple):
    """Instants or days read from a column of text."""

    values: NDArray[np.datetime64]
    """``datetime64[us]`` in UTC, or ``datetime64[D]`` for days; NaT where missing or unreadable."""
    missing: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]
    repaired: NDArray[np.bool_]


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises
    ------
    UnknownNameError
        ``JUM-B040`` when the data base does not have it.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise error("JUM-B040", zone=name) from None


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return dt.datetime.now(UTC)


def to_utc(time: dt.datetime) -> dt.datetime:
    """Return an aware time in UTC.

    Raises
    ------
    InvalidError
        ``JUM-B041`` when the time says no zone.
    """
    if time.tzinfo is None or time.utcoffset() is None:
        raise error("JUM-B041", time=time.isoformat())
    return time.astimezone(UTC)


def to_local(time: dt.datetime, tz: str) -> dt.datetime:
    """Return an aware time as the clocks of a place show it."""
    return to_utc(time).astimezone(zone(tz))


def from_local(time: dt.datetime, tz: str, *, fold: int = 0) -> dt.datetime:
    """Return in UTC what the clocks of a place showed.

    Parameters
    ----------
    time : datetime
        Naive local time. A time that the change to summer time skips is taken with the offset
        before the change, hence falls one hour later on the clock.
    tz : str
        IANA name.
    fold : {0, 1}
        Which of the two instants, when the clock showed the time twice: 0 is the first.
    """
    return time.replace(tzinfo=zone(tz), fold=fold).astimezone(UTC)


def start_of_day(date: dt.date, tz: str) -> dt.datetime:
    """Return the first instant of a day of a place, in UTC."""
    return from_local(dt.datetime.combine(date, dt.time.min), tz)


def end_of_day(date: dt.date, tz: str) -> dt.datetime:
    """Return the last instant of a day of a place, to the microsecond, in UTC.

    « Au 31 décembre » means then: everything of that day is included.
    """
    return start_of_day(date + dt.timedelta(days=1), tz) - dt.timedelta(microseconds=1)


def day_of(time: dt.datetime, tz: str) -> dt.date:
    """Return the day it is in a place at an instant."""
    return to_local(time, tz).date()


def year_bounds(year: int, tz: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the first instant of a year of a place and that of the next year, in UTC."""
    return start_of_day(dt.date(year, 1, 1), tz), start_of_day(dt.date(year + 1, 1, 1), tz)


def parse_date(text: Any) -> dt.date | None:
    """Read a day: ``31/12/2013``, ``08/01/11``, ``2013-12-31``, ``1er janvier 2014``.

    Day comes before month. A time after the date is set aside.

    Parameters
    ----------
    text : str, date or datetime
        The text.

    Returns
    -------
    date or None
        ``None`` when the text says that the value is missing.

    Raises
    ------
    InvalidError
        ``JUM-B042`` when it is not a day of the calendar.
    """
    if isinstance(text, dt.datetime):
        return None if text != text else text.date()  # noqa: PLR0124  (pandas' NaT)
    if isinstance(text, dt.date):
        return text
    clean = _clean(text)
    if clean is None:
        return None
    match = _MOMENT.fullmatch(clean)
    date = _date_of(match) if match else None
    if date is None:
        raise error("JUM-B042", text=str(text))
    return date


def parse_time(text: Any, tz: str) -> Moment | None:
    """Read an instant: ISO 8601, or a French date and time on the clocks of a place.

    Parameters
    ----------
    text : str or datetime
        Without offset, the time is that of ``tz``; a day alone is its first instant.
    tz : str
        IANA name of the place's zone.

    Returns
    -------
    Moment or None
        ``None`` when the text says that the value is missing.

    Raises
    ------
    InvalidError
        ``JUM-B042`` when it is not a time.
    """
    if isinstance(text, dt.datetime):
        if text != text:  # noqa: PLR0124  (pandas' NaT)
            return None
        aware = text.tzinfo is not None
        return Moment(to_utc(text) if aware else from_local(text, tz), False)
    if isinstance(text, dt.date):
        return Moment(start_of_day(text, tz), False)
    clean = _clean(text)
    if clean is None:
        return None
    match = _MOMENT.fullmatch(clean)
    date = _date_of(match) if match else None
    if match is None or date is None:
        raise error("JUM-B042", text=str(text))
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    micro = int((match["part"] or "0").ljust(6, "0")[:6])
    midnight = (hour, minute, second, micro) == (24, 0, 0, 0)
    if (hour > 23 and not midnight) or minute > 59 or second > 60:
        raise error("JUM-B042", text=str(text))
    local = dt.datetime.combine(date, dt.time.min) + dt.timedelta(
        hours=hour, minutes=minute, seconds=second, microseconds=micro
    )
    offset = match["zone"]
    if offset is None:
        time = from_local(local, tz)
    elif offset[0] in "+-":
        digits = offset[1:].replace(":", "").ljust(4, "0")
        shift = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        time = (local - shift if offset[0] == "+" else local + shift).replace(tzinfo=UTC)
    else:
        time = local.replace(tzinfo=UTC)
    return Moment(time, midnight or second == 60)


def parse_dates(values: ArrayLike) -> Times:
    """Read a column of days; see `parse_date`.

    Returns
    -------
    Times
        ``datetime64[D]`` values (n,) and masks.
    """

    def read(item: Any) -> tuple[np.datetime64 | None, bool]:
        date = parse_date(item)
        return (None if date is None else np.datetime64(date, "D")), False

    return _column(values, "datetime64[D]", read)


def parse_times(values: ArrayLike, tz: str) -> Times:
    """Read a column of instants; see `parse_time`.

    Returns
    -------
    Times
        ``datetime64[us]`` values (n,) in UTC and masks.
    """

    def read(item: Any) -> tuple[np.datetime64 | None, bool]:
        moment = parse_time(item, tz)
        if moment is None:
            return None, False
        return np.datetime64(moment.time.replace(tzinfo=None), "us"), moment.repaired

    return _column(values, "datetime64[us]", read)


def _column(values: ArrayLike, dtype: str, read: Any) -> Times:
    import pandas as pd

    if hasattr(values, "to_pandas"):
        values = values.to_pandas()
    codes, distinct = pd.factorize(pd.Series(np.asarray(values, dtype=object)))
    items = list(distinct)
    found = np.full(len(items) + 1, np.datetime64("NaT"), dtype=dtype)
    unreadable, repaired = np.zeros((2, len(items) + 1), dtype=bool)
    for place, item in enumerate(items):
        try:
            value, repaired[place] = read(item)
        except (ValueError, OverflowError):
            unreadable[place] = True
        else:
            if value is not None:
                found[place] = value
    result, bad = found[codes], unreadable[codes]
    return Times(result, np.isnat(result) & ~bad, bad, repaired[codes])


def _clean(text: Any) -> str | None:
    if text is None or isinstance(text, bool):
        return None if text is None else str(text)
    if isinstance(text, float):
        text = "" if text != text else f"{text:.0f}"  # noqa: PLR0124
    clean = " ".join(str(text).split())
    return None if clean.casefold() in MISSING else clean


@cache
def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (2000 if int(text) < PIVOT else 1900)


def _date_of(match: re.Match[str]) -> dt.date | None:
    for place in "1234":
        if match[f"d{place}"]:
            word = match[f"m{place}"]
            month = _MONTHS.get(word.casefold(), 0) if place == "4" else int(word)
            try:
                return dt.date(_year(match[f"y{place}"]), month, int(match[f"d{place}"]))
            except ValueError:
                return None
    return None
