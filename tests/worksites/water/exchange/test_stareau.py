# SPDX-License-Identifier: EUPL-1.2
"""StaR-Eau: 22 tables, nothing lost on the way, files of others read and told."""

from __future__ import annotations

import csv
import math
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import shapely

from jumeau.base import i18n
from jumeau.base.errors import JumeauError
from jumeau.worksites import water
from jumeau.worksites.water.exchange import companion, facts, files
from jumeau.worksites.water.exchange.stareau_writing import COMPANION, stareau_rows
from jumeau.worksites.water.inp_writing import text_of
from jumeau.worksites.water.network import COLUMNS, Network
from jumeau.worksites.water.report import Report

from .conftest import X0, Y0, bare, foreign, line, point


def codes(net: Network) -> list[str]:
    return [found.code for found in net.report.findings] if net.report else []


def same(one: Network, other: Network) -> None:
    """Check that two networks are the same, cell by cell and word for word."""
    for table in COLUMNS:
        assert getattr(one, table).equals(getattr(other, table)), table
    assert text_of(one).text() == text_of(other).text()
    assert (one.options, one.times, one.units) == (other.options, other.times, other.units)
    assert (one.controls, one.rules, one.crs) == (other.controls, other.rules, other.crs)
    assert one.assets.keys() == other.assets.keys()
    for name, table in one.assets.items():
        assert table.equals(other.assets[name]), name


def test_a_network_comes_back_as_it_left(net: Network, tmp_path: Path):
    report = water.write_stareau(net, tmp_path / "town.gpkg")
    assert report.read["aep_canalisation"] == 8 + 2 * 3 and not report.findings
    back = water.read_stareau(tmp_path / "town.gpkg")
    assert codes(back) == []
    same(net, back)
    before, after = water.solve(net), water.solve(back)
    assert np.array_equal(before.head, after.head, equal_nan=True)


def test_a_network_without_document_comes_back(net: Network, tmp_path: Path):
    net.document = net.origin = None
    water.write_stareau(net, tmp_path / "town.gpkg")
    back = water.read_stareau(tmp_path / "town.gpkg")
    assert back.document is None
    same(net, back)


