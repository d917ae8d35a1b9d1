# SPDX-License-Identifier: EUPL-1.2
"""Breaks enter the twin, and options of renewal come out of it."""

from __future__ import annotations

import datetime
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.twin import territory
from jumeau.twin.scenario import Scenario
from jumeau.worksites.water import breaks
from jumeau.worksites.water.completing import defaults

DAY = datetime.date(2020, 1, 1)
X, Y = 223_000, 6_760_000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a territory with two streets of mains, breaks of a CSV and of RAEPA."""
    folder = tmp_path_factory.mktemp("place")
    t = territory.create(folder / "t.jumeau", name="T", insee=["56121"])
    lines = [shapely.LineString([(X + 100 * k, Y), (X + 100 * (k + 1), Y)]) for k in range(12)]
    gpd.GeoDataFrame(
        {
            "id": [f"c{k}" for k in range(12)],
            "material": ["Fonte grise"] * 6 + ["PVC"] * 6,
            "diameter_mm": 100.0,
            "installed_to": [1950] * 6 + [2000] * 6,
            "street_id": ["old"] * 6 + ["new"] * 6,
        },
        geometry=lines, crs=2154,
    ).to_file(folder / "conduites.gpkg", layer="pipe")  # fmt: skip
    t.add(folder / "conduites.gpkg", table="pipe")
    (folder / "casses.csv").write_text(
        "id_casse;id_canalisation;date_casse;cause_casse\n"
        "1;c1;12/03/2015;gel\n2;c1;01/05/2016;\n3;c2;03/04/2017;tiers\n",
        encoding="utf-8",
    )
    t.add(folder / "casses.csv", table="pipe_break")
    gpd.GeoDataFrame(
        {
            "IDREPAR": ["r1", "r2", "r3"],
            "SUPPREPARE": ["01", "01", "02"],
            "DEFREPAREE": ["02", "05", "99"],
            "IDSUPREPAR": ["c0", "", "v1"],
            "DATEREPAR": pd.to_datetime(["2014-01-03", "2018-02-02", "2018-02-03"]),
        },
        geometry=gpd.points_from_xy([X + 50, X + 350, X + 10], [Y + 2, Y + 3, Y]), crs=2154,
    ).to_file(folder / "REPARAEP_P.shp")  # fmt: skip
    t.add(folder / "REPARAEP_P.shp", table="pipe_break")
    return t


def test_breaks_of_a_csv_and_of_raepa_are_rows(place):
    rows = place.table("pipe_break").to_pandas().set_index("id")
    assert set(rows.index) == {"1", "2", "3", "r1", "r2"}
    assert rows.broken_on["1"] == datetime.date(2015, 3, 12) and rows.cause["1"] == "gel"
    assert rows.kind["r1"] == "Casse nette" and rows.pipe_id["r1"] == "c0"
    rates = breaks.break_rates(place.geo("pipe"), place.geo("pipe_break"), DAY)
    assert rates.breaks[["c0", "c1", "c2", "c3"]].tolist() == [1, 2, 1, 1]  # r2 by nearness
    assert rates.rate.idxmax() == "c1"


def test_the_street_that_breaks_is_proposed_first(place):
    found = breaks.options(place, defaults(), DAY)
    first = found.iloc[0]
    assert first.worksite == "water" and first.kind == "renew_mains" and first.year == 2021
    assets = json.loads(first.assets)
    assert assets["table"] == "pipe" and "c1" in assets["ids"]
    assert first.capex_low < first.capex_eur < first.capex_high
    assert first.opex_low < first.opex_eur_year < first.opex_high < 0
    assert not shapely.from_wkb(first.geometry).is_empty
    assert found.id.is_unique


def test_the_effect_is_physical_and_follows_the_scenario(place):
    option = breaks.options(place, defaults(), DAY).iloc[0]
    done = breaks.effect(option, Scenario("today"), 2000)
    assert {it: len(v) for it, v in done.items()} == dict.fromkeys(
        ("breaks_year", "m3_year", "saving_breaks_year", "saving_m3_year"), 2000
    )
    physics = option.physics
    spared = physics.before - physics.after
    assert done["saving_breaks_year"].mean() == pytest.approx(spared, rel=0.1)
    assert (done["saving_breaks_year"] >= 0).all() and np.ptp(done["saving_m3_year"]) > 0
    again = breaks.effect(option, Scenario("today"), 2000)
    np.testing.assert_array_equal(done["m3_year"], again["m3_year"])
    more = breaks.effect(option, Scenario("leaky", values={"water_break_lost_m3": 3000}), 2000)
    assert more["saving_m3_year"].mean() > 3 * done["saving_m3_year"].mean()


def test_without_pipes_nothing_is_proposed(tmp_path):
    t = territory.create(tmp_path / "e.jumeau", name="E", insee=["56121"])
    assert breaks.options(t, defaults(), DAY).empty
