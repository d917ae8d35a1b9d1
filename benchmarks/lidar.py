# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of LiDAR: point clouds to terrain and surface, against laspy with scipy.

The peer reads the cloud with laspy, interpolates the ground points linearly at the centres of
1 m cells (``LinearNDInterpolator``) and keeps the highest return of each cell
(``np.maximum.at``), in an environment of its own. Ours also gives the uncertainty and the
heights. Errors are those of the two terrains, read bilinearly, at a tenth of the ground points
that neither was given.

Clouds: a real decimated tile of LiDAR HD (Lamballe, 1 km², 0.29 point/m²) when ``JUMEAU_SHARED``
names the folder that holds it, and synthetic ones made here: 300 m × 300 m at 30 points/m², and
50 million points on 1 km² for the memory.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from harness import Table, fresh, peer_python

REAL = "data/lidarhd_1km2/test_semis_2023_0292_6833_LA93_IGN69.laz"
PEER = ("laspy[lazrs]==2.7.0", "lazrs==0.8.2", "scipy==1.17.1", "numpy==2.4.6")
WEST, NORTH = 770_000.0, 6_280_000.0
GROUND = (2, 9, 66)
REPEAT = 3
CHUNK = 1_000_000

PEER_CODE = """
import json, sys, time
import laspy, numpy as np
from scipy.interpolate import LinearNDInterpolator

path, out, west, north, columns, rows = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:7])
columns, rows = int(columns), int(rows)
times = []
for _ in range(int(sys.argv[7])):
    start = time.perf_counter()
    cloud = laspy.read(path)
    x, y, z = np.asarray(cloud.x), np.asarray(cloud.y), np.asarray(cloud.z)
    ground = np.isin(np.asarray(cloud.classification), [2, 9, 66])
    cx, cy = np.meshgrid(west + np.arange(columns), north - np.arange(rows))
    dtm = LinearNDInterpolator(np.c_[x[ground], y[ground]], z[ground])(cx, cy)
    dsm = np.full((rows, columns), -np.inf)
    i, j = np.ceil(north - 0.5 - y).astype(int), np.floor(x - west + 0.5).astype(int)
    inside = (i >= 0) & (i < rows) & (j >= 0) & (j < columns)
    np.maximum.at(dsm, (i[inside], j[inside]), z[inside])
    times.append(time.perf_counter() - start)
np.save(out, dtm)
print(json.dumps(times))
"""


