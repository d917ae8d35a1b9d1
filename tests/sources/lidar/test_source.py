# SPDX-License-Identifier: EUPL-1.2
"""Point clouds to layers: exact planes, every point format, and what is wrong with files."""

from __future__ import annotations

import gzip
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jumeau.base import workers
from jumeau.base.errors import InvalidError, JumeauError
from jumeau.sources.lidar import SOURCE, opening, parallel

from .conftest import NORTH, WEST, inclined, plane, scattered

CENTRES = np.meshgrid(WEST + np.arange(100), NORTH - np.arange(100))


def truth() -> np.ndarray:
    x, y = CENTRES
    return plane(np.column_stack((x.ravel(), y.ravel()))).reshape(100, 100)


def inner(values: np.ndarray) -> np.ndarray:
    return values[5:-5, 5:-5]


def test_a_plane_comes_back_exactly(cloud, read):
    done = read(cloud(inclined(4000)))
    assert done.bounds == (WEST - 0.5, NORTH - 99.5, WEST + 99.5, NORTH + 0.5)
    assert np.abs(inner(done["dtm"]) - inner(truth())).max() < 1e-3
    assert inner(done["dtm_std"]).max() < 0.05
    assert not inner(done["height"]).any()
    assert "building_height" not in {item.layer for item in done.windows}
    assert done.intake.read == 4000 and done.intake.dropped == 0
    assert done.codes["JUM-S214"].data["count"] == 4 * 99


@pytest.mark.parametrize("point_format", range(11))
def test_every_point_format(cloud, read, point_format):
    version = "1.4" if point_format > 5 else ("1.3" if point_format > 3 else "1.2")
    done = read(
        cloud(inclined(2000), name="c.las", point_format=point_format, version=version), "dtm"
    )
    assert np.abs(inner(done["dtm"]) - inner(truth())).max() < 2e-3
    assert {item.layer for item in done.windows} == {"dtm", "dtm_std"}


def test_a_house_a_bridge_and_a_tree(cloud, read):
    ground = inclined(12000)
    x, y = ground[:, 0] - WEST, NORTH - ground[:, 1]
    house = (x > 20) & (x < 40) & (y > 20) & (y < 40)
    deck = (x > 60) & (x < 70)
    points, code = ground.copy(), np.full(len(ground), 2)
    points[house, 2] += 8.0
    code[house] = 6
    points[deck, 2] += 5.0
    code[deck] = 17
    done = read(cloud(points, code))
    assert np.abs(inner(done["dtm"]) - inner(truth())).max() < 0.01  # under both
    assert np.abs(done["building_height"][22:39, 22:39] - 8.0).max() < 0.2
    assert np.isnan(done["building_height"][:, 50:]).all()
    assert np.abs(done["height"][10:90, 62:69] - 5.0).max() < 0.2
    assert not done["height"][45:90, 5:55].any()
    assert np.allclose(done["dsm"] - done["dtm"], done["height"], atol=0.1)
    assert done.codes["JUM-S218"].data["count"] > 800
    outline = done.intake.others["bridge"]
    assert outline.num_rows == 1 and outline.column("kind")[0].as_py() == "deck"


def test_noise_withheld_wires_and_wild_altitudes_make_nothing(cloud, read):
    base = inclined(3000)
    wild = inclined(40, seed=5)
    wild[:, 2] += np.repeat((300.0, -40.0, 120.0, 9000.0), 10)
    code = np.concatenate((np.full(3000, 2), np.repeat((18, 7, 14, 2), 10)))
    points = np.concatenate((base, wild))
    done = read(cloud(points, code))
    assert np.abs(inner(done["dsm"]) - inner(truth())).max() < 0.2
    assert done.codes["JUM-S206"].data == {"withheld": 0, "noise": 20, "ignored": 10}
    assert done.codes["JUM-S207"].data["count"] == 10
    assert done.intake.dropped == 40
    flags = np.zeros(len(points), np.uint8)
    flags[3000:] = 1
    held = read(cloud(points, 2, withheld=flags, name="w.laz"))
    assert held.codes["JUM-S206"].data["withheld"] == 40
    assert np.array_equal(held["dtm"], done["dtm"])


