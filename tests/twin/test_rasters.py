# SPDX-License-Identifier: EUPL-1.2
"""Layers: blocks anywhere in, windows of any size out, equal to one plain array."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

import jumeau
from jumeau.base.contract import RasterWindow
from jumeau.base.errors import InvalidError, StorageError
from jumeau.base.grid import Tile
from jumeau.twin import rasters
from jumeau.twin.rasters import Raster
from jumeau.twin.territory import Territory
from jumeau.twin.tiling import Assembly, write_layer

CRS = "EPSG:2154"


def block(west: float, north: float, rows: int, columns: int, seed: int = 0) -> RasterWindow:
    """Return a window of noise whose north-west corner is given, on the grid."""
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    return RasterWindow((west, north - rows, west + columns, north), values)


def tiles(files: list[rasters.TileFile]) -> dict[str, str]:
    return {item.tile: item.path for item in files}


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Raster, np.ndarray]:
    """Four tiles around a corner, filled by one block of 2,000 × 2,000 cells."""
    folder = tmp_path_factory.mktemp("four")
    whole = block(766999.5, 6281000.5, 2000, 2000, 5)
    files = write_layer(folder, "dtm", [whole], CRS)
    return Raster(folder, CRS, "dtm", tiles(files)), whole.values


# -- reading -----------------------------------------------------------------------------------
def test_a_block_on_four_tiles(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    assert raster.tiles() == ["0767_6280", "0767_6281", "0768_6280", "0768_6281"]
    assert raster.bounds == (766999.5, 6279000.5, 768999.5, 6281000.5)
    values, transform = raster.read(raster.bounds)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, whole)
    assert transform == Affine(1, 0, 766999.5, 0, -1, 6281000.5)
    np.testing.assert_array_equal(raster.read()[0], whole)


def test_seams(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    values, transform = raster.read((767989.5, 6279990.5, 768009.5, 6280010.5))
    assert values.shape == (20, 20)
    np.testing.assert_array_equal(values, whole[990:1010, 990:1010])
    assert transform @ (0, 0) == (767989.5, 6280010.5)


@pytest.mark.parametrize(
    ("bounds", "edges"),
    [
        ((767100, 6280100, 767101, 6280101), (767099.5, 6280099.5, 767101.5, 6280101.5)),
        ((767100.5, 6280100.5, 767101.5, 6280101.5), (767100.5, 6280100.5, 767101.5, 6280101.5)),
        ((767100.6, 6280100.6, 767100.7, 6280100.7), (767100.5, 6280100.5, 767101.5, 6280101.5)),
        (
            (767100.49, 6280100.49, 767101.51, 6280101.51),
            (767099.5, 6280099.5, 767102.5, 6280102.5),
        ),
    ],
)
def test_bounds_snap_outward(four: tuple[Raster, np.ndarray], bounds: tuple, edges: tuple) -> None:
    raster, whole = four
    values, transform = raster.read(bounds)
    xmin, ymin, xmax, ymax = edges
    assert values.shape == (ymax - ymin, xmax - xmin)
    assert (transform.c, transform.f) == (xmin, ymax)
    top, left = round(6281000.5 - ymax), round(xmin - 766999.5)
    np.testing.assert_array_equal(
        values, whole[top : top + values.shape[0], left : left + values.shape[1]]
    )


def test_outside_is_nan(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    values, _ = raster.read((766989.5, 6280990.5, 767009.5, 6281010.5))
    assert np.isnan(values[:10]).all() and np.isnan(values[:, :10]).all()
    np.testing.assert_array_equal(values[10:, 10:], whole[:10, :10])
    far, _ = raster.read((0, 0, 10, 10))
    assert np.isnan(far).all()
    assert np.isnan(raster.value(0, 0))


def test_value_and_sample_are_those_of_the_cell(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    random = np.random.default_rng(1)
    rows, columns = random.integers(0, 2000, 500), random.integers(0, 2000, 500)
    x = 767000 + columns + random.uniform(-0.49, 0.49, 500)
    y = 6281000 - rows + random.uniform(-0.49, 0.49, 500)
    np.testing.assert_array_equal(raster.sample(x, y), whole[rows, columns])
    assert raster.value(767000.0, 6281000.0) == whole[0, 0]
    assert raster.value(768000.0, 6280000.0) == whole[1000, 1000]
    assert np.isnan(raster.sample([766999.0, 767000.0], [6281000.0, 6281000.0])[0])


def test_a_point_on_an_edge_belongs_east_and_south(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    assert raster.value(767000.5, 6280999.5) == whole[1, 1]
    assert raster.value(767999.5, 6280000.5) == whole[1000, 1000]


def test_coarser_cells_are_means_on_a_fixed_lattice(four: tuple[Raster, np.ndarray]) -> None:
    raster, whole = four
    for resolution, cell in [
        (1.9, 1),
        (2, 2),
        (7, 4),
        (12, 8),
        (105.3, 40),
        (999, 200),
        (9e9, 1000),
    ]:
        values, transform = raster.read(raster.bounds, resolution=resolution)
        side = 2000 // cell
        assert transform == Affine(cell, 0, 766999.5, 0, -cell, 6281000.5)
        mean = whole.astype(np.float64).reshape(side, cell, side, cell).mean(axis=(1, 3))
        np.testing.assert_allclose(values, mean, atol=1e-5)
    # A window in between gives the same cells, not others.
    coarse, _ = raster.read(raster.bounds, resolution=8)
    window, transform = raster.read((767990, 6279990, 768010, 6280010), resolution=8)
    left, top = ~transform @ (766999.5, 6281000.5)
    np.testing.assert_array_equal(
        window, coarse[round(-top) :, round(-left) :][: window.shape[0], : window.shape[1]]
    )


def test_coarse_means_skip_holes(tmp_path: Path) -> None:
    values = np.full((1000, 1000), np.nan, dtype=np.float32)
    values[:100, :100] = 6.0
    files = write_layer(tmp_path, "dtm", [RasterWindow(Tile(0, 0).bounds, values)], CRS)
    coarse, _ = Raster(tmp_path, CRS, "dtm", tiles(files)).read(resolution=200)
    assert coarse[0, 0] == 6.0 and np.isnan(coarse).sum() == 24


@pytest.mark.parametrize("resolution", [0, -1, float("nan"), float("inf")])
def test_resolution_must_be_positive(four: tuple[Raster, np.ndarray], resolution: float) -> None:
    with pytest.raises(InvalidError) as caught:
        four[0].read(resolution=resolution)
    assert caught.value.code == "JUM-T109"


def test_absurd_sizes_are_refused_before_memory_is_asked(four: tuple[Raster, np.ndarray]) -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidError) as caught:
        four[0].read((0, 0, 1_000_000, 7_000_000))
    assert caught.value.code == "JUM-T105" and "resolution=8" in caught.value.remedy
    assert time.perf_counter() - start < 0.5
    values, _ = four[0].read((0, 0, 1_000_000, 7_000_000), resolution=1000)
    assert np.isfinite(values).sum() == 4


def test_empty_layer(tmp_path: Path) -> None:
    raster = Raster(tmp_path, CRS, "dtm", {})
    assert raster.bounds is None and raster.tiles() == []
    assert raster.read()[0].shape == (0, 0)
    assert np.isnan(raster.read((0, 0, 3, 3))[0]).all()
    assert np.isnan(raster.value(3, 3))


def test_a_missing_tile_is_an_error_not_a_hole(tmp_path: Path) -> None:
    files = write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 10, 10)], CRS)
    (tmp_path / files[0].path).unlink()
    with pytest.raises(StorageError) as caught:
        Raster(tmp_path, CRS, "dtm", tiles(files)).read()
    assert caught.value.code == "JUM-T108"


def test_raster_goes_to_other_processes(four: tuple[Raster, np.ndarray]) -> None:
    copy = pickle.loads(pickle.dumps(four[0]))
    assert copy.value(767000, 6281000) == four[1][0, 0]
    assert "dtm" in repr(copy)


# -- writing -----------------------------------------------------------------------------------
def test_negative_coordinates(tmp_path: Path) -> None:
    window = block(-1300.5, 1200.5, 2400, 2600, 3)
    files = write_layer(tmp_path, "dsm", [window], "EPSG:2975")
    assert len(files) == 16
    raster = Raster(tmp_path, "EPSG:2975", "dsm", tiles(files))
    np.testing.assert_array_equal(raster.read(window.bounds)[0], window.values)
    assert raster.value(-1300, 1200) == window.values[0, 0]


def test_later_blocks_win_where_they_have_data(tmp_path: Path) -> None:
    first, second = block(-0.5, 0.5, 20, 20, 1), block(9.5, -9.5, 20, 20, 2)
    second.values[0, 0] = np.nan
    files = write_layer(tmp_path, "dtm", [first, second], CRS)
    values, _ = Raster(tmp_path, CRS, "dtm", tiles(files)).read((-0.5, -29.5, 29.5, 0.5))
    expected = np.full((30, 30), np.nan, dtype=np.float32)
    expected[:20, :20] = first.values
    later = expected[10:30, 10:30]
    later[~np.isnan(second.values)] = second.values[~np.isnan(second.values)]
    np.testing.assert_array_equal(values, expected)


def test_update_completes_and_replace_starts_anew(tmp_path: Path) -> None:
    first, second = block(-0.5, 0.5, 10, 10, 1), block(19.5, 0.5, 10, 10, 2)
    base = tiles(write_layer(tmp_path, "dtm", [first], CRS))
    updated = write_layer(tmp_path, "dtm", [second], CRS, current=base)
    values, _ = Raster(tmp_path, CRS, "dtm", tiles(updated)).read((-0.5, -9.5, 29.5, 0.5))
    np.testing.assert_array_equal(values[:, :10], first.values)
    np.testing.assert_array_equal(values[:, 20:], second.values)
    replaced = write_layer(tmp_path, "dtm", [second], CRS, current=base, replace=True)
    values, _ = Raster(tmp_path, CRS, "dtm", tiles(replaced)).read((-0.5, -9.5, 29.5, 0.5))
    assert np.isnan(values[:, :20]).all()
    # The former version still reads as it was.
    values, _ = Raster(tmp_path, CRS, "dtm", base).read(first.bounds)
    np.testing.assert_array_equal(values, first.values)


def test_update_with_the_same_values_keeps_the_file(tmp_path: Path) -> None:
    window = block(-0.5, 0.5, 50, 50)
    first = write_layer(tmp_path, "dtm", [window], CRS)
    again = write_layer(tmp_path, "dtm", [window], CRS, current=tiles(first))
    assert [item.path for item in again] == [item.path for item in first]
    assert not again[0].created


def test_tiles_without_data_are_not_written(tmp_path: Path) -> None:
    window = block(-0.5, 0.5, 10, 2000)
    window.values[:, 1000:] = np.nan
    files = write_layer(tmp_path, "dtm", [window], CRS)
    assert [item.tile for item in files] == ["0000_0000"]
    assert write_layer(tmp_path, "dtm", [], CRS) == []


@pytest.mark.parametrize("held", [1, 2, 64])
def test_memory_is_bounded_and_changes_nothing(tmp_path: Path, held: int) -> None:
    """Rows of blocks crossing six tiles come back and back to tiles that left memory."""
    windows = [block(-0.5, 0.5 - 130 * i, 130, 2900, i) for i in range(16)]
    files = write_layer(tmp_path, "dtm", iter(windows), CRS, held=held)
    values, _ = Raster(tmp_path, CRS, "dtm", tiles(files)).read((-0.5, -2079.5, 2899.5, 0.5))
    np.testing.assert_array_equal(values, np.vstack([window.values for window in windows]))
    on_disk = {path.name for path in (tmp_path / "rasters" / "dtm").iterdir()}
    assert on_disk == {Path(item.path).name for item in files}  # nothing superseded stays


def test_assemble_holds_no_more_than_asked(tmp_path: Path) -> None:
    given: dict[Tile, np.ndarray] = {}
    windows = [block(1000 * i - 0.5, 0.5, 5, 5, i) for i in range(5)]
    assembly = Assembly(given.get, held=2)
    assert [list(assembly.push(window)) for window in windows[:2]] == [[], []]
    out = [tile.x for window in windows[2:] for tile, _ in assembly.push(window)]
    assert out == [0, 1, 2]  # each as soon as a third tile is open
    assert [tile.x for tile, _ in assembly.rest()] == [3, 4]


def test_a_block_said_to_be_the_last_leaves_memory_at_once() -> None:
    assembly = Assembly(lambda _: None)
    window = block(-0.5, 0.5, 5, 5)
    assert list(assembly.push(window)) == []
    done = list(assembly.push(RasterWindow(window.bounds, window.values, last=True)))
    assert [tile for tile, _ in done] == [Tile(0, 0)]
    assert list(assembly.rest()) == []


@pytest.mark.parametrize(
    ("bounds", "shape", "code"),
    [
        ((0.0, 0.0, 10.0, 10.0), (10, 10), "JUM-T103"),
        ((-0.5, -0.5, 9.5, 9.4), (10, 10), "JUM-T103"),
        ((-0.5, -0.5, 9.5, 9.5), (10, 11), "JUM-T104"),
    ],
)
def test_blocks_off_the_grid_are_refused(
    tmp_path: Path, bounds: tuple, shape: tuple, code: str
) -> None:
    good = block(-0.5, 0.5, 1000, 3000)
    with pytest.raises(InvalidError) as caught:
        write_layer(
            tmp_path, "dtm", [good, RasterWindow(bounds, np.zeros(shape, np.float32))], CRS, held=1
        )
    assert caught.value.code == code
    assert list((tmp_path / "rasters").rglob("*.tif")) == []


def test_a_source_that_fails_leaves_nothing(tmp_path: Path) -> None:
    kept = write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 100, 100, 9)], CRS)

    def windows() -> Iterator[RasterWindow]:
        yield block(-0.5, 0.5, 100, 100, 9)  # the same content as a committed tile
        for i in range(6):
            yield block(1000 * i - 0.5, 0.5, 900, 900, i)
        raise RuntimeError("the file ends here")

    with pytest.raises(RuntimeError, match="ends here"):
        write_layer(tmp_path, "dtm", windows(), CRS, held=1)
    assert [path.name for path in (tmp_path / "rasters" / "dtm").iterdir()] == [
        Path(kept[0].path).name
    ]


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        plain(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as caught:
        write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 100, 6000)], CRS)
    assert caught.value.code == "JUM-T101"
    assert [path for path in (tmp_path / "rasters").rglob("*") if path.is_file()] == []


def test_discard_removes_only_what_was_created(tmp_path: Path) -> None:
    window = block(-0.5, 0.5, 50, 2000)
    first = write_layer(tmp_path, "dtm", [window], CRS)
    window.values[:, 1500] = 0
    second = write_layer(tmp_path, "dtm", [window], CRS)
    rasters.discard(tmp_path, second)
    assert all((tmp_path / item.path).exists() for item in first)
    assert not (tmp_path / second[1].path).exists()


# -- maintenance -------------------------------------------------------------------------------
def test_clean_removes_orphans_and_unfinished_files(tmp_path: Path) -> None:
    files = write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 50, 2000)], CRS)
    rasters.write_vrt(tmp_path, "dtm", tiles(files), CRS)
    folder = tmp_path / "rasters" / "dtm"
    (folder / ".tmp-1-0a-0000_0000-00.tif").write_bytes(b"half")
    (folder / "notes.txt").write_text("somebody's own")
    (tmp_path / "rasters" / ".tmp-1-0a-dtm.vrt").write_text("half")
    removed = rasters.clean(tmp_path, {files[0].path})
    assert removed == sorted(
        ["rasters/.tmp-1-0a-dtm.vrt", "rasters/dtm/.tmp-1-0a-0000_0000-00.tif", files[1].path]
    )
    left = {path.name for path in (tmp_path / "rasters").rglob("*") if path.is_file()}
    assert left == {Path(files[0].path).name, "notes.txt", "dtm.vrt"}
    assert rasters.clean(tmp_path / "nowhere", set()) == []


def test_verify_finds_missing_and_altered_tiles(tmp_path: Path) -> None:
    files = write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 50, 3000)], CRS)
    rows = [item._asdict() for item in files]
    assert rasters.verify(tmp_path, rows) == []
    (tmp_path / files[0].path).unlink()
    with (tmp_path / files[1].path).open("ab") as file:
        file.write(b"!")
    found = rasters.verify(tmp_path, rows)
    assert [(item.code, item.entity) for item in found] == [
        ("JUM-T106", "0000_0000"),
        ("JUM-T107", "0001_0000"),
    ]
    assert files[0].path in found[0].to_row()["what"]
    assert [item.code for item in rasters.verify(tmp_path, rows, content=False)] == ["JUM-T106"]


def test_kill_in_the_middle_keeps_the_former_version(tmp_path: Path) -> None:
    """kill -9 while a layer is written: the old tiles read, the orphans are cleaned."""
    former = write_layer(tmp_path, "dtm", [block(-0.5, 0.5, 1000, 2000, 1)], CRS)
    before = Raster(tmp_path, CRS, "dtm", tiles(former)).read()[0]
    program = f"""
        import itertools, numpy as np
        from pathlib import Path
        from jumeau.base.contract import RasterWindow
        from jumeau.base.grid import Tile
        from jumeau.twin.tiling import write_layer
        random = np.random.default_rng(0)
        def windows():
            for i in itertools.count():
                yield RasterWindow(Tile(i, 0).bounds, random.normal(size=(1000, 1000)))
                print(i, flush=True)
        write_layer(Path({str(tmp_path)!r}), "dtm", windows(), {CRS!r}, held=1)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "6":
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    orphans = rasters.clean(tmp_path, {item.path for item in former})
    assert orphans
    assert rasters.verify(tmp_path, [item._asdict() for item in former]) == []
    after = Raster(tmp_path, CRS, "dtm", tiles(former)).read()[0]
    np.testing.assert_array_equal(after, before)
    left = {path.name for path in (tmp_path / "rasters" / "dtm").iterdir()}
    assert left == {Path(item.path).name for item in former}