def relief(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the altitude of an invented ground [m]."""
    return (
        60 + 0.02 * (x - WEST) + 8 * np.sin((x - WEST) / 90) * np.cos((y - NORTH) / 70)
        + 0.8 * np.sin((x - WEST) / 11 + (y - NORTH) / 17)
    )  # fmt: skip


def synthetic(path: Path, side: float, count: int, seed: int = 1) -> Path:
    """Write a cloud of ground, blocks of houses and trees, as IGN classes them (format 6)."""
    import laspy

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.array([0.01] * 3), np.array([0.0] * 3)
    rng = np.random.default_rng(seed)
    with laspy.open(str(path), "w", header=header) as writer:
        for first in range(0, count, CHUNK):
            size = min(CHUNK, count - first)
            # Rows of points from north to south, as producers sort their tiles by blocks.
            x = WEST + rng.uniform(0, side, size)
            y = NORTH - side * (first + rng.uniform(0, size, size)) / count
            ground = relief(x, y)
            block = (((x - WEST) // 25) * 7 + ((NORTH - y) // 25) * 13) % 5
            inner = ((x - WEST) % 25 > 6) & ((NORTH - y) % 25 > 8)
            house, wood = inner & (block == 0), inner & (block == 1)
            wood &= rng.random(size) < 0.8
            z = ground + rng.normal(0, 0.04, size) + 6.0 * house
            z += np.where(wood, rng.uniform(2, 15, size), 0.0)
            points = laspy.ScaleAwarePointRecord.zeros(size, header=header)
            points.x, points.y, points.z = x, y, z
            points.classification = np.where(house, 6, np.where(wood, 5, 2)).astype(np.uint8)
            points.return_number = np.ones(size, np.uint8)
            points.number_of_returns = np.ones(size, np.uint8)
            writer.write_points(points)
    return path


def ours(path: Path, repeat: int, out: Path | None = None) -> tuple[list[float], tuple]:
    """Return the time of each run [s] and the bounds; save the terrain."""
    from jumeau.base.contract import ImportRequest
    from jumeau.sources.lidar import source

    times, windows = [], []
    for _ in range(repeat + 1):  # the first compiles
        windows.clear()
        start = time.perf_counter()
        request = ImportRequest(str(path), None, "all", "EPSG:2154", uris=(str(path),))
        request.options["source_crs"] = "EPSG:2154"
        windows = list(source.read(request).windows or ())
        times.append(time.perf_counter() - start)
    named = {window.layer: window for window in windows}
    if out is not None:
        np.save(out, named["dtm"].values)
    return times[1:] or times, named["dtm"].bounds


def at(dtm: np.ndarray, bounds: tuple, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Read a terrain bilinearly between the centres of its cells."""
    c, r = x - bounds[0] - 0.5, bounds[3] - 0.5 - y
    j = np.clip(c.astype(int), 0, dtm.shape[1] - 2)
    i = np.clip(r.astype(int), 0, dtm.shape[0] - 2)
    u, v = c - j, r - i
    top = dtm[i, j] * (1 - u) + dtm[i, j + 1] * u
    low = dtm[i + 1, j] * (1 - u) + dtm[i + 1, j + 1] * u
    return top * (1 - v) + low * v


def withheld(path: Path, target: Path, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Write a cloud without a tenth of its ground points; return these."""
    import laspy

    cloud = laspy.read(str(path))
    chosen = np.isin(np.asarray(cloud.classification), GROUND)
    chosen &= np.random.default_rng(seed).random(chosen.size) < 0.1
    taken = tuple(np.asarray(item)[chosen] for item in (cloud.x, cloud.y, cloud.z))
    cloud.points = cloud.points[~chosen]
    cloud.write(str(target))
    return taken


def compare(table: Table, name: str, path: Path, folder: Path, at_least: float | None) -> None:
    """Measure both on one cloud: time, and error at withheld ground points."""
    short = folder / "short.laz"
    x, y, z = withheld(path, short)
    mine, bounds = ours(short, REPEAT, folder / "ours.npy")
    code = folder / "peer.py"
    code.write_text(PEER_CODE, encoding="utf-8")
    place = [bounds[0] + 0.5, bounds[3] - 0.5, bounds[2] - bounds[0], bounds[3] - bounds[1]]
    python = peer_python("lidar", PEER)
    arguments = [code, short, folder / "peer.npy", *map(str, place), str(REPEAT)]
    theirs = json.loads(fresh(arguments, python=python).stdout)
    table.ratio(
        f"LiDAR to terrain and surface, {name}", float(np.median(mine)), float(np.median(theirs)),
        at_least=at_least, peer_name="laspy + scipy",
    )  # fmt: skip
    errors = [
        at(np.load(folder / file).astype(np.float64), bounds, x, y) - z
        for file in ("ours.npy", "peer.npy")
    ]
    both = np.isfinite(errors[0]) & np.isfinite(errors[1])
    own, peer = (float(np.sqrt(np.mean(item[both] ** 2))) for item in errors)
    table.ratio(
        f"RMSE at withheld ground points, {name}", own, peer, at_least=1.0,
        peer_name="laspy + scipy", unit="m",
    )  # fmt: skip


def main() -> int:
    """Measure everything."""
    table = Table("lidar")
    shared = os.environ.get("JUMEAU_SHARED", "")
    count = int(os.environ.get("JUMEAU_BENCH_POINTS", "50000000"))
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        real = Path(shared) / REAL
        if shared and real.is_file():
            compare(table, "real tile of 0.29 point/m²", real, folder, 5)
        else:
            table.absent("LiDAR to terrain and surface, real tile", "JUMEAU_SHARED")
        dense = synthetic(folder / "dense.laz", 300.0, 2_700_000)
        compare(table, "synthetic, 30 points/m²", dense, folder, 5)
        whole = synthetic(folder / "whole.laz", 1000.0, count)
        used = fresh([__file__, str(whole)])
        table.show(f"{count / 1e6:g} million points to five layers", float(used.stdout))
        told = f"peak memory for {count / 1e6:g} million points"
        table.limit(told, used.peak_mib, 1024, unit="MiB")
    return table.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(ours(Path(sys.argv[1]), 0)[0][0])
    else:
        raise SystemExit(main())
