# SPDX-License-Identifier: EUPL-1.2
"""Files as a source: whatever an authority has on disk, opened in place."""

from __future__ import annotations

from dataclasses import dataclass

from jumeau.base.contract import ImportRequest, Intake
from jumeau.base.errors import error
from jumeau.sources import archive, intake, publishers
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records


@dataclass(frozen=True)
class Files:
    """Source that reads a file or a folder, zipped or not (:class:`~jumeau.base.contract.Source`).

    GeoPackage, Shapefile, GeoJSON, FlatGeobuf, CSV, spreadsheets, Parquet and GeoParquet fill
    tables; GeoTIFF and ASC grids fill raster layers.
    """

    name: str = "files"

    def claims(self, uri: str) -> int:
        """Return 10 for a suffix it reads, else 0."""
        from jumeau.sources.drivers import photometric

        return archive.claims(uri) or photometric.claims(uri)

    def tiles(self, folder: str) -> list[str]:
        """Return the grids of a folder and of those below it, companions left aside."""
        from jumeau.sources.drivers import sheets

        return [name for name in archive.tiles(folder) if sheets.quantity(name) != "aside"]

    def read(self, request: ImportRequest) -> Intake:
        """Read one file entirely.

        Parameters
        ----------
        request : ImportRequest
            Its options: ``source_layer``, ``source_crs``, ``encoding``, ``constants``, ``area``.

        Raises
        ------
        JumeauError
            ``JUM-S…``: the file is missing, empty, damaged, in no known format, or cannot fill
            the table asked for.
        """
        from jumeau.sources.drivers import photometric

        layer = request.options.get("source_layer")
        if request.layer is not None:
            return _raster(request)
        if request.schema is not None and request.schema.name == photometric.TABLE:
            return photometric.read(request, request.schema)
        if layer is None and request.schema is not None:
            layer = publishers.source_layer(request.uri, request.schema.name, request.options)
        located = archive.locate(request.uri, member=layer)
        if located.suffix in archive.RASTER:
            target = request.schema.name if request.schema else ""
            raise error("JUM-S015", file=located.name, target=target)
        if request.schema is None:
            raise error("JUM-S016", file=located.name, target="")
        inner = layer
        if layer and located.called(layer) and located.suffix not in archive.LAYERED:
            inner = None
        records = _records(located, inner, request.options.get("encoding"), request.schema.name)
        return intake.make(records, request, request.schema, located.uri.name)


def _raster(request: ImportRequest) -> Intake:
    """Read the grids of all files of a request, neighbours together."""
    from jumeau.sources.drivers import grid
    from jumeau.sources.lidar import relief

    found, empty = grid.sheets_of(request)
    if request.layer in relief.LAYERS and not any(x.suffix in archive.RASTER for x in found):
        encoding, layer = (request.options.get(name) for name in ("encoding", "source_layer"))
        return relief.read(found, request, lambda item: _records(item, layer, encoding, "dtm"))
    for located in found:
        if located.suffix not in archive.RASTER:
            raise error("JUM-S016", file=located.name, target=str(request.layer))
    return grid.read(found, request, empty)


def _records(located: Located, layer: str | None, encoding: str | None, table: str) -> Records:
    if located.suffix in (*archive.PARQUET, *archive.TEXT):
        from jumeau.sources.drivers import vector

        vector.only(located, layer)
    if located.suffix in archive.PARQUET:
        from jumeau.sources.drivers import parquet

        return parquet.read(located, table)
    if located.suffix in archive.TEXT:
        from jumeau.sources.drivers import delimited

        return delimited.read(located, encoding, table)
    if located.suffix in archive.SHEET:
        from jumeau.sources.drivers import sheet

        return sheet.read(located, layer, table)
    from jumeau.sources.drivers import listing, vector

    if located.suffix == ".json" and listing.is_list(located):
        return listing.read(located, table)
    return vector.read(located, layer, encoding, table)


SOURCE = Files()
