# SPDX-License-Identifier: EUPL-1.2
"""A network into a territory and out of it: byte for byte, edited, twice, several, wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from jumeau.base.errors import JumeauError
from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water.network import COLUMNS

EAST, NORTH = 700_000.0, 6_600_000.0


@pytest.fixture
def place(tmp_path):
    """Make an empty territory."""
    return twin.create(tmp_path / "place.jumeau", name="Place")


def text(net, folder):
    """Return a network as written."""
    path = folder / "out.inp"
    water.write_inp(net, path)
    return path.read_bytes()


def codes(report):
    """Return the codes of the findings of a report."""
    return {item.code for item in report.findings}


def test_a_network_comes_back_byte_for_byte(town, place, tmp_path):
    net = water.read_inp(town)
    report = water.to_territory(net, place)
    assert report.read == {
        "junctions": 7, "reservoirs": 1, "tanks": 1, "pipes": 8, "pumps": 1, "valves": 2
    }  # fmt: skip
    back = water.from_territory(place)
    assert text(back, tmp_path) == town.read_bytes()
    for table in COLUMNS:
        assert getattr(back, table).equals(getattr(net, table)), table
    assert water.to_territory(back, place).read["pipes"] == 8
    assert place.count("pipe") == 8, "put back, it takes its own place"
    assert text(water.from_territory(place), tmp_path) == town.read_bytes()


def test_rows_bear_the_facts_in_the_units_of_their_names(town, place):
    water.to_territory(water.read_inp(town), place, name="Bourg")
    row = place.table("water_network").to_pylist()[0]
    assert (row["id"], row["name"], row["title"][:14]) == ("bourg", "Bourg", "Réseau d'essai")
    assert json.loads(row["patterns"])["day"] == [0.6, 0.8, 1.4, 1.2, 0.9, 0.7]
    assert len(json.loads(row["controls"])) == 4
    junction = place.table("junction", where={"id": "E"}).to_pylist()[0]
    assert (junction["elevation_m"], junction["demand_m3_h"]) == (7.0, 6.0)
    assert [it["category"] for it in json.loads(junction["demands"])] == ["ménages", "usine"]
    pipe = place.table("pipe", where={"id": "p3"}).to_pylist()[0]
    assert (pipe["diameter_mm"], pipe["length_m"], pipe["status"]) == (100.0, 500.0, "open")
    line = shapely.from_wkb(pipe["geometry"])
    assert len(line.coords) == 3, "with its bend"
    assert place.table("source").to_pylist()[0]["id"] == pipe["source_id"]


def test_what_nobody_located_is_placed_and_said_so(town, place):
    report = water.to_territory(water.read_inp(town), place)
    assert {"JUM-H083", "JUM-H084"} <= codes(report)
    told = next(it for it in report.findings if it.code == "JUM-H084")
    assert told.data["count"] == 6, "D, E, F, G, R and T have no coordinates"
    points = place.geo("junction").geometry
    assert points.is_valid.all()
    assert not points.is_empty.any()
    assert np.isnan(water.from_territory(place).junctions.loc["E", "x"])
    assert place.table("water_network")["placement"].to_pylist() == ["invented"]


def test_coordinates_of_the_territory_stay(town, place, tmp_path):
    text_ = town.read_text().replace(" A 0 0", f" A {EAST} {NORTH}")
    text_ = text_.replace(" B 400 0", f" B {EAST + 400} {NORTH}")
    text_ = text_.replace(" C 200 -200", f" C {EAST + 200} {NORTH - 200}")
    text_ = text_.replace(" p3 50 -120", f" p3 {EAST + 50} {NORTH - 120}")
    town.write_text(text_)
    report = water.to_territory(water.read_inp(town), place)
    assert "JUM-H083" not in codes(report)
    where = place.geo("junction", where={"id": "B"}).geometry.iloc[0]
    assert (where.x, where.y) == (EAST + 400, NORTH)
    assert place.table("water_network")["placement"].to_pylist() == ["declared"]
    assert text(water.from_territory(place), tmp_path) == town.read_bytes()


def test_degrees_are_projected_and_come_back_as_written(town, place, tmp_path):
    text_ = town.read_text().replace(" A 0 0", " A 3.01 46.5")
    text_ = text_.replace(" B 400 0", " B 3.02 46.5").replace(" C 200 -200", " C 3.015 46.49")
    town.write_text(text_.replace(" p3 50 -120", " p3 3.012 46.495"))
    water.to_territory(water.read_inp(town), place)
    where = place.geo("junction", where={"id": "A"}).geometry.iloc[0]
    assert where.x == pytest.approx(700_767, abs=2)
    assert where.y == pytest.approx(6_600_000, abs=1500)
    assert text(water.from_territory(place), tmp_path) == town.read_bytes()


def test_rows_edited_in_the_twin_come_out_in_the_network(town, place, tmp_path):
    import pandas as pd

    water.to_territory(water.read_inp(town), place)
    moved = shapely.to_wkb(shapely.Point(*_place(place, "A")))
    with place.transaction("edit") as tx:
        tx.upsert("pipe", pd.DataFrame({"id": ["p1"], "diameter_mm": [125.0]}))
        tx.upsert("junction", pd.DataFrame({"id": ["E"], "demand_m3_h": [12.0]}))
        tx.upsert("junction", pd.DataFrame({"id": ["B"], "geometry": [moved]}))
        tx.delete("pipe", {"id": "p8"})
    net = water.from_territory(place)
    assert net.pipes.loc["p1", "diameter_mm"] == 125.0
    assert "p8" not in net.pipes.index
    assert net.demands["demand_m3_h"].tolist() == [8.0, 4.0], "categories keep their shares"
    assert (net.junctions.loc["B", "x"], net.junctions.loc["B", "y"]) == (0.0, 0.0)
    changed = text(net, tmp_path).decode().splitlines()
    before = town.read_text().splitlines()
    gone = [line for line in before if line not in changed]
    assert gone == [
        " E   7     6", " p1  A  B  400  150  110  0    Open",
        " p8  D  G  50   100  110  0",
        " E  4  day  ;ménages", " E  2       ;usine", " B 400 0",
    ]  # fmt: skip
    assert water.read_inp(tmp_path / "out.inp").pipes.loc["p1", "diameter_mm"] == 125.0


def _place(place, name):
    point = place.geo("junction", where={"id": name}).geometry.iloc[0]
    return point.x, point.y


def test_several_networks_keep_their_own_identifiers(town, place, tmp_path):
    water.to_territory(water.read_inp(town), place, name="Haut")
    report = water.to_territory(water.read_inp(town), place, name="Bas")
    assert "JUM-H085" in codes(report)
    assert place.count("pipe") == 16
    assert place.table("pipe", where={"id": "bas:p1"})["from_node"].to_pylist() == ["bas:A"]
    for name in ("Haut", "bas"):
        net = water.from_territory(place, name)
        assert list(net.pipes.index)[:2] == ["p1", "p2"]
        assert text(net, tmp_path) == town.read_bytes()
    with pytest.raises(JumeauError) as told:
        water.from_territory(place)
    assert told.value.code == "JUM-H126"
    with pytest.raises(JumeauError, match="haut"):
        water.from_territory(place, "hau")


def test_another_network_of_the_same_name_takes_a_number(town, place):
    water.to_territory(water.read_inp(town), place, name="Bourg")
    other = town.with_name("other.inp")
    names = {"A": "A9", "B": "B9", "C": "C9", "R": "R9"}
    other.write_text(
        "[JUNCTIONS]\n A9 1 1\n B9 2 1\n C9 3 0\n[RESERVOIRS]\n R9 50\n[PIPES]\n q1 R9 A9 10 100 "
        "100\n q2 A9 B9 10 100 100\n q3 B9 C9 10 100 100\n[OPTIONS]\n Units CMH\n[END]\n"
    )
    net = water.read_inp(other)
    water.to_territory(net, place, name="Bourg")
    assert place.table("water_network")["id"].to_pylist() == ["bourg", "bourg-2"]
    assert set(water.from_territory(place, "bourg-2").junctions.index) == {*names.values()} - {"R9"}
    water.to_territory(net, place, name="Bourg", replace=True)
    assert set(water.from_territory(place, "bourg").junctions.index) == {*names.values()} - {"R9"}
    assert place.table("pipe", where={"network_id": "bourg"}).num_rows == 3


def test_a_newer_version_keeps_what_the_twin_knew_besides(town, place):
    import pandas as pd

    water.to_territory(water.read_inp(town), place)
    with place.transaction("edit") as tx:
        tx.upsert("pipe", pd.DataFrame({"id": ["p1"], "material": ["PVC"]}))
    net = water.from_territory(place)
    net.pipes.loc["p1", "roughness"] = 140.0
    net.pipes = net.pipes.drop(index="p7")
    net.controls = [text for text in net.controls if "p7" not in text]
    report = water.to_territory(net, place)
    row = place.table("pipe", where={"id": "p1"}).to_pylist()[0]
    assert (row["material"], row["roughness"]) == ("PVC", 140.0)
    assert place.count("pipe") == 7
    assert next(it for it in report.findings if it.code == "JUM-H086").data["gone"] == 1


def test_a_wrong_network_changes_nothing(town, place):
    water.to_territory(water.read_inp(town), place)
    version = place.version
    net = water.read_inp(town)
    net.pipes.loc["p1", "to_node"] = "nowhere"
    with pytest.raises(JumeauError) as told:
        water.to_territory(net, place)
    assert told.value.code == "JUM-H001"
    assert "nowhere" in str(told.value)
    with pytest.raises(JumeauError) as told:
        water.to_territory(water.read_inp(town), place, placement="guessed")
    assert told.value.code == "JUM-H080"
    assert place.version == version
    assert place.table("pipe", where={"id": "p1"})["to_node"].to_pylist() == ["B"]


def test_without_a_network_it_is_said(place):
    with pytest.raises(JumeauError) as told:
        water.from_territory(place)
    assert told.value.code == "JUM-H081"


def test_what_hangs_on_the_pipes_goes_along(town, place):
    import pandas as pd

    net = water.read_inp(town)
    net.assets["hydrant"] = pd.DataFrame(
        {"junction_id": ["A"], "name": ["PI 1"], "x": [10.0], "y": [5.0]}, index=["h1"]
    )
    line = "LINESTRING (10 5, 12 9)"
    net.assets["service_connection"] = pd.DataFrame(
        {"pipe_id": ["p1"], "material": ["PEHD"], "geometry": [line]}, index=["b1"]
    )
    water.to_territory(net, place)
    back = water.from_territory(place)
    hydrant = back.assets["hydrant"].loc["h1"]
    assert hydrant["junction_id"] == "A"
    assert (hydrant["x"], hydrant["y"]) == pytest.approx((10.0, 5.0), abs=1e-6)
    found = shapely.from_wkt(back.assets["service_connection"].loc["b1", "geometry"])
    assert found.equals_exact(shapely.from_wkt(line), 1e-6)


def test_l_town_comes_back_byte_for_byte_and_computes_the_same(shared, place, tmp_path):
    path = shared / "validation/water/battledim/L-TOWN.inp"
    net = water.read_inp(path)
    water.to_territory(net, place, name="L-TOWN")
    back = water.from_territory(place)
    assert text(back, tmp_path) == path.read_bytes()
    mine, theirs = (water.solve(it, 3600, 3600, engine="epanet") for it in (back, net))
    assert mine.nodes == theirs.nodes
    assert np.array_equal(mine.pressure, theirs.pressure)
