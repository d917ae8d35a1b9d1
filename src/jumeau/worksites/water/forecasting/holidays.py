# SPDX-License-Identifier: EUPL-1.2
"""Public holidays by rule, and the days around them on which people live as on a Sunday.

Moving feasts follow Easter; fixed ones are a month and a day. The rules of a country are a row of
``holidays.csv``, the country of a time zone is read off the zone's name.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import did_you_mean, error

KINDS = {"holiday": 0.9, "bridge": 0.35, "eve": 0.55, "between": 0.4, "beside": 0.2}
"""How much of the way from the usual day to a Sunday, before the district's own past tells."""
NONE = "NONE"


class Rules(NamedTuple):
    """Public holidays of a country."""

    zones: tuple[str, ...]
    """IANA names of its time zones."""
    fixed: tuple[tuple[int, int], ...]
    """Month and day."""
    moving: tuple[int, ...]
    """Days after Easter Sunday."""


class Specials(NamedTuple):
    """Days that are not what their weekday says."""

    holiday: NDArray[np.bool_]
    """(days,) public holidays, Sundays included."""
    kind: NDArray[np.int64]
    """(days,) place in ``KINDS``, -1 for a usual day."""


@cache
def rules() -> dict[str, Rules]:
    """Return the rules by country, ISO 3166 code of two letters."""
    path = Path(__file__).with_name("holidays.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    out = {NONE: Rules((), (), ())}
    for row in rows:
        days = [tuple(int(part) for part in it.split("-")) for it in row["fixed"].split()]
        out[row["country"]] = Rules(
            tuple(row["zones"].split()),
            tuple((month, day) for month, day in days),
            tuple(int(it) for it in row["easter"].split()),
        )
    return out


def country_of(zone: str | None) -> str:
    """Return the country whose holidays a time zone follows; ``NONE`` when it is not known.

    Parameters
    ----------
    zone : str or None
        IANA name.
    """
    return next((name for name, it in rules().items() if zone in it.zones), NONE)


@cache
def easter(year: int) -> dt.date:
    """Return Easter Sunday of the Gregorian calendar, by the algorithm of Meeus and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    q = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * q) // 451
    month, day = divmod(h + q - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def public(country: str, first: int, last: int) -> set[dt.date]:
    """Return the public holidays of a country.

    Parameters
    ----------
    country : str
        ISO 3166 code of two letters, or ``NONE``.
    first, last : int
        Years, both included.

    Raises
    ------
    UnknownNameError
        ``JUM-H190`` when no rule is known for the country.
    """
    known = rules()
    if country not in known:
        names = sorted(known)
        raise error(
            "JUM-H190", country=country, suggestion=did_you_mean(country, names), known=names
        )
    rule = known[country]
    return {
        it
        for year in range(first, last + 1)
        for it in (
            *(dt.date(year, month, day) for month, day in rule.fixed),
            *(easter(year) + dt.timedelta(shift) for shift in rule.moving),
        )
    }


def specials(
    days: NDArray[np.datetime64], country: str, more: frozenset[dt.date] = frozenset()
) -> Specials:
    """Return which days are holidays, bridges, eves, between the years or beside a holiday.

    Parameters
    ----------
    days : (days,) datetime64[D] array
        Days that follow one another.
    country : str
        Whose holidays.
    more : frozenset of date
        Local feasts.
    """
    dates = [it.item() for it in days.astype("datetime64[D]")]
    feasts = public(country, dates[0].year - 1, dates[-1].year + 1) | set(more)
    one = dt.timedelta(1)
    order = list(KINDS)
    kind = np.full(len(dates), -1)
    western = bool(rules()[country].fixed)
    for place, it in enumerate(dates):
        weekday, date = it.weekday(), (it.month, it.day)
        before, after = it - one in feasts, it + one in feasts
        if weekday == 6:
            continue
        if it in feasts:
            name = "holiday"
        elif weekday == 5:
            continue
        elif western and date in ((12, 24), (12, 31)):
            name = "eve"
        elif western and (date >= (12, 27) or date <= (1, 5)):
            name = "between"
        elif (weekday == 0 and after) or (weekday == 4 and before):
            name = "bridge"
        elif before or (after and (it + one).weekday() != 6):
            name = "beside"
        else:
            continue
        kind[place] = order.index(name)
    return Specials(np.array([it in feasts for it in dates]), kind)
