# SPDX-License-Identifier: EUPL-1.2
"""Acceptance figures of publishers on real files, and matching of four layers of one town."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
import shapely

from jumeau.twin import territory as territories
from jumeau.twin.territory import Territory

FILES = {
    "bdnb": "bdnb_perigeux8",
    "bdtopo": "bd_topo",
    "cadastre": "cadastre_perigeux8",
    "osm": "osm",
}
COUNTS = {"bdnb": 10_381, "bdtopo": 14_886, "cadastre": 15_323, "osm": 14_774}


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


@pytest.fixture(scope="module")
def town(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Territory, dict[str, Any]]:
    """Périgueux: four publishers of buildings, one after the other."""
    path = tmp_path_factory.mktemp("perigueux") / "t.jumeau"
    made = territories.create(path, name="Périgueux", insee=["24322"], crs="EPSG:2154")
    reports = {
        key: made.add(data / f"perigueux_24322/{name}.shp.zip", table="building", publisher=key)
        for key, name in FILES.items()
    }
    return made, reports


def test_every_footprint_is_received_and_listed(town: Any):
    made, reports = town
    for key, report in reports.items():
        assert report.read == COUNTS[key]
        assert report.read == report.added + report.linked
        listed = made.table("building_link", columns=["publisher_id"], where={"publisher": key})
        assert pc.count_distinct(listed["publisher_id"]).as_py() == COUNTS[key]
    assert made.count("building") == sum(report.added for report in reports.values())


def test_nearly_all_of_the_same_town_is_joined(town: Any):
    _, reports = town
    # BDNB holds the buildings of the municipality, the others a square around it.
    assert reports["bdtopo"].linked >= 10_000
    assert reports["cadastre"].linked >= 0.92 * COUNTS["cadastre"]
    assert reports["osm"].linked >= 0.98 * COUNTS["osm"]


def test_footprints_drawn_alike_are_linked_and_to_nothing_else(town: Any):
    """BDNB takes its footprints from BD TOPO: those that coincide are the truth."""
    made, _ = town
    links = made.sql(
        "SELECT l.building_id, l.publisher_id, l.overlap FROM building_link l "
        "JOIN building_link o ON o.building_id = l.building_id AND o.publisher = 'bdnb' "
        "AND o.filled LIKE 'geometry%' WHERE l.publisher = 'bdtopo'"
    ).to_pandas()
    same = set(links.loc[links["overlap"] > 0.98, "building_id"])
    assert len(same) > 9_500
    assert len(set(links["building_id"])) / COUNTS["bdnb"] > 0.99
    others = links[links["building_id"].isin(same) & (links["overlap"] < 0.5)]
    assert len(others) / len(same) < 0.005


def test_bdnb_of_perigueux(town: Any):
    made, _ = town
    rows = made.sql(
        "SELECT b.height_m, b.ground_m, ST_AsWKB(b.geometry)::BLOB AS geometry FROM building b "
        "JOIN building_link l ON l.building_id = b.id AND l.publisher = 'bdnb'"
    )
    assert rows.num_rows == COUNTS["bdnb"]
    height, ground = rows["height_m"], rows["ground_m"]
    assert height.null_count == 0 and pc.mean(height).as_py() == pytest.approx(8.15, abs=0.005)
    assert ground.null_count == 96
    assert pc.min(ground).as_py() == pytest.approx(78.0, abs=0.05)
    assert pc.max(ground).as_py() == pytest.approx(189.1, abs=0.05)


def test_buildings_in_the_flood_zone(town: Any, data: Path):
    made, _ = town
    name = "n_tri_peri_inondable_01_01for_s_024.shp.zip"
    report = made.add(data / "perigueux_24322" / name, table="hazard_zone")
    assert (report.read, report.added) == (114, 114)
    zones = shapely.from_wkb(made.table("hazard_zone")["geometry"].to_numpy(zero_copy_only=False))
    rows = made.table("building_link", where={"publisher": "bdnb"})
    shapes = shapely.from_wkb(rows["geometry"].to_numpy(zero_copy_only=False))
    hit = shapely.STRtree(shapes).query(zones, predicate="intersects")[1]
    assert len(np.unique(hit)) == 364


def test_olemps_and_the_municipalities_of_france(data: Path, tmp_path: Path):
    made = territories.create(tmp_path / "t.jumeau", name="Olemps", crs="EPSG:2154")
    folder = data / "olemps_12174_bdtopo_v3"
    report = made.add(folder / "BATIMENT.shp.zip", table="building", publisher="bdtopo")
    assert report.added == 2_273
    heights = made.table("building")["height_m"]
    assert 100 * (1 - heights.null_count / 2_273) == pytest.approx(87.5, abs=0.05)
    report = made.add(folder / "TRONCON_DE_ROUTE.shp.zip", table="street")
    assert report.added == 1_094
    length = made.sql("SELECT sum(ST_Length(geometry)) AS m FROM street")["m"][0].as_py()
    assert length / 1000 == pytest.approx(113.0, abs=0.05)
    for name, table in (
        ("SURFACE_HYDROGRAPHIQUE", "water_body"),
        ("ZONE_DE_VEGETATION", "vegetation"),
        ("RESERVOIR", "storage_tank"),
    ):
        assert made.add(folder / f"{name}.shp.zip", table=table).added > 0
    report = made.add(data / "cog/communes.json.gz", table="municipality")
    assert (report.read, report.added) == (37_590, 34_969)
    report = made.add(data / "cog/epci.json.gz", table="municipality")
    assert report.updated == report.read == 34_871
    told = made.sql(
        "SELECT count(*) AS n, sum(population) AS p, count(DISTINCT epci) AS e "
        "FROM municipality WHERE department = '50'"
    ).to_pylist()[0]
    assert (told["n"], told["p"]) == (445, 497_522)
    total = made.sql("SELECT count(DISTINCT epci) AS e, count(*) AS n FROM municipality")
    assert total.to_pylist()[0] == {"e": 1_255, "n": 34_969}


@pytest.mark.parametrize(
    ("file", "table", "key", "count"),
    [
        ("ban/ban_import_test_data.csv", "address", "ban", 50),
        ("ban/ban_with_ids_test_data.csv", "address", "ban", 4),
        ("ban/bal_import_test_data.csv", "address", "bal", 7),
        ("bdnb/batiment_construction_bdnb_7.csv", "building", "bdnb", 4),
        ("bdnb/bdnb_2023_01_bdgs.csv", "building", "bdnb", 3),
        ("bdnb/adresses_bdnb_7.csv", "address", "bdnb", 3),
        ("rnb_bdtopo/bdtopo_for_test.gpkg", "building", "bdtopo", 6),
        ("rnb_bdtopo/cadastre_extract_data.json", "parcel", "cadastre", 3),
        ("apicarto_cadastre/parcelle-025b38-POST.json", "parcel", "cadastre", 1),
        ("apicarto_cadastre/commune-9aed1e-POST.json.zip", "municipality", "cadastre", 1),
    ],
)
def test_samples_of_services_are_read(
    data: Path, read: Any, file: str, table: str, key: str, count: int
):
    got = read(data / "api_samples" / file, table)
    assert got.data("JUM-S260")["key"] == key
    assert got.table.num_rows == count == got.read - got.dropped


def test_decks_of_bridges(data: Path, read: Any):
    name = "lidarhd_1km2/NUALHD_1-0_DF_tabliers_pont.geojson.zip"
    got = read(data / name, "bridge")
    assert got.column("kind") == ["Tablier"] * 794


def test_the_columns_of_the_bdnb_are_known(data: Path):
    from jumeau.sources.profile import Known, profiles

    text = (data / "api_samples/bdnb/colonnes_batiment_groupe_complet.txt").read_text("utf-8")
    names = [line.partition("|")[0] for line in text.splitlines() if "|" in line]
    layer = next(item for item in profiles()["bdnb"].layers if "groupe" in item.title)
    assert layer.signed(names)
    known = Known(names)
    found = {item.attribute for item in layer.columns if any(map(known.find, item.names))}
    assert found >= {"id", "height_m", "ground_m", "floors", "built_year", "dwellings", "use"}
