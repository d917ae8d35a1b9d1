# SPDX-License-Identifier: EUPL-1.2
"""From a service to the twin, on synthetic answers; the cache is never poisoned."""

from __future__ import annotations

import gzip
import io
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from jumeau import sources
from jumeau.base.errors import JumeauError
from jumeau.sources.connectors.cache import Cache
from jumeau.twin.territory import Territory

from .conftest import Reply, Service

X, Y = 400_000, 6_900_000
OWS = "/wfs/ows"


def reply(document: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(document).encode(), status, {"Content-Type": "application/json"})


def building(number: int, x: float | None = None) -> dict[str, Any]:
    """A building as BD TOPO gives it, 10 m wide."""
    west, south = X + 20 * (number % 40) if x is None else x, Y + 20 * (number // 40)
    ring = [[west, south], [west + 10, south], [west + 10, south + 10], [west, south + 10]]
    return {
        "type": "Feature",
        "id": f"batiment.{number}",
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": {
            "cleabs": f"BATIMENT{number:016d}", "nature": "Indifférenciée",
            "usage_1": "Résidentiel", "usage_2": None, "construction_legere": False,
            "etat_de_l_objet": "En service", "hauteur": 6.5, "nombre_d_etages": 2,
            "date_modification": "2026-03-01T00:00:00Z", "altitude_minimale_sol": 51.0,
        },
    }  # fmt: skip


def wfs(rows: list[dict[str, Any]], matched: int | None = None) -> Any:
    total = len(rows) if matched is None else matched

    def route(query: dict[str, str], headers: Any) -> Reply:
        if query.get("RESULTTYPE") == "hits":
            return Reply(
                f'<F numberMatched="{total}"/>'.encode(), headers={"Content-Type": "text/xml"}
            )
        start, count = int(query["STARTINDEX"]), int(query["COUNT"])
        some = rows[start : start + count]
        return reply({"type": "FeatureCollection", "features": some, "numberMatched": total})

    return route


@pytest.fixture
def ign(service: Service, monkeypatch: pytest.MonkeyPatch, home: Path) -> Service:
    monkeypatch.setenv("JUMEAU_SOURCE_IGN", service.url)
    return service


def refused(name: str, territory: Territory | None, code: str, **options: Any) -> JumeauError:
    with pytest.raises(JumeauError) as caught:
        sources.fetch(name, territory, **options)
    assert caught.value.code == code
    return caught.value


# -- one dataset, end to end -----------------------------------------------------------------------
def test_buildings_enter_and_are_not_asked_twice_the_same_day(
    ign: Service, town: Territory, home: Path
) -> None:
    rows = [building(number) for number in range(1200)] + [building(1200, X + 5000)]
    ign.on(OWS, wfs(rows))
    found = sources.fetch("ign.bdtopo.building", town)
    assert (found.announced, found.received, found.pages) == (1201, 1201, 3)
    assert found.rejected == {"outside": 1}
    assert found.add is not None
    assert (found.add.read, found.add.added, found.add.dropped) == (1200, 1200, 0)
    assert town.count("building") == 1200
    row = town.table("building", where={"id": f"BATIMENT{7:016d}"}).to_pylist()[0]
    assert (row["height_m"], row["floors"]) == (6.5, 2)
    source = town.table("source").to_pylist()[0]
    assert (source["publisher"], source["licence"]) == ("IGN", "Licence Ouverte 2.0")
    assert (source["vintage"], source["uri"]) == ("2026-03-01", ign.url + OWS)

    asked = len(ign.asked)
    again = sources.fetch("ign.bdtopo.building", town)
    assert again.from_cache
    assert len(ign.asked) == asked
    assert again.add is not None and again.add.added == 0
    offline = sources.fetch("ign.bdtopo.building", town, offline=True)
    assert offline.from_cache and offline.received == 1201

    (entry,) = Cache(home).entries()
    assert entry.whole()
    told = entry.sidecar
    assert (told["announced"], told["received"], told["rejected"]) == (1201, 1201, {"outside": 1})
    assert (told["licence"], told["producer"], told["crs"]) == (
        "Licence Ouverte 2.0",
        "IGN",
        "EPSG:2154",
    )
    geo = json.loads(pq.read_metadata(entry.files[0]).metadata[b"geo"])
    assert geo["version"] == "1.1.0"


