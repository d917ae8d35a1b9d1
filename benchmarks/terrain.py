# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of terrain: depressions filled and cells counted, against pyflwdir.

In memory, both in one thread and judged by processor time: a synthetic relief of 4,000 × 4,000
cells with about a quarter of them to fill, and white noise, the worst case. pyflwdir's
``fill_depressions`` also gives the directions; ours are counted in the accumulation, which is
compared with ``from_dem`` followed by ``upstream_area``, then each alone from the same
directions. The results are compared cell by cell.

On disk: a mosaic of GeoTIFF tiles (``JUMEAU_BENCH_TERRAIN`` cells a side, 20,000 by default)
read through a VRT, filled and counted by two threads in a fresh process, whose peak memory is
held to 4 GB. Every size of block gives one answer, which is checked on a smaller mosaic.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from harness import Table, fresh, peer_python

PEER = ("pyflwdir==0.5.12", "numba==0.68.1", "numpy==2.4.6")
REPEAT = 3
TILE = 2000

PEER_CODE = """
import json, sys, time
import numpy as np, pyflwdir
from pyflwdir.dem import fill_depressions

z = np.load(sys.argv[1])
small = np.ascontiguousarray(z[:50, :50])
fill_depressions(small, nodata=np.nan)  # compiles
pyflwdir.from_dem(small, nodata=np.nan).upstream_area("cell")
fill, whole, alone = [], [], []
for _ in range(int(sys.argv[3])):
    start = time.process_time()
    filled, code = fill_depressions(z, nodata=np.nan)
    fill.append(time.process_time() - start)
    start = time.process_time()
    cells = pyflwdir.from_dem(z, nodata=np.nan).upstream_area("cell")
    whole.append(time.process_time() - start)
    start = time.process_time()
    pyflwdir.from_array(code, ftype="d8", check_ftype=False).upstream_area("cell")
    alone.append(time.process_time() - start)
np.savez(sys.argv[2], filled=filled, code=code, cells=cells)
print(json.dumps([fill, whole, alone]))
"""


def relief(top: int, left: int, rows: int, columns: int) -> np.ndarray:
    """Return an invented relief [m]: hills, hollows, and a roughness of 4 cm."""
    y = np.arange(top, top + rows, dtype=np.float32)[:, None]
    x = np.arange(left, left + columns, dtype=np.float32)[None, :]
    z = np.float32(250) + 40 * np.sin(x / 1900) * np.cos(y / 1500) + 8 * np.sin((x + y) / 310)
    z += 3 * np.sin(x / 61 + 2) * np.sin(y / 53) + np.sin(x / 17) * np.sin(y / 19 + 1)
    rng = np.random.default_rng([top, left])
    return (z + rng.normal(0, 0.04, (rows, columns))).astype(np.float32)


def timed(function, *arguments):
    """Return the processor time of a call [s] and what it returns."""
    start = time.process_time()
    value = function(*arguments)
    return time.process_time() - start, value


def compare(table: Table, name: str, z: np.ndarray, folder: Path) -> None:
    """Measure both in memory, and how many of their cells differ."""
    from jumeau.ground.terrain import fill, flow_accumulation, flow_directions
    from jumeau.ground.terrain.accumulation import accumulation_of

    np.save(folder / "z.npy", z)
    (folder / "peer.py").write_text(PEER_CODE, encoding="utf-8")
    python = peer_python("terrain", PEER)
    arguments = [folder / "peer.py", folder / "z.npy", folder / "peer.npz", str(REPEAT)]
    theirs = [min(times) for times in json.loads(fresh(arguments, python=python).stdout)]
    reference = np.load(folder / "peer.npz")
    filled, code = fill(z), flow_directions(z)
    cells = flow_accumulation(z)
    steps = (
        (f"fill, {name}", 4, lambda: fill(z)),
        (f"terrain to accumulation, {name}", 5, lambda: flow_accumulation(z)),
        (f"directions to accumulation, {name}", 5, lambda: accumulation_of(code)),
    )
    for (told, bar, step), their in zip(steps, theirs, strict=True):
        own = min(timed(step)[0] for _ in range(REPEAT))
        table.ratio(told, own, their, at_least=bar, peer_name="pyflwdir")
        table.show(f"rate, {told}", z.size / own / 1e6, unit="Mcell/s")
    table.show(f"share of cells raised, {name}", float(np.mean(filled > z)), unit="")
    for told, own, their in (
        ("cells filled otherwise", filled, reference["filled"]),
        ("directions that differ", code, reference["code"]),
        ("cells counted otherwise", cells, reference["cells"]),
    ):
        table.limit(f"{told}, {name}", float(np.sum(own != their)), 0, unit="cells")


