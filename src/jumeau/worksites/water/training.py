# SPDX-License-Identifier: EUPL-1.2
"""The period that a leak search takes as its reference: told, or the quietest week there is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.base.time import zone

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters

    Floats = NDArray[np.float64]

DAYS = 7
"""Length of the week chosen [d]."""
AMONG = 31
"""Days from the first reading among which it is chosen."""
NIGHT = (2, 4)
"""Hours of the night, from the first one until before the last, on the clocks of the place."""
KNOWN = 0.6
"""Share of the readings of a night under which it is not known."""
IDLE = 0.2
"""Share of readings at rest from which a meter follows a pump, not people."""


@dataclass(frozen=True)
class Training:
    """The reference of a leak search.

    Parameters
    ----------
    start, end : Timestamp
        Its bounds, aware when the readings are.
    chosen : bool
        Whether it was chosen here, rather than told.
    night : float
        Mean flow of its nights [m³/h]; NaN when it is not known.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    chosen: bool
    night: float


def training(flows: pd.DataFrame, given: Parameters, tz: str) -> Training:
    """Return the reference: that of the parameters, or the quietest week by its night flow.

    Parameters
    ----------
    flows : DataFrame
        Flows [m³/h], a column a meter, indexed by time.
    given : Parameters
        ``leak_train_from`` and ``leak_train_to``: days as YYYYMMDD, both included; 0 to choose.
    tz : str
        Time zone of the place.

    Raises
    ------
    InvalidError
        ``JUM-H236`` when the days told are no days, are in the wrong order, or one is missing.

    Notes
    -----
    Leaks run all night while people sleep: of the weeks that begin in the first month, the one
    whose mean flow between 02:00 and 04:00 is the smallest is the likeliest to be free of leaks.
    """
    import pandas as pd

    told = [round(given[name].value) for name in ("leak_train_from", "leak_train_to")]
    nights = night_flow(flows, tz)
    if any(told):
        days = [_day(number, told) for number in told]
        if days[0] > days[1]:
            raise error("JUM-H236", days=[str(number) for number in told])
        inside = nights[(nights.index >= str(days[0])) & (nights.index <= str(days[1]))]
        flow = float(inside.sum(axis=1, min_count=1).mean()) if len(inside) else float("nan")
        bounds = (days[0], days[1] + dt.timedelta(days=1))
        start, end = (_instant(day, flows, tz) for day in bounds)
        return Training(start, end, chosen=False, night=flow)
    total = _total(nights)
    first = total.index[0] if len(total) else pd.Timestamp(flows.index[0]).normalize()
    mean = total.rolling(DAYS, min_periods=DAYS - 2).mean().iloc[DAYS - 1 : AMONG]
    known = bool(mean.notna().any())
    last = pd.Timestamp(str(mean.idxmin())) if known else first + pd.Timedelta(days=DAYS - 1)
    start = last - pd.Timedelta(days=DAYS - 1)
    flow = float(mean.min()) if known else float("nan")
    bounds = (start.date(), last.date() + dt.timedelta(days=1))
    begins, ends = (_instant(day, flows, tz) for day in bounds)
    begins = max(begins, pd.Timestamp(flows.index[0]))
    return Training(begins, ends, chosen=True, night=flow)


def night_flow(flows: pd.DataFrame, tz: str) -> pd.DataFrame:
    """Return the median flow of every night, between 02:00 and 04:00 (minimum night flow).

    Parameters
    ----------
    flows : DataFrame
        Flows [m³/h], a column a meter, indexed by time: aware, or naive times without summer time.
    tz : str
        Time zone of the place.

    Returns
    -------
    DataFrame
        A row a night, indexed by its day (midnight, naive), a column a meter [m³/h]; NaN for a
        night read too little.

    References
    ----------
    Lambert (1994), Accounting for losses: the bursts and background concept.
    """
    import pandas as pd

    index: pd.DatetimeIndex = pd.DatetimeIndex(flows.index)
    local = index.tz_convert(tz) if index.tz is not None else index
    hour = local.hour
    night = (hour >= NIGHT[0]) & (hour < NIGHT[1])
    inside = flows[night]
    days = local[night].tz_localize(None).normalize()
    grouped = inside.groupby(days)
    plain = index.tz_localize(None) if index.tz is not None else index
    gaps = np.diff(plain.to_numpy().astype("M8[s]").astype(np.int64))
    step = float(np.median(gaps)) if len(gaps) else 3600.0
    expected = max(1.0, (NIGHT[1] - NIGHT[0]) * 3600 / max(step, 1.0))
    mean = grouped.median().where(grouped.count() >= KNOWN * expected)
    every = pd.date_range(mean.index[0], mean.index[-1], freq="D") if len(mean) else mean.index
    return pd.DataFrame(mean.reindex(every))


def followed(flows: pd.DataFrame) -> list[Any]:
    """Return the meters that follow people: those of pumps, often at rest, left out.

    Parameters
    ----------
    flows : DataFrame
        Flows [m³/h], a column a meter.
    """
    values = np.abs(flows.to_numpy(float))
    with np.errstate(invalid="ignore"):
        top = np.array(
            [np.nanquantile(it, 0.98) if np.isfinite(it).any() else 0.0 for it in values.T]
        )  # absurd readings left out
        rest = np.array([
            np.mean(it[np.isfinite(it)] < 0.02 * most) if most > 0 else 1.0
            for it, most in zip(values.T, top, strict=True)
        ])  # fmt: skip
    kept = [name for name, share in zip(flows.columns, rest, strict=True) if share < IDLE]
    return kept or list(flows.columns)


def _total(nights: pd.DataFrame) -> pd.Series[float]:
    """Return the night flow of all meters together, unknown where one of them is."""
    kept = nights[followed(nights)] if len(nights) else nights
    return kept.interpolate(limit=2, limit_direction="both").sum(axis=1, skipna=False)


def _day(number: int, told: list[int]) -> dt.date:
    try:
        return dt.datetime.strptime(str(number), "%Y%m%d").date()
    except ValueError:
        raise error("JUM-H236", days=[str(it) for it in told]) from None


def _instant(day: dt.date, flows: pd.DataFrame, tz: str) -> pd.Timestamp:
    """Return the beginning of a day of the place, in the manner of the readings' times."""
    import pandas as pd

    naive = dt.datetime.combine(day, dt.time())
    index = pd.DatetimeIndex(flows.index)
    if index.tz is None:
        return pd.Timestamp(naive)
    return pd.Timestamp(naive.replace(tzinfo=zone(tz))).tz_convert(index.tz)