# -- in a territory ----------------------------------------------------------------------------
WRITER = """
import sys, numpy as np, jumeau
from jumeau.base.contract import RasterWindow
path, mode = sys.argv[1:]
t = jumeau.open(path)
def windows():
    for i in range(40):
        bounds = (1000 * i - 0.5, -999.5, 1000 * i + 999.5, 0.5)
        yield RasterWindow(bounds, np.full((1000, 1000), 2.0))
        print(i, flush=True)
with t.transaction("second") as tx:
    tx.put_raster("dtm", windows())
    print("written", flush=True)
    if mode == "kill":
        sys.stdin.read()
"""


def first_version(territory: Territory) -> None:
    ones = np.ones((1000, 3000), dtype=np.float32)
    with territory.transaction("first") as tx:
        tx.put_raster("dtm", [RasterWindow((-0.5, -999.5, 2999.5, 0.5), ones)])


@pytest.mark.parametrize("moment", ["8", "written"])
def test_kill_in_put_raster_then_open(territory: Territory, moment: str) -> None:
    """Among the tiles, or when all are written and nothing is committed."""
    first_version(territory)
    files = {path.name for path in (territory.path / "rasters" / "dtm").iterdir()}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(territory.path), "kill"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == moment:
                break
        process.send_signal(signal.SIGKILL)
    during = {path.name for path in (territory.path / "rasters" / "dtm").iterdir()}
    assert during > files  # orphans are there
    assert (territory.raster("dtm").read()[0] == 1).all()  # nobody who reads sees them
    reopened = jumeau.open(territory.path)
    assert {path.name for path in (territory.path / "rasters" / "dtm").iterdir()} == files
    assert (reopened.raster("dtm").read()[0] == 1).all()
    assert "JUM-T106" not in set(reopened.check()["code"])
    reopened.close()


