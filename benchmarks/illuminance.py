# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the illuminance kernel: against NumPy, its error, its memory, its growth.

The peer is a straightforward NumPy version, one lamp at a time over its disc. One core unless said.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from harness import Table, fresh
from jumeau.worksites import lighting

LABELS = ("SHP 70", "SHP 100", "SHP 150", "SHP 250", "LED 36W", "LED 72W", "IM 70", "BF 125")
RADIUS = 60.0
COUNTS = (10_000, 50_000, 150_000)


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


def against_numpy(table: Table) -> None:
    """Compare one thread with NumPy: time, pairs of lamp and cell, largest difference."""
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
    table.ratio("light on the ground, per core", fast, slow, at_least=4, peer_name="NumPy")
    table.limit("largest relative difference with NumPy", float(error), 1e-4, unit="")
    table.show("pairs of lamp and cell, per core", pairs / fast / 1e6, unit="M/s")


def threads(table: Table) -> None:
    """Compare two threads with one: time, and the same bits."""
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
    if not np.array_equal(results[1], results[2]):
        raise RuntimeError("two threads do not give the bits of one")
    table.ratio("two threads", elapsed[2], elapsed[1], peer_name="one thread, same bits")


def territory(count: int) -> None:
    """Compute one département and print processor time [s], cells lit and tiles."""
    positions, photometries, which, azimuth = scene(count, 20000.0 * (count / 150000) ** 0.5)
    lighting.illuminance(positions[:1], photometries, which[:1], bounds=(0, 0, 1, 1))  # compile
    start, cells, tiles = time.process_time(), 0, 0
    for window in lighting.illuminance_tiles(positions, photometries, which, azimuth=azimuth):
        cells += int((window.values > 0).sum())
        tiles += 1
    print(time.process_time() - start, cells, tiles)


def territories(table: Table) -> None:
    """Measure départements of several sizes, each in a process of its own."""
    spent = {}
    for count in COUNTS:
        used = fresh([__file__, str(count)])
        seconds, cells, _ = map(float, used.stdout.split())
        spent[count] = seconds / count
        table.show(f"light of {count:,} lamps, processor time", seconds)
        table.show(f"ground lit by {count:,} lamps", cells / 1e6, unit="km²")
        table.limit(f"peak memory for {count:,} lamps", used.peak_mib, 2048, unit="MiB")
    growth = spent[COUNTS[-1]] / spent[COUNTS[0]]
    table.limit("time per lamp at 150,000 over time per lamp at 10,000", growth, 1.25, unit="")


def main() -> int:
    """Measure everything."""
    table = Table("illuminance")
    against_numpy(table)
    threads(table)
    territories(table)
    return table.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        territory(int(sys.argv[1]))
    else:
        raise SystemExit(main())
