# SPDX-License-Identifier: EUPL-1.2
"""Rows of indicators of networks computed, with their bounds, and what stands out in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.analyses.pump_energy import EFFICIENCY
from jumeau.worksites.water.indicator_specs import INDICATORS
from jumeau.worksites.water.series import quantiles
from jumeau.worksites.water.times import HOUR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.runs import Recorder
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.diagnosis import Diagnosis, Studied

    Floats = NDArray[np.float64]
    Row = dict[str, Any]

DAYS = 365.0
"""Days of a year."""
_TINY = 1e-6  # m³/h: below, nothing is drawn


@dataclass(frozen=True)
class _Sums:
    """What adds up over networks; the first of each array is the network itself, then its draws."""

    served: Floats
    drawn: Floats
    low: Floats
    energy: Floats
    length_km: float
    pumped: bool
    supposed: dict[str, float]

    def plus(self, other: _Sums) -> _Sums:
        """Return the sums of two networks; shares weigh as the water."""
        count = min(len(self.drawn), len(other.drawn))
        mine, theirs = float(self.drawn[0]), float(other.drawn[0])
        whole = max(mine + theirs, _TINY)
        return _Sums(
            self.served[:count] + other.served[:count],
            self.drawn[:count] + other.drawn[:count],
            self.low[:count] + other.low[:count],
            self.energy[:count] + other.energy[:count],
            self.length_km + other.length_km,
            self.pumped or other.pumped,
            {
                key: (mine * it + theirs * other.supposed[key]) / whole
                for key, it in self.supposed.items()
            },
        )


def table(
    territory: Territory, studied: Sequence[Studied], given: Parameters, *, seed: int
) -> pd.DataFrame:
    """Return the indicators of networks.

    Parameters
    ----------
    territory : Territory
        Territory, with its district metered areas.
    studied : sequence of Studied
        Networks computed.
    given : Parameters
        Parameters of the worksite.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        Rows of the ``indicator`` table: by territory, network, district metered area, junction and
        pipe. The value is that of the network as it is; bounds are the 5 % and 95 % quantiles of
        the draws.
    """
    import pandas as pd

    rows: list[Row] = []
    whole: _Sums | None = None
    for found in studied:
        rows += _junctions(found)
        rows += _pipes(found)
        every = np.ones(len(found.net.junctions), dtype=bool)
        pipes = np.ones(len(found.net.pipes), dtype=bool)
        sums = _sums(found, given, every, pipes, seed, pumps=True)
        rows += _totals(sums, "network", found.reading.network)
        for area, inside, along in _districts(territory, found):
            part = _sums(found, given, inside, along, seed, pumps=False)
            rows += _totals(part, "district_metered_area", area)
        whole = sums if whole is None else whole.plus(sums)
    if whole is not None:
        rows = [*_totals(whole, "territory", ""), *rows]
    names = ("indicator", "scope", "entity", "value", "low", "high", "estimated_share")
    frame = pd.DataFrame(rows, columns=list(names))
    frame["unit"] = frame["indicator"].map({spec.name: spec.unit for spec in INDICATORS})
    frame["year"] = datetime.now(UTC).year
    return frame


def record(record: Recorder, territory: Territory, found: Diagnosis, given: Parameters) -> None:
    """Record a day of networks: model card, findings, estimates, indicators and series.

    Parameters
    ----------
    record : Recorder
        Run that is going on.
    territory : Territory
        Territory.
    found : Diagnosis
        Networks computed.
    given : Parameters
        Parameters of the worksite.
    """
    import pandas as pd

    from jumeau.worksites.water import card, series

    record.describes(**card.card(found.studied))
    for network in found.studied:
        record.add_findings(findings(network, given))
    if found.estimates:
        record.add_estimates(pd.DataFrame(found.estimates))
    record.add_indicators(table(territory, found.studied, given, seed=record.seed))
    record.add_series(series.table(found.studied))


def _row(name: str, scope: str, entity: str, values: Sequence[float] | Floats, share: float) -> Row:
    value, low, high = (float(it) for it in values)
    return {
        "indicator": name, "scope": scope, "entity": entity, "value": value,
        "low": float(np.fmin(low, value)), "high": float(np.fmax(high, value)),
        "estimated_share": round(float(share), 3),
    }  # fmt: skip


def _around(values: Floats) -> tuple[float, float, float]:
    """Return the first value, and the bounds of the others."""
    if len(values) < 2:
        return float(values[0]), float(values[0]), float(values[0])
    low, high = quantiles(values[1:])
    return float(values[0]), float(low), float(high)


def shares(found: Studied) -> dict[str, float]:
    """Return the share of a network that was supposed, by attribute: of its length, of its nodes.

    Parameters
    ----------
    found : Studied
        Network computed.
    """
    supposed = found.reading.supposed
    length = found.net.pipes["length_m"].to_numpy(float)
    whole = max(float(length.sum()), _TINY)

    def along(attribute: str) -> float:
        names = supposed.get(attribute, set())
        told = np.array([str(it) in names for it in found.net.pipes.index], dtype=float)
        return float(told @ length) / whole if len(length) else 0.0

    return {
        "demand": float(bool(supposed.get("demand_m3_h"))),
        "head": float(bool(supposed.get("head_m"))),
        "diameter": along("diameter_mm"),
        "roughness": along("roughness"),
        "elevation": _counted(supposed.get("elevation_m", set()), found.net.junctions.index),
    }


def _counted(names: set[str], among: Iterable[Any]) -> float:
    """Return the share of rows that names hold."""
    there = [str(it) in names for it in among]
    return sum(there) / max(len(there), 1)


def _junctions(found: Studied) -> Iterator[Row]:
    """Yield the pressures and the age of every junction."""
    reading, part = found.reading, shares(found)
    place = {name: k for k, name in enumerate(found.solution.nodes)}
    at = np.array([place[str(it)] for it in found.net.junctions.index], dtype=int)
    pressure = found.solution.pressure[0][:, at]
    drawn = None if found.draws is None else found.draws.pressure[:, :, at]
    supposed = reading.supposed.get("elevation_m", set())
    common = part["head"] + part["demand"] + 0.5 * (part["diameter"] + part["roughness"])
    columns = {}
    for name, reduce in (("water_pressure_min", np.nanmin), ("water_pressure_mean", np.nanmean)):
        value = reduce(pressure, axis=0)
        low = high = value
        if drawn is not None:
            low, high = quantiles(reduce(drawn, axis=1))
        columns[name] = np.round(np.column_stack([value, low, high]), 3)
    for k, own in enumerate(map(str, found.net.junctions.index)):
        twin = reading.nodes.to_twin.get(own)
        if twin is None:
            continue
        share = (common + float(own in supposed)) / 4.0
        for name, values in columns.items():
            yield _row(name, "junction", twin, values[k], share)
        if found.age is not None:
            hours = round(float(found.age.mean_h[own]), 2)
            guessed = 0.5 * (part["demand"] + part["diameter"])
            yield _row("water_age", "junction", twin, (hours, hours, hours), guessed)


def _pipes(found: Studied) -> Iterator[Row]:
    """Yield the velocity and the criticality of every pipe of the twin."""
    reading, part = found.reading, shares(found)
    value = found.velocity.max(axis=0) if len(found.net.pipes) else np.zeros(0)
    low = high = value
    if found.draws is not None and len(value):
        flow = np.abs(found.draws.flow[:, :, found.pipes]).max(axis=1)
        low, high = quantiles(flow / HOUR / found.section)
    unsized = reading.supposed.get("diameter_mm", set())
    fastest: dict[str, int] = {}
    worth: dict[str, float] = {}
    names = [str(it) for it in found.net.pipes.index]
    for k, own in enumerate(names):
        twin = reading.links.to_twin.get(own, own)
        if twin not in fastest or value[k] > value[fastest[twin]]:
            fastest[twin] = k
        if found.worth is not None and own in found.worth.index:
            worth[twin] = max(worth.get(twin, 0.0), float(found.worth[own]))
    for twin, k in fastest.items():
        share = 0.5 * (part["demand"] + float(names[k] in unsized))
        speeds = np.round((value[k], low[k], high[k]), 4)
        yield _row("water_velocity_max", "pipe", twin, speeds, share)
        if twin in worth:
            lost = round(worth[twin], 3)
            guessed = 0.5 * (part["demand"] + part["diameter"])
            yield _row("water_criticality", "pipe", twin, (lost, lost, lost), guessed)


def _sums(
    found: Studied,
    given: Parameters,
    inside: NDArray[np.bool_],
    along: NDArray[np.bool_],
    seed: int,
    *,
    pumps: bool,
) -> _Sums:
    """Return what adds up over the junctions and pipes of a place."""
    asked = given["water_asked_pressure_m"].value
    place = {name: k for k, name in enumerate(found.solution.nodes)}
    at = np.array([place[str(it)] for it in found.net.junctions.index], dtype=int)[inside]
    demand = found.demand[:24, inside]
    users = demand.max(axis=0, initial=0.0) > _TINY
    pressure = [found.solution.pressure[0][:24, at]]
    demands = [demand]
    if found.draws is not None:
        pressure += list(found.draws.pressure[:, :24, at])
        demands += [demand + more for more in found.draws.added[:, inside]]
    served, drawn, low = [], [], []
    for p, d in zip(pressure, demands, strict=True):
        d = np.maximum(d, 0.0)  # noqa: PLW2901 - what enters at a junction is not drawn
        drawn.append(float(d.sum()))
        served.append(float(d[p >= asked].sum()))
        low.append(float((p[:, users] < asked).any(axis=0).sum()))
    pumps = pumps and found.pumps is not None
    energy = _energy(found, given, seed, len(drawn)) if pumps else np.zeros(len(drawn))
    length = found.net.pipes["length_m"].to_numpy(float)[along]
    return _Sums(
        np.array(served), np.array(drawn), np.array(low), energy,
        float(length.sum()) / 1000.0, pumps, shares(found),
    )  # fmt: skip


def _energy(found: Studied, given: Parameters, seed: int, count: int) -> Floats:
    """Return the electricity of pumps over a year: of the network, then of its draws [kWh]."""
    pumps = found.pumps
    each = np.zeros(0) if pumps is None else pumps["energy_kwh_year"].to_numpy(float)
    year = float(np.nansum(each))
    value = np.full(count, year)
    if found.draws is not None:
        value[1:] *= found.draws.lift
    if said(found):
        return value
    efficiency = given["water_pump_efficiency"]
    value *= EFFICIENCY / 100.0 / efficiency.value
    if count > 1:
        value[1:] *= efficiency.value / efficiency.draw(seed, count - 1)
    return value


def said(found: Studied) -> bool:
    """Tell whether the file of a network says the efficiency of its pumps."""
    document = found.net.document
    lines = document.lines("ENERGY") if document is not None else []
    return any(word.upper().startswith("EFFI") for line in lines for word in line.tokens)


def _totals(sums: _Sums, scope: str, entity: str) -> Iterator[Row]:
    """Yield the indicators of a place."""
    part = sums.supposed
    hydraulic = (
        part["demand"] + part["head"] + part["elevation"]
        + 0.5 * (part["diameter"] + part["roughness"])
    ) / 4.0  # fmt: skip
    level = 100.0 * sums.served / np.maximum(sums.drawn, _TINY)
    if sums.drawn[0] > _TINY:
        yield _row("water_service_level", scope, entity, _around(level), hydraulic)
        yield _row("water_low_pressure_nodes", scope, entity, _around(sums.low), hydraulic)
    yield _row("water_length", scope, entity, (sums.length_km,) * 3, 0.0)
    supplied = DAYS * sums.drawn
    yield _row("water_supplied", scope, entity, _around(supplied), part["demand"])
    if sums.pumped:
        share = 0.5 * (part["demand"] + hydraulic)
        yield _row("water_pump_energy", scope, entity, _around(sums.energy), share)
        if sums.drawn[0] > _TINY:
            each = sums.energy / np.maximum(supplied, _TINY)
            yield _row("water_pump_specific", scope, entity, _around(each), share)


def _districts(
    territory: Territory, found: Studied
) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield the district metered areas with their junctions and pipes, told or by geometry."""
    import shapely

    reading = found.reading
    rows = territory.geo("district_metered_area", columns=["id", "network_id"])
    own = rows["network_id"].isna() | (rows["network_id"] == (reading.network or None))
    shapes = dict(zip(rows["id"][own], rows.geometry[own], strict=True))
    nodes = [str(it) for it in found.net.junctions.index]
    known = sorted({*shapes, *reading.districts.values()})
    places = np.array([reading.points.get(name, (np.nan, np.nan)) for name in nodes])
    ends = found.net.pipes[["from_node", "to_node"]].to_numpy(object)
    for area in known:
        inside = np.array([reading.districts.get(name) == area for name in nodes], dtype=bool)
        if area in shapes and nodes:
            free = np.array([name not in reading.districts for name in nodes], dtype=bool)
            inside |= free & shapely.contains_xy(shapes[area], places[:, 0], places[:, 1])
        if inside.any():
            held = {name for name, there in zip(nodes, inside, strict=True) if there}
            along = np.array([a in held and b in held for a, b in ends], dtype=bool)
            yield area, inside, along


