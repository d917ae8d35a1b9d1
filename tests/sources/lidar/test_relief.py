# SPDX-License-Identifier: EUPL-1.2
"""Relief from vectors: roads with altitudes, terrain points, and what they lack."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from jumeau.base import grid
from jumeau.base.contract import ImportRequest
from jumeau.base.errors import JumeauError
from jumeau.sources.files import SOURCE

X0, Y0 = 770_000.0, 6_280_000.0


def read(*files, mapping=None, **options):
    uris = tuple(str(item) for item in files)
    intake = SOURCE.read(
        ImportRequest(uris[0], None, "dtm", "EPSG:2154", mapping, options, uris=uris)
    )
    windows = list(intake.windows)
    return intake, windows, {item.code: item for item in intake.findings}


def sample(windows, layer, x, y):
    tiles = {item.bounds: item.values for item in windows if item.layer == layer}
    out = np.full(len(x), np.nan)
    for k, (a, b) in enumerate(zip(x, y, strict=True)):
        tile = grid.tile_of(float(a), float(b))
        if tile.bounds in tiles:
            (cx,), (cy,) = grid.cell_of([a], [b])
            out[k] = tiles[tile.bounds][1000 * tile.y - cy, cx - 1000 * tile.x]
    return out


def points(count=400, side=600.0):
    rng = np.random.default_rng(0)
    xy = np.round(rng.uniform(0, side, (count, 2)), 2)
    return X0 + xy[:, 0], Y0 - xy[:, 1], 50 + 0.1 * xy[:, 0] + 0.02 * xy[:, 1]


def test_olemps_roads_against_the_ground_of_buildings(shared):
    """Acceptance of notes §9: median +0.72 m, p5 −1.62, p95 +3.75, RMSE 2.2 m."""
    folder = shared / "data" / "olemps_12174_bdtopo_v3"
    intake, windows, codes = read(folder / "TRONCON_DE_ROUTE.shp.zip")
    assert intake.read == 11_369 and intake.dropped == 306
    assert codes["JUM-S225"].data["count"] == 306
    buildings = gpd.read_file(f"/vsizip/{folder / 'BATIMENT.shp.zip'}", encoding="utf-8")
    where = buildings.geometry.centroid
    ground = buildings["Z_MIN_SOL"].to_numpy(float)
    error = sample(windows, "dtm", where.x, where.y) - ground
    known = np.isfinite(error) & (ground > 0)
    error = error[known]
    assert known.sum() == pytest.approx(2250, abs=10)
    assert np.median(error) == pytest.approx(0.72, abs=0.02)
    assert np.quantile(error, 0.05) == pytest.approx(-1.62, abs=0.06)
    assert np.quantile(error, 0.95) == pytest.approx(3.75, abs=0.06)
    assert np.sqrt(np.mean(error**2)) == pytest.approx(2.2, abs=0.05)
    sigma = sample(windows, "dtm_std", where.x, where.y)[known]
    assert np.mean(np.abs(error) < 1.645 * sigma) > 0.7


def test_lorient_terrain_points(shared):
    intake, windows, codes = read(shared / "data" / "lorient_56121" / "dem.geojson.zip")
    assert intake.read == 1362
    assert codes["JUM-S227"].data["spacing"] == pytest.approx(75, abs=3)
    assert {item.layer for item in windows} == {"dtm", "dtm_std"}


def test_a_plane_of_lines_comes_back(tmp_path):
    x, y, z = points()
    lines = [shapely.LineString(np.column_stack((x, y, z))[k : k + 4]) for k in range(0, 400, 4)]
    gpd.GeoDataFrame(geometry=lines, crs="EPSG:2154").to_file(tmp_path / "roads.gpkg")
    _, windows, _ = read(tmp_path / "roads.gpkg")
    a, b = X0 + np.arange(100.0, 500, 7), Y0 - np.arange(100.0, 500, 7)
    assert np.allclose(
        sample(windows, "dtm", a, b), 50 + 0.1 * (a - X0) + 0.02 * (Y0 - b), atol=2e-3
    )


@pytest.mark.parametrize("unknown", [-1000.0, -99999.0, 9999.0, np.nan])
def test_unknown_altitudes_are_left_out_and_counted(tmp_path, unknown):
    x, y, z = points()
    z = np.where(np.arange(400) % 10 == 0, unknown, z)
    frame = gpd.GeoDataFrame({"ALTITUDE": z}, geometry=shapely.points(x, y), crs="EPSG:2154")
    frame.to_file(tmp_path / "p.gpkg")
    intake, windows, codes = read(tmp_path / "p.gpkg")
    assert intake.dropped == codes["JUM-S225"].data["count"] == 40
    low = min(np.nanmin(item.values) for item in windows if item.layer == "dtm")
    assert low > 40


def test_the_column_that_the_user_names(tmp_path):
    x, y, z = points()
    frame = gpd.GeoDataFrame({"mesure": z}, geometry=shapely.points(x, y), crs="EPSG:2154")
    frame.to_file(tmp_path / "p.gpkg")
    with pytest.raises(JumeauError, match="JUM-S224"):
        read(tmp_path / "p.gpkg")
    intake, _, _ = read(tmp_path / "p.gpkg", mapping={"mesure": "z"})
    assert intake.read == 400
    with pytest.raises(JumeauError, match="JUM-S012"):
        read(tmp_path / "p.gpkg", mapping={"absente": "z"})


def test_shared_places_take_the_mean(tmp_path):
    x, y, z = points()
    shapes = shapely.points(np.tile(x, 2), np.tile(y, 2), np.concatenate((z - 1, z + 1)))
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:2154").to_file(tmp_path / "p.gpkg")
    _, windows, codes = read(tmp_path / "p.gpkg")
    assert codes["JUM-S228"].data["count"] == 400
    found = sample(windows, "dtm", [X0 + 300], [Y0 - 300])[0]
    assert found == pytest.approx(50 + 30 + 6, abs=2e-3)


def test_one_line_makes_no_surface(tmp_path):
    line = shapely.LineString([(X0 + k, Y0 - k, 50 + k) for k in range(20)])
    gpd.GeoDataFrame(geometry=[line], crs="EPSG:2154").to_file(tmp_path / "p.gpkg")
    with pytest.raises(JumeauError, match="JUM-S226"):
        read(tmp_path / "p.gpkg")
