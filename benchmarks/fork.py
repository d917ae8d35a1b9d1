# SPDX-License-Identifier: EUPL-1.2
"""Fork a territory of 1,000,000 rows and 1,000 raster tiles; the peer copies the folder."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

import jumeau
from harness import Table, median_of, versus
from jumeau.base.contract import RasterWindow
from jumeau.base.grid import Tile
from jumeau.twin.territory import Territory

ROWS = 1_000_000
TILES = 1_000


def windows() -> Iterator[RasterWindow]:
    """Yield 1,000 tiles whose south half holds a field."""
    field = np.random.default_rng(0).normal(size=(1000, 1000)).cumsum(axis=1).astype(np.float32)
    field[:500] = np.nan
    for number in range(TILES):
        yield RasterWindow(Tile(700 + number % 40, 6300 - number // 40).bounds, field + number)


def build(folder: Path) -> Territory:
    """Return a territory of 1 M lamps and 1,000 tiles."""
    random = np.random.default_rng(1)
    points = shapely.points(random.uniform([700_000, 6_275_000], [740_000, 6_300_000], (ROWS, 2)))
    rows = pa.table(
        {
            "id": pa.array([f"lamp-{number}" for number in range(ROWS)]),
            "geometry": pa.array(shapely.to_wkb(points).tolist(), pa.binary()),
            "power_w": random.choice([70.0, 100.0, 150.0], ROWS),
        }
    )
    made = jumeau.create(folder, name="Bench")
    with made.transaction("lamps and terrain") as tx:
        tx.insert("luminaire", rows)
        tx.put_raster("dtm", windows())
    return made


def main() -> int:
    """Measure and judge."""
    table = Table("fork")
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        parent = build(folder / "parent.jumeau")
        numbers = itertools.count()

        def fork() -> None:
            parent.fork(folder / f"fork-{next(numbers)}.jumeau").close()

        def copy() -> None:
            shutil.copytree(parent.path, folder / f"copy-{next(numbers)}.jumeau")

        ours, peer = versus(fork, copy, repeat=3)
        table.limit("fork of 1 M rows and 1,000 tiles", ours, 1.0)
        table.ratio("the same against a copy of the folder", ours, peer, peer_name="copytree")

        forked = parent.fork(folder / "judged.jumeau")
        if forked.count("luminaire") != ROWS or len(forked.raster("dtm").tiles()) != TILES:
            raise RuntimeError("the fork does not hold what its parent holds")
        with forked.transaction("one tile, all rows") as tx:
            tx.delete("luminaire", {"power_w": 70.0})
            ones = np.ones((1000, 1000), dtype=np.float32)
            tx.put_raster("dtm", [RasterWindow(Tile(700, 6300).bounds, ones)])
        if parent.count("luminaire") != ROWS or parent.raster("dtm").value(700_000, 6_299_400) == 1:
            raise RuntimeError("writing in the fork changed its parent")
        table.show("opening the fork", median_of(lambda: jumeau.open(forked.path).close(), 3))
        forked.close()
        parent.close()
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
