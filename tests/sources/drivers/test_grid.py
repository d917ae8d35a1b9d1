# SPDX-License-Identifier: EUPL-1.2
"""GeoTIFF and ASC grids."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from jumeau.base.errors import JumeauError

WEST, NORTH = 770_000.0, 6_280_000.0


def tif(
    path: Path, values: np.ndarray, west: float, north: float, step: float, **options: Any
) -> Path:
    told = {"crs": "EPSG:2154", "nodata": None} | options
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        transform=from_origin(west, north, step, step),
        **told,
    ) as target:
        target.write(values, 1)
    return path


def asc(
    path: Path, values: np.ndarray, west: float, south: float, step: float, nodata: str
) -> Path:
    head = (
        f"ncols {values.shape[1]}\nnrows {values.shape[0]}\nxllcorner {west}\nyllcorner {south}\n"
    )
    head += f"cellsize {step}\nNODATA_value {nodata}\n"
    path.write_text(head + "\n".join(" ".join(f"{v:.2f}" for v in row) for row in values))
    return path


def whole(got: Any) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Return the windows of an intake as one array and its bounds."""
    windows = list(got.windows)
    west, south = (min(item.bounds[k] for item in windows) for k in (0, 1))
    east, north = (max(item.bounds[k] for item in windows) for k in (2, 3))
    values = np.full((round(north - south), round(east - west)), np.nan, np.float32)
    for item in windows:
        assert max(item.values.shape) <= 1000
        assert item.values.dtype == np.float32
        row, column = round(north - item.bounds[3]), round(item.bounds[0] - west)
        height, width = item.values.shape
        values[row : row + height, column : column + width] = item.values
    return values, (west, south, east, north)


def z(bounds: tuple[float, float, float, float], height: int, width: int) -> np.ndarray:
    x = bounds[0] + 0.5 + np.arange(width)
    y = bounds[3] - 0.5 - np.arange(height)
    return (x[None, :] - WEST) + 2 * (y[:, None] - NORTH) + 500


def plane(west: float, north: float, step: float, height: int, width: int) -> np.ndarray:
    x = west + step * (np.arange(width) + 0.5)
    y = north - step * (np.arange(height) + 0.5)
    return ((x[None, :] - WEST) + 2 * (y[:, None] - NORTH) + 500).astype(np.float32)


def test_an_ign_tile_of_one_metre_enters_bit_for_bit(read: Any, tmp_path: Path):
    rng = np.random.default_rng(0)
    values = rng.uniform(10, 200, (1000, 1000)).astype(np.float32)
    values[0, 0] = -99999
    path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0, nodata=-99999.0)
    got = read(path, "dtm")
    cells, bounds = whole(got)
    assert bounds == (769_999.5, 6_279_000.5, 770_999.5, 6_280_000.5)
    assert np.isnan(cells[0, 0])
    assert cells.ravel()[1:].tobytes() == values.ravel()[1:].tobytes()
    assert got.read == 999_999
    assert got.codes == {}


def test_an_asc_grid_as_ign_wrote_them(read: Any, tmp_path: Path):
    values = plane(769_997.5, 6_280_002.5, 5.0, 40, 40)
    values[3, 4] = -99999
    path = asc(tmp_path / "t.asc", values, 769_997.5, 6_280_002.5 - 200, 5.0, "-99999.00")
    got = read(path, "dtm")
    cells, bounds = whole(got)
    off = ~(np.abs(cells - z(bounds, *cells.shape)) < 1e-2)
    rows, columns = np.nonzero(off)
    assert 0 < np.isnan(cells).sum() < 60
    # Only around the hole are values taken from fewer pixels.
    assert np.ptp(rows) < 12 and np.ptp(columns) < 12
    assert {"JUM-S106", "JUM-S146"} <= set(got.codes)


@pytest.mark.parametrize(
    ("west", "north", "step", "code"),
    [
        (769_999.75, 6_280_000.25, 0.5, "JUM-S140"),
        (770_000.0, 6_280_000.0, 0.5, "JUM-S140"),
        (770_000.1, 6_280_000.7, 0.3, "JUM-S140"),
        (770_000.0, 6_280_000.9, 4.0, "JUM-S146"),
        (770_000.2, 6_280_000.0, 1.0, "JUM-S146"),
    ],
)
def test_planes_of_any_size_and_origin_are_exact(
    read: Any, tmp_path: Path, west: float, north: float, step: float, code: str
):
    count = round(120 / step)
    path = tif(tmp_path / "t.tif", plane(west, north, step, count, count), west, north, step)
    got = read(path, "dtm")
    cells, bounds = whole(got)
    assert np.abs(cells - z(bounds, *cells.shape)).max() < 2e-3
    assert code in got.codes


def test_edge_cells_are_told(read: Any, tmp_path: Path):
    values = plane(769_999.75, 6_280_000.25, 0.5, 200, 200)
    got = read(tif(tmp_path / "t.tif", values, 769_999.75, 6_280_000.25, 0.5), "dtm")
    cells, _ = whole(got)
    assert cells.shape == (100, 100)
    assert got.data("JUM-S141")["count"] == 199


