# SPDX-License-Identifier: EUPL-1.2
"""Write and read tiles of 1 km at one metre; the peers are rasterio's own merge and plain read."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import rasterio
from rasterio.merge import merge

from harness import Table, median_of, versus
from jumeau.base.contract import RasterWindow
from jumeau.twin import rasters, tiling

CRS = "EPSG:2154"
BOUNDS = (770_463.5, 6_274_521.5, 775_463.5, 6_279_521.5)  # 5 × 5 km across 36 tiles


def main() -> int:
    """Measure and judge."""
    table = Table("rasters")
    steps = np.random.default_rng(0).normal(0, 0.05, (5000, 5000))
    field = (steps.cumsum(axis=1) + 50).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        files = tiling.write_layer(folder, "dtm", [RasterWindow(BOUNDS, field)], CRS)
        layer = rasters.Raster(folder, CRS, "dtm", {item.tile: item.path for item in files})
        paths = [folder / item.path for item in files]

        def theirs() -> np.ndarray:
            return merge(paths, bounds=BOUNDS, nodata=np.nan)[0][0]

        if not np.array_equal(layer.read(BOUNDS)[0], field) or not np.array_equal(theirs(), field):
            raise RuntimeError("what is read is not what was written")
        ours, peer = versus(lambda: layer.read(BOUNDS), theirs)
        table.ratio("read 5 × 5 km across 36 tiles", ours, peer, peer_name="rasterio merge")

        vrt = rasters.write_vrt(folder, "dtm", layer.files, CRS)
        if vrt is None:
            raise RuntimeError("no VRT")

        def window_of_vrt() -> np.ndarray:
            with rasterio.open(vrt) as source:
                return source.read(1, window=source.window(*BOUNDS))

        ours, peer = versus(lambda: layer.read(BOUNDS), window_of_vrt)
        table.ratio("the same through GDAL's VRT", ours, peer, peer_name="rasterio VRT")
        inner = (772_000, 6_276_000, 772_256, 6_276_256)
        table.show("read a window of 256 × 256", median_of(lambda: layer.read(inner), 20))
        table.show("read 5 × 5 km at 8 m", median_of(lambda: layer.read(BOUNDS, resolution=8), 5))

        tile, fresh = field[:1000, :1000], iter(range(100))
        seconds = median_of(
            lambda: rasters.write_tile(folder, "dsm", "0767_6281", tile + next(fresh), CRS), 5
        )
        table.show("write a tile, durably", seconds)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