def test_the_tables_are_those_of_the_template(net: Network, tmp_path: Path, shared: Path):
    water.write_stareau(net, tmp_path / "town.gpkg")
    wanted: dict[str, list[tuple[str, str, str, str]]] = {}
    folder = shared / "validation/water/stareau"
    with (folder / "gpkg_columns.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cell = (row["column"], row["type"], row["not_null"], row["primary_key"])
            wanted.setdefault(row["table"], []).append(cell)
    template = sqlite3.connect(
        f"{(folder / 'eau_potable_template.gpkg').as_uri()}?mode=ro", uri=True
    )
    base = sqlite3.connect(tmp_path / "town.gpkg")
    assert len(wanted) == 22
    for table, columns in wanted.items():
        found = base.execute(f"PRAGMA table_info({table})").fetchall()
        assert [(it[1], it[2], str(it[3]), str(it[5])) for it in found] == columns
        theirs = template.execute(f"PRAGMA table_info({table})").fetchall()
        assert [it[4] for it in found] == [it[4] for it in theirs]  # defaults
    kinds = "SELECT table_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns"
    assert set(base.execute(kinds)) == set(template.execute(kinds))
    contents = "SELECT table_name, data_type FROM gpkg_contents"
    extra = set(base.execute(contents)) - set(template.execute(contents))
    assert extra == {(COMPANION, "attributes")}
    assert not set(template.execute(contents)) - set(base.execute(contents))
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not base.execute("PRAGMA foreign_key_check").fetchall()


def test_the_code_lists_are_those_of_the_standard(shared: Path):
    wanted: dict[str, dict[str, str]] = {}
    path = shared / "validation/water/stareau/value_lists.csv"
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            wanted.setdefault(row["list"], {})[row["code"]] = row["label"]
    assert facts.codes("stareau") == wanted
    with path.with_name("ddl_references.csv").open(encoding="utf-8") as file:
        refers = {
            (it["table"], it["column"]): it["referenced_table"] for it in csv.DictReader(file)
        }
    for table, columns in facts.columns().items():
        for column in columns:
            theirs = refers.get((table, column.name), "")
            assert column.codes == theirs or theirs not in wanted
            if column.codes and not theirs:
                assert column.name == "grandeur_consigne"


def test_every_code_and_every_required_cell_is_legal(net: Network):
    rows = stareau_rows(net)
    assert files.illegal(rows, "stareau", Report()) == 0
    for table, columns in facts.columns().items():
        for row in rows[table]:
            for column in columns:
                if column.not_null and not column.default:
                    assert row[column.name] is not None, (table, column.name)
            year = int(row["an_pose_sup"])
            assert 1800 <= year <= 2099 or year in facts.UNKNOWN_YEARS
    names = [
        row["id_noeud_reseau"] for it in rows.values() for row in it if "id_noeud_reseau" in row
    ]
    assert len(names) == len(set(names))
    pipes = [*rows["aep_canalisation"], *rows["aep_canalisation_branchement"]]
    assert {row[end] for row in pipes for end in ("noeudinitial", "noeudterminal")} <= set(names)


def test_an_illegal_code_is_told(net: Network):
    rows = stareau_rows(net)
    rows["aep_canalisation"][0]["materiau"] = "kryptonite"
    report = Report()
    assert files.illegal(rows, "stareau", report) == 1
    assert report.findings[0].data["values"] == ["kryptonite"]


def test_gdal_edits_the_file_and_the_edit_is_believed(net: Network, tmp_path: Path):
    pyogrio = pytest.importorskip("pyogrio")
    path = tmp_path / "town.gpkg"
    water.write_stareau(net, path)
    frame = pyogrio.read_dataframe(path, layer="aep_canalisation")
    new = frame[frame["id_canalisation"] == "p1"].copy()
    new["id_canalisation"], new["noeudterminal"] = "new", "C"
    new["cote_fin"] = None  # the elevation of C is told by the other pipes
    new["materiau"], new["geometry"] = "pvc", [line((0, 0), (200, -200))]
    pyogrio.write_dataframe(new, path, layer="aep_canalisation", append=True, driver="GPKG")
    with sqlite3.connect(path) as base:
        for trigger in base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree%cana%'"
        ).fetchall():
            base.execute(f"DROP TRIGGER {trigger[0]}")
        base.execute(
            "UPDATE aep_canalisation SET diametre_equivalent = 175 WHERE id_canalisation = 'p2'"
        )
        base.execute("DELETE FROM aep_canalisation WHERE id_canalisation = 'p7'")
    back = water.read_stareau(path)
    assert codes(back) == ["JUM-H046"]
    said = back.report.findings[0].data  # type: ignore[union-attr]
    assert (said["added"], said["removed"], said["changed"]) == (1, 1, 1), said
    assert back.pipes.loc["p2", "diameter_mm"] == 175.0
    assert back.pipes.loc["p2", "roughness"] == net.pipes.loc["p2", "roughness"]
    assert list(back.pipes.loc["new", ["from_node", "to_node", "roughness"]]) == ["A", "C", 145.0]
    assert "p7" not in back.pipes.index and not [it for it in back.controls if "p7" in it]
    assert back.report.dropped == {"controls": 2}  # type: ignore[union-attr]
    untouched = ["p1", "p3", "p4", "p5", "p6", "p8"]
    assert back.pipes.loc[untouched].equals(net.pipes.loc[untouched])
    water.write_inp(back, tmp_path / "back.inp")
    again = water.read_inp(tmp_path / "back.inp")
    assert set(again.pipes.index) == {*net.pipes.index, "new"} - {"p7"}


def test_a_spoilt_companion_leaves_the_tables(net: Network, tmp_path: Path):
    path = tmp_path / "town.gpkg"
    water.write_stareau(net, path)
    with sqlite3.connect(path) as base:
        base.execute(f"UPDATE {COMPANION} SET value = 'other 9' WHERE name = 'format'")
    back = water.read_stareau(path)
    assert "JUM-H047" in codes(back) and set(back.pipes.index) == set(net.pipes.index)
    with pytest.raises(ValueError):
        companion.unpack({"format": companion.FORMAT, "network": "{}"})