def test_virtual_points_serve_the_ground_and_unknown_classes_the_surface(cloud, read):
    points = inclined(3000)
    half = points[:, 0] > WEST + 50
    done = read(cloud(points, np.where(half, 66, 2), extra={"Deviation": np.ones(3000, "u2")}))
    assert np.abs(inner(done["dtm"]) - inner(truth())).max() < 1e-3
    high = points.copy()
    high[::50, 2] += 10
    code = np.full(3000, 2)
    code[::50] = 201
    done = read(cloud(high, code, name="u.laz"))
    assert done.codes["JUM-S213"].data == {"codes": [201], "count": 60}
    assert np.nanmax(done["height"]) > 9
    assert np.abs(inner(done["dtm"]) - inner(truth())).max() < 1e-3


def test_voids_are_filled_with_more_uncertainty_and_not_beyond_reason(cloud, read):
    points = inclined(60000, 400.0)
    middle = np.hypot(points[:, 0] - WEST - 200, NORTH - 200 - points[:, 1])
    done = read(cloud(points[middle > 60]))
    assert np.isfinite(done["dtm"]).all()
    assert done["dtm_std"][200, 200] > 5 * done["dtm_std"][20, 20]
    far = read(cloud(points[middle > 150], name="far.laz"))
    assert np.isnan(far["dtm"][200, 200]) and np.isfinite(far["dtm"][200, 100])
    assert far.codes["JUM-S215"].data["count"] == np.isnan(far["dtm"]).sum()


def test_several_files_give_the_bits_of_one(cloud, read):
    points = np.concatenate((inclined(9000), inclined(400, seed=3)))
    points[:, 2] += np.random.default_rng(0).normal(0, 0.5, len(points))
    points[:, 2] = np.round(points[:, 2], 3)
    west = points[:, 0] < WEST + 50
    whole = read(cloud(points))
    parts = [cloud(points[west], name="a.laz"), cloud(points[~west], name="b.laz")]
    for files in (parts, parts[::-1]):
        done = read(files)
        for layer in ("dtm", "dtm_std", "dsm", "height"):
            assert np.array_equal(done[layer], whole[layer], equal_nan=True), layer


def test_the_same_bits_whatever_the_workers(cloud, read, monkeypatch):
    files = []
    for number, east in enumerate((0, 960, 1990)):
        points = inclined(5000, seed=number) + np.array([east, 0, 0])
        points[:, 2] += np.sin(points[:, 0] / 7)
        files.append(cloud(points, name=f"{number}.laz"))
    here = read(files)
    monkeypatch.setattr(parallel, "FEW", 0)
    for number in (1, 3):
        with ThreadPoolExecutor(number) as pool, workers.using(pool):
            there = read(files)
        assert [item.bounds for item in there.windows] == [item.bounds for item in here.windows]
        for a, b in zip(here.windows, there.windows, strict=True):
            assert a.layer == b.layer and np.array_equal(a.values, b.values, equal_nan=True)


def test_twice_the_same_file_changes_nothing_and_is_told(cloud, read):
    one = cloud(inclined(3000), name="a.laz")
    other = cloud(inclined(3000), name="b.laz")
    done, alone = read([one, other]), read(one)
    assert done.codes["JUM-S210"].data["count"] == 3000
    assert done.intake.read == 6000 and done.intake.dropped == 3000
    assert done.intake.files[str(other)].dropped == 3000
    assert np.array_equal(done["dtm"], alone["dtm"])


def test_points_twice_in_one_file_are_told(cloud, read):
    points = inclined(2000)
    done = read(cloud(np.concatenate((points, points))))
    assert done.codes["JUM-S209"].data["count"] == 2000


def test_overlapping_flights_that_disagree_are_told(cloud, read):
    low, high = inclined(20000), inclined(20000, seed=9)
    high[:, 2] += 0.4
    done = read([cloud(low, name="a.laz"), cloud(high, name="b.laz")])
    assert done.codes["JUM-S211"].data["median_m"] == pytest.approx(0.4, abs=0.03)
    agree = read([cloud(low, name="c.laz"), cloud(inclined(20000, seed=9), name="d.laz")])
    assert "JUM-S211" not in agree.codes


def test_a_tile_one_kilometre_off_its_name(cloud, read):
    points = inclined(2000)
    right = read(cloud(points, name="LHD_FXX_0770_6280_PTS_LAMB93_IGN69.laz"), "dtm")
    assert "JUM-S205" not in right.codes
    wrong = read(cloud(points, name="LHD_FXX_0769_6280_PTS_LAMB93_IGN69.laz"), "dtm")
    assert wrong.codes["JUM-S205"].data == {"east": 1, "north": 0}


