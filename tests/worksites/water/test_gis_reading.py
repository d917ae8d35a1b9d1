# SPDX-License-Identifier: EUPL-1.2
"""Networks read from lines and points of geographic information systems."""

from __future__ import annotations

import math

import geopandas
import pandas as pd
import pytest
import shapely

from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water import gis_columns

CRS = "EPSG:2154"
X, Y = 652000.0, 6862000.0


def lines(rows, crs=CRS, **columns):
    """Build a table of lines from coordinates relative to a place."""
    shapes = [shapely.LineString([(X + p[0], Y + p[1], *p[2:]) for p in row]) for row in rows]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs)


def points(rows, **columns):
    """Build a table of points."""
    shapes = [shapely.Point(X + p[0], Y + p[1], *p[2:]) for p in rows]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS)


STREET = [[(0, 0), (100, 0)], [(100, 0), (150, 20), (200, 0)]]


@pytest.mark.parametrize("ending", ["shp", "gpkg", "geojson"])
def test_files_of_each_kind_with_french_names(tmp_path, ending):
    table = lines(STREET, ID_CANA=["c1", "c2"], DIAM=["DN 100", "63,5"], MATERIAU=["PVC", "Fonte"],
                  LONGUEUR=[101.5, None], ANDEBPOSE=["1975", "0"])  # fmt: skip
    if ending == "geojson":
        table = table.to_crs("EPSG:4326")
    path = tmp_path / f"réseau.{ending}"
    table.to_file(path)
    net = water.read_gis(path, crs=CRS)
    assert list(net.pipes.index) == ["c1", "c2"] and net.drawn and net.crs == CRS
    assert net.pipes["diameter_mm"].tolist() == [100.0, 63.5]
    assert net.pipes.loc["c1", "length_m"] == 101.5 and math.isnan(net.pipes.loc["c2", "length_m"])
    assert net.pipes["material"].tolist() == ["PVC", "Fonte"]
    assert net.pipes.loc["c1", "installed_from"] == 1975.0
    assert math.isnan(net.pipes.loc["c2", "installed_from"])
    assert len(net.junctions) == 3 and len(net.vertices) == 1
    assert net.junctions["x"].iloc[0] == pytest.approx(X, abs=1e-3)
    assert net.pipes.loc["c1", "to_node"] == net.pipes.loc["c2", "from_node"]
    assert net.report.read["lines"] == 2


def test_degrees_are_brought_to_the_national_projection():
    net = water.read_gis(lines(STREET).to_crs("EPSG:4326"))
    assert net.crs == CRS and net.junctions["x"].iloc[0] == pytest.approx(X, abs=1e-3)
    local = geopandas.GeoDataFrame(geometry=lines(STREET).geometry.to_numpy(), crs=None)
    assert water.read_gis(local).crs == ""


def test_multi_parts_heights_and_empty_lines():
    two = shapely.MultiLineString([[(X, Y, 40), (X + 30, Y, 41)], [(X + 30, Y), (X + 120, Y)]])
    table = geopandas.GeoDataFrame(
        {"id": ["m", "void", "none"], "longueur": [240.0, 5.0, 5.0]},
        geometry=[two, shapely.LineString(), None], crs=CRS,
    )  # fmt: skip
    net = water.read_gis(table)
    assert net.pipes["length_m"].tolist() == [60.0, 180.0]
    assert list(net.pipes.index) == ["m", "m.2"]
    assert net.junctions["elevation_m"].tolist()[:2] == [40.0, 41.0]
    assert net.report.dropped == {"lines": 2}
    assert [it.data["count"] for it in net.report.findings] == [2]


def test_names_join_ends_that_do_not_meet_but_not_far_ones():
    rows = [[(0, 0), (100, 0)], [(102, 0), (200, 0)], [(300, 0), (400, 0)]]
    table = lines(rows, id=["a", "b", "c"], noeud_ini=["", "N9", "N9"], noeud_fin=["N9", "E", ""])
    net = water.read_gis(table)
    assert net.pipes.loc["a", "to_node"] == net.pipes.loc["b", "from_node"] == "N9"
    assert net.pipes.loc["c", "from_node"] != "N9"
    found = [it for it in net.report.findings if it.code == "JUM-H109"]
    assert found[0].entity == "N9" and found[0].data["distance"] == 200.0


