# SPDX-License-Identifier: EUPL-1.2
"""Real buildings of Périgueux and Montpellier: computed with intervals of the right size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import jumeau
from jumeau.twin.scenario import Scenario
from jumeau.twin.territory import Territory
from jumeau.worksites.buildings.run import WORKSITE

FEW = {"buildings_draws": 16}


def _thinned(territory: Territory, step: int) -> int:
    """Keep one building in ``step``, so that the test stays short; return how many remain."""
    ids = sorted(territory.table("building", columns=["id"]).column("id").to_pylist())
    gone = [item for rank, item in enumerate(ids) if rank % step]
    with territory.transaction("thin") as tx:
        tx.delete("building", {"id": gone})
    return territory.count("building")


def _intensity(territory: Territory, scope: str) -> dict[str, Any]:
    where = {"indicator": "buildings_final_kwh_m2", "scope": scope}
    rows = territory.table("indicator", where=where).to_pylist()
    return {row["entity"]: row for row in rows}


def test_bdnb_of_perigueux(shared: Path, tmp_path: Path) -> None:
    place = jumeau.create(tmp_path / "p", name="Périgueux", insee=["24322"])
    file = shared / "data" / "perigueux_24322" / "bdnb_perigeux8.shp.zip"
    assert place.add(file, "building", publisher="bdnb").added == 10_381
    kept = _thinned(place, 12)
    WORKSITE.run(place, Scenario("tendanciel", values=FEW))
    whole = _intensity(place, "territory")[""]
    assert 120 < whole["value"] < 210
    assert 0.06 < (whole["high"] - whole["low"]) / whole["value"] < 0.5
    assert whole["estimated_share"] == pytest.approx(0.92)  # heights are facts: half of the size
    by_use = _intensity(place, "use")
    assert 120 < by_use["house"]["value"] < 220 and 110 < by_use["flats"]["value"] < 200
    count = place.table(
        "indicator", where={"indicator": "buildings_final_kwh", "scope": "building"}
    ).num_rows
    assert kept - 60 <= count <= kept


def test_public_buildings_of_montpellier(shared: Path, tmp_path: Path) -> None:
    place = jumeau.create(tmp_path / "m", name="Montpellier", insee=["34172"])
    folder = shared / "data" / "montpellier_34172"
    file = folder / "Batiments" / "VilleMTP_MTP_Batiments.geojson.zip"
    added = place.add(file, "building", {"OBJECTID": "id", "PATRLIB": "name"})
    assert added.added == 3_356
    places = folder / "EtabliPublic" / "VilleMTP_MTP_EtabliPublic.geojson.zip"
    place.add(places, "place", {"LIBEL": "name", "DELTA_SSCA": "kind"})
    _thinned(place, 4)
    WORKSITE.run(place, Scenario("tendanciel", values=FEW))
    owners = _intensity(place, "public")
    assert {"yes", "no", "unknown"} == set(owners)
    rows = place.table(
        "indicator", where={"indicator": "buildings_count", "scope": "public"}
    ).to_pylist()
    count = {row["entity"]: row["value"] for row in rows}
    assert count["yes"] > 0.4 * sum(count.values())
    by_use = _intensity(place, "use")
    assert by_use["health"]["value"] > 1.5 * by_use["school"]["value"]
    assert 60 < by_use["school"]["value"] < 150
    assert 70 < owners["yes"]["value"] < 220
    assert owners["yes"]["estimated_share"] == pytest.approx(0.8, abs=0.03)
