# SPDX-License-Identifier: EUPL-1.2
"""A QGIS project by its XML: what it points at exists, and says what the twin says."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import re
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest

import jumeau
from jumeau.base import colours, i18n
from jumeau.base.errors import InvalidError, MissingFileError, StorageError
from jumeau.interop import qgis
from jumeau.interop.qgis import contents, layout, markup, package, styles, symbols, words
from jumeau.interop.qgis import project as project_
from jumeau.twin import disk, schema
from jumeau.twin.territory import Territory


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(town: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A territory that no test changes."""
    path: Path = tmp_path_factory.mktemp("qgis") / "étang & fils.jumeau"
    load("qgis_town").build(town, path).close()
    return path


@pytest.fixture
def territory(folder: Path) -> Iterator[Territory]:
    opened = jumeau.open(folder)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    with i18n.using("fr"):
        yield


def read(path: Path) -> ET.Element:
    """Return the project inside the archive."""
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == f"{path.stem}.qgs"
        content = archive.read(name)
    assert content.startswith(b"<!DOCTYPE qgis ")
    return ET.fromstring(content)


def layers(root: ET.Element) -> dict[str, ET.Element]:
    return {item.findtext("id", ""): item for item in root.findall("projectlayers/maplayer")}


@pytest.fixture(scope="module")
def written() -> dict[Path, tuple[ET.Element, qgis.Written]]:
    """What was written once for the tests of the module."""
    return {}


@pytest.fixture
def project(
    folder: Path, written: dict[Path, tuple[ET.Element, qgis.Written]], _worksites: None
) -> tuple[ET.Element, qgis.Written]:
    """The project of the town, written while its worksites are the town's own."""
    if folder not in written:
        done = qgis.write(jumeau.open(folder), force=True)
        written[folder] = (read(done.path), done)
    return written[folder]


# -- references --------------------------------------------------------------------------------
def test_it_lies_beside_the_territory_with_its_data(
    folder: Path, project: tuple[ET.Element, qgis.Written]
) -> None:
    _, done = project
    assert done.path == folder.parent / "étang & fils.qgz"
    assert done.data == folder.parent / "étang & fils.gpkg"
    assert done.relative
    assert done.rasters == ()


def test_every_reference_inside_it_exists(project: tuple[ET.Element, qgis.Written]) -> None:
    root, done = project
    known = layers(root)
    assert len(known) == done.layers == len(root.findall("projectlayers/maplayer"))
    assert all(len(name) > 10 for name in known), "QGIS replaces shorter identifiers"
    asked = [item.get("id") for item in root.findall("./layer-tree-group//layer-tree-layer")]
    assert sorted(asked) == sorted(known)
    ordered = [item.text for item in root.findall("layer-tree-group/custom-order/item")]
    assert sorted(ordered) == sorted(known)
    for item in root.findall("Layouts//layer-tree-layer"):
        assert item.get("id") in known
    for renderer in root.iter("renderer-v2"):
        names = {item.get("name") for item in renderer.findall("symbols/symbol")}
        used = [item.get("symbol") for item in renderer.iter()
                if item.tag in {"rule", "range", "category"} and item.get("symbol")]  # fmt: skip
        assert set(used) <= names
        assert len(used) == len(set(used))


