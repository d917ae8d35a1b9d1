# SPDX-License-Identifier: EUPL-1.2
"""OGC API and STAC over HTTP: what is declared is there, and does what it says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import geopandas as gpd
import pyogrio
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient

from jumeau.api.application import CONFORMS_TO
from jumeau.interop import mercator
from jumeau.twin import schema

LAMPS = "/collections/luminaire/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    response = client.get(f"{path}?{urlencode(query)}" if query else path)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def ids(client: TestClient, **query: Any) -> set[str]:
    found = get(client, LAMPS, limit=1000, **query)
    return {item["id"] for item in found["features"]}


def link(document: dict[str, Any], rel: str) -> dict[str, str]:
    return next(item for item in document["links"] if item["rel"] == rel)


# -- common ----------------------------------------------------------------------------------
def test_programs_get_a_landing_page_and_people_the_page(client: TestClient) -> None:
    page = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    for found in (
        client.get("/", headers={"Accept": "application/json"}),
        client.get("/?f=json", headers={"Accept": "text/html"}),
    ):
        assert found.headers["vary"].startswith("Accept")
        assert found.json()["title"] == "Bourg-l'Étang"
    landing = found.json()
    for rel in ("service-desc", "conformance", "data"):
        response = client.get(link(landing, rel)["href"])
        assert response.status_code == 200
        kind = link(landing, rel)["type"].partition(";")[0]
        assert response.headers["content-type"].startswith(kind)


def test_every_link_of_the_catalogues_leads_somewhere(client: TestClient) -> None:
    """Links are followed through, but for items: their walk is tested elsewhere."""
    waiting, seen = ["http://testserver/?f=json"], set()
    while waiting:
        href = waiting.pop()
        if href in seen or len(seen) > 400 or "{" in href or "testserver" not in href:
            continue
        seen.add(href)
        response = client.get(href)
        assert response.status_code in {200, 204}, (href, response.text[:300])
        if "json" in response.headers.get("content-type", "") and "/items" not in href:
            document = response.json()
            parts = [document, *document.get("collections", []), *document.get("tilesets", [])]
            waiting += [item["href"] for part in parts for item in part.get("links", [])]
    assert any("/stac/collections/illuminance/items" in href for href in seen)
    assert any("/tiles/WebMercatorQuad" in href for href in seen)


def test_conformance_is_the_union_of_the_routers(client: TestClient) -> None:
    declared = get(client, "/conformance")["conformsTo"]
    assert declared == list(dict.fromkeys(CONFORMS_TO))
    for part in ("common-1", "features-1", "features-2", "features-3", "tiles-1", "records-1"):
        assert any(f"ogcapi-{part}/" in name for name in declared), part


def test_the_description_of_openapi_3_0_has_no_word_of_3_1(client: TestClient) -> None:
    response = client.get("/api")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = response.json()
    assert document["openapi"].startswith("3.0.")
    text = response.text
    assert '"null"' not in text
    assert '"const"' not in text
    assert set(document["paths"]) == set(client.get("/openapi.json").json()["paths"])


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/collections?limt=3", None),
        (f"{LAMPS}?limt=3", "limit"),
        (f"{LAMPS}?bboxx=1,2,3,4", "bbox"),
        (f"{LAMPS}?sort_by=id", "sortby"),
        ("/conformance?lan=fr", "lang"),
        ("/api/territory?vat=3", "at"),
        ("/stac/collections/illuminance/items?limi=2", "limit"),
        ("/tiles/luminaire/14/0/0.mvt?x=1", None),
    ],
)
def test_unknown_parameters_are_refused_with_the_nearest_name(
    client: TestClient, path: str, near: str | None
) -> None:
    response = client.get(path)
    assert response.status_code == 400
    found = response.json()["error"]
    assert found["code"] == "JUM-I011"
    if near:
        assert found["data"]["suggestion"] == near


@pytest.mark.parametrize("address", ["luminaire/14/0/0.mvt", "raster/illuminance/14/0/0.png"])
def test_a_tile_may_bear_the_mark_of_the_version_that_the_page_follows(
    client: TestClient, address: str
) -> None:
    plain, marked = client.get(f"/tiles/{address}"), client.get(f"/tiles/{address}?v=3")
    assert (marked.status_code, marked.content) == (plain.status_code, plain.content)
    assert marked.status_code in {200, 204}


# -- features --------------------------------------------------------------------------------
def test_a_collection_says_where_and_when_its_rows_are(client: TestClient) -> None:
    lamps = get(client, "/collections/luminaire")
    west, south, east, north = lamps["extent"]["spatial"]["bbox"][0]
    assert 3.8 < west < east < 3.9
    assert 43.5 < south < north < 43.7
    assert lamps["crs"][0] == CRS84
    assert lamps["storageCrs"] == f"{EPSG}2154"
    source = get(client, "/collections/source")["extent"]["temporal"]["interval"]
    assert source == [["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"]]
    assert "extent" in get(client, "/collections/budget")


def test_prev_links_lead_back(client: TestClient) -> None:
    pages = [get(client, LAMPS, limit=120)]
    assert "prev" not in {item["rel"] for item in pages[0]["links"]}
    while len(pages) < 3:
        pages.append(client.get(link(pages[-1], "next")["href"]).json())
    back = client.get(link(pages[2], "prev")["href"]).json()
    assert back["features"] == pages[1]["features"]
    first = client.get(link(back, "prev")["href"]).json()
    assert first["features"] == pages[0]["features"]
    assert "prev" not in {item["rel"] for item in first["links"]}
    assert client.get(link(first, "next")["href"]).json()["features"] == pages[1]["features"]


@pytest.mark.parametrize("code", ["2154", "3857", "4326"])
def test_items_come_in_the_projection_asked_for(client: TestClient, code: str) -> None:
    plain = get(client, LAMPS, limit=5)["features"]
    response = client.get(f"{LAMPS}?{urlencode({'limit': 5, 'crs': EPSG + code})}")
    assert response.headers["content-crs"] == f"<{EPSG}{code}>"
    exact = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")  # in the order of its axes
    for item, known in zip(response.json()["features"], plain, strict=True):
        expected = exact.transform(*known["geometry"]["coordinates"])
        assert item["geometry"]["coordinates"] == pytest.approx(expected, abs=0.02, rel=0)
    assert client.get(f"{LAMPS}?limit=5").headers["content-crs"] == f"<{CRS84}>"
    refused = client.get(f"{LAMPS}?crs={EPSG}27572")
    assert refused.json()["error"]["code"] == "JUM-I012"


@pytest.mark.parametrize("code", ["2154", "3857", "4326"])
def test_windows_are_read_in_the_projection_named(client: TestClient, town: Any, code: str) -> None:
    to = pyproj.Transformer.from_crs("EPSG:2154", f"EPSG:{code}")
    x, y = town.X, town.Y
    corners = [to.transform(a, b) for a, b in ((x - 3, y - 3), (x + 23, y + 23))]
    bbox = ",".join(str(edge) for corner in corners for edge in corner)
    found = ids(client, bbox=bbox, **{"bbox-crs": EPSG + code})
    assert found == {"lamp/00000", "lamp/00001", "lamp/00050", "lamp/00051"}


def test_windows_are_exact(client: TestClient, town: Any) -> None:
    """A window in degrees is no rectangle of Lambert-93: its corners decide."""
    lamps = {
        item["id"]: item["geometry"]["coordinates"]
        for item in get(client, LAMPS, limit=1000)["features"]
    }
    (west, south), (east, north) = lamps["lamp/00060"], lamps["lamp/00235"]
    expected = {
        name for name, (lon, lat) in lamps.items() if west <= lon <= east and south <= lat <= north
    }
    found = ids(client, bbox=f"{west},{south},{east},{north}")
    assert found ^ expected <= {"lamp/00060", "lamp/00235"}  # those of the corners, rounded
    assert len(expected) > 50


def test_dates_filter_tables_that_have_some(client: TestClient) -> None:
    def count(text: str) -> int:
        return int(get(client, "/collections/source/items", datetime=text)["numberReturned"])

    assert count("2026-01-02") == count("../2026-01-02") == count("2026-01-02T03:04:05Z") == 1
    assert count("2026-01-03/..") == count("2025-01-01/2025-12-31") == 0
    assert get(client, "/collections/street/items", datetime="2020-01-01")["numberReturned"] == 3
    for wrong in ("yesterday", "2026-02-30", "2026-02-02/2026-01-01", "..", "a/b/c", "/x"):
        response = client.get(f"{LAMPS}?{urlencode({'datetime': wrong})}")
        assert response.json()["error"]["code"] == "JUM-I017", wrong


def test_sorting_walks_through_all_rows_unknown_values_last(client: TestClient) -> None:
    href: str | None = f"{LAMPS}?{urlencode({'sortby': '-power_w,id', 'limit': 70})}"
    found: list[tuple[float | None, str]] = []
    while href:
        page = client.get(href).json()
        found += [(i["properties"]["power_w"], i["id"]) for i in page["features"]]
        href = next((i["href"] for i in page["links"] if i["rel"] == "next"), None)
    assert len({name for _, name in found}) == len(found) == 300
    assert found == sorted(found, key=lambda row: (row[0] is None, -(row[0] or 0), row[1]))
    refused = client.get(f"{LAMPS}?sortby=powerw")
    assert refused.json()["error"]["data"]["suggestion"] == "power_w"


def test_attributes_can_be_chosen(client: TestClient) -> None:
    page = get(client, LAMPS, properties="lamp_type,power_w", limit=2, **{"skip-geometry": "true"})
    for item in page["features"]:
        assert set(item["properties"]) == {"lamp_type", "power_w"}
        assert item["geometry"] is None
        assert item["id"].startswith("lamp/")
    assert client.get(f"{LAMPS}?properties=nothing").json()["error"]["code"] == "JUM-I005"


def test_queryables_are_what_filters_take(client: TestClient) -> None:
    found = get(client, "/collections/luminaire/queryables")
    assert set(found["properties"]) == {
        item.name for item in schema.table("luminaire").attributes if item.type != "json"
    }
    assert found["properties"]["geometry"]["format"] == "geometry-point-or-multipoint"
    assert found["properties"]["power_w"]["type"] == "number"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lamp_type = 'LED' AND power_w >= 55", None),
        ("lamp_type IS NULL OR power_w BETWEEN 50 AND 51", None),
        ("CASEI(lamp_type) LIKE CASEI('l%')", 100),
        ("id IN ('lamp/00001', 'lamp/00002', 'nobody')", 2),
        ("NOT (id <> 'lamp/00001')", 1),
        ("power_w * 2 + 1 > 10 ^ 2 AND power_w % 2 = 1", None),
        ("power_w = power_w", 200),
        ("true", 300),
        ("false", 0),
    ],
)
def test_filters_of_attributes(client: TestClient, text: str, expected: int | None) -> None:
    lamps = [item["properties"] for item in get(client, LAMPS, limit=1000)["features"]]
    rules = {
        "lamp_type = 'LED' AND power_w >= 55": lambda r: (
            r["lamp_type"] == "LED" and (r["power_w"] or 0) >= 55
        ),
        "lamp_type IS NULL OR power_w BETWEEN 50 AND 51": lambda r: (
            r["lamp_type"] is None or 50 <= (r["power_w"] or 0) <= 51
        ),
        "power_w * 2 + 1 > 10 ^ 2 AND power_w % 2 = 1": lambda r: (
            (r["power_w"] or 0) * 2 + 1 > 100 and r["power_w"] % 2 == 1
        ),
    }
    found = ids(client, filter=text)
    if expected is None:
        assert found == {row["id"] for row in lamps if rules[text](row)}
        assert found
    else:
        assert len(found) == expected


def test_filters_of_places_are_those_of_shapely(client: TestClient, town: Any) -> None:
    circle = shapely.Point(town.X + 300, town.Y + 60).buffer(77)
    lamps = town.luminaires()
    points = shapely.from_wkb(lamps["geometry"].to_numpy())
    expected = set(lamps["id"][shapely.within(points, circle)])
    where = {"filter-crs": f"{EPSG}2154"}
    assert ids(client, filter=f"S_WITHIN(geometry, {circle.wkt})", **where) == expected
    tree = {
        "op": "s_intersects",
        "args": [{"property": "geometry"}, json.loads(shapely.to_geojson(circle))],
    }
    assert ids(client, filter=json.dumps(tree), **where) == expected
    away = ids(client, filter=f"S_DISJOINT(geometry, {circle.wkt})", **where)
    assert away == set(lamps["id"]) - expected
    degrees = pyproj.Transformer.from_crs(2154, 4326)  # latitude first
    turned = shapely.transform(
        circle, lambda p: __import__("numpy").stack(degrees.transform(p[:, 0], p[:, 1]), axis=1)
    )
    found = ids(client, filter=f"S_WITHIN(geometry, {turned.wkt})", **{"filter-crs": f"{EPSG}4326"})
    assert found == expected


def test_filters_of_time(client: TestClient) -> None:
    def count(text: str) -> int:
        page = get(client, "/collections/source/items", filter=text)
        return int(page["numberReturned"])

    assert count("T_AFTER(imported_at, DATE('2025-12-31'))") == 1
    assert count("T_BEFORE(imported_at, TIMESTAMP('2026-01-02T03:04:05Z'))") == 0
    assert count("T_DURING(imported_at, INTERVAL('2026-01-01', '..'))") == 1
    assert count("T_INTERSECTS(imported_at, INTERVAL('..', '2025-12-31'))") == 0
    assert count("imported_at > TIMESTAMP('2026-01-02T03:04:04Z')") == 1


def test_filters_page_and_count(client: TestClient) -> None:
    href: str | None = f"{LAMPS}?{urlencode({'filter': 'power_w > 52', 'limit': 30, 'count': 1})}"
    found: list[str] = []
    while href:
        page = client.get(href).json()
        found += [item["id"] for item in page["features"]]
        href = next((i["href"] for i in page["links"] if i["rel"] == "next"), None)
    assert (
        len(found)
        == len(set(found))
        == page["numberMatched"]
        == len(ids(client, filter="power_w > 52"))
    )


@pytest.mark.parametrize("form", ["parquet", "fgb", "csv"])
def test_files_in_a_projection(client: TestClient, form: str) -> None:
    query = urlencode({"f": form, "crs": f"{EPSG}3857", "filter": "lamp_type = 'LED'"})
    response = client.get(f"{LAMPS}?{query}")
    assert response.headers["content-crs"] == f"<{EPSG}3857>"
    content = io.BytesIO(response.content)
    if form == "csv":
        import pandas as pd

        frame = pd.read_csv(content)
        assert frame["x"].between(4e5, 5e5).all()
    else:
        frame = gpd.read_parquet(content) if form == "parquet" else pyogrio.read_dataframe(content)
        assert frame.crs.to_epsg() == 3857
        assert frame.geometry.x.between(4e5, 5e5).all()
    assert len(frame) == 100


def test_formats_are_negotiated(client: TestClient) -> None:
    def kind(accept: str) -> str:
        return client.get(f"{LAMPS}?limit=2", headers={"Accept": accept}).headers["content-type"]

    assert kind("text/csv") == "text/csv; charset=utf-8"
    assert kind("application/vnd.apache.parquet;q=0.5, text/csv;q=0.9").startswith("text/csv")
    assert kind("application/geo+json, */*;q=0.1") == "application/geo+json"
    assert kind("image/webp, */*") == "application/geo+json"
    assert kind("text/csv;q=0, x;q=nonsense") == "application/geo+json"
    first = client.get(f"{LAMPS}?limit=2", headers={"Accept": "text/csv"})
    assert first.headers["vary"].startswith("Accept")
    same = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"{LAMPS}?limit=2", headers=same).status_code == 200
    assert client.get(f"{LAMPS}?limit=2", headers={**same, "Accept": "text/csv"}).status_code == 304
    assert client.get("/collections/budget/items?f=fgb").status_code == 400


# -- tiles -----------------------------------------------------------------------------------
def test_tiles_of_the_standard_are_those_of_the_map(client: TestClient) -> None:
    tilesets = get(client, "/collections/luminaire/tiles")["tilesets"]
    tileset = client.get(link(tilesets[0], "self")["href"]).json()
    assert tileset == tilesets[0]
    assert tileset["layers"][0]["geometryDimension"] == 0
    west, south, east, north = get(client, "/api/territory")["bounds"]
    z, x, y = mercator.tile_at((west + east) / 2, (south + north) / 2, 14)
    within = next(item for item in tileset["tileMatrixSetLimits"] if item["tileMatrix"] == "14")
    assert within["minTileRow"] <= y <= within["maxTileRow"]
    assert within["minTileCol"] <= x <= within["maxTileCol"]
    template = link(tileset, "item")["href"]
    href = template.format(tileMatrix=z, tileRow=y, tileCol=x)
    assert client.get(href).content == client.get(f"/tiles/luminaire/{z}/{x}/{y}.mvt").content
    rasters = get(client, "/rasters/illuminance/map/tiles/WebMercatorQuad")
    href = link(rasters, "item")["href"].format(tileMatrix=z, tileRow=y, tileCol=x)
    coloured = client.get(href)
    assert coloured.headers["content-type"] == "image/png"
    assert coloured.content == client.get(f"/tiles/raster/illuminance/{z}/{x}/{y}.png").content


def test_the_tile_matrix_set_is_the_one_everybody_uses(client: TestClient) -> None:
    import morecantile  # type: ignore[import-not-found, unused-ignore]

    found = morecantile.TileMatrixSet(**get(client, "/tileMatrixSets/WebMercatorQuad"))
    known = morecantile.tms.get("WebMercatorQuad")
    for z in (0, 7, 22):
        assert found.matrix(z).cellSize == pytest.approx(known.matrix(z).cellSize)
        assert found.matrix(z).scaleDenominator == pytest.approx(known.matrix(z).scaleDenominator)
    refused = client.get("/tileMatrixSets/WGS1984Quad")
    assert refused.json()["error"]["code"] == "JUM-I021"


# -- records ---------------------------------------------------------------------------------
def test_sources_are_records(client: TestClient) -> None:
    home = get(client, "/collections/catalogue")
    assert home["itemType"] == "record"
    page = get(client, "/collections/catalogue/items", q="nothing,POINTS  lumineux")
    (record,) = page["features"]
    assert record["properties"]["title"] == "Points lumineux"
    assert record["properties"]["license"] == "Licence Ouverte 2.0"
    assert record["properties"]["contacts"][0]["organization"] == "Ville de Bourg-l'Étang"
    one = client.get(link(record, "self")["href"]).json()
    assert one == record
    items = client.get(link(record, "item")["href"]).json()
    assert items["numberReturned"] == 100
    for query in ({"q": "nothing"}, {"q": "lumineux points"}, {"q": ","},
                  {"ids": "x"}, {"type": "service"}, {"bbox": "100,10,110,20"},
                  {"datetime": "2020-01-01"}, {"offset": 5}):  # fmt: skip
        assert get(client, "/collections/catalogue/items", **query)["numberReturned"] == 0
    digest = "sha256:" + "ab" * 32
    assert get(client, "/collections/catalogue/items", externalIds=digest)["numberReturned"] == 1
    refused = client.get("/collections/catalogue/items/nobody")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "JUM-I020")


def test_a_collection_leads_to_what_describes_it(client: TestClient) -> None:
    lamps = get(client, "/collections/luminaire")
    rel = "http://www.opengis.net/def/rel/ogc/1.0/"
    assert link(lamps, "license")["href"].startswith("https://www.etalab.gouv.fr/")
    assert link(lamps, "parent")["href"].endswith("/collections")
    for name, role in (("sortables", f"{rel}sortables"), ("schema", "describedby"),
                       ("queryables", f"{rel}queryables")):  # fmt: skip
        response = client.get(link(lamps, role)["href"])
        assert response.headers["content-type"] == "application/schema+json"
        found = response.json()
        assert found["$id"].endswith(f"/collections/luminaire/{name}")
        assert ("geometry" in found["properties"]) is (name != "sortables")
    for name in get(client, "/collections/luminaire/sortables")["properties"]:
        assert client.get(f"{LAMPS}?limit=1&sortby=-{name}").status_code == 200, name
    first = get(client, LAMPS, limit=1)
    schema_ = get(client, "/collections/luminaire/schema")["properties"]
    assert set(first["features"][0]["properties"]) <= set(schema_)
    assert "numberMatched" not in first
    kinds = {item["type"] for item in first["links"] if item["rel"] == "alternate"}
    assert kinds == {"text/csv", "application/vnd.apache.parquet", "application/flatgeobuf"}
    assert link(first, "license")["type"] == "text/html"
    assert client.get("/collections/lampe/sortables").status_code == 404


def test_refusals_are_problems(client: TestClient) -> None:
    for path, status in (("/nowhere", 404), (f"{LAMPS}?limit=0", 400), ("/stac/x", 404)):
        response = client.get(path)
        assert response.headers["content-type"] == "application/problem+json"
        found = response.json()
        assert (found["status"], found["type"]) == (status, "about:blank")
        assert found["detail"] == found["error"]["what"]


@pytest.mark.parametrize(
    ("bbox", "all_of_them"),
    [
        ("170,40,10,50", True),  # across the antimeridian, round the other side
        ("10,40,-170,50", False),
        ("3.0,43,-10,4.5,44,900", True),  # with heights
        ("3.0,43,4.5,44", True),
        ("4.5,43,3.0,44", False),  # round the world, but for the town
    ],
)
def test_windows_across_the_antimeridian_and_with_heights(
    client: TestClient, bbox: str, all_of_them: bool
) -> None:
    assert len(ids(client, bbox=bbox)) == (300 if all_of_them else 0)


def test_intervals_are_open_on_either_side(client: TestClient) -> None:
    def count(text: str) -> int:
        return int(get(client, "/collections/source/items", datetime=text)["numberReturned"])

    for text in ("2026-01-02T03:04:05Z/..", "../2026-01-02T03:04:05Z", "/2026-01-02", "2026-01-02/",
                 "2026-01-02T03:04:05+00:00/2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00"
                 ):  # fmt: skip
        assert count(text) == 1, text
    for text in ("2026-01-02T03:04:06Z/..", "../2026-01-02T03:04:04Z", "../2026-01-01"):
        assert count(text) == 0, text


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "true" + ")" * 500, "NOT " * 500 + "true", "CASEI(" * 100 + "id" + ")" * 100,
        '{"op":"not","args":[' * 500 + "true" + "]}" * 500, "1+" * 11_000 + "1=1",
        "id IN (" + ",".join("1" for _ in range(11_000)) + ")",
    ],
)  # fmt: skip
def test_filters_without_end_are_refused(client: TestClient, text: str) -> None:
    found = client.get(f"{LAMPS}?{urlencode({'filter': text})}")
    assert found.status_code == 400
    assert found.json()["error"]["code"] == "JUM-I014"


def test_a_name_that_is_none_is_answered_with_the_nearest(client: TestClient) -> None:
    for text in ("pwer_w > 3", "ACCENTI(lamp_typ) = 'x'", "S_INTERSECTS(geometri, POINT(3 43))"):
        found = client.get(f"{LAMPS}?{urlencode({'filter': text})}").json()["error"]
        assert found["code"] == "JUM-I005"
        assert found["data"]["suggestion"] in {"power_w", "lamp_type", "geometry"}


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
@pytest.mark.parametrize(
    "text",
    [
        "EPSG:27572", "EPSG:", "epsg:4326 +over", "+proj=longlat", "urn:ogc:def:crs:EPSG::99999999",
        "http://evil.example/def/crs/EPSG/0/2154", "file:///etc/passwd", "\0", "A" * 120,
        'PROJCS["x"]', "http://www.opengis.net/def/crs/EPSG/0/2154/../4326", "EPSG:２１５４",
    ],
)  # fmt: skip
def test_projections_that_are_not_offered_are_refused(
    client: TestClient, name: str, text: str
) -> None:
    found = client.get(f"{LAMPS}?{urlencode({name: text})}")
    assert found.status_code == 400
    assert found.json()["error"]["code"] == "JUM-I012"


# -- STAC ------------------------------------------------------------------------------------
def _stac(client: TestClient) -> Iterator[dict[str, Any]]:
    yield get(client, "/stac")
    for found in get(client, "/stac/collections")["collections"]:
        yield found
        yield from get(client, f"/stac/collections/{found['id']}/items")["features"]


def test_the_catalogue_of_rasters_is_valid_stac(client: TestClient) -> None:
    from pystac.validation import validate_dict

    kinds = []
    for document in _stac(client):
        validate_dict(document, extensions=[])  # theirs are on another host
        kinds.append(document["type"])
    assert {"Catalog", "Collection", "Feature"} == set(kinds)


def test_tiles_are_searched(client: TestClient) -> None:
    home = get(client, "/stac")
    declared = get(client, "/stac/conformance")["conformsTo"]
    assert home["conformsTo"] == declared
    assert "https://api.stacspec.org/v1.0.0/item-search" in declared
    for rel in ("conformance", "service-desc", "data", "search", "self", "root"):
        assert client.get(link(home, rel)["href"]).status_code == 200, rel
    every = get(client, "/stac/search")["features"]
    assert {item["collection"] for item in every} == {"illuminance"}
    item = every[0]
    time = item["properties"]["datetime"]
    ring = json.dumps(item["geometry"])
    for query in ({"ids": item["id"]}, {"collections": "dtm,illuminance"}, {"datetime": time},
                  {"datetime": f"../{time}"}, {"intersects": ring},
                  {"bbox": ",".join(map(str, item["bbox"]))}):  # fmt: skip
        found = get(client, "/stac/search", **query)["features"]
        assert item["id"] in {one["id"] for one in found}, query
    far = json.dumps({"type": "Point", "coordinates": [2.0, 48.0]})
    for query in ({"ids": "0_0"}, {"collections": "dtm"}, {"datetime": "2000-01-01"},
                  {"intersects": far}, {"bbox": "1,48,2,49"}):  # fmt: skip
        assert get(client, "/stac/search", **query)["features"] == [], query
    for wrong in ({"intersects": "x"}, {"intersects": "{}"}, {"bbox": "1,2,3"}, {"datetime": "x"},
                  {"intersects": ring, "bbox": "1,2,3,4"}, {"limit": 0}):  # fmt: skip
        assert client.get(f"/stac/search?{urlencode(wrong)}").status_code == 400, wrong
    items = "/stac/collections/illuminance/items"
    assert get(client, items, datetime="2000-01-01")["features"] == []
    assert len(get(client, items, datetime=time)["features"]) >= 1


def test_a_search_goes_on_page_after_page(client: TestClient) -> None:
    href: str | None = "/stac/search?limit=1"
    found: list[str] = []
    while href:
        page = client.get(href).json()
        found += [item["id"] for item in page["features"]]
        href = next((item["href"] for item in page["links"] if item["rel"] == "next"), None)
    assert found == [item["id"] for item in get(client, "/stac/search")["features"]]


def test_tiles_are_read_by_ranges(client: TestClient, town: Any) -> None:
    import numpy as np
    from rasterio.io import MemoryFile

    item = get(client, "/stac/collections/illuminance/items")["features"][0]
    href = item["assets"]["data"]["href"]
    whole = client.get(href)
    assert "profile=cloud-optimized" in whole.headers["content-type"]
    assert "immutable" in whole.headers["cache-control"]
    part = client.get(href, headers={"Range": "bytes=16-99"})
    assert part.status_code == 206
    assert part.content == whole.content[16:100]
    assert part.headers["content-range"] == f"bytes 16-99/{len(whole.content)}"
    assert client.get(href, headers={"Range": "bytes=999999999-"}).status_code == 416
    for unread in ("bytes=9-1", "bytes=a", "rows=0-1", "bytes=" + "0-1," * 40 + "5-6"):
        assert client.get(href, headers={"Range": unread}).content == whole.content, unread
    assert "content-encoding" not in whole.headers
    assert client.head(href).headers["content-length"] == str(len(whole.content))
    import hashlib

    assert item["assets"]["data"]["file:checksum"] == (
        "1220" + hashlib.sha256(whole.content).hexdigest()
    )
    with MemoryFile(whole.content) as memory, memory.open() as tile:
        assert tile.crs.to_epsg() == 2154
        assert list(tile.bounds) == item["properties"]["proj:bbox"]
        assert list(tile.transform)[:6] == item["properties"]["proj:transform"]
        assert list(tile.shape) == item["properties"]["proj:shape"]
        assert np.isnan(tile.nodata)
    pages = get(client, "/stac/collections/illuminance/items", bbox="100,10,110,20")
    assert pages["features"] == []
    for wrong in ("/stac/collections/illuminance/items/0_0", href.replace(".tif", "0.tif"),
                  "/stac/collections/nothing",
                  "/stac/collections/illuminance/items/..%2f..%2fx"):  # fmt: skip
        assert client.get(wrong).status_code == 404
