# SPDX-License-Identifier: EUPL-1.2
"""Tiles of the town: what they hold, how they thin, what they remember."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base import crs as crs_
from jumeau.base.errors import InvalidError
from jumeau.interop import features, mercator, raster_tiles, tiles
from jumeau.interop.mercator import Tile
from jumeau.interop.pyramid import draft, drawing, warm
from jumeau.interop.pyramid.layers import COLUMNS
from jumeau.interop.served import Served


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reader = _load("mvt_reader")


@pytest.fixture(scope="module", autouse=True)
def _ready() -> None:
    warm.now()


@pytest.fixture(params=["shapes", "draft"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Tiles drawn from the shapes, or from the rows while those are not there."""
    if request.param == "draft":
        monkeypatch.setattr(warm, "ready", threading.Event())
    return str(request.param)


def place(town: ModuleType, z: int, dx: float = 500, dy: float = 200) -> Tile:
    to_wgs84 = crs_.transformer("EPSG:2154", "EPSG:4326")
    lon, lat = to_wgs84.transform(town.X + dx, town.Y + dy)
    return mercator.tile_at(lon, lat, z)


def draw(served: Served, table: str, address: Tile) -> list:
    with served.reading() as view:
        content = tiles.tile(view, features.table(table), address)
    return reader.read(content)[table] if content else []


def children(address: Tile) -> list[Tile]:
    return [
        Tile(address.z + 1, 2 * address.x + i, 2 * address.y + j) for i in (0, 1) for j in (0, 1)
    ]


@pytest.mark.usefixtures("ways")
def test_the_tiles_of_a_zoom_hold_every_row(served: Served, town: ModuleType) -> None:
    first = place(town, 12)
    wanted = [grandchild for child in children(first) for grandchild in children(child)]
    found = {
        item.properties["id"] for address in wanted for item in draw(served, "luminaire", address)
    }
    around = {item.properties["id"] for item in draw(served, "luminaire", first)}
    assert around <= found
    assert len(around) == 300


@pytest.mark.usefixtures("ways")
def test_points_are_where_they_should(served: Served, town: ModuleType) -> None:
    address = place(town, 16, 0, 0)
    (lamp,) = [
        item for item in draw(served, "luminaire", address) if item.properties["id"] == "lamp/00000"
    ]
    x, y = crs_.transformer("EPSG:2154", "EPSG:3857").transform(town.X, town.Y)
    west, _, _, north = address.bounds
    exact = ((x - west) / address.resolution, (north - y) / address.resolution)
    assert lamp.parts[0][0] == pytest.approx(exact, abs=1)


@pytest.mark.usefixtures("ways")
def test_facts_and_estimates_never_mix(served: Served, town: ModuleType) -> None:
    found = {
        item.properties["id"]: item.properties
        for item in draw(served, "luminaire", place(town, 14))
    }
    known, unknown = found["lamp/00000"], found["lamp/00002"]
    assert known["lamp_type"] == "LED"
    assert known["power_w"] == 50.0
    assert "lamp_type_estimated" not in known
    assert "power_w_estimated" not in known
    assert "lamp_type" not in unknown
    assert unknown["lamp_type_estimated"] == "HPS"
    assert unknown["power_w_estimated"] == 70.0
    assert known["street_id"] == "s0"
    assert "source_id" not in known


@pytest.mark.usefixtures("ways")
def test_an_empty_place_is_no_bytes(served: Served, town: ModuleType) -> None:
    assert draw(served, "luminaire", place(town, 14, 60_000, 60_000)) == []
    assert draw(served, "luminaire", mercator.tile(3, 0, 0)) == []
    assert draw(served, "tree", place(town, 14)) == []


@pytest.mark.usefixtures("ways")
def test_shapes_are_cut_to_the_tile(served: Served, town: ModuleType) -> None:
    for table, z in (("street", 17), ("district", 17)):
        points = [
            point
            for item in draw(served, table, place(town, z, 500, 10))
            for part in item.parts
            for point in part
        ]
        assert points
        margin = drawing.MARGIN + 140  # the tile is turned in the projection
        assert all(-margin <= x <= 4096 + margin for x, _ in points)
        assert all(-margin <= y <= 4096 + margin for _, y in points)


def test_a_town_seen_from_far_is_not_empty(served: Served, town: ModuleType) -> None:
    assert len(draw(served, "building", place(town, 14))) == 20
    for z in (4, 7, 10):
        found = draw(served, "building", place(town, z))
        assert 1 <= len(found) <= 20
        assert sum(item.properties.get("one_in", 1) for item in found) == 20
    assert len(draw(served, "district", place(town, 10))) == 1


