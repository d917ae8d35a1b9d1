# SPDX-License-Identifier: EUPL-1.2
"""Files of water services enter the tables of the twin by their profiles, codes in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jumeau.worksites import water
from jumeau.worksites.water.exchange.hanging import asset_table

X0, Y0 = 652_000.0, 6_862_000.0
INP = """[JUNCTIONS]
 A 10 5
 B 12 8
[RESERVOIRS]
 R 20
[TANKS]
 T 55 2 0.5 4 9 0
[PIPES]
 p1 A B 400 150 110
 p2 A T 350 200 120
[PUMPS]
 U R A POWER 2
[OPTIONS]
 Units CMH
[COORDINATES]
 A 652000 6862000
 B 652400 6862000
 R 651980 6862040
 T 651700 6862010
[END]
"""


@pytest.fixture
def net(tmp_path: Path) -> Any:
    path = tmp_path / "net.inp"
    path.write_text(INP)
    net = water.read_inp(path)
    net.pipes["material"] = ["Fonte Ductile", ""]
    net.pipes["installed_from"], net.pipes["installed_to"] = (
        [1950.0, float("nan")],
        [1960.0, 1990.0],
    )
    at = {"x": X0 + 100.0, "y": Y0}
    drawn = f"LINESTRING ({X0 + 50} {Y0}, {X0 + 50} {Y0 + 9})"
    net.assets = {
        "isolation_valve": asset_table("isolation_valve", {"V": {"status": "closed", **at}}),
        "hydrant": asset_table("hydrant", {"PI": at}),
        "meter": asset_table("meter", {"S": {"kind": "district", **at}}),
        "service_connection": asset_table(
            "service_connection", {"B1": {"pipe_id": "p1", "material": "Pehd", "geometry": drawn}}
        ),
    }
    return net


def column(got: Any, name: str) -> dict[str, Any]:
    return dict(zip(got.column("id"), got.column(name), strict=True))


def test_stareau_fills_the_tables(net: Any, tmp_path: Path, read: Any):
    path = tmp_path / "reseau.gpkg"
    water.write_stareau(net, path)
    pipes = read(path, "pipe")
    assert pipes.data("JUM-S260")["key"] == "stareau"
    assert column(pipes, "material")["p1"] == "Fonte Ductile"
    assert column(pipes, "material")["p2"] is None
    assert column(pipes, "installed_from") | {"U@amont": 0, "U@aval": 0} == {
        "p1": 1950, "p2": None, "U@amont": 0, "U@aval": 0,
    }  # fmt: skip
    assert column(pipes, "installed_to")["p2"] == 1990
    assert column(pipes, "from_node")["p2"] == "A" and column(pipes, "diameter_mm")["p1"] == 150.0
    assert set(column(pipes, "status").values()) == {"open"}
    assert read(path, "junction").column("id") == ["A", "B"]
    assert column(read(path, "tank"), "elevation_m") == {"T": 55.0}
    assert read(path, "reservoir").column("id") == ["R"]
    assert column(read(path, "isolation_valve"), "status") == {"V": "closed"}
    assert read(path, "hydrant").column("id") == ["PI"]
    assert read(path, "junction", source_layer="aep_pompage").column("kind") == ["pump"]
    assert column(read(path, "meter", source_layer="aep_point_mesure"), "kind") == {"S": "district"}
    assert column(read(path, "service_connection"), "material") == {"B1": "Pehd"}


def test_raepa_fills_the_tables(net: Any, tmp_path: Path, read: Any):
    water.write_raepa(net, tmp_path / "raepa")
    pipes = read(tmp_path / "raepa" / "CANALAEP_L.shp", "pipe")
    assert pipes.data("JUM-S260")["key"] == "raepa"
    assert column(pipes, "material")["p1"] == "Fonte ductile"
    assert column(pipes, "installed_from")["p1"] == 1950
    assert column(pipes, "from_node")["p2"] == "A"
    apparatus = tmp_path / "raepa" / "APPARAEP_P.shp"
    assert column(read(apparatus, "junction"), "elevation_m")["A"] == 10.0
    assert column(read(apparatus, "junction"), "kind")["PI"] == "hydrant"
    assert read(apparatus, "isolation_valve").column("id") == ["V"]
    assert read(apparatus, "hydrant").column("junction_id") == ["PI"]
    assert read(apparatus, "meter").column("id") == ["S"]
    works = tmp_path / "raepa" / "OUVRAEP_P.shp"
    assert column(read(works, "tank"), "elevation_m") == {"T": 55.0}
    assert read(works, "reservoir").column("id") == ["R"]
    assert column(read(works, "junction"), "kind") == {"U": "pump"}
    links = read(tmp_path / "raepa" / "CANALAEP_L.shp", "service_connection")
    assert column(links, "pipe_id") == {"B1": "p1"}
