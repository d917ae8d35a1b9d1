# SPDX-License-Identifier: EUPL-1.2
"""Rows of a leak search: leaks, daily series, indicators, and what stands out of them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.base.time import zone
from jumeau.worksites.water.searching import Searched, district_nights
from jumeau.worksites.water.times import DAY

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.parameters import Parameters

    Row = dict[str, Any]

MOST_TOLD = 12
"""Leaks that have a finding of their own: those that cost the most."""
HOURS = 24.0
"""Hours of a day."""
YEAR = 365.0
"""Days of a year."""
LEAST_SHARE = 0.001
"""Share of a zone under which a pipe is left out of it."""


def leaks(searched: Sequence[Searched], given: Parameters, tz: str) -> pd.DataFrame:
    """Return the rows of the ``leak`` table.

    Parameters
    ----------
    searched : sequence of Searched
        Networks searched.
    given : Parameters
        Parameters: the cost of a cubic metre.
    tz : str
        Time zone of the place.

    Returns
    -------
    DataFrame
        A row a leak, the dearest first.
    """
    import pandas as pd

    names = ("id", "geometry", "network_id", "pipe_id", "kind", "started_at", "ended_at",
             "detected_at", "flow_m3_h", "flow_low", "flow_high", "probability", "eur_day", "zone",
             "district_id", "state")  # fmt: skip
    rows = [row for found in searched for row in _leaks(found, given, tz)]
    rows.sort(key=lambda row: (row["ended_at"] is not None, -row["eur_day"], row["id"]))
    return pd.DataFrame(rows, columns=list(names))


def _leaks(found: Searched, given: Parameters, tz: str) -> Iterator[Row]:
    import shapely

    reading, price = found.reading, given["water_cost_eur_m3"].value
    taken: set[str] = set()
    for label, leak in found.leaks.iterrows():
        own = str(leak["pipe"])
        twin = reading.links.to_twin.get(own, own)
        line = reading.lines.get(own)
        place = None
        if line is not None and len(line):
            place = shapely.to_wkb(shapely.LineString(line).interpolate(0.5, normalized=True))
        start = utc(leak["start"], tz)
        key = f"{reading.network or 'rows'}-{twin}-{start:%Y%m%d}"
        name, rank = key, 2
        while name in taken:
            name, rank = f"{key}-{rank}", rank + 1
        taken.add(name)
        flow = float(leak["flow_m3_h"])
        yield {
            "id": name, "geometry": place, "network_id": reading.network or None,
            "pipe_id": twin, "kind": _kind(leak),
            "started_at": start, "ended_at": utc(leak["end"], tz),
            "detected_at": utc(leak["detected_at"], tz),
            "flow_m3_h": round(flow, 3), "flow_low": _rounded(leak.get("flow_low")),
            "flow_high": _rounded(leak.get("flow_high")),
            "probability": _rounded(leak["probability"]),
            "eur_day": round(HOURS * flow * price, 2),
            "zone": json.dumps(zone_of(found, leak), ensure_ascii=False),
            "district_id": district_of(found, own),
            "state": json.dumps(daily(found, label, leak, tz)),
        }  # fmt: skip


def zone_of(found: Searched, leak: pd.Series[Any]) -> dict[str, float]:
    """Return the pipes of a leak's zone with their share of its probability, the largest first.

    Parameters
    ----------
    found : Searched
        Network searched.
    leak : Series
        Row of ``find_leaks``.
    """
    names = [str(it) for it in leak["zone"]]
    told = leak.get("pipe_probability")
    shares = {str(key): float(it) for key, it in told.items()} if isinstance(told, dict) else {}
    even = 1.0 / max(len(names), 1)
    parts = {name: shares.get(name, even if not shares else 0.0) for name in names}
    parts.setdefault(str(leak["pipe"]), shares.get(str(leak["pipe"]), even))
    twin: dict[str, float] = {}
    for name, share in parts.items():  # parts of a pipe that was split add up
        key = found.reading.links.to_twin.get(name, name)
        twin[key] = twin.get(key, 0.0) + share
    ranked = sorted(twin.items(), key=lambda it: (-it[1], it[0]))
    kept = [(key, round(share, 4)) for key, share in ranked if share >= LEAST_SHARE]
    return dict(kept or [(ranked[0][0], 1.0)])


def district_of(found: Searched, pipe: str) -> str | None:
    """Return the district metered area of a pipe: its own, or that of one of its ends."""
    reading = found.reading
    if pipe in reading.pipe_districts:
        return reading.pipe_districts[pipe]
    if pipe in found.reading.net.pipes.index:
        for end in found.reading.net.pipes.loc[pipe, ["from_node", "to_node"]]:
            if str(end) in reading.districts:
                return reading.districts[str(end)]
    return None


def daily(found: Searched, label: Any, leak: pd.Series[Any], tz: str) -> Row:
    """Return the flow of a leak day by day [m³/h], with its interval where it is known.

    Parameters
    ----------
    found : Searched
        Network searched.
    label, leak : label and Series
        Row of ``find_leaks``.
    tz : str
        Time zone of the place.
    """
    import pandas as pd

    growth = found.leaks.attrs.get("growth")
    series = growth[label] if growth is not None and label in growth.columns else None
    flow = float(leak["flow_m3_h"])
    if series is None or not len(series):
        last = leak["end"] if not pd.isna(leak["end"]) else found.last
        days = pd.date_range(_day(leak["start"], tz), _day(last, tz), freq="D")
        series = pd.Series(flow, index=days)
    alive = np.flatnonzero(np.nan_to_num(series.to_numpy(float)) > 0)
    if len(alive):
        series = series.iloc[alive[0] : alive[-1] + 1]
    values = [_rounded(it) for it in series]
    bounds = {}
    for side in ("low", "high"):
        bound = leak.get(f"flow_{side}")
        ratio = float(bound) / flow if bound is not None and flow > 0 else 1.0
        bounds[side] = [None if it is None else round(it * ratio, 3) for it in values]
    return {"start": f"{_day(series.index[0], tz):%Y-%m-%d}", "step_s": DAY, "values": values,
            **bounds}  # fmt: skip


def series(searched: Sequence[Searched], tz: str) -> pd.DataFrame:
    """Return the daily rows of ``water_series``: leak flow and night flow of every district.

    Parameters
    ----------
    searched : sequence of Searched
        Networks searched.
    tz : str
        Time zone of the place.
    """
    import pandas as pd

    names = ("network_id", "table", "entity", "quantity", "step_s", "start_at", "values", "low",
             "high")  # fmt: skip
    rows = [row for found in searched for row in _series(found, tz)]
    return pd.DataFrame(rows, columns=list(names))


def _series(found: Searched, tz: str) -> Iterator[Row]:
    network = found.reading.network or None

    def row(table: str, entity: str, quantity: str, frame: pd.DataFrame) -> Row:
        day = _day(frame.index[0], tz)
        begin = dt.datetime.combine(day.date(), dt.time(), tzinfo=zone(tz)).astimezone(dt.UTC)
        bounds = {side: _list(frame[side]) if side in frame else None for side in ("low", "high")}
        return {"network_id": network, "table": table, "entity": entity, "quantity": quantity,
                "step_s": float(DAY), "start_at": begin, "values": _list(frame["flow"]),
                **bounds}  # fmt: skip

    for area, frame in balances(found).items():
        table = "district_metered_area" if area in known(found) else "water_network"
        entity = area if table == "district_metered_area" else f"{network or ''}:{area}"
        yield row(table, entity, "leak_flow_m3_h", frame)
    for fed, nights in district_nights(found).items():
        if nights.notna().any():
            table = "district_metered_area" if fed in known(found) else "water_network"
            yield row(table, str(fed), "night_flow_m3_h", nights.to_frame("flow"))


def known(found: Searched) -> set[str]:
    """Return the district metered areas that the twin names."""
    return {*found.reading.districts.values(), *found.reading.pipe_districts.values()}


def balances(found: Searched) -> dict[str, pd.DataFrame]:
    """Return the daily leak flow that the balance of each area tells: flow, low, high [m³/h].

    Parameters
    ----------
    found : Searched
        Network searched.
    """
    told = found.leaks.attrs.get("balance")
    if told is None or not len(told):
        return {}
    areas: dict[str, pd.DataFrame] = {}
    for feeders, part in told.groupby("district", sort=False):
        # The search calls an area by the meters that feed it.
        fed = {found.meters.get(meter, ("", ""))[0] for meter in str(feeders).split("+")} - {""}
        area = fed.pop() if len(fed) == 1 else str(feeders)
        frame = part.rename(columns={"leak_m3_h": "flow"})[["flow", "low", "high"]]
        areas[area] = areas[area].add(frame) if area in areas else frame
    return areas


def indicators(
    rows: pd.DataFrame, searched: Sequence[Searched], given: Parameters, tz: str
) -> pd.DataFrame:
    """Return the indicators of leaks that still run at the last reading.

    Parameters
    ----------
    rows : DataFrame
        Answer of :func:`leaks`.
    searched : sequence of Searched
        Networks searched.
    given : Parameters
        Parameters of the worksite.
    tz : str
        Time zone of the place.

    Returns
    -------
    DataFrame
        By territory, network and district: how many, their flow, what they cost; by pipe: the
        chance that one of them is there.
    """
    import pandas as pd

    alive = rows[rows["ended_at"].isna()]
    price = given["water_cost_eur_m3"]
    year = max((found.last.year for found in searched), default=dt.datetime.now(dt.UTC).year)
    out: list[Row] = []

    def figure(name: str, scope: str, entity: str, value: float, low: float, high: float) -> None:
        out.append({
            "indicator": name, "scope": scope, "entity": entity, "year": year,
            "value": round(value, 4), "low": round(min(low, value), 4),
            "high": round(max(high, value), 4), "estimated_share": 1.0,
        })  # fmt: skip

    def totals(scope: str, entity: str, part: pd.DataFrame) -> None:
        count, sure = float(len(part)), float(part["probability"].sum())
        figure("leak_count", scope, entity, count, math.floor(sure), count)
        flow = part["flow_m3_h"].to_numpy(float)
        low, high = (_together(flow, part[side].to_numpy(float)) for side in
                     ("flow_low", "flow_high"))  # fmt: skip
        figure("leak_flow", scope, entity, float(flow.sum()), low, high)
        hours = HOURS * YEAR
        figure("leak_cost", scope, entity, hours * float(flow.sum()) * price.value,
               hours * low * price.low, hours * high * price.high)  # fmt: skip

    totals("territory", "", alive)
    for found in searched:
        network = found.reading.network
        mine = alive[alive["network_id"].fillna("") == network]
        totals("water_network", network, mine)
        for area in sorted(known(found)):
            totals("district_metered_area", area, mine[mine["district_id"] == area])
    for pipe, chance in pipe_chances(alive).items():
        figure("leak_probability", "pipe", pipe, chance, chance, chance)
    names = ("indicator", "scope", "entity", "year", "value", "low", "high", "estimated_share")
    frame = pd.DataFrame(out, columns=list(names))
    units = {"leak_count": "1", "leak_flow": "m³/h", "leak_cost": "€/yr", "leak_probability": "1"}
    frame["unit"] = frame["indicator"].map(units)
    return frame


def pipe_chances(alive: pd.DataFrame) -> dict[str, float]:
    """Return the chance that a leak is on each pipe, 1 − Π (1 − p · share) over leaks.

    Parameters
    ----------
    alive : DataFrame
        Rows of leaks: ``probability`` and ``zone`` (text of JSON).
    """
    spared: dict[str, float] = {}
    for chance, text in zip(alive["probability"], alive["zone"], strict=True):
        for pipe, share in json.loads(text).items():
            spared[pipe] = spared.get(pipe, 1.0) * (1.0 - float(chance or 0.0) * float(share))
    return {pipe: 1.0 - left for pipe, left in sorted(spared.items())}


def _together(flow: Any, bound: Any) -> float:
    """Return the bound of a sum whose parts err apart: half-widths add as squares."""
    bound = np.where(np.isfinite(bound), bound, flow)
    width = math.sqrt(float(((bound - flow) ** 2).sum()))
    side = -1.0 if (bound < flow).any() else 1.0
    return max(0.0, float(flow.sum()) + side * width)


def findings(rows: pd.DataFrame, searched: Sequence[Searched], tz: str) -> Iterator[Finding]:
    """Yield a finding for each leak that runs, the dearest ones, or say that there is none.

    Parameters
    ----------
    rows : DataFrame
        Answer of :func:`leaks`.
    searched : sequence of Searched
        Networks searched.
    tz : str
        Time zone of the place.
    """
    lengths = {
        found.reading.links.to_twin.get(str(own), str(own)): float(length)
        for found in searched
        for own, length in found.reading.net.pipes["length_m"].items()
    }
    alive = rows[rows["ended_at"].isna()]
    for row in alive.head(MOST_TOLD).to_dict("records"):
        zone_pipes = json.loads(row["zone"])
        area = row["district_id"]
        yield finding(
            "JUM-H234", "pipe", row["pipe_id"], pipe=row["pipe_id"],
            place={"en": f" ({area})", "fr": f" ({area})"} if area else "",
            flow=round(row["flow_m3_h"], 1), start=_day(row["started_at"], tz).strftime("%Y-%m-%d"),
            probability=round(100 * row["probability"]), cost=round(row["eur_day"]),
            low=row["flow_low"], high=row["flow_high"], count=len(zone_pipes),
            km=round(sum(lengths.get(it, 0.0) for it in zone_pipes) / 1000.0, 2),
        )  # fmt: skip
    for found in searched:
        quality = found.leaks.attrs.get("quality") or {}
        if not len(found.leaks) and quality.get("matches", True):
            reading = found.reading
            yield finding(
                "JUM-H235", "water_network", reading.network, network=reading.shown,
                start=f"{_day(found.first, tz):%Y-%m-%d}", end=f"{_day(found.last, tz):%Y-%m-%d}",
            )  # fmt: skip


def card(searched: Sequence[Searched], tz: str) -> Row:
    """Return what the model card of a run says of its searches: plain data, and lines to show."""
    facts = [
        {
            "network": found.reading.network,
            "from": f"{_day(found.first, tz):%Y-%m-%d}", "to": f"{_day(found.last, tz):%Y-%m-%d}",
            "until": str((utc(found.last, tz) or found.last).isoformat()),
            "train": [f"{_day(it, tz):%Y-%m-%d}" for it in
                      (found.train.start, found.train.end - dt.timedelta(seconds=1))],
            "train_chosen": found.train.chosen, "online": found.online,
            "leaks": len(found.leaks),
            "faults": _faults(found, tz),
            "quality": _plain(found.leaks.attrs.get("quality")),
        }
        for found in searched
    ]  # fmt: skip
    return {"leak_search": facts}


MINOR = ("gap", "spike", "duplicate", "summer time")
"""Faults of readings, those that are many: told after the others."""
MOST_FAULTS = 300
"""Faults kept with a run."""


def _faults(found: Searched, tz: str) -> list[Row]:
    """Return the faults of sensors as plain data, those of a sensor itself first."""
    names = {**found.reading.nodes.to_twin, **found.reading.links.to_twin}

    def when(row: Row, name: str) -> str | None:
        time = utc(row.get(name), tz)
        return None if time is None else time.isoformat()

    rows = [
        {
            "sensor": names.get(str(row.get("sensor", "")), str(row.get("sensor", ""))),
            "quantity": str(row.get("quantity") or ""), "kind": str(row.get("kind", "")),
            "start": when(row, "start"), "end": when(row, "end"),
            "amount": _rounded(row.get("amount")), "unit": str(row.get("unit") or ""),
            "action": str(row.get("action") or ""),
        }
        for row in records(found.faults)
    ]  # fmt: skip
    rows.sort(key=lambda row: (row["kind"] in MINOR, row["start"] or ""))
    return rows[:MOST_FAULTS]


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame as dictionaries."""
    return [dict(zip(frame.columns.astype(str), row, strict=True)) for row in
            frame.itertuples(index=False)]  # fmt: skip