def test_a_reader_sees_whole_versions_while_another_process_writes(territory: Territory) -> None:
    first_version(territory)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(territory.path), "end"], stdout=subprocess.DEVNULL
    ) as process:
        seen = set()
        while process.poll() is None:
            values, _ = territory.raster("dtm").read((-0.5, -999.5, 2999.5, 0.5), resolution=200)
            levels = set(values.ravel().tolist())
            assert len(levels) == 1
            seen |= levels
        assert process.returncode == 0
    values, _ = territory.raster("dtm").read((-0.5, -999.5, 2999.5, 0.5))
    assert (values == 2).all() and 1.0 in seen


def test_a_fork_shares_tiles_and_changes_its_own(territory: Territory, tmp_path: Path) -> None:
    first_version(territory)
    fork = territory.fork(tmp_path / "fork.jumeau")
    twos = np.full((10, 10), 2.0, dtype=np.float32)
    with fork.transaction("second") as tx:
        tx.put_raster("dtm", [RasterWindow((-0.5, -9.5, 9.5, 0.5), twos)])
    assert (territory.raster("dtm").read()[0] == 1).all()
    assert (fork.raster("dtm").read((-0.5, -9.5, 9.5, 0.5))[0] == 2).all()
    with rasterio.open(territory.path / "rasters" / "dtm.vrt") as source:
        assert (source.read(1) == 1).all()
    with rasterio.open(fork.path / "rasters" / "dtm.vrt") as source:
        np.testing.assert_array_equal(source.read(1), fork.raster("dtm").read()[0])
    shared = [
        path for path in (fork.path / "rasters" / "dtm").iterdir() if path.stat().st_nlink > 1
    ]
    assert len(shared) == 3
    assert rasters.verify(fork.path, fork.table("raster_tile").to_pylist()) == []
    fork.close()