def test_without_companion_the_topology_stands_and_suppositions_are_told(
    net: Network, tmp_path: Path
):
    path = tmp_path / "town.gpkg"
    water.write_stareau(net, path)
    back = water.read_stareau(bare(path))
    assert set(back.node_ids()) == set(net.node_ids())
    assert set(back.link_ids()) == set(net.link_ids())
    for table in ("pipes", "pumps", "valves"):
        own, found = getattr(net, table), getattr(back, table)
        for end in ("from_node", "to_node"):
            assert found[end].reindex(own.index).tolist() == own[end].tolist()
    assert np.allclose(back.junctions["elevation_m"], net.junctions["elevation_m"], atol=1e-4)
    assert list(back.valves["type"]) == ["PRV", "FCV"]
    assert np.allclose(back.valves["setting"], [40.0, 4.0], rtol=1e-6)
    tank = back.tanks.loc["T"]
    assert tank["elevation_m"] == pytest.approx(55.0) and tank["diameter_m"] == 9.0
    assert tank["maximum_level_m"] == pytest.approx(4.0) and math.isnan(tank["initial_level_m"])
    told = {(it.code, it.data.get("column", "")) for it in back.report.findings}  # type: ignore[union-attr]
    assert ("JUM-H041", "") in told and ("JUM-H042", "demand_m3_h") in told
    assert ("JUM-H042", "head_curve") in told and ("JUM-H042", "head_m") in told
    assert list(back.pipes.loc["p2", ["roughness", "roughness_low", "roughness_high"]]) == [
        145.0, 135.0, 150.0,
    ]  # fmt: skip
    assert list(back.pipes.loc["p1", ["installed_from", "installed_to"]]) == [1950.0, 1960.0]
    assert math.isnan(back.pipes.loc["p4", "installed_to"])
    assert back.crs == "EPSG:2154"
    assert back.assets["isolation_valve"].loc["V", "pipe_id"] == "p1"
    assert back.assets["isolation_valve"].loc["V2", "status"] == "closed"
    assert back.assets["service_connection"].loc["B1", "pipe_id"] == "p1"
    assert list(back.assets["meter"]["kind"]) == ["district", "customer"]
    assert list(back.assets["hydrant"].index) == ["PI 1"]


def test_local_coordinates_are_said(town: Path, tmp_path: Path):
    net = water.read_inp(town)
    report = water.write_stareau(net, tmp_path / "town.gpkg")
    assert [it.code for it in report.findings] == ["JUM-H048"]
    assert str(len(net.node_ids())) in report.findings[0].data["what"]["fr"]
    same(net, water.read_stareau(tmp_path / "town.gpkg"))  # nodes without position included


HALF = {
    "aep_reservoir": [{"id_noeud_reseau": "R", "volume_utile": 1000, "geom": point(0, 0)}],
    "aep_piece": [{"id_noeud_reseau": "far", "geom": point(900, 900)}],
    "aep_vanne": [
        {"id_noeud_reseau": "V", "etat_ouverture": "fermee", "diametre": 80, "geom": point(200, 0)},
        {"id_noeud_reseau": "W", "etat_ouverture": "ouverte", "geom": point(50, 1)},
    ],
    "aep_regulation": [
        {"id_noeud_reseau": "G", "type_regulation": "reducteur", "geom": point(300, 0)}
    ],
    "aep_canalisation": [
        {  # joined by its ids, closed further on
            "id_canalisation": "1", "noeudinitial": "R", "noeudterminal": "V", "materiau": "fg",
            "an_pose_inf": "1930", "an_pose_sup": "1950", "diametre_equivalent": 100,
            "geom": line((0, 0), (100, 0), (200, 0)),
        },
        {  # one id missing, the other of nothing: joined by geometry
            "id_canalisation": "2", "noeudinitial": "nobody", "noeudterminal": "",
            "geom": line((200.2, 0), (300.3, 0)),
        },
        {"id_canalisation": "3", "geom": line((300, 0.1), (400, 0))},
        {"id_canalisation": "4", "geom": line((400.1, 0), (400.1, 200)), "longueur_terrain": 210.0},
        {"id_canalisation": "5", "etat_service": "abandon", "geom": line((0, 0), (9, 9))},
        {
            "id_canalisation": "6", "noeudinitial": "R", "noeudterminal": "R",
            "geom": line((0, 0), (0, 9)),
        },
        {"id_canalisation": "7"},
    ],
}  # fmt: skip


def test_a_half_filled_file_of_another_program(tmp_path: Path):
    net = water.read_stareau(foreign(tmp_path / "half.gpkg", HALF))
    assert list(net.pipes.index) == ["1", "2", "3", "4"]
    assert list(net.pipes.loc["1", ["from_node", "to_node"]]) == ["R", "V"]
    assert net.pipes.loc["2", "from_node"] == "V" and net.pipes.loc["2", "status"] == "closed"
    assert list(net.valves.index) == ["G"] and net.valves.loc["G", "status"] == "open"
    assert net.valves.loc["G", "from_node"] == net.pipes.loc["2", "to_node"]
    assert net.valves.loc["G", "to_node"] == net.pipes.loc["3", "from_node"]
    assert net.pipes.loc["3", "to_node"] == net.pipes.loc["4", "from_node"]
    assert net.pipes.loc["4", "length_m"] == 210.0
    assert net.pipes.loc["1", "length_m"] == pytest.approx(200.0)
    assert math.isnan(net.pipes.loc["2", "diameter_mm"])
    valves = net.assets["isolation_valve"]
    assert list(valves["pipe_id"]) == ["2", "1"] and list(valves["status"]) == ["closed", "open"]
    assert net.report is not None
    assert net.report.dropped == {"aep_canalisation": 1, "pipes": 2, "junctions": 1}
    by_code: dict[str, int] = {}
    for found in net.report.findings:
        by_code[found.code] = by_code.get(found.code, 0) + 1
    assert by_code["JUM-H043"] == 1 and by_code["JUM-H045"] == 1 and by_code["JUM-H044"] == 4
    joined = next(it for it in net.report.findings if it.code == "JUM-H043")
    assert joined.data["count"] == 6
    for lang in ("en", "fr"):
        with i18n.using(lang):
            assert "‹" not in str(net.report) and "{" not in str(net.report)