def test_every_source_exists_at_a_relative_path(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    root, done = project
    inside = {name for name, _ in pyogrio.list_layers(done.data)}
    seen = set()
    for item in layers(root).values():
        path, _, rest = item.findtext("datasource", "").partition("|layername=")
        assert path.startswith("./")
        assert (done.path.parent / path).is_file()
        if item.get("type") == "vector":
            assert rest in inside
            seen.add(rest)
    assert seen == inside, "each layer of the GeoPackage is in the project"
    assert root.findtext("properties/Paths/Absolute") == "false"


def test_fields_named_in_the_project_are_in_the_data(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    root, done = project
    for item in layers(root).values():
        if item.get("type") != "vector":
            continue
        name = item.findtext("datasource", "").partition("|layername=")[2]
        held = {*pyogrio.read_info(done.data, layer=name)["fields"], "fid"}
        for path, key in (("aliases/alias", "field"), ("fieldConfiguration/field", "name"),
                          (".//attributeEditorField", "name")):  # fmt: skip
            assert {part.get(key) for part in item.findall(path)} <= held
        for text in expressions(item):
            assert set(re.findall(r'"((?:[^"]|"")+)"', re.sub(r"'[^']*'", "", text))) <= held


def expressions(item: ET.Element) -> Iterator[str]:
    for rule in item.findall(".//rule"):
        yield rule.get("filter", "").replace("ELSE", "")
    yield from re.findall(r"\[% (.*?) %\]", re.sub(r"<[^>]*>", "", item.findtext("mapTip", "")))
    yield item.findtext("previewExpression", "")
    for text in item.findall(".//labeling//text-style"):
        yield text.get("fieldName", "")


# -- what it says ------------------------------------------------------------------------------
def test_crs_extent_and_title(
    project: tuple[ET.Element, qgis.Written], territory: Territory
) -> None:
    root, _ = project
    assert root.get("version", "").startswith("3.28.")
    assert root.findtext("title") == territory.name
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:2154"
    assert root.findtext("projectCrs/spatialrefsys/srid") == "2154"
    for item in layers(root).values():
        if item.find("srs") is not None:
            assert item.findtext("srs/spatialrefsys/authid") == "EPSG:2154"
    shown = [float(root.findtext(f"mapcanvas/extent/{name}", "nan"))
             for name in ("xmin", "ymin", "xmax", "ymax")]  # fmt: skip
    west, south, east, north = territory.extent() or ()
    assert shown[0] < west
    assert shown[1] < south
    assert shown[2] > east
    assert shown[3] > north
    assert shown[2] - shown[0] < 2 * (east - west)


def test_groups_are_those_of_the_worksites_then_facts_then_relief_then_checks(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    root, _ = project
    titles = [item.get("name") for item in root.findall("layer-tree-group/layer-tree-group")]
    assert titles == [
        "Éclairage public", "Bâtiments", "Voies", "Végétation", "Aléas",
        "Population et découpages", "Relief", "Constats et estimations", "Tables sans carte",
    ]  # fmt: skip
    lighting = root.find("layer-tree-group/layer-tree-group")
    assert lighting is not None
    held = [item.get("name") for item in lighting]
    assert {"Points lumineux", "Armoires de commande", "Par voie", "Par quartier"} <= set(held)
    assert "Éclairement horizontal [lx]" in held
    results = lighting.find("layer-tree-group")
    assert results is not None
    assert results.get("mutually-exclusive") == "1"
    assert results.get("checked") == "Qt::Unchecked"


def test_english_when_asked(territory: Territory, tmp_path: Path) -> None:
    with i18n.using("en"):
        done = qgis.write(territory, tmp_path / "town.qgz")
    root = read(done.path)
    titles = [item.get("name") for item in root.findall("layer-tree-group/layer-tree-group")]
    assert titles[0] == "Public lighting"
    assert titles[-2:] == ["Findings and estimates", "Tables without a map"]
    assert "Éclairage" not in ET.tostring(root, encoding="unicode")


def test_names_units_and_codes_are_those_of_the_schema(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    lamp = layers(project[0])["jumeau_layer_luminaire"]
    aliases = {item.get("field"): item.get("name") for item in lamp.findall("aliases/alias")}
    assert aliases["power_w"] == "Puissance [W]"
    assert aliases["power_w_estimated"] == "Puissance, estimation [W]"
    assert aliases["lamp_type_estimated_method"] == "Type de lampe, méthode de l'estimation"
    widget = lamp.find("fieldConfiguration/field[@name='lamp_type']/editWidget")
    assert widget is not None
    assert widget.get("type") == "ValueMap"
    held = widget.findall("config/Option/Option[@name='map']/Option/Option")
    pairs = {item.get("name"): item.get("value") for item in held}
    assert pairs["Sodium haute pression"] == "HPS"
    assert len(pairs) == len(schema.table("luminaire")["lamp_type"].codes)
    tabs = [item.get("name") for item in lamp.findall("attributeEditorForm/*")]
    assert tabs == ["Faits", "Estimations", "Provenance"]
    assert lamp.get("readOnly") == "1"


def test_licence_and_sources_are_said_by_the_layers_that_come_from_them(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    root, _ = project
    lamp = layers(root)["jumeau_layer_luminaire"]
    assert lamp.findtext("resourceMetadata/license") == "Licence Ouverte 2.0"
    assert "Ville de Bourg-l'Étang, Points lumineux, 2025" in str(
        lamp.findtext("resourceMetadata/rights")
    )
    texts = [item.get("labelText", "") for item in root.findall("Layouts/Layout/LayoutItem")]
    assert any("Points lumineux, 2025" in text for text in texts)


def test_lamps_are_drawn_by_type_facts_apart_from_estimates(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    lamp = layers(project[0])["jumeau_layer_luminaire"]
    renderer = lamp.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("type") == "RuleRenderer"
    given, supposed, unknown = renderer.findall("rules/rule")
    assert [rule.get("label") for rule in given] == ["Sodium haute pression", "LED"]
    assert [rule.get("label") for rule in supposed] == ["Sodium haute pression"]
    assert supposed.get("filter") == '"lamp_type" IS NULL AND "lamp_type_estimated" IS NOT NULL'
    assert unknown.get("filter") == "ELSE"
    drawn = {item.get("name"): item for item in renderer.findall("symbols/symbol")}
    colour = ".//Option[@name='color']"
    sodium, led = (drawn[str(rule.get("symbol"))].find(colour) for rule in given)
    assert led is not None
    assert led.get("value") == "31,111,184,255"
    ring = drawn[str(supposed[0].get("symbol"))].find(colour)
    assert sodium is not None
    assert ring is not None
    assert str(sodium.get("value")).endswith(",255")
    assert str(ring.get("value")).endswith(",45"), "an estimate is a ring"


def test_colours_of_lamps_are_those_of_the_page() -> None:
    page = Path(__file__).parents[2] / "web/src/map/palette.ts"
    said = dict(re.findall(r'^\s+([A-Z]+): \["(#[0-9a-f]{6})"', page.read_text(), re.MULTILINE))
    assert words.lamp_colors() == said
    assert set(said) == set(schema.table("luminaire")["lamp_type"].codes)


def test_buildings_by_height_are_hatched_where_it_is_an_estimate(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    building = layers(project[0])["jumeau_layer_building_height"]
    assert building.findtext("layername") == "Bâtiments, par hauteur (hachures : estimation)"
    renderer = building.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == 'coalesce("height_m", "height_m_estimated", -1)'
    lows = [float(item.get("lower", "nan")) for item in renderer.findall("ranges/range")]
    assert lows[:-1] == [0.0, *colours.scale("building_height").classes]
    assert lows[-1] == -1.0
    hatched = renderer.findall(".//layer[@class='LinePatternFill']")
    assert len(hatched) == len(lows) - 1, "all but the unknown ones"


def test_rasters_have_the_classes_and_colours_of_their_legend(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    raster = layers(project[0])["jumeau_layer_raster_illuminance"]
    scale = colours.scale("illuminance")
    ramp = raster.find("pipe/rasterrenderer/rastershader/colorrampshader")
    assert ramp is not None
    assert ramp.get("colorRampType") == "DISCRETE"
    hidden, *steps = ramp.findall("item")
    assert (hidden.get("alpha"), float(hidden.get("value", "nan"))) == ("0", scale.classes[0])
    assert tuple(item.get("color") for item in steps) == scale.colors
    tops = [float(item.get("value", "nan")) for item in steps]
    assert tops == [*scale.classes[1:], float("inf")]
    assert hidden.get("label") == "moins de 0,1 lx"
    assert steps[-1].get("label") == "50 lx et plus"
    shaded = layers(project[0])["jumeau_layer_raster_shaded"].find("pipe/rasterrenderer")
    assert shaded is not None
    assert shaded.get("type") == "hillshade"


def test_results_by_street_join_the_indicators(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    root, done = project
    frame = pyogrio.read_dataframe(done.data, layer="lighting_by_street")
    row = frame.set_index("id").loc["s0"]
    name = "lighting_energy_kwh"
    assert row[name] == 4000.0
    assert (row[f"{name}_low"], row[f"{name}_high"], row[f"{name}_share"]) == (3000, 5000, 0.4)
    item = layers(root)[f"jumeau_layer_lighting_by_street_{name}"]
    assert item.findtext("layername") == "Électricité de l'éclairage [kWh/an]"


def test_facts_stay_empty_beside_their_estimates(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    frame = pyogrio.read_dataframe(project[1].data, layer="luminaire")
    assert len(frame) == 300
    supposed = frame[frame["power_w_estimated"].notna()]
    assert len(supposed) == 100
    assert supposed["power_w"].isna().all()
    assert set(supposed["lamp_type_estimated"]) == {"HPS"}
    assert set(frame["estimated_count"].dropna()) == {2}


def test_findings_are_where_what_they_are_about_is(
    project: tuple[ET.Element, qgis.Written], town: ModuleType
) -> None:
    frame = pyogrio.read_dataframe(project[1].data, layer="finding").set_index("entity")
    lamp = frame.loc["lamp/00007"]
    assert (lamp.geometry.x, lamp.geometry.y) == (town.X + 140, town.Y)
    assert frame.loc["b3"].geometry.within(
        pyogrio.read_dataframe(project[1].data, layer="building").set_index("id").loc["b3"].geometry
    )
    assert frame.loc["src-lamps"].geometry is None
    assert "licence" in lamp["what"].lower()


def test_a_table_of_several_kinds_of_geometry_is_a_layer_a_kind(
    project: tuple[ET.Element, qgis.Written],
) -> None:
    found = {
        kind: set(pyogrio.read_dataframe(project[1].data, layer=f"place_{kind}")["id"])
        for kind in contents.KINDS
    }
    assert found == {"point": {"p1", "p4"}, "line": {"p2"}, "polygon": {"p3", "p4"}}


def test_heavy_layers_wait_for_their_scale(project: tuple[ET.Element, qgis.Written]) -> None:
    known = layers(project[0])
    for name, scale in (("luminaire", "100000"), ("building_height", "50000")):
        item = known[f"jumeau_layer_{name}"]
        assert (item.get("hasScaleBasedVisibilityFlag"), item.get("minScale")) == ("1", scale)
    rendering = known["jumeau_layer_luminaire"].find("labeling/settings/rendering")
    assert rendering is not None
    assert rendering.get("scaleMax") == "1500"


def test_no_layer_comes_from_a_third_party(project: tuple[ET.Element, qgis.Written]) -> None:
    root, _ = project
    assert {item.findtext("provider") for item in layers(root).values()} == {"ogr", "gdal"}
    assert not any("http" in item.findtext("datasource", "") for item in layers(root).values())


def test_the_same_version_gives_the_same_bytes(territory: Territory, tmp_path: Path) -> None:
    first = qgis.write(territory, tmp_path / "a.qgz")
    held = (first.path.read_bytes(), first.data.read_bytes() if first.data else b"")
    again = qgis.write(territory, tmp_path / "a.qgz", force=True)
    assert again.path.read_bytes() == held[0]
    assert again.data
    assert again.data.read_bytes() == held[1]


# -- where -------------------------------------------------------------------------------------
def test_rasters_of_a_worksite_cover_one_another_the_first_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.base import plugins
    from jumeau.base.contract import RasterWindow
    from jumeau.worksites.climate.run import WORKSITE

    monkeypatch.setattr(plugins, "load_all", lambda _: {"climate": WORKSITE})
    made = jumeau.create(tmp_path / "flood.jumeau", name="Crue")
    bounds = (699_999.5, 6_499_960.5, 700_039.5, 6_500_000.5)
    window = RasterWindow(bounds, np.full((40, 40), 0.5, dtype=np.float32))
    with made.transaction("water") as tx:
        for name in ("flood_hazard", "water_depth", "water_speed", "dtm"):
            tx.put_raster(name, [window])
    root = read(qgis.write(made).path)
    checked = {
        item.get("id", "").removeprefix("jumeau_layer_raster_"): item.get("checked")
        for item in root.findall("./layer-tree-group//layer-tree-layer")
    }
    shown = {name for name, state in checked.items() if state == "Qt::Checked"}
    assert {"water_depth", "water_speed", "flood_hazard", "dtm"} <= set(checked)
    assert shown & {"water_depth", "water_speed", "flood_hazard", "dtm"} == {"water_depth"}
    made.close()


def test_elsewhere_the_rasters_are_absolute(territory: Territory, tmp_path: Path) -> None:
    done = qgis.write(territory, tmp_path / "loin.qgz")
    assert not done.relative
    root = read(done.path)
    for name, item in layers(root).items():
        path = item.findtext("datasource", "")
        assert path.startswith("/" if "raster" in name else "./")
    assert root.findtext("properties/Paths/Absolute") == "true"


def test_inside_the_territory_paths_are_relative(town: ModuleType, tmp_path: Path) -> None:
    made = town.build(tmp_path / "t.jumeau")
    done = qgis.write(made, made.path / "inbox" / "t.qgz")
    assert done.relative
    path = layers(read(done.path))["jumeau_layer_raster_illuminance"].findtext("datasource")
    assert path == "../rasters/illuminance.vrt"


def test_a_past_version_has_its_own_rasters_and_rows(town: ModuleType, tmp_path: Path) -> None:
    import rasterio

    made = town.build(tmp_path / "t.jumeau")
    version = made.version
    with made.transaction("later") as tx:
        tx.insert("luminaire", town.luminaires(50, 300))
        light = town.light()
        nines = np.full_like(light.values, 9.0)
        tx.put_rasters([dataclasses.replace(light, values=nines)], layer="illuminance")
    done = qgis.write(made.at(version=version))
    assert done.path.name == f"t-v{version}.qgz"
    assert len(pyogrio.read_dataframe(done.data, layer="luminaire")) == 300
    (path,) = done.rasters
    written = layers(read(done.path))["jumeau_layer_raster_illuminance"].findtext("datasource")
    assert written == f"./{path.name}"
    with (
        rasterio.open(path) as past,
        rasterio.open(made.path / "rasters" / "illuminance.vrt") as now,
    ):
        assert past.read(1, masked=True).max() == pytest.approx(60)
        assert now.read(1, masked=True).max() == pytest.approx(9)


def test_the_facts_can_also_be_read_by_address(territory: Territory, tmp_path: Path) -> None:
    done = qgis.write(territory, tmp_path / "a.qgz", url="http://127.0.0.1:8123")
    root = read(done.path)
    remote = {name: item for name, item in layers(root).items() if "_api_" in name}
    assert remote
    for item in remote.values():
        assert item.findtext("provider") == "OAPIF"
        assert "url='http://127.0.0.1:8123/'" in item.findtext("datasource", "")
        assert "_estimated" not in ET.tostring(item, encoding="unicode")
    group = root.findall("layer-tree-group/layer-tree-group")[-1]
    assert group.get("checked") == "Qt::Unchecked"
    assert {item.get("checked") for item in group} <= {None, "Qt::Unchecked"}


# -- refusals ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url", ["ftp://a", "http://", "a b", "javascript:alert(1)", "http://h:99999/", "http://[/"]
)
def test_what_is_not_an_address_is_refused(territory: Territory, tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidError, match="JUM-I041"):
        qgis.write(territory, tmp_path / "a.qgz", url=url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.qgz", "a.gpkg"])
def test_an_existing_file_is_kept(territory: Territory, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(InvalidError, match="JUM-T121"):
        qgis.write(territory, tmp_path / "a.qgz")
    assert (tmp_path / name).read_bytes() == b"mine"
    assert qgis.write(territory, tmp_path / "a.qgz", force=True).layers


def test_other_suffixes_and_missing_folders_are_refused(
    territory: Territory, tmp_path: Path
) -> None:
    with pytest.raises(InvalidError, match="JUM-I040"):
        qgis.write(territory, tmp_path / "a.gpkg")
    with pytest.raises(MissingFileError, match="JUM-T122"):
        qgis.write(territory, tmp_path / "no" / "a.qgz")


@pytest.mark.parametrize("when", ["package", "archive"])
def test_a_disk_that_refuses_leaves_nothing(
    territory: Territory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if when == "package":
        monkeypatch.setattr(package, "write", refuse)
    else:
        monkeypatch.setattr(disk, "write_bytes", refuse)
    with pytest.raises((StorageError, OSError)):
        qgis.write(territory, tmp_path / "a.qgz")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_territory_gives_an_empty_project(tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "vide.jumeau", name="Vide", crs="EPSG:2975")
    done = qgis.write(made)
    assert done.data is None
    assert done.layers == 0
    root = read(done.path)
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:2975"
    assert float(root.findtext("mapcanvas/extent/xmin", "nan")) < 400_000


def test_lamps_without_run_nor_raster(town: ModuleType, tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "l.jumeau", name="Lampes")
    with made.transaction("lamps") as tx:
        tx.insert("luminaire", town.luminaires(6))
    root = read(qgis.write(made).path)
    (item,) = layers(root).values()
    labels_ = [rule.get("label") for rule in item.findall("renderer-v2/rules/rule")]
    assert labels_ == ["Donné par l'inventaire", "Inconnu"]


def test_a_name_is_never_read_as_anything_else(town: ModuleType, tmp_path: Path) -> None:
    name = load("qgis_town").NAME
    made = jumeau.create(tmp_path / "n.jumeau", name=name)
    with made.transaction("lamps") as tx:
        tx.insert("luminaire", town.luminaires(3))
    root = read(qgis.write(made).path)
    assert root.findtext("title") == made.name == name
    for item in root.findall("Layouts/Layout/LayoutItem"):
        assert "[%" not in item.get("labelText", ""), "QGIS would evaluate it"
    shown = [item.get("labelText", "").replace("\u2060", "") for item in root.iter("LayoutItem")]
    assert name in shown


# -- pieces ------------------------------------------------------------------------------------
def test_every_text_is_in_both_languages() -> None:
    for name in ("texts", "groups", "lamps"):
        text = resources.files("jumeau.interop.qgis").joinpath(f"{name}.csv").read_text("utf-8")
        for row in csv.DictReader(text.splitlines()):
            assert all(row.values()), row
            if name == "texts":
                holes = [sorted(set(re.findall(r"{(\w+)}", row[lang]))) for lang in ("en", "fr")]
                assert set(holes[1]) <= set(holes[0]), row


def test_every_table_with_a_geometry_has_its_place() -> None:
    known = {row["table"] for row in words.rows("tables.csv")}
    drawn = {name for name, item in schema.tables().items() if item.geometry}
    assert drawn <= known
    assert {words.style(name).group for name in known} <= set(words.groups())
    assert {words.style(name).kind for name in drawn} <= {*styles._DRAWN, "building"}


def test_texts_of_expressions_cannot_leave_them() -> None:
    assert markup.literal("l'été \\ x") == "'l''été \\\\ x'"
    assert markup.column('a"b') == '"a""b"'
    assert markup.literal(None) == "NULL"
    assert "[%" not in markup.not_evaluated("[% 1 %]")
    assert markup.clean("a\x00b\x0bc\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_round_limits_hold_every_value() -> None:
    for values in ([5.0], [0.0, 0.0], [-3.0, 2.0, 40.0], [1e-6, 2e-6], list(range(1, 5000))):
        limits = styles.round_limits(np.array(values, dtype=float))
        assert limits[0] <= min(values)
        assert limits == sorted(set(limits))
        classes = symbols.intervals(limits, max(values), "kWh/yr")
        assert classes[-1][1] >= max(values)
        assert classes[-1][2].endswith("kWh/an et plus")


def test_the_page_keeps_the_proportions_of_the_map() -> None:
    place = layout.Place(0, 0, 300, 100)
    found = layout.fitted((0, 0, 10, 10), place)
    assert found == (-10.0, 0.0, 20.0, 10.0)


def test_the_page_names_all_sources_or_all_publishers() -> None:
    lines = [f"IGN, BD TOPO {i}, 2025 (Licence Ouverte 2.0)" for i in range(40)]
    assert project_.credits_line(lines[:3]) == "; ".join(lines[:3])
    assert project_.credits_line([*lines, "INSEE, COG (LO)"]).startswith("IGN, INSEE (")
    many = project_.credits_line([f"Commune {i} (LO)" for i in range(400)])
    assert len(many) < project_.PAGE_TEXT + 80
    assert "…" in many
    assert project_.credits_line([]) == "–"