def test_ids_are_made_unique_and_readable_by_epanet(tmp_path):
    table = lines([*STREET, [(200, 0), (300, 0)]], id=["rue du Bac; 1", "x", "x"], dn=[80, 80, 80])
    net = water.read_gis(table, points=points([(0, 0)], type=["source"], charge=[50.0]))
    assert list(net.pipes.index) == ["rue_du_Bac__1", "x", "x_2"]
    assert [it.data["after"] for it in net.report.findings if it.code == "JUM-H063"] == ["x_2"]
    out, _ = water.repair(net)
    water.write_inp(out, tmp_path / "n.inp")
    assert len(water.read_inp(tmp_path / "n.inp").pipes) == 3


def test_what_is_out_of_service_or_no_main_is_left_out_and_told():
    table = lines([*STREET, [(0, 9), (9, 9)]], id=["a", "b", "c"], type=["", "branchement", ""],
                  en_service=["oui", "oui", "Abandonnée"])  # fmt: skip
    net = water.read_gis(table)
    assert list(net.pipes.index) == ["a"] and net.report.dropped == {"lines": 2}
    why = {it.entity for it in net.report.findings if it.code == "JUM-H114"}
    assert why == {"connection", "out_of_service"}


@pytest.mark.parametrize(("row", "expected"), [
    ({"service": "N"}, False), ({"service": "O"}, True), ({}, True), ({"status": "0"}, True),
    ({"status": "Hors service"}, False), ({"status": "Ouvert"}, True), ({"service": "1"}, True),
])  # fmt: skip
def test_what_says_that_an_element_serves_no_more(row, expected):
    assert gis_columns.in_service(row) is expected


def test_points_of_each_kind():
    spots = [(0, 0, 60.0), (200, 0), (100, 0.2), (50, 0), (150, 20), (30, 0), (9, 9)]
    table = points(
        spots, id=["F1", "R1", "V1", "S1", "P1", "H1", "x"],
        type=["forage", "Réservoir", "Réducteur de pression", "vanne de sectionnement", "pompe",
              "poteau d'incendie", "borne"],
        cote=[None, 70.0, 20.0, None, None, None, None],
        niv_max=[None, 4.0, None, None, None, None, None],
        volume=[None, 200.0, None, None, None, None, None],
        consigne=[None, None, 35.0, None, None, None, None],
        hmt=[None, None, None, None, 40.0, None, None],
        debit=[None, None, None, None, 25.0, 60.0, None],
    )  # fmt: skip
    net = water.read_gis(lines(STREET, id=["a", "b"], dn=[100, 100]), points=table)
    assert net.reservoirs.loc["F1", "head_m"] == 60.0
    tank = net.tanks.loc["R1"]
    assert (tank["elevation_m"], tank["maximum_level_m"], tank["initial_level_m"]) == (70, 4, 2)
    assert tank["diameter_m"] == pytest.approx(math.sqrt(4 * 200 / (math.pi * 4)))
    assert net.valves.loc["V1", ["type", "setting"]].tolist() == ["PRV", 35.0]
    assert net.curves.iloc[0][["x", "y"]].tolist() == [(25.0,), (40.0,)]
    assert list(net.assets["isolation_valve"].index) == ["S1"]
    assert net.assets["hydrant"].loc["H1", "nominal_flow_m3_h"] == 60.0
    assert net.report.dropped == {"points": 1}
    out, report = water.repair(net)
    assert out.valves.loc["V1", "from_node"] != out.valves.loc["V1", "to_node"]
    assert out.pumps.loc["P1", "from_node"] != out.pumps.loc["P1", "to_node"]
    assert water.isolated(out).empty and out.junctions.loc["H1", "kind"] == "hydrant"
    assert report.read["lines"] == 2 and report.dropped == {"points": 1}
    assert water.solve(out, 0).head.shape[-1] == len(out.node_ids())