def mosaic(folder: Path, side: int) -> Path:
    """Write a relief as tiles of GeoTIFF and a VRT over them."""
    import rasterio
    from rasterio.transform import from_origin

    parts = []
    for top in range(0, side, TILE):
        for left in range(0, side, TILE):
            rows, columns = min(TILE, side - top), min(TILE, side - left)
            path = folder / f"tile_{top}_{left}.tif"
            options = {
                "driver": "GTiff", "height": rows, "width": columns, "count": 1,
                "dtype": "float32", "crs": "EPSG:2154", "nodata": -9999.0,
                "transform": from_origin(700_000 + left, 6_600_000 - top, 1, 1),
                "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
                "zlevel": 1, "predictor": 3,
            }  # fmt: skip
            with rasterio.open(path, "w", **options) as target:
                target.write(relief(top, left, rows, columns), 1)
            parts.append(
                f"<SimpleSource><SourceFilename relativeToVRT='1'>{path.name}</SourceFilename>"
                f"<SourceBand>1</SourceBand><SrcRect xOff='0' yOff='0' xSize='{columns}' "
                f"ySize='{rows}'/><DstRect xOff='{left}' yOff='{top}' xSize='{columns}' "
                f"ySize='{rows}'/></SimpleSource>"
            )
    vrt = folder / "mosaic.vrt"
    vrt.write_text(
        f"<VRTDataset rasterXSize='{side}' rasterYSize='{side}'><SRS>EPSG:2154</SRS>"
        "<GeoTransform>700000, 1, 0, 6600000, 0, -1</GeoTransform>"
        "<VRTRasterBand dataType='Float32' band='1'><NoDataValue>-9999</NoDataValue>"
        f"{''.join(parts)}</VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    return vrt


def on_disk(vrt: str, out: str, what: str, workers: int, side: int) -> None:
    """Run one function on a mosaic, in this process."""
    from jumeau.ground import terrain

    start, side = time.perf_counter(), side or None
    if workers:
        with ThreadPoolExecutor(workers) as executor:
            getattr(terrain, what)(vrt, out, executor=executor, side=side)
    else:
        getattr(terrain, what)(vrt, out, side=side)
    print(json.dumps([time.perf_counter() - start, time.process_time()]))


def same(one: Path, two: Path) -> bool:
    """Tell whether two rasters hold the same values."""
    import rasterio

    with rasterio.open(one) as a, rasterio.open(two) as b:
        return bool(np.array_equal(a.read(1), b.read(1), equal_nan=True))


STANDING_CODE = """
import json, sys, time
from jumeau.ground.terrain.merge import standing_water

start = time.perf_counter()
water = standing_water(sys.argv[1], 0.06, out=sys.argv[2])
print(json.dumps([time.perf_counter() - start, time.process_time(), water.relative_error]))
"""


def standing(table: Table, folder: Path) -> None:
    """Measure what is made of the terrain: standing water, streams, sea, catchments."""
    import rasterio

    from jumeau.ground import terrain
    from jumeau.ground.terrain.merge import standing_water

    for side in (1000, 4000):
        z = relief(0, 0, side, side)
        code = terrain.flow_directions(z)
        outlets, level = [(side // 2, side // 3), (side - 1, side // 2)], float(np.median(z))
        steps = (
            ("fill_spill_merge, 60 mm", lambda z=z: terrain.fill_spill_merge(z, 0.06)),
            ("hand, 1 ha", lambda z=z: terrain.hand(z, 10_000)),
            ("sea_flood, median level", lambda z=z, m=level: terrain.sea_flood(z, m)),
            ("catchments, from directions", lambda d=code, at=outlets: terrain.catchments(d, at)),
        )
        for told, step in steps:
            step()
            own = min(timed(step)[0] for _ in range(REPEAT))
            table.show(f"{told}, {side:,}²", own)
            table.show(f"rate, {told}, {side:,}²", z.size / own / 1e6, unit="Mcell/s")
    water = standing_water(z, 0.06)
    table.limit("fill_spill_merge, water lost or made", water.relative_error, 1e-9, unit="")
    endless = terrain.fill_spill_merge(z, np.inf) != terrain.fill(z) - z
    table.limit("endless rain that differs from fill", float(endless.sum()), 0, unit="cells")
    side = int(os.environ.get("JUMEAU_BENCH_STANDING", "8000"))
    disk = folder / "standing"
    disk.mkdir()
    small, out = mosaic(disk, 3000), disk / "out.tif"
    with rasterio.open(small) as source:
        whole = terrain.fill_spill_merge(source.read(1), 0.06)
    for rows in (64, 517):
        terrain.fill_spill_merge(small, 0.06, out=out, rows=rows)
        with rasterio.open(out) as result:
            differ = np.sum(result.read(1) != whole)
        table.limit(f"fill_spill_merge by {rows} rows, otherwise", float(differ), 0, unit="cells")
    vrt = mosaic(disk, side)
    used = fresh(["-c", STANDING_CODE, vrt, out])
    wall, cpu, lost = json.loads(used.stdout)
    told = f"fill_spill_merge, {side:,}² from tiles on disk"
    table.show(told, wall)
    table.show(f"{told}, processor time", cpu)
    table.limit(f"{told}, water lost or made", lost, 1e-9, unit="")
    table.limit(f"{told}, peak memory", used.peak_mib, 4000, unit="MiB")


def main() -> int:
    """Measure everything."""
    table = Table("terrain")
    side = int(os.environ.get("JUMEAU_BENCH_TERRAIN", "20000"))
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        compare(table, "4,000² relief", relief(0, 0, 4000, 4000), folder)
        noise = np.random.default_rng(1).random((2000, 2000), np.float32) + np.float32(1)
        compare(table, "2,000² white noise", noise, folder)
        steps = np.round(relief(0, 0, 2000, 2000) * 4) / 4
        compare(table, "2,000² relief in steps of 25 cm", steps, folder)
        small = folder / "small"
        small.mkdir()
        vrt = mosaic(small, 3000)
        for what in ("fill", "flow_accumulation"):
            made = []
            for workers, block in ((0, 0), (2, 0), (2, 517)):
                made.append(folder / f"{what}_{workers}_{block}.tif")
                fresh([__file__, vrt, made[-1], what, str(workers), str(block)])
            told = f"{what} on disk, answers that differ with blocks and workers"
            table.limit(told, float(sum(not same(made[0], item) for item in made[1:])), 0, unit="")
        vrt = mosaic(folder, side)
        for what in ("fill", "flow_accumulation"):
            used = fresh([__file__, vrt, folder / "out.tif", what, "2", "0"])
            wall, cpu = json.loads(used.stdout)
            table.show(f"{what}, {side:,}² from tiles on disk, 2 threads", wall)
            table.show(f"{what}, {side:,}², processor time", cpu)
            table.limit(f"{what}, {side:,}², peak memory", used.peak_mib, 4000, unit="MiB")
        standing(table, folder)
    return table.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        on_disk(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        raise SystemExit(main())
