# SPDX-License-Identifier: EUPL-1.2
"""An INP file into a territory as any other file: points of control, twice, newer, wrong."""

from __future__ import annotations

import json

import pytest

from jumeau.base.errors import JumeauError
from jumeau.twin import adding
from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water.source import SOURCE

POINTS = "x_local;y_local;x;y\n0;0;700000;6600000\n400;0;700000;6600400\n200;-200;700200;6600200\n"
"""The town turned by a quarter, at its own scale."""


@pytest.fixture
def place(tmp_path):
    """Make an empty territory."""
    return twin.create(tmp_path / "place.jumeau", name="Place")


def test_it_claims_networks_alone():
    assert SOURCE.claims("x/Town.INP") > 0
    assert SOURCE.claims("town.gpkg") == 0
    assert adding.usual(["a.inp"]) == "water_network"
    assert adding.usual(["a.gpkg"]) is None


def test_a_file_brings_its_network(town, place, tmp_path):
    report = place.add(town)
    assert (report.table, report.added) == ("water_network", 1)
    assert {"JUM-H083", "JUM-H084", "JUM-H086"} <= set(report.findings["code"])
    assert {name: place.count(name) for name in ("junction", "pipe", "tank", "pump", "valve")} == {
        "junction": 7, "pipe": 8, "tank": 1, "pump": 1, "valve": 2
    }  # fmt: skip
    source = place.table("source").to_pylist()[0]
    assert source["driver"] == "EPANET INP"
    assert place.table("pipe", where={"id": "p1"})["source_id"].to_pylist() == [source["id"]]
    water.write_inp(water.from_territory(place), tmp_path / "out.inp")
    assert (tmp_path / "out.inp").read_bytes() == town.read_bytes()
    again = place.add(town)
    assert (again.added, again.unchanged) == (0, 1)
    assert place.count("pipe") == 8


def test_control_points_place_it_and_leave_the_file_as_it_is(town, place, tmp_path):
    (tmp_path / "points.csv").write_text(POINTS)
    told = {"control_points": str(tmp_path / "points.csv")}
    report = place.add(town, options=told, constants={"name": "Bourg", "description": "Essai"})
    assert "JUM-H083" not in set(report.findings["code"])
    row = place.table("water_network").to_pylist()[0]
    assert (row["placement"], row["name"], row["description"]) == (
        "control points", "Bourg", "Essai"
    )  # fmt: skip
    assert row["placement_error_m"] == pytest.approx(0.0, abs=1e-6)
    assert json.loads(row["transform"])["b"] == pytest.approx(1.0)
    where = place.geo("junction", where={"id": "B"}).geometry.iloc[0]
    assert (where.x, where.y) == pytest.approx((700_000, 6_600_400), abs=1e-6)
    net = water.from_territory(place)
    assert net.placement == "control points"
    water.write_inp(net, tmp_path / "out.inp")
    assert (tmp_path / "out.inp").read_bytes() == town.read_bytes()


def test_a_newer_file_takes_the_place_of_the_older(town, place):
    place.add(town)
    newer = town.read_text().replace(" p7  B  F  600  60   90   0    Closed\n", "")
    newer = newer.replace("LINK p7 OPEN AT TIME 5\n", "").replace(
        "LINK p7 CLOSED AT CLOCKTIME 8 AM\n", ""
    )
    town.write_text(newer.replace(" A   10    5       day", " A   10    7"))
    report = place.add(town)
    assert (report.added, report.updated) == (0, 1)
    assert place.count("pipe") == 7
    junction = place.table("junction", where={"id": "A"}).to_pylist()[0]
    assert (junction["demand_m3_h"], junction["pattern"]) == (7.0, ""), "the pattern is gone"
    assert water.from_territory(place).junctions.loc["A", "pattern"] == ""


@pytest.mark.parametrize(
    ("change", "asked", "code"),
    [
        ((" p1  A  B ", " p1  A  Z "), {}, "JUM-H001"),
        (("", ""), {"options": {"control_point": "x"}}, "JUM-H149"),
        (("", ""), {"options": {"control_points": "nowhere.csv"}}, "JUM-H149"),
        (("", ""), {"options": {"control_points": [[0, 0, "east", 1]]}}, "JUM-H149"),
        (("", ""), {"options": {"control_points": [[0, 0, 1, 1]]}}, "JUM-H120"),
        (("", ""), {"constants": {"placement": "guessed"}}, "JUM-H080"),
        (("", ""), {"table": "pipe"}, "JUM-H149"),
    ],
)
def test_a_wrong_file_or_word_changes_nothing(town, place, change, asked, code):
    town.write_text(town.read_text().replace(*change))
    version = place.version
    with pytest.raises(JumeauError) as told:
        place.add(town, **asked)
    assert told.value.code == code
    assert place.version == version
