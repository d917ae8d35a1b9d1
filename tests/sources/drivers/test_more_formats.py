# SPDX-License-Identifier: EUPL-1.2
"""KML, KMZ, MapInfo, GML, EDIGÉO, GPX, TopoJSON and OpenStreetMap, as offices exchange them."""

from __future__ import annotations

import json
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from jumeau.base.errors import JumeauError
from jumeau.sources import archive
from jumeau.sources.drivers import osm, vector

X, Y = 770_000.0, 6_280_000.0
LON, LAT = 3.868, 43.617  # the same place


@pytest.fixture
def houses() -> gpd.GeoDataFrame:
    """Return four squares of Montpellier in Lambert-93."""
    boxes = [shapely.box(X + 30 * n, Y, X + 30 * n + 10, Y + 10) for n in range(4)]
    rows = {"id": [f"B{n}" for n in range(4)], "nom": ["Église", "Mairie", "École", "Halle"]}
    return gpd.GeoDataFrame(rows, geometry=boxes, crs="EPSG:2154")


# -- exchange formats ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("suffix", "driver"), [("tab", "MapInfo File"), ("mif", "MapInfo File"), ("gml", "GML")]
)
def test_mapinfo_and_gml_in_lambert_93(
    read: Any, tmp_path: Path, houses: gpd.GeoDataFrame, suffix: str, driver: str
):
    path = tmp_path / f"bati.{suffix}"
    houses.to_file(path, driver=driver, engine="pyogrio", encoding=None)
    before = sorted(item.name for item in tmp_path.iterdir())
    got = read(path, "building", {"id": "id"} if suffix != "gml" else None)
    assert got.read == 4
    areas = shapely.area(got.shapes)
    assert np.abs(areas - 100).max() < 0.2
    assert np.abs(shapely.bounds(got.shapes)[:, 0].min() - X) < 0.02
    assert sorted(item.name for item in tmp_path.iterdir()) == before  # nothing left beside


def test_accents_of_mapinfo_are_kept(tmp_path: Path, houses: gpd.GeoDataFrame):
    houses.to_file(tmp_path / "b.tab", driver="MapInfo File", encoding="cp1252")
    records = vector.read(archive.locate(str(tmp_path / "b.tab")), None, None, "building")
    assert records.table.column("nom").to_pylist() == ["Église", "Mairie", "École", "Halle"]


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_kml_is_longitude_latitude_with_its_folders_as_layers(
    read: Any, tmp_path: Path, suffix: str
):
    place = (
        "<Placemark><name>{0}</name><Point><coordinates>{1},{2},12.5</coordinates></Point>"
        "</Placemark>"
    )
    folders = "".join(
        f"<Folder><name>{name}</name>"
        + "".join(place.format(f"{name}{n}", LON + n / 1e4, LAT) for n in range(count))
        + "</Folder>"
        for name, count in (("Lampes", 3), ("Arbres", 2))
    )
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>'
    path = tmp_path / f"releve.{suffix}"
    if suffix == "kml":
        path.write_text(text, encoding="utf-8")
    else:
        with zipfile.ZipFile(path, "w") as target:
            target.writestr("doc.kml", text)
    with pytest.raises(JumeauError, match=r"JUM-S005.*Lampes"):
        read(path, "luminaire")
    with pytest.raises(JumeauError, match=r"JUM-S006.*Lampes"):
        read(path, "luminaire", source_layer="Lampe")
    got = read(path, "luminaire", source_layer="lampes")
    assert got.read == 3
    assert np.hypot(*(shapely.get_coordinates(got.shapes)[0] - (X, Y))) < 300


def test_topojson_objects_are_layers(read: Any, tmp_path: Path):
    arcs = [[[LON, LAT], [LON + 0.001, LAT], [LON + 0.001, LAT + 0.001], [LON, LAT]]]
    shape = {"type": "Polygon", "arcs": [[0]], "properties": {"nom": "a"}}
    told = {
        "type": "Topology",
        "objects": {"quartiers": {"type": "GeometryCollection", "geometries": [shape]}},
        "arcs": arcs,
    }
    for name in ("q.topojson", "q.json"):
        (tmp_path / name).write_text(json.dumps(told))
        assert read(tmp_path / name, "district", {"nom": "name"}).read == 1


