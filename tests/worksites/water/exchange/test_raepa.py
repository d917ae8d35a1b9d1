# SPDX-License-Identifier: EUPL-1.2
"""RAEPA: four shapefiles as the standard draws them, nothing lost, files of others read."""

from __future__ import annotations

import csv
import json
import math
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest

from jumeau.base.errors import JumeauError
from jumeau.worksites import water
from jumeau.worksites.water.exchange import facts, files, shapefile
from jumeau.worksites.water.exchange.raepa_writing import COMPANION, raepa_rows
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.report import Report

from .conftest import line, point
from .test_stareau import codes, same


def test_a_network_comes_back_as_it_left(net: Network, tmp_path: Path):
    report = water.write_raepa(net, tmp_path / "town")
    assert report.read["CANALAEP_L"] == 8 + 2 * 3 + 2 and not report.findings
    back = water.read_raepa(tmp_path / "town")
    assert codes(back) == []
    same(net, back)
    before, after = water.solve(net), water.solve(back)
    assert np.array_equal(before.head, after.head, equal_nan=True)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_it_comes_back_from_a_zip_and_from_one_file(net: Network, tmp_path: Path, encoding: str):
    net.pipes = net.pipes.rename(index={"p1": "Église n°1"})
    net.document = net.origin = None
    net.controls = [it for it in net.controls if "p1" not in it.split()]
    folder = tmp_path / "town"
    water.write_raepa(net, folder, encoding=encoding, owner="Régie des eaux")
    archive = shutil.make_archive(str(tmp_path / "town"), "zip", folder)
    for path in (archive, folder / "CANALAEP_L.shp"):
        back = water.read_raepa(path)
        assert codes(back) == []
        same(net, back)


