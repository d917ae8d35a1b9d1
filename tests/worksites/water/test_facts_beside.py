# SPDX-License-Identifier: EUPL-1.2
"""Materials, years, districts and things on pipes through the twin; roughness that is supposed."""

from __future__ import annotations

import math

import geopandas
import numpy as np
import pytest
import shapely

from jumeau.twin import territory as twin
from jumeau.twin.scenario import Scenario
from jumeau.worksites import water
from jumeau.worksites.water.exchange.hanging import asset_table
from jumeau.worksites.water.run import WORKSITE

X, Y = 652_000.0, 6_862_000.0


@pytest.fixture
def place(tmp_path):
    """Make an empty territory."""
    return twin.create(tmp_path / "place.jumeau", name="Place", crs="EPSG:2154")


def plan():
    """Return a plan of three pipes with things on them."""
    ends = [((0, 0), (100, 0)), ((100, 0), (200, 0)), ((100, 0), (100, 80))]
    shapes = [shapely.LineString([(X + x, Y + y) for x, y in it]) for it in ends]
    table = geopandas.GeoDataFrame(
        {
            "id": ["c1", "c2", "c3"],
            "materiau": ["Fonte Grise", "Pvc", None],
            "annee_pose": [1950, 1990, None],
            "diametre": [150.0, 100.0, 60.0],
        },
        geometry=shapes,
        crs="EPSG:2154",
    )
    net = water.read_gis(table)
    net.pipes["dma_id"] = ["nord", "", "sud"]
    net.assets = {
        "isolation_valve": asset_table(
            "isolation_valve", {"V": {"pipe_id": "c1", "diameter_mm": 150.0, "x": X + 50, "y": Y}}
        ),
        "hydrant": asset_table(
            "hydrant", {"PI": {"junction_id": net.pipes.to_node["c2"], "x": X + 200, "y": Y}}
        ),
        "meter": asset_table(
            "meter", {"M": {"kind": "district", "pipe_id": "c1", "x": X + 10, "y": Y}}
        ),
        "service_connection": asset_table(
            "service_connection",
            {"B": {"pipe_id": "c2", "material": "Pehd", "diameter_mm": 25.0,
                   "geometry": f"LINESTRING ({X + 150} {Y}, {X + 150} {Y + 8})"}},
        ),
    }  # fmt: skip
    return net


def test_a_plan_goes_through_the_twin_to_stareau_with_all_it_knows(place, tmp_path):
    net = plan()
    water.to_territory(net, place, name="Plan")
    back = water.from_territory(place)
    assert back.pipes["material"].tolist() == ["Fonte Grise", "Pvc", ""]
    assert back.pipes["installed_from"].tolist()[:2] == [1950.0, 1990.0]
    assert math.isnan(back.pipes["installed_from"]["c3"])
    assert back.pipes["dma_id"].tolist() == ["nord", "", "sud"]
    assert set(back.assets) == set(net.assets)
    water.write_stareau(back, tmp_path / "plan.gpkg")
    again = water.read_stareau(tmp_path / "plan.gpkg")
    for column in ("material", "installed_from", "dma_id"):
        assert again.pipes[column].equals(back.pipes[column]), column
    for table, rows in back.assets.items():
        assert list(again.assets[table].index) == list(rows.index), table
    assert again.assets["service_connection"].loc["B", "material"] == "Pehd"
    assert again.assets["isolation_valve"].loc["V", "pipe_id"] == "c1"


def test_a_network_without_these_gets_no_columns(town, place):
    water.to_territory(water.read_inp(town), place)
    assert not {"material", "dma_id", "roughness_low"} & set(water.from_territory(place).pipes)


def test_the_district_of_a_pipe_is_not_that_of_a_junction_of_its_name(town, place):
    from jumeau.worksites.water import twin_reading

    net = water.read_inp(town)
    net.pipes = net.pipes.rename(index={"p1": "A"})
    net.pipes["dma_id"] = ["west", *[""] * 7]
    net.document = net.origin = None
    water.to_territory(net, place)
    found = twin_reading.read(place, twin_reading.choose(place, None))
    assert found.pipe_districts == {"A": "west"} and found.districts == {}


@pytest.fixture
def guessed(town):
    """Return a town half of whose roughness is supposed, as a standard's reader says it."""
    net = water.read_inp(town)
    low = net.pipes["roughness"].to_numpy() * 0.8
    low[4:] = np.nan
    net.pipes["roughness_low"] = low
    net.pipes["roughness_high"] = low / 0.8 * 1.1
    return net


def test_a_supposed_roughness_is_an_estimate_in_the_twin_and_no_fact(guessed, place, tmp_path):
    water.to_territory(guessed, place)
    facts = {row["id"]: row["roughness"] for row in place.table("pipe").to_pylist()}
    assert [facts[it] is None for it in guessed.pipes.index] == [True] * 4 + [False] * 4
    rows = place.table("estimate").to_pylist()
    assert {row["entity"] for row in rows} == set(guessed.pipes.index[:4])
    p1 = next(row for row in rows if row["entity"] == "p1")
    assert (p1["value"], p1["low"], p1["run_id"]) == (110.0, pytest.approx(88.0), None)
    back = water.from_territory(place)
    assert back.pipes["roughness"].equals(guessed.pipes["roughness"])
    assert np.allclose(back.pipes["roughness_low"], guessed.pipes["roughness_low"], equal_nan=True)
    water.write_inp(back, tmp_path / "back.inp")
    assert (tmp_path / "back.inp").read_bytes() == (tmp_path / "town.inp").read_bytes()


def test_put_back_it_stays_an_estimate_until_a_fact_comes(guessed, place):
    water.to_territory(guessed, place)
    water.to_territory(water.from_territory(place), place)
    assert place.count("estimate") == 4
    with place.transaction("measured") as tx:
        rows = place.table("pipe", where={"id": "p2"}).to_pandas().assign(roughness=95.0)
        tx.upsert("pipe", rows[["id", "geometry", "roughness"]])
    back = water.from_territory(place)
    assert back.pipes.loc["p2", "roughness"] == 95.0
    assert math.isnan(back.pipes.loc["p2", "roughness_low"])
    sure = back.pipes.assign(roughness_low=np.nan, roughness_high=np.nan)
    back.pipes = sure
    water.to_territory(back, place)
    assert place.count("estimate") == 0, "known now"


def test_a_run_takes_the_estimate_up_and_does_not_write_it_twice(guessed, place):
    water.to_territory(guessed, place)
    run = WORKSITE.run(place, Scenario("tendanciel", values={"water_draws": 8}))
    rows = place.table("estimate", where={"table": "pipe", "attribute": "roughness"}).to_pylist()
    assert len(rows) == 4 and {row["run_id"] for row in rows} == {None}
    length = guessed.pipes["length_m"]
    share = float(length.iloc[:4].sum() / length.sum())
    assert run.card["networks"][0]["supposed"]["roughness"] == pytest.approx(share, abs=1e-3)
    told = [row["data"] for row in place.table("finding").to_pylist() if row["code"] == "JUM-H089"]
    assert not any("Roughness" in str(it) for it in told), "told when the network came in"