def findings(found: Studied, given: Parameters) -> Iterator[Finding]:
    """Yield what stands out in the results of a network.

    Parameters
    ----------
    found : Studied
        Network computed.
    given : Parameters
        Parameters of the worksite.
    """
    nodes = [str(it) for it in found.net.junctions.index]
    place = {name: k for k, name in enumerate(found.solution.nodes)}
    pressure = found.solution.pressure[0][:24, [place[name] for name in nodes]]
    twin = found.reading.nodes.to_twin
    users = found.demand.max(axis=0, initial=0.0) > _TINY
    asked, most = (given[f"water_{it}_pressure_m"].value for it in ("asked", "most"))
    least, greatest = pressure.min(axis=0), pressure.max(axis=0)
    low = users & (least < asked)
    if low.any():
        worst = int(np.flatnonzero(low)[least[low].argmin()])
        demand = np.maximum(found.demand[:24], 0.0)
        percent = 100.0 * float(demand[pressure < asked].sum()) / max(float(demand.sum()), _TINY)
        yield finding(
            "JUM-H093", "junction", twin.get(nodes[worst], nodes[worst]), count=int(low.sum()),
            total=int(users.sum()), asked=asked, least=round(float(least[worst]), 1),
            percent=round(percent, 1),
        )  # fmt: skip
    high = greatest > most
    if high.any():
        worst = int(greatest.argmax())
        yield finding(
            "JUM-H094", "junction", twin.get(nodes[worst], nodes[worst]), count=int(high.sum()),
            total=len(nodes), most=most, greatest=round(float(greatest[worst]), 1),
        )  # fmt: skip
    limit = given["water_most_velocity_m_s"].value
    speed = found.velocity.max(axis=0) if len(found.net.pipes) else np.zeros(0)
    if (speed > limit).any():
        pipe = str(found.net.pipes.index[int(speed.argmax())])
        yield finding(
            "JUM-H095", "pipe", found.reading.links.to_twin.get(pipe, pipe),
            count=int((speed > limit).sum()), total=len(speed), most=limit,
            greatest=round(float(speed.max()), 2),
        )  # fmt: skip