def test_the_layers_are_those_of_the_standard(net: Network, tmp_path: Path, shared: Path):
    water.write_raepa(net, tmp_path)
    wanted: dict[str, list[tuple[str, str, str, str]]] = {}
    with (shared / "validation/water/raepa/fields.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cell = (row["field"], row["dbf_type"], row["length"], row["decimals"])
            wanted.setdefault(row["layer"], []).append(cell)
    for layer, fields in wanted.items():
        raw = (tmp_path / f"{layer}.dbf").read_bytes()
        count = (struct.unpack("<H", raw[8:10])[0] - 33) // 32
        heads = [raw[32 + 32 * k : 64 + 32 * k] for k in range(count)]
        found = [
            (it[:11].rstrip(b"\0").decode(), chr(it[11]), str(it[16]), str(it[17])) for it in heads
        ]
        for (name, kind, long, after), own in zip(fields, found, strict=True):
            assert own[:2] == (name, kind) and len(name) <= 10
            assert own[2] == long or not long or layer == "REPARAEP_P"
            assert own[3] == after or not after or layer == "REPARAEP_P"
        info = pyogrio.read_info(tmp_path / f"{layer}.shp")
        assert info["geometry_type"] == ("LineString" if layer.endswith("_L") else "Point")
        assert (info["encoding"] == "UTF-8" and "Lambert" in info["crs"]) or info[
            "crs"
        ] == "EPSG:2154"


def test_every_code_is_legal(net: Network, shared: Path):
    rows = raepa_rows(net)
    assert files.illegal(rows, "raepa", Report()) == 0
    with (shared / "validation/water/raepa/value_lists.csv").open(encoding="utf-8") as file:
        told = {(it["list"].rpartition("raepa_")[2], it["code"]) for it in csv.DictReader(file)}
    for name, codes_ in facts.codes("raepa").items():
        assert {(name, code) for code in codes_} <= told
    rows["CANALAEP_L"][0]["MATERIAU"] = "77"
    report = Report()
    assert files.illegal(rows, "raepa", report) == 1
    assert report.findings[0].entity == "MATERIAU"


def test_an_edit_of_a_layer_is_believed(net: Network, tmp_path: Path):
    water.write_raepa(net, tmp_path)
    frame = pyogrio.read_dataframe(tmp_path / "CANALAEP_L.shp")
    frame.loc[frame["IDCANA"] == "p2", "DIAMETRE"] = 175
    frame = frame[frame["IDCANA"] != "p7"]
    dates = frame.select_dtypes("datetime").columns  # GDAL makes text of empty ones, and warns
    pyogrio.write_dataframe(frame.drop(columns=dates), tmp_path / "CANALAEP_L.shp")
    back = water.read_raepa(tmp_path)
    assert codes(back) == ["JUM-H046"]
    assert back.pipes.loc["p2", "diameter_mm"] == 175.0 and "p7" not in back.pipes.index
    assert back.pipes.loc["p1"].equals(net.pipes.loc["p1"])


def test_without_companion_the_topology_stands(net: Network, tmp_path: Path):
    water.write_raepa(net, tmp_path)
    (tmp_path / COMPANION).unlink()
    back = water.read_raepa(tmp_path)
    assert set(back.node_ids()) == set(net.node_ids())
    assert set(back.link_ids()) == set(net.link_ids())
    for table in ("pipes", "pumps", "valves"):
        own, found = getattr(net, table), getattr(back, table)
        for end in ("from_node", "to_node"):
            assert found[end].reindex(own.index).tolist() == own[end].tolist()
    assert np.allclose(back.junctions["elevation_m"], net.junctions["elevation_m"], atol=0.005)
    assert list(back.pipes.loc["p1", ["installed_from", "installed_to"]]) == [1950.0, 1960.0]
    assert back.pipes.loc["p1", "material"] == "Fonte grise"
    assert {"JUM-H041", "JUM-H042", "JUM-H045"} == set(codes(back))
    assert list(back.assets["isolation_valve"].loc["V2", ["pipe_id", "status"]]) == ["p3", "open"]
    assert back.assets["service_connection"].loc["B1", "pipe_id"] == "p1"
    assert set(back.assets["meter"].index) == {"C1", "S1"}


def test_a_spoilt_companion_is_told(net: Network, tmp_path: Path):
    water.write_raepa(net, tmp_path)
    (tmp_path / COMPANION).write_text("{spoilt", encoding="utf-8")
    back = water.read_raepa(tmp_path)
    assert "JUM-H047" in codes(back) and set(back.pipes.index) == set(net.pipes.index)


def written(folder: Path, rows: dict[str, list[dict[str, Any]]], encoding: str = "cp1252") -> Path:
    """Write layers that another program would have, in lower case and without .cpg."""
    for layer, items in rows.items():
        kind = shapefile.LINE if layer.endswith("_L") else shapefile.POINT
        path = folder / f"raepa_{layer.lower()}.shp"
        shapefile.write(path, kind, facts.layers()[layer], items, encoding=encoding)
        path.with_suffix(".cpg").unlink()
    return folder


HALF = {
    "OUVRAEP_P": [
        {"IDOUVRAGE": "Château d'eau", "FNOUVAEP": "03", "Z": 120.5, "geom": point(0, 0)},
        {"IDOUVRAGE": "Forage", "FNOUVAEP": "05-00"[:2], "geom": point(700, 0)},
        {"IDOUVRAGE": "Station", "FNOUVAEP": "01", "IDCANAMONT": "c4", "geom": point(600, 0)},
    ],
    "APPARAEP_P": [
        {"IDAPPAREIL": "V1", "FNAPPAEP": "03", "DIAMETRE": 80, "Z": 50.0, "geom": point(200, 0)},
        {"IDAPPAREIL": "PI", "FNAPPAEP": "06", "IDCANPPALE": "c2", "geom": point(250, 40)},
        {"IDAPPAREIL": "M", "FNAPPAEP": "07", "geom": point(330, 1)},
    ],
    "REPARAEP_P": [{"IDREPAR": "1", "SUPPREPARE": "01", "geom": point(0, 0)}],
    "CANALAEP_L": [
        {"IDCANA": "c1", "IDNINI": "Château d'eau", "IDNTERM": "V1", "MATERIAU": "18",
         "ANDEBPOSE": "1970", "ANFINPOSE": "1980", "ENSERVICE": "O",
         "geom": line((0, 0), (200, 0))},
        {"IDCANA": "c2", "IDNINI": "V1", "IDNTERM": "n9", "MATERIAU": "24", "DIAMETRE": 100,
         "LONGCANA": 101, "geom": line((200, 0), (300, 0))},
        {"IDCANA": "c3", "IDNINI": "n9", "geom": line((300, 0), (599.8, 0))},
        {"IDCANA": "c4", "IDNINI": "Forage", "IDNTERM": "Station",
         "geom": line((700, 0), (600, 0))},
        {"IDCANA": "c5", "ENSERVICE": "N", "geom": line((0, 0), (9, 9))},
        {"IDCANA": "c1", "IDNINI": "n9", "geom": line((300, 0), (300, 50))},
        {"IDCANA": "b1", "BRANCHEMNT": "O", "IDCANPPALE": "c2", "geom": line((250, 0), (250, 9))},
    ],
}  # fmt: skip


def test_a_half_filled_file_of_another_program(tmp_path: Path):
    net = water.read_raepa(written(tmp_path, HALF))
    assert set(net.tanks.index) == {"Château_d'eau"} and set(net.reservoirs.index) == {"Forage"}
    assert net.tanks.loc["Château_d'eau", "elevation_m"] == 120.5
    assert list(net.pipes.index) == ["c1", "c2", "c3", "c4", "c1:2"]
    assert net.pipes.loc["c2", "length_m"] == 101.0
    assert net.pipes.loc["c3", "length_m"] == pytest.approx(299.8, abs=1e-6)
    assert math.isnan(net.pipes.loc["c1", "diameter_mm"])
    assert list(net.pumps.index) == ["Station"]
    assert net.pumps.loc["Station", "from_node"] == net.pipes.loc["c4", "to_node"]
    assert net.pumps.loc["Station", "to_node"] == net.pipes.loc["c3", "to_node"]
    assert net.pipes.loc["c1", "material"] == "Plastique Inconnu"
    assert net.pipes.loc["c2", "material"] == "PVC ancien"
    assert net.assets["isolation_valve"].loc["V1", "pipe_id"] in ("c1", "c2")
    assert net.assets["hydrant"].loc["PI", "junction_id"] in ("V1", "n9")
    assert net.assets["meter"].loc["M", "pipe_id"] == "c3"
    assert net.assets["service_connection"].loc["b1", "pipe_id"] == "c2"
    assert net.report is not None
    assert net.report.dropped == {"REPARAEP_P": 1, "CANALAEP_L": 1}
    assert "JUM-H043" in codes(net) and "JUM-H049" in codes(net)


def test_broken_lines_and_heights_of_lines(tmp_path: Path):
    import geopandas as gpd
    import shapely

    shapes = [
        shapely.MultiLineString([line((0, 0), (10, 0)), line((10, 0), (20, 0))]),
        shapely.MultiLineString([line((20, 0), (30, 0)), line((40, 0), (70, 0))]),
        shapely.LineString(
            [(*line((20, 0), (20, 9)).coords[0], 12.0), (*point(20, 9).coords[0], 15)]
        ),
    ]
    rows = {"IDCANA": ["a", "b", "c"], "IDNINI": ["1", "2", ""], "IDNTERM": ["2", "3", ""],
            "LONGCANA": [20.0, 80.0, None], "DIAMETRE": [100, 100, 100]}  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:2154")
    frame.to_file(tmp_path / "CANALAEP_L.gpkg", layer="raepa_canalaep_l")
    net = water.read_raepa(tmp_path / "CANALAEP_L.gpkg")
    assert list(net.pipes.index) == ["a", "b:1", "b:2", "c"]
    assert net.pipes["length_m"].tolist() == pytest.approx([20.0, 20.0, 60.0, 9.0])
    assert net.vertices["link"].tolist() == ["a"]
    assert net.pipes.loc["c", "from_node"] == "2"
    assert net.junctions.loc["2", "elevation_m"] == 12.0


@pytest.mark.parametrize("name", ["missing", "empty.zip", "folder", "text.shp"])
def test_what_holds_no_pipes_is_refused(tmp_path: Path, name: str):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
        (path / "readme.txt").write_text("nothing")
    elif name != "missing":
        path.write_bytes(b"not a file of that kind")
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.read_raepa(path)


def test_figures_take_the_room_there_is(tmp_path: Path):
    fields = [facts.Field("Z", "N", 6, 2, ""), facts.Field("NAME", "C", 5, 0, "")]
    rows = [
        {"Z": 12.345, "NAME": "short"}, {"Z": 1234.56, "NAME": "école primaire"},
        {"Z": 1e9, "NAME": None}, {"Z": float("nan"), "NAME": ""},
    ]  # fmt: skip
    lost = shapefile.write(tmp_path / "x.shp", shapefile.POINT, fields, rows)
    assert lost == {"Z": 1, "NAME": 1}
    again = shapefile.stored(rows, fields)
    assert [it["Z"] for it in again] == ["12.35", "1234.6", "", ""] or again[0]["Z"] == "12.34"
    assert [it["NAME"] for it in again] == ["short", "écol", "", ""]
    read = pyogrio.read_dataframe(tmp_path / "x.shp")
    assert read["Z"].tolist()[1] == 1234.6 and math.isnan(read["Z"].tolist()[2])


def test_the_companion_is_a_text_that_people_can_read(net: Network, tmp_path: Path):
    water.write_raepa(net, tmp_path)
    told = json.loads((tmp_path / COMPANION).read_text(encoding="utf-8"))
    assert told["format"].startswith("jumeau") and "[PIPES]" in told["inp"]
