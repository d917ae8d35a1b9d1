# SPDX-License-Identifier: EUPL-1.2
"""Real clouds of LiDAR HD: counts, seams, decks, coverage."""

from __future__ import annotations

import laspy
import numpy as np
import pytest

from jumeau.base.contract import ImportRequest
from jumeau.sources.lidar import opening, source, survey
from jumeau.sources.lidar.survey import Job

TILES = {
    "0292_6833": (289_055, 43_278),
    "0299_6802": (278_810, 6_772),
    "0300_6802": (240_482, 7_940),
}


def path(shared, name):
    return shared / "data" / "lidarhd_1km2" / f"test_semis_2023_{name}_LA93_IGN69.laz"


@pytest.mark.parametrize(("name", "counts"), TILES.items())
def test_counts_of_points(shared, tmp_path, name, counts):
    file = path(shared, name)
    (found,) = opening.clouds(str(file), tmp_path)
    job = Job(0, found, "EPSG:2154", "EPSG:2154", False, str(tmp_path), (-50, 5000))
    digest = survey.survey(job)
    assert digest.read == found.announced == counts[0]
    assert digest.classes[6] == counts[1]
    assert opening.displacement(found, digest.bounds) is None
    x, y = opening.named_corner(file.name)
    assert digest.bounds == (x, y - 1000, x + 1000, y)


def test_the_seam_of_two_tiles_is_that_of_one_cloud(shared, read, tmp_path):
    files = [path(shared, name) for name in ("0299_6802", "0300_6802")]
    clouds = [laspy.read(str(file)) for file in files]
    joint = laspy.LasData(clouds[0].header)
    record = np.concatenate([item.points.array for item in clouds])
    record = np.random.default_rng(0).permutation(record)
    joint.points = laspy.ScaleAwarePointRecord(
        record, clouds[0].point_format, clouds[0].header.scales, clouds[0].header.offsets
    )
    joint.write(str(tmp_path / "joint.laz"))
    two, one = read(files), read(tmp_path / "joint.laz")
    assert len(two.windows) == 10
    for a, b in zip(two.windows, one.windows, strict=True):
        assert (a.layer, a.bounds) == (b.layer, b.bounds)
        assert np.array_equal(a.values, b.values, equal_nan=True), a.layer
    west, east = (item.values for item in two.windows if item.layer == "dtm")
    across = np.abs(east[:, 0] - west[:, -1])
    along = np.abs(np.diff(west[:, -20:], axis=1))
    assert np.nanquantile(across, 0.99) < 2 * np.nanquantile(along, 0.99) + 0.1


def test_montpellier_six_tiles_make_one_piece(shared, read):
    folder = shared / "data" / "montpellier_34172" / "lidar_150x100m"
    files = sorted(item for item in folder.glob("*.laz") if ".copc." not in item.name)
    done = read(files)
    assert len(files) == 6 and done.intake.read == 405_937
    joined = {item.bounds for item in done.windows}
    assert len(joined) == 1  # all in one kilometre
    assert done.bounds == (770_499.5, 6_277_500.5, 770_649.5, 6_277_600.5)
    # A building in the corner hides the ground further than 20 m beyond the outermost points.
    assert np.isfinite(done["dtm"]).mean() > 0.95
    assert done["dtm"][np.isfinite(done["dtm"])].min() > 19
    assert 15 < np.nanmax(done["building_height"]) < 30
    copc = folder / "test_data_77050_627755_LA93_IGN69.copc.laz"
    alone = read(copc, "dtm")
    assert alone.intake.read == 21_172
    row, column = (6_277_600.5 - 6_277_550.5), 0
    part = done["dtm"][int(row) : int(row) + 50, column : column + 50]
    assert np.nanmedian(np.abs(alone["dtm"] - part)) < 0.05


def test_bounds_of_the_terrain_hold_nine_points_in_ten(shared, read, tmp_path):
    file = path(shared, "0292_6833")
    cloud = laspy.read(str(file))
    ground = np.isin(np.asarray(cloud.classification), (2, 66))
    out = ground & (np.random.default_rng(0).random(ground.size) < 0.1)
    x, y, z = (np.asarray(item)[out] for item in (cloud.x, cloud.y, cloud.z))
    cloud.points = cloud.points[~out]
    cloud.write(str(tmp_path / "short.laz"))
    done = read(tmp_path / "short.laz", "dtm")
    west, _, _, north = done.bounds
    near = (np.abs(x - np.rint(x)) < 0.15) & (np.abs(y - np.rint(y)) < 0.15)
    row, column = np.rint(north - 0.5 - y[near]).astype(int), np.rint(x[near] - west - 0.5)
    place = row.clip(0, 999), column.astype(int).clip(0, 999)
    error = np.abs(done["dtm"][place] - z[near])
    assert near.sum() > 800
    assert np.mean(error < 1.645 * done["dtm_std"][place]) == pytest.approx(0.9, abs=0.05)


def test_decks_stand_in_the_surface_only(shared, read):
    done = read(path(shared, "0299_6802"))
    outlines = done.intake.others["bridge"]
    assert outlines.num_rows >= 1
    cloud = laspy.read(str(path(shared, "0299_6802")))
    deck = np.asarray(cloud.classification) == 17
    row = np.ceil(6_802_000 - 0.5 - np.asarray(cloud.y)[deck]).astype(int)
    column = np.floor(np.asarray(cloud.x)[deck] + 0.5).astype(int) - 299_000
    inside = (row < 1000) & (column < 1000)
    heights = done["height"][row[inside], column[inside]]
    assert np.median(heights) > 2.0


def test_deck_outlines_of_the_twin_keep_their_points_out_of_the_terrain(shared):
    """Decks classed as ground dam the valley; outlines given to the twin open it again."""
    import pyarrow as pa
    import shapely

    file = str(path(shared, "0299_6802"))
    request = ImportRequest(file, None, "all", "EPSG:2154", uris=(file,))
    kept = source.read(request)
    list(kept.windows)
    outlines = kept.others["bridge"]
    shape = max(
        shapely.from_wkb(outlines.column("geometry").to_pylist()), key=lambda item: item.area
    )

    class Twin:
        def __init__(self):
            self.files = {}

        def raster(self, _):
            return self

        def table(self, *_, **__):
            return pa.table({"id": ["pont-1"], "geometry": [shapely.to_wkb(shape.buffer(1))]})

    known = source.read(
        ImportRequest(file, None, "all", "EPSG:2154", uris=(file,), territory=Twin())
    )
    list(known.windows)
    drawn = known.others.get("bridge")
    left = shapely.from_wkb(drawn.column("geometry").to_pylist()) if drawn is not None else []
    assert not any(shapely.intersects(item, shape) for item in left)
