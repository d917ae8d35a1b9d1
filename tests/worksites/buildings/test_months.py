# SPDX-License-Identifier: EUPL-1.2
"""Needs of public buildings by month: they add up to the year, and follow the seasons."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.twin.scenario import Scenario
from jumeau.worksites.buildings.run import WORKSITE

X, Y = 700_000.0, 6_500_000.0
HEATING = "buildings_heating_kwh"


def test_months_of_public_buildings_add_up_to_their_year(tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t.jumeau", name="T", insee=("24322",))
    shapes = [shapely.box(X + 40 * k, Y, X + 40 * k + 20, Y + 12) for k in range(3)]
    buildings = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "geometry": shapely.to_wkb(shapes),
            "use": ["Mairie", "École", "Résidentiel"],
            "public": [True, True, False],
            "height_m": 6.0,
        }
    )
    with territory.transaction("town") as tx:
        tx.insert("building", buildings)
    WORKSITE.run(territory, Scenario("tendanciel", values={"buildings_draws": 16}))
    found = territory.table("indicator").to_pandas()
    found = found[found["indicator"] == HEATING]
    months = found[found["scope"] == "building_month"].copy()
    months[["key", "month"]] = months["entity"].str.split("/", expand=True)
    assert sorted(months["key"].unique()) == ["a", "b"]  # not the house
    year = found[found["scope"] == "building"].set_index("entity")["value"]
    for key, rows in months.groupby("key"):
        assert len(rows) == 12
        assert rows["value"].sum() == pytest.approx(year[key], rel=1e-4)
        by_month = rows.set_index("month")["value"]
        assert by_month["01"] > 5 * by_month["07"]
    assert (months["low"] <= months["value"]).all() and (months["value"] <= months["high"]).all()


def test_a_building_whose_name_says_public_is_supposed_to_be(tmp_path: Path) -> None:
    """A fact that says the contrary is left alone, and so is a house that says nothing."""
    territory = jumeau.create(tmp_path / "t.jumeau", name="T", insee=("24322",))
    shapes = [shapely.box(X + 40 * k, Y, X + 40 * k + 20, Y + 12) for k in range(4)]
    buildings = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "geometry": shapely.to_wkb(shapes),
            "name": ["Mairie", "École du Pont", "Mairie annexe", None],
            "public": [None, True, False, None],
            "floor_area_m2": 400.0,
            "height_m": 6.0,
        }
    )
    with territory.transaction("town") as tx:
        tx.insert("building", buildings)
    WORKSITE.run(territory, Scenario("tendanciel", values={"buildings_draws": 16}))
    (told,) = territory.table("estimate").to_pylist()
    assert (told["entity"], told["attribute"], told["value"]) == ("a", "public", 1.0)