def test_gpx_waypoints(read: Any, tmp_path: Path):
    points = "".join(
        f'<wpt lat="{LAT}" lon="{LON + n / 1e4}"><name>L{n}</name></wpt>' for n in range(3)
    )
    path = tmp_path / "releve.gpx"
    path.write_text(f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>')
    assert read(path, "luminaire", {"name": "id"}, source_layer="waypoints").read == 3


def cadastre(folder: Path) -> Path:
    """Write a sheet of the cadastre as EDIGÉO, with one building and one parcel, in CC44."""

    def lines(*pairs: tuple[str, str]) -> str:
        return "".join(f"{key}{len(value):02d}:{value}\r\n" for key, value in pairs)

    x, y = 1_768_000.0, 3_161_000.0
    folder.mkdir(exist_ok=True)
    names = {"GON": "SE", "GNN": "GN", "QAN": "SE", "DIN": "SE", "SCN": "SE", "GDN": "T1"}
    head = [
        ("BOMT ", "E0000A01.THF"),
        ("CSET ", "IRV"),
        ("RTYSA", "GTS"),
        ("RTYSA", "GTL"),
        ("LONSA", "ED0A01"),
    ]
    head += [(f"{key}SA", value) for key, value in names.items()]
    files = {
        "E0000A01.THF": lines(*head),
        "ED0A01SE.GEO": lines(("RTYSA", "GEO"), ("RELSA", "RGF93CC44")),
        "ED0A01GN.GEN": lines(("CM1CC", f"{x};{y};"), ("CM2CC", f"{x + 99};{y + 99};")),
        "ED0A01SE.QAL": lines(("RTYSA", "QUP"), ("RIDSA", "Q1"), ("ODASD", "20200131")),
        "ED0A01SE.DIC": lines(
            *(
                pair
                for kind, name, label, form in (
                    ("DID", "B_obj", "BATIMENT", ""),
                    ("DID", "P_obj", "PARCELLE", ""),
                    ("DIA", "DUR_att", "DUR", "T"),
                    ("DIA", "SUPF_att", "SUPF", "R"),
                )
                for pair in (("RTYSA", kind), ("RIDSA", name), ("LABSA", label), ("TYPSA", form))
            )
        ),
    }
    scheme: list[tuple[str, str]] = []
    for name, obj, att in (("BATIMENT_id", "B_obj", "DUR_id"), ("PARCELLE_id", "P_obj", "SUPF_id")):
        scheme += [("RTYSA", "OBJ"), ("RIDSA", name), ("DIPCP", f"ED0A01;SeSD;DID;{obj}")]
        scheme += [("KNDSA", "ARE"), ("AAPCP", f"ED0A01;SeSD;ATT;{att}")]
    for name, own in (("DUR_id", "DUR_att"), ("SUPF_id", "SUPF_att")):
        scheme += [
            ("RTYSA", "ATT"),
            ("RIDSA", name),
            ("DIPCP", f"ED0A01;SeSD;DIA;{own}"),
            ("CANSN", "20"),
        ]
    files["ED0A01SE.SCD"] = lines(*scheme)
    body: list[tuple[str, str]] = []
    for number, (layer, att, value, side) in enumerate(
        (("BATIMENT_id", "DUR_id", "01", 10), ("PARCELLE_id", "SUPF_id", "900", 30))
    ):
        ring = [(0, 0), (0, side), (side, side), (side, 0), (0, 0)]
        body += [("RTYSA", "PAR"), ("RIDSA", f"A{number}")]
        body += [("CORCC", f"+{x + a:.2f};+{y + b:.2f};") for a, b in ring]
        body += [("RTYSA", "PFE"), ("RIDSA", f"F{number}")]
        body += [("RTYSA", "FEA"), ("RIDSA", f"O{number}"), ("SCPCP", f"ED0A01;SeSD;OBJ;{layer}")]
        body += [("ATPCP", f"ED0A01;SeSD;ATT;{att}"), ("ATVST", value)]
        for kind, start, end in (
            ("PAR", f"A{number}", ("PFE", f"F{number}")),
            ("FEA", f"O{number}", ("PFE", f"F{number}")),
        ):
            body += [("RTYSA", "LNK"), ("RIDSA", f"L{kind}{number}")]
            body += [
                ("FTPCP", f"ED0A01;T1;{kind};{start}"),
                ("FTPCP", f"ED0A01;T1;{end[0]};{end[1]}"),
            ]
    files["ED0A01T1.VEC"] = lines(*body)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("latin-1"))
    return folder / "E0000A01.THF"


