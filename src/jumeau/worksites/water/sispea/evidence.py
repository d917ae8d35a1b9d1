# SPDX-License-Identifier: EUPL-1.2
"""What the twin holds that bears on losses: night flows of meters, leaks not repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import units
from jumeau.base.errors import JumeauError

if TYPE_CHECKING:
    from jumeau.twin.territory import Territory

HOURS = (2, 4)
"""Hours of the night when people draw least, local time."""
MOST = 200
"""Most meters read."""
_CARRIERS = ("pipe", "meter", "district_metered_area", "pump", "valve")
_FEW = 5  # nights under which nothing is said


class Night(NamedTuple):
    """Flow of a meter by night [m³/h]: over the year, its last 30 days, its lowest night."""

    name: str
    usual: float
    last: float
    low: float


def night_flows(t: Territory, network: str, year: int) -> list[Night]:
    """Return the night flows of the flow meters of a network.

    The flow of a night is the median of the readings from 2 to 4 a.m., local time; the lowest night
    is the 2 % quantile of the year, so that one absurd night does not make it.

    Parameters
    ----------
    t : Territory
        Territory with ``sensor`` and ``observation``.
    network : str
        Row of ``water_network``; sensors whose pipe is of another network are left out.
    year : int
        Year.
    """
    import pandas as pd

    sensors = t.table("sensor", columns=["id", "name", "property", "unit", "table", "entity"])
    rows = [row for row in sensors.to_pylist()
            if row["property"] == "flow" and row["table"] in _CARRIERS]  # fmt: skip
    pipes = {str(row["id"]): str(row["network_id"] or "")
             for row in t.table("pipe", columns=["id", "network_id"]).to_pylist()}  # fmt: skip
    rows = [row for row in rows if pipes.get(str(row["entity"]), network) == network][:MOST]
    if not rows:
        return []
    marks = ", ".join("?" for _ in rows)
    asked = t.sql(
        f"SELECT sensor_id, time, value, unit FROM observation WHERE sensor_id IN ({marks}) "
        "AND property = 'flow' AND value IS NOT NULL AND time >= ? AND time < ? "
        "AND (hour(time) < 6 OR hour(time) >= 20)",
        [*(row["id"] for row in rows), f"{year - 1}-12-31", f"{year + 1}-01-01"],
    ).to_pandas()
    if asked.empty:
        return []
    local = pd.to_datetime(asked["time"], utc=True).dt.tz_convert(t.time_zone)
    night = (local.dt.hour >= HOURS[0]) & (local.dt.hour < HOURS[1]) & (local.dt.year == year)
    asked, local = asked[night], local[night]
    factors = {unit: _factor(unit) for unit in asked["unit"].unique()}
    asked = asked.assign(day=local.dt.date, flow=asked["value"] * asked["unit"].map(factors))
    found = []
    for row in rows:
        own = asked[asked["sensor_id"] == row["id"]].groupby("day")["flow"].median().dropna()
        if len(own) < _FEW or not own.abs().max() > 0:  # a pump that rests by night says nothing
            continue
        last = own[own.index > own.index.max() - pd.Timedelta(days=30).to_pytimedelta()]
        found.append(Night(str(row["name"] or row["id"]), float(own.median()),
                           float(last.median()), float(own.quantile(0.02))))  # fmt: skip
    return sorted(found, key=lambda it: -it.usual)


def _factor(unit: Any) -> float:
    """Return what a flow is multiplied by to be in m³/h; NaN for a unit that is none of a flow."""
    try:
        return float(units.parse(f"1 {unit}", "m³/h").value)
    except JumeauError:
        return float("nan")


def frail(t: Territory, network: str, count: int = 5) -> list[tuple[str, float]]:
    """Return the pipes that a run expects to break most, with their rates [breaks/yr].

    Parameters
    ----------
    t : Territory
        Territory with ``indicator``.
    network : str
        Row of ``water_network``.
    count : int
        Most pipes returned.
    """
    rows = t.sql(
        "SELECT i.entity AS pipe, max(i.value) AS rate FROM indicator i "
        "JOIN pipe p ON p.id = i.entity WHERE i.indicator = 'water_break_rate' "
        "AND i.scope = 'pipe' AND i.value > 0 AND coalesce(p.network_id, '') = ? "
        "GROUP BY i.entity ORDER BY rate DESC, pipe LIMIT ?",
        [network, count],
    ).to_pylist()
    return [(str(row["pipe"]), float(row["rate"])) for row in rows]


def leaks(t: Territory, network: str) -> list[dict[str, Any]]:
    """Return the leaks found that nothing says are repaired, the greatest first.

    Parameters
    ----------
    t : Territory
        Territory with ``leak``.
    network : str
        Row of ``water_network``.
    """
    rows = t.table("leak", where={"ended_at": None}).to_pylist()
    mine = [row for row in rows if str(row["network_id"] or "") in (network, "")]
    return sorted(mine, key=lambda row: -float(row["flow_m3_h"] or 0.0))
