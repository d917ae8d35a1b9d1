# SPDX-License-Identifier: EUPL-1.2
"""Export 1,000,000 building polygons as GeoParquet 1.1; the peer is GeoPandas' own writer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from harness import Table, versus
from jumeau.twin import export, schema
from jumeau.twin.geoparquet import BOX

ROWS = 1_000_000
CRS = "EPSG:2154"


def main() -> int:
    """Measure and judge."""
    table = Table("export")
    corner = np.random.default_rng(0).uniform([700_000, 6_200_000], [740_000, 6_240_000], (ROWS, 2))
    boxes = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 12, corner[:, 1] + 9)
    ids = [f"building-{number}" for number in range(ROWS)]
    frame = gpd.GeoDataFrame({"id": ids, "height_m": corner[:, 0] % 20}, geometry=boxes, crs=CRS)
    rows = pa.table(  # as the twin holds them: the box of each geometry beside it
        {
            "id": ids,
            "height_m": frame["height_m"].to_numpy(),
            "geometry": pa.array(shapely.to_wkb(boxes).tolist(), pa.binary()),
            **dict(zip(BOX, shapely.bounds(boxes).T, strict=True)),
        }
    )
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        mine, theirs = Path(name) / "ours.parquet", Path(name) / "theirs.parquet"
        ours, peer = versus(
            lambda: export.export_table(
                rows, mine, crs=CRS, declared=schema.table("building"), force=True
            ),
            lambda: frame.to_parquet(theirs, compression="zstd", write_covering_bbox=True),
            repeat=3,
        )
        table.ratio("GeoParquet 1.1 of 1 M polygons", ours, peer, peer_name="GeoPandas")
        back = gpd.read_parquet(mine)
        if len(back) != ROWS or not back.geometry.iloc[::1000].equals(frame.geometry.iloc[::1000]):
            raise RuntimeError("what is read is not what was written")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
