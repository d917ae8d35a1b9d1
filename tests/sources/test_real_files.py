# SPDX-License-Identifier: EUPL-1.2
"""Real files: each trap met, each acceptance number."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

pytestmark = pytest.mark.shared


@pytest.fixture
def data(shared: Path) -> Path:
    return shared / "data"


@pytest.fixture
def montpellier(data: Path) -> Path:
    return data / "montpellier_34172"


def test_montpellier_light_points(read: Any, montpellier: Path):
    got = read(montpellier / "EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip", "luminaire")
    assert (got.read, got.announced, got.table.num_rows, got.dropped) == (25_956, 25_956, 25_956, 0)
    assert got.mapping == {"type_lante": "support"}
    assert got.source["crs"] == "EPSG:2154"
    kinds = Counter(got.column("support"))
    assert (kinds["LANTERNE"], kinds[None]) == (19_916, 27)
    assert "Lanterne" not in kinds
    assert got.data("JUM-S122")["count"] == 1
    assert got.data("JUM-S126") == {"count": 285, "places": 75}
    assert len(set(got.column("id"))) == 25_956
    x, y = shapely.get_coordinates(got.shapes).T
    for window, count in (
        ((767_400, 768_000, 6_280_225, 6_280_825), 168),
        ((770_500, 770_650, 6_277_500, 6_277_600), 24),
    ):
        west, east, south, north = window
        assert np.sum((x >= west) & (x <= east) & (y >= south) & (y <= north)) == count


def test_montpellier_streets_and_their_distance_to_lamps(read: Any, montpellier: Path):
    streets = read(montpellier / "FilaireVoies/VilleMTP_MTP_FilaireVoies.shp.zip", "street")
    assert streets.read == 8_011
    assert shapely.length(streets.shapes).sum() / 1000 == pytest.approx(749.3, abs=0.05)
    assert streets.source["encoding"] == "Windows-1252"
    assert "Place de la Célette" in streets.column("name")
    lamps = read(montpellier / "EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip", "luminaire")
    tree = shapely.STRtree(streets.shapes)
    _, distance = tree.query_nearest(lamps.shapes, return_distance=True, all_matches=False)
    assert np.median(distance) == pytest.approx(4.1, abs=0.05)
    assert np.quantile(distance, 0.9) == pytest.approx(14.7, abs=0.05)
    assert np.quantile(distance, 0.99) == pytest.approx(47.7, abs=0.05)


def test_montpellier_lamps_by_district(read: Any, montpellier: Path):
    districts = read(montpellier / "Quartiers/VilleMTP_MTP_Quartiers.geojson.zip", "district")
    lamps = read(montpellier / "EclairagePublic/VilleMTP_MTP_EclairagePublic.shp.zip", "luminaire")
    _, owner = shapely.STRtree(districts.shapes).query(lamps.shapes, predicate="intersects")
    names = districts.column("name")
    count = Counter(names[number] for number in owner)
    assert count["MONTPELLIER CENTRE"] == 9_790
    assert count["HOPITAUX-FACULTES"] == 3_796
    assert count["CROIX D'ARGENT"] == 3_583
    assert count["LES CEVENNES"] == 3_485
    assert count["MOSSON"] == 3_241
    assert count["PRES D'ARENE"] == 1_905
    assert 25_956 - sum(count.values()) == 156


def test_montpellier_addresses_trees_and_places(read: Any, montpellier: Path):
    got = read(montpellier / "PointAdresse/VilleMTP_MTP_PointAdresse.shp.zip", "address")
    assert got.read == got.table.num_rows == 36_395
    assert got.mapping["NUM_VOI"] == "number"
    got = read(montpellier / "ArbresAlign/VilleMTP_MTP_ArbresAlign.shp.zip", "tree")
    assert got.read == got.table.num_rows == 23_972
    assert got.mapping["BOTANIQUE"] == "species"
    heights = [item for item in got.column("height_m") if item is not None]
    assert min(heights) > 0 and max(heights) <= 70 and len(heights) < 800
    got = read(montpellier / "EtabliPublic/VilleMTP_MTP_EtabliPublic.geojson.zip", "place")
    assert got.table.num_rows == 1_024
    assert "Réserves Provisoires du Musée Fabre" in got.column("name")
    got = read(montpellier / "CoursEau/VilleMTP_MTP_CoursEau.geojson.zip", "place")
    assert got.table.num_rows == 841
    got = read(montpellier / "LimitesCommune/VilleMTP_MTP_LimiteCommune.geojson.zip", "place")
    assert got.shapes[0].area / 1e6 == pytest.approx(48.2, abs=0.05)


def test_montpellier_counts_with_a_dbase_header(read: Any, montpellier: Path):
    got = read(montpellier / "Comptage/VilleMTP_MTP_Comptage.csv.zip", "traffic_count")
    assert (got.read, got.dropped) == (3_314, 0)
    assert "NOM" in got.source["columns"]
    assert got.column("starts_on")[0] == dt.date(2011, 1, 8)
    assert got.column("vehicles_day")[:2] == [47, 456]
    assert got.column("method")[0] == "Magnétique"
    assert got.data("JUM-S121")["count"] == 321
    assert set(got.column("year")) <= set(range(1996, 2014))


@pytest.mark.parametrize(
    ("year", "rows", "electricity"),
    [(2012, 1_338, 1_997_000), (2013, 1_511, 2_062_000), (2014, 1_448, None)],
)
def test_montpellier_budgets(
    read: Any, montpellier: Path, year: int, rows: int, electricity: float | None
):
    got = read(montpellier / f"BudgetPri/VilleMTP_MTP_BudgetPri_{year}.csv.zip", "budget")
    assert (got.read, got.table.num_rows) == (rows, rows)
    assert set(got.column("year")) == {year}
    assert set(got.column("section")) == {"F", "I"}
    assert ("direction" in got.mapping.values()) == (year > 2012)
    assert None not in got.column("amount_eur")
    assert got.source["encoding"] == "Windows-1252"
    lines = zip(got.column("nature"), got.column("function"), got.column("amount_eur"), strict=True)
    lighting = [
        amount for nature, function, amount in lines if (nature, function) == ("60612", "814")
    ]
    assert lighting and (electricity is None or lighting == [electricity])
    assert len(set(got.column("id"))) == rows


def test_perigueux_bdnb(read: Any, data: Path):
    got = read(data / "perigueux_24322/bdnb_perigeux8.shp.zip", "building")
    assert got.read == got.table.num_rows == 10_381
    assert got.mapping["batiment_c"] == "id"
    heights = got.column("height_m")
    assert None not in heights
    assert np.mean(heights) == pytest.approx(8.15, abs=0.005)
    ground = [item for item in got.column("ground_m") if item is not None]
    assert 10_381 - len(ground) == 96
    assert (min(ground), max(ground)) == (78.0, 189.1)
    xmin, ymin, xmax, ymax = shapely.total_bounds(got.shapes) / 1000
    assert (round(xmin, 1), round(ymin, 1)) == (517.5, 6455.4)
    assert (round(xmax, 1), round(ymax, 1)) == (523.0, 6459.6)


def test_perigueux_flooded_buildings(read: Any, data: Path):
    folder = data / "perigueux_24322"
    zones = read(folder / "n_tri_peri_inondable_01_01for_s_024.shp.zip", "hazard_zone")
    assert zones.table.num_rows == 114
    assert set(zones.column("scenario")) == {"01For"}
    buildings = read(folder / "bdnb_perigeux8.shp.zip", "building")
    commune = read(folder / "perigeux.shp.zip", "place").shapes[0]
    touched, _ = shapely.STRtree(zones.shapes).query(buildings.shapes, predicate="intersects")
    assert len(set(touched.tolist())) == 364
    touching = shapely.intersects(zones.shapes, commune)
    assert touching.sum() == 23
    flooded = shapely.union_all(zones.shapes[touching]).intersection(commune)
    assert flooded.area / 1e4 == pytest.approx(62.4, abs=0.05)


def test_perigueux_layers_without_dbf(read: Any, data: Path):
    got = read(data / "perigueux_24322/bd_topo.shp.zip", "building")
    assert got.table.num_rows == 14_886
    assert got.data("JUM-S112") == {"vertices": 742, "count": 127}
    assert "JUM-S104" in got.codes
    got = read(data / "perigueux_24322/cadastre_perigeux8.shp.zip", "building")
    assert got.table.num_rows == 15_323
    assert got.source["crs"] == "EPSG:4326"


def test_perigueux_osm(read: Any, data: Path):
    got = read(data / "perigueux_24322/osm.shp.zip", "building")
    assert got.read == 14_774
    assert got.mapping["osm_id"] == "id"


def test_olemps_bd_topo(read: Any, data: Path):
    got = read(data / "olemps_12174_bdtopo_v3/BATIMENT.shp.zip", "building")
    assert got.table.num_rows == 2_273
    assert got.source["encoding"] == "UTF-8"
    assert "Indifférencié" in got.column("use")
    assert "NOM" not in got.mapping
    heights = got.column("height_m")
    assert heights.count(None) == 269 + 15
    assert 100 * (1 - heights.count(None) / 2_273) == pytest.approx(87.5, abs=0.05)
    assert got.data("JUM-S121")["count"] == 15
    got = read(data / "olemps_12174_bdtopo_v3/TRONCON_DE_ROUTE.shp.zip", "street")
    assert got.table.num_rows == 1_094
    assert shapely.length(got.shapes).sum() / 1000 == pytest.approx(113.0, abs=0.05)
    assert got.data("JUM-S112")["vertices"] == 306
    got = read(data / "olemps_12174_bdtopo_v3/AERODROME.shp.zip", "place")
    assert (got.read, got.table.num_rows) == (0, 0)


def test_lorient_and_nantes(read: Any, data: Path):
    assert read(data / "lorient_56121/buildings.shp.zip", "building").table.num_rows == 1_701
    roads = read(data / "lorient_56121/ROADS2.shp.zip", "street")
    assert shapely.length(roads.shapes).sum() / 1000 == pytest.approx(62.4, abs=0.05)
    got = read(data / "nantes_batiments/Buildings.geojson.zip", "building")
    assert (got.table.num_rows, got.column("height_m").count(None)) == (1_543, 35)


def test_addresses_of_ban_and_bal(read: Any, data: Path):
    got = read(data / "api_samples/ban/ban_import_test_data.csv", "address")
    assert got.mapping["rep"] == "suffix"
    assert got.column("street_name")[0] == "Impasse de la Treille àéêù"
    assert got.column("insee_code")[0] == "04001"
    got = read(data / "api_samples/ban/bal_import_test_data.csv", "address")
    assert got.mapping["voie_nom"] == "street_name"
    assert got.source["crs"] == "EPSG:2154"


def test_buildings_as_wkt_and_as_geopackage(read: Any, data: Path):
    got = read(data / "api_samples/bdnb/batiment_construction_bdnb_7.csv", "building")
    assert got.column("height_m")[:2] == [3.6, 2.3]
    got = read(data / "api_samples/bdnb/bdnb_2023_01_bdgs.csv", "building")
    assert got.source["crs"] == "EPSG:4326"
    got = read(data / "api_samples/rnb_bdtopo/bdtopo_for_test.gpkg", "building")
    assert got.mapping["identifiants_rnb"] == "rnb_id"


def test_mobile_sites_compressed(read: Any, data: Path):
    (file,) = (data / "api_samples/arcep_mobile").glob("*.csv.gz")
    got = read(file, "place")
    assert (got.read, got.dropped) == (77_148, 1)


def test_relief_at_four_metres(read: Any, montpellier: Path):
    import rasterio

    path = montpellier / "mnt4m_600x600m/MNT_OUT_REFERENCE.tif"
    got = read(path, "dtm")
    (window,) = got.windows
    assert window.bounds == (767_399.5, 6_280_224.5, 767_999.5, 6_280_824.5)
    with rasterio.open(path) as source:
        sample = np.array([value[0] for value in source.sample([(767_602.0, 6_280_622.9)])])
    # Pixel centres are at y = 6280824.9 − 4k − 2: the cell 6280623 is 0.1 m north of one.
    row, column = round(6_280_824.5 - 0.5 - 6_280_623), round(767_602 - 0.5 - 767_399.5)
    assert window.values[row, column] == pytest.approx(sample[0], abs=0.05)
    assert float(np.nanmin(window.values)) > 54 and float(np.nanmax(window.values)) < 81.5


def test_positive_no_data(read: Any, data: Path):
    for name in ("0299", "0300"):
        got = read(data / f"lidarhd_1km2/test_mns_hydro_2023_{name}_6802_LA93_IGN69_5m.tif", "dsm")
        values = np.concatenate([item.values.ravel() for item in got.windows])
        assert np.nanmax(values) < 400
        assert "JUM-S142" not in got.codes