def bad_services() -> list[tuple[str, Any, str]]:
    html = Reply(b"<!DOCTYPE html><h1>Maintenance", headers={"Content-Type": "text/html"})
    rows = [building(number) for number in range(3)]

    def truncated(query: dict[str, str], headers: Any) -> Reply:
        whole = wfs(rows)(query, headers)
        if query.get("RESULTTYPE") == "hits":
            return whole
        return Reply(whole.body[:-40], headers=whole.headers)

    def short(query: dict[str, str], headers: Any) -> Reply:
        whole = wfs(rows)(query, headers)
        return Reply(whole.body, headers=whole.headers, length=len(whole.body) + 100)

    return [
        ("html with 200", html, "JUM-S302"),
        ("404", Reply(b"", 404), "JUM-S302"),
        ("403", Reply(b"WAF", 403), "JUM-S306"),
        ("500", Reply(b"", 500), "JUM-S308"),
        ("502", Reply(b"", 502), "JUM-S308"),
        ("429", Reply(b"", 429, {"Retry-After": "900"}), "JUM-S305"),
        ("counts differ", wfs(rows, matched=5), "JUM-S312"),
        ("filter ignored", wfs(rows, matched=40_000_000), "JUM-S314"),
        ("json cut", truncated, "JUM-S303"),
        ("wrong content length", short, "JUM-S309"),
        ("error as data", reply({"error": "quota"}), "JUM-S311"),
    ]


@pytest.mark.parametrize(
    ("route", "code"),
    [pytest.param(route, code, id=name) for name, route, code in bad_services()],
)
def test_nothing_of_a_bad_answer_enters_the_cache_or_the_twin(
    ign: Service, town: Territory, home: Path, route: Any, code: str
) -> None:
    ign.on(OWS, route)
    version = town.version
    refused("ign.bdtopo.building", town, code)
    assert Cache(home).entries() == []
    assert [path for path in home.glob("*") if path.name != ".partial"] == []
    assert town.version == version
    ign.on(OWS, wfs([building(1)]))  # and once it is well, all of it comes
    found = sources.fetch("ign.bdtopo.building", town)
    assert (found.received, found.from_cache) == (1, False)