@pytest.mark.parametrize(
    ("name", "corner"),
    [
        ("LHD_FXX_0886_6534_PTS_LAMB93_IGN69.copc.laz", (886_000, 6_534_000)),
        ("test_semis_2023_0292_6833_LA93_IGN69.laz", (292_000, 6_833_000)),
        ("LHD_FXX_0886-6534_PTS.laz", (886_000, 6_534_000)),
        ("test_data_77050_627755_LA93.laz", None),
        ("ville_2023.laz", None),
    ],
)
def test_what_a_name_says(name, corner):
    assert opening.named_corner(name) == corner


def test_zip_and_gzip(cloud, read, tmp_path):
    file = cloud(inclined(2000), name="a.las")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(file, "folder/a.las")
    with gzip.open(tmp_path / "a.las.gz", "wb") as packed:
        packed.write(file.read_bytes())
    plain = read(file, "dtm")
    for name in ("a.zip", "a.las.gz"):
        assert SOURCE.claims(str(tmp_path / name)) == 20
        assert np.array_equal(read(tmp_path / name, "dtm")["dtm"], plain["dtm"])
    assert SOURCE.claims("a.tif") == SOURCE.claims("a.tif.gz") == SOURCE.claims("b.zip") == 0


@pytest.mark.parametrize("crs", [None, "EPSG:2154", "EPSG:2154+5720"])
def test_crs_declared_compound_or_absent(cloud, read, crs):
    done = read(cloud(inclined(1000), crs=crs), "dtm")
    assert done.intake.source["crs"] == "EPSG:2154"
    assert ("JUM-S106" in done.codes) == (crs is None)


def test_another_projection_is_brought_to_the_grid(cloud, read):
    import pyproj

    points = inclined(40000)
    move = pyproj.Transformer.from_crs("EPSG:2154", "EPSG:3944", always_xy=True)
    moved = points.copy()
    moved[:, 0], moved[:, 1] = move.transform(points[:, 0], points[:, 1])
    done = read(cloud(moved, crs="EPSG:3944"), "dtm")
    x, y = np.floor(WEST + 50), np.floor(NORTH - 50)
    row = int(done.bounds[3] - 0.5 - y)
    column = int(x - done.bounds[0] - 0.5)
    assert done["dtm"][row, column] == pytest.approx(plane(np.array([[x, y]]))[0], abs=0.01)


def test_neighbours_that_the_twin_holds_are_continued(cloud, read):
    class Held:
        def raster(self, _):
            return self

        def __init__(self):
            self.files = {"0770_6280": ""}

        def tiles(self):
            return list(self.files)

        def read(self, bounds):
            from jumeau.base import grid

            x, y = np.meshgrid(*grid.centres(bounds))
            values = plane(np.column_stack((x.ravel(), y.ravel()))).reshape(x.shape)
            return np.where(x >= WEST + 100, values + 3.0, np.nan).astype(np.float32), None

        def table(self, *_, **__):
            import pyarrow as pa

            return pa.table({"id": [], "geometry": []})

    points = inclined(4000)
    alone, joined = read(cloud(points)), read(cloud(points), territory=Held())
    assert np.array_equal(alone["dtm"][8:92, :90], joined["dtm"][8:92, :90])
    assert (joined["dtm"][:, 99] > alone["dtm"][:, 99] + 0.5).mean() > 0.4
    edges = [item.codes["JUM-S214"].data["count"] for item in (alone, joined)]
    assert edges[0] - edges[1] == 98


# -- what is wrong --------------------------------------------------------------------------------
def refused(read, files, layer="all", **options) -> str:
    with pytest.raises(JumeauError) as caught:
        read(files, layer, **options)
    assert caught.value.remedy
    return caught.value.code


def test_unclassified_clouds_give_a_surface_and_no_terrain(cloud, read):
    file = cloud(inclined(2000), 1)
    assert refused(read, file) == refused(read, file, "dtm") == "JUM-S203"
    done = read(file, "dsm")
    assert {item.layer for item in done.windows} == {"dsm"}
    assert np.abs(inner(done["dsm"]) - inner(truth())).max() < 1.0


