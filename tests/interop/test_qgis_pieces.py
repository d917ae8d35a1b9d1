# SPDX-License-Identifier: EUPL-1.2
"""The pieces of a QGIS project: symbols, renderers, tree, rasters, forms, labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from jumeau.base import i18n
from jumeau.base.colours import Scale
from jumeau.interop.qgis import layout, markup, project, raster, symbols, tree, vector, words
from jumeau.interop.qgis.contents import Column, Content
from jumeau.twin.rights import Rights

HELD = Rights("Licence Ouverte 2.0", False, ("Ville (LO)",), (), (), "https://l.fr")


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    with i18n.using("fr"):
        yield


def content(*columns: Column, geometry: str | None = "point") -> Content:
    return Content(
        "x", "X & <Y>", "luminaire", "", geometry, columns, 1, (0, 0, 1, 1), "fact", HELD
    )


def leaf(name: str, *, visible: bool = True, order: int = 0) -> tree.Leaf:
    made = ET.Element("maplayer")
    markup.add(made, "id", name)
    markup.add(made, "layername", name.upper())
    markup.add(made, "datasource", f"./{name}")
    return tree.Leaf(made, "ogr", visible, order)


# -- symbols -----------------------------------------------------------------------------------
def test_sizes_on_the_ground_are_bounded_on_paper() -> None:
    made = symbols.marker("#ff0000", "#ffffff", 5, unit="RenderMetersInMapUnits", width=0.5,
                          smallest=0.7, largest=2.2)  # fmt: skip
    held = {item.get("name"): item.get("value") for item in made.findall("layer/Option/Option")}
    assert held["size_map_unit_scale"] == "3x:0,0,1,0.7,1,2.2"
    assert held["outline_width_map_unit_scale"] == "3x:0,0,1,0.07,1,0.22"
    assert held["color"] == "255,0,0,255"
    assert symbols._limits() == "3x:0,0,0,0,0,0"


def test_rules_keep_their_tree_and_their_symbols() -> None:
    inner = [symbols.Rule("a", "1", symbols.marker("#000000")), symbols.Rule("b", "2",
             symbols.marker("#ffffff"))]  # fmt: skip
    made = symbols.rules("t", [symbols.Rule("all", "", None, inner), symbols.Rule("c", "ELSE",
                         symbols.marker("#123456"))])  # fmt: skip
    group, other = made.findall("rules/rule")
    assert "filter" not in group.attrib
    assert "symbol" not in group.attrib
    assert [item.get("symbol") for item in group] == ["0", "1"]
    assert other.get("symbol") == "2"
    keys = [item.get("key") for item in made.iter("rule")]
    assert len(set(keys)) == 4
    assert keys == [item.get("key") for item in symbols.rules("t", [
        symbols.Rule("all", "", None, inner), symbols.Rule("c", "ELSE")]).iter("rule")]  # fmt: skip


def test_classes_follow_each_other_without_a_gap() -> None:
    found = symbols.intervals([0, 10, 100], 2500.0, "kWh/yr")
    assert [item[:2] for item in found] == [(0, 10), (10, 100), (100, 2500.0)]
    assert [item[2] for item in found] == ["0 – 10 kWh/an", "10 – 100 kWh/an", "100 kWh/an et plus"]
    made = symbols.graduated("v", [
        symbols.Class(text, symbols.line(symbols.stroke("#000000", 1)), (low, high))
        for low, high, text in found])  # fmt: skip
    assert [item.get("upper") for item in made.findall("ranges/range")] == ["10", "100", "2500"]


def test_the_rest_is_a_category_without_a_value() -> None:
    held = [symbols.Class("A", symbols.fill(symbols.area("#000000")), "a\"'<"),
            symbols.Class("rest", symbols.fill(symbols.area("#ffffff")), None)]  # fmt: skip
    made = ET.fromstring(ET.tostring(symbols.categories('"c"', held)))
    assert [item.get("value") for item in made.findall("categories/category")] == ["a\"'<", ""]


# -- tree --------------------------------------------------------------------------------------
def test_what_shows_needs_every_group_above_it() -> None:
    held = [
        tree.Group("g", True, False, [leaf("a", order=1), leaf("b", visible=False, order=9)]),
        tree.Group("h", False, False, [leaf("c", order=5)]),
    ]
    assert [item.identifier for item in tree.shown(held)] == ["a"]
    assert [item.identifier for item in tree.drawing(held)] == ["b", "c", "a"]
    assert [item.identifier for item in tree.leaves(held)] == ["a", "b", "c"]


def test_an_exclusive_group_says_which_layer_shows() -> None:
    group = tree.Group("one of", True, True, [leaf("a", visible=False), leaf("b")])
    (made,) = tree.root([group], ordered=False).findall("layer-tree-group")
    assert (made.get("mutually-exclusive"), made.get("mutually-exclusive-child")) == ("1", "1")
    (kept,) = layout._visible([tree.Group("theme", True, False, [group])])
    assert isinstance(kept, tree.Group)
    assert [item.title for item in kept.inside] == ["B"], "the legend holds the one that shows"


# -- rasters -----------------------------------------------------------------------------------
@pytest.mark.parametrize("hidden", [True, False])
def test_raster_classes_are_those_of_the_scale(hidden: bool) -> None:
    scale = Scale((1.0, 2.5, 10.0), ("#000000", "#808080", "#ffffff"), hidden)
    items = raster.classes(scale, "lx").findall(".//colorrampshader/item")
    values = [item.get("value") for item in items]
    assert values == (["1"] if hidden else []) + ["2.5", "10", "inf"]
    assert [item.get("alpha") for item in items] == ["0"] * hidden + ["255"] * 3
    assert items[-2].get("label") == "2,5 – 10 lx"


def test_a_legend_leaves_out_what_is_transparent() -> None:
    made = leaf("r").xml
    made.append(raster.classes(Scale((1.0, 2.0), ("#000000", "#ffffff"), True), "m"))
    held = tree.root([tree.Leaf(made, "gdal", True, 0)], legend=True)
    (order,) = held.findall("layer-tree-layer/customproperties/Option/Option")
    assert (order.get("name"), order.get("value")) == ("legend/node-order", "2,3")


# -- vector layers -----------------------------------------------------------------------------
def test_words_that_two_codes_share_stay_apart() -> None:
    assert vector._apart({"a": "Ville", "b": "Ville", "c": "IGN"}) == {
        "a": "Ville", "b": "Ville (b)", "c": "IGN",
    }  # fmt: skip


def test_a_map_tip_marks_estimates_and_runs_no_html() -> None:
    item = content(
        Column("id", "Identifiant", "fact"),
        Column("power_w", "Puissance [W]", "fact", "double", unit="W"),
        Column("power_w_estimated", "Puissance <est>", "estimate", "double", unit="W"),
        Column("power_w_estimated_low", "bas", "estimate", "double"),
        Column("power_w_estimated_high", "haut", "estimate", "double"),
        Column("source_id", "Source", "source"),
    )
    tip = vector.map_tip(item)
    assert "<small>X &amp; &lt;Y&gt;</small>" in tip
    assert tip.count("[%") == tip.count("%]") == 3
    assert "'≈ '" in tip
    assert '"power_w_estimated_low"' in tip
    assert "source_id" not in tip
    assert "Puissance &lt;est&gt;" in tip


def test_a_table_has_no_srs_nor_renderer() -> None:
    about = vector.About("jumeau_layer_x", "X", "a", HELD, None, "EPSG:2154")
    made = vector.layer(content(Column("id", "Id", "fact"), geometry=None), about, "./a", None)
    assert made.get("geometry") == "No geometry"
    assert made.find("srs") is None
    assert made.find("renderer-v2") is None
    assert made.findtext("resourceMetadata/license") == "Licence Ouverte 2.0"
    link = made.find("resourceMetadata/links/link")
    assert link is not None
    assert link.get("url") == "https://l.fr"


def test_labels_of_lines_follow_them() -> None:
    along = vector.labelling(vector.Label('"name"', 10_000, along=True), "line")
    beside = vector.labelling(vector.Label('"name"', 0), "point")
    for made, place, scaled in ((along, "3", "1"), (beside, "0", "0")):
        placement, rendering = made.find("settings/placement"), made.find("settings/rendering")
        assert placement is not None
        assert rendering is not None
        assert placement.get("placement") == place
        assert rendering.get("scaleVisibility") == scaled


# -- paths, units, options ---------------------------------------------------------------------
def test_paths_are_written_as_qgis_resolves_them() -> None:
    folder, file = Path("/a/b"), Path("/a/b/t.jumeau/rasters/dtm.vrt")
    assert project.written(file, folder, relative=True) == "./t.jumeau/rasters/dtm.vrt"
    assert project.written(file, folder / "c", relative=True) == "../t.jumeau/rasters/dtm.vrt"
    assert project.written(file, folder, relative=False) == file.as_posix()


def test_units_are_in_the_language() -> None:
    assert words.with_unit("Énergie", "kWh/yr") == "Énergie [kWh/an]"
    assert words.with_unit("Nombre", "1") == "Nombre"
    with i18n.using("en"):
        assert words.with_unit("Energy", "kWh/yr") == "Energy [kWh/yr]"


def test_options_carry_their_types() -> None:
    made = markup.option({"a": 1, "b": True, "c": [1.5, "x"], "d": {}})
    assert [item.get("type") for item in made] == ["int", "bool", "List", None]
    assert made[1].get("value") == "true"
    assert [item.get("type") for item in made[2]] == ["double", "QString"]


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:5490", "EPSG:2972", "EPSG:2975", "EPSG:4471"])
def test_each_national_projection_is_written_whole(crs: str) -> None:
    made = markup.system(crs)
    assert made.findtext("authid") == crs
    assert str(made.findtext("wkt")).startswith("PROJCRS[")
    assert str(made.findtext("proj4")).startswith("+proj=")
    assert made.findtext("geographicflag") == "false"
    assert made.findtext("projectionacronym") in {"lcc", "utm"}
