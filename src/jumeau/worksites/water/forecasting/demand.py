# SPDX-License-Identifier: EUPL-1.2
"""Demand of districts in the days to come: usual weeks, corrected by what the last days taught."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.forecasting.cleaning import Cleaned
    from jumeau.worksites.water.forecasting.weather import Weather

MOST_H = 24 * 56
"""Longest horizon [h]."""
SHORT_DAYS = 56
"""History under which the forecast is little more than a usual week [d]."""
GAP = 0.1
"""Share of missing hours that is told."""
HOME = "FR"
"""Country of a clock without zone."""


def forecast_demand(
    history: pd.DataFrame | pd.Series,
    weather: pd.DataFrame | None,
    origin: Any,
    horizon_h: int = 168,
    *,
    zone: str | None = None,
    country: str | None = None,
    feasts: Iterable[Any] = (),
) -> pd.DataFrame:
    """Forecast the hourly demand of districts by ridge regression around usual weeks.

    Parameters
    ----------
    history : DataFrame or Series
        Flow by district (columns), indexed by time, hourly or finer [any flow unit]. Times are
        aware, or naive: those of one clock without summer time. What is at or after ``origin`` is
        never read.
    weather : DataFrame or None
        Any of rain [mm], temperature [°C], humidity [%], by hour. When it ends before the horizon,
        the mean of its last week stands for the days to come and a finding says so.
    origin : str or datetime
        First hour that is forecast; naive: on the clock of the history.
    horizon_h : int
        Hours to forecast, at most 1344 [h].
    zone : str, optional
        IANA name of the clock that people live by; that of the history by default.
    country : str, optional
        ISO 3166 code of two letters whose holidays count (``FR``, ``IT``…, ``NONE``); that of the
        zone by default, France for naive times.
    feasts : iterable of date
        Local feasts, past and to come.

    Returns
    -------
    DataFrame
        Indexed by the hours from ``origin`` on, columns (district, quantile) with the quantiles
        0.1, 0.5 and 0.9 [unit of the history]. ``attrs["findings"]`` lists what was found.

    Raises
    ------
    UnknownNameError
        ``JUM-H190`` when no holidays are known for the country.
    InvalidError
        ``JUM-H191`` index or origin that is no time, ``JUM-H192`` nothing before the origin,
        ``JUM-H193`` horizon out of range.

    Notes
    -----
    The usual value of an hour is the mean of the same hour and weekday over eight weeks,
    w = 0.8ᵏ, drawn towards Sundays on holidays. A ridge regression by day ahead, hour and district,
    shrunk towards the one that all hours of the district share, corrects it by departures of
    shorter and longer means, of the last days, of weather and season. Quantiles are those of the
    errors that the same method would have made over the last 180 days (split conformal).

    References
    ----------
    Hoerl and Kennard 1970, Ridge regression. Vovk, Gammerman and Shafer 2005, Algorithmic learning
    in a random world. Alvisi et al. 2025, Battle of the Water Demand Forecasting.
    """
    import pandas as pd

    from jumeau.worksites.water.forecasting import cleaning, clock, features, holidays, regression
    from jumeau.worksites.water.forecasting import weather as skies

    if not 1 <= int(horizon_h) <= MOST_H:
        raise error("JUM-H193", horizon=horizon_h, most=MOST_H)
    history = clock.indexed(history)
    try:
        start = pd.Timestamp(origin)
    except (TypeError, ValueError):
        raise error("JUM-H191") from None
    at, known = clock.clock(history, start, int(horizon_h), zone)
    flow = clock.grid(known, at, zone)
    place = country or _country(known, zone)
    dates = at.dates
    days = np.arange(dates.min(), dates.max() + 1)
    local = frozenset(pd.Timestamp(it).date() for it in feasts)
    kinds = holidays.specials(days, place, local).kind
    special = kinds[(dates - days[0]).astype(np.int64)]
    shares = np.array(list(holidays.KINDS.values()))
    calendar = features.calendar_of(dates, special, shares)
    sky = skies.read(weather, at, zone)
    full: NDArray[np.bool_] = np.asarray(np.isfinite(flow).any((0, 1)))
    history_ = cleaning.clean(flow[..., full], special[: at.days] >= 0)
    ahead = regression.forecast(features.Design(history_, calendar, sky), at.ahead)
    answer = _table(known, at.times, at.slots, full, history_, ahead)
    found = [*_told(known, full, history_), *_sky(weather, sky, int(horizon_h))]
    if country is None and place == holidays.NONE:
        found.append(finding("JUM-H198", zone=str(zone or known.index.tz)))  # type: ignore[attr-defined]
    answer.attrs["findings"] = found
    return answer


def _country(known: pd.DataFrame, zone: str | None) -> str:
    """Return the country whose holidays a history follows."""
    from jumeau.worksites.water.forecasting import holidays

    tz = getattr(known.index, "tz", None)
    if tz is None and zone is None:
        return HOME
    return holidays.country_of(zone or str(tz))


def _table(
    known: pd.DataFrame,
    times: pd.DatetimeIndex,
    slots: NDArray[np.int64],
    full: NDArray[np.bool_],
    history: Cleaned,
    ahead: Any,
) -> pd.DataFrame:
    """Return the answer: quantiles by hour and district, never below what a flow may be."""
    import pandas as pd

    from jumeau.worksites.water.forecasting import quantiles

    values = history.values
    spread = np.quantile(values, quantiles.HIGH, (0, 1)) - np.quantile(values, 0.5, (0, 1))
    low, high = quantiles.bounds(ahead.errors, spread)
    floor = np.where(values.min((0, 1)) >= 0.0, 0.0, -np.inf)
    data = np.full((len(times), len(full), 3), np.nan)
    for place, part in enumerate((low, 0.0, high)):
        hours = np.maximum(ahead.middle + part, floor).reshape(-1, values.shape[2])
        data[:, full, place] = hours[slots]
    names = pd.MultiIndex.from_product(
        [known.columns, (quantiles.LOW, quantiles.MIDDLE, quantiles.HIGH)],
        names=["district", "quantile"],
    )
    return pd.DataFrame(data.reshape(len(times), -1), index=times, columns=names)


def _told(known: pd.DataFrame, full: NDArray[np.bool_], history: Cleaned) -> list[Finding]:
    """Return what was found in the histories of districts."""
    found = []
    names = [str(it) for it in known.columns]
    for name, ok in zip(names, full, strict=True):
        if not ok:
            found.append(finding("JUM-H194", "district", name))
    kept = [name for name, ok in zip(names, full, strict=True) if ok]
    days = len(history.values)
    for place, name in enumerate(kept):
        seen = history.observed[..., place]
        since = int(seen.any(1).argmax())
        missing = float(1.0 - seen[since:].mean())
        if days - since < SHORT_DAYS:
            found.append(finding("JUM-H195", "district", name, days=days - since, need=SHORT_DAYS))
        frozen, spikes = int(history.frozen[place]), int(history.spikes[place])
        if missing > GAP or frozen or spikes:
            found.append(
                finding(
                    "JUM-H196", "district", name,
                    missing=round(100.0 * missing, 1), frozen=frozen, spikes=spikes,
                )
            )  # fmt: skip
    return found


def _sky(weather: pd.DataFrame | None, sky: Weather, horizon_h: int) -> list[Finding]:
    """Return what was found in the weather."""
    found = []
    if weather is not None and sky.unknown:
        found.append(finding("JUM-H199", columns=list(sky.unknown)))
    if weather is not None and sky.missing:
        found.append(finding("JUM-H197", missing=sky.missing, hours=horizon_h))
    return found