@pytest.mark.parametrize("name", ["a.las", "a.laz"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_truncated(cloud, read, name, kept):
    file = cloud(inclined(150_000, 300.0), name=name)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    assert refused(read, file) == "JUM-S004"


def test_damaged_in_the_middle(cloud, read):
    file = cloud(inclined(150_000, 300.0))
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)
    file.write_bytes(content)
    try:
        done = read(file)
    except InvalidError as exc:
        assert exc.code in {"JUM-S004", "JUM-S204"}
    else:  # the decoder noticed nothing: the faults are then told
        assert {"JUM-S208", "JUM-S207", "JUM-S213"} & set(done.codes)


def test_not_a_cloud(read, tmp_path):
    page = tmp_path / "tile.laz"
    page.write_text("<!DOCTYPE html><html>404</html>" * 20)
    assert refused(read, page) == "JUM-S200"
    page.write_bytes(b"")
    assert refused(read, page) == "JUM-S002"
    page.write_bytes(b"LASF" + bytes(40))
    assert refused(read, page) == "JUM-S004"
    assert refused(read, tmp_path / "absent.laz") == "JUM-S001"


def test_unknown_format_or_version(cloud, read):
    file = cloud(inclined(100), name="a.las")
    content = bytearray(file.read_bytes())
    for place, value in ((104, 11), (25, 7), (24, 3)):
        wrong = bytearray(content)
        wrong[place] = value
        file.write_bytes(wrong)
        assert refused(read, file) == "JUM-S201", place


def test_header_that_lies(cloud, read):
    file = cloud(inclined(3000), name="a.las")
    content = bytearray(file.read_bytes())
    content[179:187] = np.float64(WEST + 60).tobytes()  # greatest x
    file.write_bytes(content)
    done = read(file, "dtm")
    lost = int((inclined(3000)[:, 0] > WEST + 61).sum())
    assert done.codes["JUM-S208"].data["count"] == pytest.approx(lost, abs=30)
    assert done.intake.dropped == done.codes["JUM-S208"].data["count"]


def test_nothing_usable(cloud, read):
    assert refused(read, cloud(inclined(50), 7)) == "JUM-S204"
    assert refused(read, cloud(np.empty((0, 3)), 2, name="e.laz")) == "JUM-S204"


def test_layers_that_a_cloud_does_not_give(cloud, read):
    assert refused(read, cloud(inclined(50)), "illuminance") == "JUM-S202"


def test_another_place_is_refused(cloud, read):
    points = scattered(500)
    away = np.column_stack((points - (600_000, 6_000_000), np.full(500, 60.0)))
    assert refused(read, cloud(away)) in {"JUM-S008", "JUM-S009", "JUM-S026"}


def test_mixed_with_other_files(cloud, read, tmp_path):
    other = tmp_path / "a.tif"
    other.write_bytes(b"II*\x00")
    assert refused(read, [cloud(inclined(50)), other]) == "JUM-S200"


@pytest.mark.parametrize("name", ["cloud.las", "cloud.laz"])
def test_a_header_that_announces_fewer_points_than_the_file_holds_is_told(cloud, read, name):
    side = np.arange(40.0)
    x, y = (item.ravel() for item in np.meshgrid(WEST + side, NORTH - side))
    points = np.column_stack([x, y, np.full(x.size, 9.0)])
    path = cloud(points, name=name, return_number=[1] * 1600)
    data = bytearray(path.read_bytes())
    data[247:255] = (1000).to_bytes(8, "little")
    path.write_bytes(data)
    layers = read(path)
    assert layers.intake.read == 1000
    assert layers.codes["JUM-S223"].data == {"announced": 1000, "held": 1600}


def test_a_sound_header_tells_nothing(cloud, read):
    side = np.arange(50.0)
    points = np.column_stack([WEST + side, NORTH - side**2 / 60, np.ones(50)])
    for name, form in (("a.las", 6), ("b.laz", 7)):
        codes = read(cloud(points, name=name, point_format=form)).codes
        assert not {"JUM-S223", "JUM-S107"} & set(codes)  # nor of the code that its WKT 2 bears
    assert "JUM-S107" not in read(cloud(points, crs="EPSG:5698")).codes


@pytest.mark.parametrize("count", [1, 9])
def test_a_cloud_narrower_than_a_cell_fills_the_cell_of_its_points(cloud, read, count):
    layers = read(cloud(np.tile([WEST + 5.3, NORTH - 7.2, 12.0], (count, 1))))
    assert layers.bounds == (WEST + 4.5, NORTH - 7.5, WEST + 5.5, NORTH - 6.5)
    assert layers["dtm"].tolist() == [[12.0]] and layers["dsm"].tolist() == [[12.0]]
