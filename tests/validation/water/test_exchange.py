# SPDX-License-Identifier: EUPL-1.2
"""Round trips in StaR-Eau and RAEPA: they pass, and what is lost would be counted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jumeau.validation.water import exchange
from jumeau.worksites import water
from jumeau.worksites.water.network import Network

INP = """[JUNCTIONS]
 A 10 5
 B 12 8
[RESERVOIRS]
 R 60
[PIPES]
 p1 R A 400 150 110
 p2 A B 350 200 120
[CONTROLS]
LINK p2 CLOSED AT TIME 5
[OPTIONS]
 Units CMH
[COORDINATES]
 A 652000 6862000
 B 652400 6862000
 R 651980 6862040
[END]
"""


@pytest.fixture
def net(tmp_path: Path) -> Network:
    path = tmp_path / "net.inp"
    path.write_text(INP)
    return water.read_inp(path)


@pytest.mark.parametrize("standard", list(exchange.SOURCES))
def test_what_is_lost_is_counted(net: Network, tmp_path: Path, standard: str):
    back = exchange.trip(net, standard, tmp_path / standard if standard == "raepa" else tmp_path)
    assert exchange.lost(net, back) == exchange.apart(net, back) == exchange.illegal(back) == 0
    back.controls.clear()
    back.pipes.loc["p2", "roughness"] = 121.0
    assert exchange.lost(net, back) >= 3  # a table, the controls, two sections
    back.pipes.loc["p2", "to_node"] = "R"
    assert exchange.apart(net, back) == 1
    back.pipes = back.pipes.drop(index="p2")
    assert exchange.apart(net, back) == 1


def test_the_tables_alone_join_the_same(net: Network, tmp_path: Path):
    for standard in exchange.SOURCES:
        bare = exchange.trip(net, standard, tmp_path, companion=False)
        assert exchange.apart(net, bare) == 0 and exchange.lost(net, bare) > 0


def test_illegal_codes_and_changed_tables_are_counted(net: Network, tmp_path: Path, shared: Path):
    exchange.trip(net, "stareau", tmp_path)
    path, columns = tmp_path / "network.gpkg", shared / exchange.COLUMNS
    assert exchange.whole(path, columns) == exchange.TABLES
    with sqlite3.connect(path) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            base.execute(f"DROP TRIGGER {name}")
        base.execute("UPDATE aep_canalisation SET materiau = 'kryptonite'")
        base.execute("ALTER TABLE aep_vanne ADD COLUMN couleur TEXT")
    assert exchange.whole(path, columns) == exchange.TABLES - 1
    assert exchange.illegal(water.read_stareau(path)) == 2


def test_every_network_has_its_cases_in_both_standards(shared: Path):
    found = list(exchange.studies(None))
    assert len(found) == len(exchange.ROUND) * len(exchange.SOURCES)
    here = exchange.located(shared)
    assert "L-TOWN" in here
    told = [it for it in exchange.studies(shared) if it.compute is not None]
    assert len(told) == len(here) * len(exchange.SOURCES)


@pytest.mark.shared
def test_l_town_there_and_back(shared: Path):
    for study in exchange.studies(shared):
        if study.name.startswith("L-TOWN"):
            rows = [case.row() for case in study.cases()]
            assert [row["case"] for row in rows if row["verdict"] != "pass"] == []
