# SPDX-License-Identifier: EUPL-1.2
"""Terrain on disk: the answer in memory, for any block, worker and NODATA."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import directions, fill, flow_accumulation, flow_directions, raster

FUNCTIONS = (fill, flow_directions, flow_accumulation)


def saved(path, z, nodata=np.nan, **options):
    """Write a terrain as a GeoTIFF."""
    values = np.where(np.isnan(z), nodata, z) if nodata is not None else z
    with rasterio.open(
        path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1,
        dtype=options.pop("dtype", "float32"), nodata=nodata, crs="EPSG:2154",
        transform=from_origin(700_000, 6_600_000, 1, 1), **options,
    ) as target:  # fmt: skip
        target.write(values.astype(target.dtypes[0]), 1)
    return path


def stepped(seed=0, shape=(83, 70), holes=0.02):
    """Return a terrain of rough steps with holes."""
    rng = np.random.default_rng(seed)
    z = np.round(rng.random(shape) * 8 + np.arange(shape[0])[:, None] / 30).astype(np.float32)
    z[rng.random(shape) < holes] = np.nan
    return z


def read(path):
    with rasterio.open(path) as source:
        return source.read(1, masked=True)


@pytest.mark.parametrize("side", [11, 32, 1024])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_equals_the_answer_in_memory(tmp_path, function, side):
    z = stepped()
    path = saved(tmp_path / "dtm.tif", z)
    out = tmp_path / "out.tif"
    assert function(path, out, side=side) == out
    expected = function(z)
    with rasterio.open(out) as source:
        found = source.read(1)
        assert source.dtypes[0] == expected.dtype
        assert source.crs == "EPSG:2154"
        assert source.transform == from_origin(700_000, 6_600_000, 1, 1)
        assert source.profile["tiled"]
    np.testing.assert_array_equal(found, expected)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["dtm.tif", "out.tif"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_workers_change_nothing(tmp_path, function):
    z = stepped(1)
    path = saved(tmp_path / "dtm.tif", z)
    with ThreadPoolExecutor(3) as threads:
        function(path, tmp_path / "threads.tif", side=24, executor=threads)
        np.testing.assert_array_equal(function(z, side=24, executor=threads), function(z))
    np.testing.assert_array_equal(read(tmp_path / "threads.tif").data, function(z))


@pytest.mark.slow
def test_processes_change_nothing(tmp_path):
    import multiprocessing

    z = stepped(2)
    path = saved(tmp_path / "dtm.tif", z)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as processes:
        flow_accumulation(path, tmp_path / "out.tif", side=40, executor=processes)
    np.testing.assert_array_equal(read(tmp_path / "out.tif").data, flow_accumulation(z))


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [
        ("float32", -9999.0),
        ("float64", -99999.0),
        ("int16", -1000),
        ("uint8", 255),
        ("int16", None),
    ],
)
def test_nodata_of_every_kind_is_an_outlet_and_is_kept(tmp_path, dtype, nodata):
    z = stepped(3, holes=0.02 if nodata is not None else 0.0)
    path = saved(tmp_path / "dtm.tif", z, nodata, dtype=dtype)
    fill(path, tmp_path / "out.tif", side=32)
    found = read(tmp_path / "out.tif")
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.isnan(z))
    np.testing.assert_array_equal(found.astype(np.float64).filled(np.nan), fill(z))
    with rasterio.open(tmp_path / "out.tif") as source:
        assert source.nodata == nodata
    flow_accumulation(path, tmp_path / "cells.tif", side=32)
    np.testing.assert_array_equal(read(tmp_path / "cells.tif").filled(0), flow_accumulation(z))


def test_a_mask_without_nodata_is_an_outlet(tmp_path):
    z = stepped(4)
    with rasterio.open(
        saved(tmp_path / "dtm.tif", np.nan_to_num(z), None, dtype="int16"), "r+"
    ) as target:
        target.write_mask(~np.isnan(z))
    fill(tmp_path / "dtm.tif", tmp_path / "out.tif", side=50)
    found = read(tmp_path / "out.tif").astype(np.float64).filled(np.nan)
    np.testing.assert_array_equal(found, fill(z))


def test_a_vrt_over_tiles_is_read_as_one(tmp_path):
    z = stepped(5, (60, 80))
    sources = ""
    for top, left in ((0, 0), (0, 40), (30, 0), (30, 40)):
        if (top, left) == (30, 40):
            continue  # a tile is missing: NODATA
        saved(tmp_path / f"{top}_{left}.tif", z[top : top + 30, left : left + 40], -9999.0)
        sources += (
            f"<SimpleSource><SourceFilename relativeToVRT='1'>{top}_{left}.tif</SourceFilename>"
            "<SourceBand>1</SourceBand><SrcRect xOff='0' yOff='0' xSize='40' ySize='30'/>"
            f"<DstRect xOff='{left}' yOff='{top}' xSize='40' ySize='30'/></SimpleSource>"
        )
    vrt = tmp_path / "all.vrt"
    vrt.write_text(
        "<VRTDataset rasterXSize='80' rasterYSize='60'><SRS>EPSG:2154</SRS>"
        "<GeoTransform>700000, 1, 0, 6600000, 0, -1</GeoTransform>"
        "<VRTRasterBand dataType='Float32' band='1'><NoDataValue>-9999</NoDataValue>"
        f"{sources}</VRTRasterBand></VRTDataset>"
    )
    z[30:, 40:] = np.nan
    flow_accumulation(str(vrt), str(tmp_path / "cells.tif"), side=19)
    np.testing.assert_array_equal(read(tmp_path / "cells.tif").filled(0), flow_accumulation(z))


@pytest.mark.parametrize("rows", [4, 9, 30])
def test_the_sweep_moves_its_window_up_and_down(tmp_path, rows):
    """Fewer rows held than a flat is tall: the window follows the sweep."""
    z = stepped(6, (64, 30))
    z[3:60, 1:29:2] = 5.0  # long flats, entered from below and from above
    z[61, 5] = 1.0
    source = raster.terrain(saved(tmp_path / "dtm.tif", z), np.float32)
    held = rows * (2 * 30 + 16)
    directions.drained(source, tmp_path, side=32, held=held)
    found = directions.codes(tmp_path, 64, 30, 0, 64)
    np.testing.assert_array_equal(found, flow_directions(z))


def test_progress_rises_to_one(tmp_path):
    path = saved(tmp_path / "dtm.tif", stepped(7))
    for function in FUNCTIONS:
        told: list[float] = []
        function(path, tmp_path / "out.tif", side=32, progress=told.append)
        assert told == sorted(told)
        assert told[-1] == pytest.approx(1.0)


def test_a_result_that_fails_leaves_nothing(tmp_path):
    z = stepped(8)
    z[50, 50] = np.inf
    path = saved(tmp_path / "dtm.tif", z)
    for function in FUNCTIONS:
        with pytest.raises(JumeauError) as told:
            function(path, tmp_path / "out.tif", side=32)
        assert told.value.code == "JUM-G032"
    with pytest.raises(JumeauError) as told:
        fill(saved(tmp_path / "dtm.tif", stepped(8)), tmp_path / "none" / "out.tif")
    assert told.value.code == "JUM-G014"
    assert [item.name for item in tmp_path.iterdir()] == ["dtm.tif"]


def test_a_result_may_replace_its_terrain(tmp_path):
    z = stepped(9)
    path = saved(tmp_path / "dtm.tif", z)
    fill(path, path, side=32)
    np.testing.assert_array_equal(read(path).data, fill(z))