def test_edigeo_alone_in_a_zip_or_in_the_tar_of_the_cadastre(read: Any, tmp_path: Path):
    path = cadastre(tmp_path / "sheet")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as target:
        for item in path.parent.iterdir():
            target.write(item, f"x/{item.name}")
    with tarfile.open(tmp_path / "edigeo-34172000AB01.tar.bz2", "w:bz2") as tar:
        for item in path.parent.iterdir():
            tar.add(item, item.name)
    for file in (path, tmp_path / "s.zip", tmp_path / "edigeo-34172000AB01.tar.bz2"):
        building = read(file, "building")
        assert building.read == 1
        assert shapely.area(building.shapes).tolist() == [pytest.approx(100, rel=1e-3)]
        parcel = read(file, "parcel")
        assert shapely.area(parcel.shapes).tolist() == [pytest.approx(900, rel=1e-3)]
        assert 700_000 < shapely.bounds(parcel.shapes)[0, 0] < 800_000  # brought to Lambert-93
    with pytest.raises(JumeauError, match="JUM-S006"):
        read(path, "building", source_layer="BATIMENTS")


# -- OpenStreetMap ---------------------------------------------------------------------------
NODES = [(n, LON + (n % 2) / 1e3, LAT + (n // 2) / 1e3) for n in range(6)]
WAYS = [
    (
        10,
        [0, 1, 3, 2, 0],
        {"building": "yes", "height": "8", "building:levels": "2", "name": 'Le "Trait" d\'union'},
    ),
    (11, [2, 3, 5, 4, 2], {"landuse": "forest"}),
    (12, [0, 1, 3], {"highway": "residential", "name": "Rue Foch", "maxspeed": "30"}),
    (13, [2, 4], {"waterway": "stream"}),
]
TREE = {"natural": "tree", "species": "Platanus"}


def osm_xml(path: Path) -> Path:
    def tags(told: dict[str, str]) -> str:
        return "".join(f"<tag k={_quoted(k)} v={_quoted(v)}/>" for k, v in told.items())

    nodes = "".join(
        f'<node id="{n + 1}" lat="{lat}" lon="{lon}">{tags(TREE) if n == 5 else ""}</node>'
        for n, lon, lat in NODES
    )
    ways = "".join(
        f'<way id="{n}" version="1">'
        + "".join(f'<nd ref="{ref + 1}"/>' for ref in refs)
        + tags(told)
        + "</way>"
        for n, refs, told in WAYS
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    return path


def _quoted(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(text)


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def part(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def osm_pbf(path: Path) -> Path:
    """Write the same objects in the protocol buffers of OpenStreetMap."""
    words = [""]

    def word(text: str) -> int:
        if text not in words:
            words.append(text)
        return words.index(text)

    def tags(told: dict[str, str]) -> bytes:
        keys = b"".join(varint(word(key)) for key in told)
        values = b"".join(varint(word(value)) for value in told.values())
        return (part(2, keys) + part(3, values)) if told else b""

    nodes = b"".join(
        part(
            1,
            part(1, zigzag(n + 1))
            + tags(TREE if n == 5 else {})
            + part(8, zigzag(round(lat * 1e7)))
            + part(9, zigzag(round(lon * 1e7))),
        )
        for n, lon, lat in NODES
    )
    ways = b""
    for number, refs, told in WAYS:
        steps = np.diff([0, *(ref + 1 for ref in refs)])
        packed = b"".join(varint(zigzag(int(step))) for step in steps)
        ways += part(3, part(1, number) + tags(told) + part(8, packed))
    table = part(1, b"".join(part(1, text.encode()) for text in words))
    groups = part(2, nodes) + part(2, ways)
    blocks = [("OSMHeader", part(4, b"OsmSchema-V0.6")), ("OSMData", table + groups)]
    raw = b""
    for kind, block in blocks:
        blob = part(2, len(block)) + part(3, zlib.compress(block))
        head = part(1, kind.encode()) + part(3, len(blob))
        raw += struct.pack(">I", len(head)) + head + blob
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("write", [osm_xml, osm_pbf])
def test_openstreetmap_by_theme_with_its_tags(read: Any, tmp_path: Path, write: Any):
    path = write(tmp_path / ("x.osm" if write is osm_xml else "x.osm.pbf"))
    located = archive.locate(str(path))
    records = osm.read(located, None, "building")
    assert records.read == 1  # the forest is no building
    row = {name: records.table.column(name).to_pylist()[0] for name in records.table.column_names}
    assert row["full_id"] == "w10" and row["building"] == "yes"
    assert (row["height"], row["building:levels"]) == ("8", "2")
    assert row["name"] == 'Le "Trait" d\'union'
    assert osm.read(located, None, "street").table.column("maxspeed").to_pylist() == ["30"]
    assert osm.read(located, None, "watercourse").read == 1
    assert osm.read(located, None, "vegetation").read == 1
    tree = osm.read(located, None, "tree")
    assert tree.table.column("species").to_pylist() == ["Platanus"]
    assert tree.table.column("full_id").to_pylist() == ["n6"]
    assert osm.read(located, "multipolygons", "parcel").read == 2  # a layer of one's own choice
    with pytest.raises(JumeauError, match="JUM-S005"):
        osm.read(located, None, "parcel")
    with pytest.raises(JumeauError, match=r"JUM-S006.*multipolygons"):
        osm.read(located, "multipolygon", "building")
    got = read(
        path, "building", {"height": "height_m", "building:levels": "floors", "full_id": "id"}
    )
    assert got.column("height_m") == [8.0] and got.column("floors") == [2]
    assert "JUM-S255" in got.codes


def test_a_cut_extract_is_refused(tmp_path: Path):
    for path in (osm_pbf(tmp_path / "x.osm.pbf"), osm_xml(tmp_path / "x.osm")):
        whole = path.read_bytes()
        for cut in (3, 40, len(whole) - 30):
            path.write_bytes(whole[:-cut])
            with pytest.raises(JumeauError, match="JUM-S004"):
                osm.read(archive.locate(str(path)), None, "building")


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("b.gml", "b.gml"),
        ("b.kml", "b.kml"),
        ("b.tab", "b.map"),
        ("b.tab", "b.dat"),
        ("b.mif", "b.mif"),
    ],
)
def test_files_cut_short_are_refused_or_counted(
    read: Any, tmp_path: Path, houses: gpd.GeoDataFrame, name: str, cut: str
):
    driver = {"gml": "GML", "kml": "KML"}.get(name[2:], "MapInfo File")
    (houses.to_crs(4326) if name == "b.kml" else houses).to_file(tmp_path / name, driver=driver)
    whole = (tmp_path / cut).read_bytes()
    (tmp_path / cut).write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(JumeauError, match=r"JUM-S00[47]"):
        read(tmp_path / name, "building")


def test_quotes_and_arrows_in_tags_do_not_cut_them():
    text = r'"note"=>"say \"a\"=>\"b\", c","height"=>"8"'
    assert osm._pairs(text) == [("note", 'say "a"=>"b", c'), ("height", "8")]


# -- layers that are not there, services that answer something else --------------------------
def test_a_layer_of_another_name_is_refused(read: Any, tmp_path: Path, houses: gpd.GeoDataFrame):
    for name in ("bati.shp", "bati.geojson", "bati.parquet", "bati.csv"):
        path = tmp_path / name
        if name.endswith("csv"):
            path.write_text("id;x;y\n1;770000;6280000\n2;770010;6280000\n")
        elif name.endswith("parquet"):
            houses.to_parquet(path)
        else:
            houses.to_file(path)
        table = "luminaire" if name.endswith("csv") else "building"
        with pytest.raises(JumeauError, match=r"JUM-S006.*bati"):
            read(path, table, source_layer="batis")
        assert read(path, table, source_layer="BATI").read


def test_a_renamed_layer_of_a_geopackage_is_suggested(
    read: Any, tmp_path: Path, houses: gpd.GeoDataFrame
):
    houses.to_file(tmp_path / "t.gpkg", layer="batiment_rnb")
    houses.to_file(tmp_path / "t.gpkg", layer="route", mode="a")
    with pytest.raises(JumeauError, match=r"JUM-S006.*batiment_rnb"):
        read(tmp_path / "t.gpkg", "building", source_layer="batiment")


def test_an_answer_of_a_service_cut_by_its_limit_is_told(
    read: Any, tmp_path: Path, houses: gpd.GeoDataFrame
):
    told = json.loads(houses.to_crs(4326).to_json())
    for name in ("numberMatched", "totalFeatures"):
        (tmp_path / "w.json").write_text(json.dumps({**told, name: 5000, "numberReturned": 4}))
        got = read(tmp_path / "w.json", "building")
        assert (got.read, got.announced) == (4, 5000)
    told["features"][0]["properties"]["totalFeatures"] = 77
    (tmp_path / "w.json").write_text(json.dumps(told))
    assert read(tmp_path / "w.json", "building").announced == 4


@pytest.mark.parametrize("name", ["a.geojson", "a.csv", "a.tif", "a.gml", "a.asc"])
@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        "\ufeff\n<html><head></head></html>",
        '<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="x"><ows:ExceptionText>Layer unknown'
        "</ows:ExceptionText></ows:ExceptionReport>",
        '<ServiceExceptionReport><ServiceException code="Layer"/></ServiceExceptionReport>',
    ],
)
def test_a_page_saved_in_the_place_of_data_is_refused(
    read: Any, tmp_path: Path, name: str, text: str
):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    target = "dtm" if name.endswith(("tif", "asc")) else "building"
    with pytest.raises(JumeauError, match="JUM-S254"):
        read(path, target)


# -- altitudes, damaged pages ----------------------------------------------------------------
def test_altitudes_are_handed_over(shared: Path):
    path = shared / "data/olemps_12174_bdtopo_v3/TRONCON_DE_ROUTE.shp.zip"
    records = vector.read(archive.locate(str(path)), None, None, "street")
    lines = shapely.from_wkb(records.geometry.to_numpy(zero_copy_only=False))
    z = shapely.get_coordinates(lines, include_z=True)[:, 2]
    assert z.size == 11_369 and (z == -1000).sum() == 306
    assert (z[z > -1000] > 300).all()


def test_damaged_pages_of_a_geopackage_are_found(
    read: Any, tmp_path: Path, houses: gpd.GeoDataFrame
):
    many = gpd.GeoDataFrame(
        {"id": [f"B{n}" for n in range(4000)]},
        geometry=[shapely.box(X + n, Y, X + n + 0.9, Y + 5) for n in range(4000)],
        crs="EPSG:2154",
    )
    path = tmp_path / "t.gpkg"
    many.to_file(path)
    sound = path.read_bytes()
    assert read(path, "building").read == 4000
    refused = 0
    rng = np.random.default_rng(1)
    for _ in range(12):
        raw = bytearray(sound)
        page = int(rng.integers(30, len(raw) // 4096 - 1)) * 4096
        raw[page : page + 64] = rng.bytes(64)  # header and cell pointers of a page
        path.write_bytes(raw)
        with pytest.raises(JumeauError, match="JUM-S004"):
            read(path, "building")
        refused += 1
    assert refused == 12
