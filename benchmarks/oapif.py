# SPDX-License-Identifier: EUPL-1.2
"""GDAL's OAPIF driver, QGIS's own way in, reads 1,000,000 buildings page after page.

``ogr2ogr``'s library through pyogrio, in this process; the server in its own. The count is
compared with what was written, with a window and a filter too; no page says how many match.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyogrio

import jumeau
import serving
from harness import Table

PAGE = 10_000


def count(address: str, **more: Any) -> tuple[int, int, float]:
    """Return the rows read, how many of them differ, and the time taken [s]."""
    begin = time.perf_counter()
    _, rows = pyogrio.read_arrow(
        f"OAPIF:{address}", layer="building", columns=["id", "height_m"], PAGE_SIZE=PAGE, **more
    )
    spent = time.perf_counter() - begin
    return rows.num_rows, len(rows["id"].unique()), spent


def main() -> int:
    """Measure and judge."""
    table = Table("oapif")
    rows, _ = serving.buildings()
    print(f"GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name) / "bench.jumeau"
        town = jumeau.create(folder, name="Bench")
        with town.transaction("buildings") as tx:
            tx.insert("building", rows)
        xmin, ymin, xmax, ymax = (770_000.0, 6_280_000.0, 785_000.0, 6_295_000.0)
        # Rings have points from corner to corner: a box is not enough to say what meets a window.
        inside = town.sql(
            "SELECT count(*) AS n FROM building WHERE ST_Intersects(geometry, "
            f"ST_MakeEnvelope({xmin}, {ymin}, {xmax}, {ymax}))"
        )["n"][0].as_py()
        tall = town.sql("SELECT count(*) AS n FROM building WHERE height_m > 15")["n"][0].as_py()
        town.close()
        del rows
        with serving.served(folder) as client:
            serving.settled(folder, client)
            page = json.loads(client.get("/collections/building/items?limit=1")[0])
            table.limit("pages that count, of one", float("numberMatched" in page), 0, unit="")
            for title, expected, more in (
                ("whole collection", serving.ROWS, {}),
                ("window of 15 km", inside, {"bbox": (xmin, ymin, xmax, ymax)}),
                ("filter height_m > 15", tall, {"where": "height_m > 15"}),
            ):
                found, different, spent = count(client.address, **more)
                lost = abs(found - expected) + abs(found - different)
                table.show(f"OAPIF, {title}: rows", found, unit="")
                table.limit(f"OAPIF, {title}: rows lost or doubled", lost, 0, unit="")
                table.show(f"OAPIF, {title}: time", spent)
                table.show(f"OAPIF, {title}: rows a second", found / spent, unit="/s")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
