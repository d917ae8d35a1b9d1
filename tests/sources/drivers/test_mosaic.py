# SPDX-License-Identifier: EUPL-1.2
"""Several grids that make one raster: no seam, every pixel counted once, every doubt told."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import jumeau
from jumeau.base import grid
from jumeau.base.contract import ImportRequest
from jumeau.base.errors import JumeauError
from jumeau.sources.files import SOURCE

X, Y = 770, 6_280
"""Kilometres of the north-west corner of a tile, in Lambert-93."""
Mosaic = Callable[..., Any]


def surface(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a plane z = x + 2y, brought near sea level, at positions in Lambert-93 [m]."""
    return (x[None, :] - 1000 * X) / 8 + (y[:, None] - 1000 * Y) / 4 + 1500


def rough(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return hills that no plane explains."""
    waves = 40 * np.sin(x[None, :] / 90) * np.cos(y[:, None] / 70)
    return waves + 3 * np.sin(x[None, :] / 3) + 200


def tile(
    folder: Path,
    name: str,
    west: float,
    north: float,
    step: float,
    shape: tuple[int, int],
    shade: Callable[[np.ndarray, np.ndarray], np.ndarray] = surface,
    **options: Any,
) -> Path:
    """Write a GeoTIFF of a surface given at the centres of its pixels."""
    x = west + step * (np.arange(shape[1]) + 0.5)
    y = north - step * (np.arange(shape[0]) + 0.5)
    told = {"crs": "EPSG:2154", "dtype": "float32"} | options
    with rasterio.open(
        folder / name,
        "w",
        driver="GTiff",
        height=shape[0],
        width=shape[1],
        count=1,
        transform=from_origin(west, north, step, step),
        **told,
    ) as target:
        target.write(shade(x, y).astype(told["dtype"]), 1)
    return folder / name


def ascii_grid(path: Path, values: np.ndarray, west: float, south: float, step: float) -> Path:
    head = f"ncols {values.shape[1]}\nnrows {values.shape[0]}\nxllcorner {west:.6f}\n"
    head += f"yllcorner {south:.6f}\ncellsize {step}\nNODATA_value -99999.00\n"
    path.write_text(head + "\n".join(" ".join(f"{v:.2f}" for v in row) for row in values))
    return path


@pytest.fixture
def mosaic() -> Mosaic:
    """Return a function that reads files together and gives (cells, bounds, intake, codes)."""

    def reading(
        files: list[Path] | Path,
        layer: str = "dtm",
        territory: Any = None,
        crs: str = "EPSG:2154",
        **options: Any,
    ) -> Any:
        uris = tuple(str(item) for item in (files if isinstance(files, list) else [files]))
        request = ImportRequest(
            uris[0], None, layer, crs, None, options, uris=uris, territory=territory
        )
        intake = SOURCE.read(request)
        windows = list(intake.windows)
        if not windows:
            return None, None, intake, {item.code: item for item in intake.findings}
        boxes = np.array([item.bounds for item in windows])
        bounds = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        cells = np.full(grid.shape(bounds), np.nan, np.float32)
        for item in windows:
            place = cells[grid.slices(item.bounds, bounds)]
            np.copyto(place, item.values, where=~np.isnan(item.values))
        codes = {item.code: item for item in intake.findings}
        return cells, bounds, intake, codes

    return reading


def truth(bounds: Any, shade: Any = surface) -> np.ndarray:
    x, y = grid.centres(bounds)
    return shade(x, y)


# -- alignment -------------------------------------------------------------------------------
def test_two_ign_tiles_of_one_metre_enter_bit_for_bit(mosaic: Mosaic, tmp_path: Path):
    rng = np.random.default_rng(4)
    values = {}
    for east in (0, 1):
        name = f"RGEALTI_FXX_{X + east:04d}_{Y:04d}_MNT_LAMB93_IGN69.tif"
        path = tmp_path / name
        values[east] = rng.uniform(0, 900, (1000, 1000)).astype(np.float32)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            height=1000,
            width=1000,
            count=1,
            dtype="float32",
            crs="EPSG:2154",
            transform=from_origin(1000 * (X + east) - 0.5, 1000 * Y + 0.5, 1, 1),
        ) as target:
            target.write(values[east], 1)
    cells, bounds, intake, codes = mosaic(sorted(tmp_path.iterdir()))
    assert bounds == (769_999.5, 6_279_000.5, 771_999.5, 6_280_000.5)
    joined = np.concatenate([values[0], values[1]], axis=1)
    assert (cells.view(np.uint32) == joined.view(np.uint32)).all()
    assert codes == {}
    assert intake.read == 2_000_000
    assert [item.read for item in intake.files.values()] == [1_000_000, 1_000_000]


def test_a_checkerboard_is_not_blurred(mosaic: Mosaic, tmp_path: Path):
    def board(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (np.rint(x)[None, :] + np.rint(y)[:, None]) % 2

    path = tile(tmp_path, "t.tif", 769_999.5, 6_280_000.5, 1, (300, 300), board)
    cells, bounds, *_ = mosaic(path)
    assert (cells == truth(bounds, board)).all()


@pytest.mark.parametrize("step", [0.2, 0.5, 2, 5, 25, 75])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_planes_have_no_seam_whatever_the_cells(
    mosaic: Mosaic, tmp_path: Path, step: float, shift: float
):
    count = round(max(60, 4 * step) / step)
    side = count * step
    west, north = 770_000 - step * shift, 6_280_000 + step * shift
    files = [
        tile(
            tmp_path,
            f"{column}{row}.tif",
            west + column * side,
            north - row * side,
            step,
            (count,) * 2,
        )
        for row in (0, 1)
        for column in (0, 1)
    ]
    cells, bounds, intake, codes = mosaic(files)
    assert np.abs(cells - truth(bounds)).max() < 2e-3
    assert intake.read == 4 * count * count
    if step >= 2:
        assert codes["JUM-S244"].data["size"] == step
    else:
        assert "JUM-S244" not in codes


@pytest.mark.parametrize(("step", "count"), [(0.5, 400), (5.0, 40), (25.0, 8)])
def test_neighbours_change_edges_only_and_leave_no_seam(
    mosaic: Mosaic, tmp_path: Path, step: float, count: int
):
    side = count * step
    west, north = 770_000 - step / 2, 6_280_000 + step / 2
    one = tile(tmp_path, "one.tif", west, north, step, (2 * count, 2 * count), rough)
    four = [
        tile(
            tmp_path, f"{c}{r}.tif", west + c * side, north - r * side, step, (count, count), rough
        )
        for r in (0, 1)
        for c in (0, 1)
    ]
    whole, bounds, _, codes = mosaic(one)
    joined, same, _, of_four = mosaic(four)
    assert bounds == same
    assert (joined.view(np.uint32) == whole.view(np.uint32)).all()
    assert of_four["JUM-S141"].data["count"] == codes["JUM-S141"].data["count"]
    alone, place, _, _ = mosaic(four[3])
    inside = whole[grid.slices(place, bounds)]
    assert np.abs(alone - inside)[2:, 2:].max() == 0 if step < 1 else True
    assert np.abs(alone - inside)[0].max() > 0


def test_a_missing_neighbour_is_told_on_its_side_only(mosaic: Mosaic, tmp_path: Path):
    names = {"west": 770_000 - 0.25, "east": 770_100 - 0.25}
    files = [
        tile(tmp_path, f"{name}.tif", west, 6_280_000.25, 0.5, (200, 200))
        for name, west in names.items()
    ]
    _, _, _, both = mosaic(files)
    _, _, _, alone = mosaic(files[1])
    assert alone["JUM-S141"].data["count"] == 199  # north row and west column
    assert both["JUM-S141"].data["count"] == 299  # north row twice as long, one west column


def test_an_l_of_tiles_leaves_the_fourth_empty(mosaic: Mosaic, tmp_path: Path):
    places = [(0, 0), (1, 0), (0, 1)]
    files = [
        tile(tmp_path, f"{c}{r}.tif", 769_997.5 + 100 * c, 6_280_002.5 - 100 * r, 5, (20, 20))
        for c, r in places
    ]
    cells, bounds, _, _ = mosaic(files)
    assert np.isnan(cells[100:, 100:]).all()
    known = np.isfinite(cells)
    assert known.sum() == 3 * 100 * 100
    assert np.abs(cells - truth(bounds))[known].max() < 2e-3


def test_what_the_twin_holds_continues_the_edge(mosaic: Mosaic, tmp_path: Path):
    for step, count in ((0.5, 200), (25.0, 8)):
        folder = tmp_path / str(step)
        folder.mkdir()
        side, west, north = step * count, 770_000 - step / 2, 6_280_000 + step / 2
        shape = (count, count)
        left = tile(folder, "left.tif", west, north, step, shape, rough)
        right = tile(folder, "right.tif", west + side, north, step, shape, rough)
        town = jumeau.create(folder / "t", name="T", insee=["34172"])
        town.add(left, layer="dtm")
        cells, bounds, intake, codes = mosaic(right, territory=town)
        joined, whole, _, _ = mosaic([left, right])
        reference = joined[grid.slices(bounds, whole)]
        alone, *_ = mosaic(right)
        rows = slice(int(step), None)  # the northern edge has no neighbour
        off = np.abs(cells - reference)[rows].max()
        assert off < (1e-4 if step > 1 else 0.5 * np.abs(alone - reference)[rows].max())
        assert codes["JUM-S245"].data["count"] > 50
        assert intake.compared


def test_cells_of_several_sizes_the_finest_counts(mosaic: Mosaic, tmp_path: Path):
    coarse = tile(
        tmp_path, "c.tif", 769_997.5, 6_280_002.5, 5, (40, 40), lambda x, y: 10 + 0 * rough(x, y)
    )
    fine = tile(tmp_path, "f.tif", 770_049.5, 6_279_950.5, 1, (50, 50))
    for files in ([coarse, fine], [fine, coarse]):
        cells, bounds, _, _ = mosaic(files)
        inside = grid.slices((770_049.5, 6_279_900.5, 770_099.5, 6_279_950.5), bounds)
        assert np.abs(cells - truth(bounds))[inside].max() < 1e-3
        cells[inside] = 10
        assert (cells == 10).all()


def test_every_tile_comes_once_and_is_done_with(mosaic: Mosaic, tmp_path: Path):
    path = tile(tmp_path, "t.tif", 769_000, 6_281_000, 10, (250, 250))
    request = ImportRequest(str(path), None, "dtm", "EPSG:2154", None, {}, uris=(str(path),))
    windows = list(SOURCE.read(request).windows)
    assert all(item.last and item.uri == str(path) and item.layer == "dtm" for item in windows)
    tiles = [grid.tiles_of(item.bounds) for item in windows]
    assert all(len(item) == 1 for item in tiles)
    assert len({item[0] for item in tiles}) == len(tiles) == 9


def test_many_tiles_are_streamed_with_progress(tmp_path: Path):
    path = tile(tmp_path, "t.tif", 769_000, 6_281_000, 25, (200, 200))
    told: list[float] = []
    request = ImportRequest(
        str(path),
        None,
        "dtm",
        "EPSG:2154",
        None,
        {},
        lambda _, share: told.append(share),
        (str(path),),
    )
    intake = SOURCE.read(request)
    assert intake.read == 0 and told == []  # nothing yet
    windows: Iterator[Any] = intake.windows
    next(windows)
    assert 0 < intake.read < 40_000
    rest = sum(1 for _ in windows)
    assert rest == len(told) - 1 >= 24 and told[-1] == 1
    assert intake.read == 40_000 and {item.code for item in intake.findings} >= {"JUM-S244"}


# -- traps -----------------------------------------------------------------------------------
def test_pixel_is_point_is_not_half_a_pixel_off(mosaic: Mosaic, tmp_path: Path):
    path = tile(tmp_path, "t.tif", 769_999.5, 6_280_000.5, 1, (20, 20))
    raw = bytearray(path.read_bytes())
    # GTRasterTypeGeoKey (1025): area (1) becomes point (2), and the tie point the first centre.
    key = raw.index(struct.pack("<4H", 1025, 0, 1, 1))
    raw[key : key + 8] = struct.pack("<4H", 1025, 0, 1, 2)
    tie = raw.index(struct.pack("<2d", 769_999.5, 6_280_000.5))
    raw[tie : tie + 16] = struct.pack("<2d", 770_000.0, 6_280_000.0)
    path.write_bytes(raw)
    with rasterio.open(path) as source:
        assert source.tags()["AREA_OR_POINT"] == "Point"
    cells, bounds, _, codes = mosaic(path)
    assert bounds == (769_999.5, 6_279_980.5, 770_019.5, 6_280_000.5)
    assert np.abs(cells - truth(bounds)).max() < 1e-3
    assert codes == {}


def test_corner_or_centre_points_or_commas_in_a_text(mosaic: Mosaic, tmp_path: Path):
    head = "ncols 3\nnrows 2\nxll{0} {1}\nyll{0} {2}\ncellsize 1{3}\nNODATA_value -9999\n"
    one, two = tmp_path / "one.asc", tmp_path / "two.asc"
    one.write_text(head.format("corner", "769999.5", "6279998.5", ".0") + "1 2.25 3\n4 5 -9999\n")
    two.write_text(head.format("center", "770000,0", "6279999,0", ",0") + "1 2,25 3\n4 5 -9999\n")
    first, bounds, _, _ = mosaic(one)
    second, same, _, _ = mosaic(two)
    assert bounds == same == (769_999.5, 6_279_998.5, 770_002.5, 6_280_000.5)
    assert first[0].tolist() == second[0].tolist() == [1, 2.25, 3]
    assert np.isnan(first[1, 2]) and np.isnan(second[1, 2])


def test_decimals_far_down_a_text_of_whole_numbers_are_kept(mosaic: Mosaic, tmp_path: Path):
    values = np.full((1000, 1000), 12.0)
    text = "\n".join(" ".join("12" for _ in row) for row in values[:-1])
    head = "ncols 1000\nnrows 1000\nxllcorner 769999.5\nyllcorner 6279000.5\ncellsize 1\n"
    path = tmp_path / "t.asc"
    path.write_text(head + text + "\n" + " ".join("12.75" for _ in range(1000)))
    cells, *_ = mosaic(path)
    assert cells[-1].tolist() == [12.75] * 1000


def test_zero_is_a_value_unless_declared(mosaic: Mosaic, tmp_path: Path):
    def half(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(x[None, :] < 770_010, 0.0, 5.0) + 0 * y[:, None]

    path = tile(tmp_path, "t.tif", 769_999.5, 6_280_000.5, 1, (20, 20), half)
    assert np.isfinite(mosaic(path)[0]).all()
    path = tile(tmp_path, "t.tif", 769_999.5, 6_280_000.5, 1, (20, 20), half, nodata=0)
    assert np.isnan(mosaic(path)[0]).sum() == 200


def test_outliers_of_a_web_service_never_mix_with_their_neighbours(mosaic: Mosaic, tmp_path: Path):
    def spoiled(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        values = 0 * rough(x, y) + 100
        values[5, 5], values[9, 9], values[12, 3] = -100_000, 20_000, np.nan
        return values

    for step, crs in ((1, "EPSG:2154"), (0.5, "EPSG:2154"), (5, "EPSG:2154"), (1, "EPSG:3944")):
        west, north = (770_000, 6_280_000) if crs == "EPSG:2154" else (1_770_000, 3_160_000)
        path = tile(tmp_path, "t.tif", west, north, step, (20, 20), spoiled, crs=crs)
        cells, _, intake, codes = mosaic(path)
        assert np.nanmin(cells) == np.nanmax(cells) == 100
        assert codes["JUM-S142"].data["examples"] == [-100_000, 20_000]
        assert (intake.read, intake.dropped) == (399, 2)


def test_a_tile_that_says_another_kilometre_is_told(mosaic: Mosaic, tmp_path: Path):
    name = "LHD_FXX_0771_6280_MNT_O_0M50_LAMB93_IGN69.tif"
    path = tile(tmp_path, name, 769_999.75, 6_280_000.25, 0.5, (40, 40))
    data = mosaic(path)[3]["JUM-S243"].data
    assert data["named"] == "(771, 6280)"
    good = path.rename(tmp_path / name.replace("0771", "0770"))
    assert "JUM-S243" not in mosaic(good)[3]


def test_empty_tiles_are_told_and_the_rest_enters(mosaic: Mosaic, tmp_path: Path):
    good = tile(tmp_path, "a.tif", 769_999.5, 6_280_000.5, 1, (20, 20))
    none = tile(
        tmp_path, "b.tif", 770_019.5, 6_280_000.5, 1, (20, 20), lambda x, y: 0 * rough(x, y) - 9999
    )
    void = tmp_path / "c.tif"
    void.touch()
    cells, _, intake, codes = mosaic([void, good, none])
    assert np.isfinite(cells).sum() == 400
    assert codes["JUM-S248"].data["count"] == 1 and codes["JUM-S248"].entity == "c.tif"
    assert codes["JUM-S144"].entity == "b.tif"
    assert intake.files[str(void)].read == 0
    with pytest.raises(JumeauError, match="JUM-S002"):
        mosaic([void])
    with pytest.raises(JumeauError, match="JUM-S002"):
        mosaic([void, void])


def test_files_that_give_the_same_cells_differently_are_told(mosaic: Mosaic, tmp_path: Path):
    one = tile(
        tmp_path, "1.tif", 769_999.5, 6_280_000.5, 1, (20, 20), lambda x, y: 0 * rough(x, y) + 1
    )
    two = tile(
        tmp_path, "2.tif", 770_009.5, 6_280_000.5, 1, (20, 20), lambda x, y: 0 * rough(x, y) + 2
    )
    cells, _, _, codes = mosaic([one, two])
    assert codes["JUM-S246"].data["count"] == 200
    assert cells[0].tolist() == [1] * 10 + [2] * 20
    assert mosaic([two, one])[0][0].tolist() == [1] * 20 + [2] * 10


def test_a_damaged_neighbour_stops_everything(mosaic: Mosaic, tmp_path: Path):
    good = tile(tmp_path, "a.tif", 769_999.5, 6_280_000.5, 1, (300, 300), rough)
    bad = tile(tmp_path, "b.tif", 770_299.5, 6_280_000.5, 1, (300, 300), rough)
    bad.write_bytes(bad.read_bytes()[:100_000])
    with pytest.raises(JumeauError, match=r"JUM-S004.*b\.tif"):
        mosaic([good, bad])


def test_a_raster_of_all_france_is_refused(mosaic: Mosaic, tmp_path: Path):
    path = tile(tmp_path, "t.tif", 100_000, 7_000_000, 1000, (800, 900))
    with pytest.raises(JumeauError, match="JUM-S247"):
        mosaic(path)


def test_one_tile_in_another_system_among_those_without(mosaic: Mosaic, tmp_path: Path):
    near = tile(tmp_path, "a.tif", 769_999.5, 6_280_000.5, 1, (20, 20), crs=None)
    away = tile(tmp_path, "b.tif", 1_770_000, 3_160_000, 1, (20, 20), crs=None)
    cells, bounds, _, codes = mosaic([near, near, away])
    assert codes["JUM-S143"].data["crs"] == "EPSG:3944"
    inside = grid.slices((769_999.5, 6_279_980.5, 770_019.5, 6_280_000.5), bounds)
    assert np.abs(cells - truth(bounds))[inside].max() < 1e-3


@pytest.mark.parametrize("crs", ["EPSG:9794", "EPSG:5698", "EPSG:9793"])
def test_other_names_of_the_same_projection_are_no_reprojection(
    mosaic: Mosaic, tmp_path: Path, crs: str
):
    path = tile(tmp_path, "t.tif", 769_999.5, 6_280_000.5, 1, (20, 20), rough, crs=crs)
    cells, bounds, _, codes = mosaic(path)
    assert (cells == truth(bounds, rough).astype(np.float32)).all()
    assert "JUM-S143" not in codes


# -- names and archives ----------------------------------------------------------------------
def test_all_reads_the_layers_from_the_names(mosaic: Mosaic, tmp_path: Path):
    wanted = {"MNT_O": "dtm", "MNS_O": "dsm", "MNH_O": "height"}
    files = [
        tile(
            tmp_path,
            f"LHD_FXX_0770_6280_{word}_0M50_LAMB93_IGN69.tif",
            769_999.75,
            6_280_000.25,
            0.5,
            (40, 40),
            lambda x, y: 0 * rough(x, y) + 7,
        )
        for word in wanted
    ]
    uris = tuple(map(str, files))
    request = ImportRequest(uris[0], None, "all", "EPSG:2154", None, {}, uris=uris)
    windows = list(SOURCE.read(request).windows)
    assert [item.layer for item in windows] == list(wanted.values())
    assert [item.uri for item in windows] == list(uris)
    plain = tile(tmp_path, "releve.tif", 769_999.5, 6_280_000.5, 1, (20, 20))
    with pytest.raises(JumeauError, match=r"JUM-S240.*releve\.tif"):
        mosaic([plain], "all")


def test_a_layer_that_the_name_contradicts_is_told(mosaic: Mosaic, tmp_path: Path):
    surface_model = tile(tmp_path, "x_MNS.tif", 769_999.5, 6_280_000.5, 1, (20, 20))
    cells, _, _, codes = mosaic(surface_model, "dtm")
    assert cells.shape == (20, 20) and codes["JUM-S241"].data["told"] == "dsm"
    relief = tile(
        tmp_path, "x_MNT.tif", 769_999.5, 6_280_000.5, 1, (20, 20), lambda x, y: 0 * rough(x, y) + 3
    )
    cells, _, _, codes = mosaic([relief, surface_model], "dtm")
    assert (cells == 3).all() and codes["JUM-S242"].entity == "x_MNS.tif"


def delivery(folder: Path, kind: str) -> Path:
    """Write a département of RGE ALTI 5 m as IGN archives it: MNT, SRC and DST in folders."""
    root = folder / "RGEALTI_2-0_5M_ASC_D034"
    deep = root / "1_DONNEES_LIVRAISON_2024" / "RGEALTI_MNT_5M_ASC_LAMB93_IGN69_D034"
    for name in ("MNT", "SRC", "DST"):
        (deep.parent / name).mkdir(parents=True)
        for column in (0, 1):
            west, north = 769_997.5 + 200 * column, 6_280_002.5
            x, y = west + 5 * (np.arange(40) + 0.5), north - 5 * (np.arange(40) + 0.5)
            values = surface(x, y) if name == "MNT" else np.full((40, 40), 3.0)
            path = deep.parent / name / f"RGEALTI_FXX_077{column}_6280_{name}_LAMB93_IGN69.asc"
            ascii_grid(path, values, west, north - 200, 5)
    (root / "lisezmoi.txt").write_text("x")
    (root / "__MACOSX").mkdir()
    (root / "__MACOSX" / "x.asc").write_text("x")
    if kind == "folder":
        return root
    target = folder / f"d034.{kind}"
    members = [item for item in sorted(root.rglob("*")) if item.is_file()]
    if kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in members:
                archive.write(item, item.relative_to(folder))
    elif kind == "7z":
        import py7zr

        with py7zr.SevenZipFile(target, "w") as archive:
            for item in members:
                archive.write(item, str(item.relative_to(folder)))
    else:
        import tarfile

        with tarfile.open(target, "w:gz") as archive:
            for item in members:
                archive.add(item, str(item.relative_to(folder)))
    return target


@pytest.mark.parametrize("kind", ["folder", "zip", "7z", "tar.gz"])
def test_a_delivery_gives_all_its_tiles_and_only_its_relief(
    mosaic: Mosaic, tmp_path: Path, kind: str
):
    path = delivery(tmp_path, kind)
    cells, bounds, intake, codes = mosaic(path)
    assert cells.shape == (200, 400)
    assert np.abs(cells - truth(bounds)).max() < 0.02  # two decimals in the text
    assert codes["JUM-S242"].data["count"] == 4
    assert intake.read == sum(item.read for item in intake.files.values()) == 3200
    assert kind == "folder" or list(intake.files) == [str(path)]


@pytest.mark.parametrize("kind", ["folder", "7z"])
def test_a_delivery_enters_a_twin(tmp_path: Path, kind: str):
    path = delivery(tmp_path, kind)
    town = jumeau.create(tmp_path / "t", name="T", insee=["34172"])
    report = town.add(path, layer="dtm")
    assert (report.read, report.dropped, report.added) == (3200, 0, 4)
    assert town.raster("dtm").value(770_199, 6_279_950) == pytest.approx(1512.375, abs=0.02)
    assert town.add(path, layer="dtm").added == 0
    assert len(town.table("source").to_pylist()) == (2 if kind == "folder" else 1)


def test_rasters_of_one_archive_that_cover_each_other_are_several_layers(
    mosaic: Mosaic, tmp_path: Path
):
    for name in ("mnt", "pente"):
        tile(tmp_path, f"{name}.tif", 769_999.5, 6_280_000.5, 1, (20, 20))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for name in ("mnt.tif", "pente.tif"):
            archive.write(tmp_path / name, name)
    with pytest.raises(JumeauError, match=r"JUM-S005.*mnt, pente"):
        mosaic(tmp_path / "t.zip")
    assert mosaic(tmp_path / "t.zip", source_layer="pente")[2].read == 400


# -- real files ------------------------------------------------------------------------------
def test_the_hydrographic_surface_models_of_le_mene(mosaic: Mosaic, shared: Path):
    files = sorted((shared / "data/lidarhd_1km2").glob("test_mns_hydro_*_5m.tif"))
    cells, bounds, intake, codes = mosaic(files, "dsm")
    raw = []
    for file in files:
        with rasterio.open(file) as source:
            assert source.nodata == 9999
            raw.append(source.read(1))
    known = sum(int((item != 9999).sum()) for item in raw)
    assert (intake.read, intake.dropped) == (known, 0)
    inner = cells[3:-3, 3:-3]  # edges are continued along their slope
    assert np.nanmax(inner) <= max(item[item != 9999].max() for item in raw)
    assert codes["JUM-S244"].data["size"] == 5
    # No step along the seam: the mean difference across it is that found beside it.
    middle = round(300_000 - bounds[0])
    across = np.abs(np.diff(cells[:, middle - 10 : middle + 10], axis=1))
    steps = np.nanmean(across, axis=0)
    assert steps.max() < 3 * np.median(steps)


def test_montpellier_at_four_metres_with_a_broken_origin(mosaic: Mosaic, shared: Path):
    path = shared / "data/montpellier_34172/mnt4m_600x600m/MNT_OUT_REFERENCE.tif"
    cells, bounds, intake, codes = mosaic(path)
    assert intake.read == 22_500
    assert bounds[0] % 1 == 0.5 and bounds[1] % 1 == 0.5
    assert codes["JUM-S146"].data["size"] == 4
    assert codes["JUM-S244"].data["size"] == 4
    assert 20 < np.nanmin(cells) < np.nanmax(cells) < 120
