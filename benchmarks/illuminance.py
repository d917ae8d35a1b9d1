# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the illuminance kernel: against NumPy, its error, its memory, its growth.

Run: ``python benchmarks/illuminance.py [--quick]``. Each line gives a measure and its goal.
Peers: a straightforward NumPy version, one lamp at a time over its disc. One core unless said.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from jumeau.worksites import lighting
from jumeau.worksites.lighting.point_source import _pack

LABELS = ("SHP 70", "SHP 100", "SHP 150", "SHP 250", "LED 36W", "LED 72W", "IM 70", "BF 125")
RADIUS = 60.0


def scene(
    count: int, side: float, seed: int = 1
) -> tuple[np.ndarray, list, np.ndarray, np.ndarray]:
    """Return seeded lamps over a square of Lambert-93."""
    rng = np.random.default_rng(seed)
    photometries = [lighting.generic_photometry(label) for label in LABELS]
    positions = np.column_stack(
        (
            rng.uniform(770000, 770000 + side, count),
            rng.uniform(6279000, 6279000 + side, count),
            rng.uniform(4.0, 10.0, count),
        )
    )
    return positions, photometries, rng.integers(0, len(LABELS), count), rng.uniform(0, 360, count)


def straightforward(
    positions, photometries, which, azimuth, bounds, radius
) -> tuple[np.ndarray, int]:
    """Sum lamps one by one over the square around their disc, in double precision."""
    xmin, ymin, xmax, ymax = bounds
    out = np.zeros((round(ymax - ymin), round(xmax - xmin)))
    pairs = 0
    for (x, y, h), number, turn in zip(positions, which, azimuth, strict=True):
        photometry = photometries[number]
        j0, j1 = max(0, int(x - radius - xmin)), min(out.shape[1], int(x + radius - xmin) + 1)
        i0, i1 = max(0, int(ymax - y - radius)), min(out.shape[0], int(ymax - y + radius) + 1)
        dx = xmin + 0.5 + np.arange(j0, j1) - x
        dy = (ymax - 0.5 - np.arange(i0, i1) - y)[:, None]
        r2 = dx * dx + dy * dy
        inside = r2 <= radius * radius
        pairs += int(inside.sum())
        c = np.mod(turn - np.degrees(np.arctan2(dx, dy)), 360.0) / 5.0
        g = np.degrees(np.arctan2(np.sqrt(r2), h)) / 2.5
        i, j = c.astype(int), g.astype(int)
        u, v = c - i, g - j
        table = photometry.candela
        low = table[i, j] * (1 - v) + table[i, j + 1] * v
        high = table[i + 1, j] * (1 - v) + table[i + 1, j + 1] * v
        e = (low * (1 - u) + high * u) * h / (r2 + h * h) ** 1.5
        out[i0:i1, j0:j1] += np.where(inside, e, 0.0)
    return out, pairs


def cpu(work) -> float:
    """Return the least processor time of three calls [s]."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def against_numpy() -> None:
    positions, photometries, which, azimuth = scene(400, 1000.0)
    bounds = (770000.0, 6279000.0, 771000.0, 6280000.0)

    def ours() -> np.ndarray:
        return lighting.illuminance(positions, photometries, which, bounds=bounds,
                                    azimuth=azimuth, radius=RADIUS, workers=1)  # fmt: skip

    ours()
    reference, pairs = straightforward(positions, photometries, which, azimuth, bounds, RADIUS)
    slow = cpu(lambda: straightforward(positions, photometries, which, azimuth, bounds, RADIUS))
    fast = cpu(ours)
    lit = reference > 1e-3
    error = np.abs(ours()[lit] / reference[lit] - 1).max()
    print(f"NumPy, one lamp at a time     {pairs / slow:10.3g} pairs per core.s")
    print(f"kernel, one thread            {pairs / fast:10.3g} pairs per core.s   (goal 8e7)")
    print(f"ratio per core                {slow / fast:10.1f} ×                  (goal 4)")
    print(f"largest relative difference   {error:10.1e}                    (goal 1e-4)")


def threads() -> None:
    positions, photometries, which, azimuth = scene(4000, 3000.0)
    bounds = (770000.0, 6279000.0, 773000.0, 6282000.0)
    elapsed, results = {}, {}
    for workers in (1, 2):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            results[workers] = lighting.illuminance(
                positions, photometries, which, bounds=bounds, azimuth=azimuth, radius=RADIUS,
                workers=workers,
            )  # fmt: skip
            times.append(time.perf_counter() - start)
        elapsed[workers] = min(times)
    same = np.array_equal(results[1], results[2])
    print(f"two threads                   {elapsed[1] / elapsed[2]:10.2f} ×   same bits: {same}")


def territory(count: int) -> None:
    """Compute one département: run in a process of its own so that its peak memory is its own."""
    positions, photometries, which, azimuth = scene(count, 20000.0 * (count / 150000) ** 0.5)
    _pack(photometries)
    start, cells, tiles = time.process_time(), 0, 0
    for window in lighting.illuminance_tiles(positions, photometries, which, azimuth=azimuth):
        cells += int((window.values > 0).sum())
        tiles += 1
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{count:8d} lamps, {tiles:5d} tiles     {spent:10.1f} core.s"
        f"   {1e6 * spent / count:6.1f} µs per lamp   {cells / 1e6:7.1f} km² lit"
        f"   peak {peak:.2f} GB (goal 2)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller territories")
    parser.add_argument("--territory", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.territory:
        territory(options.territory)
        return
    against_numpy()
    threads()
    for count in (2000, 10000) if options.quick else (10000, 50000, 150000):
        subprocess.run([sys.executable, __file__, "--territory", str(count)], check=True)


if __name__ == "__main__":
    main()