def test_a_zoom_is_among_the_next_one(served: Served, town: ModuleType) -> None:
    for table in ("luminaire", "street"):
        for z in range(4, 14):
            names = {
                item.properties["id"]
                for item in draw(served, table, place(town, z))
                if all(0 <= v <= 4096 for part in item.parts for point in part for v in point)
            }
            inside = {
                item.properties["id"]
                for address in children(place(town, z))
                for item in draw(served, table, address)
            }
            assert names <= inside
            assert names or z > 8


def test_low_zooms_are_thinned_and_say_so(
    served: Served, town: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_ROWS", 80)
    served.tiles._values.clear()
    low = draw(served, "luminaire", place(town, 11))
    served.tiles._values.clear()
    assert 10 < len(low) <= 80
    assert sum(item.properties["one_in"] for item in low) == 300
    monkeypatch.setattr(drawing, "MOST_ROWS", 160)
    higher = draw(served, "luminaire", place(town, 11))
    served.tiles._values.clear()
    names = {item.properties["id"] for item in higher}
    assert {item.properties["id"] for item in low} <= names
    full = draw(served, "luminaire", place(town, 14))
    assert all("one_in" not in item.properties for item in full)


def test_a_draft_is_thinned_too(
    served: Served, town: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "ready", threading.Event())
    monkeypatch.setattr(draft, "MOST_ROWS", {"point": 80})
    served.tiles._values.clear()
    low = draw(served, "luminaire", place(town, 11))
    served.tiles._values.clear()
    assert 20 < len(low) < 160
    assert {item.properties["one_in"] for item in low} == {4}


@pytest.mark.parametrize("way", [drawing, draft])
def test_a_tile_stays_light(
    served: Served, town: ModuleType, monkeypatch: pytest.MonkeyPatch, way: ModuleType
) -> None:
    if way is draft:
        monkeypatch.setattr(warm, "ready", threading.Event())
    served.tiles._values.clear()
    with served.reading() as view:
        whole = tiles.tile(view, features.table("luminaire"), place(town, 14))
        monkeypatch.setattr(way, "LARGEST", len(whole) // 3)
        served.tiles._values.clear()
        light = tiles.tile(view, features.table("luminaire"), place(town, 14))
        served.tiles._values.clear()
    assert 0 < len(light) <= len(whole) // 3
    assert max(item.properties["one_in"] for item in reader.read(light)["luminaire"]) > 1


def test_attributes_can_be_chosen(served: Served, town: ModuleType) -> None:
    def keys(properties: str | None) -> set[str]:
        with served.reading() as view:
            lamps = features.table("luminaire")
            content = tiles.tile(view, lamps, place(town, 14), properties)
        return {key for item in reader.read(content)["luminaire"] for key in item.properties}

    assert keys("power_w") == {"power_w", "power_w_estimated"}
    assert keys(" source_id,id ") == {"id", "source_id"}
    assert keys("") == set()
    assert "source_id" not in keys(None)
    with pytest.raises(InvalidError, match="power_w") as caught:
        keys("powr_w")
    assert caught.value.code == "JUM-I005"


@pytest.mark.usefixtures("ways")
def test_a_draft_chooses_as_well(served: Served, town: ModuleType) -> None:
    with served.reading() as view:
        lamps = features.table("luminaire")
        some = tiles.tile(view, lamps, place(town, 14), "lamp_type")
        none = tiles.tile(view, lamps, place(town, 14), "")
    named = {key for item in reader.read(some)["luminaire"] for key in item.properties}
    assert named == {"lamp_type", "lamp_type_estimated"}
    assert len(reader.read(none)["luminaire"]) == len(reader.read(some)["luminaire"]) > 200


def test_tables_without_geometry_have_no_tile(served: Served, town: ModuleType) -> None:
    with served.reading() as view, pytest.raises(InvalidError, match="JUM-I009"):
        tiles.tile(view, features.table("budget"), place(town, 14))


@pytest.mark.usefixtures("ways")
def test_every_table_with_geometry_can_be_drawn(served: Served, town: ModuleType) -> None:
    from jumeau.twin import schema

    for name, declared in schema.tables().items():
        if declared.geometry:
            assert tiles.layer(declared).attributes
            draw(served, name, place(town, 13))


def test_attributes_named_in_the_table_exist() -> None:
    for name, columns in COLUMNS.items():
        assert set(columns) <= set(features.table(name).names)


def test_warming_draws_each_table_that_holds_rows(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    make = draft.tile
    monkeypatch.setattr(
        draft, "tile", lambda view, layer, *rest: drawn.append(layer) or make(view, layer, *rest)
    )
    with served.reading() as view:
        tiles.warm(view)
    assert [item.table.name for item in drawn] == ["building", "district", "luminaire", "street"]


def test_faulty_shapes_are_mended() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    cut = draft.clip(np.array([bow, shapely.box(0, 0, 4, 4)]), (0, 0, 5, 5))
    assert cut[1].area == 16
    assert len(cut) == 2


@pytest.fixture
def living(town: ModuleType, tmp_path: Path) -> Iterator[Served]:
    town.build(tmp_path / "bourg.jumeau").close()
    opened = Served(tmp_path / "bourg.jumeau", workers=2)
    yield opened
    opened.close()


def test_a_write_changes_the_tile(living: Served, town: ModuleType) -> None:
    address = place(town, 14)
    before = len(draw(living, "luminaire", address))
    with jumeau.open(living.live.path).transaction("clear") as tx:
        tx.delete("luminaire", {"lamp_type": "LED"})
    after = draw(living, "luminaire", address)
    assert len(after) == before - sum(
        item.properties.get("lamp_type") == "LED" for item in _past(living, address)
    )
    assert not any(item.properties.get("lamp_type") == "LED" for item in after)


def _past(served: Served, address: Tile) -> list:
    with served.reading(str(served.live.version - 1)) as view:
        return reader.read(tiles.tile(view, features.table("luminaire"), address))["luminaire"]


# -- raster tiles ----------------------------------------------------------------------------
def picture(served: Served, town: ModuleType, address: Tile) -> np.ndarray:
    with served.reading() as view:
        found: np.ndarray = town.rgba(raster_tiles.tile(view, "illuminance", address))
    return found


def test_light_grows_brighter_eastwards(served: Served, town: ModuleType) -> None:
    found = picture(served, town, place(town, 15, 300, 200))
    assert found.shape == (256, 256, 4)
    drawn = found[..., 3] > 0
    assert drawn.any()
    row = found[128][drawn[128]]
    assert len(np.unique(row, axis=0)) >= 3
    green = row[:, 1].astype(int)
    assert (np.diff(green) >= 0).mean() > 0.95


def test_outside_the_layer_is_transparent(served: Served, town: ModuleType) -> None:
    for address in (place(town, 14, 50_000, 0), mercator.tile(5, 0, 0)):
        assert (picture(served, town, address)[..., 3] == 0).all()


def test_each_pixel_is_the_cell_under_it(served: Served, town: ModuleType) -> None:
    """At a fine zoom, against a plain projection of every pixel centre."""
    address = place(town, 18, 300, 200)
    west, _, east, north = address.bounds
    step = (east - west) / 256
    centre = (np.arange(256) + 0.5) * step
    xs, ys = np.meshgrid(west + centre, north - centre)
    x, y = crs_.reproject(xs, ys, "EPSG:3857", "EPSG:2154")
    window = town.light()
    columns = np.floor(x - window.bounds[0]).astype(int)
    rows = np.floor(window.bounds[3] - y).astype(int)
    inside = (columns >= 0) & (columns < 600) & (rows >= 0) & (rows < 400)
    with served.reading() as view:
        legend = raster_tiles.legend(view, "illuminance", "fr")
    expected = np.zeros((256, 256), dtype=np.uint8)
    expected[inside] = legend.classify(window.values[rows[inside], columns[inside]])
    table = np.array([[0, 0, 0, 0], *([*bytes.fromhex(c[1:]), 255] for c in legend.colors)])
    same = (picture(served, town, address) == table[expected]).all(axis=2)
    assert inside.all()
    assert same.mean() > 0.99


@pytest.mark.parametrize("z", [0, 6, 9, 12])
def test_low_zooms_answer(served: Served, town: ModuleType, z: int) -> None:
    assert picture(served, town, place(town, z)).shape == (256, 256, 4)


def test_the_value_at_a_place(served: Served, town: ModuleType) -> None:
    to_wgs84 = crs_.transformer("EPSG:2154", "EPSG:4326")
    with served.reading() as view:
        lon, lat = to_wgs84.transform(town.X + 300, town.Y + 200)
        found = raster_tiles.value(view, "illuminance", lon, lat)
        assert found["value"] == pytest.approx(float(town.light().values[199, 300]), abs=0.11)
        assert found["unit"] == "lx"
        dark = to_wgs84.transform(town.X + 10, town.Y + 395)
        assert raster_tiles.value(view, "illuminance", *dark)["value"] is None
        assert raster_tiles.value(view, "illuminance", -170.0, -80.0)["value"] is None
        with pytest.raises(InvalidError, match="JUM-I010"):
            raster_tiles.value(view, "illuminance", 200.0, 0.0)
