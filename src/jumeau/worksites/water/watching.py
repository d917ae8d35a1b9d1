# SPDX-License-Identifier: EUPL-1.2
"""Watching a water service: new leaks, steps of the night flow, sensors that fail, odd demand."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import time as times
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water import completing, leak_rows, searching, twin_reading
from jumeau.worksites.water.searching import Searched
from jumeau.worksites.water.training import followed

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress
    from jumeau.base.parameters import Parameters
    from jumeau.twin.scenario import Scenario
    from jumeau.twin.territory import Territory

    Row = dict[str, Any]

COLUMNS = (
    "time", "kind", "code", "severity", "table", "entity", "what", "why", "remedy", "value", "low",
    "high", "unit", "eur_day", "probability", "zone", "district_id", "data",
)  # fmt: skip
"""Columns of alerts."""
USUAL_DAYS = 7
"""Days watched before the last reading when no time is given."""
BEFORE, AFTER = 14, 3
"""Nights compared: before, and from the night of the step on."""
SIGMAS, SHARE = 5.0, 0.10
"""What makes a step: over so many robust deviations, and over this share of the flow before."""
NOISE = 0.05
"""Least deviation of a night flow [m³/h]."""
MINOR = frozenset({"gap", "spike", "duplicate", "summer time", "unit"})
"""Faults of readings that alert nobody."""
ODD_HOURS = 14
"""Hours of a day outside the 10–90 % forecast from which demand is odd; 5 are expected."""
LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of a forecast."""
LEARNT = 60
"""Days of readings that a forecast needs."""