def test_columns_as_epanet_and_wntr_name_them():
    table = lines(STREET, name=["a", "b"], start_node_name=["A", "B"], end_node_name=["B", "C"],
                  length=[99.0, 120.0], diameter=[0.1, 0.3], roughness=[130.0, 110.0],
                  initial_status=["Open", "Closed"])  # fmt: skip
    tank = points([(0, 0)], name=["A"], elevation=[30.0], init_level=[2.0], min_level=[1.0],
                  max_level=[5.0], diameter=[12.0])  # fmt: skip
    net = water.read_gis(table, points={"tanks": tank})
    assert net.pipes["status"].tolist() == ["open", "closed"]
    assert net.pipes.loc["a", ["from_node", "to_node"]].tolist() == ["A", "B"]
    assert net.tanks.loc["A", ["diameter_m", "maximum_level_m"]].tolist() == [12.0, 5.0]
    out, _ = water.repair(net)
    assert out.pipes["diameter_mm"].tolist() == pytest.approx([100.0, 300.0])
    assert out.pipes["roughness"].tolist() == [130.0, 110.0]


def test_nodes_may_be_given_with_their_heights_and_demands():
    table = points([(0, 0), (100, 0), (150, 19.9)], id=["A", "B", "C"], type=["noeud"] * 3,
                   cote=[10.0, 12.0, 13.0], demande_l_s=[0.0, 1.0, 2.0])  # fmt: skip
    net = water.read_gis(lines(STREET, id=["a", "b"], dn=[80, 80]), points=table)
    assert net.pipes.loc["a", ["from_node", "to_node"]].tolist() == ["A", "B"]
    out, report = water.repair(net)
    assert out.junctions.loc[["B", "C"], "demand_m3_h"].tolist() == pytest.approx([3.6, 7.2])
    assert out.junctions.loc["B", "elevation_m"] == 12.0
    assert report.repaired["split"] == 1  # C has a demand: it stands on the pipe


def test_a_tank_without_a_size_is_of_fixed_head_and_told():
    table = points([(0, 0)], id=["R"], type=["château d'eau"], cote=[80.0], niveau=[3.0])
    net = water.read_gis(lines(STREET), points=table)
    assert net.reservoirs.loc["R", "head_m"] == 83.0 and net.tanks.empty
    assert [it.code for it in net.report.findings] == ["JUM-H108"]


def test_a_closed_valve_closes_where_it_stands():
    table = points([(50, 0)], id=["V"], type=["vanne"], etat=["Fermée"])
    source = points([(0, 0)], id=["R"], type=["source"], charge=[50.0])
    net = water.read_gis(lines(STREET, dn=[100, 100]), points=[table, source])
    out, _ = water.repair(net)
    assert out.valves.loc["V", ["type", "status"]].tolist() == ["TCV", "closed"]
    assert out.pipes["status"].eq("open").all() and len(out.pipes) == 3


def test_layers_may_tell_what_they_hold_and_lines_may_be_devices():
    net = water.read_gis(
        lines([*STREET, [(200, 0), (205, 0)], [(205, 0), (300, 0)]], id=["a", "b", "u", "d"],
              type=["conduite", "conduite", "pompe", ""], puissance=[None, None, 4.0, None]),
        points={"reservoirs": points([(0, 0)], id=["S"], head=[40.0]),
                "valves": points([(50, 0)], id=["V"], type=["FCV"], setting=[9.0])},
    )  # fmt: skip
    assert list(net.pumps.index) == ["u"] and net.pumps.loc["u", "power_kw"] == 4.0
    assert net.reservoirs.loc["S", "head_m"] == 40.0 and net.valves.loc["V", "type"] == "FCV"


def test_columns_may_be_given_and_wrong_ones_are_refused():
    table = lines(STREET, machin=[0.1, 0.2], truc=["p", "q"])
    net = water.read_gis(table, columns={"diameter_mm": "machin", "id": "truc"})
    assert net.pipes["diameter_mm"].tolist() == [0.1, 0.2] and list(net.pipes.index) == ["p", "q"]
    with pytest.raises(UnknownNameError, match="machin"):
        water.read_gis(table, columns={"diameter_mm": "machine"})
    with pytest.raises(UnknownNameError, match="diameter_mm"):
        water.read_gis(table, columns={"diametre_mm": "machin"})


