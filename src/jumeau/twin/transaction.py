# SPDX-License-Identifier: EUPL-1.2
"""A transaction on the twin: rows and raster tiles enter together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import grid
from jumeau.base.contract import RasterWindow
from jumeau.twin import rasters, schema, tables, tiling
from jumeau.twin.tables import Upserted

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


def tile_paths(
    con: duckdb.DuckDBPyConnection, layer: str, moment_s: float | None = None
) -> dict[str, str]:
    """Return the files of a raster layer, or of one of its moments, at the version read.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Connection.
    layer : str
        Raster layer.
    moment_s : float, optional
        One of :func:`moments` [s]; the layer itself by default.

    Returns
    -------
    dict
        {tile: path}.
    """
    rows = con.execute(
        "SELECT tile, path FROM raster_tile WHERE layer = ? AND moment_s IS NOT DISTINCT FROM ?",
        [layer, moment_s],
    ).fetchall()
    return {str(tile): str(path) for tile, path in rows}


def moments(con: duckdb.DuckDBPyConnection, layer: str) -> list[float]:
    """Return the moments at which a raster layer is known, since the event began [s], in order."""
    rows = con.execute(
        "SELECT DISTINCT moment_s FROM raster_tile WHERE layer = ? AND moment_s IS NOT NULL "
        "ORDER BY 1",
        [layer],
    ).fetchall()
    return [float(row[0]) for row in rows]


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
        moment_s: float | None = None,
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
        moment_s : float, optional
            Time since the beginning of the event [s], for a picture of a moment beside the layer
            itself. Replacing the layer itself also forgets all its moments.

        Returns
        -------
        int
            Tiles written.
        """
        done = self.put_rasters(
            windows,
            layer=layer,
            run_id=run_id,
            source_id=source_id,
            replace=replace,
            moment_s=moment_s,
        )
        return done.get(layer, 0)

    def put_rasters(
        self,
        windows: Iterable[RasterWindow],
        *,
        layer: str = "",
        run_id: str | None = None,
        source_id: str | None = None,
        sources: Mapping[str, str] | None = None,
        replace: bool = False,
        moment_s: float | None = None,
    ) -> dict[str, int]:
        """Write windows of one or several raster layers.

        Parameters
        ----------
        windows : iterable of RasterWindow
            Blocks on the territory's grid, each naming its layer; NaN cells leave what is there.
        layer : str
            Layer of the windows that name none; written over even without any, if ``replace``.
        run_id, source_id : str, optional
            Run or source that the tiles come from.
        sources : mapping, optional
            {uri: source id} for windows that say which file they come from.
        replace : bool
            As in :meth:`put_raster`.
        moment_s : float, optional
            As in :meth:`put_raster`.

        Returns
        -------
        dict of int
            {layer: tiles written}.
        """
        if layer:
            schema.layer(layer)
        origin: dict[tuple[str, str], str | None] = {}

        def noted() -> Iterator[RasterWindow]:
            for window in windows:
                schema.layer(window.layer or layer)
                owner = (sources or {}).get(window.uri)
                if owner:
                    for tile in grid.tiles_of(window.bounds):
                        origin[window.layer or layer, tile.name] = owner
                yield window

        def current(name: str) -> dict[str, str]:
            return {} if replace else tile_paths(self.con, name, moment_s)

        written = tiling.write_layers(
            self.folder, noted(), self.crs, layer=layer, current=current, replace=replace
        )
        for files in written.values():
            self._written += files
        if layer:
            written.setdefault(layer, [])
        for name, files in written.items():
            self._record(name, files, origin, run_id, source_id, replace, moment_s)
        return {name: len(files) for name, files in written.items()}

    def _record(
        self,
        layer: str,
        files: Sequence[rasters.TileFile],
        origin: Mapping[tuple[str, str], str | None],
        run_id: str | None,
        source_id: str | None,
        replace: bool,
        moment_s: float | None,
    ) -> None:
        rows = [
            {
                "layer": layer,
                "tile": item.tile,
                "moment_s": moment_s,
                "path": item.path,
                "sha256": item.sha256,
                "run_id": run_id,
                "source_id": origin.get((layer, item.tile), source_id),
            }
            for item in files
        ]
        if replace and moment_s is None:
            self.delete("raster_tile", {"layer": layer})
        elif replace or rows:
            tiles = {} if replace else {"tile": [row["tile"] for row in rows]}
            self.delete("raster_tile", {"layer": layer, "moment_s": moment_s, **tiles})
        if rows:
            import pandas as pd

            self.insert("raster_tile", pd.DataFrame(rows))
        self.layers.add(layer)

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
            for moment in moments(self.con, layer):
                kept |= set(tile_paths(self.con, layer, moment).values())
            rasters.discard(
                self.folder,
                [item for item in self._written if item.layer == layer and item.path not in kept],
            )
            rasters.write_vrt(self.folder, layer, current, self.crs)
