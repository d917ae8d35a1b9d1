# SPDX-License-Identifier: EUPL-1.2
"""Shaded relief: planes of known slope, tiles without a seam, nothing where there is nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rasterio.io import MemoryFile

import jumeau
from jumeau.base import crs as crs_
from jumeau.base.contract import RasterWindow
from jumeau.base.errors import InvalidError
from jumeau.interop import hillshade, mercator, raster_tiles
from jumeau.interop.mercator import Tile
from jumeau.interop.served import Served

X, Y, SIDE = 770_000.0, 6_280_000.0, 1500


def heights() -> np.ndarray:
    """Hills of 40 m, one every 300 m, on a slope; row 0 is north."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    return np.asarray(
        100 + 20 * np.sin(x / 48) * np.cos(y / 48) + x / 100 + 0.02 * (x % 7), dtype=np.float32
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path: Path = tmp_path_factory.mktemp("relief") / "hills.jumeau"
    territory = jumeau.create(path, name="Collines")
    bounds = (X - 0.5, Y - 0.5, X + SIDE - 0.5, Y + SIDE - 0.5)
    with territory.transaction("relief") as tx:
        tx.put_raster("dtm", [RasterWindow(bounds, heights())])
    territory.close()
    opened = Served(path, workers=2)
    yield opened
    opened.close()


def tile_around(z: int) -> Tile:
    lon, lat = crs_.reproject([X + 700], [Y + 700], "EPSG:2154", "EPSG:4326")
    return mercator.tile_at(float(lon[0]), float(lat[0]), z)


def opacity(content: bytes) -> np.ndarray:
    """Return the light of a tile: opacity of white, less that of black."""
    with MemoryFile(content) as memory, memory.open(driver="PNG") as picture:
        index, table = picture.read(1), picture.colormap(1)
    light = np.array([(1 if table[i][0] else -1) * table[i][3] for i in sorted(table)])
    return np.asarray(light[index], dtype=float)


@pytest.mark.parametrize("factor", [1.0, 2.0])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (0.5, 0), (0, -1), (-0.3, 0.4)])
def test_a_plane_receives_what_the_cosine_law_says(dx: float, dy: float, factor: float) -> None:
    y, x = np.mgrid[0:6, 0:7].astype(float) * 10
    plane = 50 + dx * x - dy * y  # row 0 is north: y grows southwards
    found = hillshade.relief(plane, 10.0, factor)
    normal = np.array([-dx * factor, -dy * factor, 1])
    light = np.array([-0.5, 0.5, math.sqrt(0.5)])  # azimuth 315°, height 45°
    expected = max(normal @ light / np.linalg.norm(normal), 0) / math.sqrt(0.5) - 1
    assert found.shape == (4, 5)
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_side_of_the_light_is_bright() -> None:
    y, x = np.mgrid[0:5, 0:5].astype(float)
    assert (hillshade.relief(x + y, 1.0) > 0).all()  # falls towards the north-west
    assert (hillshade.relief(-x - y, 1.0) < 0).all()


def test_nothing_is_drawn_without_data_nor_on_flat_ground() -> None:
    flat = np.zeros((10, 10), dtype=np.float32)
    flat[3, 3] = np.nan
    shaded = hillshade.relief(flat, 1.0)
    assert np.isnan(shaded).sum() == 9
    assert (opacity(hillshade.picture(shaded)) == 0).all()


@pytest.mark.parametrize("z", [13, 15, 17])
def test_no_seam_shows_between_tiles(served: Served, z: int) -> None:
    """Across an edge, light changes no more than from one pixel to the next inside a tile."""
    here = tile_around(z)
    beside = here._replace(x=here.x + 1)
    with served.reading() as view:
        left, right = (
            opacity(raster_tiles.tile(view, "dtm", item, "hillshade")) for item in (here, beside)
        )
    rows = (left[:, -1] != 0) & (right[:, 0] != 0)
    if rows.sum() < 20:
        pytest.skip("the relief ends here")
    inside = np.abs(np.diff(left[rows][:, -20:], axis=1)).mean()
    assert np.abs(right[rows][:, 0] - left[rows][:, -1]).mean() <= 1.5 * inside + 3


def test_the_relief_is_seen_at_each_zoom(served: Served) -> None:
    for z in (11, 13, 16, 19):
        with served.reading() as view:
            light = opacity(raster_tiles.tile(view, "dtm", tile_around(z), "hillshade"))
        assert (light > 0).any()
        assert (light < 0).any()


def test_outside_the_layer_is_transparent(served: Served) -> None:
    with served.reading() as view:
        assert (opacity(raster_tiles.tile(view, "dtm", Tile(5, 0, 0), "hillshade")) == 0).all()
        empty = raster_tiles.tile(view, "dsm", tile_around(14), "hillshade")
    assert (opacity(empty) == 0).all()


def test_only_altitudes_are_shaded(served: Served) -> None:
    assert raster_tiles.styles("dtm") == ("legend", "hillshade")
    assert raster_tiles.styles("illuminance") == ("legend",)
    with served.reading() as view:
        with pytest.raises(InvalidError, match="JUM-I042"):
            raster_tiles.tile(view, "illuminance", tile_around(14), "hillshade")
        with pytest.raises(InvalidError) as caught:
            raster_tiles.tile(view, "dtm", tile_around(14), "hilshade")
    assert caught.value.data["suggestion"] == "hillshade"


def test_heights_are_stretched_from_afar_only() -> None:
    assert [hillshade.exaggeration(z) for z in (22, 15, 11)] == [1.0, 1.0, 2.0]