def test_a_column_that_is_named_may_be_in_one_layer_only():
    table = lines(STREET, truc=[100.0, 80.0], type=["conduite", "conduite"])
    tops = points([(0, 0)], type=["captage"], machin=["haut"])
    net = water.read_gis(table, points=tops, columns={"diameter_mm": "truc", "id": "machin"})
    assert net.pipes["diameter_mm"].tolist() == [100.0, 80.0]
    assert list(net.reservoirs.index) == ["haut"]
    with pytest.raises(UnknownNameError, match="bidule"):
        water.read_gis(table, points=tops, columns={"diameter_mm": "bidule"})


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(MissingFileError, match="JUM-H105"):
        water.read_gis(tmp_path / "no.shp")
    (tmp_path / "text.gpkg").write_text("no layer")
    with pytest.raises(MissingFileError, match="JUM-H105"):
        water.read_gis(tmp_path / "text.gpkg")
    with pytest.raises(InvalidError, match="JUM-H107"):
        water.read_gis(points([(0, 0)], id=["a"]))


@pytest.mark.parametrize(("value", "expected"), [
    ("DN 100", 100.0), ("12,5 m", 12.5), (63, 63.0), (None, math.nan), ("?", math.nan),
    ("1e3", 1000.0), (True, math.nan),
])  # fmt: skip
def test_numbers_as_files_write_them(value, expected):
    assert gis_columns.number(value) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("value", "expected"), [
    ("1987-05-01", 1987.0), (1987.0, 1987.0), ("vers 1960", 1960.0), (0, math.nan),
    (pd.Timestamp("2003-01-01"), 2003.0), (pd.NaT, math.nan), (None, math.nan), (9999, math.nan),
])  # fmt: skip
def test_years_as_files_write_them(value, expected):
    assert gis_columns.year(value) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("text", "kind"), [
    ("Réducteur de pression DN80", ("valve", "PRV")), ("Vanne de sectionnement", ("isolation", "")),
    ("Poteau d'incendie", ("hydrant", "")), ("", ("pipe", "")), ("Bâche", ("tank", "")),
])  # fmt: skip
def test_kinds_as_files_write_them(text, kind):
    assert gis_columns.kind_of(text, "pipe") == kind


@pytest.mark.parametrize("type_", [None, "Ouvrage"])
def test_nature_may_be_a_column_of_kinds(type_):
    pipes = lines([[(0, 0), (100, 0)], [(100, 0), (200, 0)]], nature=["Fonte", "PVC"])
    works = points(
        [(0, 0), (100, 0), (200, 0), (50, 50), (60, 60)],
        nature=["Captage", "Château d'eau", "Réservoir", "Réservoir industriel", "Antenne"],
        altitude=[10.0, 60.0, 55.0, 5.0, 5.0],
    )
    if type_:
        works["type"] = type_
    net = water.read_gis(pipes, points=works)
    assert net.pipes["material"].tolist() == ["Fonte", "PVC"], "there it is the material"
    assert net.report.read["reservoirs"] + net.report.read["tanks"] == 3
    assert sorted(net.reservoirs["head_m"].tolist()) == [10.0, 55.0, 60.0]
    assert net.report.dropped == {"points": 2}


@pytest.mark.parametrize(
    ("nature", "kind"),
    [
        ("Réservoir", "tank"), ("Château d'eau", "tank"), ("Captage", "reservoir"),
        ("Réservoir d'eau ou château d'eau au sol", "tank"), ("Forage", "reservoir"),
        ("Station de pompage", "pump"), ("Pompage", "pump"), ("Réservoir industriel", "other"),
        ("Vanne", "isolation"), ("Poteau incendie", "hydrant"),
    ],
)  # fmt: skip
def test_words_of_nature(nature, kind):
    rows = gis_columns.values(points([(0, 0)], nature=[nature]), None)
    assert gis_columns.kind_of(rows[0]["kind"], "")[0] == kind