def watch(
    territory: Territory,
    since: Any = None,
    scenario: Scenario | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the alerts that the readings made since a time raise.

    Leaks are those of the last run when nothing was read since; otherwise they are searched anew,
    each moment without its future (online), and nothing is written.

    Parameters
    ----------
    territory : Territory
        Territory, with its sensors and readings.
    since : datetime, date or str, optional
        Time, on the clocks of the place; a week before the last reading by default.
    scenario : Scenario, optional
        Scenario, the authority's own figures in it.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    DataFrame
        One row an alert, the worst first: ``time``, ``kind`` (``leak``, ``night_flow``,
        ``sensor``, ``demand``), ``code``, ``severity``, ``table`` and ``entity`` it is about,
        ``what``, ``why``, ``remedy`` in the language in force, ``value``, ``low``, ``high``
        [``unit``], ``eur_day`` [€/day], ``probability``, ``zone`` (list of pipes),
        ``district_id``, ``data`` (values of the sentence).

    Raises
    ------
    InvalidError
        ``JUM-B042`` when ``since`` is not a time.
    """
    import pandas as pd

    rows: list[Row] = []
    given = completing.defaults()
    if scenario is not None:
        given = scenario.apply(given)
    last = _last(territory)
    if last is not None:
        begin = _since(since, last, territory.time_zone)
        for network in twin_reading.networks(territory):
            rows += _network(territory, network, begin, last, given, progress)
    rows.sort(key=lambda row: (_RANK[row["kind"]], -(row["eur_day"] or 0.0), row["time"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


_RANK = {"leak": 0, "night_flow": 1, "demand": 2, "sensor": 3}


def _network(
    territory: Territory, network: str, since: dt.datetime, last: dt.datetime, given: Parameters,
    progress: Progress | None,
) -> Iterator[Row]:  # fmt: skip
    """Yield the alerts of a network."""
    tz = territory.time_zone
    kept = _kept(territory, network)
    if kept is not None and kept["until"] >= last.isoformat():
        leaks = territory.table("leak", where={"network_id": network or None}).to_pandas()
        nights = _stored_nights(territory, network)
        faults = kept.get("faults", [])
    else:
        reading = twin_reading.read(territory, network)
        try:
            completing.complete(territory, reading, given)
        except JumeauError:
            return
        found, _ = searching.search(territory, reading, given, online=True, progress=progress)
        if found is None:
            return
        leaks, nights, faults = _anew(found, given, tz)
    for leak in leaks.to_dict("records"):
        when = leak["detected_at"]
        if when is not None and when == when and when >= since:  # noqa: PLR0124 - NaT
            yield _leak(leak, tz)
    for district, flow in nights.items():
        yield from _steps(str(district), flow, since, given, tz)
    for fault in faults:
        begun = fault["start"]
        if fault["kind"] not in MINOR and begun and dt.datetime.fromisoformat(begun) >= since:
            yield _fault(fault)
    yield from _odd(territory, network, since, last)


def _last(territory: Territory) -> dt.datetime | None:
    """Return the time of the last reading of pressures and flows."""
    found = territory.sql(
        "SELECT max(o.time) AS last FROM observation o JOIN sensor s ON s.id = o.sensor_id "
        "WHERE s.property IN ('pressure', 'flow')"
    )["last"].to_pylist()[0]
    return None if found is None else found.astimezone(dt.UTC)


def _since(since: Any, last: dt.datetime, tz: str) -> dt.datetime:
    if since is None:
        return last - dt.timedelta(days=USUAL_DAYS)
    moment = times.parse_time(since, tz)
    return last - dt.timedelta(days=USUAL_DAYS) if moment is None else moment.time


def _kept(territory: Territory, network: str) -> Row | None:
    """Return what the last run says of its search of a network."""
    rows = territory.sql(
        "SELECT card FROM run WHERE worksite = 'water' AND card IS NOT NULL "
        "ORDER BY started_at DESC LIMIT 1"
    )["card"].to_pylist()
    searches = json.loads(rows[0]).get("leak_search", []) if rows else []
    return next((it for it in searches if it["network"] == network), None)


def _stored_nights(territory: Territory, network: str) -> dict[str, pd.Series[float]]:
    """Return the night flows that the last run wrote, by district."""
    import pandas as pd

    where = {"quantity": "night_flow_m3_h", "network_id": network or None}
    found = {}
    for row in territory.table("water_series", where=where).to_pylist():
        start = times.day_of(row["start_at"], territory.time_zone)
        values = [float("nan") if it is None else it for it in json.loads(row["values"])]
        found[row["entity"]] = pd.Series(
            values, index=pd.date_range(str(start), periods=len(values), freq="D")
        )
    return found


def _anew(
    found: Searched, given: Parameters, tz: str
) -> tuple[pd.DataFrame, dict[str, pd.Series[float]], list[Row]]:
    """Return leaks, night flows and faults of a search that was just made."""
    nights = searching.district_nights(found)
    faults = leak_rows.card([found], tz)["leak_search"][0]["faults"]
    return (
        leak_rows.leaks([found], given, tz),
        {str(name): nights[name] for name in nights.columns},
        faults,
    )


def _row(kind: str, told: Finding, when: Any, **facts: Any) -> Row:
    text = told.to_row()
    held = {name: text[name] for name in ("code", "severity", "table", "entity", "what", "why",
                                          "remedy", "data")}  # fmt: skip
    blank: Row = dict.fromkeys(COLUMNS)
    return {**blank, **held, "kind": kind, "time": when, **facts}


def _leak(leak: Row, tz: str) -> Row:
    zone = json.loads(leak["zone"])
    area = leak["district_id"]
    started = times.to_local(leak["started_at"], tz)
    told = finding(
        "JUM-H240", "pipe", leak["pipe_id"], pipe=leak["pipe_id"],
        place=f" ({area})" if area else "", flow=round(leak["flow_m3_h"], 1),
        start=f"{started:%Y-%m-%d}", probability=round(100 * (leak["probability"] or 0.0)),
        cost=round(leak["eur_day"]), count=len(zone), low=leak["flow_low"], high=leak["flow_high"],
    )  # fmt: skip
    return _row(
        "leak", told, leak["detected_at"], value=leak["flow_m3_h"], low=leak["flow_low"],
        high=leak["flow_high"], unit="m³/h", eur_day=leak["eur_day"],
        probability=leak["probability"], zone=list(zone), district_id=area,
    )  # fmt: skip


def steps(flow: pd.Series[float]) -> pd.DataFrame:
    """Find the steps of a night flow: medians of some nights after and before each night.

    Parameters
    ----------
    flow : Series
        Night flow by day [m³/h], NaN where it is not known.

    Returns
    -------
    DataFrame
        One row a step: ``day``, ``before``, ``after`` and ``width`` (robust deviation) [m³/h]; of
        neighbouring nights, the one where the change is sharpest.

    Notes
    -----
    With m₀, s the median and the deviation (1.4826 × median absolute deviation) of the 14 nights
    before and m₁ the median of the 3 nights from it on, a night is a step when m₁ − m₀ exceeds
    5 s and 10 % of m₀.
    """
    import pandas as pd

    known = flow.dropna()
    rows, scores = [], []
    values = known.to_numpy(float)
    for k in range(BEFORE, len(values) - AFTER + 1):
        earlier = values[k - BEFORE : k]
        base = float(np.median(earlier))
        width = max(1.4826 * float(np.median(np.abs(earlier - base))), NOISE)
        after = float(np.median(values[k : k + AFTER]))
        if after - base > max(SIGMAS * width, SHARE * abs(base)):
            rows.append((known.index[k], base, after, width))
            # Where the night itself already stands out, the step is there.
            scores.append((after - base) / width + (values[k] - base) / width)
    frame = pd.DataFrame(rows, columns=["day", "before", "after", "width"])
    if frame.empty:
        return frame
    frame["score"] = scores
    apart = (frame["day"].diff() > pd.Timedelta(days=BEFORE)).cumsum()
    best = frame.groupby(apart)["score"].idxmax()
    return frame.loc[best].drop(columns="score").reset_index(drop=True)


def _steps(
    district: str, flow: pd.Series[float], since: dt.datetime, given: Parameters, tz: str
) -> Iterator[Row]:
    price = given["water_cost_eur_m3"].value
    for step in steps(flow).to_dict("records"):
        when = times.start_of_day(step["day"].date(), tz)
        if when < since:
            continue
        more = step["after"] - step["before"]
        told = finding(
            "JUM-H241", "district_metered_area", district, district=district,
            day=f"{step['day']:%Y-%m-%d}", more=round(more, 2), before=round(step["before"], 2),
            after=round(step["after"], 2), cost=round(24.0 * more * price),
        )  # fmt: skip
        width = 2.0 * step["width"]
        yield _row(
            "night_flow", told, when, value=round(more, 3), low=round(more - width, 3),
            high=round(more + width, 3), unit="m³/h", eur_day=round(24.0 * more * price, 2),
            district_id=district,
        )  # fmt: skip


def _fault(fault: Row) -> Row:
    told = finding(
        "JUM-H242", "sensor", fault["sensor"], sensor=fault["sensor"],
        kind=FAULTS.get(fault["kind"], {"en": fault["kind"], "fr": fault["kind"]}),
        start=fault["start"][:10], end=(fault["end"] or "…")[:10],
    )  # fmt: skip
    return _row("sensor", told, dt.datetime.fromisoformat(fault["start"]), value=fault["amount"])


FAULTS = {
    "stuck": {"en": "frozen value", "fr": "valeur figée"},
    "silent": {"en": "silent", "fr": "muet"},
    "clock": {"en": "clock shifted", "fr": "horloge décalée"},
    "swap": {"en": "swapped with another", "fr": "échangé avec un autre"},
    "drift": {"en": "drift", "fr": "dérive"},
    "unknown": {"en": "not of this network", "fr": "étranger au réseau"},
}
"""Words for the faults of sensors."""


def _odd(
    territory: Territory, network: str, since: dt.datetime, last: dt.datetime
) -> Iterator[Row]:
    """Yield the districts whose demand left its forecast for most of a day."""
    import pandas as pd

    from jumeau.worksites import water
    from jumeau.worksites.water import telemetry

    try:
        frames = telemetry.frames(territory, network)
    except JumeauError:
        return
    if not len(frames.flows):
        return
    people = frames.flows[followed(frames.flows)]  # what a pump does tells no demand
    hourly = people.resample("1h").mean()
    days = min(USUAL_DAYS, max(1, math.ceil((last - since) / dt.timedelta(days=1))))
    origin = hourly.index[-1].floor("D") - dt.timedelta(days=days)
    if origin - hourly.index[0] < dt.timedelta(days=LEARNT):
        return
    past = hourly[hourly.index < origin]
    try:
        forecast = water.forecast_demand(past, None, origin, horizon_h=24 * days)
    except JumeauError:
        return
    for name in hourly.columns:
        if (name, 0.1) in forecast.columns:
            yield from _apart(str(name), hourly[name], pd.DataFrame(forecast[name]), since)


def _apart(
    meter: str, told: pd.Series[float], forecast: pd.DataFrame, since: dt.datetime
) -> Iterator[Row]:
    """Yield the days on which a meter left the forecast of its flow for most of the hours."""
    import pandas as pd

    read = told.reindex(forecast.index)
    outside = (read > forecast[0.9]) | (read < forecast[0.1])
    for label, odd in outside.groupby(pd.DatetimeIndex(forecast.index).floor("D")):
        day: Any = label
        if int(odd.sum()) < ODD_HOURS or day < since:
            continue
        low, middle, high = (float(forecast.loc[odd.index, level].mean()) for level in LEVELS)
        mean = float(read[odd.index].mean())
        notice = finding(
            "JUM-H243", "pipe", meter, meter=meter, day=f"{day:%Y-%m-%d}", hours=int(odd.sum()),
            mean=round(mean, 2), expected=round(middle, 2),
        )  # fmt: skip
        yield _row(
            "demand", notice, day.to_pydatetime(), value=round(mean, 3), low=round(low, 3),
            high=round(high, 3), unit="m³/h",
        )  # fmt: skip
