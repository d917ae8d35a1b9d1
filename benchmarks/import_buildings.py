# SPDX-License-Identifier: EUPL-1.2
"""Import of 1,000,000 building polygons: ``Territory.add`` against ``ogr2ogr``, in one run.

The same rows (clustered 7-point rings in Lambert-93, with identifier, use, height and floors) are
given to Jumeau as GeoParquet and to ogr2ogr as FlatGeobuf, which writes a GeoPackage. Jumeau
also verifies every geometry, computes digests, keeps a copy of the file and writes its history.
The time is that of ``add`` alone; the peak memory is that of the whole process.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness import Table, fresh

ROWS = 1_000_000
USES = ("Résidentiel", "Commercial et services", "Indifférencié", "Agricole")


def buildings(rows: int, seed: int = 0) -> pa.Table:
    """Return clustered building polygons as Arrow with WKB."""
    import shapely

    rng = np.random.default_rng(seed)
    towns = rng.uniform([355_000, 6_890_000], [420_000, 6_950_000], (400, 2))
    angle = 2 * np.pi * np.arange(7) / 6
    angle[6] = angle[0]
    parts = []
    for start in range(0, rows, 100_000):
        count = min(100_000, rows - start)
        centre = towns[rng.integers(0, 400, count)] + rng.normal(0, 600, (count, 2))
        radius = rng.uniform(4, 12, (count, 1))
        x = centre[:, :1] + radius * np.cos(angle)
        y = centre[:, 1:] + radius * np.sin(angle)
        ring = np.stack([x, y], axis=-1)
        ring[:, 6] = ring[:, 0]
        parts.append(pa.array(shapely.to_wkb(shapely.polygons(ring)), pa.binary()))
    return pa.table(
        {
            "cleabs": [f"BATIMENT{number:016d}" for number in range(rows)],
            "usage_1": np.array(USES)[rng.integers(0, 4, rows)],
            "hauteur": np.round(rng.uniform(2, 20, rows), 1),
            "nombre_d_etages": rng.integers(1, 6, rows),
            "geometry": pa.chunked_array(parts),
        }
    )


def write(folder: Path, rows: int) -> tuple[Path, Path]:
    """Write the rows as GeoParquet and as FlatGeobuf."""
    import pyarrow.parquet as pq
    import pyogrio
    import pyproj

    table = buildings(rows)
    column = {"encoding": "WKB", "geometry_types": ["Polygon"]}
    column["crs"] = pyproj.CRS(2154).to_json_dict()
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    parquet, fgb = folder / "buildings.parquet", folder / "buildings.fgb"
    told = table.replace_schema_metadata({b"geo": json.dumps(geo).encode()})
    pq.write_table(told, parquet, compression="zstd", row_group_size=100_000)
    pyogrio.write_arrow(
        table,
        fgb,
        driver="FlatGeobuf",
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:2154",
        SPATIAL_INDEX="NO",
    )
    return parquet, fgb


OURS = """
import json, sys, time, jumeau
territory = jumeau.create(sys.argv[2], name="Bench", crs="EPSG:2154")
start = time.perf_counter()
report = territory.add(sys.argv[1], table="building")
print(json.dumps({"seconds": time.perf_counter() - start, "added": report.added}))
"""
WRITE = """
import sys; from pathlib import Path; import import_buildings as b
b.write(Path(sys.argv[1]), int(sys.argv[2]))
"""


def main() -> int:
    """Measure and judge."""
    table = Table("import_buildings")
    peer = shutil.which("ogr2ogr")
    with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
        folder = Path(name)
        # Files are written by a process of their own, so that only the import is measured.
        fresh(["-c", WRITE, name, str(ROWS)], env={"PYTHONPATH": str(Path(__file__).parent)})
        parquet, fgb = folder / "buildings.parquet", folder / "buildings.fgb"
        used = fresh(["-c", OURS, str(parquet), str(folder / "bench.jumeau")])
        done = json.loads(used.stdout.splitlines()[-1])
        if done["added"] != ROWS:
            print(f"{done['added']} rows added instead of {ROWS}")
            return 1
        title = f"import of {ROWS:,} building polygons"
        if peer:
            command = [peer, "-f", "GPKG", str(folder / "b.gpkg"), str(fgb)]
            theirs = fresh(command, python=None)
            told = "ogr2ogr, FlatGeobuf to GeoPackage"
            table.ratio(title, done["seconds"], theirs.seconds, at_least=1, peer_name=told)
        else:
            table.show(title, done["seconds"])
            table.absent("the same by ogr2ogr", "GDAL's command is not installed")
        table.limit("peak memory of the import", used.peak_mib, 2000, unit="MiB")
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
