# SPDX-License-Identifier: EUPL-1.2
"""Matching of two layers of footprints, 10,000 to 300,000; the peer is GeoPandas' overlay.

Both say which footprints overlap and by how much; ours also says with which probability and in
which relation. The growth between the sizes is the exponent of time against buildings: 1 is
linear.
"""

from __future__ import annotations

import sys

import geopandas as gpd
import numpy as np
import shapely

from harness import Table, fresh, median_of

SIZES = (10_000, 30_000, 100_000, 300_000)
PEER = 100_000
"""Largest size at which the peer is measured too."""


def layers(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two drawings of the same rows of houses [m], the second with errors and gaps."""
    rng = np.random.default_rng(seed)
    per_row = 8
    rows = -(-count // per_row)
    side = int(np.ceil(np.sqrt(rows)))
    row, place = np.divmod(np.arange(count), per_row)
    width = 9.0
    x = 700_000 + (row % side) * 100.0 + place * width
    y = 6_500_000 + (row // side) * 40.0
    depth = rng.uniform(8, 14, count)
    angle = rng.uniform(0, np.pi, rows)[row]
    cx, cy = x - place * width, y
    return tuple(
        _turned(x + dx, y + dy, width, depth + extra, angle, cx, cy)
        for dx, dy, extra in ((0.0, 0.0, 0.0), (*rng.normal(0, 0.4, (2, count)), 0.5))
    )


def _turned(
    x: np.ndarray,
    y: np.ndarray,
    width: float,
    depth: np.ndarray,
    angle: np.ndarray,
    cx: np.ndarray,
    cy: np.ndarray,
) -> np.ndarray:
    """Return L-shaped houses turned around the beginning of their row."""
    corners = np.array([[0, 0], [1, 0], [1, 0.6], [0.55, 0.6], [0.55, 1], [0, 1], [0, 0]])
    px = x[:, None] + corners[:, 0] * width - cx[:, None]
    py = y[:, None] + corners[:, 1] * depth[:, None] - cy[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    points = np.stack([px * cos - py * sin + cx[:, None], px * sin + py * cos + cy[:, None]], -1)
    return shapely.polygons(points)


def ours(first: np.ndarray, second: np.ndarray) -> int:
    """Match, and relate."""
    from jumeau.sources.matching import overlaps, relations

    pairs = overlaps.find(second, first)
    relations.of(pairs.new, pairs.old, len(second), len(first))
    return len(pairs)


def peer(first: np.ndarray, second: np.ndarray) -> int:
    """Overlay with GeoPandas, then keep the pairs that share half of the smaller one."""
    left = gpd.GeoDataFrame({"a": np.arange(len(first))}, geometry=first, crs="EPSG:2154")
    right = gpd.GeoDataFrame({"b": np.arange(len(second))}, geometry=second, crs="EPSG:2154")
    shared = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    smaller = np.minimum(shapely.area(first)[shared["a"]], shapely.area(second)[shared["b"]])
    return int((shared.area.to_numpy() >= 0.5 * smaller).sum())


def main() -> int:
    """Measure and judge."""
    if len(sys.argv) > 1:
        return ours(*layers(int(sys.argv[1]))) and 0
    table = Table("matching")
    times = []
    for size in SIZES:
        first, second = layers(size)
        repeat = 3 if size <= PEER else 1
        mine = median_of(lambda: ours(first, second), repeat=repeat)  # noqa: B023 - run at once
        times.append(mine)
        name = f"matching of {size:,} × {size:,} footprints"
        if size <= PEER:
            theirs = median_of(lambda: peer(first, second), repeat=1, warmup=0)  # noqa: B023
            table.ratio(name, mine, theirs, at_least=1.5, peer_name="GeoPandas overlay")
        else:
            table.limit(name, mine, 60)
    growth = np.polyfit(np.log(SIZES), np.log(times), 1)[0]
    table.limit("growth exponent of matching", float(growth), 1.2, unit="")
    used = fresh([__file__, str(SIZES[-1])], repeat=1)
    table.limit(f"peak memory of matching {SIZES[-1]:,}", used.peak_mib, 2_000, unit="MiB")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