def _plain(held: Any) -> Any:
    """Return what JSON can hold of a value."""
    if isinstance(held, dict):
        return {str(key): _plain(it) for key, it in held.items()}
    if isinstance(held, list | tuple):
        return [_plain(it) for it in held][:100]
    if isinstance(held, bool | str) or held is None:
        return held
    try:
        return _rounded(held)
    except (TypeError, ValueError):
        return str(held)[:200]


def _kind(leak: pd.Series[Any]) -> str | None:
    kind = leak.get("kind")
    return str(kind) if kind in ("burst", "incipient") else None


def _rounded(value: Any) -> float | None:
    if value is None or isinstance(value, str):
        return None
    number = float(value)
    return round(number, 3) if math.isfinite(number) else None


def _list(values: pd.Series[Any]) -> list[float | None]:
    return [_rounded(it) for it in values]


def utc(time: Any, tz: str) -> dt.datetime | None:
    """Return an instant in UTC, times without zone read on the winter clocks of the place.

    Parameters
    ----------
    time : Timestamp, or missing
        Instant; naive ones have a fixed offset, without summer time.
    tz : str
        Time zone of the place.
    """
    import pandas as pd

    if time is None or pd.isna(time):
        return None
    moment = pd.Timestamp(time)
    if moment.tzinfo is None:
        winter = dt.datetime(moment.year, 1, 1, tzinfo=zone(tz)).utcoffset() or dt.timedelta()
        moment = (moment - winter).tz_localize("UTC")
    return moment.tz_convert("UTC").to_pydatetime()


def _day(time: Any, tz: str) -> pd.Timestamp:
    """Return the day of an instant on the clocks of the place, as a naive midnight."""
    import pandas as pd

    moment = pd.Timestamp(time)
    if moment.tzinfo is not None:
        moment = moment.tz_convert(tz).tz_localize(None)
    return moment.normalize()