def test_a_service_down_leaves_the_copy_of_yesterday(
    ign: Service, town: Territory, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ign.on(OWS, wfs([building(1)]))
    sources.fetch("ign.bdtopo.building", town)
    (entry,) = Cache(home).entries()
    told = entry.sidecar | {"date": "2026-01-05T00:00:00+00:00"}
    (entry.folder / "sidecar.json").write_text(json.dumps(told))
    ign.on(OWS, Reply(status=500))
    found = sources.fetch("ign.bdtopo.building", town)
    assert found.from_cache
    assert "JUM-S331" in {item.code for item in found.findings}


def test_a_copy_that_was_altered_is_told_and_not_used(
    ign: Service, town: Territory, home: Path
) -> None:
    ign.on(OWS, wfs([building(1)]))
    sources.fetch("ign.bdtopo.building", town, add=False)
    (entry,) = Cache(home).entries()
    entry.files[0].write_bytes(b"PAR1")
    refused("ign.bdtopo.building", town, "JUM-S318", offline=True)


def test_offline_asks_nobody(ign: Service, town: Territory) -> None:
    exc = refused("ign.bdtopo.building", town, "JUM-S318", offline=True)
    assert "cartes.gouv.fr" in exc.remedy
    assert ign.asked == []


def test_several_communes_take_the_archive_of_the_departement(
    ign: Service, town: Territory, tmp_path: Path
) -> None:
    import geopandas as gpd
    import shapely
    from py7zr import SevenZipFile

    shapes = [shapely.box(X + 20 * n, Y, X + 20 * n + 10, Y + 10) for n in range(30)]
    frame = gpd.GeoDataFrame(
        {"cleabs": [f"B{n}" for n in range(30)], "hauteur": [6.0] * 30,
         "nature": ["Indifférenciée"] * 30, "usage_1": ["Résidentiel"] * 30},
        geometry=shapes, crs="EPSG:2154",
    )  # fmt: skip
    gpkg = tmp_path / "BDT_3-5_GPKG_LAMB93_D050.gpkg"
    frame.to_file(gpkg, layer="batiment")
    frame.head(2).to_file(gpkg, layer="reservoir")
    archive = io.BytesIO()
    with SevenZipFile(archive, "w") as made:
        made.write(gpkg, gpkg.name)
    whole = archive.getvalue()
    volumes = {"BDT.7z.001": whole[:4000], "BDT.7z.002": whole[4000:]}
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://g" g:totalentries="2">'

    def editions(query: dict[str, str], headers: Any) -> Reply:
        assert (query["zone"], query["format"]) == ("D050", "GPKG")
        entries = "".join(
            f'<entry><id>{name}</id><link href="https://data.geopf.fr/telechargement/resource/'
            f'BDTOPO/{name}"/><g:editionDate>{date}</g:editionDate></entry>'
            for name, date in (("new", "2026-07-15"), ("old", "2026-04-15"))
        )
        return Reply(
            f"{head}{entries}</feed>".encode(), headers={"Content-Type": "application/atom+xml"}
        )

    def files(query: dict[str, str], headers: Any) -> Reply:
        entries = "".join(
            f'<entry><id>{name}</id><link href="https://data.geopf.fr/telechargement/download/'
            f'BDTOPO/new/{name}" length="{len(content)}"/></entry>'
            for name, content in volumes.items()
        )
        return Reply(
            f"{head}{entries}</feed>".encode(), headers={"Content-Type": "application/atom+xml"}
        )

    ign.on("/telechargement/resource/BDTOPO", editions)
    ign.on("/telechargement/resource/BDTOPO/new", files)
    for name, content in volumes.items():
        ign.on(f"/telechargement/download/BDTOPO/new/{name}", Reply(content))
    many = [f"50{number:03d}" for number in range(1, 7)]
    bounds = (float(X), float(Y), X + 1000.0, Y + 1000.0)
    found = sources.fetch("ign.bdtopo.building", town, code=many, bounds=bounds)
    assert found.received == 30
    assert town.count("building") == 30
    again = sources.fetch("ign.bdtopo.tank", town, code=many, bounds=bounds, add=False)
    assert again.received == 2
    assert ign.count("/telechargement/download/BDTOPO/new/BDT.7z.001") == 1


def test_a_way_that_fails_gives_place_to_the_next(
    service: Service, home: Path, town: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUMEAU_SOURCE_CADASTRE", service.url)
    ring = [[-1.8, 49.0], [-1.79, 49.0], [-1.79, 49.01], [-1.8, 49.0]]
    parcel = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "idu": "50129000AB0001", "section": "AB", "numero": "0001", "contenance": 500,
            "code_insee": "50129",
        },
    }  # fmt: skip
    page = {"type": "FeatureCollection", "features": [parcel], "totalFeatures": 1}
    service.on("/api/cadastre/parcelle", reply(page))
    found = sources.fetch("cadastre.parcel", town)
    assert found.received == 1
    assert "JUM-S333" in {item.code for item in found.findings}
    (row,) = town.table("parcel").to_pylist()
    assert (row["id"], row["area_m2"]) == ("50129000AB0001", 500.0)