def test_things_far_from_pipes_and_names_that_come_twice_are_kept(tmp_path: Path):
    rows = {
        "aep_captage": [{"id_noeud_reseau": "R", "geom": point(0, 0)}],
        "aep_canalisation": [
            {
                "id_canalisation": "1", "noeudinitial": "R", "noeudterminal": "N",
                "diametre_equivalent": 100, "geom": line((0, 0), (90, 0)),
            },
        ],
        "aep_piece": [{"id_noeud_reseau": "R", "geom": point(0, 0)}],
        "aep_vanne": [
            {"id_noeud_reseau": "a", "id_aep_vanne": "V", "geom": point(10, 0)},
            {"id_noeud_reseau": "b", "id_aep_vanne": "V", "geom": point(500, 500)},
            {"id_noeud_reseau": "c", "id_aep_vanne": "V", "geom": None},
        ],
        "aep_canalisation_branchement": [{"id_canalisation": "B", "geom": line((40, 0), (40, 6))}],
    }  # fmt: skip
    net = water.read_stareau(foreign(tmp_path / "far.gpkg", rows))
    valves = net.assets["isolation_valve"]
    assert list(valves.index) == ["V", "b", "c"] and list(valves["pipe_id"]) == ["1", "", ""]
    assert net.assets["service_connection"].loc["B", "pipe_id"] == "1"
    assert codes(net).count("JUM-H045") == 1 and "JUM-H044" not in codes(net)
    assert list(net.pipes.index) == ["1"] and list(net.reservoirs.index) == ["R"]
    with i18n.using("fr"):
        assert "2 vannes de sectionnement" in str(net.report)


def test_names_that_epanet_cannot_bear_are_made_to_fit(tmp_path: Path):
    long = "550e8400-e29b-41d4-a716-446655440000"
    rows = {
        "aep_captage": [{"id_noeud_reseau": long, "geom": point(0, 0)}],
        "aep_canalisation": [
            {
                "id_canalisation": f"{long} bis", "noeudinitial": long, "noeudterminal": f"{long}x",
                "diametre_equivalent": 100, "geom": line((0, 0), (90, 0)),
            }
        ],
    }  # fmt: skip
    net = water.read_stareau(foreign(tmp_path / "long.gpkg", rows))
    names = [*net.node_ids(), *net.link_ids()]
    assert len(set(net.node_ids())) == 2 and all(len(it.encode()) <= 31 for it in names)
    assert net.pipes["from_node"].tolist() == net.reservoirs.index.tolist()
    assert "JUM-H049" in codes(net)


@pytest.mark.parametrize("content", [b"", b"not a database", None])
def test_what_is_no_geopackage_is_refused(tmp_path: Path, content: bytes | None):
    path = tmp_path / "nothing.gpkg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.read_stareau(path)


def test_a_geopackage_without_pipes_is_refused(tmp_path: Path):
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.read_stareau(foreign(tmp_path / "empty.gpkg", {}))


def test_a_folder_that_is_not_there_is_refused_and_an_old_file_stays(net: Network, tmp_path: Path):
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.write_stareau(net, tmp_path / "no" / "where.gpkg")
    path = tmp_path / "town.gpkg"
    path.write_bytes(b"old")
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.write_stareau(net, path, crs="nowhere")
    with pytest.raises(JumeauError, match="JUM-H040"):
        water.write_stareau(net, path, municipality="1234")
    assert path.read_bytes() == b"old" and [it.name for it in tmp_path.glob("*.gpkg")] == [
        path.name
    ]


def test_a_place_in_degrees_is_brought_to_the_projection(tmp_path: Path):
    from jumeau.base import crs

    lon, lat = crs.reproject([X0, X0 + 500.0], [Y0, Y0], "EPSG:2154", "EPSG:4326")
    rows = [
        {"geom": shapely.LineString(list(zip(lon, lat, strict=True))), "id": 1},
    ]
    assert files._projected(rows, "EPSG:4326") == "EPSG:2154"
    assert rows[0]["geom"].length == pytest.approx(500.0, rel=1e-6)