def test_windows_follow_the_tiles(read: Any, tmp_path: Path):
    values = np.ones((300, 300), np.float32)
    got = read(tif(tmp_path / "t.tif", values, 769_899.5, 6_280_100.5, 1.0), "dtm")
    bounds = [item.bounds for item in got.windows]
    assert bounds == [
        (769_899.5, 6_280_000.5, 769_999.5, 6_280_100.5),
        (769_999.5, 6_280_000.5, 770_199.5, 6_280_100.5),
        (769_899.5, 6_279_800.5, 769_999.5, 6_280_000.5),
        (769_999.5, 6_279_800.5, 770_199.5, 6_280_000.5),
    ]


@pytest.mark.parametrize("sentinel", [-99999.0, -9999.0, 9999.0, -1000.0])
def test_sentinels_are_no_data_declared_or_not(read: Any, tmp_path: Path, sentinel: float):
    values = np.full((50, 50), 100, np.float32)
    values[:10] = sentinel
    for declared in (sentinel, None):
        path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0, nodata=declared)
        got = read(path, "dtm")
        cells, _ = whole(got)
        assert np.nanmax(cells) == np.nanmin(cells) == 100
        assert np.isnan(cells).sum() == 500
        assert ("JUM-S142" in got.codes) == (declared is None)
        assert got.dropped == (500 if declared is None else 0)


def test_a_grid_without_any_value_is_told(read: Any, tmp_path: Path):
    values = np.full((5, 5), -9999, np.float32)
    got = read(tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0, nodata=-9999), "dtm")
    assert list(got.windows) == []
    assert "JUM-S144" in got.codes


def test_integers_scales_and_offsets(read: Any, tmp_path: Path):
    values = np.full((20, 20), 1234, np.int16)
    path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0)
    with rasterio.open(path, "r+") as target:
        target.scales = (0.1,)
        target.offsets = (5.0,)
    cells, _ = whole(read(path, "dtm"))
    assert cells[3, 3] == pytest.approx(128.4)


def test_longitude_and_latitude_are_reprojected(read: Any, tmp_path: Path):
    step = 1e-5
    values = np.full((100, 100), 42, np.float32)
    path = tif(tmp_path / "t.tif", values, 3.8653, 43.6165, step, crs="EPSG:4326")
    got = read(path, "dtm")
    cells, bounds = whole(got)
    assert 760_000 < bounds[0] < 780_000
    assert np.nanmin(cells) == np.nanmax(cells) == 42
    assert "JUM-S143" in got.codes


def test_a_grid_without_crs_is_placed_by_its_corners(read: Any, tmp_path: Path):
    values = np.ones((20, 20), np.float32)
    path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0, crs=None)
    assert "JUM-S106" in read(path, "dtm").codes
    assert "JUM-S106" not in read(path, "dtm", source_crs="EPSG:2154").codes
    path = tif(tmp_path / "u.tif", values, 12.0, 30.0, 1.0, crs=None)
    with pytest.raises(JumeauError, match=r"JUM-S00[89]"):
        read(path, "dtm")


def test_inside_a_zip_with_its_neighbours(read: Any, tmp_path: Path):
    values = np.ones((20, 20), np.float32)
    for name in ("a", "b"):
        tif(tmp_path / f"{name}.tif", values, 769_999.5, 6_280_000.5, 1.0)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(tmp_path / "a.tif", "a.tif")
        archive.writestr("lisezmoi.txt", "x")
    assert read(tmp_path / "t.zip", "dsm").read == 400
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as archive:
        archive.write(tmp_path / "b.tif", "b.tif")
    with pytest.raises(JumeauError, match="JUM-S005"):
        read(tmp_path / "t.zip", "dsm")
    assert read(tmp_path / "t.zip", "dsm", source_layer="b").read == 400


def test_wrong_kinds_are_refused(read: Any, tmp_path: Path, lamps: Any):
    values = np.ones((20, 20), np.float32)
    path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0)
    with pytest.raises(JumeauError, match="JUM-S015"):
        read(path, "luminaire")
    lamps.to_file(tmp_path / "l.gpkg")
    with pytest.raises(JumeauError, match=r"JUM-S(016|224)"):
        read(tmp_path / "l.gpkg", "dtm")
    with rasterio.open(
        tmp_path / "rgb.tif",
        "w",
        driver="GTiff",
        height=2,
        width=2,
        count=3,
        dtype="uint8",
        transform=from_origin(WEST, NORTH, 1, 1),
        crs="EPSG:2154",
    ) as target:
        target.write(np.zeros((3, 2, 2), np.uint8))
    with pytest.raises(JumeauError, match="JUM-S017"):
        read(tmp_path / "rgb.tif", "dtm")


def test_a_truncated_tif_is_refused(read: Any, tmp_path: Path):
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 100, (300, 300)).astype(np.float32)
    path = tif(tmp_path / "t.tif", values, 769_999.5, 6_280_000.5, 1.0)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(JumeauError, match="JUM-S004"):
        read(path, "dtm")


def test_a_grid_turned_south_up_is_set_right(read: Any, tmp_path: Path):
    from affine import Affine

    values = plane(769_999.5, 6_280_000.5, 1.0, 50, 50)
    with rasterio.open(
        tmp_path / "t.tif",
        "w",
        driver="GTiff",
        height=50,
        width=50,
        count=1,
        dtype="float32",
        transform=Affine(1, 0, 769_999.5, 0, 1, 6_279_950.5),
        crs="EPSG:2154",
    ) as target:
        target.write(values[::-1], 1)
    cells, bounds = whole(read(tmp_path / "t.tif", "dtm"))
    assert np.abs(cells - z(bounds, *cells.shape)).max() < 1e-2
