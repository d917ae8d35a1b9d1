# SPDX-License-Identifier: EUPL-1.2
"""A town with things on its pipes, and a GeoPackage that another program would have written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import shapely

from jumeau.worksites import water
from jumeau.worksites.water.exchange import facts, geopackage
from jumeau.worksites.water.exchange.hanging import asset_table
from jumeau.worksites.water.exchange.stareau_writing import COMPANION, _Rows
from jumeau.worksites.water.network import Network

X0, Y0 = 652_000.0, 6_862_000.0


@pytest.fixture
def net(town: Path) -> Network:
    """Return the town placed in Lambert-93, with materials, years and things on its pipes."""
    net = water.read_inp(town)
    places = {
        "A": (0, 0), "B": (400, 0), "C": (200, -200), "D": (450, 30), "E": (100, -300),
        "F": (500, -300), "G": (480, 60), "R": (-20, 40), "T": (-300, 10),
    }  # fmt: skip
    for table in (net.junctions, net.reservoirs, net.tanks):
        for name in table.index:
            table.loc[name, ["x", "y"]] = [X0 + places[name][0], Y0 + places[name][1]]
    net.vertices["x"] += X0
    net.vertices["y"] += Y0
    net.pipes["material"] = ["Fonte Grise", "Pvc", "", *["Fonte Ductile"] * 5]
    net.pipes["installed_from"] = [1950.0, 1990.0, float("nan"), *[1970.0] * 5]
    net.pipes["installed_to"] = [1960.0, 1990.0, *[float("nan")] * 6]
    net.crs = "EPSG:2154"
    net.assets = {
        "isolation_valve": asset_table(
            "isolation_valve",
            {
                "V": {"pipe_id": "p1", "diameter_mm": 150.0, "x": X0 + 100.0, "y": Y0},
                "V2": {"pipe_id": "p3", "status": "closed", "x": X0 + 50.0, "y": Y0 - 120.0},
            },
        ),
        "hydrant": asset_table("hydrant", {"PI 1": {"junction_id": "B", "x": X0 + 400, "y": Y0}}),
        "meter": asset_table(
            "meter",
            {
                "C1": {"kind": "customer", "pipe_id": "p1", "x": X0 + 120.0, "y": Y0 + 4.0},
                "S1": {"kind": "district", "pipe_id": "p1", "x": X0 + 10.0, "y": Y0},
            },
        ),
        "service_connection": asset_table(
            "service_connection",
            {
                "B1": {
                    "pipe_id": "p1", "junction_id": "A", "material": "Pehd", "diameter_mm": 25.0,
                    "installed_from": 2001.0, "installed_to": 2003.0,
                    "geometry": f"LINESTRING ({X0 + 120} {Y0}, {X0 + 120} {Y0 + 8})",
                },
                "B2": {"pipe_id": "p2"},
            },
        ),
    }  # fmt: skip
    return net


def bare(path: Path) -> Path:
    """Take the companion out of a GeoPackage, as a program that does not know it might."""
    with sqlite3.connect(path) as base:
        base.execute(f"DROP TABLE {COMPANION}")
        base.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (COMPANION,))
    return path


def foreign(path: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """Write a StaR-Eau GeoPackage with these rows; what they do not say is unknown."""
    work = _Rows(Network())
    for table, items in rows.items():
        for item in items:
            values = dict(item)
            work.add(table, values.pop("geom", None), **values)
    geopackage.write(path, facts.tables(), facts.columns(), work.rows, 2154)
    return path


def line(*places: tuple[float, float]) -> shapely.LineString:
    """Return a line near the origin of the town."""
    return shapely.LineString([(X0 + x, Y0 + y) for x, y in places])


def point(x: float, y: float) -> shapely.Point:
    """Return a point near the origin of the town."""
    return shapely.Point(X0 + x, Y0 + y)
