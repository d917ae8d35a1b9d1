# SPDX-License-Identifier: EUPL-1.2
"""A small water network under the streets of the town, with a day written by hand.

Figures are round numbers that a test can expect: pressures fall from north to south and at 8 h,
velocities rise then; the place is said to come from control points.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import jumeau
from jumeau.base.contract import IndicatorSpec
from jumeau.twin.territory import Territory

CRS = "EPSG:2154"
NETWORK = "bourg"
SIDE = 4
"""Junctions a side: N00 is in the south-west, N03 in the south-east, N15 in the north-east."""
STEP = 120.0
HOURS = 25
MATERIALS = ("Fonte", "PVC", None, "PEHD")
YEARS = (1955, 1978, None, 2006)
LOW = 20.0
"""Pressure asked for [m]."""


def _spec(name: str, unit: str, label_fr: str, label_en: str) -> IndicatorSpec:
    return IndicatorSpec(
        name=name, unit=unit, label_en=label_en, label_fr=label_fr, formula="",
        method_en=f"{label_en}.", method_fr=f"{label_fr}.", reference="",
    )  # fmt: skip


SPECS = (
    _spec("water_pressure_min", "m", "Pression la plus basse", "Lowest pressure"),
    _spec("water_pressure_mean", "m", "Pression moyenne", "Mean pressure"),
    _spec("water_age", "h", "Âge de l'eau", "Age of the water"),
    _spec("water_velocity_max", "m/s", "Vitesse la plus forte", "Highest velocity"),
    _spec("water_criticality", "m³/h", "Criticité", "Criticality"),
    _spec("water_service_level", "%", "Demande servie", "Demand served"),
    _spec("water_low_pressure_nodes", "1", "Nœuds à basse pression", "Nodes at low pressure"),
    _spec("water_pump_energy", "kWh/yr", "Énergie de pompage", "Pumping energy"),
    _spec("water_pump_specific", "kWh/m³", "Énergie par m³", "Energy a cubic metre"),
    _spec("water_length", "km", "Longueur du réseau", "Length of the network"),
    _spec("water_supplied", "m³/yr", "Eau mise en distribution", "Water supplied"),
)


def pressure(row: int, hour: int) -> float:
    """Pressure of a junction of a row, from the south [m]."""
    return round(15.0 + 14.0 * row - 6.0 * np.exp(-((hour - 8) ** 2) / 4.0), 2)


def velocity(pipe: int, hour: int) -> float:
    """Velocity in a pipe [m/s]."""
    return round(0.08 * (pipe % 12) * (1 + np.exp(-((hour - 8) ** 2) / 4.0)), 3)


def _frame(rows: list[dict[str, object]], shapes: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows).assign(network_id=NETWORK), geometry=shapes, crs=CRS)


def _places(x0: float, y0: float) -> dict[str, tuple[float, float]]:
    return {
        f"N{SIDE * j + i:02d}": (x0 + 40 + STEP * i, y0 + 38 + STEP * j)
        for j in range(SIDE)
        for i in range(SIDE)
    }


def _links() -> list[tuple[str, str]]:
    across = [(SIDE * j + i, SIDE * j + i + 1) for j in range(SIDE) for i in range(SIDE - 1)]
    up = [(SIDE * j + i, SIDE * (j + 1) + i) for j in range(SIDE - 1) for i in range(SIDE)]
    return [(f"N{a:02d}", f"N{b:02d}") for a, b in [*across, *up]]


def tables(x0: float, y0: float) -> dict[str, pd.DataFrame]:
    """Return the rows of the network, table by table."""
    at = _places(x0, y0)
    junctions = [
        {"id": key, "elevation_m": 40.0 - 8 * (i // SIDE), "demand_m3_h": 0.5}
        for i, key in enumerate(at)
    ]
    links = _links()
    pipes = [
        {
            "id": f"C{k:02d}", "from_node": a, "to_node": b, "length_m": STEP,
            "diameter_mm": (60.0, 100.0, 150.0, 250.0)[k % 4], "roughness": 120.0,
            "status": "closed" if k == 3 else "open", "material": MATERIALS[k % 4],
            "installed_from": YEARS[k % 4], "installed_to": YEARS[k % 4],
        }
        for k, (a, b) in enumerate(links)
    ]  # fmt: skip
    top, source = (at["N15"][0] + 60, at["N15"][1] + 20), (at["N12"][0] - 70, at["N12"][1] + 20)
    return {
        "water_network": pd.DataFrame(
            [{"id": NETWORK, "name": "Réseau du Bourg", "placement": "control points",
              "placement_error_m": 4.2}]
        ),
        "junction": _frame(junctions, [shapely.Point(*place) for place in at.values()]),
        "pipe": _frame(pipes, [shapely.LineString([at[a], at[b]]) for a, b in links]),
        "tank": _frame(
            [{"id": "T1", "name": "Réservoir du Haut", "elevation_m": 80.0, "diameter_m": 16.0,
              "initial_level_m": 2.5, "minimum_level_m": 0.0, "maximum_level_m": 4.0}],
            [shapely.Point(*top)],
        ),
        "reservoir": _frame(
            [{"id": "R1", "name": "Source", "head_m": 60.0}], [shapely.Point(*source)]
        ),
        "pump": _frame(
            [{"id": "P1", "name": "Pompe", "from_node": "R1", "to_node": "N12", "power_kw": 7.5,
              "status": "open"}],
            [shapely.LineString([source, at["N12"]])],
        ),
        "valve": _frame(
            [{"id": "V1", "from_node": "N15", "to_node": "T1", "diameter_mm": 150.0, "type": "PRV",
              "setting": 40.0, "status": "active"}],
            [shapely.LineString([at["N15"], top])],
        ),
        "hydrant": _frame(
            [{"id": "PI1", "junction_id": "N05", "nominal_flow_m3_h": 60.0}],
            [shapely.Point(at["N05"][0] + 4, at["N05"][1])],
        ),
    }  # fmt: skip


def series() -> pd.DataFrame:
    """Return the day: pressure of junctions, flow and velocity of pipes, flow of the pump."""
    rows: list[tuple[object, ...]] = []
    hours = range(HOURS)

    def put(table: str, key: str, quantity: str, values: list[float], spread: float = 0) -> None:
        low, high = (
            json.dumps([round(value + sign * spread, 3) for value in values]) if spread else None
            for sign in (-1, 1)
        )
        rows.append((table, key, quantity, json.dumps(values), low, high))

    for i in range(SIDE * SIDE):
        day = [pressure(i // SIDE, hour) for hour in hours]
        put("junction", f"N{i:02d}", "pressure_m", day, 1.5 if i == 0 else 0)
    for k in range(len(_links())):
        day = [velocity(k, hour) for hour in hours]
        put("pipe", f"C{k:02d}", "velocity_m_s", day)
        put("pipe", f"C{k:02d}", "flow_m3_h", [round(20 * value, 3) for value in day])
    put("pump", "P1", "flow_m3_h", [12.0 if 6 <= hour < 22 else 0.0 for hour in hours])
    put("tank", "T1", "pressure_m", [2.5 + round(float(np.sin(h / 4)), 2) for h in hours])
    columns = ["table", "entity", "quantity", "values", "low", "high"]
    found = pd.DataFrame(rows, columns=columns)
    found["id"] = [f"s{i}" for i in range(len(found))]
    return found.assign(network_id=NETWORK, start_s=0.0, step_s=3600.0)


def figures() -> pd.DataFrame:
    """Return the figures of the run."""
    rows: list[tuple[object, ...]] = []

    def put(name: str, scope: str, entity: str | None, value: float, unit: str) -> None:
        rows.append((name, scope, entity, value, None, None, unit, 0.25))

    lows = [min(pressure(i // SIDE, hour) for hour in range(HOURS)) for i in range(SIDE * SIDE)]
    for i, low in enumerate(lows):
        put("water_pressure_min", "junction", f"N{i:02d}", low, "m")
        put("water_pressure_mean", "junction", f"N{i:02d}", low + 4, "m")
        put("water_age", "junction", f"N{i:02d}", 2.0 + 9 * (i // SIDE) + i % SIDE, "h")
    for k in range(len(_links())):
        put("water_velocity_max", "pipe", f"C{k:02d}", velocity(k, 8), "m/s")
        put("water_criticality", "pipe", f"C{k:02d}", float((k % 6) ** 2), "m³/h")
    for name, value, unit in (
        ("water_service_level", 87.5, "%"),
        ("water_low_pressure_nodes", float(sum(low < LOW for low in lows)), "1"),
        ("water_pump_energy", 21_900.0, "kWh/yr"),
        ("water_pump_specific", 0.31, "kWh/m³"),
        ("water_length", 2.9, "km"),
        ("water_supplied", 70_080.0, "m³/yr"),
    ):
        put(name, "territory", None, value, unit)
    columns = ["indicator", "scope", "entity", "value", "low", "high", "unit", "estimated_share"]
    return pd.DataFrame(rows, columns=columns).assign(year=2026)


def leaks(x0: float, y0: float) -> pd.DataFrame:
    """Return two leaks: one that runs since March, one repaired in February."""
    at = _places(x0, y0)
    rows = [
        {"id": "bourg-C00-20240302", "pipe_id": "C00", "kind": "burst",
         "started_at": "2024-03-02T06:00:00Z", "ended_at": None,
         "detected_at": "2024-03-04T06:00:00Z", "flow_m3_h": 2.5, "flow_low": 2.1,
         "flow_high": 3.0, "probability": 0.8, "eur_day": 48.0, "district_id": "S1",
         "zone": json.dumps({"C00": 0.5, "C01": 0.3}),
         "state": _days("2024-03-02", [2.5] * 29)},
        {"id": "bourg-C05-20240105", "pipe_id": "C05", "kind": "incipient",
         "started_at": "2024-01-05T06:00:00Z", "ended_at": "2024-02-04T10:00:00Z",
         "detected_at": "2024-01-20T06:00:00Z", "flow_m3_h": 1.5, "flow_low": 1.0,
         "flow_high": 2.0, "probability": 0.6, "eur_day": 28.8, "district_id": "S1",
         "zone": json.dumps({"C05": 0.8}),
         "state": _days("2024-01-05", [round(0.05 * k, 3) for k in range(1, 31)])},
    ]  # fmt: skip
    middles = [(at[a], at[b]) for a, b in (_links()[0], _links()[5])]
    points = [shapely.LineString(pair).interpolate(0.5, normalized=True) for pair in middles]
    frame = _frame(rows, points)
    for name in ("started_at", "ended_at", "detected_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def _days(start: str, values: list[float]) -> str:
    low, high = ([round(share * value, 3) for value in values] for share in (0.8, 1.2))
    told = {"start": start, "step_s": 86_400, "values": values, "low": low, "high": high}
    return json.dumps(told)


SEARCH = {
    "network": NETWORK, "from": "2024-01-01", "to": "2024-03-30",
    "until": "2024-03-30T22:55:00+00:00", "train": ["2024-01-01", "2024-01-04"],
    "train_chosen": True, "online": False, "leaks": 2, "quality": {"matches": True},
    "faults": [
        {"sensor": "N03", "quantity": "pressures", "kind": "stuck", "amount": 31.0, "unit": "m",
         "start": "2024-02-01T00:00:00+00:00", "end": "2024-02-04T00:00:00+00:00",
         "action": "left out"},
        {"sensor": "N03", "quantity": "pressures", "kind": "gap", "amount": 1.0, "unit": "d",
         "start": "2024-02-11T00:00:00+00:00", "end": "2024-02-12T00:00:00+00:00",
         "action": "left out"},
    ],
}  # fmt: skip
"""What the run says of its search."""


def balance() -> pd.DataFrame:
    """Return three months of a district: leak flow of its balance, night flow."""
    leak = [0.0] * 4 + [0.05 * k for k in range(1, 31)] + [0.0] * 27 + [2.5] * 29
    rows = [
        (
            "b1",
            "leak_flow_m3_h",
            leak,
            [max(0.0, it - 0.3) for it in leak],
            [it + 0.3 for it in leak],
        ),
        ("b2", "night_flow_m3_h", [round(1.2 + it, 3) for it in leak], None, None),
    ]
    return pd.DataFrame([
        {"id": key, "table": "district_metered_area", "entity": "S1", "quantity": quantity,
         "network_id": NETWORK, "step_s": 86_400.0,
         "start_at": pd.Timestamp("2024-01-01", tz="Europe/Paris"), "values": json.dumps(values),
         "low": json.dumps(low) if low else None, "high": json.dumps(high) if high else None}
        for key, quantity, values, low, high in rows
    ])  # fmt: skip


def _breaks() -> pd.DataFrame:
    rows = [("C00", 0.02), ("C01", 0.04), ("C02", 0.06)]
    return pd.DataFrame([
        {"indicator": "water_break_rate", "scope": "pipe", "entity": key, "value": value,
         "low": value / 2, "high": value * 2, "unit": "1/yr", "estimated_share": 0.0, "year": 2026}
        for key, value in rows
    ])  # fmt: skip


def lay(territory: Territory, x0: float, y0: float, leaking: bool = False) -> None:
    """Write the network and its run into a territory, its south-west corner at x0, y0 [m].

    ``leaking`` also writes what a search of leaks found, and the breaks of some pipes.
    """
    with territory.transaction("add réseau d'eau") as tx:
        for name, rows in tables(x0, y0).items():
            tx.insert(name, rows)
        if leaking:
            area = shapely.box(x0, y0, x0 + 4 * STEP, y0 + 4 * STEP)
            tx.insert(
                "district_metered_area", _frame([{"id": "S1", "name": "Secteur du Bas"}], [area])
            )
            tx.insert("sensor", pd.DataFrame([
                {"id": "PRS-N03", "name": "Pression N03", "property": "pressure", "unit": "m",
                 "table": "junction", "entity": "N03"}
            ]))  # fmt: skip
    with territory.recording("water", methods=SPECS) as run:
        run.reads("pipe", "junction")
        run.describes(
            shown=[
                {"label_fr": "Modèle", "label_en": "Model",
                 "text_fr": "gradient global", "text_en": "global gradient"}
            ]
        )  # fmt: skip
        run.add_indicators(figures())
        if leaking:
            run.describes(leak_search=[SEARCH])
            run.add_leaks(leaks(x0, y0))
            run.add_indicators(_breaks())
    with territory.transaction("day of the water network") as tx:
        tx.insert("water_series", series().assign(run_id=run.id))
        if leaking:
            tx.insert("water_series", balance().assign(run_id=run.id))


def build_leaking(folder: Path, x0: float, y0: float) -> Path:
    """Write a territory that holds the network and its leaks, and nothing else."""
    territory = jumeau.create(folder / "fuites.jumeau", name="Les Fuites", insee=["34172"])
    lay(territory, x0, y0, leaking=True)
    path = territory.path
    territory.close()
    return path