def test_addresses_of_the_departement_are_restricted_to_the_commune(
    service: Service, home: Path, town: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUMEAU_SOURCE_BAN", service.url)
    head = "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat\n"
    lines = [
        f"50129_{n:04d}_1;;{n};;Rue Haute;50100;{insee};Bourg;{X + n};{Y + n};;"
        for n, insee in ((1, "50129"), (2, "50129"), (3, "50130"))
    ]
    service.on(
        "/data/ban/adresses/latest/csv/adresses-50.csv.gz",
        Reply(gzip.compress((head + "\n".join(lines) + "\n").encode())),
    )
    found = sources.fetch("ban.address", town)
    assert (found.received, found.rejected) == (3, {"outside": 1})
    assert town.count("address") == 2


# -- observations ----------------------------------------------------------------------------------
@pytest.fixture
def water(service: Service, home: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    for name in ("HUBEAU", "VIGICRUES", "VIGIEAU", "METEOFRANCE"):
        monkeypatch.setenv(f"JUMEAU_SOURCE_{name}", service.url)
    station = {"code_station": "I3101010", "libelle_station": "La Divette à Bourg",
               "longitude_station": -1.8, "latitude_station": 49.0}  # fmt: skip
    stations = {"count": 1, "data": [station]}
    service.on("/api/v2/hydrometrie/referentiel/stations", reply(stations))
    return service


def measures(*rows: tuple[str, str, Any]) -> Reply:
    data = [
        {"code_station": "I3101010", "grandeur_hydro": kind, "date_obs": time,
         "resultat_obs": value, "libelle_qualification_obs": "Bonne"}
        for kind, time, value in rows
    ]  # fmt: skip
    return reply({"count": len(data), "data": data})


TR = "/api/v2/hydrometrie/observations_tr"


def test_heights_and_flows_in_the_units_of_the_twin(water: Service, town: Territory) -> None:
    time = "2026-05-01T10:00:00Z"
    water.on(
        TR, measures(("H", time, 1234), ("Q", time, 5678), ("H", "2026-05-01T11:00:00Z", None))
    )
    found = sources.fetch("hubeau.hydrometry", town, since="2026-05-01", until="2026-05-02")
    assert (found.received, found.rejected) == (3, {"empty": 1})
    rows = {row["property"]: row for row in town.table("observation").to_pylist()}
    assert (rows["water_level"]["value"], rows["water_level"]["unit"]) == (1.234, "m")
    assert (rows["discharge"]["value"], rows["discharge"]["unit"]) == (5.678, "m³/s")
    assert rows["water_level"]["quality"] == "good"
    asked = [query for path, query in water.asked if path == TR]
    # Midnight of Paris, as the service counts.
    assert asked[0]["date_debut_obs"] == "2026-04-30T22:00:00Z"
    sensors = {row["id"] for row in town.table("sensor").to_pylist()}
    assert {"I3101010", "I3101010-H", "I3101010-Q"} <= sensors

    # The other service tells the same height in metres: nothing new.
    serie = {
        "Serie": {"ObssHydro": [{"DtObsHydro": "2026-05-01T12:00:00+02:00", "ResObsHydro": 1.234}]}
    }
    water.on(
        "/services/observations.json/index.php",
        lambda query, headers: reply(serie) if query["GrdSerie"] == "H" else Reply(b"", 404),
    )
    other = sources.fetch("vigicrues.observations", town, since="2026-05-01", until="2026-05-02")
    assert other.add is not None
    assert (other.add.added, other.add.updated, other.add.unchanged) == (0, 0, 1)


def test_indicators_published_for_a_water_service(water: Service, town: Territory) -> None:
    recorded = {  # an answer of indicateurs_services/services, cut to one service and two years
        "count": 2, "first": "", "next": None, "api_version": "0.3.1",
        "data": [
            {"code_service": 148123, "nom_service": "Eau potable - Distribution",
             "numero_siren": "200066389", "type_collectivite": "Commune", "mode_gestion": "Régie",
             "annee": year, "codes_commune": ["50129"], "noms_commune": ["Cherbourg"],
             "indicateurs": {"P104.3": rate, "D102.0": 2.02, "P106.3": None, "P151.1": 4.0}}
            for year, rate in ((2018, 81.2), (2019, 83.5))
        ],
    }  # fmt: skip
    water.on("/api/v0/indicateurs_services/services", reply(recorded))
    found = sources.fetch("hubeau.services", town)
    assert found.add is not None
    rows = {
        (row["year"], row["item"]): row["value"]
        for row in town.table("water_knowledge").to_pylist()
    }
    assert rows == {
        (2018, "P104.3"): "81.2", (2018, "D102.0"): "2.02",
        (2019, "P104.3"): "83.5", (2019, "D102.0"): "2.02",
    }  # fmt: skip


def test_only_what_is_new_is_asked(water: Service, town: Territory) -> None:
    from datetime import UTC, datetime, timedelta

    last = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    water.on(TR, measures(("H", last.isoformat(), 1000)))
    sources.fetch("hubeau.hydrometry", town)
    sources.fetch("hubeau.hydrometry", town)
    asked = [query["date_debut_obs"] for path, query in water.asked if path == TR]
    assert len(asked) == 2
    assert datetime.fromisoformat(asked[1]) == last - timedelta(hours=1)
    assert town.count("observation") == 1
    assert sources.fetch("hubeau.hydrometry", town, offline=True).from_cache


def test_no_restriction_in_force_is_an_observation_of_zero(water: Service, town: Territory) -> None:
    water.on("/api/zones", reply({"message": "Aucune zone d'alerte en vigueur"}, 404))
    found = sources.fetch("vigieau.restrictions", town)
    assert found.received == 0
    rows = town.table("observation").to_pylist()
    assert {row["sensor_id"] for row in rows} == {
        f"vigieau-50129-{w}" for w in ("AEP", "SUP", "SOU")
    }
    assert {row["value"] for row in rows} == {0.0}


def test_several_zones_are_asked_again_at_a_point(water: Service, town: Territory) -> None:
    def route(query: dict[str, str], headers: Any) -> Reply:
        if "lon" not in query:
            return reply({"message": "Plusieurs zones"}, 409)
        assert -1.9 < float(query["lon"]) < -1.0
        return reply([{"id": 1, "type": "SUP", "niveauGravite": "alerte_renforcee"}])

    water.on("/api/zones", route)
    sources.fetch("vigieau.restrictions", town)
    values = {row["sensor_id"]: row["value"] for row in town.table("observation").to_pylist()}
    assert values == {"vigieau-50129-SUP": 3.0, "vigieau-50129-AEP": 0.0, "vigieau-50129-SOU": 0.0}


def test_hourly_weather(water: Service, town: Territory) -> None:
    text = (
        "NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;QRR1;T;QT;FF;QFF\n"
        "50041001;BARNEVILLE;49.37;-1.75;40;2026050109;0.2;1;11.4;1;;\n"
        "50041001;BARNEVILLE;49.37;-1.75;40;2026050110;0.0;1;12.1;2;3.5;1\n"
        "50041001;BARNEVILLE;49.37;-1.75;40;2020010100;9.9;1;5.0;1;1.0;1\n"
    )
    (way,) = sources.catalog()["meteofrance.hourly"].ways
    water.on(way.path.replace("{dep}", "50"), Reply(gzip.compress(text.encode())))
    found = sources.fetch("meteofrance.hourly", town, since="2026-05-01", until="2026-05-02")
    assert found.received == 2
    rows = town.table("observation").to_pylist()
    assert len(rows) == 5
    rain = sorted(row["value"] for row in rows if row["property"] == "rainfall")
    assert rain == [0.0, 0.2]
    post = town.table("sensor", where={"id": "mf-50041001-T"}).to_pylist()[0]
    assert post["name"] == "BARNEVILLE" and post["geometry"] is not None


# -- rasters ---------------------------------------------------------------------------------------
def tile(query: dict[str, str], headers: Any) -> Reply:
    """Heights z = x − 400000 at the centres of the cells asked."""
    import rasterio
    from rasterio.transform import from_bounds

    box = tuple(float(value) for value in query["BBOX"].split(","))
    width, height = int(query["WIDTH"]), int(query["HEIGHT"])
    values = np.tile(box[0] + 0.5 + np.arange(width) - X, (height, 1)).astype("float32")
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=width, height=height, count=1, dtype="float32",
            crs="EPSG:2154", transform=from_bounds(*box, width, height), nodata=-99999.0,
        ) as image:  # fmt: skip
            image.write(values, 1)
        return Reply(memory.read(), headers={"Content-Type": "image/geotiff"})


def test_terrain_comes_cell_for_cell_and_a_message_is_no_image(
    ign: Service, town: Territory, home: Path
) -> None:
    xml = b"<ServiceExceptionReport>Layer unknown</ServiceExceptionReport>"
    ign.on("/wms-r", Reply(xml, headers={"Content-Type": "text/xml"}))
    bounds = (X + 100.0, Y + 100.0, X + 300.0, Y + 300.0)
    refused("ign.rgealti.dtm", town, "JUM-S311", bounds=bounds)
    ign.on("/wms-r", Reply(b"x" * 100, headers={"Content-Type": "image/geotiff"}))
    refused("ign.rgealti.dtm", town, "JUM-S319", bounds=bounds)
    assert Cache(home).entries() == []
    ign.on("/wms-r", tile)
    found = sources.fetch("ign.lidarhd.dtm", town, bounds=bounds)  # its fallback
    assert found.name == "ign.rgealti.dtm"
    assert "JUM-S332" in {item.code for item in found.findings}
    values = np.asarray(town.raster("dtm").read((X + 99.5, Y + 99.5, X + 102.5, Y + 100.5))[0])
    assert values.ravel().tolist() == [100.0, 101.0, 102.0]


def test_a_tile_that_fails_does_not_stop_the_others(ign: Service, town: Territory) -> None:
    def feature(name: str) -> dict[str, Any]:
        url = f"http://data.geopf.fr/tiles/{name}.tif"  # as published: not even https
        return {"type": "Feature", "geometry": None,
                "properties": {"coordonnees_nw": name, "url_mnt": url}}  # fmt: skip

    ign.on(OWS, wfs([feature("0400_6900"), feature("0401-6900")]))
    box = f"{X - 0.5},{Y - 999.5},{X + 999.5},{Y + 0.5}"
    ign.on("/tiles/0400_6900.tif", tile({"BBOX": box, "WIDTH": "1000", "HEIGHT": "1000"}, None))
    found = sources.fetch("ign.lidarhd.dtm", town, bounds=(X + 0.0, Y - 500.0, X + 9.0, Y - 400.0))
    assert (found.announced, found.received, found.rejected) == (2, 1, {"no file": 1})
    assert "JUM-S335" in {item.code for item in found.findings}
    assert found.add is not None and found.add.added >= 1


# -- documented only -------------------------------------------------------------------------------
def test_a_dataset_without_table_says_so_and_can_be_kept_in_the_cache(
    service: Service, home: Path, town: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUMEAU_SOURCE_ADEME", service.url)
    refused("ademe.dpe.existing", town, "JUM-S320")
    lines = "/data-fair/api/v1/datasets/dpe03existant/lines"

    def route(query: dict[str, str], headers: Any) -> Reply:
        if "qs" in query:
            return Reply(b"<html>403 Forbidden</html>", 403)
        assert query["code_insee_ban_eq"] == "50129"
        row = {"numero_dpe": "2650E", "etiquette_dpe": "D", "_geopoint": "49.0,-1.8"}
        return reply({"total": 1, "results": [row]})

    service.on(lines, route)
    found = sources.fetch("ademe.dpe.existing", town, add=False)
    assert (found.received, found.add) == (1, None)
    assert found.path is not None
    assert {"numero_dpe", "geometry"} <= set(pq.read_table(found.path).column_names)


def test_files_downloaded_by_hand_are_not_asked(town: Territory, home: Path) -> None:
    exc = refused("osm.building", town, "JUM-S321")
    assert "openstreetmap" in exc.remedy


def test_a_place_without_contour_says_what_is_missing(home: Path, tmp_path: Path) -> None:
    from jumeau.twin.territory import create

    bare = create(tmp_path / "bare", name="Nu", insee=["50129"])
    exc = refused("ign.bdtopo.building", bare, "JUM-S317")
    assert "ign.admin.commune" in exc.remedy


@pytest.mark.parametrize("period", [("x", None), ("2026-05-02", "2026-05-01")])
def test_periods_that_cannot_be_read(town: Territory, home: Path, period: Any) -> None:
    refused("hubeau.hydrometry", town, "JUM-S322", since=period[0], until=period[1])


def test_a_page_given_again_is_a_page_lost(water: Service, town: Territory) -> None:
    rows = json.loads(measures(*[("H", f"2026-01-01T0{n}:00:00Z", n) for n in range(5)]).body)
    again = Reply(json.dumps({**rows, "count": 10, "next": None}).encode(), 206)
    water.on(TR, again)
    with pytest.raises(JumeauError, match="JUM-S313"):
        sources.fetch("hubeau.hydrometry", town, since="2026-01-01", until="2026-01-02")
    assert town.count("observation") == 0


def test_measures_of_others_of_the_future_or_that_are_none_stay_out(
    water: Service, town: Territory
) -> None:
    rows = json.loads(
        measures(
            ("H", "2026-01-01T00:00:00Z", 1000), ("H", "2199-01-01T00:00:00Z", 1000),
            ("H", "2026-01-01T01:00:00Z", "NaN"), ("H", "2026-01-01T02:00:00Z", 900),
        ).body
    )  # fmt: skip
    rows["data"][3]["code_station"] = "Z999999999"
    water.on(TR, Reply(json.dumps(rows).encode()))
    report = sources.fetch("hubeau.hydrometry", town, since="2026-01-01", until="2026-01-02")
    assert report.rejected == {"outside": 1, "future": 1, "empty": 1}
    assert town.count("observation") == 1
    assert {item.code for item in report.findings} == {"JUM-S336"}


def test_two_processes_ask_the_same_thing_once(ign: Service, town: Territory, home: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    answer, together = wfs([building(n) for n in range(60)]), threading.Barrier(3)

    def slowly(query: dict[str, str], headers: Any) -> Reply:
        given = answer(query, headers)
        return replace(given, pause=1.0)  # the others have time to ask

    ign.on("/wfs/ows", slowly)

    def one(_: int) -> int:
        together.wait()
        return sources.fetch("ign.bdtopo.building", town, add=False).received

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(one, range(3))) == {60}
    entries = list(home.glob("ign/ign.bdtopo.building/*"))
    assert len(entries) == 1
    pages = [query.get("STARTINDEX") for _, query in ign.asked if "STARTINDEX" in query]
    assert len(pages) == len(set(pages))
