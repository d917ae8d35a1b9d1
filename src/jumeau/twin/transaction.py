# SPDX-License-Identifier: EUPL-1.2
"""A transaction on the twin: rows and raster tiles enter together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import RasterWindow
from jumeau.twin import rasters, schema, tables
from jumeau.twin.tables import Upserted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


def tile_paths(con: duckdb.DuckDBPyConnection, layer: str) -> dict[str, str]:
    """Return the files of a raster layer at the version read: tile → path."""
    rows = con.execute("SELECT tile, path FROM raster_tile WHERE layer = ?", [layer]).fetchall()
    return {str(tile): str(path) for tile, path in rows}


class Transaction:
    """Writes of one transaction; obtained from :meth:`Territory.transaction`.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection inside the transaction.
    folder : Path
        Folder of the territory.
    crs : str
        CRS of the territory.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path, crs: str) -> None:
        self.con = con
        self.folder = folder
        self.crs = crs
        self._written: list[rasters.TileFile] = []
        self.layers: set[str] = set()
        self._committed = False

    def insert(self, table: str, data: pa.Table | pd.DataFrame) -> int:
        """Append rows; return how many."""
        return tables.insert(self.con, table, data)

    def upsert(self, table: str, data: pa.Table | pd.DataFrame, key: str = "id") -> Upserted:
        """Add new rows and bring known ones up to date, by key."""
        return tables.upsert(self.con, table, data, key)

    def delete(self, table: str, where: Mapping[str, Any]) -> int:
        """Delete the rows that match; return how many."""
        return tables.delete(self.con, table, where)

    def put_raster(
        self,
        layer: str,
        windows: Iterable[RasterWindow],
        *,
        run_id: str | None = None,
        source_id: str | None = None,
        replace: bool = False,
    ) -> int:
        """Write windows of a raster layer as new versions of the tiles they touch.

        Parameters
        ----------
        layer : str
            Raster layer.
        windows : iterable of RasterWindow
            Blocks on the territory's grid; NaN cells leave what is there.
        run_id, source_id : str, optional
            Run or source that the tiles come from.
        replace : bool
            Whether the windows are the whole layer: tiles they do not touch disappear, and
            nothing of the former tiles shows through.

        Returns
        -------
        int
            Tiles written.
        """
        schema.layer(layer)
        current = {} if replace else tile_paths(self.con, layer)
        written = rasters.write_layer(
            self.folder, layer, windows, self.crs, current=current, replace=replace
        )
        self._written += written
        rows = [
            {
                "layer": layer,
                "tile": item.tile,
                "path": item.path,
                "sha256": item.sha256,
                "run_id": run_id,
                "source_id": source_id,
            }
            for item in written
        ]
        if replace:
            self.delete("raster_tile", {"layer": layer})
        elif rows:
            self.delete("raster_tile", {"layer": layer, "tile": [row["tile"] for row in rows]})
        if rows:
            import pandas as pd

            self.insert("raster_tile", pd.DataFrame(rows))
        self.layers.add(layer)
        return len(rows)

    def discard(self) -> None:
        """Remove the raster files of a transaction that did not commit."""
        if not self._committed:
            rasters.discard(self.folder, self._written)

    def finish(self) -> None:
        """Refresh the VRT of the layers written and drop the tiles written over, once committed."""
        self._committed = True
        for layer in self.layers:
            current = tile_paths(self.con, layer)
            kept = set(current.values())
            rasters.discard(
                self.folder,
                [item for item in self._written if item.layer == layer and item.path not in kept],
            )
            rasters.write_vrt(self.folder, layer, current, self.crs)
